"""Place orders with suppliers, and record what becomes of them: each step a fact, sealed by a version of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.budgets import paid_by
from models.canonical import normal
from models.catalogue import item_ids, site_ids
from models.catalogue_purchase import refuse_no_suppliers
from models.catalogue_rows import lock_catalogue
from models.entry import Refusal
from models.order_asked import NewLine, NewOrder, refuse_beyond_bounds
from models.orders import ENDED, KnownOrder, find_order, known_orders, order_status_word
from models.tables import item as items_of_ledger
from models.tables import lane, location, offer, purchase_event, purchase_line, purchase_order
from models.versions import Stamp, record_versions

__all__ = [
    "NewLine",
    "NewOrder",
    "add_step",
    "filled_in",
    "lock_order",
    "next_number",
    "place_all",
    "place_order",
    "place_planned",
    "record_step",
    "refuse_ahead",
    "refuse_before",
]

_MAY_FOLLOW = {
    "ordered": ("planned",),
    "shipped": ("planned", "ordered", "shipped"),
    "arrived": ("planned", "ordered", "shipped"),
    "cancelled": ("planned", "ordered", "shipped"),
}
"""Each step, and how an order must stand for it; who ships again says another day of arrival."""


def next_number(connection: sa.Connection, day: dt.date) -> str:
    """Return the next number of an order placed on a day: PO-20200210-1."""
    begin = f"PO-{day:%Y%m%d}-"
    query = sa.select(purchase_order.c.number).where(purchase_order.c.number.startswith(begin, autoescape=True))
    numbers = [number.removeprefix(begin) for number in connection.execute(query).scalars()]
    return f"{begin}{max((int(number) for number in numbers if number.isdecimal()), default=0) + 1}"


def filled_in(connection: sa.Connection, new: NewOrder, *, today: dt.date) -> tuple[NewLine, ...]:
    """Return the lines of an order with their sites, days of arrival and prices, as offers tell where nobody said.

    Raises:
        Refusal: who is no supplier, sites and items that are not there; what nobody said and nothing tells.

    """
    _refuse_unknown(connection, new)
    ordered_on = new.day or today.isoformat()
    offers = _offers(connection, new.partner, ordered_on)
    depot = _main_depot(connection)
    wrong: list[Sentence] = []
    lines = []
    for line in new.lines:
        lead_days, price = offers.get(line.item, (None, None))
        arrives = line.arrives
        if not arrives and lead_days is None:
            wrong.append(
                say(
                    "Nothing says when {item} arrives: {supplier} has no offer for it on {day}. Say the day on which "
                    "it is expected.",
                    item=line.item,
                    supplier=new.partner,
                    day=ordered_on,
                )
            )
            continue
        if not line.site and not depot:
            wrong.append(say("No depot has a lane, so nothing says where {item} goes. Name a site.", item=line.item))
            continue
        lines.append(
            NewLine(
                item=line.item,
                units=line.units,
                site=line.site or depot,
                arrives=arrives or (dt.date.fromisoformat(ordered_on) + dt.timedelta(days=lead_days or 0)).isoformat(),
                price_micro=price if line.price_micro is None else line.price_micro,
                budget=line.budget,
                before_units=line.before_units,
            )
        )
    if wrong:
        raise Refusal(*_each_once(wrong))
    return tuple(lines)


def _offers(connection: sa.Connection, partner: str, day: str) -> dict[str, tuple[int, int]]:
    """Return lead days and price of what a supplier offers on a day, by item; what begins last counts."""
    query = (
        sa.select(items_of_ledger.c.code, offer.c.lead_days, offer.c.price_micro, offer.c.until)
        .join_from(offer, items_of_ledger, items_of_ledger.c.id == offer.c.item)
        .where(offer.c.partner == partner, offer.c.since <= day)
        .order_by(offer.c.since)
    )
    found = {row.code: row for row in connection.execute(query)}
    return {code: (row.lead_days, row.price_micro) for code, row in found.items() if not row.until or day <= row.until}


def _main_depot(connection: sa.Connection) -> str:
    """Return the depot with the most lanes, "" where there is none."""
    query = (
        sa.select(location.c.code)
        .join_from(lane, location, location.c.id == lane.c.depot)
        .group_by(location.c.code)
        .order_by(sa.func.count().desc(), location.c.code)
        .limit(1)
    )
    return connection.execute(query).scalar() or ""


def place_order(connection: sa.Connection, new: NewOrder, stamp: Stamp) -> None:
    """Record an order with its lines, as `filled_in` gives them, and how it begins.

    Raises:
        Refusal: a number that is taken, units, prices and days that cannot be.

    """
    refuse_beyond_bounds(new)
    items, sites = item_ids(connection), site_ids(connection)
    if connection.execute(sa.select(purchase_order.c.id).where(purchase_order.c.number == new.number)).first():
        raise Refusal(say("There is an order {number} already. Choose another number.", number=new.number))
    head = {"number": normal(new.number), "partner": new.partner}
    id_ = connection.execute(sa.insert(purchase_order).returning(purchase_order.c.id), head).scalar_one()
    rows: list[dict[str, Any]] = [
        {
            "line": number,
            "item": line.item,
            "site": line.site,
            "units": line.units,
            "arrives": line.arrives,
            "price_micro": line.price_micro,
            "budget": normal(line.budget),
            "before_units": line.before_units,
        }
        for number, line in enumerate(new.lines, start=1)
    ]
    connection.execute(
        sa.insert(purchase_line),
        [{**row, "purchase": id_, "item": items[row["item"]], "site": sites[row["site"]]} for row in rows],
    )
    record_versions(connection, "purchase_order", [(head["number"], {**head, "lines": rows})], stamp)
    later = new.status not in ("planned", "ordered")
    record_step(connection, new.number, "ordered" if later else new.status, stamp, day=new.day, note=new.note)
    if later:
        # It went on before the ledger knew of it, on days that nobody said.
        record_step(connection, new.number, new.status, stamp, day="")


def _each_once(sentences: Sequence[Sentence]) -> list[Sentence]:
    return list({str(sentence): sentence for sentence in sentences}.values())


def _refuse_unknown(connection: sa.Connection, new: NewOrder) -> None:
    """Refuse suppliers, sites and items that are not there, all of them, and an order of nothing."""
    wrong: list[Sentence] = []
    try:
        refuse_no_suppliers(connection, {new.partner})
    except Refusal as refusal:
        wrong += refusal.sentences
    sites, items = site_ids(connection), item_ids(connection)
    wrong += [
        say("There is no site {code}. Check the code, or import the site first.", code=code)
        for code in sorted({line.site for line in new.lines} - {"", *sites})
    ] + [
        say("There is no item {code}. Check the code, or import the item first.", code=code)
        for code in sorted({line.item for line in new.lines} - items.keys())
    ]
    if not new.lines:
        wrong.append(say("Order {number} has no line. Give an item and how many.", number=new.number))
    if wrong:
        raise Refusal(*wrong)


def lock_order(connection: sa.Connection, number: str, zone: ZoneInfo) -> KnownOrder:
    """Return an order that nobody else changes until this transaction ends.

    Raises:
        Refusal: there is none of this number.

    """
    connection.execute(
        sa.select(purchase_order.c.id).where(purchase_order.c.number == normal(number)).with_for_update()
    )
    return find_order(connection, normal(number), zone)


def add_step(
    connection: sa.Connection,
    number: str,
    status: str,
    stamp: Stamp,
    *,
    zone: ZoneInfo,
    day: dt.date,
    arrives: str = "",
    note: str = "",
) -> None:
    """Record a step of an order that follows from how it stands.

    Raises:
        Refusal: there is no such order, or it does not follow; with what to do instead.

    """
    order = lock_order(connection, number, zone)
    _refuse_unless(order, status)
    refuse_before(order, day.isoformat(), arrives)
    record_step(connection, order.number, status, stamp, day=day.isoformat(), arrives=arrives, note=note)


def _refuse_unless(order: KnownOrder, status: str) -> None:
    if order.status in _MAY_FOLLOW[status]:
        return
    values = {"number": order.number, "status": order_status_word(order.status)}
    if order.status in ENDED:
        raise Refusal(say("Order {number} is {status}: nothing of it is still to come.", **values))
    raise Refusal(say("Order {number} is {status} already.", **values))


def refuse_before(order: KnownOrder, day: str, arrives: str) -> None:
    """Refuse a step, and an expected day, before the order was there.

    Raises:
        Refusal: one of them is.

    """
    begun = order.steps[0].day
    wrong = [each for each in (day, arrives) if begun and each and each < begun]
    if wrong:
        raise Refusal(
            say(
                "{day} is before the day of order {number}, {ordered_on}. Check the date.",
                day=wrong[0],
                number=order.number,
                ordered_on=begun,
            )
        )


def record_step(
    connection: sa.Connection,
    number: str,
    status: str,
    stamp: Stamp,
    *,
    day: str,
    arrives: str = "",
    note: str = "",
    document: int | None = None,
) -> None:
    """Write one step of an order, to be sealed."""
    query = sa.select(purchase_order.c.id).where(purchase_order.c.number == normal(number))
    row: dict[str, Any] = {
        "status": status,
        "day": day,
        "arrives": arrives,
        "note": normal(note),
        "document": document,
        "actor": stamp.actor,
        "recorded_at": stamp.recorded_at,
    }
    own = {**row, "purchase": connection.execute(query).scalar_one()}
    id_ = connection.execute(sa.insert(purchase_event).returning(purchase_event.c.id), own).scalar_one()
    record_versions(connection, "purchase_event", [(str(id_), {"id": id_, "number": normal(number), **row})], stamp)


def refuse_ahead(day: dt.date, today: dt.date) -> None:
    """Refuse a step on a day that is yet to come.

    Raises:
        Refusal: it is.

    """
    if day > today:
        raise Refusal(
            say("{day} is yet to come; it is {today} today. Record it when it has happened.", day=day.isoformat(),
                today=today.isoformat())
        )  # fmt: skip


def place_all(
    connection: sa.Connection,
    orders: Sequence[NewOrder],
    stamp: Stamp,
    *,
    zone: ZoneInfo,
    today: dt.date,
    again: bool = False,
) -> list[str]:
    """Place orders, all or none, and return their numbers; those without one are given the next of the day.

    `again`: also what an order of the same day says already.

    Raises:
        Refusal: everything that is wrong with any of them.

    """
    lock_catalogue(connection)
    wrong: list[Sentence] = []
    numbers = []
    for new in orders:
        try:
            lines = paid_by(connection, filled_in(connection, new, today=today), new.day or today.isoformat())
            whole = replace(
                new, number=normal(new.number.strip()) or next_number(connection, today), lines=_added_up(lines)
            )
            if not again:
                _refuse_said_before(connection, whole, zone)
            place_order(connection, whole, stamp)
            numbers.append(whole.number)
        except Refusal as refusal:
            wrong += refusal.sentences
    if wrong:
        raise Refusal(*_each_once(wrong))
    return numbers


def _added_up(lines: Sequence[NewLine]) -> tuple[NewLine, ...]:
    """Return lines of which no two are of one item, site, day of arrival and price."""
    found: dict[tuple[object, ...], NewLine] = {}
    for line in lines:
        key = (line.item, line.site, line.arrives, line.price_micro, line.budget)
        found[key] = replace(line, units=line.units + found[key].units) if key in found else line
    return tuple(found.values())


def _refuse_said_before(connection: sa.Connection, new: NewOrder, zone: ZoneInfo) -> None:
    """Refuse an order of which another of the same supplier and day says exactly the same."""
    query = sa.select(purchase_order.c.number).join_from(
        purchase_order, purchase_event, purchase_event.c.purchase == purchase_order.c.id
    )
    alike = query.where(purchase_order.c.partner == new.partner, purchase_event.c.day == new.day).distinct()
    said = sorted((line.item, line.site, line.units, line.arrives) for line in new.lines)
    numbers = connection.execute(alike).scalars().all()
    for order in known_orders(connection, zone, numbers=numbers) if numbers else ():
        same = sorted((line.item, line.site, line.units, line.arrives) for line in order.lines) == said
        if order.status != "cancelled" and same:
            raise Refusal(
                say(
                    "Order {number} of the same day says exactly this. Add --again if another one is meant.",
                    number=order.number,
                )
            )


def place_planned(
    connection: sa.Connection, number: str, stamp: Stamp, *, zone: ZoneInfo, day: dt.date, note: str
) -> None:
    """Place an order that was planned.

    Raises:
        Refusal: there is none of this number, or it was placed before.

    """
    add_step(connection, number, "ordered", stamp, zone=zone, day=day, note=note)
