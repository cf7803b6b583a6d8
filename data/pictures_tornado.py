"""A tornado: by how much an outcome moves with each thing that nobody knows; and how it spreads under each decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from allocator.pictured import SpreadBar, SwingBar
from allocator.sentence import Sentence, say
from data.pictures_axes import amount_text
from data.pictures_bars import number_text
from data.pictures_drawing import GREY, INK, PAPER, Drawing, fitted, text_width, ticks

__all__ = ["spread_picture", "tornado_picture"]

Word = Callable[[Sentence], str]

_LABEL, _INNER, _NUMBER, _ROW, _HEAD, _FOOT = 190.0, 420.0, 60.0, 24.0, 38.0, 28.0
_LOW, _LOW_INK, _HIGH = "#FBE3B5", "#8A5A00", "#0B4F8A"
_BOX, _BOX_INK = "#C6DDF7", "#0B4F8A"


@dataclass(frozen=True)
class _Axis:
    """Where an amount stands between the least and the most that is drawn."""

    first: float
    last: float

    def x(self, value: float) -> float:
        return _LABEL + _NUMBER + (value - self.first) / ((self.last - self.first) or 1.0) * _INNER


def tornado_picture(
    title: Sentence, mean: float, bars: Sequence[SwingBar], *, holds: str, word: Word, lang: str, name: str
) -> Drawing:
    """Return the quantities below each other, as bars from the mean of all draws to their two ends."""
    told = [
        say("{label}: {low} at its least, {high} at its most.", label=each.label,
            low=number_text(each.low, holds), high=number_text(each.high, holds))
        for each in bars
    ]  # fmt: skip
    drawn = _begun(title, len(bars), told, word, lang, name)
    axis = _axis([mean, *(each.low for each in bars), *(each.high for each in bars)], holds)
    low = drawn.pattern("stripes", _LOW, _LOW_INK)
    _ruled(drawn, axis, len(bars), holds)
    for row, each in enumerate(bars):
        y = _HEAD + row * _ROW
        drawn.text(_LABEL - 8, y + 15, fitted(each.label, _LABEL - 10, 10), anchor="end")
        for value, fill, stroke in ((each.low, low, _LOW_INK), (each.high, _HIGH, _HIGH)):
            left, right = sorted((axis.x(mean), axis.x(value)))
            drawn.rect(left, y + 4, right - left, _ROW - 9, fill, stroke=stroke)
        for value, other in ((each.low, each.high), (each.high, each.low)):
            # Where both ends lie on one side, the nearer number stands on the other, where there is room.
            crowded = (value - mean) * (other - mean) > 0 and abs(value - mean) < abs(other - mean)
            at = mean if crowded else value
            _beside(drawn, axis.x(at), y, number_text(value, holds), left=(value < mean) != crowded)
    drawn.line([(axis.x(mean), _HEAD), (axis.x(mean), _HEAD + len(bars) * _ROW)], INK)
    told_mean = word(say("mean {mean}", mean=number_text(mean, holds)))
    drawn.text(axis.x(mean), _HEAD - 5, told_mean, size=9, anchor="middle")
    _legend(drawn, ((low, _LOW_INK, say("at its least")), (_HIGH, _HIGH, say("at its most"))), word)
    return drawn


def spread_picture(
    title: Sentence, bars: Sequence[SpreadBar], *, holds: str, word: Word, lang: str, name: str
) -> Drawing:
    """Return the decisions below each other: a box from the 5th to the 95th percentile, median and mean in it."""
    told = [
        say("{label}: median {median}, {low} to {high} in nine draws of ten.", label=each.label,
            median=number_text(each.p50, holds), low=number_text(each.p05, holds), high=number_text(each.p95, holds))
        for each in bars
    ]  # fmt: skip
    drawn = _begun(title, len(bars), told, word, lang, name)
    axis = _axis([value for each in bars for value in (each.p05, each.p95, each.mean)], holds)
    box = drawn.pattern("dots", _BOX, _BOX_INK)
    _ruled(drawn, axis, len(bars), holds)
    for row, each in enumerate(bars):
        y = _HEAD + row * _ROW
        drawn.text(_LABEL - 8, y + 15, fitted(each.label, _LABEL - 10, 10), anchor="end", bold=row == 0)
        drawn.rect(axis.x(each.p05), y + 5, axis.x(each.p95) - axis.x(each.p05), _ROW - 11, box, stroke=_BOX_INK)
        drawn.line([(axis.x(each.p50), y + 2), (axis.x(each.p50), y + _ROW - 3)], INK, width=2.5)
        drawn.circle(axis.x(each.mean), y + _ROW / 2 - 0.5, 3.5, PAPER, stroke=INK)
        _beside(drawn, axis.x(each.p05), y, number_text(each.p05, holds), left=True)
        _beside(drawn, axis.x(each.p95), y, number_text(each.p95, holds), left=False)
    x, y = _LABEL + _NUMBER, drawn.height - 8
    drawn.line([(x + 8, y - 10), (x + 8, y + 2)], INK, width=2.5)
    x = _word_at(drawn, x + 20, y, word(say("median")))
    drawn.circle(x + 8, y - 4, 3.5, PAPER, stroke=INK)
    x = _word_at(drawn, x + 20, y, word(say("mean")))
    drawn.rect(x, y - 9, 16, 10, box, stroke=_BOX_INK)
    _word_at(drawn, x + 20, y, word(say("nine draws of ten")))
    return drawn


def _begun(title: Sentence, rows: int, told: Sequence[Sentence], word: Word, lang: str, name: str) -> Drawing:
    drawn = Drawing(
        width=_LABEL + 2 * _NUMBER + _INNER,
        height=_HEAD + max(1, rows) * _ROW + _FOOT + 18,
        title=word(title),
        about=" ".join(map(word, told)),
        name=name,
        lang=lang,
    )
    drawn.text(0, 14, word(title), size=12, bold=True)
    return drawn


def _axis(values: Sequence[float], holds: str) -> _Axis:
    """Return an axis that holds the values between round numbers."""
    low, high = min(values), max(values)
    scale = 100.0 if holds == "share" else 1.0
    step = ticks(max((high - low) * scale, 1e-9))[1] / scale
    first = low // step * step
    last = -(-high // step) * step
    return _Axis(first, last if last > first else first + step)


def _ruled(drawn: Drawing, axis: _Axis, rows: int, holds: str) -> None:
    """Draw light lines at round amounts, with the amounts below."""
    base = _HEAD + rows * _ROW
    scale = 100.0 if holds == "share" else 1.0
    step = ticks(max((axis.last - axis.first) * scale, 1e-9))[1] / scale
    for number in range(round((axis.last - axis.first) / step) + 1):
        value = axis.first + number * step
        x = axis.x(value)
        drawn.line([(x, _HEAD), (x, base)], "#D9E2EC")
        text = f"{round(value * 100, 6):g}%" if holds == "share" else amount_text(round(value, 6))
        drawn.text(x, base + 14, text, size=9, fill=GREY, anchor="middle")


def _beside(drawn: Drawing, x: float, y: float, text: str, *, left: bool) -> None:
    width = text_width(text, 9)
    drawn.rect(x - width - 6 if left else x + 3, y + 5, width + 3, _ROW - 11, PAPER)
    drawn.text(x - 4 if left else x + 4, y + 15, text, size=9, fill=GREY, anchor="end" if left else "start")


def _legend(drawn: Drawing, marks: Sequence[tuple[str, str, Sentence]], word: Word) -> None:
    x, y = _LABEL + _NUMBER, drawn.height - 8
    for fill, stroke, text in marks:
        drawn.rect(x, y - 9, 16, 10, fill, stroke=stroke)
        x = _word_at(drawn, x + 20, y, word(text))


def _word_at(drawn: Drawing, x: float, y: float, text: str) -> float:
    drawn.text(x, y, text, size=9)
    return x + text_width(text, 9) + 18
