"""Who approved what, what sites said that they need, and what they reported for months, as columns."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from allocator.finding_columns import NONE, Approvals, Documents, Levels, Reports, Wholes
from models.audit_reading import Reader
from models.countersign_tables import countersignature
from models.finding_clock import days_and_minutes
from models.finding_places import Where, positions_of
from models.plan_tables import plan, plan_event
from models.tables import document, lane, stock_report, version

__all__ = ["approvals_of", "levels_of", "near_of", "plan_days_of", "reports_of"]

_SECOND = 1_000_000

_Position = Callable[[str | None], int]


def approvals_of(reader: Reader, zone: ZoneInfo, end: int, documents: Documents, person: _Position) -> Approvals:
    """Return who approved plans and documents, and who countersigned emergency issues."""
    plans = reader.rows(
        sa.select(plan.c.id, plan.c.drafted_by, plan_event.c.actor, plan.c.drafted_at, plan_event.c.recorded_at)
        .join_from(plan, plan_event, plan_event.c.plan == plan.c.id)
        .where(plan_event.c.event == "approved", plan_event.c.recorded_at <= end)
        .order_by(plan_event.c.id)
    )
    signed = reader.rows(
        sa.select(
            *(document.c.id, document.c.actor, countersignature.c.actor),
            *(document.c.recorded_at, countersignature.c.recorded_at),
        )
        .join_from(document, countersignature, countersignature.c.document == document.c.id)
        .where(countersignature.c.recorded_at <= end)
        .order_by(document.c.id)
    )
    steps = [("", *row) for row in signed] + [(row[0], NONE, *row[1:]) for row in plans]
    at = np.array([row[5] for row in steps], dtype=np.int64)
    since = np.array([row[4] for row in steps], dtype=np.int64)
    own = np.flatnonzero(documents.approver != NONE)
    both = np.concatenate
    return Approvals(
        document=both([own, positions_of(documents.number, np.array([row[1] for row in steps], dtype=np.int64))]),
        plan=np.array([""] * len(own) + [row[0] for row in steps], dtype=np.str_),
        drafter=both([documents.actor[own], np.array([person(row[2]) for row in steps], dtype=np.int64)]),
        approver=both([documents.approver[own], np.array([person(row[3]) for row in steps], dtype=np.int64)]),
        day=both([documents.recorded_day[own], days_and_minutes(at, zone)[0]]),
        seconds=both([np.full(len(own), NONE, dtype=np.int64), (at - since) // _SECOND]),
    )


def levels_of(
    reader: Reader, zone: ZoneInfo, end: int, where: Where, items: Sequence[str], person: _Position
) -> tuple[Levels, tuple[str, ...]]:
    """Return what sites said that they need or have on duty, in the order in which it was said; and the drivers."""
    v = version.c
    query = sa.select(v.subject, v.actor, v.recorded_at, v.body)
    query = query.where(v.subject.in_(("need", "driver")), v.recorded_at <= end).order_by(v.id)
    position = {code: at for at, code in enumerate(items)}
    drivers: dict[str, int] = {}
    rows: list[tuple[int, int, int, int, int]] = []
    for block in reader.blocks(query):
        for subject, actor, recorded_at, body in block:
            row = json.loads(body)["row"]
            if subject == "need":
                what, value = position.get(row["item"], NONE), row["daily_units_micro"]
            else:
                what, value = -2 - drivers.setdefault(row["driver"], len(drivers)), row["value_micro"]
            rows.append((where.by_code.get(row["site"], NONE), what, recorded_at, value, person(actor)))
    columns = np.array(rows, dtype=np.int64).reshape(-1, 5)
    columns = columns[(columns[:, 0] != NONE) & (columns[:, 1] != NONE)]
    day, minute = days_and_minutes(columns[:, 2], zone)
    levels = Levels(
        site=columns[:, 0],
        what=columns[:, 1],
        day=day,
        minute=minute,
        value_micro=columns[:, 3],
        actor=columns[:, 4],
    )
    return levels, tuple(drivers)


def reports_of(reader: Reader, where: Where, item_ids: Wholes, until: dt.date) -> Reports:
    """Return the monthly stock reports of months that ended by a day or hold it."""
    c = stock_report.c
    units = (c.opening_units, c.received_units, c.distributed_units, c.closing_units)
    query = sa.select(c.site, c.item, c.month, *units).where(c.month <= until.isoformat()[:7])
    rows = reader.rows(query.order_by(c.site, c.item, c.month))
    columns = [
        np.array([NONE if row[at] is None else row[at] for row in rows], dtype=np.int64) for at in (0, 1, 3, 4, 5, 6)
    ]
    return Reports(
        site=where.site_at(columns[0]),
        item=positions_of(item_ids, columns[1]),
        month=np.array([int(row[2][:4]) * 12 + int(row[2][5:7]) - 1 for row in rows], dtype=np.int64),
        opening=columns[2],
        received=columns[3],
        distributed=columns[4],
        closing=columns[5],
    )


def plan_days_of(reader: Reader, documents: Documents) -> Wholes:
    """Return the days of plans, and those on which notes of plans were sent."""
    dates = reader.rows(sa.select(plan.c.date).distinct())
    said = np.array([dt.date.fromisoformat(row[0]).toordinal() for row in dates], dtype=np.int64)
    return np.union1d(said, documents.day[np.isin(documents.type, ["reserve", "dispatch"])])


def near_of(reader: Reader, where: Where) -> Wholes:
    """Return pairs of sites that could help each other: joined by a road, or of one area."""
    roads = reader.rows(sa.select(lane.c.depot, lane.c.site).where(lane.c.open == 1))
    joined = where.site_at(np.array([each for row in roads for each in row], dtype=np.int64)).reshape(-1, 2)
    areas = np.unique(np.array(where.area, dtype=np.str_), return_inverse=True)[1]
    known = np.array([area != "" for area in where.area], dtype=bool)
    same = (areas[:, None] == areas[None, :]) & known[:, None] if len(areas) else np.zeros((0, 0), dtype=bool)
    inside = np.argwhere(same)
    pairs = np.concatenate([joined, joined[:, ::-1], inside]).astype(np.int64)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    return np.unique(pairs, axis=0) if len(pairs) else pairs.reshape(0, 2)
