"""Read a ledger into the columns that the rules of `allocator/findings.py` read: a statement for each sort of row.

What happened, or was recorded, after the day that is asked for is left out, so a finding can be told as of any day.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from allocator.finding_columns import NONE, Books, Counts, Documents, Lines, Lots, Receipts, Texts, Wholes
from allocator.sentence import Named
from models.audit_reading import Reader
from models.days import end_of_day
from models.finding_clock import days_and_minutes
from models.finding_hands import approvals_of, levels_of, near_of, plan_days_of, reports_of
from models.finding_places import Where, positions_of, where_of
from models.tables import NO_EXPIRY, counted, document, item, lot, move

__all__ = ["books_of"]

_TOLD = ("receive", "transfer", "emergency", "dispatch", "reserve")
"""Types whose details say what no column does: papers, and where it goes."""

_IMPORTED = re.compile(r"^import/[^/]+/([^/]+)/")


def books_of(connection: sa.Connection, zone: ZoneInfo, until: dt.date) -> Books:
    """Return what the ledger says of all that was recorded by the end of a day."""
    reader = Reader(connection)
    end = end_of_day(until, zone)
    where = where_of(reader)
    items = reader.rows(
        sa.select(item.c.id, item.c.code, item.c.name, item.c.name_zh, item.c.pack_units, item.c.use).order_by(
            item.c.code
        )
    )
    item_ids = np.array([row[0] for row in items], dtype=np.int64)
    lot_ids, lots = _lots(reader, item_ids)
    people = _People()
    documents, told = _documents(reader, zone, end, where, people)
    lines = _lines(reader, zone, end, where, documents, lot_ids, lots)
    levels, drivers = levels_of(reader, zone, end, where, [row[1] for row in items], people.position)
    approvals = approvals_of(reader, zone, end, documents, people.position)
    days = documents.day if len(documents) else np.array([until.toordinal()])
    return Books(
        first_day=int(days.min()),
        last_day=until.toordinal(),
        sites=where.sites,
        site_kind=where.site_kind,
        items=tuple(Named(row[1], row[2], row[3], with_code=True) for row in items),
        pack_units=np.array([row[4] for row in items], dtype=np.int64),
        is_durable=np.array([row[5] == "durable" for row in items], dtype=bool),
        people=tuple(people.ids),
        drivers=drivers,
        lots=lots,
        documents=documents,
        lines=lines,
        counts=_counts(reader, zone, end, where, documents, item_ids),
        receipts=_receipts(documents, told),
        reports=reports_of(reader, where, item_ids, until),
        levels=levels,
        approvals=approvals,
        plan_days=plan_days_of(reader, documents),
        near=near_of(reader, where),
    )


class _People:
    """Ids of people, in the order in which they are met."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}

    def position(self, id_: str | None) -> int:
        return NONE if id_ is None else self.ids.setdefault(id_, len(self.ids))


def _documents(
    reader: Reader, zone: ZoneInfo, end: int, where: Where, people: _People
) -> tuple[Documents, dict[int, dict[str, Any]]]:
    """Return the documents by number, and what the details of some say by position."""
    c = document.c
    columns = (c.id, c.type, c.site, c.actor, c.approver, c.occurred_at, c.recorded_at, c.reason, c.reverses)
    query = sa.select(*columns, c.idem_key).where(c.recorded_at <= end, c.occurred_at <= end).order_by(c.id)
    rows = [row for block in reader.blocks(query) for row in block]
    empty: list[tuple[Any, ...]] = [()] * (len(columns) + 1)
    number, type_, site, actor, approver, occurred, recorded, reason, reverses, key = (
        zip(*rows, strict=True) if rows else empty
    )
    numbers = np.array(number, dtype=np.int64)
    told = _told(reader, end, numbers)
    day, _ = days_and_minutes(np.array(occurred, dtype=np.int64), zone)
    recorded_day, minute = days_and_minutes(np.array(recorded, dtype=np.int64), zone)
    actors = np.array([people.position(each) for each in actor], dtype=np.int64)
    custodians, to_site = actors.copy(), np.full(len(rows), NONE, dtype=np.int64)
    papers = [found[1] if (found := _IMPORTED.match(each)) else "" for each in key]
    for at, details in told.items():
        who = details.get("reported", {}).get("person")
        if who is not None:
            custodians[at] = people.position(who)
        to_site[at] = where.by_code.get(details.get("to", ""), NONE)
        papers[at] = papers[at] or details.get("reference", "")
    undone = np.array([each for each in reverses if each is not None], dtype=np.int64)
    is_void = np.isin(numbers, undone) | np.array([each is not None for each in reverses], dtype=bool)
    sites = where.site_at(np.array([NONE if each is None else each for each in site], dtype=np.int64))
    return Documents(
        number=numbers,
        type=np.array(type_, dtype="<U12"),
        site=sites,
        to_site=to_site,
        actor=actors,
        approver=np.array([people.position(each) for each in approver], dtype=np.int64),
        custodian=custodians,
        day=day,
        recorded_day=recorded_day,
        recorded_minute=minute,
        reason=np.array(reason, dtype="<U24"),
        is_void=is_void,
        paper=np.array(papers, dtype=np.str_),
    ), told


def _told(reader: Reader, end: int, numbers: Wholes) -> dict[int, dict[str, Any]]:
    c = document.c
    says = sa.or_(c.type.in_(_TOLD), c.body.like('%"reported":%'))
    query = sa.select(c.id, c.body).where(c.recorded_at <= end, c.occurred_at <= end, says)
    rows = [row for block in reader.blocks(query) for row in block]
    at = positions_of(numbers, np.array([row[0] for row in rows], dtype=np.int64))
    found = {}
    for place, (_, text) in zip(at.tolist(), rows, strict=True):
        body = json.loads(text)
        found[place] = body["details"]
        if body["type"] == "receive":
            found[place]["amount_micro"] = _paid(body)
    return found


def _paid(body: dict[str, Any]) -> int:
    """Return what a receipt cost in millionths, NONE where no price was said of some line."""
    prices = [row.get("unit_price") for row in body["details"].get("lines", ())]
    units = [row["units"] for row in body["lines"] if "counters" not in row]
    if len(prices) != len(units) or None in prices or not prices:
        return NONE
    return int(sum(Decimal(price) * number for price, number in zip(prices, units, strict=True)) * 1_000_000)


def _lots(reader: Reader, item_ids: Wholes) -> tuple[Wholes, Lots]:
    rows = reader.rows(sa.select(lot.c.id, lot.c.item, lot.c.lot_no, lot.c.expires).order_by(lot.c.id))
    expires = [0 if row[3] == NO_EXPIRY else dt.date.fromisoformat(row[3]).toordinal() for row in rows]
    return np.array([row[0] for row in rows], dtype=np.int64), Lots(
        item=positions_of(item_ids, np.array([row[1] for row in rows], dtype=np.int64)),
        number=np.array([row[2] for row in rows], dtype=np.str_),
        expires_day=np.array(expires, dtype=np.int64),
    )


def _lines(
    reader: Reader, zone: ZoneInfo, end: int, where: Where, documents: Documents, lot_ids: Wholes, lots: Lots
) -> Lines:
    m = move.c
    counters = sa.case((m.counters.is_(None), sa.literal(0, sa.BigInteger)), else_=sa.literal(1, sa.BigInteger))
    columns = (m.document, m.from_location, m.to_location, m.lot, m.units, m.at, sa.cast(counters, sa.BigInteger))
    rows = reader.wholes(sa.select(*columns).where(m.at <= end))
    own = positions_of(documents.number, rows[:, 0])
    rows = rows[own != NONE]
    own = own[own != NONE]
    order = np.argsort(own, kind="stable")
    own, rows = own[order], rows[order]
    lot_at = positions_of(lot_ids, rows[:, 3])
    from_kind, from_site = where.of(rows[:, 1])
    to_kind, to_site = where.of(rows[:, 2])
    return Lines(
        document=own,
        from_kind=from_kind,
        from_site=from_site,
        to_kind=to_kind,
        to_site=to_site,
        lot=lot_at,
        item=lots.item[lot_at] if len(lots) else lot_at,
        units=rows[:, 4],
        day=days_and_minutes(rows[:, 5], zone)[0],
        counters=rows[:, 6] == 1,
    )


def _counts(reader: Reader, zone: ZoneInfo, end: int, where: Where, documents: Documents, item_ids: Wholes) -> Counts:
    c = counted.c
    query = (
        sa.select(c.document, c.location, c.item, sa.cast(sa.func.sum(c.units), sa.BigInteger), sa.func.max(c.at))
        .where(c.at <= end)
        .group_by(c.document, c.location, c.item)
    )
    rows = reader.wholes(query)
    own = positions_of(documents.number, rows[:, 0])
    rows = rows[own != NONE]
    return Counts(
        document=own[own != NONE],
        site=where.site_at(rows[:, 1]),
        item=positions_of(item_ids, rows[:, 2]),
        units=rows[:, 3],
        day=days_and_minutes(rows[:, 4], zone)[0],
    )


_KINDS = {"procurement": "SUPPLIER", "donation": "DONOR", "allotment": "UPPER_LEVEL"}


def _receipts(documents: Documents, told: dict[int, dict[str, Any]]) -> Receipts:
    at = [row for row in sorted(told) if documents.type[row] == "receive" and not documents.is_void[row]]
    said = [told[row] for row in at]

    def given(name: str) -> Any:
        return np.array([bool(each.get(name)) for each in said], dtype=bool)

    def texts(values: list[str]) -> Texts:
        return np.array(values, dtype=np.str_)

    return Receipts(
        document=np.array(at, dtype=np.int64),
        source=texts([_KINDS.get(each.get("source", ""), "SUPPLIER") for each in said]),
        partner=texts([each.get("partner", "") for each in said]),
        has_reference=given("reference"),
        has_certificate=given("certificate"),
        has_order=given("order"),
        amount_micro=np.array([each["amount_micro"] for each in said], dtype=np.int64),
    )
