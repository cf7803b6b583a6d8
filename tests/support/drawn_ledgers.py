"""Ledgers of drawn documents: any kinds, in any order of days, some refused."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import sqlalchemy as sa
from ledgers import Book, at

from models.careful import Account
from models.database import reading
from models.entry import Counted, Line, LotKey, Refusal
from models.ledger import Ledger
from models.tables import balance, move

__all__ = ["ACCOUNTS", "DAYS", "LOTS", "draw_documents", "every_account_at"]

DAYS = range(-1, 5)
LOTS = (LotKey("I1", "a"), LotKey("I1", "b", expires="2020-02-12"), LotKey("I2", "c"), LotKey("I3"))
ACCOUNTS = ("D1", "P1", "P2", "QUARANTINE:D1", "IN_TRANSIT:T1", "RESERVED:O1")
_MOVES = (
    ("opening", "OPENING", "D1"),
    ("receive", "SUPPLIER:S1", "D1"),
    ("receive", "DONOR:N1", "P1"),
    ("issue", "P1", "CONSUMED:P1"),
    ("issue", "D1", "CONSUMED:D1"),
    ("transfer", "D1", "IN_TRANSIT:T1"),
    ("confirm", "IN_TRANSIT:T1", "P2"),
    ("quarantine", "D1", "QUARANTINE:D1"),
    ("release", "QUARANTINE:D1", "D1"),
    ("reserve", "D1", "RESERVED:O1"),
    ("unreserve", "RESERVED:O1", "D1"),
)


def draw_documents(ledger: Ledger, seed: int, documents: int) -> Iterator[int]:
    """Post drawn documents one by one; give the id of each that was not refused."""
    rng = random.Random(seed)
    book = Book(ledger)
    while documents:
        try:
            posted = _draw(book, rng)
        except Refusal:
            continue
        documents -= 1
        yield posted


def _draw(book: Book, rng: random.Random) -> int:
    day, lot = rng.choice(DAYS), rng.choice(LOTS)
    # One shipment is enough to be seen on its way; two documents send it.
    if rng.random() < 0.25:
        place = rng.choice(ACCOUNTS[:4])
        rows = (Counted(place, lot.item, None, 0),) if rng.random() < 0.3 else ()
        rows += (Counted(place, lot.item, lot, rng.choice((0, 0, 3, 8))),) if rng.random() < 0.8 or not rows else ()
        return book.post("count", day=day, counted=rows).id
    type_, source, target = rng.choice(_MOVES)
    shipment = "T1" if "IN_TRANSIT:T1" in (source, target) else None
    return book.post(type_, Line(source, target, lot, rng.randint(1, 9)), day=day, shipment=shipment).id


def every_account_at(ledger: Ledger, days: range = DAYS) -> dict[int, dict[Account, int]]:
    """Return what every account that there is holds at the end of each day, line by line."""
    with reading(ledger.engine) as connection:
        accounts = [(row.location, row.lot) for row in connection.execute(sa.select(balance))]
        lines = connection.execute(sa.select(move)).all()
    held = {day: dict.fromkeys(accounts, 0) for day in days}
    for day, line in itertools.product(days, lines):
        if line.at <= at(day + 0.4):
            held[day][line.from_location, line.lot] -= line.units
            held[day][line.to_location, line.lot] += line.units
    return held
