"""Honest work that an audit must not call tampering: recording, changing, sealing, restoring, moving, renewing."""

from __future__ import annotations

import random
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.tampered_stage import Stage
from benchmarks.tampered_world import Clerk, State, World
from models.backing_up import backup, restore
from models.book import Book
from models.catalogue_rows import Kept, save
from models.checkpoint import Signer
from models.copying import copy_ledger
from models.cosigning import cosign
from models.database import is_sqlite, open_database, reading, sqlite_module, writing
from models.days import now_micros
from models.entry import Refusal
from models.names import Names
from models.people import Person, add_person, disable_person, give_role, take_role
from models.policies import policy_of, set_policy
from models.sealing import seal
from models.tables import item, partner, person, sign_in_failure
from models.versions import Stamp
from models.witnesses import Witness, due_heads, keep_cosignature, save_witness

__all__ = ["WORK", "honest_work"]

Work = Callable[[Stage, World, random.Random], None]


def honest_work(name: str, stage: Stage, world: World, rng: random.Random) -> None:
    """Do one kind of work, then seal, as every command does."""
    WORK[name](stage, world, rng)
    seal(stage.ledger, key=world.key, at=now_micros())


def _write(stage: Stage, work: Callable[[sa.Connection, Stamp], Any]) -> None:
    stamp = Stamp("local", now_micros())

    def done(book: Book, _: Names) -> None:
        work(book.connection, stamp)

    try:
        stage.ledger.write(done)
    except Refusal:
        return  # refused whole, which changes nothing


def _documents(stage: Stage, _: World, rng: random.Random) -> None:
    Clerk(stage.ledger, rng).work(rng.randint(1, 4))


_ITEM = Kept(table=item, subject="item", key=("code",),
             values={"name": "", "name_zh": "", "unit": "", "pack_units": 1, "pack_kg_micro": None,
                     "pack_m3_micro": None, "use": "consumable"})  # fmt: skip
_PARTNER = Kept(table=partner, subject="partner", key=("code",), values={"kind": None, "name": "", "name_zh": ""})


def _catalogue(stage: Stage, _: World, rng: random.Random) -> None:
    columns: dict[str, list[Any]] = {"code": [rng.choice(("MASK", "SUIT", f"X{rng.randrange(9)}"))], "unit": ["piece"],
               "pack_units": [rng.randint(1, 50)], "name": [f"name {rng.randrange(99)}"]}  # fmt: skip
    _write(stage, lambda connection, stamp: save(connection, _ITEM, columns, stamp))
    other = {"code": [f"N{rng.randrange(4)}"], "kind": ["donor"], "name": [f"giver {rng.randrange(99)}"]}
    _write(stage, lambda connection, stamp: save(connection, _PARTNER, other, stamp))


def _people(stage: Stage, _: World, rng: random.Random) -> None:
    with reading(stage.ledger.engine) as connection:
        someone = connection.execute(sa.select(person.c.id).order_by(person.c.id)).scalars().first()
    actor = someone or "local"
    new = Person(id=f"p{rng.randrange(9)}", name="Name", roles=(("administrator", ""), ("auditor", "")))

    def change(connection: sa.Connection, stamp: Stamp) -> None:
        stamp = Stamp(actor, stamp.recorded_at)
        match rng.randrange(4):
            case 0:
                add_person(connection, new, stamp)
            case 1:
                give_role(connection, someone or new.id, "procurement", "", stamp)
            case 2:
                take_role(connection, someone or new.id, "procurement", "", stamp)
            case _:
                disable_person(connection, someone or new.id, stamp, active=True)

    _write(stage, change)


def _policy(stage: Stage, _: World, rng: random.Random) -> None:
    with reading(stage.ledger.engine) as connection:
        text = policy_of(connection).toml
    toml = text.replace("reserve_share = 0.10", f"reserve_share = 0.{rng.randint(11, 60)}")
    _write(
        stage, lambda connection, stamp: set_policy(connection, toml, Stamp(_anybody(connection), stamp.recorded_at))
    )


def _anybody(connection: sa.Connection) -> str:
    return connection.execute(sa.select(person.c.id).order_by(person.c.id)).scalars().first() or "local"


def _two_sealers(stage: Stage, world: World, rng: random.Random) -> None:
    Clerk(stage.ledger, rng).work(3)
    threads = [threading.Thread(target=lambda: seal(stage.ledger, key=world.key, at=now_micros())) for _ in range(3)]
    for thread in threads:
        thread.start()
    Clerk(stage.ledger, rng, name="beside").work(2)
    for thread in threads:
        thread.join()


def _restored(stage: Stage, world: World, rng: random.Random) -> None:
    """Back the ledger up as it is now, put the backup in its place, and go on."""
    with tempfile.TemporaryDirectory(dir=stage.scratch) as name:
        copy, back = Path(name) / "copy.sqlite", Path(name) / "back.sqlite"
        backup(stage.ledger, copy)
        restore(copy, f"sqlite:///{back}")
        stage.lay(_from_file(back, world.last))
    Clerk(stage.ledger, rng).work(1)


def _moved(stage: Stage, world: World, rng: random.Random) -> None:
    """Copy the ledger row by row into an empty database, and go on there."""
    with tempfile.TemporaryDirectory(dir=stage.scratch) as name:
        file = Path(name) / "moved.sqlite"
        target = open_database(f"sqlite:///{file}", connections=1)
        with reading(stage.ledger.engine) as seen, writing(target) as connection:
            copy_ledger(seen, connection)
        target.dispose()
        stage.lay(_from_file(file, world.last))
    Clerk(stage.ledger, rng).work(1)


def _from_file(file: Path, like: State) -> State:
    source = sqlite_module().connect(str(file))
    copy = sqlite_module().connect(":memory:", check_same_thread=False)
    source.backup(copy)
    source.close()
    return State(copy, like.size, like.note, like.papers)


def _new_key(stage: Stage, _: World, rng: random.Random) -> None:
    Clerk(stage.ledger, rng).work(1)
    new = Signer("ledger")
    stage.trusted.append(new.public)  # the witness was told, another way
    seal(stage.ledger, key=new, at=now_micros())


def _witnesses(stage: Stage, world: World, rng: random.Random) -> None:
    """Name a further witness, or change one; let the folder sign what it is due."""
    other = Witness(name=f"w{rng.randrange(3)}", kind="folder", place="/nowhere", active=rng.randrange(2))
    _write(stage, lambda connection, stamp: save_witness(connection, other, stamp))
    seal(stage.ledger, key=world.key, at=now_micros())
    with reading(stage.ledger.engine) as connection:
        due = [each for each in due_heads(connection, at=now_micros(), anyway=True) if each.witness.name == "stick"]
    for each in due:
        line = cosign(each.head.checkpoint, world.key, seconds=now_micros() // 1_000_000, name="ledger/stick")
        keep_cosignature(stage.ledger, each.witness, each.head.size, line)
    Clerk(stage.ledger, rng).work(1)


def _names_erased(stage: Stage, _: World, rng: random.Random) -> None:
    with writing(stage.ledger.engine) as connection:
        connection.execute(person.update().values(name=f"erased {rng.randrange(9)}", name_zh=""))


def _signing_in(stage: Stage, _: World, rng: random.Random) -> None:
    with writing(stage.ledger.engine) as connection:
        row = {"id_hash": rng.randbytes(32), "failures": 3, "last_at": now_micros()}
        connection.execute(sign_in_failure.insert(), row)


def _tidied(stage: Stage, _: World, rng: random.Random) -> None:
    """Let the database tidy up: statistics and indexes anew, rows written closer together."""
    statements = ("ANALYZE", "REINDEX", "VACUUM") if is_sqlite(stage.ledger.engine) else ("ANALYZE", "VACUUM FULL")
    pooled = stage.ledger.engine.raw_connection()
    driver: Any = pooled.driver_connection
    if not is_sqlite(stage.ledger.engine):
        driver.autocommit = True
    driver.execute(rng.choice(statements))
    if not is_sqlite(stage.ledger.engine):
        driver.autocommit = False
    pooled.close()


def _nothing(_: Stage, __: World, ___: random.Random) -> None:
    """The ledger as it stood, with heads that were kept before."""


WORK: Mapping[str, Work] = {
    "documents": _documents,
    "the catalogue": _catalogue,
    "people and roles": _people,
    "the policy": _policy,
    "three sealers at once": _two_sealers,
    "a backup restored": _restored,
    "moved row by row": _moved,
    "the signing key renewed": _new_key,
    "witnesses": _witnesses,
    "people's names erased": _names_erased,
    "signing in": _signing_in,
    "the database tidied up": _tidied,
    "nothing": _nothing,
}
"""Honest work, by kind."""
