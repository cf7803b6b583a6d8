"""A change of a scenario in words: what is done to what, where and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from allocator.sentence import Sentence, say

if TYPE_CHECKING:
    from scenarios.scenario import Change

__all__ = ["change_in_words"]


def change_in_words(change: Change) -> Sentence:
    """Return one change as a line that says what is done to what, where and when."""
    parts = [_deed(change), *_when(change)]
    if change.where:
        chosen = "; ".join(f"{key} = {', '.join(patterns)}" for key, patterns in change.where.items())
        parts.insert(1, say("where {chosen}", chosen=chosen))
    return Sentence(" · ".join(f"{{part{n}}}" for n in range(len(parts))), {f"part{n}": p for n, p in enumerate(parts)})


def _deed(change: Change) -> Sentence:
    named = {"table": change.table, "column": change.column}
    by = f"{change.by:g}" if not isinstance(change.by, (str, type(None))) else (change.by or "")
    if change.curve:
        points = ", ".join(f"{day}: {factor}" for day, factor in change.curve)
        return say("{table}: {column} × a curve by day ({points})", points=points, **named)
    return {
        "scale": say("{table}: {column} × {by}", by=by, **named),
        "set": say("{table}: {column} = {by}", by=by, **named),
        "add": say("{table}: {column} + {by}", by=by, **named)
        if change.column
        else say("{table}: {count} more like these", count=change.count, **named),
        "close": say("{table}: closed", **named),
        "drop": say("{table}: left out", **named),
    }[change.do]


def _when(change: Change) -> Iterator[Sentence]:
    if change.since is not None:
        yield say("from {day}", day=_day(change.since))
    if change.until is not None:
        yield say("to {day}", day=_day(change.until))
    if change.ramp_days:
        yield say("growing for {days} days", days=change.ramp_days)


def _day(day: dt.date | int) -> Sentence:
    if isinstance(day, dt.date):
        return Sentence("{day}", {"day": day.isoformat()})
    return say("day {number:+d}", number=day) if day else say("the day itself")
