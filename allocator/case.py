"""A case: everything one allocation needs, as columns of numbers.

Codes are sorted and rows refer to them by position, so the same facts in any row order make the
same case. Conventions, everywhere in `allocator/`:

- whole base units, never packs, never floats, for stock (`int64`);
- decimals (use, weight, volume, km, hours) are read to six decimal places and held as the nearest
  `float64`; `micro` gives the exact integer;
- absent is not zero: `-1` (whole numbers), `nan` (decimals), `NaT` (dates) and `""` (texts) mean
  that nobody said.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from allocator.policy import Policy

__all__ = [
    "MICRO",
    "STATUSES",
    "Bools",
    "Case",
    "Dates",
    "Depots",
    "Floats",
    "InTransit",
    "Indices",
    "Items",
    "Lanes",
    "Needs",
    "Sites",
    "Stock",
    "Substitutes",
    "Texts",
    "Units",
    "micro",
]

MICRO = 1_000_000

Column = NDArray[Any]
Units = NDArray[np.int64]
Indices = NDArray[np.int32]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]  # str
Dates = NDArray[np.datetime64]  # [D]

STATUSES = ("usable", "quarantine", "expired", "damaged")


def micro(decimals: Floats) -> Units:
    """Return decimals as exact whole millionths; nan becomes -1.

    >>> micro(np.array([0.1, 2.5, np.nan])).tolist()
    [100000, 2500000, -1]
    """
    filled = np.where(np.isnan(decimals), -1.0 / MICRO, decimals)
    return np.rint(filled * MICRO).astype(np.int64)


_UNSAID: Units = np.empty(0, dtype=np.int64)


class Table:
    """Columns of equal length; a base of the tables below."""

    def __len__(self) -> int:
        return len(getattr(self, dataclasses.fields(self)[0].name))  # type: ignore[arg-type]

    def take(self, rows: Column) -> Self:
        """Return the same table with these rows, in this order."""
        columns = {f.name: getattr(self, f.name)[rows] for f in dataclasses.fields(self)}  # type: ignore[arg-type]
        return type(self)(**columns)


@dataclass(frozen=True, kw_only=True)
class Items(Table):
    """What is allocated. `pack_kg`, `pack_m3`: of one pack, nan where not said."""

    code: Texts
    name: Texts
    name_zh: Texts
    unit: Texts
    pack_units: Units
    pack_kg: Floats
    pack_m3: Floats
    durable: Bools


@dataclass(frozen=True, kw_only=True)
class Sites(Table):
    """Where supplies are used or kept. `tier` is "" where the policy's kinds decide."""

    code: Texts
    name: Texts
    name_zh: Texts
    kind: Texts
    area: Texts
    lat: Floats
    lon: Floats
    tier: Texts


@dataclass(frozen=True, kw_only=True)
class Needs(Table):
    """`daily_units`: units used a day (durables: units the site must hold). `max_units`: -1 = no cap.

    `days_short`: days in a row before the plan on which the need was short; -1, or left out: nobody said.
    """

    site: Indices
    item: Indices
    daily_units: Floats
    reported_on: Dates
    max_units: Units
    days_short: Units = field(default_factory=lambda: _UNSAID)

    def __post_init__(self) -> None:
        if self.days_short is _UNSAID:
            object.__setattr__(self, "days_short", np.full(len(self.site), -1, dtype=np.int64))


@dataclass(frozen=True, kw_only=True)
class Stock(Table):
    """`status`: position in `STATUSES`. `earmark`: a site or area code these units are only for."""

    site: Indices
    item: Indices
    units: Units
    lot: Texts
    expires: Dates
    status: NDArray[np.int8]
    earmark: Texts


@dataclass(frozen=True, kw_only=True)
class InTransit(Table):
    """Units already under way to a site."""

    site: Indices
    item: Indices
    units: Units
    arrives: Dates


@dataclass(frozen=True, kw_only=True)
class Lanes(Table):
    """A road from `depot` (a position in sites) to `site`. nan: not said, so no limit."""

    depot: Indices
    site: Indices
    open: Bools
    km: Floats
    hours: Floats
    max_kg: Floats


@dataclass(frozen=True, kw_only=True)
class Depots(Table):
    """A depot's limits for the day; nan or -1: no limit. `depot` is a position in sites."""

    depot: Indices
    max_kg: Floats
    max_m3: Floats
    max_stops: Units
    vehicles: Units
    vehicle_kg: Floats
    shift_hours: Floats
    stop_minutes: Floats

    @property
    def fleet_kg(self) -> Floats:
        """What all vehicles of each depot carry in a day; nan where that is no limit."""
        return np.where(self.vehicles < 0, np.nan, self.vehicles * self.vehicle_kg)

    @property
    def day_kg(self) -> Floats:
        """The most kg each depot may send in a day, by its limit and its vehicles; nan where there is none."""
        return np.fmin(self.max_kg, self.fleet_kg)


@dataclass(frozen=True, kw_only=True)
class Substitutes(Table):
    """`by` may be used instead of `item`, `units_per_unit` units of it for one unit."""

    item: Indices
    by: Indices
    units_per_unit: Floats


@dataclass(frozen=True, kw_only=True)
class Case:
    """Everything one allocation needs. Make it with `Case.canonical`, which sorts.

    `depots` may lack a depot that has lanes (no limits then).
    """

    items: Items
    sites: Sites
    needs: Needs
    stock: Stock
    in_transit: InTransit
    lanes: Lanes
    depots: Depots
    substitutes: Substitutes
    policy: Policy

    @cached_property
    def item_index(self) -> dict[str, int]:
        """Position of each item by code."""
        return {code: n for n, code in enumerate(self.items.code)}

    @cached_property
    def site_index(self) -> dict[str, int]:
        """Position of each site by code."""
        return {code: n for n, code in enumerate(self.sites.code)}

    @classmethod
    def canonical(cls, **tables: Any) -> Case:
        """Make a case with codes and rows sorted, whatever order they came in."""
        case = cls(**tables)
        item_rank, items = _sorted_by_code(case.items)
        site_rank, sites = _sorted_by_code(case.sites)

        def moved(table: Any, keys: Sequence[str]) -> Any:
            columns = {}
            for f in dataclasses.fields(table):
                column = getattr(table, f.name)
                if f.name in ("site", "depot"):
                    column = site_rank[column]
                elif f.name in ("item", "by"):
                    column = item_rank[column]
                columns[f.name] = column
            remapped = type(table)(**columns)
            return _sorted_rows(remapped, keys)

        return cls(
            items=items,
            sites=sites,
            needs=moved(case.needs, ("site", "item")),
            stock=moved(case.stock, ("site", "item", "expires", "lot", "earmark", "status", "units")),
            in_transit=moved(case.in_transit, ("site", "item", "arrives", "units")),
            lanes=moved(case.lanes, ("depot", "site")),
            depots=moved(case.depots, ("depot",)),
            substitutes=moved(case.substitutes, ("item", "by")),
            policy=case.policy,
        )


def _sorted_by_code(table: Any) -> tuple[Indices, Any]:
    codes = table.code
    if len(codes) <= 1 or bool(np.all(codes[:-1] < codes[1:])):
        return np.arange(len(codes), dtype=np.int32), table
    order = np.argsort(codes, kind="stable")
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank, table.take(order)


def _sorted_rows(table: Any, keys: Sequence[str]) -> Any:
    if len(table) <= 1:
        return table
    order = _order(table, keys)
    return table if order is None else table.take(order)


def _order(table: Any, keys: Sequence[str]) -> NDArray[np.intp] | None:
    """Return the sorting permutation, or None where the first two keys already sort strictly."""
    first = getattr(table, keys[0]).astype(np.int64)
    pair = first * (np.iinfo(np.int32).max + 1) + getattr(table, keys[1]) if len(keys) > 1 else first
    if bool(np.all(pair[:-1] < pair[1:])):
        return None
    columns = [_sortable(getattr(table, key)) for key in reversed(keys[2:])]
    return np.lexsort([*columns, pair])


def _sortable(column: Column) -> Column:
    if column.dtype == object:
        return np.unique(column, return_inverse=True)[1]
    if column.dtype.kind == "M":
        # Undated stock leaves last, so a missing date sorts after every date.
        days = column.astype("datetime64[D]").astype(np.int64)
        return np.where(np.isnat(column), np.iinfo(np.int64).max, days)
    return column
