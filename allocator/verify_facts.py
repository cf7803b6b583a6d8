"""What the checker derives from the case by itself: pairs, sources, packs, roads and limits.

Written from docs/case-format and docs/decisions/0002 alone, and sharing no code with the engines:
where an engine and this module read a rule differently, a plan is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Case, Indices, Texts, Units, micro
from allocator.policy import TierStep

__all__ = ["Facts", "Ladder", "admits", "facts_of", "find_keys", "lane_rows_of", "lives_of", "totals_at", "wide"]

_SAFE = float(2**62)
Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Ladder:
    """The rungs that lift one tier, for consumables or for durables."""

    steps: tuple[TierStep, ...]

    @property
    def top(self) -> Fraction:
        """The highest cover promised, 0 where no rung names the tier."""
        return self.steps[-1].top if self.steps else Fraction(0)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything a plan is measured against.

    Pairs are columns sorted by (site, item); `ladder` is `2 × tier + durable`, a position in
    `ladders`. Routes are sorted by (site, source), `first_route[site]` is where a site's begin;
    closed lanes are left out. `life_needed`: days of shelf life left that each site asks of depots' stock;
    `source_life`: days that all of a source's stock has left (-1: a site gives it, and is not asked).
    `kg_limit`, `m3_limit` (millionths) and `stop_limit` are per site
    position, `lane_kg_limit` per row of `case.lanes`; -1 is no limit.
    """

    case: Case
    site: Indices
    item: Indices
    tier: NDArray[np.int8]
    ladder: NDArray[np.int16]
    daily_micro: Units
    on_hand: Units
    in_transit: Units
    cap: Units
    ladders: tuple[Ladder, ...]
    source_depot: Indices
    source_earmark: Texts
    source_label: Texts
    source_life: Units
    life_needed: Units
    packs: Units
    lane_counts: Bools
    lane_closed: Bools
    route_site: Indices
    route_source: Indices
    route_lane: NDArray[np.int64]
    first_route: Positions
    kg_limit: Units
    m3_limit: Units
    stop_limit: Units
    lane_kg_limit: Units
    pack_kg: Units
    pack_m3: Units
    is_depot: Bools

    @property
    def held(self) -> Units:
        """Units that count as held: on hand and in transit in time."""
        return self.on_hand + self.in_transit

    @property
    def pair_key(self) -> Units:
        """Each pair's `site × items + item`, ascending."""
        return self.site.astype(np.int64) * max(1, len(self.case.items)) + self.item

    def pair_name(self, pair: int) -> dict[str, Any]:
        """Return the codes of one pair, for a sentence."""
        return {"site": self.case.sites.code[self.site[pair]], "item": self.case.items.code[self.item[pair]]}


def wide(values: Units, factor_bound: float) -> NDArray[Any]:
    """Return whole numbers in a type that holds them times `factor_bound`: int64, or Python's own."""
    most = float(np.abs(values).max(initial=0))
    return values if most * factor_bound < _SAFE else values.astype(object)


def find_keys(sorted_keys: Units, keys: Units) -> tuple[Positions, Bools]:
    """Return where each key stands among sorted keys, and whether it is there."""
    place = np.searchsorted(sorted_keys, keys)
    found = place < len(sorted_keys)
    found[found] = sorted_keys[place[found]] == keys[found]
    return place, found


def totals_at(place: Positions, amounts: Units, size: int) -> Units:
    """Add whole amounts at places, exactly."""
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, place, amounts)
    return total


def lane_rows_of(facts: Facts, depot: NDArray[Any], site: NDArray[Any]) -> tuple[Positions, Bools]:
    """Return the row of `case.lanes` for each depot and site, and whether there is one."""
    n_sites = max(1, len(facts.case.sites))
    lanes = facts.case.lanes
    keys = lanes.depot.astype(np.int64) * n_sites + lanes.site
    return find_keys(keys, depot.astype(np.int64) * n_sites + site)


def facts_of(case: Case, closed: tuple[tuple[str, str, str], ...] = ()) -> Facts:
    """Derive the facts of a case; `closed` names lanes (depot, site, why) the plan gave up."""
    is_depot = np.zeros(len(case.sites), dtype=bool)
    is_depot[case.lanes.depot] = True
    warehouse = case.sites.kind == "warehouse"
    gives = is_depot & ~warehouse
    is_depot &= warehouse
    tier = _tiers(case)
    ladders = tuple(
        Ladder(case.policy.tier_steps(name, durable=durable))
        for name in case.policy.tier_names
        for durable in (False, True)
    )
    usable = _usable(case)
    pairs = _pairs(case, tier, is_depot, usable)
    life_needed = _life_needed(case)
    lives = lives_of(case, life_needed)
    packs = _depot_packs(case, is_depot, usable, lives)
    if case.policy.transfer_above_days > 0:
        packs |= _given_packs(case, tier, ladders, (is_depot, usable, gives))
    sources = _sources(case, packs, lives[0])
    lane_counts = case.lanes.open & (micro(case.lanes.hours) <= floor(case.policy.max_hours * MICRO))
    lane_closed = _closed_lanes(case, closed)
    roads = _routes(case, sources, lane_counts & ~lane_closed, life_needed)
    return Facts(
        case=case,
        **pairs,
        ladders=ladders,
        **sources,
        life_needed=life_needed,
        lane_counts=lane_counts,
        lane_closed=lane_closed,
        **roads,
        **_limits(case),
        is_depot=is_depot,
    )


def _usable(case: Case) -> Bools:
    today = np.datetime64(case.policy.date, "D")
    expired = ~np.isnat(case.stock.expires) & (case.stock.expires < today)
    return np.asarray((case.stock.status == 0) & ~expired, dtype=bool)


def _tiers(case: Case) -> NDArray[np.int8]:
    number = {name: n for n, name in enumerate(case.policy.tier_names)}
    of_kind = case.policy.tier_of_kind()
    kinds, kind_of = np.unique(case.sites.kind.astype(str), return_inverse=True)
    by_kind = np.array([number.get(of_kind.get(kind, ""), -1) for kind in kinds.tolist()], dtype=np.int8)
    named, named_of = np.unique(case.sites.tier.astype(str), return_inverse=True)
    by_name = np.array([number.get(tier, -1) for tier in named.tolist()], dtype=np.int8)
    if not len(kinds):
        return np.empty(0, dtype=np.int8)
    return np.where((named == "")[named_of], by_kind[kind_of], by_name[named_of]).astype(np.int8)


def _key(case: Case, site: Indices, item: Indices) -> Units:
    return site.astype(np.int64) * max(1, len(case.items)) + item


def admits(case: Case, earmark: Texts, site: NDArray[Any]) -> Bools:
    """Return row by row whether an earmark (a site's or an area's code) admits the site."""
    if not len(earmark):
        return np.zeros(0, dtype=bool)
    marks = earmark.astype(str)
    code, area = case.sites.code[site].astype(str), case.sites.area[site].astype(str)
    return np.asarray((marks == "") | (code == marks) | np.strings.startswith(area, marks), dtype=bool)


def _pairs(case: Case, tier: NDArray[np.int8], is_depot: Bools, usable: Bools) -> dict[str, Any]:
    daily_micro = micro(case.needs.daily_units)
    rows = np.flatnonzero(daily_micro > 0)
    site, item = case.needs.site[rows], case.needs.item[rows]
    on_hand, in_transit, counted = _held(case, _key(case, site, item), is_depot, usable)
    keep = counted if case.policy.uncounted == "leave_out" else np.ones(len(rows), dtype=bool)
    durable = case.items.durable[item].astype(np.int16)
    return {
        "site": site[keep],
        "item": item[keep],
        "tier": tier[site[keep]],
        "ladder": (2 * tier[site].astype(np.int16) + durable)[keep],
        "daily_micro": daily_micro[rows][keep],
        "on_hand": on_hand[keep],
        "in_transit": in_transit[keep],
        "cap": case.needs.max_units[rows][keep],
    }


def _held(case: Case, keys: Units, is_depot: Bools, usable: Bools) -> tuple[Units, Units, Bools]:
    stock, moving = case.stock, case.in_transit
    place, found = find_keys(keys, _key(case, stock.site, stock.item))
    counted = np.zeros(len(keys), dtype=bool)
    counted[place[found]] = True
    own = found & usable & ~is_depot[stock.site]
    marked = np.flatnonzero(own & (stock.earmark != ""))
    own[marked] = admits(case, stock.earmark[marked], stock.site[marked])
    on_hand = totals_at(place[own], stock.units[own], len(keys))
    last_day = np.datetime64(case.policy.date, "D") + ceil(case.policy.max_hours / 24)
    place, found = find_keys(keys, _key(case, moving.site, moving.item))
    # A comparison with a missing date is false, so a blank arrival does not count.
    counts = found & (moving.arrives <= last_day) & ~is_depot[moving.site]
    return on_hand, totals_at(place[counts], moving.units[counts], len(keys)), counted


Packs = dict[tuple[int, str, int], dict[int, int]]  # (depot, earmark, days left) -> item -> whole packs


def _life_needed(case: Case) -> Units:
    """Return for each site the days that stock must have left: its kind's row of [shelf_days], or shelf_days_min."""
    kinds, kind_of = np.unique(case.sites.kind.astype(str), return_inverse=True)
    days = [case.policy.shelf_days.get(kind, case.policy.shelf_days_min) for kind in kinds.tolist()]
    return np.array(days, dtype=np.int64)[kind_of] if len(kinds) else np.empty(0, dtype=np.int64)


def lives_of(case: Case, life_needed: Units) -> list[int]:
    """Return the days that sites with a need ask for, rising: they cut what a depot holds into parts."""
    users = case.needs.site[micro(case.needs.daily_units) > 0]
    return sorted(set(life_needed[users].tolist())) or [case.policy.shelf_days_min]


def _depot_packs(case: Case, is_depot: Bools, usable: Bools, lives: list[int]) -> Packs:
    """Return what may leave: of what lasts so many days, the packs that what lasts longer does not already count."""
    stock = case.stock
    rows = np.flatnonzero(usable & is_depot[stock.site])
    marks, mark_of = np.unique(stock.earmark[rows].astype(str), return_inverse=True)
    group = _key(case, stock.site[rows], stock.item[rows]) * max(1, len(marks)) + mark_of
    present, place = np.unique(group, return_inverse=True)
    usable_units = totals_at(place, stock.units[rows], len(present))
    packs: Packs = {}
    longer = [0] * len(present)
    for days in reversed(lives):
        # A comparison with a missing date is false, so stock without one lasts.
        lasting = ~(stock.expires[rows] < np.datetime64(case.policy.date, "D") + days)
        lasting_units = totals_at(place[lasting], stock.units[rows][lasting], len(present))
        columns = zip(present.tolist(), usable_units.tolist(), lasting_units.tolist(), strict=True)
        for n, (key, held, sendable) in enumerate(columns):
            pair, mark = divmod(key, len(marks))
            depot, item = divmod(pair, len(case.items))
            spare = held - held * case.policy.reserve_of(case.items.code[item])
            whole = int(min(Fraction(sendable), spare) // int(case.items.pack_units[item]))
            if whole > longer[n]:
                packs.setdefault((depot, str(marks[mark]), days), {})[item] = whole - longer[n]
            longer[n] = whole
    return packs


def _given_packs(
    case: Case,
    tier: NDArray[np.int8],
    ladders: tuple[Ladder, ...],
    flags: tuple[Bools, Bools, Bools],
) -> Packs:
    """Return what sites may give: min(on hand, held − keep) in whole packs, where they stated a need."""
    is_depot, usable, gives = flags
    rows = np.flatnonzero(gives[case.needs.site])
    site, item = case.needs.site[rows], case.needs.item[rows]
    on_hand, in_transit, _ = _held(case, _key(case, site, item), is_depot, usable)
    durable = case.items.durable[item]
    daily = micro(case.needs.daily_units[rows])
    kept = np.zeros(len(rows), dtype=object)
    for number in np.unique(2 * tier[site].astype(np.int16) + durable):
        top = ladders[number].top if number >= 0 else Fraction(0)
        cover = max(top, Fraction(1) if number % 2 else case.policy.transfer_above_days)
        here = np.flatnonzero(2 * tier[site].astype(np.int16) + durable == number)
        # Rounded up to whole units: what is left must still reach the cover.
        kept[here] = -(-daily[here].astype(object) * cover.numerator // (cover.denominator * MICRO))
    spare = np.minimum(on_hand.astype(object), on_hand + in_transit - kept) // case.items.pack_units[item]
    packs: Packs = {}
    for n in np.flatnonzero(spare > 0):
        packs.setdefault((int(site[n]), "", -1), {})[int(item[n])] = int(spare[n])
    return packs


def _sources(case: Case, packs: Packs, least_days: int) -> dict[str, Any]:
    keys = sorted(packs)
    table = np.zeros((len(keys), len(case.items)), dtype=np.int64)
    for n, key in enumerate(keys):
        table[n, list(packs[key])] = list(packs[key].values())
    return {
        "source_depot": np.array([depot for depot, _, _ in keys], dtype=np.int32),
        "source_earmark": np.array([mark for _, mark, _ in keys], dtype=object),
        "source_life": np.array([days for _, _, days in keys], dtype=np.int64),
        "source_label": np.array([_label(case, key, least_days) for key in keys], dtype=object),
        "packs": table,
    }


def _label(case: Case, key: tuple[int, str, int], least_days: int) -> str:
    """Return what the proof calls a source: DEPOT@EARMARK~DAYS; no days where its stock is all that may leave."""
    depot, mark, days = key
    return str(case.sites.code[depot]) + (f"@{mark}" if mark else "") + (f"~{days}" if days > least_days else "")


def _closed_lanes(case: Case, closed: tuple[tuple[str, str, str], ...]) -> Bools:
    flags = np.zeros(len(case.lanes), dtype=bool)
    if closed and len(case.lanes):
        places = case.site_index
        n_sites = len(case.sites)
        keys = np.array([places.get(d, -1) * n_sites + places.get(s, -1) for d, s, _ in closed], dtype=np.int64)
        rows, found = find_keys(case.lanes.depot.astype(np.int64) * n_sites + case.lanes.site, keys)
        flags[rows[found]] = True
    return flags


def _routes(case: Case, sources: dict[str, Any], allowed: Bools, life_needed: Units) -> dict[str, Any]:
    """Expand lanes to (site, source): a depot's lanes serve each part of its stock that may go there."""
    lanes, depots = case.lanes, sources["source_depot"]
    begin, end = np.searchsorted(lanes.depot, depots, "left"), np.searchsorted(lanes.depot, depots, "right")
    count = end - begin
    source = np.repeat(np.arange(len(depots)), count)
    lane = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count) + np.repeat(begin, count)
    keep = allowed[lane]
    if case.policy.shelf_days:
        life = sources["source_life"][source]
        keep &= (life < 0) | (life >= life_needed[lanes.site[lane]])
    marked = np.flatnonzero(keep & (sources["source_earmark"][source] != ""))
    keep[marked] = admits(case, sources["source_earmark"][source[marked]], lanes.site[lane[marked]])
    source, lane = source[keep], lane[keep]
    site = lanes.site[lane]
    order = np.argsort(site.astype(np.int64) * max(1, len(depots)) + source, kind="stable")
    return {
        "route_site": site[order],
        "route_source": source[order].astype(np.int32),
        "route_lane": lane[order].astype(np.int64),
        "first_route": np.searchsorted(site[order], np.arange(len(case.sites) + 1)),
    }


def _limits(case: Case) -> dict[str, Any]:
    depots = case.depots
    kg, m3, stops = (np.full(len(case.sites), -1, dtype=np.int64) for _ in range(3))
    own = micro(depots.max_kg)
    fleet = np.where(
        (depots.vehicles < 0) | np.isnan(depots.vehicle_kg), -1, depots.vehicles * micro(depots.vehicle_kg)
    )
    kg[depots.depot] = np.where((own < 0) | ((fleet >= 0) & (fleet < own)), fleet, own)
    m3[depots.depot] = micro(depots.max_m3)
    stops[depots.depot] = depots.max_stops
    return {
        "kg_limit": kg,
        "m3_limit": m3,
        "stop_limit": stops,
        "lane_kg_limit": micro(case.lanes.max_kg),
        "pack_kg": np.maximum(0, micro(case.items.pack_kg)),
        "pack_m3": np.maximum(0, micro(case.items.pack_m3)),
    }
