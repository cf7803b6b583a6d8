"""A small county's ledger to try faults on, and what is in it at a moment: all of it, told apart to the last row."""

from __future__ import annotations

import atexit
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.ledger_laws import faults_of
from benchmarks.typed import typed
from models.database import open_database, sqlite_module

__all__ = ["LEDGER", "State", "ground", "laid_out", "laws_broken", "lines_csv", "receipts_csv", "state_of", "url_of"]

LEDGER = "county.sqlite"

State = dict[str, Any]

_FACTS = ("document", "move", "counted", "balance", "version", "plan", "plan_event", "leaf", "tree_head")
_SITES, _ITEMS, _DEPOTS = 12, 3, 2


def url_of(folder: Path) -> str:
    """Return the address of the ledger in a folder."""
    return f"sqlite:///{folder / LEDGER}"


def ground(folder: Path) -> Path:
    """Make the ledger of an invented county in `folder/ground`, with its case beside it; return that folder."""
    shutil.copytree(_made(), folder / "ground")
    return folder / "ground"


@cache
def _made() -> Path:
    """Make it once for all that is tried in this process."""
    home = tempfile.mkdtemp(prefix="allocator-faults-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    place = Path(home) / "ground"
    place.mkdir()
    case, db = str(place / "case"), url_of(place)
    sizes = ("--sites", str(_SITES), "--items", str(_ITEMS), "--depots", str(_DEPOTS), "--seed", "1")
    for words in (("sample", "county", *sizes, "--out", case), ("init",), ("import", case), ("allocate",)):
        answer = typed(*words, db=db)
        if answer.status:
            raise SystemExit(f"{' '.join(words)}: {answer.said}")
    (place / "lines.csv").write_text(lines_csv(400), encoding="utf-8")
    (place / "receipts.csv").write_text(receipts_csv(300), encoding="utf-8")
    (place / "sites-new.csv").write_text(_new_sites(60), encoding="utf-8")
    answer = typed("backup", "--out", str(place / "backup.ledger"), db=db)
    if answer.status:
        raise SystemExit(answer.said)
    return place


def lines_csv(lines: int) -> str:
    """Return the lines of one receipt, each of a lot of its own."""
    return "item,units,lot\n" + "".join(f"MASK,{10 + each % 7},L{each:05}\n" for each in range(lines))


def receipts_csv(documents: int) -> str:
    """Return a file of receipts at the first depot, a document each."""
    rows = (f"DEP01,ABROAD,MASK,{10 + each % 7},R{each:05},ref {each}\n" for each in range(documents))
    return "site,partner,item,units,lot,reference\n" + "".join(rows)


def _new_sites(count: int) -> str:
    return "site,kind,area,name\n" + "".join(f"N{each:03},clinic,900121,new clinic {each}\n" for each in range(count))


def laid_out(source: Path, target: Path) -> None:
    """Put a fresh copy of the ledger, and of its key, into a folder."""
    for name in (LEDGER, f"{LEDGER}.key"):
        shutil.copy2(source / name, target / name)


def state_of(file: Path) -> State:
    """Return what a ledger holds: a digest of every table of facts, how many documents, and whether SQLite is content.

    The rows of trees are left out but for their number: they are signed at a time.
    """
    connection = sqlite_module().connect(str(file))
    found: State = {"damage": ""}
    try:
        told = connection.execute("PRAGMA integrity_check").fetchall()
        found["damage"] = "" if told == [("ok",)] else str(told[0][0])
        for table in _FACTS:
            if table in ("leaf", "tree_head", "version", "plan_event", "plan"):
                found[table] = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            else:
                found[table] = _digest(connection.execute(_QUERIES[table]))
        found["documents"] = connection.execute("SELECT count(*) FROM document").fetchone()[0]
        found["negative"] = connection.execute("SELECT count(*) FROM balance WHERE units * sign < 0").fetchone()[0]
    except sqlite_module().Error as error:
        return {"damage": str(error)}
    finally:
        connection.close()
    return found


_QUERIES = {
    "document": "SELECT id, type, site, reason FROM document ORDER BY id",
    "move": "SELECT document, line, from_location, to_location, lot, units FROM move ORDER BY document, line",
    "counted": "SELECT document, line, location, item, lot, units FROM counted ORDER BY document, line",
    "balance": "SELECT location, lot, units FROM balance ORDER BY location, lot",
}
"""Without times and keys, which differ from one run to the next."""


def _digest(rows: Iterable[tuple[Any, ...]]) -> str:
    held = hashlib.sha256()
    for row in rows:
        held.update(json.dumps(row).encode())
    return held.hexdigest()[:16]


def laws_broken(db: str) -> list[str]:
    """Return which laws of the ledger do not hold."""
    engine = open_database(db)
    try:
        return list(faults_of(engine))
    except sa.exc.DatabaseError as error:
        return [f"damaged: {error.orig}"]
    finally:
        engine.dispose()
