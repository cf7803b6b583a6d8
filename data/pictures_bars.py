"""Bars: things side by side in several measures, and who loses to the left, who gains to the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from allocator.pictured import BarPanel, Moved
from allocator.sentence import Sentence, say
from data.pictures_axes import amount_text
from data.pictures_drawing import GREY, INK, PAPER, Drawing, fitted, text_width, ticks

__all__ = ["bars_side_by_side", "gains_and_losses", "number_text"]

Word = Callable[[Sentence], str]

_LABEL, _INNER, _NUMBER, _ROW, _HEAD, _TITLE, _GAP = 170.0, 104.0, 52.0, 22.0, 34.0, 26.0, 14.0
_SIDE, _PART_LABEL = 120.0, 150.0
_FILLS = (
    ("#0B4F8A", "", ""),
    ("#C6DDF7", "dots", "#0B4F8A"),
    ("#D9F2E3", "stripes", "#1E6B45"),
    ("#FBD38D", "cross", "#8A5A00"),
    ("#E4EAF0", "dashes", "#52606D"),
)
"""Ground, pattern and its ink, one for each panel in turn."""
_LOST, _LOST_INK, _GAINED = "#F4C7C3", "#8B1A1A", "#0B4F8A"
_NOBODY_SAID = "–"
_NOBODY = say("Nobody gains or loses.")
_SMALL = 100


def number_text(value: float, holds: str) -> str:
    """Return a number as it stands beside its bar.

    >>> [number_text(*each) for each in ((0.123, "share"), (1.5, "days"), (81_914, "amount"), (float("nan"), "days"))]
    ['12.3%', '1.50', '81.9k', '–']
    """
    if value != value:  # noqa: PLR0124 - nan alone is not itself
        return _NOBODY_SAID
    if holds == "amount":
        return amount_text(round(value, 2 if abs(value) < _SMALL else 0))
    return f"{value:.1%}" if holds == "share" else f"{value:.2f}"


def bars_side_by_side(
    title: Sentence,
    labels: Sequence[str],
    panels: Sequence[BarPanel],
    *,
    word: Word,
    lang: str,
    name: str,
) -> Drawing:
    """Return a row for each label and a column of bars for each panel; a dashed line stands where the first row is."""
    step = _INNER + _NUMBER + _GAP
    drawn = Drawing(
        width=_LABEL + len(panels) * step,
        height=_TITLE + _HEAD + len(labels) * _ROW + 8,
        title=word(title),
        about=" ".join(_told(label, n, panels, word) for n, label in enumerate(labels)),
        name=name,
        lang=lang,
    )
    drawn.text(0, 14, word(title), size=12, bold=True)
    for row, label in enumerate(labels):
        y = _TITLE + _HEAD + row * _ROW
        drawn.text(_LABEL - 8, y + 14, fitted(label, _LABEL - 10, 10), anchor="end", bold=row == 0)
    for number, panel in enumerate(panels):
        _panel(drawn, _LABEL + number * step, panel, _fill(drawn, number), word)
    return drawn


def _told(label: str, row: int, panels: Sequence[BarPanel], word: Word) -> str:
    parts = [f"{word(panel.title)} {number_text(panel.values[row], panel.holds)}" for panel in panels]
    return word(say("{label}: {parts}.", label=label, parts=parts))


def _fill(drawn: Drawing, number: int) -> tuple[str, str]:
    ground, pattern, ink = _FILLS[number % len(_FILLS)]
    return (drawn.pattern(pattern, ground, ink), ink) if pattern else (ground, ground)


def _panel(drawn: Drawing, left: float, panel: BarPanel, fill: tuple[str, str], word: Word) -> None:
    known = [value for value in panel.values if value == value]  # noqa: PLR0124 - nan alone is not itself
    scale = 100.0 if panel.holds == "share" else 1.0
    most = 1.0 if panel.of_all else ticks(scale * max(known, default=0.0))[-1] / scale
    top = _TITLE + _HEAD
    for line, text in enumerate(_two_lines(word(panel.title), _INNER + _NUMBER)):
        drawn.text(left, _TITLE + 10 + 12 * line, text, size=9, fill=GREY)
    base = top + len(panel.values) * _ROW
    first = panel.values[0] if len(panel.values) else 0.0
    if len(panel.values) > 1 and first > 0:  # nan is not
        x = left + first / most * _INNER
        drawn.line([(x, top), (x, base)], GREY, dashes="3 3")
    for row, value in enumerate(panel.values):
        y = top + row * _ROW
        width = 0.0 if value != value else value / most * _INNER  # noqa: PLR0124 - nan alone is not itself
        if width:
            drawn.rect(left, y + 3, width, _ROW - 8, fill[0], stroke=fill[1])
        text = number_text(value, panel.holds)
        drawn.rect(left + width + 3, y + 5, text_width(text, 9) + 2, _ROW - 11, PAPER)
        drawn.text(left + width + 4, y + 14, text, size=9, fill=GREY)
    drawn.line([(left, top), (left, base)], INK)


def _two_lines(text: str, width: float) -> list[str]:
    """Return a text on at most two lines, broken at a space or, in Chinese, anywhere."""
    if text_width(text, 9) <= width:
        return [text]
    cut = len(text)
    while cut > 1 and text_width(text[:cut], 9) > width:
        cut -= 1
    space = text.rfind(" ", 0, cut + 1)
    cut = space if space > 0 else cut
    return [text[:cut], fitted(text[cut:].strip(), width, 9)]


def gains_and_losses(
    title: Sentence,
    parts: Sequence[tuple[Sentence, Sequence[Moved]]],
    *,
    word: Word,
    lang: str,
    name: str,
) -> Drawing:
    """Return diverging bars, one group beside the other: what is lost to the left, what is gained to the right."""
    step = _PART_LABEL + 2 * (_SIDE + _NUMBER) + 2 * _GAP
    rows = max((len(moved) for _, moved in parts), default=0)
    below = _HEAD + rows * _ROW + 26 if rows else 16.0
    drawn = Drawing(
        width=step * max(1, len(parts)),
        height=_TITLE + below,
        title=word(title),
        about=" ".join(_moved_told(each, word) for _, moved in parts for each in moved) or word(_NOBODY),
        name=name,
        lang=lang,
    )
    drawn.text(0, 14, word(title), size=12, bold=True)
    if not rows:
        drawn.text(0, _TITLE + 8, word(_NOBODY), fill=GREY)
        return drawn
    lost = drawn.pattern("stripes", _LOST, _LOST_INK)
    widest = [max(-each.lost, each.gained) for _, moved in parts for each in moved]
    most = ticks(100 * max(widest, default=0.0))[-1] / 100
    for number, (heading, moved) in enumerate(parts):
        left = number * step
        middle = left + _PART_LABEL + _NUMBER + _SIDE
        drawn.text(left + _PART_LABEL - 8, _TITLE + 14, word(heading), size=10, bold=True, anchor="end")
        _diverging(drawn, left, middle, moved, most, lost)
    _legend(drawn, lost, word)
    return drawn


def _diverging(drawn: Drawing, left: float, middle: float, moved: Sequence[Moved], most: float, lost: str) -> None:
    top = _TITLE + _HEAD
    for row, each in enumerate(moved):
        y = top + row * _ROW
        drawn.text(left + _PART_LABEL - 8, y + 14, fitted(each.label, _PART_LABEL - 10, 10), anchor="end")
        down, up = -each.lost / most * _SIDE, each.gained / most * _SIDE
        if down:
            drawn.rect(middle - down, y + 3, down, _ROW - 8, lost, stroke=_LOST_INK)
            drawn.text(middle - down - 4, y + 14, f"−{-each.lost:.1%}", size=9, fill=_LOST_INK, anchor="end")
        if up:
            drawn.rect(middle, y + 3, up, _ROW - 8, _GAINED, stroke=_GAINED)
            drawn.text(middle + up + 4, y + 14, f"+{each.gained:.1%}", size=9, fill=_GAINED)
    drawn.line([(middle, top), (middle, top + len(moved) * _ROW)], INK)


def _legend(drawn: Drawing, lost: str, word: Word) -> None:
    x, y = _PART_LABEL, drawn.height - 8
    for fill, stroke, text in (
        (lost, _LOST_INK, say("lost of the promise, on average")),
        (_GAINED, _GAINED, say("gained of the promise, on average")),
    ):
        drawn.rect(x, y - 9, 16, 10, fill, stroke=stroke)
        drawn.text(x + 20, y, word(text), size=9)
        x += 20 + text_width(word(text), 9) + 18


def _moved_told(each: Moved, word: Word) -> str:
    return word(
        say(
            "{label}: −{lost:.1%}, +{gained:.1%} of the promise.", label=each.label, lost=-each.lost, gained=each.gained
        )
    )
