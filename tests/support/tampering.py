"""A sealed ledger with some of everything, and ways of altering it that no guard stops."""

from __future__ import annotations

from dataclasses import dataclass

from ledgers import MASKS, Book, a_ledger, at

from benchmarks.tampered_hands import past_the_guards, rebuild
from models.audit import Report, audit
from models.audit_tree import Outside
from models.checkpoint import Signer
from models.database import reading
from models.entry import Line, LotKey, Mark
from models.ledger import Ledger
from models.sealing import seal
from models.tree import newest_head

__all__ = ["KEY", "LOT", "NOW", "Sealed", "audited", "past_the_guards", "said", "sealed_ledger", "tamper"]

KEY = Signer("test", seed=bytes(32))
NOW = at(100) + 1_000_000
LOT = LotKey("I2", "L1", expires="2020-06-01")


@dataclass(frozen=True)
class Sealed:
    """A ledger, and a head of it that was taken outside early: after its first three documents."""

    ledger: Ledger
    kept: Outside


def sealed_ledger(url: str = "") -> Sealed:
    """Make a ledger of thirteen documents under two heads, with every kind of row; everything in it holds."""
    book = Book(a_ledger(url))
    book.change(100, day=0)  # 1
    book.change(-30, day=1)  # 2
    book.change(-5, day=3)  # 3
    seal(book.ledger, key=KEY, at=at(100) + 100)
    with reading(book.ledger.engine) as connection:
        head = newest_head(connection)
    assert head is not None
    book.count({MASKS: 60}, day=4)  # 4: five too few
    book.change(7, day=2)  # 5: back-dated, so it carries a counter-line
    book.count({None: 0}, day=5, item="I3")  # 6
    book.post("reverse", Line("CONSUMED:D1", "D1", MASKS, 5), reverses=3, day=3)  # 7
    book.post("transfer", Line("D1", "IN_TRANSIT:T1", MASKS, 20), day=6, shipment="T1", approver="B")  # 8
    book.post("confirm", Line("IN_TRANSIT:T1", "P1", MASKS, 19), day=7, shipment="T1", refers_to=8)  # 9
    book.change(40, day=6, lot=LOT, details={"price_micro": 1_200_000, "certificate": "C-7"})  # 10
    book.change(-10, day=7, lot=LOT, reason="use “at once”")  # 11
    book.post("recall", Line("D1", "QUARANTINE:D1", LOT, 30), day=8, marks=(Mark(LOT, "recalled"),))  # 12
    book.change(1, day=9)  # 13
    seal(book.ledger, key=KEY, at=NOW)
    return Sealed(book.ledger, Outside("head.txt", head.checkpoint))


def tamper(ledger: Ledger, *statements: str, stolen_key: Signer | None = None, retell: bool = False) -> None:
    """Alter a ledger as somebody could who owns its database, and put the guards back afterwards.

    `retell`: then rewrite every hash, leaf, tile and root so that they fit; heads are signed anew with
    `stolen_key`, else they keep their former signatures.
    """
    with past_the_guards(ledger.engine) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        if retell or stolen_key:
            rebuild(connection, stolen_key)


def audited(ledger: Ledger, *outside: Outside, at: int = NOW, hands: int = 1) -> Report:
    """Audit a ledger."""
    return audit(ledger, at=at, outside=outside, hands=hands)


def said(report: Report) -> tuple[str, str]:
    """Return which check found something, and what."""
    return ("", "") if report.fault is None else (report.fault.check, str(report.fault.sentence))
