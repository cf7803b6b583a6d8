"""Axes of time and amount for pictures: where a day and a number stand, with lines and texts beside them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from data.pictures_drawing import GREY, Drawing, ticks

__all__ = ["Panel", "amount_text"]

_GRID = "#D9E2EC"
_WEEK = 7
_LABELS_APART = 46


def amount_text(value: float) -> str:
    """Return a number short enough for an axis.

    >>> [amount_text(value) for value in (0, 2.5, 40, 1500, 25_000, 3_000_000)]
    ['0', '2.5', '40', '1,500', '25k', '3M']
    """
    for size, sign in ((1_000_000, "M"), (1_000, "k")):
        if value >= 10 * size or (size == 1_000_000 and value >= size):  # noqa: PLR2004 - two digits before the sign
            return f"{value / size:.3g}{sign}"
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A box in a picture in which days go across and amounts go up from 0 to `most`."""

    left: float
    top: float
    width: float
    height: float
    first_day: dt.date
    days: int
    most: float

    def x(self, day: dt.date) -> float:
        """Return where a day begins."""
        return self.left + (day - self.first_day).days / max(1, self.days) * self.width

    def y(self, amount: float) -> float:
        """Return where an amount stands; what is more than the most stands at the top."""
        top = self.ticks[-1]
        return self.top + self.height * (1 - min(max(amount, 0), top) / top)

    @property
    def ticks(self) -> list[float]:
        """The amounts that have a line."""
        return ticks(self.most)

    def draw(self, drawn: Drawing, *, days: bool) -> None:
        """Draw lines for amounts and, where asked for, days every so many weeks."""
        for amount in self.ticks:
            y = self.y(amount)
            drawn.line([(self.left, y), (self.left + self.width, y)], _GRID)
            drawn.text(self.left - 6, y + 3.5, amount_text(amount), size=9, fill=GREY, anchor="end")
        weeks = max(1, -(-_LABELS_APART * self.days // int(self.width * _WEEK)))
        day = self.first_day
        while (day - self.first_day).days < self.days:
            drawn.line([(self.x(day), self.top), (self.x(day), self.top + self.height)], _GRID)
            if days:
                drawn.text(self.x(day), self.top + self.height + 14, f"{day:%m-%d}", size=9, fill=GREY)
            day += dt.timedelta(days=_WEEK * weeks)
