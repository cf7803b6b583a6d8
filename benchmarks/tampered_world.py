"""The ledgers that are tampered with: one as it stood after every command, what was kept of it, and its forks.

`a_world` types a county's story (`benchmarks/corruptible.py`), lets a clerk record more, and keeps a copy of the
database after every step: each is an old backup, and each has its newest head in the witness's folder.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.corruptible import Made, make
from data.sealed import seal_all, signer_of
from models.checkpoint import Signer
from models.database import reading, sqlite_module
from models.days import now_micros
from models.entry import Counted, Entry, Line, LotKey, Refusal
from models.ledger import Ledger, open_ledger
from models.paper_proof import PaperProof, proofs_of
from models.sealing import seal
from models.tables import balance, document, item, location, lot
from models.tree import newest_head, size_of

__all__ = ["Clerk", "State", "World", "a_world"]

_DAY = 86_400_000_000
_EXPIRES = "2099-01-31"


@dataclass(frozen=True)
class State:
    """The ledger after one step: a copy of its database, and the newest head, which was kept elsewhere.

    `size`: leaves under that head; `papers`: what sheets that were printed then say of documents.
    """

    copy: Any  # the driver's connection to a database in memory
    size: int
    note: str
    papers: Sequence[PaperProof]


class Clerk:
    """Records drawn documents, each of which a person could have recorded."""

    def __init__(self, ledger: Ledger, rng: random.Random, *, name: str = "clerk") -> None:
        self.ledger = ledger
        self._rng = rng
        self._name = name
        self._number = 0

    def work(self, documents: int) -> int:
        """Record some documents; return how many were not refused."""
        return sum(self._one() for _ in range(documents))

    def _one(self) -> bool:
        kind = self._rng.choice((self._receive, self._receive, self._issue, self._issue, self._count, self._back_dated))
        kind = self._rng.choice((kind, self._transfer, self._reverse))
        try:
            kind()
        except Refusal:
            return False
        return True

    def _post(self, type_: str, *lines: Line, days_ago: int = 0, **more: Any) -> int:
        self._number += 1
        now = now_micros()
        key = f"{self._name}-{self._rng.getrandbits(64):x}-{self._number}"
        settings: dict[str, Any] = {"site": "D1", "actor": "local", "occurred_at": now - days_ago * _DAY} | more
        return self.ledger.post(Entry(key=key, type=type_, lines=lines, **settings), recorded_at=now).id

    def _receive(self, days_ago: int = 0) -> None:
        lot_ = LotKey(self._rng.choice(("MASK", "SUIT")), f"E{self._rng.randrange(6)}", expires=_EXPIRES)
        details = {"partner": "S1", "source": "procurement", "certificate": f"C-{self._rng.randrange(99)}"}
        line = Line("SUPPLIER:S1", "D1", lot_, self._rng.randint(10, 500))
        self._post("receive", line, days_ago=days_ago, details=details)

    def _back_dated(self) -> None:
        self._receive(self._rng.randint(1, 30))

    def _held(self, place: str) -> tuple[LotKey, int] | None:
        with reading(self.ledger.engine) as connection:
            query = (
                sa.select(item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark, balance.c.units)
                .join_from(balance, lot, lot.c.id == balance.c.lot)
                .join(item, item.c.id == lot.c.item)
                .join(location, location.c.id == balance.c.location)
                .where(location.c.code == place, balance.c.units > 1, lot.c.lot_no != "L1")
            )
            rows = connection.execute(query.order_by(lot.c.id)).all()
        if not rows:
            return None
        row = self._rng.choice(rows)
        return LotKey(*row[:5]), int(row.units)

    def _issue(self) -> None:
        held = self._held(self._rng.choice(("D1", "P1")))
        if held is not None:
            line = Line("D1", "CONSUMED:D1", held[0], self._rng.randint(1, min(40, held[1])))
            self._post("issue", line, reason=self._rng.choice(("", "shift")))

    def _count(self) -> None:
        held = self._held("D1")
        if held is not None:
            found = Counted("D1", held[0].item, held[0], max(0, held[1] + self._rng.randint(-3, 3)))
            self._post("count", counted=(found,))

    def _transfer(self) -> None:
        held = self._held("D1")
        if held is None:
            return
        shipment = f"T-{self._rng.getrandbits(40):X}"
        line = Line("D1", f"IN_TRANSIT:{shipment}", held[0], self._rng.randint(1, min(20, held[1])))
        sent = self._post("transfer", line, shipment=shipment, details={"to": "P1"})
        back = Line(line.to_location, "P1", held[0], line.units)
        self._post("confirm", back, shipment=shipment, site="P1", refers_to=sent)

    def _reverse(self) -> None:
        held = self._held("D1")
        if held is None:
            return
        line = Line("D1", "CONSUMED:D1", held[0], self._rng.randint(1, held[1]))
        number = self._post("issue", line, days_ago=self._rng.choice((0, 0, 2)))
        with reading(self.ledger.engine) as connection:
            when = connection.execute(sa.select(document.c.occurred_at).where(document.c.id == number)).scalar_one()
        back = Line(line.to_location, "D1", line.lot, line.units)
        self._post("reverse", back, reverses=number, occurred_at=when, reason="wrong-quantity")


@dataclass
class World:
    """A ledger step by step; forks of it that went another way; another county's ledger. `key`: that signs it.

    `forks`: each with the leaves up to which it is the same.
    """

    made: Made
    key: Signer
    states: list[State] = field(default_factory=list)
    forks: list[tuple[int, State]] = field(default_factory=list)
    others: list[State] = field(default_factory=list)

    @property
    def elsewhere(self) -> list[State]:
        """Ledgers that are not this one."""
        return [*(fork for _, fork in self.forks), *self.others]

    @property
    def last(self) -> State:
        """The ledger as it stands."""
        return self.states[-1]

    def heads_until(self, size: int) -> list[Path]:
        """Return the heads in the witness's folder over no more leaves than so many."""
        return [path for path in self.made.heads if int(path.stem) <= size]


def a_world(folder: Path, *, documents: int, seed: int = 0, others: int = 1) -> World:
    """Make a world in a folder, with so many drawn documents after the story, and so many other ledgers."""
    made_in = folder / "ledger"
    made_in.mkdir(parents=True)
    states: list[State] = []
    made = make(made_in, after=lambda: states.append(_state(f"sqlite:///{made_in / 'ledger.sqlite'}")))
    ledger = open_ledger(made.url)
    world = World(made, signer_of(ledger, made.url), states)
    _go_on(ledger, made.url, random.Random(seed), documents, lambda: states.append(_state(made.url)))
    ledger.engine.dispose()
    # Forks begin from copies early, in the middle and late, and end with more leaves than the ledger has.
    for number, start in enumerate((0, len(states) // 2, len(states) - 3)):
        fork = _fork(folder / f"fork{number}", world, states[start], seed=seed + 1 + number)
        world.forks.append((states[start].size, fork))
    for number in range(others):
        elsewhere = folder / f"other{number}"
        elsewhere.mkdir()
        world.others.append(_state(make(elsewhere).url))
    return world


def _state(url: str) -> State:
    ledger = open_ledger(url)
    copy = sqlite_module().connect(":memory:", check_same_thread=False)
    with reading(ledger.engine) as connection:
        head = newest_head(connection)
        if head is None:
            raise ValueError(f"{url} was never sealed")
        numbers = list(connection.execute(sa.select(document.c.id)).scalars())
        papers = list(proofs_of(connection, numbers).values())
        driver: Any = connection.connection.driver_connection
        driver.backup(copy)
    ledger.engine.dispose()
    return State(copy, head.size, head.checkpoint, papers)


def _go_on(ledger: Ledger, url: str, rng: random.Random, documents: int, after: Callable[[], None]) -> None:
    clerk = Clerk(ledger, rng)
    done = 0
    while done < documents:
        done += clerk.work(rng.randint(1, 4))
        seal_all(ledger, url, anyway=True)
        after()


def _fork(folder: Path, world: World, start: State, *, seed: int) -> State:
    """Let the ledger go on from a copy on another machine, with the same key, until it is larger than the first."""
    folder.mkdir()
    file = folder / "ledger.sqlite"
    target = sqlite_module().connect(str(file))
    start.copy.backup(target)
    target.close()
    shutil.copy(world.made.folder / "ledger.sqlite.key", folder / "ledger.sqlite.key")
    url = f"sqlite:///{file}"
    ledger, clerk = open_ledger(url), Clerk(open_ledger(url), random.Random(seed), name=f"fork{seed}")
    with reading(ledger.engine) as connection:
        size = size_of(connection)
    while size <= world.last.size:
        size += clerk.work(8)
    # No witness is asked: where it goes on, none is reached.
    seal(ledger, key=world.key, at=now_micros())
    clerk.ledger.engine.dispose()
    ledger.engine.dispose()
    return _state(url)
