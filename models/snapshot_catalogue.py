"""Who and what there is, as a case without stock: items, sites, needs, roads, depots, substitutes."""

from __future__ import annotations

import numpy as np
import sqlalchemy as sa

from allocator.case import Case, Depots, InTransit, Items, Lanes, Needs, Sites, Stock, Substitutes
from allocator.policy import Policy
from models.columns import Positions, columns_of, days, decimals, texts, wholes
from models.tables import depot, item, lane, location, need, substitute

__all__ = ["catalogued"]

_ABSENT = -1  # how a whole number of a case says that nobody said


def catalogued(connection: sa.Connection, policy: Policy) -> Case:
    """Return what the catalogue says now as a case in which nothing is held."""
    site_at, sites = _sites(connection)
    item_at, items = _items(connection)
    return Case.canonical(
        items=items,
        sites=sites,
        needs=_needs(connection, site_at, item_at),
        stock=_no_stock(),
        in_transit=_none_in_transit(),
        lanes=_lanes(connection, site_at),
        depots=_depots(connection, site_at),
        substitutes=_substitutes(connection, item_at),
        policy=policy,
    )


def _items(connection: sa.Connection) -> tuple[Positions, Items]:
    c = item.c
    query = sa.select(c.id, c.code, c.name, c.name_zh, c.unit, c.pack_units, c.pack_kg_micro, c.pack_m3_micro, c.use)
    ids, code, name, name_zh, unit, pack_units, pack_kg, pack_m3, use = columns_of(connection, query)
    return Positions(ids, np.arange(len(ids))), Items(
        code=texts(code),
        name=texts(name),
        name_zh=texts(name_zh),
        unit=texts(unit),
        pack_units=wholes(pack_units),
        pack_kg=decimals(pack_kg),
        pack_m3=decimals(pack_m3),
        durable=texts(use) == "durable",
    )


def _sites(connection: sa.Connection) -> tuple[Positions, Sites]:
    c = location.c
    shown = (c.id, c.code, c.name, c.name_zh, c.site_kind, c.area, c.lat_micro, c.lon_micro, c.tier)
    query = sa.select(*shown).where(c.kind == "SITE")
    ids, code, name, name_zh, kind, area, lat, lon, tier = columns_of(connection, query)
    return Positions(ids, np.arange(len(ids))), Sites(
        code=texts(code),
        name=texts(name),
        name_zh=texts(name_zh),
        kind=texts(kind),
        area=texts(area),
        lat=decimals(lat),
        lon=decimals(lon),
        tier=texts(tier),
    )


def _needs(connection: sa.Connection, site_at: Positions, item_at: Positions) -> Needs:
    c = need.c
    most = sa.func.coalesce(c.max_units, _ABSENT)
    query = sa.select(c.site, c.item, c.daily_units_micro, c.reported_on, most)
    site, item_, daily_units, reported_on, max_units = columns_of(connection, query)
    return Needs(
        site=site_at.of(site),
        item=item_at.of(item_),
        daily_units=decimals(daily_units),
        reported_on=days(reported_on),
        max_units=wholes(max_units),
    )


def _lanes(connection: sa.Connection, site_at: Positions) -> Lanes:
    c = lane.c
    query = sa.select(c.depot, c.site, c.open, c.km_micro, c.hours_micro, c.max_kg_micro)
    depot_, site, is_open, km, hours, max_kg = columns_of(connection, query)
    return Lanes(
        depot=site_at.of(depot_),
        site=site_at.of(site),
        open=wholes(is_open) == 1,
        km=decimals(km),
        hours=decimals(hours),
        max_kg=decimals(max_kg),
    )


def _depots(connection: sa.Connection, site_at: Positions) -> Depots:
    c = depot.c
    counts = (sa.func.coalesce(column, _ABSENT) for column in (c.max_stops, c.vehicles))
    query = sa.select(
        c.location,
        c.max_kg_micro,
        c.max_m3_micro,
        *counts,
        c.vehicle_kg_micro,
        c.shift_hours_micro,
        c.stop_minutes_micro,
    )
    where, max_kg, max_m3, max_stops, vehicles, vehicle_kg, shift_hours, stop_minutes = columns_of(connection, query)
    return Depots(
        depot=site_at.of(where),
        max_kg=decimals(max_kg),
        max_m3=decimals(max_m3),
        max_stops=wholes(max_stops),
        vehicles=wholes(vehicles),
        vehicle_kg=decimals(vehicle_kg),
        shift_hours=decimals(shift_hours),
        stop_minutes=decimals(stop_minutes),
    )


def _substitutes(connection: sa.Connection, item_at: Positions) -> Substitutes:
    c = substitute.c
    item_, by, units_per_unit = columns_of(connection, sa.select(c.item, c.by, c.units_per_unit_micro))
    return Substitutes(item=item_at.of(item_), by=item_at.of(by), units_per_unit=decimals(units_per_unit))


def _no_stock() -> Stock:
    return Stock(
        site=np.empty(0, np.int32),
        item=np.empty(0, np.int32),
        units=np.empty(0, np.int64),
        lot=np.empty(0, object),
        expires=np.empty(0, "datetime64[D]"),
        status=np.empty(0, np.int8),
        earmark=np.empty(0, object),
    )


def _none_in_transit() -> InTransit:
    return InTransit(
        site=np.empty(0, np.int32),
        item=np.empty(0, np.int32),
        units=np.empty(0, np.int64),
        arrives=np.empty(0, "datetime64[D]"),
    )
