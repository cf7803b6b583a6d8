"""What sites recorded as used, as far as it teaches what they need.

A day counts for a pair where its activity was counted, the site reported any use, and had some of the item
left at the end: a day without a report says nothing, and who has run out did not use what they needed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from allocator.calibration import Use
from allocator.case import Bools, Dates, Floats, Indices, Table

__all__ = ["NO_RECORDS", "WINDOW_DAYS", "DayUnits", "Records", "use_against_norms"]

WINDOW_DAYS = 28
"""Days that are looked back: twice what a norm is worth, so that what is done today is soon seen."""


@dataclass(frozen=True, kw_only=True)
class DayUnits(Table):
    """Units of an item at a site on a day; several rows of one add up."""

    site: Indices
    item: Indices
    day: Dates
    units: Floats


@dataclass(frozen=True, kw_only=True)
class Records:
    """What the ledger tells of the `WINDOW_DAYS` days up to `last`, of sites whose activity is known.

    `used`: what was used; `change`: what stock rose (or fell) by; `held`: on hand at the end of `last`.
    """

    last: np.datetime64
    used: DayUnits
    change: DayUnits
    held: DayUnits

    @property
    def first(self) -> np.datetime64:
        """The first day that is looked at."""
        return np.datetime64(self.last - np.timedelta64(WINDOW_DAYS - 1, "D"))


def _no_units() -> DayUnits:
    none = np.zeros(0, dtype=np.int32)
    return DayUnits(site=none, item=none, day=np.zeros(0, dtype="datetime64[D]"), units=np.zeros(0))


NO_RECORDS = Records(last=np.datetime64("1970-01-28"), used=_no_units(), change=_no_units(), held=_no_units())
"""A ledger in which nobody reported any use."""


def use_against_norms(
    records: Records,
    *,
    site: Indices,
    item: Indices,
    norms_on: Callable[[np.datetime64], Floats],
    changes: Dates,
) -> tuple[Use, Floats]:
    """Return the recorded use of pairs on the days that count, and what the norm said for these days.

    `norms_on`: the norm of every pair on a day; `changes`: days on which it may become another.
    """
    where, rank = np.unique(records.used.site, return_inverse=True)
    reported = np.zeros((len(where), WINDOW_DAYS), dtype=bool)
    reported[rank, _number(records, records.used.day)] = True
    at = np.minimum(np.searchsorted(where, site), max(0, len(where) - 1))
    known = np.flatnonzero(where[at] == site) if len(where) else np.zeros(0, dtype=np.int64)
    at, item = at[known], item[known]
    counts, norms = np.zeros((len(known), WINDOW_DAYS), dtype=bool), np.zeros((len(known), WINDOW_DAYS))
    for start, end in _spans(records, changes) if len(known) else ():
        norms[:, start:end] = norms_on(records.first + np.timedelta64(start, "D"))[known, None]
    units = np.zeros(len(known))
    for each in np.unique(item):
        rows = np.flatnonzero(item == each)
        some_left = _held_at_ends(records, where, int(each)) > 0
        # Before activity was counted there is nothing to hold use against.
        counts[rows] = (reported & some_left)[at[rows]] & (norms[rows] > 0)
        units[rows] = (_by_day(records, where, int(each), records.used)[at[rows]] * counts[rows]).sum(axis=1)
    days = counts.sum(axis=1).astype(np.float64)
    some = np.flatnonzero(days)
    use = Use(
        site=site[known[some]],
        item=item[some],
        units=units[some],
        days=days[some],
        days_out=np.zeros(len(some)),
    )
    return use, (norms * counts).sum(axis=1)[some]


def _number(records: Records, day: Dates) -> Indices:
    return (day - records.first).astype(np.int64).astype(np.int32)


def _spans(records: Records, changes: Dates) -> list[tuple[int, int]]:
    """Return the days, by number, between which norms stay as they are."""
    starts = [0, *(n for n in _number(records, changes).tolist() if 0 < n < WINDOW_DAYS), WINDOW_DAYS]
    return list(itertools.pairwise(starts))


def _by_day(records: Records, where: Indices, item: int, rows: DayUnits) -> Floats:
    """Return units of an item by site of `where` and day."""
    found = np.zeros((len(where), WINDOW_DAYS))
    mine = np.flatnonzero(rows.item == item)
    at = np.minimum(np.searchsorted(where, rows.site[mine]), max(0, len(where) - 1))
    mine, at = mine[where[at] == rows.site[mine]], at[where[at] == rows.site[mine]]
    np.add.at(found, (at, _number(records, rows.day[mine])), rows.units[mine])
    return found


def _held_at_ends(records: Records, where: Indices, item: int) -> Floats:
    """Return what was held at the end of each day: what is held now, less what came since."""
    change = _by_day(records, where, item, records.change)
    now = np.zeros(len(where))
    mine: Bools = records.held.item == item
    at = np.minimum(np.searchsorted(where, records.held.site[mine]), max(0, len(where) - 1))
    same = where[at] == records.held.site[mine]
    np.add.at(now, at[same], records.held.units[mine][same])
    later = np.cumsum(change[:, ::-1], axis=1)[:, ::-1] - change
    return np.asarray(now[:, None] - later)
