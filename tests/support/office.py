"""An office that posts requests to a small ledger; days count from day 0, 2020-02-10, noon."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ledgers import a_ledger, at

from data.texts import translator
from models.database import reading
from models.document_notes import notes_of, notes_of_entry
from models.documents import Draft, post_draft
from models.documents_in import receive
from models.documents_read import SeenDocument, read_document
from models.entry import Refusal
from models.ledger import Ledger
from models.requests import Head, Row
from models.tables import balance, item, location, lot

__all__ = ["FAR", "Office", "masks", "moved", "refusal", "refusal_at_once"]

FAR = "2021-03-01"


class Office:
    """Posts requests to one ledger: days count from day 0, 2020-02-10, noon."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        self.ledger = a_ledger() if ledger is None else ledger
        self.numbers = itertools.count(1)

    def head(self, *, day: float = 0, **said: object) -> Head:
        return Head(**({"key": f"k{next(self.numbers)}", "actor": "A", "occurred_at": at(day)} | said))

    def post(self, draft: Draft) -> SeenDocument:
        posted = post_draft(self.ledger, draft, recorded_at=at(100))
        with reading(self.ledger.engine) as connection:
            seen = read_document(connection, posted.id)
            # What is told of a document at once is what is told of it later.
            told = None if posted.entry is None else notes_of_entry(posted.entry, zone=self.ledger.zone)
            assert told in (None, notes_of(connection, seen, zone=self.ledger.zone))
        return seen

    def notes(self, seen: SeenDocument) -> list[str]:
        with reading(self.ledger.engine) as connection:
            return [translator("en")(note) for note in notes_of(connection, seen, zone=self.ledger.zone)]

    def receive(
        self, *lots: tuple[str, str | None, int], code: str = "I1", site: str = "D1", day: float = 0, **more: Any
    ):
        rows = [Row(item=code, quantity=units, lot_no=no, expires=expires) for no, expires, units in lots]
        return self.post(receive(self.head(day=day), site=site, partner="S1", rows=rows, **more))

    def held(self) -> dict[tuple[str, str], int]:
        query = (
            sa.select(location.c.code, lot.c.lot_no, balance.c.units)
            .join_from(balance, location, location.c.id == balance.c.location)
            .join(lot, lot.c.id == balance.c.lot)
            .join(item, item.c.id == lot.c.item)
            .where(balance.c.sign == 1, balance.c.units != 0)
        )
        with reading(self.ledger.engine) as connection:
            return {(place, no): units for place, no, units in connection.execute(query)}


def masks(units: int | None, lot_no: str | None = None, **more: Any) -> Row:
    return Row(item="I1", quantity=units, lot_no=lot_no, **more)


def moved(seen: SeenDocument) -> list[tuple[str, str, str, int]]:
    return [(line.from_location, line.to_location, line.lot.lot_no, line.units) for line in seen.lines]


def refusal(office: Office, draft: Draft) -> list[str]:
    with pytest.raises(Refusal) as refused:
        office.post(draft)
    return [translator("en")(sentence) for sentence in refused.value.sentences]


def refusal_at_once(make: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        make()
    return " ".join(translator("en")(sentence) for sentence in refused.value.sentences)
