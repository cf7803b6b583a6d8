"""A buyer who places orders at a small ledger and receives against them; days count from 2020-02-10."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from ledgers import a_ledger, at
from office import Office

from models.catalogue_purchase import save_offers
from models.database import reading, writing
from models.documents_in import receive
from models.documents_undo import reverse
from models.ledger import Ledger
from models.order_imports import save_orders
from models.order_receipts import all_to_come, post_receipt_of
from models.ordering import NewLine, NewOrder, add_step, place_all
from models.orders import KnownOrder, find_order
from models.requests import Row
from models.tables import lane, location
from models.versions import Stamp

__all__ = ["STAMP", "TODAY", "UTC", "Buyer", "ordered"]

UTC = ZoneInfo("UTC")
TODAY = dt.date(2020, 2, 10)
STAMP = Stamp("A", at(0))
NOTHING = Row(item="", quantity=None)


class Buyer:
    """Orders at one ledger in which D1 is the depot, and S1 offers I1 at 1.2 yuan within 5 days."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        self.ledger = a_ledger() if ledger is None else ledger
        self.office = Office(self.ledger)
        with writing(self.ledger.engine) as connection:
            ids = dict(connection.execute(sa.select(location.c.code, location.c.id)).all())
            connection.execute(lane.insert(), [{"depot": ids["D1"], "site": ids["P1"]}])
            offer = {"partner": ["S1"], "item": ["I1"], "price_micro": [1_200_000], "lead_days": [5]}
            save_offers(connection, offer, STAMP)

    def place(self, *lines: NewLine, again: bool = False, **said: object) -> str:
        new = NewOrder(**({"number": "", "partner": "S1", "day": TODAY.isoformat(), "lines": lines} | said))
        with writing(self.ledger.engine) as connection:
            return place_all(connection, [new], STAMP, zone=UTC, today=TODAY, again=again)[0]

    def step(self, number: str, status: str, *, day: int = 0, **said: str) -> None:
        with writing(self.ledger.engine) as connection:
            add_step(connection, number, status, STAMP, zone=UTC, day=TODAY + dt.timedelta(days=day), **said)

    def receive(self, number: str, item: str, units: int, *, day: float = 1, site: str = "D1", **head: object) -> int:
        draft = receive(
            self.office.head(day=day, **head),
            site=site,
            partner="S1",
            rows=[Row(item=item, quantity=units)],
            order=number,
        )
        return post_receipt_of(self.ledger, draft, number, Stamp("A", at(day))).id

    def receive_rest(
        self, number: str, *, day: float = 1, site: str = "D1", like: Row = NOTHING, **head: object
    ) -> int:
        """Receive all that is still to come of an order at a site, with what `like` says of the one line."""
        rows = all_to_come(number, site, like, UTC)
        draft = receive(self.office.head(day=day, **head), site=site, partner="S1", rows=rows, order=number)
        return post_receipt_of(self.ledger, draft, number, Stamp("A", at(day))).id

    def reverse(self, document: int) -> None:
        self.office.post(reverse(self.office.head(reason="never-happened"), number=document))

    def import_rows(self, **columns: list[object]) -> tuple[int, int, int]:
        """Take a table of orders in; return how many lines are new, changed and the same."""
        with writing(self.ledger.engine) as connection:
            found = save_orders(connection, columns, STAMP)
        return found.new, found.changed, found.same

    def order(self, number: str) -> KnownOrder:
        with reading(self.ledger.engine) as connection:
            return find_order(connection, number, UTC)

    def to_come(self, number: str) -> list[tuple[str, int, str]]:
        order = self.order(number)
        return [(line.item, order.outstanding_units(line), line.arrives) for line in order.lines]


def ordered(units: int, **said: object) -> NewLine:
    return NewLine(item="I1", units=units, **said)
