"""Change the numbers of a case's tables: needs, stock, what is under way, roads, depots, sites."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import STATUSES, Bools, Case, Floats, Units
from scenarios.choosing import chosen, item_fields, site_fields, stock_fields
from scenarios.scenario import Change, share_in_force

__all__ = ["TABLE_CHANGES", "at_work", "factor_on"]

_PLACES = 6  # decimals of a case are read to six places
_NOT_SAID = -1


def factor_on(change: Change, today: dt.date, days: int = 1) -> Floats:
    """Return by what `scale` multiplies on each of `days` days from today on."""
    share = share_in_force(change, today, days)
    if change.curve:
        return share
    assert isinstance(change.by, Decimal)  # noqa: S101 - the reader saw to it
    return np.asarray(1.0 + (float(change.by) - 1.0) * share)


def at_work(change: Change, today: dt.date, days: int = 1) -> bool:
    """Say whether a change does anything on the day itself, or on one of `days` days from then on."""
    share = share_in_force(change, today, days)
    return bool((share != 1.0 if change.curve else share > 0.0).any())


def _number(change: Change) -> float:
    assert isinstance(change.by, Decimal)  # noqa: S101 - the reader saw to it
    return float(change.by)


def decimals_changed(column: Floats, fit: Bools, change: Change, today: dt.date) -> Floats:
    """Return decimals with those that fit scaled, set or added to; nan stays nan under scale and add."""
    new = column.copy()
    if change.do == "scale":
        new[fit] = np.round(column[fit] * factor_on(change, today)[0], _PLACES)
    elif change.do == "set":
        new[fit] = _number(change)
    else:
        new[fit] = column[fit] + _number(change)
    return new


def whole_changed(column: Units, fit: Bools, change: Change, today: dt.date) -> Units:
    """Return whole numbers with those that fit changed, rounded down; what nobody said stays unsaid under scale."""
    new = column.copy()
    said = fit & (column != _NOT_SAID)
    if change.do == "scale":
        # A hair of binary noise must not cost a unit: 0.29 × 100 is 28.999999999999996.
        new[said] = np.floor(column[said] * factor_on(change, today)[0] + 1e-9).astype(np.int64)
    elif change.do == "set":
        new[fit] = int(_number(change))
    else:
        new[said] = np.maximum(0, column[said] + int(_number(change)))
    return new


def _needs(case: Case, change: Change, today: dt.date) -> tuple[Case, int]:
    needs = case.needs
    fit = chosen({**site_fields(case, needs.site), **item_fields(case, needs.item)}, change.where, len(needs))
    if change.do == "drop":
        return replace(case, needs=needs.take(~fit)), int(fit.sum())
    return _with_column(case, "needs", fit, change, today), int(fit.sum())


def _stock(case: Case, change: Change, today: dt.date) -> tuple[Case, int]:
    stock = case.stock
    fit = chosen(stock_fields(case), change.where, len(stock))
    if change.do == "drop":
        return replace(case, stock=stock.take(~fit)), int(fit.sum())
    if change.column == "status":
        status = np.where(fit, STATUSES.index(str(change.by)), stock.status).astype(np.int8)
        return replace(case, stock=replace(stock, status=status)), int(fit.sum())
    return _with_column(case, "stock", fit, change, today), int(fit.sum())


def _in_transit(case: Case, change: Change, today: dt.date) -> tuple[Case, int]:
    table = case.in_transit
    fit = chosen({**site_fields(case, table.site), **item_fields(case, table.item)}, change.where, len(table))
    if change.do == "drop":
        return replace(case, in_transit=table.take(~fit)), int(fit.sum())
    if change.column == "arrives":
        later = table.arrives.copy()
        later[fit] += np.timedelta64(int(_number(change)), "D")
        return replace(case, in_transit=replace(table, arrives=later)), int(fit.sum())
    return _with_column(case, "in_transit", fit, change, today), int(fit.sum())


def _sites(case: Case, change: Change, _: dt.date) -> tuple[Case, int]:
    fit = chosen(site_fields(case, None), change.where, len(case.sites))
    tier = np.where(fit, str(change.by), case.sites.tier).astype(object)
    return replace(case, sites=replace(case.sites, tier=tier)), int(fit.sum())


def _lanes(case: Case, change: Change, today: dt.date) -> tuple[Case, int]:
    lanes = case.lanes
    fields = {**site_fields(case, lanes.site), "depot": (case.sites.code, lanes.depot)}
    fit = chosen(fields, change.where, len(lanes))
    if change.do == "close":
        return replace(case, lanes=replace(lanes, open=lanes.open & ~fit)), int(fit.sum())
    return _with_column(case, "lanes", fit, change, today), int(fit.sum())


def _depots(case: Case, change: Change, today: dt.date) -> tuple[Case, int]:
    lanes, sites = case.lanes, case.sites
    if change.do == "close":
        # A depot without limits has no row of its own, so it is known by its roads.
        fields = {"depot": (sites.code, lanes.depot), "area": (sites.area, lanes.depot)}
        fit = chosen(fields, change.where, len(lanes))
        return replace(case, lanes=replace(lanes, open=lanes.open & ~fit)), int(fit.sum())
    depots = case.depots
    fields = {"depot": (sites.code, depots.depot), "area": (sites.area, depots.depot)}
    fit = chosen(fields, change.where, len(depots))
    return _with_column(case, "depots", fit, change, today), int(fit.sum())


def _with_column(case: Case, name: str, fit: Bools, change: Change, today: dt.date) -> Case:
    table: Any = getattr(case, name)
    column: NDArray[Any] = getattr(table, change.column)
    whole = column.dtype.kind == "i"
    new = whole_changed(column, fit, change, today) if whole else decimals_changed(column, fit, change, today)
    return replace(case, **{name: replace(table, **{change.column: new})})


TABLE_CHANGES: Mapping[str, Callable[[Case, Change, dt.date], tuple[Case, int]]] = {
    "needs": _needs,
    "stock": _stock,
    "in_transit": _in_transit,
    "sites": _sites,
    "lanes": _lanes,
    "depots": _depots,
}
"""What changes each table of a case: the case as it then is, and how many rows were chosen."""
