"""What suppliers offer, and what an order is beside it: too little, no whole packs, beyond a week, dearer than need be.

Nothing here refuses an order: whoever places it may know what the ledger does not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.planning import money, offers_in_turn
from allocator.procurement_case import Offer
from allocator.sentence import Sentence, say
from models.order_asked import NewLine
from models.orders import known_orders
from models.tables import item, offer

__all__ = ["beside_offers", "offers_known", "units_of_week"]

_WEEK = dt.timedelta(days=7)


def offers_known(connection: sa.Connection) -> tuple[Offer, ...]:
    """Return all offers, each until the next of its supplier and item begins."""
    c = offer.c
    shown = (c.partner, item.c.code, c.price_micro, c.lead_days, c.units_per_week, c.min_units, c.since, c.until)
    rows = connection.execute(sa.select(*shown).join_from(offer, item, item.c.id == c.item))
    return offers_in_turn(
        Offer(
            supplier=supplier,
            item=code,
            price=money(price),
            lead_days=lead_days,
            units_per_week=most,
            min_units=least,
            from_day=_day(since),
            to_day=_day(until),
        )
        for supplier, code, price, lead_days, most, least, since, until in rows
    )


def units_of_week(connection: sa.Connection, zone: ZoneInfo, supplier: str, code: str, day: dt.date) -> int:
    """Return the units of an item that were ordered of a supplier in the seven days up to a day."""
    return sum(
        line.units
        for order in known_orders(connection, zone)
        if order.partner == supplier and order.status != "cancelled" and order.ordered_on
        for line in order.lines
        if line.item == code and day - _WEEK < dt.date.fromisoformat(order.ordered_on) <= day
    )


def beside_offers(
    connection: sa.Connection,
    supplier: str,
    lines: Sequence[tuple[NewLine, dt.date]],
    *,
    zone: ZoneInfo | None = None,
) -> list[Sentence]:
    """Say what is odd about lines that are ordered of a supplier, each on its day, beside the offers of that day.

    `zone`: given where somebody typed the order; then what was ordered in the days before counts towards what a week
    brings, and who sells cheaper is said. Without it the lines are a plan's, which weighed all that.
    """
    offers = offers_known(connection)
    packs = dict(connection.execute(sa.select(item.c.code, item.c.pack_units)).all())
    found: dict[str, Sentence] = {}
    for line, day in lines:
        open_ = [each for each in offers if each.item == line.item and each.holds(day)]
        own = next((each for each in open_ if each.supplier == supplier), None)
        told = [*_packs(line, packs.get(line.item) or 1)]
        if own is not None:
            before = 0 if zone is None else units_of_week(connection, zone, supplier, line.item, day)
            told += _bounds(own, line, before)
        if zone is not None:
            told += _cheaper(open_, own, supplier, line)
        found |= {str(each): each for each in told}
    return list(found.values())


def _packs(line: NewLine, pack: int) -> Iterator[Sentence]:
    if line.units % pack:
        yield say(
            "{units:,} units of {item} are no whole packs of {pack:,}; {whole:,} would be.",
            units=line.units,
            item=line.item,
            pack=pack,
            whole=-(-line.units // pack) * pack,
        )


def _bounds(own: Offer, line: NewLine, before: int) -> Iterator[Sentence]:
    values = {"supplier": own.supplier, "item": line.item}
    if line.units < (own.min_units or 0):
        yield say(
            "{supplier} takes orders of {item} from {least:,} units on; this is {units:,}.",
            least=own.min_units,
            units=line.units,
            **values,
        )
    if own.units_per_week is not None and line.units + before > own.units_per_week:
        yield say(
            "{supplier} can make {most:,} units of {item} a week; with this order {units:,} are ordered in seven days.",
            most=own.units_per_week,
            units=line.units + before,
            **values,
        )


def _cheaper(open_: Sequence[Offer], own: Offer | None, supplier: str, line: NewLine) -> Iterator[Sentence]:
    """Say who sells so many for less; of several the cheapest, then the quickest."""
    price = money(line.price_micro) if line.price_micro is not None else None if own is None else own.price
    if price is None:
        return
    fit = [
        each
        for each in open_
        if each.supplier != supplier
        and each.price < price
        and (each.min_units or 0) <= line.units <= (each.units_per_week or line.units)
    ]
    if fit:
        best = min(fit, key=lambda each: (each.price, each.lead_days, each.supplier))
        yield say(
            "{other} sells {item} for {less} yuan a unit instead of {price}, {days} days from the order to the shelf.",
            other=best.supplier,
            item=line.item,
            less=f"{best.price.normalize():f}",
            price=f"{price.normalize():f}",
            days=best.lead_days,
        )


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
