"""Orders that come in a file: new ones are placed, known ones go on to how the file says they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.canonical import normal
from models.catalogue_rows import Columns, Saved, lock_catalogue
from models.days import day_of
from models.entry import Refusal
from models.ordering import NewLine, NewOrder, filled_in, place_order, record_step
from models.orders import ENDED, KnownOrder, known_orders
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
}


def save_orders(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save the orders of a table; `columns`: as `data/import_catalogue.py` gives them.

    A known order must say the same lines; where it stands further in the file, that is a step of it.

    Raises:
        Refusal: everything that the ledger refuses; an order that is known and says something else.

    """
    lock_catalogue(connection)
    zone = ZoneInfo(connection.execute(sa.select(instance.c.timezone)).scalar_one() or "UTC")
    orders = list(_orders(columns))
    known = {each.number: each for each in known_orders(connection, zone, numbers=[new.number for new in orders])}
    today = day_of(stamp.recorded_at, zone)
    saved = Saved()
    wrong: list[Sentence] = []
    for new in orders:
        try:
            whole = NewOrder(**{**vars(new), "lines": filled_in(connection, new, today=today)})
            if new.number not in known:
                place_order(connection, whole, stamp)
                saved += Saved(new=len(new.lines))
            elif _goes_on(known[new.number], new):
                record_step(connection, new.number, new.status, stamp, day=today.isoformat())
                saved += Saved(changed=len(new.lines))
            else:
                saved += Saved(same=len(new.lines))
        except Refusal as refusal:
            wrong += refusal.sentences
    if wrong:
        raise Refusal(*wrong)
    return saved


def _orders(columns: Columns) -> Iterator[NewOrder]:
    """Give each order with its lines, in the order in which numbers first stand."""
    count = len(columns["number"])
    full = {**{name: [value] * count for name, value in _DEFAULTS.items()}, **columns}
    rows: dict[str, list[dict[str, Any]]] = {}
    for values in zip(*full.values(), strict=True):
        row = dict(zip(full, values, strict=True))
        rows.setdefault(normal(row["number"]), []).append(row)
    for number, own in rows.items():
        first = own[0]
        yield NewOrder(
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
                    before_units=_before(row),
                )
                for row in own
            ),
        )


def _before(row: dict[str, Any]) -> int:
    if row["arrived_units"] is None:
        return int(row["units"]) if row["status"] == "arrived" else 0
    return min(int(row["arrived_units"]), int(row["units"]))


def _goes_on(known: KnownOrder, new: NewOrder) -> bool:
    """Say whether a known order stands further in the file.

    Raises:
        Refusal: the file says other lines, or another supplier, than were ordered.

    """
    ordered = sorted((line.item, line.units) for line in known.lines)
    if known.partner != new.partner or ordered != sorted((line.item, line.units) for line in new.lines):
        raise Refusal(_says_otherwise(known))
    return known.status not in ENDED and _RANK.index(new.status) > _RANK.index(known.status)


def _says_otherwise(known: KnownOrder) -> Sentence:
    return say(
        "Order {number} is in the ledger and says other lines or another supplier. Give the new one a number of its "
        "own; or cancel the first: allocator order cancel {number}",
        number=known.number,
    )
