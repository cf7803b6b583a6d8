"""Need and supply: who lacks what, and which stock may go to whom.

From a case to the numbers every engine starts from: pairs (a site and an item with a need above
zero), sources (a depot, an earmarked part of a depot's stock, or a site that may give), whole
packs per source and item, and the roads that count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Case, Floats, Indices, Table, Texts, Units, micro
from allocator.shelf_life import FOR_ANY_SITE, days_needed, life_classes, life_days, packs_by_class

__all__ = [
    "Pairs",
    "Problem",
    "Routes",
    "Sources",
    "holdings_of",
    "least_pack_units",
    "needs_of",
    "open_lanes",
    "own_rows",
    "promised_cover",
    "without_roads",
]


@dataclass(frozen=True, kw_only=True)
class Pairs(Table):
    """Sites and items with a need, sorted by (site, item).

    `held` = usable on hand + in transit in time. `cap`: most units the pair may receive, -1 none.
    `tier`: position in `Policy.tier_names`.
    """

    site: Indices
    item: Indices
    tier: NDArray[np.int8]
    daily_units: Floats
    daily_micro: Units
    on_hand: Units
    in_transit: Units
    cap: Units
    counted: Bools

    @cached_property
    def held(self) -> Units:
        """Units that count as held: on hand and in transit."""
        # In transit counts as held: two sites ordering the same lorry is how shortages are invented.
        return self.on_hand + self.in_transit


@dataclass(frozen=True, kw_only=True)
class Sources(Table):
    """Where packs can come from: a depot's free stock, one earmark's stock, or a giving site.

    `depot` is a position in sites; `label` is the source's name in the proof. Where kinds of site
    need stock of different life, each of a depot's classes is a source: `lasts_days` is how long what
    it counts keeps at least, and it reaches the sites that need no more.
    """

    depot: Indices
    earmark: Texts
    label: Texts
    giving: Bools
    lasts_days: Units


@dataclass(frozen=True, kw_only=True)
class Routes(Table):
    """Open ways from a source to a site, sorted by (site, source). `lane`: row in `case.lanes`."""

    site: Indices
    source: Indices
    lane: Indices


@dataclass(frozen=True, kw_only=True)
class Problem:
    """The numbers of one allocation. `packs[source, item]`: whole packs that may leave.

    `left_out`: how many needs are not planned because nobody counted them (policy `uncounted`).
    """

    case: Case
    pairs: Pairs
    sources: Sources
    packs: Units
    routes: Routes
    left_out: int = 0


def needs_of(case: Case) -> Problem:
    """Return who needs what and what may be sent to them.

    Raises `ValueError` where a site with a need belongs to no tier; a door reports that earlier,
    with its place.
    """
    pairs, left_out = _pairs(case)
    sources, packs = _sources(case)
    return Problem(
        case=case,
        pairs=pairs,
        sources=sources,
        packs=packs,
        routes=_routes(case, sources),
        left_out=left_out,
    )


def without_roads(problem: Problem, closed: Iterable[tuple[int, int]]) -> Problem:
    """Return the same problem with some roads (depot, site) closed."""
    n_sites = len(problem.case.sites)
    shut = np.array([depot * n_sites + site for depot, site in closed], dtype=np.int64)
    routes = problem.routes
    road = problem.sources.depot[routes.source].astype(np.int64) * n_sites + routes.site
    return replace(problem, routes=routes.take(np.flatnonzero(~np.isin(road, shut))))


def depots_of(case: Case) -> Indices:
    """Return the sites that are depots: warehouses with lanes."""
    used = np.unique(case.lanes.depot)
    return used[case.sites.kind[used] == "warehouse"].astype(np.int32)


def usable_rows(case: Case) -> Bools:
    """Return which stock rows are usable: good status, not expired on the plan's date."""
    today = np.datetime64(case.policy.date, "D")
    stock = case.stock
    return (stock.status == 0) & (np.isnat(stock.expires) | (stock.expires >= today))


def own_rows(case: Case) -> Bools:
    """Return which stock rows the site they lie at may use itself; few are earmarked."""
    stock = case.stock
    free = np.asarray(stock.earmark == "", dtype=bool)
    for row in np.flatnonzero(~free):
        free[row] = earmark_covers(case, stock.earmark[row], np.array([stock.site[row]]))[0]
    return free


def open_lanes(case: Case) -> Bools:
    """Return which lanes count: open, and within the hours of the policy."""
    return np.asarray(case.lanes.open & (micro(case.lanes.hours) <= floor(case.policy.max_hours * MICRO)))


def tiers_of_sites(case: Case) -> NDArray[np.int8]:
    """Return each site's tier as a position in `Policy.tier_names`; -1 where no tier names it."""
    names = {name: n for n, name in enumerate(case.policy.tier_names)}
    of_kind = {kind: names[tier] for kind, tier in case.policy.tier_of_kind().items()}
    kinds, which = _codes(case.sites.kind)
    by_kind = np.array([of_kind.get(kind, -1) for kind in kinds], dtype=np.int8)
    own, own_which = _codes(case.sites.tier)
    by_site = np.array([names.get(tier, -1) for tier in own], dtype=np.int8)
    override = by_site[own_which]
    given = np.array([tier != "" for tier in own], dtype=bool)[own_which]
    return np.where(given, override, by_kind[which]).astype(np.int8)


def promised_cover(case: Case, tier: NDArray[np.integer], item: Indices) -> Floats:
    """Return the highest cover the ladder promises each pair: days, or a share of the holding; 0 where none."""
    policy = case.policy
    steps = [[policy.tier_steps(name, durable=durable) for durable in (False, True)] for name in policy.tier_names]
    tops = np.array([[float(of_kind[-1].top) if of_kind else 0.0 for of_kind in both] for both in steps])
    return np.asarray(tops.reshape(-1, 2)[tier, case.items.durable[item].astype(np.int8)], dtype=np.float64)


def least_pack_units(case: Case) -> Floats:
    """Return by item the least units of need that one pack meets: of itself, or of what may replace it."""
    items, subs = case.items, case.substitutes
    least = items.pack_units.astype(np.float64)
    np.minimum.at(least, subs.item, items.pack_units[subs.by] / subs.units_per_unit)
    return least


def _codes(texts: Texts) -> tuple[list[str], NDArray[np.intp]]:
    """Return the distinct texts and each text's position among them, without sorting the column."""
    distinct = sorted(set(texts.tolist()))
    number = {text: n for n, text in enumerate(distinct)}
    return distinct, np.fromiter(map(number.__getitem__, texts.tolist()), dtype=np.intp, count=len(texts))


def _pairs(case: Case) -> tuple[Pairs, int]:
    needs = case.needs
    daily_micro = micro(needs.daily_units)
    rows = np.flatnonzero(daily_micro > 0)
    wanted = needs if len(rows) == len(needs) else needs.take(rows)
    tier = tiers_of_sites(case)[wanted.site]
    if bool(np.any(tier < 0)):
        site = case.sites.code[wanted.site[np.argmax(tier < 0)]]
        raise ValueError(f"site {site} has a need but belongs to no tier")
    held, in_transit, counted = holdings_of(case, wanted.site, wanted.item)
    pairs = Pairs(
        site=wanted.site,
        item=wanted.item,
        tier=tier,
        daily_units=wanted.daily_units,
        daily_micro=daily_micro[rows],
        on_hand=held,
        in_transit=in_transit,
        cap=wanted.max_units,
        counted=counted,
    )
    if case.policy.uncounted != "leave_out":
        return pairs, 0
    return pairs.take(counted), int(np.sum(~counted))


def holdings_of(case: Case, site: Indices, item: Indices) -> tuple[Units, Units, Bools]:
    """Return usable units on hand, units in transit in time, and whether anybody counted.

    `site`, `item`: sorted by both, each pair once. A depot holds nothing for itself.
    """
    keys = _key(case, site, item)
    stock, moving = case.stock, case.in_transit
    at_depot = np.zeros(len(case.sites), dtype=bool)
    at_depot[depots_of(case)] = True
    mine = usable_rows(case) & ~at_depot[stock.site] & own_rows(case)
    place, found = _find(keys, _key(case, stock.site, stock.item))
    on_hand = _sum_at(place[found & mine], stock.units[found & mine], len(keys))
    counted = np.zeros(len(keys), dtype=bool)
    counted[place[found]] = True
    last_day = np.datetime64(case.policy.date, "D") + ceil(case.policy.max_hours / 24)
    in_time = (~np.isnat(moving.arrives)) & (moving.arrives <= last_day) & ~at_depot[moving.site]
    place, found = _find(keys, _key(case, moving.site, moving.item))
    in_transit = _sum_at(place[found & in_time], moving.units[found & in_time], len(keys))
    return on_hand, in_transit, counted


def _key(case: Case, site: Indices, item: Indices) -> Units:
    return site.astype(np.int64) * len(case.items) + item


def _find(sorted_keys: Units, keys: Units) -> tuple[NDArray[np.intp], Bools]:
    """Return where each key stands in sorted keys, and whether it is there at all."""
    place = np.searchsorted(sorted_keys, keys)
    found = place < len(sorted_keys)
    found[found] = sorted_keys[place[found]] == keys[found]
    return place, found


def _sum_at(place: NDArray[np.intp], units: Units, size: int) -> Units:
    # bincount adds in float64, exact below 2**53 units in one place.
    return np.rint(np.bincount(place, weights=units, minlength=size)).astype(np.int64)


def earmark_covers(case: Case, earmark: str, sites: NDArray[np.integer]) -> Bools:
    """Return which sites an earmark admits: the site of that code, or every site of that area."""
    codes, areas = case.sites.code[sites], case.sites.area[sites]
    return np.fromiter(
        (code == earmark or area.startswith(earmark) for code, area in zip(codes, areas, strict=True)),
        dtype=bool,
        count=len(sites),
    )


def _sources(case: Case) -> tuple[Sources, Units]:
    stock = case.stock
    is_depot = np.zeros(len(case.sites), dtype=bool)
    is_depot[depots_of(case)] = True
    usable = usable_rows(case)
    rows = np.flatnonzero(usable & is_depot[stock.site])
    classes = life_classes(case)
    life = life_days(stock.expires[rows], case.policy.date)
    class_of = np.searchsorted(classes, life, side="right") - 1  # -1: too short for anybody
    totals: dict[tuple[int, str, int], list[int]] = {}
    for row, number in zip(rows.tolist(), class_of.tolist(), strict=True):
        key = (int(stock.site[row]), str(stock.earmark[row]), int(stock.item[row]))
        units = totals.setdefault(key, [0] * (len(classes) + 1))
        units[number + 1] += int(stock.units[row])
    packs: dict[_SourceItem, int] = {}
    for (depot, earmark, item), units in totals.items():
        for days, n in zip(classes.tolist(), _packs_leaving(case, item, units), strict=True):
            packs[depot, earmark, False, days, item] = n
    packs |= {(site, "", True, FOR_ANY_SITE, item): n for site, item, n in _given_packs(case, is_depot)}
    return _source_table(case, {key: n for key, n in packs.items() if n > 0}, int(classes[0]))


_SourceItem = tuple[int, str, bool, int, int]
"""(depot, earmark, giving, days it lasts, item)."""


def _packs_leaving(case: Case, item: int, units: list[int]) -> list[int]:
    """Return packs by class; `units` begin with what is usable and too short for anybody."""
    # The reserve is an exact share of the whole usable stock, taken before packs are counted.
    after_reserve = sum(units) * (1 - case.policy.reserve_of(case.items.code[item]))
    return packs_by_class(units[1:], most_units=after_reserve, pack_units=int(case.items.pack_units[item]))


def _source_table(case: Case, packs: dict[_SourceItem, int], least_days: int) -> tuple[Sources, Units]:
    keys = sorted({key[:4] for key in packs})
    number = {key: n for n, key in enumerate(keys)}
    matrix = np.zeros((len(keys), len(case.items)), dtype=np.int64)
    for key, n in packs.items():
        matrix[number[key[:4]], key[4]] = n
    labels = [
        case.sites.code[depot]
        + (f"@{earmark}" if earmark else "")
        + ("" if giving or days == least_days else f"~{days}")
        for depot, earmark, giving, days in keys
    ]
    sources = Sources(
        depot=np.array([depot for depot, *_ in keys], dtype=np.int32),
        earmark=np.array([earmark for _, earmark, _, _ in keys], dtype=object),
        label=np.array(labels, dtype=object),
        giving=np.array([giving for _, _, giving, _ in keys], dtype=bool),
        lasts_days=np.array([days for *_, days in keys], dtype=np.int64),
    )
    return sources, matrix


def _given_packs(case: Case, is_depot: Bools) -> list[tuple[int, int, int]]:
    """Return (site, item, packs) that sites may give to others, if the policy lets them."""
    above = case.policy.transfer_above_days
    if above <= 0:
        return []
    may_give = np.zeros(len(case.sites), dtype=bool)
    may_give[case.lanes.depot] = True
    may_give &= ~is_depot & (case.sites.kind != "warehouse")
    needs = case.needs.take(np.flatnonzero(may_give[case.needs.site]))
    on_hand, in_transit, _ = holdings_of(case, needs.site, needs.item)
    tier = tiers_of_sites(case)
    given = []
    for n in np.flatnonzero(on_hand > 0):
        site, item = int(needs.site[n]), int(needs.item[n])
        keep = _kept_cover(case, int(tier[site]), durable=bool(case.items.durable[item]))
        daily = Fraction(int(micro(needs.daily_units[n : n + 1])[0]), MICRO)
        spare = int(on_hand[n] + in_transit[n]) - ceil(keep * daily)
        packs = min(int(on_hand[n]), spare) // int(case.items.pack_units[item])
        if packs > 0:
            given.append((site, item, packs))
    return given


def _kept_cover(case: Case, tier: int, *, durable: bool) -> Fraction:
    """Return the cover below which a giving site never falls: its own ladder's top or the policy's."""
    steps = case.policy.tier_steps(case.policy.tier_names[tier], durable=durable) if tier >= 0 else ()
    promised = steps[-1].top if steps else Fraction(0)
    return max(promised, Fraction(1) if durable else case.policy.transfer_above_days)


def _routes(case: Case, sources: Sources) -> Routes:
    lanes = case.lanes
    counts = open_lanes(case)
    needed = days_needed(case)
    parts: list[tuple[Indices, Indices, Indices]] = []
    starts = np.searchsorted(lanes.depot, sources.depot, side="left")
    ends = np.searchsorted(lanes.depot, sources.depot, side="right")
    for source in range(len(sources)):
        rows = np.arange(starts[source], ends[source], dtype=np.int32)
        rows = rows[counts[rows]]
        if case.policy.shelf_days:
            rows = rows[needed[lanes.site[rows]] <= sources.lasts_days[source]]
        if sources.earmark[source]:
            rows = rows[earmark_covers(case, sources.earmark[source], lanes.site[rows])]
        parts.append((lanes.site[rows], np.full(len(rows), source, dtype=np.int32), rows))
    if not parts:
        nothing = np.empty(0, dtype=np.int32)
        return Routes(site=nothing, source=nothing, lane=nothing)
    site, source_of, lane = (np.concatenate(column) for column in zip(*parts, strict=True))
    # Sources are appended in order, so one stable sort by site leaves (site, source) order.
    order = np.argsort(site, kind="stable")
    return Routes(site=site[order], source=source_of[order], lane=lane[order])
