"""The order calendar: by when each item must be ordered, when what is on order comes, and when the item runs out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from allocator.sentence import Named, Sentence, say
from data.pictures_drawing import GREY, INK, Drawing, fitted, text_width

__all__ = ["CalendarRow", "order_calendar"]

_LABEL, _RIGHT, _ROW, _HEAD, _INNER = 190, 76, 24, 46, 440
_GRID = "#D9E2EC"
_ORDER, _ARRIVES, _OUT, _LATE = "#0B4F8A", "#1F6F43", "#8B1A1A", "#8B1A1A"
_WEEK = 7
_LABEL_MIN = 70


@dataclass(frozen=True, kw_only=True)
class CalendarRow:
    """One item: the last day to order (None: nothing to buy), when orders come, when it runs out in a bad tenth."""

    item: Named
    order_by: dt.date | None
    arrives: Sequence[dt.date]
    out: dt.date | None


def order_calendar(
    rows: Sequence[CalendarRow],
    *,
    today: dt.date,
    days: int,
    word: Callable[[Sentence], str],
    lang: str,
    name: str = "calendar",
) -> str:
    """Return the calendar as SVG; what should have been ordered before today stands at its left edge, in words."""
    texts = [row.item.worded(lang) for row in rows]
    label = min(_LABEL, max([_LABEL_MIN, *(text_width(text, 10) + 18 for text in texts)]))
    title = word(say("Order calendar"))
    drawn = Drawing(
        width=label + _INNER + _RIGHT,
        height=_HEAD + len(rows) * _ROW + 34,
        title=title,
        about=" ".join(word(_told(row, today)) for row in rows),
        name=name,
        lang=lang,
    )

    def x(day: dt.date) -> float:
        return label + min(max((day - today).days, 0), days) / max(1, days) * _INNER

    drawn.text(0, 14, title, size=12, bold=True)
    for week in range(days // _WEEK + 1):
        day = today + dt.timedelta(days=_WEEK * week)
        drawn.line([(x(day), _HEAD - 4), (x(day), _HEAD + len(rows) * _ROW)], _GRID)
        if days <= 10 * _WEEK or week % 2 == 0:
            drawn.text(x(day), _HEAD - 10, f"{day:%m-%d}", size=9, fill=GREY)
    for n, (row, text) in enumerate(zip(rows, texts, strict=True)):
        middle = _HEAD + n * _ROW + _ROW / 2
        drawn.line([(0, middle + _ROW / 2), (label + _INNER, middle + _ROW / 2)], _GRID)
        drawn.text(label - 14, middle + 4, fitted(text, label - 16, 10), anchor="end")
        for day in row.arrives:
            _mark(drawn, "arrives", x(day), middle)
        if row.out is not None and (row.out - today).days <= days:
            _mark(drawn, "out", x(row.out), middle)
        if row.order_by is not None and (row.order_by - today).days <= days:
            late = (today - row.order_by).days
            _mark(drawn, "order", x(row.order_by), middle)
            if late > 0:
                # At the far end, where no sign of an urgent item stands.
                told = word(say("{days} days late", days=late))
                drawn.text(label + _INNER + _RIGHT, middle + 4, told, size=9, fill=_LATE, anchor="end")
    _legend(drawn, word)
    return drawn.svg()


def _mark(drawn: Drawing, kind: str, x: float, y: float) -> None:
    """Draw a sign of its own shape for each kind."""
    if kind == "order":
        drawn.shape([(x, y - 7), (x + 6, y), (x, y + 7), (x - 6, y)], _ORDER)
    elif kind == "arrives":
        drawn.shape([(x - 6, y - 5), (x + 6, y - 5), (x, y + 6)], "#FFFFFF", stroke=_ARRIVES)
        drawn.shape([(x - 3, y - 3), (x + 3, y - 3), (x, y + 3)], _ARRIVES)
    else:
        drawn.line([(x - 5, y - 5), (x + 5, y + 5)], _OUT, width=2.4)
        drawn.line([(x - 5, y + 5), (x + 5, y - 5)], _OUT, width=2.4)


def _legend(drawn: Drawing, word: Callable[[Sentence], str]) -> None:
    x, y = 8.0, drawn.height - 12
    for kind, text in (
        ("order", say("last day to order")),
        ("arrives", say("an order arrives")),
        ("out", say("runs out in a bad tenth")),
    ):
        _mark(drawn, kind, x, y)
        drawn.text(x + 12, y + 4, word(text), size=9, fill=INK)
        x += 12 + text_width(word(text), 9) + 26


def _told(row: CalendarRow, today: dt.date) -> Sentence:
    if row.order_by is None:
        return say("{item}: nothing to order.", item=row.item)
    if row.order_by <= today:
        return say("{item}: order today.", item=row.item)
    return say("{item}: order by {day}.", item=row.item, day=row.order_by.isoformat())
