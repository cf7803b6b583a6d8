"""An invented county in an epidemic: ten road checkpoints, 220 village road posts, too few masks.

Ten checkpoints with four crews in three shifts, 34 villages with road posts and clinics, fever
clinics, isolation sites, schools and enterprises; a county depot that serves everybody and
township depots that serve those near; lots with expiry dates, a fake batch in quarantine, an
expired batch, a stock kept for the fever clinics' township, roads that are cut.
"""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np

from allocator.case import Case, Depots, Lanes, Sites, Stock, Units
from data.sample_network import DATE, Land, network, stock_rows
from data.sample_places import distances_km, to_lanes

__all__ = ["county"]

_QUARANTINE, _EXPIRED = 1, 2
_COUNTERFEIT_MASKS = 13_000

_RESERVE = {"THERMO": Fraction(0), "N95": Fraction(1, 5)}


def county(land: Land, rng: np.random.Generator) -> Case:
    """Return the county of this module's description, at the size of `land`."""
    case = network(land, rng)
    case = dataclasses.replace(
        case,
        sites=_named_depots(case.sites, land),
        lanes=_roads(case, land, rng),
        stock=in_lots(case, _more_at_the_county_depot(case, land), depots=land.depots),
        policy=dataclasses.replace(
            case.policy,
            # A smaller county may lack these items, and a policy may only name items there are.
            reserve={code: share for code, share in _RESERVE.items() if code in case.item_index},
        ),
    )
    return dataclasses.replace(case, stock=_with_unusable_lots(case), depots=_lorries(case, land))


def in_lots(case: Case, stock: Stock, *, depots: int) -> Stock:
    """Return stock whose depot rows are split into three lots: one ends soon, one later, one undated."""
    at_depot = np.flatnonzero(stock.site < depots)
    rows = stock.take(at_depot)
    soon, later = rows.units // 5, rows.units // 2
    today = np.datetime64(DATE)
    parts = [
        stock.take(np.flatnonzero(stock.site >= depots)),
        _lot(case, rows, soon, "1907A", today + 40),
        _lot(case, rows, later, "1912C", today + 540),
        _lot(case, rows, rows.units - soon - later, "2001B", np.datetime64("NaT")),
    ]
    return joined(parts)


def joined(parts: list[Stock]) -> Stock:
    """Return the rows of several stock tables as one table."""
    names = [f.name for f in dataclasses.fields(Stock)]
    return Stock(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def cut_roads(lanes: Lanes, rng: np.random.Generator, *, share: float) -> Lanes:
    """Return the same lanes with about `share` of them closed."""
    return dataclasses.replace(lanes, open=lanes.open & (rng.random(len(lanes)) >= share))


def _lot(case: Case, rows: Stock, units: Units, lot: str, expires: np.datetime64) -> Stock:
    some = np.flatnonzero(units > 0)
    codes = case.items.code[rows.item[some]] + ("-" + lot)
    return stock_rows(rows.site[some], rows.item[some], units[some], lot=codes, expires=expires)


def _named_depots(sites: Sites, land: Land) -> Sites:
    name, name_zh = sites.name.copy(), sites.name_zh.copy()
    name[0], name_zh[0] = "County depot", "县防疫物资中心仓库"
    name[1 : land.depots] = [depot.replace(" depot", " township depot") for depot in name[1 : land.depots]]
    name_zh[1 : land.depots] = [depot.replace("物资", "镇物资") for depot in name_zh[1 : land.depots]]
    return dataclasses.replace(sites, name=name, name_zh=name_zh)


def _roads(case: Case, land: Land, rng: np.random.Generator) -> Lanes:
    """Return roads from the nearest depots and, for everybody, from the county depot; some are cut."""
    sites = case.sites
    near = case.lanes.depot.reshape(land.sites, land.lanes).copy()
    without = ~np.any(near == 0, axis=1)
    near[without, -1] = 0
    lat, lon = sites.lat, sites.lon
    km = distances_km(lat[land.depots :], lon[land.depots :], lat[: land.depots], lon[: land.depots])
    lanes = to_lanes(
        near,
        np.take_along_axis(km, near.astype(np.int64), axis=1),
        first_site=land.depots,
        km_per_hour=land.km_per_hour,
    )
    lanes = cut_roads(lanes, rng, share=0.02)
    # One village in about 150 places is cut off altogether, so that the plan has to say so.
    cut_off = rng.choice(land.sites, size=max(1, land.sites // 150), replace=False) + land.depots
    return dataclasses.replace(lanes, open=lanes.open & ~np.isin(lanes.site, cut_off))


def _more_at_the_county_depot(case: Case, land: Land) -> Stock:
    """Return stock with half of what each township depot has moved to the county depot."""
    stock = case.stock
    units = stock.units.copy()
    at_town = np.flatnonzero((stock.site > 0) & (stock.site < land.depots))
    at_county = np.flatnonzero(stock.site == 0)
    given = units[at_town] // 2
    units[at_town] -= given
    moved = np.bincount(stock.item[at_town], weights=given, minlength=land.items).astype(np.int64)
    units[at_county] += moved[stock.item[at_county]]
    return dataclasses.replace(stock, units=units)


def _with_unusable_lots(case: Case) -> Stock:
    """Return stock with a fake batch in quarantine and a batch that expired a week ago."""
    masks = case.item_index["MASK"]
    zero, item = np.zeros(1, dtype=np.int32), np.array([masks], dtype=np.int32)
    fake = stock_rows(zero, item, np.array([_COUNTERFEIT_MASKS]), lot="MASK-FAKE", status=_QUARANTINE)
    last_week = np.datetime64(DATE) - 7
    old = stock_rows(zero, item, np.array([600]), lot="MASK-1702D", expires=last_week, status=_EXPIRED)
    return joined([case.stock, fake, old])


def _lorries(case: Case, land: Land) -> Depots:
    """Return depots with vehicles and hours: six lorries at the county depot, two three-wheelers at a township's."""
    depots = case.depots
    first = np.arange(land.depots) == 0
    return dataclasses.replace(
        depots,
        vehicles=np.where(first, 6, 2).astype(np.int64),
        vehicle_kg=np.where(first, 1500.0, 400.0),
        shift_hours=np.full(land.depots, 12.0),
        stop_minutes=np.full(land.depots, 6.0),
    )
