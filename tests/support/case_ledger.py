"""A ledger that holds what a case says: catalogue rows as they are, stock by documents."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import numpy as np

from allocator.case import STATUSES, Case, micro
from data.policy_writing import policy_toml
from models.database import writing
from models.days import end_of_day, noon_of
from models.entry import Counted, Entry, Line, LotKey
from models.ledger import Ledger, create
from models.tables import NO_EXPIRY, depot, item, lane, location, need, policy, substitute

__all__ = ["ledger_of"]


def ledger_of(case: Case, url: str = "sqlite://", *, timezone: str = "Asia/Shanghai") -> Ledger:
    """Make a ledger of a case: opened at noon of the day before, shipments sent the same day."""
    ledger = create(url, name="case", timezone=timezone)
    with writing(ledger.engine) as connection:
        for table, rows in _catalogue(case):
            if rows:
                connection.execute(table.insert(), rows)
    day = case.policy.date - dt.timedelta(days=1)
    at = noon_of(day, ledger.zone)
    ledger.post_all([*_opened(case, at), *_sent(case, at)], recorded_at=end_of_day(day, ledger.zone))
    return ledger


def _catalogue(case: Case) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Return the rows of each table; ids are positions in the case from 1."""
    sites, items, needs, lanes, depots, subs = (
        case.sites,
        case.items,
        case.needs,
        case.lanes,
        case.depots,
        case.substitutes,
    )
    return [
        (
            location,
            _rows(id=np.arange(1, len(sites) + 1), code=sites.code, name=sites.name, name_zh=sites.name_zh,
                  kind=["SITE"] * len(sites), sign=[1] * len(sites), site_kind=sites.kind, area=sites.area,
                  lat_micro=_micro(sites.lat), lon_micro=_micro(sites.lon), tier=sites.tier),
        ),
        (
            item,
            _rows(id=np.arange(1, len(items) + 1), code=items.code, name=items.name, name_zh=items.name_zh,
                  unit=items.unit, pack_units=items.pack_units, pack_kg_micro=_micro(items.pack_kg),
                  pack_m3_micro=_micro(items.pack_m3), use=np.where(items.durable, "durable", "consumable")),
        ),
        (
            need,
            _rows(site=needs.site + 1, item=needs.item + 1, daily_units_micro=micro(needs.daily_units),
                  reported_on=_days(needs.reported_on, ""), max_units=_whole(needs.max_units)),
        ),
        (
            lane,
            _rows(depot=lanes.depot + 1, site=lanes.site + 1, open=lanes.open.astype(int), km_micro=_micro(lanes.km),
                  hours_micro=_micro(lanes.hours), max_kg_micro=_micro(lanes.max_kg)),
        ),
        (
            depot,
            _rows(location=depots.depot + 1, max_kg_micro=_micro(depots.max_kg), max_m3_micro=_micro(depots.max_m3),
                  max_stops=_whole(depots.max_stops), vehicles=_whole(depots.vehicles),
                  vehicle_kg_micro=_micro(depots.vehicle_kg), shift_hours_micro=_micro(depots.shift_hours),
                  stop_minutes_micro=_micro(depots.stop_minutes)),
        ),
        (substitute, _rows(item=subs.item + 1, by=subs.by + 1, units_per_unit_micro=_micro(subs.units_per_unit))),
        (policy, [{"toml": policy_toml(case.policy), "actor": "A", "recorded_at": 0}]),
    ]  # fmt: skip


def _rows(**columns: Any) -> list[dict[str, Any]]:
    lists = [column.tolist() if isinstance(column, np.ndarray) else column for column in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def _micro(column: Any) -> list[int | None]:
    return [None if np.isnan(value) else round(value * 1e6) for value in column]


def _whole(column: Any) -> list[int | None]:
    return [None if value < 0 else value for value in column.tolist()]


def _days(column: Any, absent: str) -> list[str]:
    return [absent if np.isnat(day) else str(day) for day in column]


def _opened(case: Case, at: int) -> list[Entry]:
    lines: dict[str, list[Line]] = defaultdict(list)
    counted: dict[str, list[Counted]] = defaultdict(list)
    stock = case.stock
    for row, expires in enumerate(_days(stock.expires, NO_EXPIRY)):
        site, code = case.sites.code[stock.site[row]], case.items.code[stock.item[row]]
        key = LotKey(code, stock.lot[row], expires, earmark=stock.earmark[row])
        aside = STATUSES[stock.status[row]] == "quarantine"
        if stock.units[row]:
            place = f"QUARANTINE:{site}" if aside else site
            lines[site].append(Line("OPENING", place, key, int(stock.units[row])))
        else:
            counted[site].append(Counted(site, code, None, 0))
    return [
        Entry(key=f"{type_} {site}", type=type_, actor="A", occurred_at=at, site=site, **{name: tuple(rows)})
        for type_, name, by_site in (("opening", "lines", lines), ("count", "counted", counted))
        for site, rows in by_site.items()
    ]


def _sent(case: Case, at: int) -> list[Entry]:
    """Return shipments from the first depot, which first is given what it sends."""
    moving = case.in_transit
    depot_code = case.sites.code[case.lanes.depot[0]] if len(case.lanes) else ""
    entries = []
    for row in range(len(moving)):
        key, units = LotKey(case.items.code[moving.item[row]], "M"), int(moving.units[row])
        to, arrives = case.sites.code[moving.site[row]], str(moving.arrives[row])
        given = Line("OPENING", depot_code, key, units)
        sent = Line(depot_code, f"IN_TRANSIT:T{row}", key, units)
        both = (("opening", given, {}), ("transfer", sent, {"shipment": f"T{row}"}))
        entries += [
            Entry(key=f"{type_} {row}", type=type_, actor="A", occurred_at=at, lines=(line,),
                  details={"to": to, "arrives": arrives}, **more)
            for type_, line, more in both
        ]  # fmt: skip
    return entries
