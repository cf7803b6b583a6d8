"""Fleets: of the durables that a site holds, how many work.

    working' = (working + received) × (1 − attrition)

What the ledger holds and does not work is no stock that a need can be met with: it is shown as damaged,
and so the site lacks it. Nothing is written off by that; a document does that.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from allocator.case import STATUSES, Case, Dates, Floats, Indices, Stock, Table, Units

__all__ = ["ATTRITION_ASSUMED", "Fleets", "with_broken_set_aside", "working_units"]

ATTRITION_ASSUMED = 0.02
"""Share that breaks in thirty days, where nobody said. No public failure rate of thermometers exists: assumed (C)."""

_PERIOD_DAYS = 30
_USABLE, _DAMAGED = STATUSES.index("usable"), STATUSES.index("damaged")


@dataclass(frozen=True, kw_only=True)
class Fleets(Table):
    """What was tried of a durable at a site, each pair once: `held` units, of which `working`, on a day.

    `attrition`: share that breaks in thirty days, nan where nobody said.
    """

    site: Indices
    item: Indices
    held: Units
    working: Units
    counted_on: Dates
    attrition: Floats


def working_units(fleets: Fleets, on_hand: Units, today: np.datetime64) -> Units:
    """Return how many of the units on hand work, of each fleet.

    What is on hand beyond what was held came since, and works. What is on hand below it was written off,
    and those that did not work went first.

    >>> day = np.array(["2020-02-09"], dtype="datetime64[D]")
    >>> fleet = Fleets(site=np.zeros(1, np.int32), item=np.zeros(1, np.int32), held=np.array([18]),
    ...                working=np.array([13]), counted_on=day, attrition=np.array([0.1]))
    >>> [working_units(fleet, np.array([units]), day[0]).item() for units in (18, 20, 13)]
    [13, 15, 13]
    >>> working_units(fleet, np.array([20]), day[0] + 30).item()
    14
    """
    share = np.where(np.isnan(fleets.attrition), ATTRITION_ASSUMED, fleets.attrition)
    periods = np.maximum(0, (today - fleets.counted_on).astype(np.int64)) / _PERIOD_DAYS
    left = (fleets.working + np.maximum(0, on_hand - fleets.held)) * (1.0 - share) ** periods
    return np.minimum(on_hand, np.rint(left).astype(np.int64))


def with_broken_set_aside(case: Case, fleets: Fleets) -> Case:
    """Return the case in which usable units of a fleet that do not work are damaged, those that expire last first."""
    stock, size = case.stock, len(case.items)
    if not len(fleets) or not len(stock):
        return case
    fleets = fleets.take(np.lexsort([fleets.item, fleets.site]))
    keys = fleets.site.astype(np.int64) * size + fleets.item
    own = stock.site.astype(np.int64) * size + stock.item
    at = np.minimum(np.searchsorted(keys, own), len(keys) - 1)
    rows = np.flatnonzero((keys[at] == own) & (stock.status == _USABLE))
    at, units = at[rows], stock.units[rows]
    on_hand = np.bincount(at, weights=units, minlength=len(fleets)).astype(np.int64)
    to_break = on_hand - working_units(fleets, on_hand, np.datetime64(case.policy.date, "D"))
    # Rows of a pair stand together, so what lies behind a row is its pair's end less its own.
    sums = np.cumsum(units)
    ends = sums[np.searchsorted(at, at, side="right") - 1]
    broken = np.zeros_like(stock.units)
    broken[rows] = np.clip(to_break[at] - (ends - sums), 0, units)
    return _with_stock(case, stock.units - broken, broken)


def _with_stock(case: Case, units: Units, broken: Units) -> Case:
    """Return the case with what is left of each row, and a damaged row for what is broken of it."""
    stock = case.stock
    gone = np.flatnonzero(broken)
    if not len(gone):
        return case
    whole = gone[units[gone] == 0]
    kept = np.setdiff1d(np.arange(len(stock)), whole)
    parts = [dataclasses.replace(stock, units=units).take(kept), dataclasses.replace(stock, units=broken).take(gone)]
    parts[1] = dataclasses.replace(parts[1], status=np.full(len(gone), _DAMAGED, dtype=np.int8))
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in dataclasses.fields(Stock)
    }
    tables = {field.name: getattr(case, field.name) for field in dataclasses.fields(case)}
    return Case.canonical(**tables | {"stock": Stock(**columns)})
