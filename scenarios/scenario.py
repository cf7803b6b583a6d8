"""A scenario: a name, a sentence, and an ordered list of changes, of which the later wins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from allocator.case import Floats
from allocator.sentence import Named

__all__ = ["BASELINE", "Change", "Scenario", "share_in_force"]

Value = Decimal | str | dt.date | bool


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change. `table`: what is changed; `do`: scale, set, add, close or drop; `column`: of that table.

    `by`: the factor of `scale`, what `set` sets, what `add` adds to a column; None where `do` needs no value.
    `where`: for each key the patterns of which one must fit (`*` stands for any letters); all keys must fit.
    `since`, `until`: first and last day it holds, a date or days after the day that is planned; None: no bound.
    `ramp_days`: in so many days it grows evenly from nothing to all of it, the first of them `since`. `curve`:
    instead of `by`, (day, factor) points, days after `since`, between which the factor runs straight.
    `count`: rows that `add` makes of those that `where` chooses, of which it makes copies.
    `line`: where in its file it begins.
    """

    table: str
    do: str
    column: str = ""
    by: Value | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    since: dt.date | int | None = None
    until: dt.date | int | None = None
    ramp_days: int = 0
    curve: tuple[tuple[int, Decimal], ...] = ()
    count: int = 0
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A named what-if. `title` and `says` in English and Chinese: its name and what happens, in a sentence."""

    name: str
    title: str
    title_zh: str = ""
    says: str = ""
    says_zh: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def named(self) -> Named:
        """The title in the reader's language."""
        return Named(self.name, self.title, self.title_zh)

    @property
    def told(self) -> Named:
        """The sentence in the reader's language."""
        return Named(self.name, self.says, self.says_zh)


BASELINE = Scenario(
    name="baseline", title="Baseline", title_zh="基准", says="Everything as it is.", says_zh="一切照现状。"
)
"""The scenario without changes: the plan of the day is its run."""


def share_in_force(change: Change, today: dt.date, days: int) -> Floats:
    """Return how much of a change holds on each of `days` days from today on: 0 before it, 1 in full.

    With a curve it is the factor itself that is told, 1 where the curve does not reach.

    >>> rise = Change(table="needs", do="scale", column="daily_units", by=Decimal(3), since=1, until=5, ramp_days=2)
    >>> share_in_force(rise, dt.date(2020, 2, 10), 8).tolist()
    [0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    >>> curve = ((0, Decimal(1)), (4, Decimal(3)))
    >>> bent = Change(table="needs", do="scale", column="daily_units", since=0, curve=curve)
    >>> share_in_force(bent, dt.date(2020, 2, 10), 6).tolist()
    [1.0, 1.5, 2.0, 2.5, 3.0, 1.0]
    """
    day = np.arange(days)
    since, until = _day_after(change.since, today), _day_after(change.until, today)
    first = -np.inf if since is None else since
    begun = (day >= first) & (day <= (np.inf if until is None else until))
    if change.curve:
        points = np.array([(at, float(factor)) for at, factor in change.curve])
        factor = np.interp(day - (since or 0), points[:, 0], points[:, 1], left=1.0, right=1.0)
        return np.where(begun, factor, 1.0)
    if change.ramp_days:
        return np.where(begun, np.clip((day - (since or 0) + 1) / change.ramp_days, 0.0, 1.0), 0.0)
    return begun.astype(np.float64)


def _day_after(when: dt.date | int | None, today: dt.date) -> int | None:
    """Return a day as days after today."""
    return (when - today).days if isinstance(when, dt.date) else when
