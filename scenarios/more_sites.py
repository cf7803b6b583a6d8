"""Open new sites: copies of sites that are there, with their roads and needs, and nothing on their shelves."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case, Indices, Sites
from scenarios.choosing import chosen, site_fields
from scenarios.scenario import Change

__all__ = ["Opened", "with_new_sites"]

_PREFIX = "NEW"


@dataclass(frozen=True)
class Opened:
    """A case with new sites at the end of its sites; `models`: of which site each of `copies` is one.

    `need_rows`: of which needs those at its end are copies.
    """

    case: Case
    models: Indices
    copies: Indices
    need_rows: NDArray[np.intp]


def with_new_sites(case: Case, change: Change) -> Opened:
    """Return a case with `count` copies of the chosen sites, taken in turn; none where nothing is chosen.

    Depots are not copied. The codes are NEW-1, NEW-2, …, as far as they are free.
    """
    depots = np.zeros(len(case.sites), dtype=bool)
    depots[case.lanes.depot] = True
    fit = np.flatnonzero(chosen(site_fields(case, None), change.where, len(case.sites)) & ~depots)
    if not len(fit):
        none = np.zeros(0, dtype=np.int32)
        return Opened(case, none, none, np.zeros(0, dtype=np.intp))
    models: Indices = fit[np.arange(change.count) % len(fit)].astype(np.int32)
    copies = np.arange(len(case.sites), len(case.sites) + change.count, dtype=np.int32)
    lanes, _ = _copied(case.lanes, models, copies)
    needs, need_rows = _copied(case.needs, models, copies)
    return Opened(replace(case, sites=_sites(case, models), lanes=lanes, needs=needs), models, copies, need_rows)


def _sites(case: Case, models: Indices) -> Sites:
    taken, number = set(case.sites.code.tolist()), 0
    codes: list[str] = []
    while len(codes) < len(models):
        number += 1
        if f"{_PREFIX}-{number}" not in taken:
            codes.append(f"{_PREFIX}-{number}")
    columns = {f.name: getattr(case.sites, f.name)[models] for f in fields(case.sites)}
    columns["code"] = np.array(codes, dtype=object)
    named = list(zip(codes, columns["name"].tolist(), columns["name_zh"].tolist(), strict=True))
    columns["name"] = np.array([f"{code} (like {name})" if name else code for code, name, _ in named], dtype=object)
    columns["name_zh"] = np.array([f"{code}（同{name}）" if name else "" for code, _, name in named], dtype=object)
    return Sites(**{name: np.concatenate([getattr(case.sites, name), column]) for name, column in columns.items()})


def _copied(table: Any, models: Indices, copies: Indices) -> tuple[Any, NDArray[np.intp]]:
    """Return a table with the rows of each model said of its copy too, and those rows."""
    order = np.argsort(table.site, kind="stable")
    low = np.searchsorted(table.site[order], models)
    count = np.searchsorted(table.site[order], models, side="right") - low
    within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    row = order[np.repeat(low, count) + within]
    columns = {f.name: np.concatenate([getattr(table, f.name), getattr(table, f.name)[row]]) for f in fields(table)}
    columns["site"] = np.concatenate([table.site, np.repeat(copies, count).astype(np.int32)])
    return type(table)(**columns), row
