"""The plan in a few numbers: who is short of what, who stands lowest, what was used up.

Everything is summed by group (tier, durable or not, item) with one pass over the pairs, so ten
million pairs take seconds. Cover is days of use on hand after delivery; for durable items it is
the share of the required holding. The 5th percentile is the nearest rank: the value that at least
5 % of the pairs do not exceed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Case, Floats
from allocator.need import Problem, promised_cover
from allocator.plan import Lines, PlanPairs, Stops

__all__ = ["Standing", "plain", "summarise"]

_LOW_SHARE = 0.05
# Shares carry binary noise; less than this part of a day's use is nobody's shortage.
_NOISE = 1e-9


def summarise(case: Case, pairs: PlanPairs, lines: Lines, stops: Stops, problem: Problem) -> dict[str, Any]:
    """Return the totals of a plan as plain JSON values.

    `totals`: counts; `items`, `tiers`, `items_by_tier`: needs and what became of them; `depots`:
    what was used of every limit and every item that could leave; `giving_sites`: what sites gave
    to others.
    """
    standing = Standing(case, pairs)
    return {
        "date": case.policy.date.isoformat(),
        "totals": _totals(case, standing, lines, stops, problem),
        "items": list(_items(standing)),
        "tiers": list(_tiers(standing)),
        "items_by_tier": list(standing.items_by_tier()),
        "depots": list(_depots(case, lines, stops, problem)),
        "giving_sites": _giving(case, lines, problem),
    }


def plain(number: Any) -> int | float | None:
    """Return a number as a plain one: 12 significant digits, whole where it is whole, None for nan.

    >>> plain(np.float64(0.1) + 0.2), plain(np.float64(20)), plain(np.nan)
    (0.3, 20, None)
    """
    value = float(number)
    if np.isnan(value):
        return None
    rounded = float(f"{value:.12g}")
    return int(rounded) if rounded.is_integer() else rounded


class Standing:
    """How every pair stands after a plan, and sums over groups of pairs.

    A group is (tier, durable, item); its number orders pairs by tier first. `short_units`: what a
    pair still lacks to the top of its ladder, in units.
    """

    def __init__(self, case: Case, pairs: PlanPairs) -> None:
        self.case = case
        self.pairs = pairs
        self.items = len(case.items)

    @cached_property
    def held(self) -> Floats:
        """Units on hand and in transit, before the plan."""
        return np.asarray(self.pairs.on_hand + self.pairs.in_transit, dtype=np.float64)

    @cached_property
    def cover(self) -> Floats:
        """Days of use (durables: share of the required holding) on hand after delivery."""
        return np.asarray((self.held + self.pairs.units) / self.pairs.daily_units)

    @cached_property
    def lacked_units(self) -> Floats:
        """Units each pair lacked to the top of its ladder before the plan."""
        target = self.pairs.daily_units * promised_cover(self.case, self.pairs.tier, self.pairs.item)
        return np.asarray(np.maximum(0.0, target - self.held))

    @cached_property
    def short_units(self) -> Floats:
        """Units each pair still lacks to the top of its ladder."""
        left = self.lacked_units - self.pairs.units
        return np.where(left > self.pairs.daily_units * _NOISE, left, 0.0)

    @cached_property
    def position(self) -> Floats:
        """Where the fair share stands on the ladder: rung + fill, infinite where all is completed."""
        return np.where(self.pairs.rung == 0, np.inf, self.pairs.rung + self.pairs.fill)

    @cached_property
    def unreached(self) -> Bools:
        """Pairs that lack something and have no share at all: nothing can reach them."""
        return np.asarray((self.pairs.rung > 0) & (self.pairs.fair_units <= 0))

    @cached_property
    def group(self) -> NDArray[np.integer]:
        """Each pair's group number."""
        size = 2 * self.items * max(1, len(self.case.policy.tier_names))
        # numpy sorts 16-bit integers by radix, ten times faster than others.
        kind: Any = np.int16 if size <= np.iinfo(np.int16).max else np.int64
        of_item = np.arange(self.items) + self.items * self.case.items.durable
        start = 2 * self.items * np.arange(len(self.case.policy.tier_names))
        return start.astype(kind)[self.pairs.tier] + of_item.astype(kind)[self.pairs.item]

    @cached_property
    def _order(self) -> NDArray[np.intp]:
        return np.argsort(self.group, kind="stable")

    @cached_property
    def _bounds(self) -> NDArray[np.intp]:
        groups = 2 * self.items * max(1, len(self.case.policy.tier_names))
        counts = np.bincount(self.group, minlength=groups)
        return np.concatenate([[0], np.cumsum(counts)])

    def sums(self, values: Any) -> Floats:
        """Return a column's sum over each group, shaped tier × durable × item."""
        groups = len(self._bounds) - 1
        sums = np.bincount(self.group, weights=values, minlength=groups).astype(np.float64)
        return sums.reshape(-1, 2, self.items)

    @cached_property
    def totals(self) -> dict[str, Floats]:
        """Sums of every column that is summed, each shaped tier × durable × item."""
        pairs = self.pairs
        return {
            "pairs": self.sums(None),
            "pairs_short": self.sums(self.short_units > 0),
            "pairs_unreached": self.sums(self.unreached),
            "pairs_uncounted": self.sums(~pairs.counted),
            "daily_units": self.sums(pairs.daily_units),
            "held_units": self.sums(self.held),
            "lacked_units": self.sums(self.lacked_units),
            "fair_units": self.sums(pairs.fair_units),
            "sent_units": self.sums(pairs.units),
            "short_units": self.sums(self.short_units),
        }

    @cached_property
    def _sorted_cover(self) -> Floats:
        return self.cover[self._order]

    @cached_property
    def _sorted_position(self) -> Floats:
        return self.position[self._order]

    @cached_property
    def _sorted_reached_position(self) -> Floats:
        return np.where(self.unreached, np.inf, self.position)[self._order]

    def lowest(self, first: int, last: int) -> dict[str, Any]:
        """Return cover and the worst-off pairs of the groups from `first` up to `last`."""
        begin, end = int(self._bounds[first]), int(self._bounds[last])
        cover = self._sorted_cover[begin:end]
        if not len(cover):
            return {"cover_least": None, "cover_p05": None, "worst_off": None, "worst_off_reached": None}
        rank = max(0, int(np.ceil(_LOW_SHARE * len(cover))) - 1)
        return {
            "cover_least": plain(cover.min()),
            "cover_p05": plain(np.partition(cover, rank)[rank]),
            "worst_off": self._worst(self._sorted_position, begin, end),
            "worst_off_reached": self._worst(self._sorted_reached_position, begin, end),
        }

    def _worst(self, position: Floats, begin: int, end: int) -> dict[str, Any] | None:
        at = begin + int(np.argmin(position[begin:end]))
        if np.isinf(position[at]):
            return None
        pair = int(self._order[at])
        return {
            "site": str(self.case.sites.code[self.pairs.site[pair]]),
            "item": str(self.case.items.code[self.pairs.item[pair]]),
            "rung": int(self.pairs.rung[pair]),
            "fill": plain(self.pairs.fill[pair]),
            "cover": plain(self.cover[pair]),
        }

    def items_by_tier(self) -> Iterator[dict[str, Any]]:
        """Return each item's needs in each tier, in the order of the tiers and then the items."""
        for tier, name in enumerate(self.case.policy.tier_names):
            for item in range(self.items):
                durable = int(self.case.items.durable[item])
                if self.totals["pairs"][tier, durable, item] == 0:
                    continue
                group = (tier * 2 + durable) * self.items + item
                yield {
                    "tier": name,
                    "item": str(self.case.items.code[item]),
                    **{key: plain(sums[tier, durable, item]) for key, sums in self.totals.items()},
                    **self.lowest(group, group + 1),
                }


def _items(standing: Standing) -> Iterator[dict[str, Any]]:
    items = standing.case.items
    for item in range(len(items)):
        yield {
            "item": str(items.code[item]),
            "unit": str(items.unit[item]),
            "durable": bool(items.durable[item]),
            **{key: plain(sums[:, :, item].sum()) for key, sums in standing.totals.items()},
        }


def _tiers(standing: Standing) -> Iterator[dict[str, Any]]:
    items = standing.items
    for tier, name in enumerate(standing.case.policy.tier_names):
        count = {key: sums[tier].sum() for key, sums in standing.totals.items() if key.startswith("pairs")}
        if count["pairs"] == 0:
            continue
        start = tier * 2 * items
        yield {
            "tier": name,
            **{key: plain(number) for key, number in count.items()},
            "consumables": standing.lowest(start, start + items),
            "durables": standing.lowest(start + items, start + 2 * items),
        }


def _totals(case: Case, standing: Standing, lines: Lines, stops: Stops, problem: Problem) -> dict[str, Any]:
    pairs = standing.pairs
    sites = len(case.sites)
    needing = np.bincount(pairs.site, minlength=sites) > 0
    served = np.bincount(lines.site, minlength=sites) > 0
    holding = np.bincount(pairs.site, weights=standing.held + pairs.units, minlength=sites) > 0
    return {
        **{key: plain(sums.sum()) for key, sums in standing.totals.items() if key.startswith("pairs")},
        "pairs_left_out": problem.left_out,
        "sites_needing": int(needing.sum()),
        "sites_served": int((needing & served).sum()),
        "sites_with_nothing": int((needing & ~holding).sum()),
        "stops": len(stops),
        "lines": len(lines),
        "packs": int(lines.packs.sum()),
        "kg": plain(np.nansum(lines.kg)),
        "m3": plain(np.nansum(stops.m3)),
    }


def _packs_that_could_leave(case: Case, problem: Problem) -> dict[int, NDArray[np.int64]]:
    packs: dict[int, NDArray[np.int64]] = {}
    for source in np.flatnonzero(~problem.sources.giving):
        depot = int(problem.sources.depot[source])
        packs[depot] = packs.get(depot, np.zeros(len(case.items), dtype=np.int64)) + problem.packs[source]
    return packs


def _depots(case: Case, lines: Lines, stops: Stops, problem: Problem) -> Iterator[dict[str, Any]]:
    could_leave = _packs_that_could_leave(case, problem)
    size = len(case.sites)
    visits = np.bincount(stops.depot, minlength=size)
    kg = np.bincount(stops.depot, weights=np.nan_to_num(stops.kg), minlength=size)
    m3 = np.bincount(stops.depot, weights=np.nan_to_num(stops.m3), minlength=size)
    limits = {int(depot): row for row, depot in enumerate(case.depots.depot)}
    for depot in sorted(could_leave):
        first, last = np.searchsorted(lines.depot, [depot, depot + 1])
        here = slice(first, last)
        sent = np.bincount(lines.item[here], weights=lines.packs[here], minlength=len(case.items))
        yield {
            "depot": str(case.sites.code[depot]),
            "stops": int(visits[depot]),
            "kg": plain(kg[depot]),
            "m3": plain(m3[depot]),
            **_limits(case, limits.get(depot)),
            "items": [
                {
                    "item": str(case.items.code[item]),
                    "packs_could_leave": int(could_leave[depot][item]),
                    "packs_sent": int(sent[item]),
                    "units_sent": int(sent[item] * case.items.pack_units[item]),
                }
                for item in np.flatnonzero((could_leave[depot] > 0) | (sent > 0))
            ],
        }


def _limits(case: Case, row: int | None) -> dict[str, Any]:
    """Return a depot's limits for the day; None where there is none."""
    if row is None:
        return {"max_stops": None, "max_kg": None, "max_m3": None}
    depots = case.depots
    stops = int(depots.max_stops[row])
    return {
        "max_stops": stops if stops >= 0 else None,
        "max_kg": plain(depots.day_kg[row]),
        "max_m3": plain(depots.max_m3[row]),
    }


def _giving(case: Case, lines: Lines, problem: Problem) -> dict[str, Any]:
    gives = np.zeros(len(case.sites), dtype=bool)
    gives[problem.sources.depot[problem.sources.giving]] = True
    given = gives[lines.depot]
    return {
        "could_give": int(gives.sum()),
        "gave": len(np.unique(lines.depot[given])),
        "packs_sent": int(lines.packs[given].sum()),
    }
