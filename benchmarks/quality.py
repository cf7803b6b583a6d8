"""How fair a plan on disk is, whoever made it: `quality CASE PLAN`.

Reads pairs.csv, lines.csv and stops.csv of the plan and measures, over the pairs that some open
depot with a pack of the item can serve:

- worst-off and 5th percentile *fill* of each tier: what a pair holds after delivery as a share of
  the top of its tier's ladder (at most 1);
- stock used: packs sent ÷ (packs sent + packs left at a depot that still could have been loaded,
  within its weight limit, for a place on its roads that lacks a whole pack). Packs that two
  depots could have sent to one place count as left over twice, so this never flatters;
- stops per served site, and the fewest that any plan bringing each place the same packs could make
  (a bound that prices prove, `fewest.py`);
- sites with nothing: places that lack something a depot could send and get not one pack.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pa_compute
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from allocator.case import Case
from allocator.need import Problem, needs_of
from benchmarks.fewest import fewest_stops
from benchmarks.lane_table import fills, tops
from data.case_files import read_case

_CODE = pa.dictionary(pa.int32(), pa.string())


def main(case_folder: str, plan_folder: str) -> None:
    """Read both and print the measures."""
    problem = needs_of(read_case(Path(case_folder)).case)
    plan = Path(plan_folder)
    delivered = read_delivered(plan / "pairs.csv", problem)
    sent, wanted = read_sent(plan / "lines.csv", problem.case)
    can_reach = reach(problem)
    pairs = problem.pairs
    reachable = np.any(can_reach[:, pairs.item] & open_to_site(problem)[:, pairs.site], axis=0)
    says: dict[str, Any] = {"tiers": by_tier(problem, fills(problem, delivered), reachable)}
    says["stock_used"] = stock_used(problem, delivered, sent)
    stops = read(plan / "stops.csv", {"site": pa.string()}).column("site")
    served = pa_compute.count_distinct(stops).as_py()
    says |= {"stops": len(stops), "served": served, "stops_per_served": len(stops) / max(1, served)}
    says["fewest_per_served"] = fewest_stops(problem, wanted) / max(1, served)
    lacks = reachable & (tops(problem) > pairs.held)
    wanting, got = np.zeros(len(problem.case.sites), dtype=bool), np.zeros(len(problem.case.sites), dtype=bool)
    wanting[pairs.site[lacks]] = True
    got[pairs.site[delivered > 0]] = True
    says["sites_with_nothing"] = int(np.sum(wanting & ~got))
    print(json.dumps(says))


def read(path: Path, types: dict[str, Any]) -> pa.Table:
    """Return the named columns of a CSV file."""
    options = pa_csv.ConvertOptions(include_columns=list(types), column_types=types)
    return pa_csv.read_csv(path, convert_options=options)


def read_delivered(path: Path, problem: Problem) -> NDArray[np.float64]:
    """Return units delivered to each pair of the problem."""
    table = read(path, {"site": _CODE, "item": _CODE, "units": pa.float64()})
    case, pairs = problem.case, problem.pairs
    key = positions(table, "site", case.site_index) * len(case.items) + positions(table, "item", case.item_index)
    mine = pairs.site.astype(np.int64) * len(case.items) + pairs.item
    out = np.zeros(len(pairs))
    out[np.searchsorted(mine, key)] = table.column("units").to_numpy()
    return out


def read_sent(path: Path, case: Case) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return packs sent, by depot (position in sites) and item, and packs received, by site and item."""
    table = read(path, {"depot": _CODE, "site": _CODE, "item": _CODE, "packs": pa.int64()})
    item, packs = positions(table, "item", case.item_index), table.column("packs").to_numpy()
    added = []
    for end in ("depot", "site"):
        key = positions(table, end, case.site_index) * len(case.items) + item
        total = np.bincount(key, weights=packs, minlength=len(case.sites) * len(case.items))
        added.append(np.rint(total).astype(np.int64).reshape(len(case.sites), -1))
    return added[0], added[1]


def positions(table: pa.Table, column: str, index: dict[str, int]) -> NDArray[np.int64]:
    """Return each row's code as its position, looking every distinct code up once."""
    codes = table.column(column).combine_chunks()
    known = np.array([index[code] for code in codes.dictionary.to_pylist()], dtype=np.int64)
    return np.asarray(known[codes.indices.to_numpy()], dtype=np.int64)


def reach(problem: Problem) -> NDArray[np.bool_]:
    """Return which items each source has a pack of."""
    return np.asarray(problem.packs > 0)


def open_to_site(problem: Problem) -> NDArray[np.bool_]:
    """Return which sites each source has an open road to."""
    roads = np.zeros((len(problem.sources), len(problem.case.sites)), dtype=bool)
    roads[problem.routes.source, problem.routes.site] = True
    return roads


def by_tier(problem: Problem, fill: NDArray[np.float64], reachable: NDArray[np.bool_]) -> dict[str, Any]:
    """Return worst-off, 5th percentile and mean fill of each tier."""
    out = {}
    for n, tier in enumerate(problem.case.policy.tier_names):
        mine = fill[reachable & (problem.pairs.tier == n)]
        if len(mine):
            out[tier] = {"worst": float(mine.min()), "p5": float(np.percentile(mine, 5)), "mean": float(mine.mean())}
    return out


def stock_used(problem: Problem, delivered: NDArray[np.float64], sent: NDArray[np.int64]) -> float:
    """Return packs sent as a share of the packs that could have been sent."""
    pairs, items = problem.pairs, problem.case.items
    short = np.floor((tops(problem) - pairs.held - delivered) / items.pack_units[pairs.item])
    short = np.maximum(0, short)
    depots = np.unique(problem.sources.depot)
    roads, wasted = open_to_site(problem), 0.0
    for depot in depots:
        mine = problem.sources.depot == depot
        left = problem.packs[mine].sum(axis=0) - sent[depot]
        on_road = roads[mine].any(axis=0)[pairs.site]
        wanted = np.bincount(pairs.item[on_road], weights=short[on_road], minlength=len(items))
        wasted += loadable(np.minimum(left, wanted), items.pack_kg, left_kg(problem, int(depot), sent[depot]))
    total = float(sent.sum())
    return total / (total + wasted) if total else 0.0


def left_kg(problem: Problem, depot: int, sent: NDArray[np.int64]) -> float:
    """Return the weight a depot's lorries could still have carried."""
    depots = problem.case.depots
    row = np.flatnonzero(depots.depot == depot)
    if not len(row):
        return float("inf")
    lorries = float(depots.vehicles[row[0]]) * float(depots.vehicle_kg[row[0]])
    limit = np.fmin(depots.max_kg[row[0]], lorries if depots.vehicles[row[0]] >= 0 else np.nan)
    return float("inf") if np.isnan(limit) else float(limit - sent @ problem.case.items.pack_kg)


def loadable(packs: NDArray[np.float64], pack_kg: NDArray[np.float64], kg: float) -> float:
    """Return how many of these packs fit, lightest first.

    >>> loadable(np.array([3.0, 5.0]), np.array([2.0, 1.0]), 8.0)
    6.0
    """
    if not np.isfinite(kg):
        return float(packs.sum())
    fitted = 0.0
    for item in np.argsort(pack_kg):
        some = min(float(packs[item]), max(0.0, np.floor(kg / pack_kg[item] + 1e-9)))
        fitted, kg = fitted + some, kg - some * float(pack_kg[item])
    return fitted


if __name__ == "__main__":
    main(*sys.argv[1:])
