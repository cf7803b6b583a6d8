"""What is written while the power is cut: documents alone and together, batches, seals, imports, in one process.

Every step notes what it acknowledged, once it is durable, between the writes that the disk saw.
"""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner

from benchmarks.ledger_rush import stocked, takes
from benchmarks.watched_disk import Event, watch
from models import database
from models.checkpoint import Signer
from models.database import writing
from models.days import now_micros
from models.entry import Entry, LotKey
from models.ledger import Ledger, open_ledger
from models.sealing import seal
from models.tables import partner

__all__ = ["BATCH", "IMPORTED", "stock", "written"]

BATCH = 12
"""Documents of a batch, which is posted whole or not at all."""

IMPORTED = 20
"""Documents of an imported file, likewise."""

_LOTS, _TOGETHER = 40, 4
_KEY = Signer("cut")
_OFTEN = (66, 10, 10, 10, 4)
"""How often each step is done, of a hundred."""


def stock(file: Path) -> None:
    """Make a ledger with enough of everything, and a supplier."""
    ledger, _ = stocked(f"sqlite:///{file}", lots=_LOTS, units=10**9)
    with writing(ledger.engine) as connection:
        connection.execute(partner.insert(), {"code": "S1", "kind": "supplier"})
    ledger.engine.dispose()


def written(file: str, documents: int, synchronous: int, seed: int) -> list[Event]:
    """Write to a ledger; return what happened to its files, and what was acknowledged when ("told": keys, a head)."""
    events: list[Event] = []
    watch(events)
    database._PRAGMAS["synchronous"] = synchronous  # noqa: SLF001 - what nobody else may change
    # Open to the end, as a served ledger is: the last to leave would put the log away, which is another write path.
    writer = _Writer(open_ledger(f"sqlite:///{file}"), Path(file), events, documents, random.Random(seed))
    steps = (writer.alone, writer.together, writer.batch, writer.seal, writer.take_in)
    while writer.left:
        writer.rng.choices(steps, _OFTEN)[0]()
    return events


class _Writer:
    """What is left to write, and the steps that write some of it."""

    def __init__(self, ledger: Ledger, file: Path, events: list[Event], documents: int, rng: random.Random) -> None:
        self.ledger, self.file, self.events, self.rng = ledger, file, events, rng
        lots = [LotKey("I1", f"L{number:04}") for number in range(_LOTS)]
        self.left = takes(lots, documents, lots_each=4, seed=rng.randrange(1 << 30))
        self.steps = 0

    def _told(self, *words: str) -> None:
        self.events.append(Event("told", data="\n".join(words).encode()))

    def _next(self, count: int) -> list[Entry]:
        taken, self.left = self.left[:count], self.left[count:]
        return taken

    def _post(self, entry: Entry) -> None:
        self.ledger.post(entry, recorded_at=now_micros())
        self._told(f"key {entry.key}")

    def alone(self) -> None:
        """Post one document."""
        for entry in self._next(1):
            self._post(entry)

    def together(self) -> None:
        """Post some at once, from threads, which share a transaction."""
        threads = [threading.Thread(target=self._post, args=(entry,)) for entry in self._next(_TOGETHER)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def batch(self) -> None:
        """Post some, all of them or none."""
        self.steps += 1
        entries = [replace(entry, key=f"batch/{self.steps}/{entry.key}") for entry in self._next(BATCH)]
        if len(entries) == BATCH:
            self.ledger.post_all(entries, recorded_at=now_micros())
            self._told(*(f"key {entry.key}" for entry in entries))

    def seal(self) -> None:
        """Seal what is there."""
        head = seal(self.ledger, key=_KEY, at=now_micros())
        if head is not None:
            self._told(f"head {head.size} {head.root.hex()}")

    def take_in(self) -> None:
        """Take in a file by the command."""
        from cli import root

        self.steps += 1
        numbers = [f"file{self.steps}-{number}" for number in range(IMPORTED)]
        file = self.file.with_name(f"receipts-{self.steps}.csv")
        rows = [f"{number},1970-01-02,S1,D1,I1,N{self.steps},2099-01-01,5" for number in numbers]
        file.write_text("number,day,partner,site,item,lot,expires,units\n" + "\n".join(rows), encoding="utf-8")
        done = CliRunner().invoke(root, ["--db", f"sqlite:///{self.file}", "import", str(file), "--as", "receipts"])
        if done.exit_code:
            raise RuntimeError(f"a file was not taken in: {done.output}")
        self._told(*(f"key import/receipts/{number}/D1" for number in numbers))
