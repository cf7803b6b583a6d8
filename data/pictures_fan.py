"""The fan chart of an item: what was used, what will be, as far as anyone can tell, and how its stock runs down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from allocator.case import Floats
from allocator.sentence import Named, Sentence, say
from data.pictures_axes import Panel
from data.pictures_drawing import GREY, INK, Drawing, text_width

__all__ = ["Fan", "fan_chart"]

_WIDTH, _LEFT, _RIGHT = 520, 52, 12
_TOP, _USE, _STOCK, _BETWEEN = 44, 120, 90, 24
_OUTER, _INNER, _LINE = "#C6DDF7", "#8FBCEB", "#0B4F8A"
_PATTERN_INK = "#8FBCEB"
_OUT = "#8B1A1A"


@dataclass(frozen=True, kw_only=True)
class Fan:
    """One item over time. `used` (T,): units a day by period of `period_days` from `used_from` on, nan for gaps.

    `demand` (D, 5): quantiles .1 .5 .8 .9 .95 of the units of a day; `stock`, `stock_low` (D,): left in the evening;
    all from `today` on. `out`: the day the stock runs out.
    """

    item: Named
    unit: Named
    used: Floats
    used_from: dt.date
    period_days: int
    today: dt.date
    demand: Floats
    stock: Floats
    stock_low: Floats
    out: dt.date | None


def fan_chart(fan: Fan, *, word: Callable[[Sentence], str], lang: str, name: str = "fan") -> str:
    """Return the fan chart as SVG: use above, stock below, on the same days."""
    first = fan.used_from if len(fan.used) else fan.today
    last = fan.today + dt.timedelta(days=len(fan.demand))
    days, inner = (last - first).days, _WIDTH - _LEFT - _RIGHT
    title = f"{fan.item.worded(lang)} · {fan.unit.worded(lang)}"
    drawn = Drawing(
        width=_WIDTH,
        height=_TOP + _USE + _BETWEEN + _STOCK + 42,
        title=title,
        about=_about(fan, word),
        name=name,
        lang=lang,
    )
    most = max([float(np.nanmax(fan.used, initial=0)), float(fan.demand.max(initial=0))])
    use = Panel(left=_LEFT, top=_TOP, width=inner, height=_USE, first_day=first, days=days, most=most)
    low_top = _TOP + _USE + _BETWEEN
    stock = Panel(
        left=_LEFT,
        top=low_top,
        width=inner,
        height=_STOCK,
        first_day=first,
        days=days,
        most=float(fan.stock.max(initial=0)),
    )
    drawn.text(0, 14, title, size=12, bold=True)
    use.draw(drawn, days=False)
    stock.draw(drawn, days=True)
    _draw_use(drawn, use, fan)
    _draw_stock(drawn, stock, fan)
    drawn.text(_LEFT, _TOP - 7, word(say("used a day")), size=9, fill=GREY)
    drawn.text(
        _LEFT, low_top - 7, word(say("stock in the evening, all that is there and under way")), size=9, fill=GREY
    )
    for panel in (use, stock):
        x = panel.x(fan.today)
        drawn.line([(x, panel.top), (x, panel.top + panel.height)], INK, dashes="2 2")
    drawn.text(use.x(fan.today) + 3, _TOP - 7, word(say("today")), size=9)
    _legend(drawn, fan, word)
    return drawn.svg()


def _middle_of(fan: Fan, day: int) -> dt.date:
    return fan.today + dt.timedelta(days=day)


def _draw_use(drawn: Drawing, panel: Panel, fan: Fan) -> None:
    """Draw what was used as steps, with gaps where nothing was reported, and the fan."""
    for low, high, fill in (
        (0, 4, drawn.pattern("stripes", _OUTER, _PATTERN_INK)),
        (0, 3, _INNER),
    ):
        _band(drawn, panel, fan, low, high, fill)
    middle = [(panel.x(_middle_of(fan, n)), panel.y(row[1])) for n, row in enumerate(fan.demand)]
    drawn.line(middle, _LINE, width=2)
    run: list[tuple[float, float]] = []
    for n, units in enumerate(fan.used):
        begin = fan.used_from + dt.timedelta(days=n * fan.period_days)
        if np.isnan(units):
            drawn.line(run, INK, width=1.4)
            run = []
            continue
        end = min(begin + dt.timedelta(days=fan.period_days), fan.today)
        run += [(panel.x(begin), panel.y(float(units))), (panel.x(end), panel.y(float(units)))]
    drawn.line(run, INK, width=1.4)


def _band(drawn: Drawing, panel: Panel, fan: Fan, low: int, high: int, fill: str) -> None:
    xs = [panel.x(_middle_of(fan, n)) for n in range(len(fan.demand))]
    over = [(x, panel.y(float(row[high]))) for x, row in zip(xs, fan.demand, strict=True)]
    under = [(x, panel.y(float(row[low]))) for x, row in zip(xs, fan.demand, strict=True)]
    drawn.shape([*over, *reversed(under)], fill)


def _draw_stock(drawn: Drawing, panel: Panel, fan: Fan) -> None:
    for values, dashes in ((fan.stock, ""), (fan.stock_low, "5 3")):
        points = [(panel.x(_middle_of(fan, n)), panel.y(float(value))) for n, value in enumerate(values)]
        drawn.line(points, _LINE, width=2 if not dashes else 1.4, dashes=dashes)
    if fan.out is not None:
        x, y = panel.x(fan.out), panel.y(0)
        _cross(drawn, x, y)
        right = x > panel.left + panel.width - 60
        drawn.text(x + (-8 if right else 8), y - 6, f"{fan.out:%m-%d}", size=10, fill=_OUT,
                   anchor="end" if right else "start", bold=True)  # fmt: skip


def _cross(drawn: Drawing, x: float, y: float) -> None:
    drawn.line([(x - 5, y - 5), (x + 5, y + 5)], _OUT, width=2.4)
    drawn.line([(x - 5, y + 5), (x + 5, y - 5)], _OUT, width=2.4)


def _legend(drawn: Drawing, fan: Fan, word: Callable[[Sentence], str]) -> None:
    y, x = drawn.height - 8, float(_LEFT)
    entries: Sequence[tuple[str, str]] = [
        ("band", word(say("P10 to P90"))),
        ("outer", word(say("to P95"))),
        ("line", word(say("middle (P50)"))),
        ("dashed", word(say("worst tenth (P10)"))),
        *([("cross", word(say("runs out")))] if fan.out else []),
    ]
    for kind, text in entries:
        if kind == "band":
            drawn.rect(x, y - 8, 16, 9, _INNER)
        elif kind == "outer":
            drawn.rect(x, y - 8, 16, 9, drawn.pattern("stripes", _OUTER, _PATTERN_INK))
        elif kind == "cross":
            _cross(drawn, x + 8, y - 4)
        else:
            drawn.line([(x, y - 4), (x + 16, y - 4)], _LINE, width=2, dashes="5 3" if kind == "dashed" else "")
        drawn.text(x + 20, y, text, size=9)
        x += 20 + text_width(text, 9) + 12


def _about(fan: Fan, word: Callable[[Sentence], str]) -> str:
    """Say the picture in two sentences."""
    days = max(1, len(fan.demand))
    low, middle, high = (round(float(fan.demand[:, n].sum()) / days) for n in (0, 1, 4))
    use = say(
        "{middle:,} units a day in the middle, on single days {low:,} to {high:,}.", middle=middle, low=low, high=high
    )
    out = (
        say("All stock runs out on {day}.", day=fan.out.isoformat())
        if fan.out
        else say("All stock lasts for these {days} days.", days=days)
    )
    return f"{word(use)} {word(out)}"
