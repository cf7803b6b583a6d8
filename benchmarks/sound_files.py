"""Whether an SQLite ledger's file is sound: read by SQLite itself, by the laws, and by the audit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.killing import in_child
from benchmarks.ledger_laws import faults_of
from models.audit import audit
from models.checkpoint import Signer
from models.days import now_micros
from models.ledger import open_ledger
from models.sealing import seal

__all__ = ["unsound"]

_KEY = Signer("after")


def unsound(file: Path) -> list[str]:
    """Return what does not hold in a ledger's file, sealed first."""
    return in_child(lambda: "\n".join(_lines(f"sqlite:///{file}"))).splitlines()


def _lines(url: str) -> Iterator[str]:
    ledger = open_ledger(url)
    with ledger.engine.connect() as connection:
        damage = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    yield from (f"damaged: {each}" for each in damage if each != "ok")
    yield from faults_of(ledger.engine)
    seal(ledger, key=_KEY, at=now_micros())
    fault = audit(ledger, at=now_micros()).fault
    if fault is not None:
        yield f"audit: {fault.sentence}"
