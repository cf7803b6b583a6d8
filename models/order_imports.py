"""Orders that come in a file: new ones are placed, known ones go on to how the file says they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.budgets import refuse_no_budgets
from models.canonical import normal
from models.catalogue_rows import Columns, Saved, lock_catalogue
from models.days import day_of
from models.entry import Refusal
from models.ordering import NewLine, NewOrder, filled_in, place_order, record_step, refuse_before
from models.orders import ENDED, KnownLine, KnownOrder, find_order, known_orders, order_status_word
from models.tables import instance
from models.versions import Stamp

__all__ = ["save_orders"]

_RANK = ("planned", "ordered", "shipped", "arrived", "cancelled")
_DEFAULTS: dict[str, Any] = {
    "status": "ordered",
    "site": "",
    "arrives": "",
    "ordered_on": "",
    "arrived_units": None,
    "price_micro": None,
    "budget": "",
}


@dataclass(frozen=True, kw_only=True)
class _InFile:
    """An order as a file says it; `arrived_units`: of each line, None where the file does not say."""

    order: NewOrder
    arrived_units: tuple[int | None, ...]


def save_orders(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save the orders of a table; `columns`: as `data/import_catalogue.py` gives them.

    A known order must say the same lines; where it stands further in the file, or is expected on another day, that
    is a step of it. What of it has arrived is told by receipts alone: where the file says otherwise, that is said.

    Raises:
        Refusal: everything that the ledger refuses; an order that is known and says something else.

    """
    lock_catalogue(connection)
    refuse_no_budgets(connection, columns.get("budget", ()))
    zone = ZoneInfo(connection.execute(sa.select(instance.c.timezone)).scalar_one() or "UTC")
    orders = list(_orders(columns))
    numbers = [each.order.number for each in orders]
    known = {each.number: each for each in known_orders(connection, zone, numbers=numbers)}
    today = day_of(stamp.recorded_at, zone)
    saved = Saved()
    wrong: list[Sentence] = []
    for each in orders:
        try:
            if each.order.number in known:
                saved += _taken_further(connection, known[each.order.number], each, stamp, today=today.isoformat())
            else:
                whole = replace(each.order, lines=filled_in(connection, each.order, today=today))
                place_order(connection, whole, stamp)
                told = _closed_short(find_order(connection, whole.number, zone)) if whole.status == "arrived" else []
                saved += Saved(new=len(whole.lines), said=tuple(told))
        except Refusal as refusal:
            wrong += refusal.sentences
    if wrong:
        raise Refusal(*wrong)
    return saved


def _orders(columns: Columns) -> Iterator[_InFile]:
    """Give each order with its lines, in the order in which numbers first stand."""
    count = len(columns["number"])
    full = {**{name: [value] * count for name, value in _DEFAULTS.items()}, **columns}
    rows: dict[str, list[dict[str, Any]]] = {}
    for values in zip(*full.values(), strict=True):
        row = dict(zip(full, values, strict=True))
        rows.setdefault(normal(row["number"]), []).append(row)
    for number, own in rows.items():
        first = own[0]
        order = NewOrder(
            number=number,
            partner=first["partner"],
            day=next((row["ordered_on"] for row in own if row["ordered_on"]), ""),
            status=first["status"],
            lines=tuple(
                NewLine(
                    item=row["item"],
                    units=row["units"],
                    site=row["site"],
                    arrives=row["arrives"],
                    price_micro=row["price_micro"],
                    budget=row["budget"],
                    before_units=_before(row),
                )
                for row in own
            ),
        )
        yield _InFile(order=order, arrived_units=tuple(row["arrived_units"] for row in own))


def _before(row: dict[str, Any]) -> int:
    if row["arrived_units"] is None:
        return int(row["units"]) if row["status"] == "arrived" else 0
    return min(int(row["arrived_units"]), int(row["units"]))


def _taken_further(connection: sa.Connection, known: KnownOrder, said: _InFile, stamp: Stamp, *, today: str) -> Saved:
    """Take a known order as far as the file says, and say what of the file the ledger does not follow.

    Raises:
        Refusal: the file says other lines, sites, or another supplier, than were ordered.

    """
    lines = _matched(known, said.order)
    ahead = _RANK.index(said.order.status) - _RANK.index(known.status)
    goes_on = known.is_open and ahead > 0
    status = said.order.status if goes_on else known.status
    told: list[Sentence] = []
    day = _day_of_file(known, list(zip(lines, said.order.lines, strict=True)), told) if status not in ENDED else ""
    if day and ahead < 0:
        told = [_file_is_behind(known, day)]
        day = ""
    told += _other_budgets(known, lines, said.order)
    if status == "arrived" and goes_on:
        told += _closed_short(known)
    else:
        told += _other_arrivals(known, lines, said.arrived_units)
    if not goes_on and not day:
        return Saved(same=len(lines), said=tuple(told))
    refuse_before(known, today, day)
    record_step(connection, known.number, status, stamp, day=today, arrives=day)
    return Saved(changed=len(lines), said=tuple(told))


def _matched(known: KnownOrder, new: NewOrder) -> list[KnownLine]:
    """Return the line of a known order that each line of the file is; one without a site is any."""
    left: dict[tuple[str, int], list[KnownLine]] = {}
    for line in known.lines:
        left.setdefault((line.item, line.units), []).append(line)
    found: dict[int, KnownLine] = {}
    elsewhere: list[NewLine] = []
    for at in sorted(range(len(new.lines)), key=lambda at: not new.lines[at].site):
        asked = new.lines[at]
        own = left.get((asked.item, asked.units), [])
        fit = next((line for line in own if asked.site in ("", line.site)), None)
        if fit is None:
            elsewhere.append(asked)
        else:
            own.remove(fit)
            found[at] = fit
    ordered = sorted((line.item, line.units) for line in known.lines)
    if known.partner != new.partner or ordered != sorted((line.item, line.units) for line in new.lines):
        raise Refusal(_says_otherwise(known))
    if elsewhere:
        raise Refusal(
            say(
                "Order {number} goes to {sites} in the ledger, and in the file to {others}. Mend the file; or "
                "cancel the order and give the new one a number of its own: allocator order cancel {number}",
                number=known.number,
                sites=sorted({line.site for line in known.lines}),
                others=sorted({line.site for line in elsewhere if line.site}),
            )
        )
    return [found[at] for at in range(len(new.lines))]


def _day_of_file(known: KnownOrder, lines: list[tuple[KnownLine, NewLine]], told: list[Sentence]) -> str:
    """Return the day on which a file expects what is still to come of an order, "" where the ledger does so too."""
    due = [(line.arrives, asked.arrives or line.arrives) for line, asked in lines if known.outstanding_units(line)]
    if all(was == said for was, said in due):
        return ""
    last = max(said for _, said in due)
    if all(was == last for was, _ in due):
        return ""
    if len({said for _, said in due}) > 1:
        told.append(
            say(
                "Order {number}: the file expects its lines on {days}. A changed day is kept for the whole "
                "order: the last of them, {day}.",
                number=known.number,
                days=sorted({said for _, said in due}),
                day=last,
            )
        )
    return last


def _other_budgets(known: KnownOrder, lines: list[KnownLine], new: NewOrder) -> list[Sentence]:
    pairs = zip(lines, new.lines, strict=True)
    other = {(line.budget, normal(asked.budget)) for line, asked in pairs if asked.budget} - {
        (line.budget, line.budget) for line in lines
    }
    return [
        say(
            "Order {number}: the file names the budget {said}, the ledger {kept}. What was ordered stays as it is.",
            number=known.number,
            said=said,
            kept=kept or say("none"),
        )
        for kept, said in sorted(other)
    ]


def _file_is_behind(known: KnownOrder, day: str) -> Sentence:
    return say(
        "Order {number} is {status} in the ledger, further than in the file: the day of the file, {day}, is "
        "passed over and {expected} stays.",
        number=known.number,
        status=order_status_word(known.status),
        day=day,
        expected=known.arrives,
    )


def _other_arrivals(known: KnownOrder, lines: list[KnownLine], arrived_units: tuple[int | None, ...]) -> list[Sentence]:
    """Return of which lines a file says that other units have arrived than receipts tell."""
    return [
        say(
            "Order {number}: in the file {units:,} units of {item} have arrived, by receipts {arrived:,}. Only "
            "receipts tell what has arrived: allocator receive {site} {item} QUANTITY --order {number}",
            number=known.number,
            units=units,
            item=line.item,
            arrived=line.arrived_units,
            site=line.site,
        )
        for line, units in zip(lines, arrived_units, strict=True)
        if units is not None and min(units, line.units) != line.arrived_units
    ]


def _closed_short(order: KnownOrder) -> list[Sentence]:
    """Return what of an order that ends with the word "arrived" has not come."""
    return [
        say(
            "Order {number} is closed as the file says, with {arrived:,} of {units:,} units of {item} "
            "received: {left:,} are awaited no more. If they came: "
            "allocator receive {site} {item} {left} --order {number}",
            number=order.number,
            arrived=line.arrived_units,
            units=line.units,
            item=line.item,
            left=line.units - line.arrived_units,
            site=line.site,
        )
        for line in order.lines
        if line.arrived_units < line.units
    ]


def _says_otherwise(known: KnownOrder) -> Sentence:
    return say(
        "Order {number} is in the ledger and says other lines or another supplier. Give the new one a number "
        "of its own; or cancel the first: allocator order cancel {number}",
        number=known.number,
    )
