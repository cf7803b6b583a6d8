"""One invented supply network of any size: places, people, needs, stock, depots and roads.

Every sample starts here; `Land` says how big it is and what is special about it. All numbers come
from one seeded generator, in whole columns, so 1,000,000 places take seconds.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from allocator.case import (
    Case,
    Depots,
    Floats,
    Indices,
    InTransit,
    Items,
    Needs,
    Sites,
    Stock,
    Substitutes,
    Texts,
    Units,
)
from allocator.policy import Policy, Rung
from data.sample_catalogue import ROLES, Level, catalogue, held_shares, use_per_person
from data.sample_places import Places, apportion, invent_places, nearest_depots, to_lanes

__all__ = ["DATE", "Land", "blank_depots", "lacking_units", "ladder_policy", "network", "stock_rows"]

DATE = dt.date(2020, 2, 10)
_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True, kw_only=True)
class Land:
    """How big a network is and what is special about it.

    `sites`: places with needs (depots come on top). `lanes`: roads to each place. `people`: how
    many work at a place: "by_role", "heavy" (a few giants) or "equal". `least_units`: a typical
    place's use of items it would not need otherwise; above 0 every place needs every item.
    `counted`: share of needs somebody has counted; `moving`: share with something in transit.
    `plenty` multiplies what depots hold; `kg_limited`: share of depots whose lorries cannot carry
    all that they hold.
    """

    sites: int
    items: int
    depots: int
    lanes: int
    counties: int = 1
    width_km: float = 30.0
    county_km: float = 24.0
    km_per_hour: float = 35.0
    people: str = "by_role"
    least_units: float = 0.0
    counted: float = 0.9
    moving: float = 0.02
    plenty: float = 1.0
    pack_factor: int = 1
    kg_limited: float = 0.3
    codes_by_role: bool = False


def network(land: Land, rng: np.random.Generator) -> Case:
    """Return an invented case; positions are sorted by code unless `codes_by_role`."""
    places = _places(land, rng)
    items = catalogue(land.items, pack_factor=land.pack_factor)
    role = _roles(land, rng)
    village = rng.integers(0, len(places.village_town), land.sites).astype(np.int32)
    sites, seat = _sites(land, places, role, village, rng)
    far = seat.lat, seat.lon
    near, km = nearest_depots(sites.lat[land.depots :], sites.lon[land.depots :], *far, count=land.lanes)
    needs = _needs(land, items, role, rng)
    held = _stock_at_sites(land, items, needs, rng)
    stock, depots = _depot_stock(land, items, needs, held, near[:, 0], rng)
    return Case(
        items=items,
        sites=sites,
        needs=needs,
        stock=stock,
        in_transit=_in_transit(land, items, needs, rng),
        lanes=to_lanes(near, km, first_site=land.depots, km_per_hour=land.km_per_hour),
        depots=depots,
        substitutes=no_substitutes(),
        policy=ladder_policy(),
    )


def ladder_policy() -> Policy:
    """Return the rule of the case format's example: frontline first, then community, then all."""
    frontline, community, recovery = "frontline", "community", "recovery"
    return Policy(
        date=DATE,
        tiers={
            frontline: ("checkpoint", "clinic", "hospital", "isolation"),
            community: ("community", "office"),
            recovery: ("school", "enterprise"),
        },
        ladder=(
            Rung(tiers=(frontline,), cover_days=Fraction(1), holding_share=Fraction(1, 2)),
            Rung(tiers=(frontline, community), cover_days=Fraction(2), holding_share=Fraction(1)),
            Rung(tiers=(frontline, community, recovery), cover_days=Fraction(5), holding_share=Fraction(1)),
        ),
        reserve_share=Fraction(1, 10),
    )


def lacking_units(items: Items, needs: Needs, held: Units) -> Floats:
    """Return what each need lacks of the ladder's top: five days of use, or the whole holding."""
    cover = np.where(items.durable, 1.0, 5.0)
    return np.maximum(0.0, needs.daily_units * cover[needs.item] - held)


def stock_rows(
    site: NDArray[np.integer],
    item: NDArray[np.integer],
    units: NDArray[np.integer],
    *,
    lot: str | Texts = "",
    expires: np.datetime64 = _NEVER,
    status: int = 0,
    earmark: str = "",
) -> Stock:
    """Return stock rows that share a lot, an expiry, a status and an earmark."""
    count = len(site)
    return Stock(
        site=site.astype(np.int32),
        item=item.astype(np.int32),
        units=units.astype(np.int64),
        lot=_filled(count, lot),
        expires=np.full(count, expires, dtype="datetime64[D]"),
        status=np.full(count, status, dtype=np.int8),
        earmark=_filled(count, earmark),
    )


def blank_depots(count: int) -> Depots:
    """Return depots 0 … count-1 without any limit."""
    blank, none = np.full(count, np.nan), np.full(count, -1, dtype=np.int64)
    return Depots(
        depot=np.arange(count, dtype=np.int32),
        max_kg=blank,
        max_m3=blank,
        max_stops=none,
        vehicles=none,
        vehicle_kg=blank,
        shift_hours=blank,
        stop_minutes=blank,
    )


def no_substitutes() -> Substitutes:
    """Return an empty table: nothing may be sent instead of anything else."""
    nothing = np.empty(0, dtype=np.int32)
    return Substitutes(item=nothing, by=nothing, units_per_unit=np.empty(0))


def _filled(count: int, text: str | Texts) -> Texts:
    column = np.empty(count, dtype=object)
    column[:] = text
    return column


def _places(land: Land, rng: np.random.Generator) -> Places:
    """Return about one village to 15 places and one town to 6 villages, but a town for every depot."""
    depots = min(land.depots, land.sites)
    villages = max(land.counties, depots, -(-land.sites // 15))
    towns = min(villages, max(land.counties, depots, -(-villages // 6)))
    return invent_places(
        rng,
        counties=land.counties,
        towns=towns,
        villages=villages,
        width_km=land.width_km,
        county_km=land.county_km,
    )


def _roles(land: Land, rng: np.random.Generator) -> NDArray[np.int8]:
    counts = apportion(land.sites, [role.count for role in ROLES])
    role = np.repeat(np.arange(len(ROLES), dtype=np.int8), counts)
    return role if land.codes_by_role else rng.permutation(role)


@dataclass(frozen=True)
class _Seats:
    lat: Floats
    lon: Floats


def _sites(
    land: Land, places: Places, role: NDArray[np.int8], village: Indices, rng: np.random.Generator
) -> tuple[Sites, _Seats]:
    """Return depots, then places; and where the depots stand."""
    towns = len(places.town_lat)
    # Depots stand in towns that are spread evenly, the first one in the first town.
    town = (np.arange(land.depots) * towns // land.depots) % towns
    beside = rng.normal(0, 0.004, (2, land.depots))
    seats = _Seats(np.round(places.town_lat[town] + beside[0], 4), np.round(places.town_lon[town] + beside[1], 4))
    jitter = rng.normal(0, 0.006, (2, land.sites))
    name, name_zh = _site_names(places, role, village)
    seat_zh, seat_name = places.town_name_zh[town], places.town_name[town]
    of_kind = np.array([r.kind for r in ROLES], dtype=object)
    town_code = places.village_code // 1000
    first_village = np.searchsorted(places.village_town, town)
    sites = Sites(
        code=np.concatenate([_numbered("DEP", land.depots), _site_codes(land, role)]),
        name=np.concatenate([seat_name + " depot", name]),
        name_zh=np.concatenate([seat_zh + "物资仓库", name_zh]),
        kind=np.concatenate([_filled(land.depots, "warehouse"), of_kind[role]]),
        area=np.concatenate([_digits(town_code[first_village] // 1000), _areas(places, role, village)]),
        lat=np.concatenate([seats.lat, np.round(places.village_lat[village] + jitter[0], 4)]),
        lon=np.concatenate([seats.lon, np.round(places.village_lon[village] + jitter[1], 4)]),
        tier=_filled(land.depots + land.sites, ""),
    )
    return sites, seats


def _site_names(places: Places, role: NDArray[np.int8], village: Indices) -> tuple[Texts, Texts]:
    """Return names such as "Baiqiao road post 3", numbered within a village."""
    serial = _serial_within(role.astype(np.int64) * len(places.village_town) + village)
    in_village = np.array([r.level == Level.VILLAGE for r in ROLES])[role]
    town = places.village_town[village]
    first = np.where(in_village, places.village_name[village], places.town_name[town])
    first_zh = np.where(in_village, places.village_name_zh[village] + "村", places.town_name_zh[town] + "镇")
    what = np.array([" " + r.name + " " for r in ROLES], dtype=object)[role]
    what_zh = np.array([r.name_zh for r in ROLES], dtype=object)[role]
    return first + what + _digits(serial), first_zh + what_zh + _digits(serial) + "号"


def _serial_within(group: NDArray[np.int64]) -> NDArray[np.int64]:
    order = np.argsort(group, kind="stable")
    sorted_group = group[order]
    starts = np.flatnonzero(np.r_[True, sorted_group[1:] != sorted_group[:-1]])
    sizes = np.diff(np.r_[starts, len(group)])
    serial = np.empty(len(group), dtype=np.int64)
    serial[order] = np.arange(1, len(group) + 1) - np.repeat(starts, sizes)
    return serial


def _areas(places: Places, role: NDArray[np.int8], village: Indices) -> Texts:
    shorten = np.array([10 ** (Level.VILLAGE - r.level) for r in ROLES], dtype=np.int64)
    return _digits(places.village_code[village] // shorten[role])


def _site_codes(land: Land, role: NDArray[np.int8]) -> Texts:
    if not land.codes_by_role:
        return _numbered("S", land.sites)
    counts = np.bincount(role, minlength=len(ROLES))
    return np.concatenate([_numbered(r.prefix, int(n)) for r, n in zip(ROLES, counts, strict=True) if n])


def _numbered(prefix: str, count: int) -> Texts:
    """Return codes such as DEP01 … DEP12, zero-padded so that they sort as they count."""
    width = len(str(max(count, 10)))
    digits = np.strings.zfill(np.arange(1, count + 1).astype(f"U{width}"), width).astype(np.object_)
    return np.asarray(prefix + digits, dtype=np.object_)


def _digits(numbers: NDArray[np.int64]) -> Texts:
    """Return whole numbers as texts; equal numbers share one text."""
    distinct, which = np.unique(numbers, return_inverse=True)
    return distinct.astype("U20").astype(object)[which]


def _people(land: Land, role: NDArray[np.int8], rng: np.random.Generator) -> Floats:
    if land.people == "equal":
        return np.full(len(role), 10.0)
    if land.people == "heavy":
        return np.asarray(np.rint(3 * (1 + rng.pareto(0.9, len(role))).clip(max=30_000)))
    typical = np.array([r.people for r in ROLES])[role]
    spread = np.array([r.spread for r in ROLES])[role]
    return np.asarray(np.maximum(1.0, np.rint(typical * np.exp(rng.normal(0, 1, len(role)) * spread))))


def _needs(land: Land, items: Items, role: NDArray[np.int8], rng: np.random.Generator) -> Needs:
    rates = use_per_person(items, least_units=land.least_units)
    if land.people == "equal":
        rates = np.ones_like(rates)
    daily = _people(land, role, rng)[:, None] * rates[role]
    # Consumables are used in tenths of a unit a day; nobody holds a tenth of a thermometer.
    daily = np.where(items.durable, np.ceil(daily), np.round(daily, 1))
    if land.least_units > 0:
        daily = np.maximum(daily, 0.1)
    site, item = np.nonzero(daily)
    return Needs(
        site=(site + land.depots).astype(np.int32),
        item=item.astype(np.int32),
        daily_units=daily[site, item],
        reported_on=np.datetime64(DATE) - rng.integers(0, 3, len(site)).astype("timedelta64[D]"),
        max_units=np.full(len(site), -1, dtype=np.int64),
    )


def _stock_at_sites(land: Land, items: Items, needs: Needs, rng: np.random.Generator) -> Units:
    """Return units on hand for each need; -1 where nobody has counted."""
    days = np.where(items.durable[needs.item], rng.uniform(0, 0.9, len(needs)), rng.exponential(0.9, len(needs)))
    # One in six has run out altogether.
    days[rng.random(len(needs)) < 1 / 6] = 0.0
    units = np.floor(needs.daily_units * days).astype(np.int64)
    if land.people == "equal":
        units[:] = 0
    units[rng.random(len(needs)) >= land.counted] = -1
    return units


def _in_transit(land: Land, items: Items, needs: Needs, rng: np.random.Generator) -> InTransit:
    rows = np.flatnonzero(rng.random(len(needs)) < land.moving)
    packs = np.ceil(needs.daily_units[rows] / items.pack_units[needs.item[rows]])
    return InTransit(
        site=needs.site[rows],
        item=needs.item[rows],
        units=(packs * items.pack_units[needs.item[rows]]).astype(np.int64),
        arrives=np.datetime64(DATE) + rng.integers(0, 5, len(rows)).astype("timedelta64[D]"),
    )


def _depot_stock(
    land: Land, items: Items, needs: Needs, held: Units, nearest: Indices, rng: np.random.Generator
) -> tuple[Stock, Depots]:
    """Return all stock (depots first), and depots with weight limits on some."""
    lacking = lacking_units(items, needs, np.maximum(held, 0))
    cell = nearest[needs.site - land.depots].astype(np.int64) * land.items + needs.item
    wanted = np.bincount(cell, weights=lacking, minlength=land.depots * land.items)
    uneven = 1.0 if land.people == "equal" else np.exp(rng.normal(0, 0.35, land.depots * land.items))
    units = wanted * np.tile(held_shares(items), land.depots) * uneven * (land.plenty / 0.9)
    if land.people == "equal":
        units = np.tile(units.reshape(land.depots, -1).mean(axis=0), land.depots)
    whole = np.floor(units).astype(np.int64)
    cells = np.arange(len(whole))
    counted = np.flatnonzero(held >= 0)
    at_depots = stock_rows(cells // land.items, cells % land.items, whole)
    at_sites = stock_rows(needs.site[counted], needs.item[counted], held[counted])
    columns = {name: np.concatenate([column, getattr(at_sites, name)]) for name, column in at_depots.__dict__.items()}
    return Stock(**columns), _limited_depots(land, items, whole.reshape(land.depots, -1), rng)


def _limited_depots(land: Land, items: Items, units: Units, rng: np.random.Generator) -> Depots:
    """Return depots; some can carry only half to nine tenths of the weight of what they hold."""
    kg = (units // items.pack_units * items.pack_kg).sum(axis=1)
    share = rng.uniform(0.5, 0.9, land.depots)
    count = min(land.depots, int(np.ceil(land.kg_limited * land.depots)))
    limited = np.zeros(land.depots, dtype=bool)
    limited[rng.permutation(land.depots)[:count]] = count > 0
    blank = blank_depots(land.depots)
    columns = {**blank.__dict__, "max_kg": np.where(limited, np.ceil(kg * share), np.nan)}
    return Depots(**columns)
