"""Invented geography: counties, townships and villages with codes, names and coordinates.

Area codes have the structure of real ones (6 digits for a county, 9 for a township, 12 for a
village, each a prefix of the next) under province numbers from 90 up, which no province has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.case import Floats, Indices, Lanes, Texts, Units

__all__ = ["KM_PER_DEGREE", "Places", "apportion", "distances_km", "invent_places", "nearest_depots", "to_lanes"]

KM_PER_DEGREE = 111.2
_SITES_PER_CHUNK = 65_536
# Roads are longer than the straight line.
_DETOUR = 1.3

_FIRST = (
    ("Qing", "青"), ("Bai", "白"), ("Long", "龙"), ("Feng", "枫"), ("Tao", "桃"), ("Mei", "梅"),
    ("Song", "松"), ("Yun", "云"), ("Hua", "花"), ("Jin", "金"), ("Shui", "水"), ("Nan", "南"),
    ("Dong", "东"), ("An", "安"), ("Tai", "泰"), ("Shi", "石"), ("Liu", "柳"), ("He", "荷"),
    ("Yan", "雁"), ("Lu", "鹭"), ("Zhu", "竹"), ("Xing", "杏"), ("Gao", "高"), ("Tian", "田"),
)  # fmt: skip
_SECOND = (
    ("ling", "岭"), ("qiao", "桥"), ("wan", "湾"), ("ping", "坪"), ("tang", "塘"), ("gou", "沟"),
    ("chong", "冲"), ("po", "坡"), ("ba", "坝"), ("kou", "口"), ("zhai", "寨"), ("dian", "店"),
    ("pu", "铺"), ("fan", "畈"), ("shan", "山"), ("xi", "溪"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Places:
    """Villages in towns in counties. `village_code`: the 12 digits as a whole number.

    Names without "village" or "township"; `village_town` and `town_county` are positions.
    """

    village_code: Units
    village_town: Indices
    village_lat: Floats
    village_lon: Floats
    village_name: Texts
    village_name_zh: Texts
    town_county: Indices
    town_lat: Floats
    town_lon: Floats
    town_name: Texts
    town_name_zh: Texts


def invent_places(
    rng: np.random.Generator, *, counties: int, towns: int, villages: int, width_km: float, county_km: float
) -> Places:
    """Return `villages` villages in `towns` towns in `counties` counties of a land `width_km` wide.

    Towns lie within about `county_km` of their county's seat; villages within a quarter of that of
    their town. Coordinates are degrees, to four places.
    """
    town_county = (np.arange(towns) * counties // towns).astype(np.int32)
    village_town = (np.arange(villages) * towns // villages).astype(np.int32)
    half = width_km / KM_PER_DEGREE / 2
    county_lat = 31.0 + rng.uniform(-half, half, counties)
    county_lon = 112.0 + rng.uniform(-half, half, counties) / 0.86
    town_lat, town_lon = _around(rng, county_lat[town_county], county_lon[town_county], county_km / 2)
    village_lat, village_lon = _around(rng, town_lat[village_town], town_lon[village_town], county_km / 8)
    town_name, town_name_zh = _names(rng, towns)
    village_name, village_name_zh = _names(rng, villages)
    town_code = _county_codes(counties)[town_county] * 1000 + 100 + _rank_within(town_county)
    return Places(
        village_code=town_code[village_town] * 1000 + 201 + _rank_within(village_town),
        village_town=village_town,
        village_lat=village_lat,
        village_lon=village_lon,
        village_name=village_name,
        village_name_zh=village_name_zh,
        town_county=town_county,
        town_lat=town_lat,
        town_lon=town_lon,
        town_name=town_name,
        town_name_zh=town_name_zh,
    )


def apportion(total: int, weights: list[int]) -> list[int]:
    """Return whole numbers in proportion to weights that add up to `total` (largest remainders).

    >>> apportion(10, [1, 1, 2])
    [3, 2, 5]
    """
    exact = np.array(weights) * total / sum(weights)
    counts = np.floor(exact).astype(int)
    largest = np.argsort(counts - exact, kind="stable")[: total - int(counts.sum())]
    counts[largest] += 1
    return [int(count) for count in counts]


def distances_km(lat: Floats, lon: Floats, depot_lat: Floats, depot_lon: Floats) -> Floats:
    """Return the road distance of every place (row) to every depot (column), about."""
    north = lat[:, None] - depot_lat[None, :]
    east = (lon[:, None] - depot_lon[None, :]) * 0.86
    return np.asarray(np.hypot(north, east) * (KM_PER_DEGREE * _DETOUR), dtype=np.float64)


def nearest_depots(
    lat: Floats, lon: Floats, depot_lat: Floats, depot_lon: Floats, *, count: int
) -> tuple[Indices, Floats]:
    """Return, for every place, its `count` nearest depots, nearest first, and the km to each."""
    which, km = [], []
    for start in range(0, len(lat), _SITES_PER_CHUNK):
        chunk = slice(start, start + _SITES_PER_CHUNK)
        far = distances_km(lat[chunk], lon[chunk], depot_lat, depot_lon)
        order = np.argsort(far, axis=1, kind="stable")[:, :count]
        which.append(order.astype(np.int32))
        km.append(np.take_along_axis(far, order, axis=1))
    return np.concatenate(which), np.concatenate(km)


def to_lanes(depots: Indices, km: Floats, *, first_site: int, km_per_hour: float) -> Lanes:
    """Return one open lane from every depot in a row of `depots` to that row's site."""
    sites, count = depots.shape
    length: Floats = np.round(np.maximum(km.ravel(), 0.2), 1).astype(np.float64)
    return Lanes(
        depot=depots.ravel(),
        site=np.repeat(np.arange(first_site, first_site + sites, dtype=np.int32), count),
        open=np.ones(sites * count, dtype=bool),
        km=length,
        hours=np.round(length / km_per_hour, 2),
        max_kg=np.full(sites * count, np.nan),
    )


def _county_codes(count: int) -> Units:
    """Return 6-digit codes: twelve counties to a prefecture, ninety prefectures to a province."""
    number = np.arange(count, dtype=np.int64)
    prefecture = number // 12
    return (90 + prefecture // 90) * 10_000 + (1 + prefecture % 90) * 100 + 21 + number % 12


def _rank_within(group: Indices) -> Units:
    """Return each member's place within its group, groups being sorted."""
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    sizes = np.diff(np.r_[starts, len(group)])
    return np.arange(len(group), dtype=np.int64) - np.repeat(starts, sizes)


def _around(rng: np.random.Generator, lat: Floats, lon: Floats, sigma_km: float) -> tuple[Floats, Floats]:
    sigma = sigma_km / KM_PER_DEGREE
    north, east = rng.normal(0, sigma, len(lat)), rng.normal(0, sigma, len(lat))
    return np.round(lat + north, 4), np.round(lon + east / 0.86, 4)


def _names(rng: np.random.Generator, count: int) -> tuple[Texts, Texts]:
    """Return names in both languages; each repeats only when all have been used."""
    combined = len(_FIRST) * len(_SECOND)
    rounds = -(-count // combined)
    number = np.concatenate([rng.permutation(combined) for _ in range(rounds)])[:count]
    latin = np.array([first[0] + second[0] for first in _FIRST for second in _SECOND], dtype=np.object_)
    chinese = np.array([first[1] + second[1] for first in _FIRST for second in _SECOND], dtype=np.object_)
    return latin[number], chinese[number]
