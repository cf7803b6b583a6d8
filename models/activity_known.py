"""What the ledger knows beside reports: activity at sites, local facts, fleets, and what was recorded as used."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from allocator.case import MICRO, Case, Dates, Indices
from allocator.drivers import Drivers
from allocator.fleets import Fleets
from allocator.recorded_use import NO_RECORDS, WINDOW_DAYS, DayUnits, Records
from allocator.settled_needs import Known
from allocator.tier_rules import Fact
from models.catalogue_areas import stem
from models.columns import Positions, columns_of, days, decimals, texts, wholes
from models.cuts import ALL, NOW, Cut, held_by, lines_of
from models.days import DAY, end_of_day, start_of_day
from models.snapshot import held_columns
from models.tables import balance, driver, fleet, item, local_fact, location, lot, move

__all__ = ["activity_known", "fleets_known"]


def activity_known(connection: sa.Connection, case: Case, *, document: int, zone: ZoneInfo) -> Known:
    """Return what is known beside the reports of a case on its policy's day, by documents up to one of them."""
    day = case.policy.date
    drivers = _drivers(connection, case, day)
    records = _records(connection, case, drivers, document=document, zone=zone) if len(drivers) else None
    return Known(drivers=drivers, records=records, facts=_facts(connection, day))


def _drivers(connection: sa.Connection, case: Case, day: dt.date) -> Drivers:
    """Return the figures that held on any of the days that are looked back, and on the day itself."""
    first = (day - dt.timedelta(days=WINDOW_DAYS - 1)).isoformat()
    earlier = driver.alias()
    same = (earlier.c.site == driver.c.site, earlier.c.driver == driver.c.driver, earlier.c.since <= first)
    held_then = sa.select(sa.func.max(earlier.c.since)).where(*same).scalar_subquery()
    query = (
        sa.select(location.c.code, driver.c.driver, driver.c.value_micro, driver.c.since, driver.c.until)
        .join_from(driver, location, location.c.id == driver.c.site)
        .where(driver.c.since <= day.isoformat(), driver.c.since >= sa.func.coalesce(held_then, ""))
    )
    site, name, value, since, until = columns_of(connection, query)
    return Drivers(
        site=np.array([case.site_index[code] for code in site], dtype=np.int32),
        driver=texts(name),
        value=decimals(value),
        since=days(since),
        until=days(until),
    )


def _facts(connection: sa.Connection, day: dt.date) -> tuple[Fact, ...]:
    """Return the local facts as they stand on a day: the last of each place."""
    query = sa.select(local_fact).where(local_fact.c.since <= day.isoformat()).order_by(local_fact.c.since)
    last = {(row.place, row.fact): row for row in connection.execute(query)}
    return tuple(
        Fact(
            place=row.place,
            fact=row.fact,
            value=row.value_micro / MICRO,
            since=dt.date.fromisoformat(row.since),
            reason=row.reason,
            said_by=row.said_by,
            covers=stem(row.place),
        )
        for _, row in sorted(last.items())
    )


def fleets_known(connection: sa.Connection, case: Case) -> Fleets:
    """Return what was tried of durables at sites."""
    codes = (location.c.code, item.c.code.label("item"))
    said = (fleet.c.held_units, fleet.c.working_units, fleet.c.counted_on, fleet.c.attrition_micro)
    query = sa.select(*codes, *said).select_from(fleet).join(location, location.c.id == fleet.c.site)
    site, code, held, working, counted_on, attrition = columns_of(
        connection, query.join(item, item.c.id == fleet.c.item).order_by(*codes)
    )
    return Fleets(
        site=np.array([case.site_index[each] for each in site], dtype=np.int32),
        item=np.array([case.item_index[each] for each in code], dtype=np.int32),
        held=wholes(held),
        working=wholes(working),
        counted_on=days(counted_on),
        attrition=decimals(attrition),
    )


def _records(connection: sa.Connection, case: Case, drivers: Drivers, *, document: int, zone: ZoneInfo) -> Records:
    """Return what was used and held on the days looked back, at sites whose activity is known."""
    last = case.policy.date - dt.timedelta(days=1)
    first = last - dt.timedelta(days=WINDOW_DAYS - 1)
    window = _Window(first, start_of_day(first, zone), Cut(at=end_of_day(last, zone), document=document))
    places = _Places(connection, case, np.unique(drivers.site))
    used = places.by_day(connection, "CONSUMED", window)
    if not len(used):
        return dataclasses.replace(NO_RECORDS, last=np.datetime64(last, "D"))
    return Records(
        last=np.datetime64(last, "D"),
        used=used,
        change=places.by_day(connection, "SITE", window),
        held=places.held(connection, window),
    )


@dataclass(frozen=True)
class _Window:
    """The days looked back: the first of them, where it begins (UTC microseconds), and what is looked at."""

    first: dt.date
    begins: int
    cut: Cut


class _Places:
    """Where the ids of sites, of what was used at them, and of lots stand in a case; -1 for sites not asked about."""

    def __init__(self, connection: sa.Connection, case: Case, sites: Indices) -> None:
        query = sa.select(location.c.id, location.c.code).where(location.c.kind == "SITE")
        ids, codes = columns_of(connection, query)
        asked = case.sites.code[sites]
        position = Positions.by_code(ids, texts(codes), asked).of(ids)
        self._site = Positions(ids, np.where(position >= 0, sites[position], -1))
        lots, items = columns_of(connection, sa.select(lot.c.id, item.c.code).join(item))
        self._item = Positions.by_code(lots, texts(items), case.items.code)

    def by_day(self, connection: sa.Connection, kind: str, window: _Window) -> DayUnits:
        """Return by day what came to the places of a kind, less what left them."""
        # Counted from where the window begins, so that the quotient is never negative. Where clocks
        # change within it, an hour of a day counts for its neighbour.
        day = ((move.c.at - window.begins) // DAY).label("day")
        owner = sa.func.coalesce(location.c.parent, location.c.id).label("owner")
        parts = [
            held_by(ALL, NOW, kinds=(kind,))
            .with_only_columns(owner, balance.c.lot, day, (sign * move.c.units).label("units"))
            .join_from(balance, location, location.c.id == balance.c.location)
            .join(move, lines_of(connection, end))
            .where(balance.c.last_at >= window.begins, owner.in_(sa.select(driver.c.site)))
            .where(move.c.at >= window.begins, *window.cut.within(move))
            for end, sign in ((move.c.to_location, 1), (move.c.from_location, -1))
        ]
        lines = sa.union_all(*parts).subquery()
        by = (lines.c.owner, lines.c.lot, lines.c.day)
        total = sa.cast(sa.func.sum(lines.c.units), sa.BigInteger)
        owners, lots, number, units = columns_of(connection, sa.select(*by, total).group_by(*by))
        return self._rows(owners, lots, np.datetime64(window.first, "D") + wholes(number), units)

    def held(self, connection: sa.Connection, window: _Window) -> DayUnits:
        """Return what sites held at the end of the window."""
        place, lots, units = held_columns(connection, ("SITE",), window.cut)
        last = np.datetime64(window.first, "D") + (WINDOW_DAYS - 1)
        return self._rows(place, lots, np.full(len(place), last), units)

    def _rows(self, owners: tuple[int, ...], lots: tuple[int, ...], day: Dates, units: tuple[int, ...]) -> DayUnits:
        site, item_at = self._site.of(owners), self._item.of(lots)
        rows = np.flatnonzero((site >= 0) & (item_at >= 0))
        return DayUnits(
            site=site[rows], item=item_at[rows], day=day[rows], units=wholes(units)[rows].astype(np.float64)
        )
