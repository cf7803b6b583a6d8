"""Overrides: what a person decided for some pairs stands; everyone else is planned anew around it.

What an override takes (packs, weight, volume, a stop, room on a lane) is taken out of the problem first,
then the engine shares the rest by the same rule. So every limit holds, who pays for an override is the
difference between the two plans, and a re-run can list what no longer fits instead of forgetting it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Case, Depots, Floats, Indices, Units, micro
from allocator.need import Problem
from allocator.plan import Overridden, Plan
from allocator.sentence import Named, Sentence, say
from allocator.shares import Shipments
from allocator.shelf_life import days_needed

__all__ = ["Change", "Conflict", "Fixed", "Override", "changes_between", "fixed_by"]

_NOTHING = 1e-9  # units; a substitute's are not always whole


@dataclass(frozen=True)
class Override:
    """`units` (whole packs of the item) go to a site in this plan, whatever the rule says."""

    site: str
    item: str
    units: int


@dataclass(frozen=True)
class Conflict:
    """An override that cannot be kept as things are, and why."""

    override: Override
    sentence: Sentence


@dataclass(frozen=True)
class Fixed:
    """What overrides send, and the problem that is left for everyone else.

    `shipments`: by sources of the whole problem. `pairs`: rows of its pairs that are decided here.
    `overridden`: the overrides that stand.
    """

    shipments: Shipments
    rest: Problem
    pairs: NDArray[np.intp]
    overridden: Overridden
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True)
class Change:
    """A pair that gets more or less than it would without the overrides, by position in the case."""

    site: int
    item: int
    units_before: float
    units_after: float
    cover_before: float
    cover_after: float


def fixed_by(problem: Problem, overrides: Sequence[Override], *, proposed: Plan | None = None) -> Fixed:
    """Return what the overrides send and what is left, refusing none silently.

    A site is served from the depots that serve it in `proposed` first, then from those with most packs
    left. An override that does not fit is a conflict, and its pair is planned like any other.
    """
    taking = _Taking(problem, proposed)
    refused: list[tuple[Override, Sentence]] = []
    decided: list[int] = []
    kept: list[Override] = []
    for override in sorted(overrides, key=lambda each: (-taking.needed_days(each), each.site, each.item)):
        sentence = taking.take(override)
        if sentence is not None:
            refused.append((override, sentence))
            continue
        kept.append(override)
        row = taking.pair_of(override)
        if row >= 0:
            decided.append(row)
    # What is left is said once all the others took their own: a remedy holds when it is followed.
    conflicts = tuple(Conflict(override, taking.why_not(override) or sentence) for override, sentence in refused)
    pairs = np.array(sorted(decided), dtype=np.intp)
    others = np.setdiff1d(np.arange(len(problem.pairs)), pairs)
    rest = replace(
        problem,
        case=taking.case_left(),
        pairs=problem.pairs.take(others),
        packs=taking.packs_left,
    )
    return Fixed(taking.shipments(), rest, pairs, _overridden(problem.case, kept), conflicts)


def _overridden(case: Case, kept: Sequence[Override]) -> Overridden:
    rows = sorted((case.site_index[each.site], case.item_index[each.item], each.units) for each in kept)
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 3)
    return Overridden(site=table[:, 0].astype(np.int32), item=table[:, 1].astype(np.int32), units=table[:, 2])


class _Taking:
    """Takes overrides out of a problem, one after the other."""

    def __init__(self, problem: Problem, proposed: Plan | None) -> None:
        self.problem, self.case = problem, problem.case
        self.packs_left: Units = problem.packs.copy()
        # Whole millionths, as the checker adds them.
        self._kg: dict[int, int] = defaultdict(int)
        self._m3: dict[int, int] = defaultdict(int)
        self._lane_kg: dict[int, int] = defaultdict(int)
        self._stops: dict[int, set[int]] = defaultdict(set)
        self._needed = days_needed(self.case)
        self._reach: dict[int, Units] = {}
        self._sent: list[tuple[int, int, int, int]] = []
        self._before = _depots_before(proposed)

    def pair_of(self, override: Override) -> int:
        """Return the row of an override's pair, -1 where nobody there needs the item."""
        site, item = self.case.site_index[override.site], self.case.item_index[override.item]
        rows = np.flatnonzero((self.problem.pairs.site == site) & (self.problem.pairs.item == item))
        return int(rows[0]) if len(rows) else -1

    def needed_days(self, override: Override) -> int:
        """Return the shelf life that an override's site asks for: who needs the longest is served first."""
        site = self.case.site_index.get(override.site, -1)
        return int(self._needed[site]) if site >= 0 else 0

    def take(self, override: Override) -> Sentence | None:
        """Take what an override sends; return why it cannot be instead, then nothing is taken."""
        wrong, parts = self._fitted(override)
        if wrong is None:
            site, item = self.case.site_index[override.site], self.case.item_index[override.item]
            for source, lane, number in parts:
                self._note(source, lane, site, item, number)
        return wrong

    def why_not(self, override: Override) -> Sentence | None:
        """Return why an override cannot be taken beside all that are taken by now."""
        return self._fitted(override)[0]

    def _fitted(self, override: Override) -> tuple[Sentence | None, list[tuple[int, int, int]]]:
        """Return why an override cannot be taken, else the (source, lane, packs) that bring it."""
        wrong = self._wrong_itself(override)
        if wrong is not None:
            return wrong, []
        site, item = self.case.site_index[override.site], self.case.item_index[override.item]
        parts = self._parts(site, item, override.units // int(self.case.items.pack_units[item]))
        if parts is None:
            return self._too_few(site, item), []
        return self._limit_passed(site, item, parts), parts

    def _wrong_itself(self, override: Override) -> Sentence | None:
        for code, index, sentence in (
            (override.site, self.case.site_index, say("There is no site {code} in this plan.", code=override.site)),
            (override.item, self.case.item_index, say("There is no item {code} in this plan.", code=override.item)),
        ):
            if code not in index:
                return sentence
        item = self.case.item_index[override.item]
        pack = int(self.case.items.pack_units[item])
        if override.units < 0 or override.units % pack:
            return say(
                "{units} units of {item} are no whole packs of {pack}. Write a multiple of {pack}.",
                units=override.units,
                item=self._item(item),
                pack=pack,
            )
        row = self.pair_of(override)
        cap = int(self.problem.pairs.cap[row]) if row >= 0 else -1
        if 0 <= cap < override.units:
            return say(
                "{site} may receive at most {cap} units of {item} in one plan.",
                site=self._site(self.case.site_index[override.site]),
                item=self._item(item),
                cap=cap,
            )
        return None

    def _parts(self, site: int, item: int, packs: int) -> list[tuple[int, int, int]] | None:
        """Return (source, lane, packs) that together bring so many packs, None where there are too few.

        Of one depot what the fewest others may have goes first, and of that what lasts just long enough, as
        the checker tells a line's packs apart.
        """
        ways = self._ways(site, item)
        before = self._before.get((site, item), frozenset())
        held: dict[int, int] = defaultdict(int)
        for _, depot, source in ways:
            held[depot] += int(self.packs_left[source, item])
        marked, reach = self.problem.sources.earmark != "", self._reach_of(int(self._needed[site]))
        lasts = self.problem.sources.lasts_days

        def order(way: tuple[int, int, int]) -> tuple[Any, ...]:
            _, depot, source = way
            return depot not in before, -held[depot], depot, not marked[source], reach[source], lasts[source]

        ways.sort(key=order)
        parts: list[tuple[int, int, int]] = []
        for lane, _, source in ways:
            if packs == 0:
                break
            number = min(packs, int(self.packs_left[source, item]))
            parts.append((source, lane, number))
            packs -= number
        return parts if packs == 0 else None

    def _reach_of(self, days: int) -> Units:
        """Return how many sites that need so many days of shelf life each source reaches."""
        if days not in self._reach:
            routes = self.problem.routes
            alike = self._needed[routes.site] == days
            self._reach[days] = np.bincount(routes.source[alike], minlength=len(self.problem.sources))
        return self._reach[days]

    def _ways(self, site: int, item: int) -> list[tuple[int, int, int]]:
        """Return (lane, depot, source) of every way on which a pack of an item could still reach a site."""
        routes = self.problem.routes
        begin, end = np.searchsorted(routes.site, [site, site + 1])
        return [
            (int(routes.lane[row]), int(self.problem.sources.depot[routes.source[row]]), int(routes.source[row]))
            for row in range(begin, end)
            if self.packs_left[routes.source[row], item] > 0
        ]

    def _too_few(self, site: int, item: int) -> Sentence:
        routes = self.problem.routes
        begin, end = np.searchsorted(routes.site, [site, site + 1])
        sources = np.unique(routes.source[begin:end])
        left = int(self.packs_left[sources, item].sum()) * int(self.case.items.pack_units[item])
        return say(
            "Depots that reach {site} can still send {left} units of {item}, reserve, shelf life and other overrides "
            "kept. Override to that or less.",
            site=self._site(site),
            item=self._item(item),
            left=left,
        )

    def _limit_passed(self, site: int, item: int, parts: Sequence[tuple[int, int, int]]) -> Sentence | None:
        weight, room = self._pack(item)
        # Parts of one override may leave one depot (an earmarked lot beside the shelf), so they add up.
        kg, m3, lane_kg = self._kg.copy(), self._m3.copy(), self._lane_kg.copy()
        for source, lane, number in parts:
            depot = int(self.problem.sources.depot[source])
            limits = _limits_of(self.case, depot)
            kg[depot] += number * weight
            m3[depot] += number * room
            lane_kg[lane] += number * weight
            stops = len(self._stops[depot] | {site})
            passed = kg[depot] > limits[0] or m3[depot] > limits[1] or stops > limits[2]
            if passed or lane_kg[lane] > _or_inf(self.case.lanes.max_kg[lane]):
                return say(
                    "{depot} cannot carry {packs} packs of {item} more to {site} within its weight, volume, stops "
                    "or lane limits. Override to fewer.",
                    depot=self._site(depot),
                    packs=number,
                    item=self._item(item),
                    site=self._site(site),
                )
        return None

    def _note(self, source: int, lane: int, site: int, item: int, packs: int) -> None:
        depot = int(self.problem.sources.depot[source])
        weight, room = self._pack(item)
        self.packs_left[source, item] -= packs
        self._kg[depot] += packs * weight
        self._m3[depot] += packs * room
        self._lane_kg[lane] += packs * weight
        self._stops[depot].add(site)
        self._sent.append((source, site, item, packs))

    def _pack(self, item: int) -> tuple[int, int]:
        """Return the weight and room of a pack, in millionths; 0 where nobody said."""
        items = self.case.items
        weight, room = micro(items.pack_kg[[item]]), micro(items.pack_m3[[item]])
        return max(0, int(weight[0])), max(0, int(room[0]))

    def case_left(self) -> Case:
        """Return the case with what is left of every limit; its stock is not touched (`packs_left` says it)."""
        depots, lanes = self.case.depots, self.case.lanes
        max_kg = lanes.max_kg.copy()
        for lane, kg in self._lane_kg.items():
            max_kg[lane] = _less(_or_inf(max_kg[lane]), kg)
        return replace(self.case, depots=self._depots_left(depots), lanes=replace(lanes, max_kg=max_kg))

    def _depots_left(self, depots: Depots) -> Depots:
        kg, m3, stops = depots.max_kg.copy(), depots.max_m3.copy(), depots.max_stops.copy()
        vehicles, vehicle_kg = depots.vehicles.copy(), depots.vehicle_kg.copy()
        for row, depot in enumerate(depots.depot.tolist()):
            if not self._stops[depot]:
                continue
            # A day's weight is the smaller of max_kg and what the vehicles hold; one number says both.
            kg[row] = _less(_limits_of(self.case, depot)[0], self._kg[depot])
            vehicles[row], vehicle_kg[row] = -1, np.nan
            m3[row] = _less(_or_inf(m3[row]), self._m3[depot])
            stops[row] = stops[row] if stops[row] < 0 else max(0, int(stops[row]) - len(self._stops[depot]))
        return replace(depots, max_kg=kg, max_m3=m3, max_stops=stops, vehicles=vehicles, vehicle_kg=vehicle_kg)

    def shipments(self) -> Shipments:
        """Return what all overrides send, sorted as engines sort theirs."""
        rows = sorted((source, site, item, packs) for source, site, item, packs in self._sent if packs)
        source, site, item, packs = (np.array(column) for column in zip(*rows, strict=True)) if rows else [[]] * 4
        items = np.asarray(item, dtype=np.int32)
        return Shipments(
            source=np.asarray(source, dtype=np.int32),
            site=np.asarray(site, dtype=np.int32),
            item=items,
            by=items,
            packs=np.asarray(packs, dtype=np.int64),
        )

    def _site(self, site: int) -> Named:
        sites = self.case.sites
        return Named(sites.code[site], sites.name[site], sites.name_zh[site], with_code=True)

    def _item(self, item: int) -> Named:
        items = self.case.items
        return Named(items.code[item], items.name[item], items.name_zh[item])


def _depots_before(proposed: Plan | None) -> dict[tuple[int, int], frozenset[int]]:
    """Return the depots that bring each pair its packs in a plan."""
    if proposed is None:
        return {}
    lines = proposed.lines
    found: dict[tuple[int, int], frozenset[int]] = defaultdict(frozenset)
    for depot, site, item in zip(lines.depot.tolist(), lines.site.tolist(), lines.item.tolist(), strict=True):
        found[site, item] |= {depot}
    return found


def _limits_of(case: Case, depot: int) -> tuple[float, float, float]:
    """Return a depot's kg and m3 in millionths, and stops of the day; infinite where it has none."""
    rows = np.flatnonzero(case.depots.depot == depot)
    if not len(rows):
        return np.inf, np.inf, np.inf
    row, depots = int(rows[0]), case.depots
    carried = np.inf
    if depots.vehicles[row] >= 0 and depots.vehicle_kg[row] >= 0:
        carried = int(depots.vehicles[row]) * int(micro(depots.vehicle_kg[[row]])[0])
    stops = int(depots.max_stops[row]) if depots.max_stops[row] >= 0 else np.inf
    return min(_or_inf(depots.max_kg[row]), carried), _or_inf(depots.max_m3[row]), stops


def _or_inf(limit: float) -> float:
    """Return a limit in millionths, whole; infinite where there is none."""
    return np.inf if np.isnan(limit) else int(micro(np.array([limit]))[0])


def _less(limit: float, used: int) -> float:
    """Return what is left of a limit in millionths; nan where there is none."""
    return np.nan if np.isinf(limit) else max(0, int(limit) - used) / MICRO


def changes_between(before: Plan, after: Plan) -> list[Change]:
    """Return the pairs that get another number of units in `after` than in `before`: who pays, and who gains.

    Those who lose most cover come first.
    """
    key_before, key_after = _keys(before.pairs.site, before.pairs.item), _keys(after.pairs.site, after.pairs.item)
    _, rows, others = np.intersect1d(key_before, key_after, return_indices=True)
    moved = np.flatnonzero(np.abs(before.pairs.units[rows] - after.pairs.units[others]) > _NOTHING)
    changes = [
        Change(
            int(before.pairs.site[rows[n]]),
            int(before.pairs.item[rows[n]]),
            float(before.pairs.units[rows[n]]),
            float(after.pairs.units[others[n]]),
            _cover(before, int(rows[n])),
            _cover(after, int(others[n])),
        )
        for n in moved
    ]
    return sorted(changes, key=lambda each: (each.cover_after - each.cover_before, each.site, each.item))


def _keys(site: Indices, item: Indices) -> Units:
    return site.astype(np.int64) << 32 | item.astype(np.int64)


def _cover(plan: Plan, row: int) -> float:
    """Return what a pair holds after delivery, in days of use (durables: as a share of what it must hold)."""
    pairs = plan.pairs
    held: Floats = pairs.on_hand[row] + pairs.in_transit[row] + pairs.units[row]
    return float(held / pairs.daily_units[row])
