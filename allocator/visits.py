"""Who is visited: roads given up to a stop limit or a minimum drop, and given back where that was unfair.

A depot that may make fewer stops than its plan asks for keeps those to the sites that would stand
lowest without the visit. A stop that is too light, and that nobody's first rung needs, is not
made. The plan is then solved again on the roads that are left, until nothing changes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Floats, Indices, Units, micro
from allocator.need import Problem
from allocator.position import Approximate, ladder_of
from allocator.shares import Shipments

__all__ = [
    "MAX_STOPS",
    "MIN_DROP",
    "Delivered",
    "Places",
    "Review",
    "Road",
    "StopsMade",
    "delivered",
    "review",
    "stops_made",
]

MAX_STOPS, MIN_DROP = "max_stops", "min_drop"
_NEAR = 1e-12
Road = tuple[int, int]


@dataclass(frozen=True)
class Review:
    """Roads (depot, site) to close, with why, and roads to open again."""

    close: Mapping[Road, str]
    reopen: frozenset[Road]

    def __bool__(self) -> bool:
        return bool(self.close or self.reopen)


def review(problem: Problem, shipments: Shipments, closed: Mapping[Road, str], settled: set[Road]) -> Review:
    """Return what must change before the stops are right.

    `problem` has every road; `closed` are the ones the shipments did without. `settled` collects
    roads that were opened again once: they are not opened twice, so that reviews end.
    """
    case = problem.case
    limited = case.depots.depot[case.depots.max_stops >= 0]
    if not len(limited) and case.policy.min_drop_kg <= 0:
        return Review({}, frozenset())
    visits = stops_made(problem, shipments)
    light = _light(problem, visits)
    if light:
        return Review(dict.fromkeys(light, MIN_DROP), frozenset())
    close: dict[Road, str] = {}
    # A stop too light to be made is made all the same where the first rung has come to need it.
    needed = {road for road, why in closed.items() if why == MIN_DROP and road[1] in visits.lacking}
    reopen = {road for road in needed - settled if road[0] not in limited}
    limit_of = dict(zip(case.depots.depot.tolist(), case.depots.max_stops.tolist(), strict=True))
    for depot in sorted(limited.tolist()):
        if close:  # what the depots before have given up is not coming any more
            visits = stops_made(problem, _without_roads(problem, shipments, close))
        made = np.flatnonzero(visits.depot == depot)
        waiting = [road for road, why in closed.items() if road[0] == depot and (why == MAX_STOPS or road in needed)]
        if len(made) > limit_of[depot]:
            kept = _kept_first(problem, shipments, visits, made, closed, settled)
            close |= {(depot, int(visits.site[v])): MAX_STOPS for v in kept[limit_of[depot] :]}
            continue
        lowest = sorted(
            (road for road in waiting if road not in settled),
            key=lambda road: (visits.lowest_at.get(road[1], np.inf), road[1]),
        )
        room = limit_of[depot] - len(made)
        reopen |= set(lowest[:room])
        if not room and lowest and len(made):
            highest = int(made[np.argmax(visits.without[made])])
            if visits.without[highest] > visits.lowest_at.get(lowest[0][1], np.inf) + _NEAR:
                close[depot, int(visits.site[highest])] = MAX_STOPS
                reopen.add(lowest[0])
    settled |= reopen
    return Review(close, frozenset(reopen))


def _kept_first(
    problem: Problem,
    shipments: Shipments,
    visits: StopsMade,
    made: NDArray[np.intp],
    closed: Mapping[Road, str],
    settled: set[Road],
) -> NDArray[np.intp]:
    """Return the stops of one depot in the order in which they are kept: the sites that would stand lowest first."""
    depot = int(visits.depot[made[0]])
    # A road that was opened again once stays: its packs would only find another way round.
    stays = np.array([(depot, int(visits.site[v])) not in settled for v in made])
    # Whom another depot can serve with packs nobody uses is left to it.
    elsewhere = _servable_elsewhere(problem, shipments, depot, visits.site[made], closed)
    return made[np.lexsort((visits.site[made], visits.without[made], stays, elsewhere))]


@dataclass(frozen=True, kw_only=True)
class StopsMade:
    """Every stop: depot, site, weight in millionths of a kg, and what it is for.

    `without`: where its site's lowest served pair would stand without it. `needed`: whether
    somebody's first rung needs it. `lowest_at`: each site's lowest pair as it stands; `lacking`:
    the sites where one has not completed its first rung. By pair: `total` units held, where it
    `stands`, and whether its first rung is not complete.
    """

    depot: Indices
    site: Indices
    kg: Units
    without: Floats
    needed: Bools
    lowest_at: Mapping[int, float]
    lacking: frozenset[int]
    total: Floats
    stands: Floats
    first_lacking: Bools


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """Shipments seen from the pairs: row by row the pair, the stop and the units of need.

    `total`: what each pair then holds. `stops`: depot × sites + site of each stop.
    """

    pair: NDArray[np.intp]
    stop: NDArray[np.intp]
    stops: NDArray[np.int64]
    units: Floats
    total: Floats
    places: Places


def delivered(problem: Problem, shipments: Shipments) -> Delivered:
    """Return what every pair holds after the shipments."""
    case, pairs = problem.case, problem.pairs
    n_sites, n_items = len(case.sites), len(case.items)
    depot = problem.sources.depot[shipments.source].astype(np.int64)
    stops, stop = np.unique(depot * n_sites + shipments.site, return_inverse=True)
    pair = np.searchsorted(
        pairs.site.astype(np.int64) * n_items + pairs.item, shipments.site.astype(np.int64) * n_items + shipments.item
    )
    units = shipments.packs * case.items.pack_units[shipments.by] / _ratios(problem, shipments)
    total = pairs.held.astype(np.float64) + np.bincount(pair, weights=units, minlength=len(pairs))
    return Delivered(pair=pair, stop=stop, stops=stops, units=units, total=total, places=Places(problem))


def stops_made(problem: Problem, shipments: Shipments) -> StopsMade:
    """Return every stop of the shipments, and where that leaves everybody."""
    case, pairs = problem.case, problem.pairs
    n_sites = len(case.sites)
    got = delivered(problem, shipments)
    place, stops = got.places, got.stops
    stands = place.of(np.arange(len(pairs)), got.total)
    served, draw = np.unique(got.stop * len(pairs) + got.pair, return_inverse=True)
    served_pair, served_stop = served % len(pairs), served // len(pairs)
    left = got.total[served_pair] - np.bincount(draw, weights=got.units)
    # Adding and taking away the same units can leave a trace; a whole millionth is far above it.
    left = np.rint(left * MICRO) / MICRO
    after = place.of(served_pair, left)
    without = np.full(len(stops), np.inf)
    np.minimum.at(without, served_stop, after)
    needed = np.zeros(len(stops), dtype=bool)
    needed[served_stop[after < place.first_done[place.ladder[served_pair]]]] = True
    kg = np.bincount(got.stop, weights=shipments.packs * micro(np.nan_to_num(case.items.pack_kg))[shipments.by])
    first_lacking = stands < place.first_done[place.ladder]
    lowest = np.full(n_sites, np.inf)
    np.minimum.at(lowest, pairs.site, stands)
    return StopsMade(
        depot=(stops // n_sites).astype(np.int32),
        site=(stops % n_sites).astype(np.int32),
        kg=np.rint(kg).astype(np.int64),
        without=without,
        needed=needed,
        lowest_at={int(s): float(lowest[s]) for s in np.unique(pairs.site)},
        lacking=frozenset(pairs.site[first_lacking].tolist()),
        total=got.total,
        stands=stands,
        first_lacking=first_lacking,
    )


def _without_roads(problem: Problem, shipments: Shipments, roads: Collection[Road]) -> Shipments:
    """Return the shipments on all other roads."""
    n_sites = len(problem.case.sites)
    given_up = np.array([depot * n_sites + site for depot, site in roads], dtype=np.int64)
    road = problem.sources.depot[shipments.source].astype(np.int64) * n_sites + shipments.site
    return shipments.take(np.flatnonzero(~np.isin(road, given_up)))


class Places:
    """Positions of pairs by what they hold, and where each ladder's first rung is done."""

    def __init__(self, problem: Problem) -> None:
        tiers = range(len(problem.case.policy.tier_names))
        ladders = tuple(ladder_of(problem, tier, durable=use) for tier in tiers for use in (False, True))
        durable = problem.case.items.durable[problem.pairs.item]
        self.ladder = problem.pairs.tier.astype(np.intp) * 2 + durable
        self.daily = problem.pairs.daily_micro
        self.about = Approximate.of(ladders)
        self.first_done = np.array([float(one.rungs[0]) if one.rungs else -np.inf for one in ladders])

    def of(self, pair: NDArray[np.intp], held: Floats) -> Floats:
        """Return positions; inf where the ladder is complete."""
        return self.about.positions(held / self.daily[pair], self.ladder[pair])


def _ratios(problem: Problem, shipments: Shipments) -> Floats:
    """Return units of what is sent for one unit of need, per shipment."""
    ratio = np.ones(len(shipments))
    subs = problem.case.substitutes
    of = {(int(i), int(b)): float(r) for i, b, r in zip(subs.item, subs.by, subs.units_per_unit, strict=True)}
    for row in np.flatnonzero(shipments.item != shipments.by):
        ratio[row] = of[int(shipments.item[row]), int(shipments.by[row])]
    return ratio


def _servable_elsewhere(
    problem: Problem, shipments: Shipments, depot: int, sites: Indices, closed: Mapping[Road, str]
) -> Bools:
    """Return which of these sites other depots could serve as well, from packs that nobody uses."""
    unused = problem.packs.copy()
    np.subtract.at(unused, (shipments.source, shipments.by), shipments.packs)
    here = np.flatnonzero(problem.sources.depot[shipments.source] == depot)
    here = here[np.argsort(shipments.site[here], kind="stable")]
    begin, end = (np.searchsorted(shipments.site[here], sites, side=side) for side in ("left", "right"))
    first, last = (np.searchsorted(problem.routes.site, sites, side=side) for side in ("left", "right"))
    found = np.zeros(len(sites), dtype=bool)
    for n, site in enumerate(sites.tolist()):
        wanted = np.zeros(unused.shape[1], dtype=np.int64)
        np.add.at(wanted, shipments.by[here[begin[n] : end[n]]], shipments.packs[here[begin[n] : end[n]]])
        for source in problem.routes.source[first[n] : last[n]].tolist():
            other = int(problem.sources.depot[source])
            if other != depot and (other, site) not in closed and bool(np.all(wanted <= unused[source])):
                unused[source] -= wanted
                found[n] = True
                break
    return found


def _light(problem: Problem, visits: StopsMade) -> list[Road]:
    """Return the lightest half of the stops that are too light to be made; their packs go on."""
    least = problem.case.policy.min_drop_kg * MICRO
    light = np.flatnonzero((visits.kg < float(least)) & ~visits.needed)
    if least <= 0 or not len(light):
        return []
    order = light[np.lexsort((visits.site[light], visits.depot[light], visits.kg[light]))]
    return [(int(visits.depot[v]), int(visits.site[v])) for v in order[: (len(order) + 1) // 2]]
