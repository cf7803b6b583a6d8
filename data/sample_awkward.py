"""Small invented networks in which one thing is awkward: the cases that break naive allotment.

Every function takes a network and returns it with one thing changed, at whatever size it has.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from allocator.case import Case, Floats, Indices, Lanes, Substitutes
from data.sample_county import joined
from data.sample_network import DATE, Land, stock_rows

__all__ = ["AWKWARD", "Sketch"]

_USABLE, _QUARANTINE = 0, 1
_CLOSED_SHARE, _SLOW_SHARE, _SLOW_HOURS = 0.5, 0.15, 30.0
_CAPPED_SHARE = 0.4
_NEIGHBOURS = 4


@dataclass(frozen=True)
class Sketch:
    """A network that is about to be changed, what it was made from, and where its noise comes from."""

    case: Case
    land: Land
    rng: np.random.Generator


def one_starving_depot(sketch: Sketch) -> Case:
    """The first depot holds a fiftieth of its stock, and those nearest to it have no other road."""
    case, land = sketch.case, sketch.land
    stock, lanes = case.stock, case.lanes
    units = np.where(stock.site == 0, stock.units // 50, stock.units)
    near = lanes.depot.reshape(land.sites, land.lanes)[:, 0]
    only_first = np.repeat(near == 0, land.lanes)
    return dataclasses.replace(
        case,
        stock=dataclasses.replace(stock, units=units),
        lanes=lanes.take(np.flatnonzero(~only_first | (lanes.depot == 0))),
    )


def closed_roads(sketch: Sketch) -> Case:
    """Half of the roads are closed and some of the rest take longer than a day."""
    case, rng = sketch.case, sketch.rng
    lanes = case.lanes
    chance = rng.random(len(lanes))
    hours = np.where(chance > 1 - _SLOW_SHARE, _SLOW_HOURS, lanes.hours)
    return dataclasses.replace(case, lanes=dataclasses.replace(lanes, open=chance >= _CLOSED_SHARE, hours=hours))


def lane_limits(sketch: Sketch) -> Case:
    """Every road carries only so much, each its own amount: no two places are alike."""
    case, rng = sketch.case, sketch.rng
    lanes = case.lanes
    max_kg = np.round(rng.uniform(0.5, 25.0, len(lanes)), 1)
    return dataclasses.replace(case, lanes=dataclasses.replace(lanes, max_kg=max_kg))


def nothing(sketch: Sketch) -> Case:
    """All that depots hold is in quarantine or expired."""
    case, land = sketch.case, sketch.land
    stock = case.stock
    at_depot = stock.site < land.depots
    odd = at_depot & (np.arange(len(stock)) % 2 == 1)
    expires = np.where(odd, np.datetime64(DATE) - 30, stock.expires)
    status = np.where(at_depot & ~odd, _QUARANTINE, _USABLE).astype(np.int8)
    return dataclasses.replace(case, stock=dataclasses.replace(stock, expires=expires, status=status))


def plenty(sketch: Sketch) -> Case:
    """Each depot alone holds twice what all places together use in five days."""
    case, land = sketch.case, sketch.land
    stock, needs = case.stock, case.needs
    use = np.bincount(needs.item, weights=needs.daily_units, minlength=land.items)
    enough = np.ceil(10 * use).astype(np.int64) + case.items.pack_units
    units = np.where(stock.site < land.depots, enough[stock.item], stock.units)
    return dataclasses.replace(case, stock=dataclasses.replace(stock, units=units))


def earmarks(sketch: Sketch) -> Case:
    """A third of each depot's stock is for one township, one county or one place only."""
    case, land, rng = sketch.case, sketch.land, sketch.rng
    stock = case.stock
    rows = np.flatnonzero((stock.site < land.depots) & (stock.units > 0))
    units = stock.units.copy()
    third = -(-units[rows] // 3)
    units[rows] -= third
    some_site = rng.integers(land.depots, land.depots + land.sites, len(rows))
    areas, codes = case.sites.area[some_site].astype("U12"), case.sites.code[some_site].astype("U20")
    choices = [areas.astype("U9"), areas.astype("U6"), codes]
    marks = np.choose(np.arange(len(rows)) % len(choices), choices).astype(object)
    kept = dataclasses.replace(stock_rows(stock.site[rows], stock.item[rows], third), earmark=marks)
    return dataclasses.replace(case, stock=joined([dataclasses.replace(stock, units=units), kept]))


def substitutes(sketch: Sketch) -> Case:
    """Respirators stand in for masks, two gowns for a suit, alcohol for disinfectant."""
    known = sketch.case.item_index
    listed = (("MASK", "N95", 1.0), ("SUIT", "GOWN", 2.0), ("DISINF", "ALCOHOL", 1.5), ("N95", "MASK", 2.5))
    rows = [(known[a], known[b], ratio) for a, b, ratio in listed if a in known and b in known]
    table = Substitutes(
        item=np.array([a for a, _, _ in rows], dtype=np.int32),
        by=np.array([b for _, b, _ in rows], dtype=np.int32),
        units_per_unit=np.array([ratio for _, _, ratio in rows], dtype=np.float64),
    )
    return dataclasses.replace(sketch.case, substitutes=table)


def transfers(sketch: Sketch) -> Case:
    """One place in ten holds a month of everything and may give to its neighbours."""
    case, land = sketch.case, sketch.land
    givers = np.arange(land.depots, land.depots + land.sites, 10, dtype=np.int32)
    stock, needs = case.stock, case.needs
    rich = np.isin(needs.site, givers)
    poor = np.flatnonzero(~np.isin(stock.site, givers))
    month = np.ceil(needs.daily_units[rich] * np.where(case.items.durable[needs.item[rich]], 3, 30))
    held = stock_rows(needs.site[rich], needs.item[rich], month)
    policy = dataclasses.replace(case.policy, transfer_above_days=Fraction(7))
    lanes = _joined_lanes(case.lanes, _neighbour_lanes(land, givers))
    return dataclasses.replace(case, stock=joined([stock.take(poor), held]), lanes=lanes, policy=policy)


def caps(sketch: Sketch) -> Case:
    """Four needs in ten have a most that may be sent, some of it less than a pack, some of it nothing."""
    case, rng = sketch.case, sketch.rng
    needs = case.needs
    capped = rng.random(len(needs)) < _CAPPED_SHARE
    most = np.floor(needs.daily_units * rng.uniform(0, 4, len(needs))).astype(np.int64)
    return dataclasses.replace(case, needs=dataclasses.replace(needs, max_units=np.where(capped, most, -1)))


def truck_limits(sketch: Sketch) -> Case:
    """Every depot's lorries carry half of the weight it holds, and three fifths of the volume."""
    case, land = sketch.case, sketch.land
    kg, m3 = _depot_load(case, land)
    limits = dataclasses.replace(
        case.depots,
        max_kg=np.ceil(kg * 0.9),
        max_m3=np.round(m3 * 0.6, 2),
        vehicles=np.full(land.depots, 2, dtype=np.int64),
        vehicle_kg=np.ceil(kg * 0.25),
    )
    return dataclasses.replace(case, depots=limits)


def stop_limits(sketch: Sketch) -> Case:
    """A depot makes fewer stops than there are places near it, and none lighter than two kilograms."""
    case, land = sketch.case, sketch.land
    near = case.lanes.depot.reshape(land.sites, land.lanes)[:, 0]
    stops = np.maximum(1, np.bincount(near, minlength=land.depots) * 2 // 3)
    policy = dataclasses.replace(case.policy, min_drop_kg=Fraction(2))
    return dataclasses.replace(case, depots=dataclasses.replace(case.depots, max_stops=stops), policy=policy)


def as_it_is(sketch: Sketch) -> Case:
    """The network itself is what is awkward."""
    return sketch.case


AWKWARD = {
    "one-starving-depot": one_starving_depot,
    "closed-roads": closed_roads,
    "big-packs": as_it_is,
    "heavy-tails": as_it_is,
    "lane-limits": lane_limits,
    "ties": as_it_is,
    "plenty": plenty,
    "nothing": nothing,
    "earmarks": earmarks,
    "substitutes": substitutes,
    "transfers": transfers,
    "caps": caps,
    "truck-limits": truck_limits,
    "stop-limits": stop_limits,
}


def _depot_load(case: Case, land: Land) -> tuple[Floats, Floats]:
    """Return the weight and volume of the whole packs each depot holds."""
    stock, items = case.stock, case.items
    rows = np.flatnonzero(stock.site < land.depots)
    item = stock.item[rows]
    packs = stock.units[rows] // items.pack_units[item]
    loads: list[Floats] = [
        np.bincount(stock.site[rows], weights=packs * per_pack[item], minlength=land.depots).astype(np.float64)
        for per_pack in (items.pack_kg, items.pack_m3)
    ]
    return loads[0], loads[1]


def _neighbour_lanes(land: Land, givers: Indices) -> Lanes:
    """Return a road from each giving place to the four places that follow it in the list."""
    last = land.depots + land.sites
    depot = np.repeat(givers, _NEIGHBOURS)
    site = (depot + np.tile(np.arange(1, _NEIGHBOURS + 1, dtype=np.int32), len(givers))).astype(np.int32)
    there = np.flatnonzero(site < last)
    count = len(there)
    return Lanes(
        depot=depot[there],
        site=site[there],
        open=np.ones(count, dtype=bool),
        km=np.full(count, 6.0),
        hours=np.full(count, 0.3),
        max_kg=np.full(count, np.nan),
    )


def _joined_lanes(*parts: Lanes) -> Lanes:
    names = [f.name for f in dataclasses.fields(Lanes)]
    return Lanes(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
