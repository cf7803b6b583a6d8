"""Store a ledger of this program's version for later programs to carry forward: `python -m benchmarks.stored_ledger`.

Once for each version of the schema, before the first migration after it: a backup with rows in every table, as
operators keep them, and the newest head as it would be kept elsewhere. What is there is never written again.
"""

from __future__ import annotations

import datetime as dt
import lzma
import os
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from click.testing import CliRunner

from allocator.finding import Evidence, finding_of
from allocator.sentence import say
from benchmarks.corruptible import make
from cli import root
from models.database import open_database, reading, writing
from models.days import now_micros
from models.finding_events import open_item
from models.ledger import open_ledger
from models.schema import HEAD
from models.table_parts import metadata
from models.tables import tree_head
from models.versions import Stamp

HERE = Path(__file__).parents[1] / "tests" / "upgrades"

# What no command writes of itself: nothing of it is a fact.
_BESIDE = {
    "password": {"person": "lin", "hash": "$argon2id$", "set_at": 1},
    "sign_in_failure": {"id_hash": bytes(32), "failures": 2, "last_at": 1},
    "web_session": {"token_hash": bytes(32), "person": "lin", "made_at": 1, "seen_at": 1},
    "api_token": {
        "token_hash": bytes(32), "person": "lin", "name": "feed", "scopes": "see-stock", "made_at": 1,
        "expires_at": 2, "revoked": 0,
    },
    "job": {"kind": "stress", "actor": "lin", "arguments": "{}", "state": "waiting", "asked_at": 1},
    "draft": {"id": "d1", "kind": "count", "actor": "wu", "changed_at": 1, "body": "{}"},
    "kept_answer": {"actor": "wu", "key": "k1", "asked": bytes(32), "at": 1, "status": 201, "body": "{}"},
    "kept_upload": {
        "id": "u1", "person": "wu", "name": "stock.csv", "kind": "receipts", "day": "", "file": b"number", "kept_at": 1,
    },
    "report_draft": {"person": "wu", "kind": "use", "site": "P1", "fields": "{}", "saved_at": 1},
    "saved_view": {"person": "wu", "name": "masks", "address": "/stock?item=MASK", "saved_at": 1},
    "witness_contact": {"witness": "bank", "tried_at": 1, "why": "no answer"},
    "day_close": {"day": "2020-02-10", "document": 1, "actor": "lin", "recorded_at": 1, "tree_size": 1},
}  # fmt: skip


def main() -> None:
    """Make the ledger, fill what is beside, back it up, keep its head."""
    file, head = HERE / f"ledger_{HEAD}.xz", HERE / f"head_{HEAD}.txt"
    if file.exists():
        sys.exit(f"{file} is there. A stored ledger is never written again.")
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder))
        engine = open_database(made.url, connections=1)
        with writing(engine) as connection:
            for name, row in _BESIDE.items():
                connection.execute(sa.insert(metadata.tables[name]), row)
        os.environ["ALLOCATOR_DB"] = made.url
        _decide(made.url)
        _typed("audit", "check", "--actor", "lin")
        _typed("backup", "--out", f"{folder}/stored")
        with reading(engine) as connection:
            empty = [
                table.name
                for table in metadata.sorted_tables
                if connection.execute(sa.select(*table.columns).limit(1)).first() is None
            ]
            newest = connection.execute(sa.select(tree_head.c.checkpoint).order_by(tree_head.c.size.desc())).scalar()
        engine.dispose()
        file.write_bytes(lzma.compress((Path(folder) / "stored").read_bytes(), preset=9))
        head.write_text(str(newest), encoding="utf-8")
    print(f"{file}: {file.stat().st_size:,} bytes; tables without a row: {', '.join(empty) or 'none'}")


def _decide(url: str) -> None:
    """Open a finding to be mended: so young a ledger has none of its own."""
    seen = Evidence(day=dt.date(2020, 2, 11), said=say("seen"), document=5, site="P1", person="keeper")
    found = finding_of("shrinkage", "keeper", [seen], strength=5, sentence=say("It goes missing."))
    ledger = open_ledger(url)
    open_item(ledger, found, Stamp("lin", now_micros()), owner="wu", due=dt.date(2099, 1, 1), note="recount")
    ledger.engine.dispose()


def _typed(*words: str) -> str:
    done = CliRunner().invoke(root, ["--lang", "en", *words])
    if done.exit_code:
        raise ValueError(done.output)
    return done.stdout


if __name__ == "__main__":
    main()
