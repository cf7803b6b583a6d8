"""The catalogue as it is read: items with their packs and barcodes, sites with their roads and norms, partners."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa

from models.catalogue_gtins import gtins_known
from models.rights import Reach
from models.tables import depot, item, lane, location, need, partner, substitute

__all__ = ["ItemRead", "LaneRead", "NeedRead", "PartnerRead", "SiteRead", "items_read", "lanes_of", "needs_of",
           "partners_read", "sites_read", "substitutes_of"]  # fmt: skip

_MICRO = 10**6


@dataclass(frozen=True, kw_only=True)
class ItemRead:
    """An item. `pack_units`: base units of the smallest pack; `gtins`: barcodes, each with the units of its pack."""

    code: str
    name: str
    name_zh: str
    unit: str
    pack_units: int
    pack_kg: float | None
    pack_m3: float | None
    use: str
    gtins: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class SiteRead:
    """A site. `tier`: its own, "" where its kind decides; `depot`: whether others are supplied from it."""

    code: str
    name: str
    name_zh: str
    kind: str
    area: str
    tier: str
    lat: float | None
    lon: float | None
    depot: bool


@dataclass(frozen=True, kw_only=True)
class PartnerRead:
    """Who supplies, gives, or allots from above."""

    code: str
    kind: str
    name: str
    name_zh: str


@dataclass(frozen=True, kw_only=True)
class LaneRead:
    """A road from a depot to a site."""

    depot: str
    site: str
    open: bool
    km: float | None
    hours: float | None
    max_kg: float | None


@dataclass(frozen=True, kw_only=True)
class NeedRead:
    """What a site needs of an item a day (of durables: must hold), as it was reported."""

    item: str
    daily_units: float
    reported_on: str


def items_read(connection: sa.Connection) -> list[ItemRead]:
    """Return every item, by code."""
    gtins: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for gtin, (code, units) in sorted(gtins_known(connection).items()):
        gtins[code].append((gtin, units))
    return [
        ItemRead(
            code=row.code,
            name=row.name,
            name_zh=row.name_zh,
            unit=row.unit,
            pack_units=row.pack_units,
            pack_kg=_plain(row.pack_kg_micro),
            pack_m3=_plain(row.pack_m3_micro),
            use=row.use,
            gtins=tuple(gtins.get(row.code, ())),
        )
        for row in connection.execute(sa.select(item).order_by(item.c.code))
    ]


def sites_read(connection: sa.Connection, reach: Reach) -> list[SiteRead]:
    """Return the sites within reach, by code."""
    supply = set(connection.execute(sa.select(depot.c.location)).scalars())
    query = sa.select(location).where(location.c.kind == "SITE").order_by(location.c.code)
    return [
        SiteRead(
            code=row.code,
            name=row.name,
            name_zh=row.name_zh,
            kind=row.site_kind,
            area=row.area,
            tier=row.tier,
            lat=_plain(row.lat_micro),
            lon=_plain(row.lon_micro),
            depot=row.id in supply,
        )
        for row in connection.execute(query)
        if reach.holds(row.code)
    ]


def partners_read(connection: sa.Connection) -> list[PartnerRead]:
    """Return every partner, by code."""
    query = sa.select(partner).order_by(partner.c.code)
    return [
        PartnerRead(code=row.code, kind=row.kind, name=row.name, name_zh=row.name_zh)
        for row in connection.execute(query)
    ]


def lanes_of(connection: sa.Connection, site: str, reach: Reach) -> list[LaneRead]:
    """Return the roads to and from a site whose other end is within reach, too."""
    start, end = location.alias("start"), location.alias("the_end")
    columns = (start.c.code.label("from_code"), end.c.code.label("to_code"), lane.c.open)
    numbers = (lane.c.km_micro, lane.c.hours_micro, lane.c.max_kg_micro)
    query = sa.select(*columns, *numbers).join(start, start.c.id == lane.c.depot).join(end, end.c.id == lane.c.site)
    query = query.where(sa.or_(start.c.code == site, end.c.code == site)).order_by(start.c.code, end.c.code)
    return [
        LaneRead(
            depot=row.from_code,
            site=row.to_code,
            open=bool(row.open),
            km=_plain(row.km_micro),
            hours=_plain(row.hours_micro),
            max_kg=_plain(row.max_kg_micro),
        )
        for row in connection.execute(query)
        if reach.holds(row.from_code) and reach.holds(row.to_code)
    ]


def needs_of(connection: sa.Connection, site: str) -> list[NeedRead]:
    """Return what a site reported that it needs, by item."""
    query = sa.select(item.c.code, need.c.daily_units_micro, need.c.reported_on).join(item, item.c.id == need.c.item)
    query = query.join(location, location.c.id == need.c.site).where(location.c.code == site).order_by(item.c.code)
    return [
        NeedRead(item=code, daily_units=daily / _MICRO, reported_on=on) for code, daily, on in connection.execute(query)
    ]


def substitutes_of(connection: sa.Connection, code: str) -> list[tuple[str, float]]:
    """Return what may be used instead of an item, with the units that stand for one of it."""
    other = item.alias("other")
    query = sa.select(other.c.code, substitute.c.units_per_unit_micro).join(other, other.c.id == substitute.c.by)
    query = query.join(item, item.c.id == substitute.c.item).where(item.c.code == code).order_by(other.c.code)
    return [(by, units / _MICRO) for by, units in connection.execute(query)]


def _plain(micro: int | None) -> float | None:
    return None if micro is None else micro / _MICRO
