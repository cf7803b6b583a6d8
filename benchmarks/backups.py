"""`python -m benchmarks.backups`: what it takes to back up and to restore a ledger of 10,000,000 postings.

From each database into a file, and from that file into each database, as `allocator backup` and `allocator restore` do
it, with the proof of what was written; beside it the bytes, and the seconds the disk takes for as many. Prints the
page, or writes it to --out:

python -m benchmarks.backups --lines 100000 --database sqlite
python -m benchmarks.backups --out docs/benchmarks-backup.md   (some twenty minutes)
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.grown_ledger import Grown, grown
from benchmarks.grown_writing import write_grown
from benchmarks.ledger_reading import DATABASES, server, told, version_of
from benchmarks.machine import machine
from data.encrypted_file import decrypt, encrypt
from models.audit import audit
from models.backing_up import backup, from_backup, restore
from models.database import reading
from models.days import now_micros
from models.ledger import open_ledger
from models.sealing import origin_of, seal
from models.signing_key import key_of

T = TypeVar("T")

_SECRET = b"a secret of a county"
_BLOCK_BYTES = 2**22
_HEAD = """# Backing a grown ledger up, and restoring it

Written by `python -m benchmarks.backups` (`make bench-backup` does both databases); do not edit by hand. The ledger is
invented ([grown_ledger.py](../benchmarks/grown_ledger.py)). A backup is written and replayed from its file; a restore
replays the file, writes the ledger and replays that. Promised for 10,000,000 postings: backup 180 s, restore 900 s.
Beside each stands what the disk takes to write and fsync as many bytes.

"""


def main() -> None:
    """Measure, word."""
    asked = _arguments()
    ledger = grown(asked.lines)
    rows = []
    for name in asked.database:
        folder = Path(tempfile.mkdtemp(prefix="allocator-backups-"))
        try:
            rows += _measured(name, folder, ledger)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    text = _page(rows, ledger)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    else:
        print(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backups", description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=5_000_000, help="movement lines of the ledger")
    parser.add_argument("--database", choices=DATABASES, action="append", help="one or both; default: both")
    parser.add_argument("--out", type=Path, help="write the page here")
    asked = parser.parse_args()
    asked.database = asked.database or list(DATABASES)
    return asked


def _timed(name: str, what: str, work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    found = work()
    return told(name, what, began), found


def _measured(name: str, folder: Path, columns: Grown) -> list[dict[str, Any]]:
    """Return a row for the backup of one database, and for its restore into that database and for encrypting it."""
    file = folder / "backup.ledger"
    with server(name, folder) as url:
        made = write_grown(url, columns)
        with reading(made.engine) as connection:
            key, version = key_of(folder / "key", name=origin_of(connection)), version_of(connection)
        seal(made, key=key, at=now_micros())
        load = os.getloadavg()[0]
        written, _ = _timed(name, "backed up", lambda: backup(made, file))
        made.engine.dispose()
        proved, _ = _timed(name, "replayed", lambda: _proved(file))
        size = file.stat().st_size
        target = url.replace("ledger.sqlite", "restored.sqlite")
        if name == "postgresql":
            with made.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("CREATE DATABASE restored")
            made.engine.dispose()
            target = url.replace("/grown?", "/restored?")
        put, _ = _timed(name, "restored", lambda: restore(file, target))
        again, _ = _timed(name, "replayed", lambda: _holds(target))
        secret, _ = _timed(name, "encrypted and decrypted", lambda: _there_and_back(file, folder))
        disk, _ = _timed(name, "bytes written", lambda: _plain(folder / "bytes", size))
    about = {"database": version, "bytes": size, "disk": disk, "load": load}
    return [
        {**about, "what": "backup", "work": written, "proof": proved},
        {**about, "what": "restore", "work": put, "proof": proved + again},
        {**about, "what": "encrypting, and decrypting", "work": secret, "proof": 0.0},
    ]


def _proved(file: Path) -> None:
    with from_backup(file) as ledger:
        report = audit(ledger, at=now_micros())
    if report.fault is not None:
        raise ValueError(f"the backup does not hold: {report.fault}")


def _holds(url: str) -> None:
    ledger = open_ledger(url)
    report = audit(ledger, at=now_micros())
    ledger.engine.dispose()
    if report.fault is not None:
        raise ValueError(f"the restored ledger does not hold: {report.fault}")


def _there_and_back(file: Path, folder: Path) -> None:
    sealed, plain = folder / "sealed", folder / "plain"
    with file.open("rb") as source, sealed.open("wb") as target:
        encrypt(source, target, _SECRET)
    with sealed.open("rb") as source, plain.open("wb") as target:
        decrypt(source, target, _SECRET)
    sealed.unlink()
    plain.unlink()


def _plain(file: Path, size: int) -> None:
    """Write as many bytes, and wait for the disk."""
    block = os.urandom(_BLOCK_BYTES)
    with file.open("wb") as out:
        for _ in range(size // _BLOCK_BYTES + 1):
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    file.unlink()


def _page(rows: list[dict[str, Any]], columns: Grown) -> str:
    size = f"{len(columns.lot):,} lines ({2 * len(columns.lot):,} postings) of {len(columns.type):,} documents."
    lines = [
        "| database | what | file, MB | work, s | proof, s | together, s | the disk alone, s | load before |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row['database']} | {row['what']} | {row['bytes'] / 1e6:,.0f} | {row['work']:.0f} | {row['proof']:.0f} | "
        f"{row['work'] + row['proof']:.0f} | {row['disk']:.1f} | {row['load']:.1f} |"
        for row in rows
    ]
    about = [f"- {what}: {value}" for what, value in machine().items()]
    return "\n".join([_HEAD + size, "", *lines, "", "## Machine", "", *about, ""])


if __name__ == "__main__":
    main()
