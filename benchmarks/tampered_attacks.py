"""Who tampers, and how far they go to hide it: from a writer who leaves the hashes to an insider who has the key.

Each way takes a ledger that was altered by a kind (or is laid in its place whole) and does what this attacker can.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from benchmarks.tampered_hands import mend_sums, past_the_guards, rebuild, rehash, sign_as_folder
from benchmarks.tampered_kinds import PROOF_KINDS, TRUTH_KINDS
from benchmarks.tampered_scene import Kind
from benchmarks.tampered_stage import Stage
from benchmarks.tampered_world import Clerk, State, World
from models.checkpoint import Signer
from models.days import now_micros
from models.sealing import seal
from models.tables import cosignature, document, leaf, metadata, tree_head, version
from models.tree import SIGNING_KEY

__all__ = ["ATTACKERS", "LAID", "Attacker", "Lay", "bodies"]

_Bodies = Mapping[str, Mapping[int, str]]


@dataclass(frozen=True)
class Attacker:
    """Somebody who alters a ledger. `who`: as the table calls them; `kinds`: what they do, by name.

    `hide`: is called after a kind, with what every text was before and the ledger's key.
    """

    who: str
    way: str
    kinds: Mapping[str, Kind]
    hide: Callable[[sa.Connection, _Bodies, Signer], None]


# --- (a) a writer to the database ------------------------------------------------------------------


def _rows_only(connection: sa.Connection, before: _Bodies, _: Signer) -> None:
    for table in (document, version):
        for number, body in before[table.name].items():
            changed = sa.and_(table.c.id == number, table.c.body != body)
            connection.execute(table.update().where(changed).values(body=body))


def _nothing(_: sa.Connection, __: _Bodies, ___: Signer) -> None:
    pass


def _hashes(connection: sa.Connection, _: _Bodies, __: Signer) -> None:
    mend_sums(connection)
    rehash(connection)


# --- (b) an insider without the key ----------------------------------------------------------------


def _signatures_left(connection: sa.Connection, _: _Bodies, __: Signer) -> None:
    mend_sums(connection)
    rebuild(connection, None)


def _heads_cut(connection: sa.Connection, _: _Bodies, __: Signer) -> None:
    """Take every head away that the rewriting shows in, with what witnesses signed of it."""
    roots = dict(connection.execute(sa.select(tree_head.c.size, tree_head.c.root)).all())
    mend_sums(connection)
    rebuild(connection, None)
    now = connection.execute(sa.select(tree_head.c.size, tree_head.c.root)).all()
    other = [size for size, root in now if bytes(root) != bytes(roots[size])]
    connection.execute(cosignature.delete().where(cosignature.c.size.in_(other)))
    connection.execute(tree_head.delete().where(tree_head.c.size.in_(other)))


def _own_key(connection: sa.Connection, _: _Bodies, key: Signer) -> None:
    """Put an own key in the place of the ledger's, and sign everything with it."""
    own = Signer(key.public.name)
    row = connection.execute(sa.select(version).where(version.c.subject == SIGNING_KEY)).first()
    if row is not None:
        text = row.body.replace(key.public.text, own.public.text).replace(key.public.id.hex(), own.public.id.hex())
        values = {"body": text, "key": own.public.id.hex()}
        connection.execute(version.update().where(version.c.id == row.id).values(values))
    _rewritten(connection, own)


# --- (c) an insider with the key -------------------------------------------------------------------


def _rewritten(connection: sa.Connection, key: Signer) -> None:
    """Rebuild and sign all of it; a folder's signatures are made anew, those of others cannot be and are deleted."""
    connection.execute(cosignature.delete().where(cosignature.c.witness != "stick"))
    mend_sums(connection)
    sizes = sa.select(leaf.c.position + 1)
    connection.execute(cosignature.delete().where(cosignature.c.size.not_in(sizes)))
    rebuild(connection, key)
    sign_as_folder(connection, "stick", key)


def _all_rewritten(connection: sa.Connection, _: _Bodies, key: Signer) -> None:
    _rewritten(connection, key)


def _witnesses_deleted(connection: sa.Connection, _: _Bodies, key: Signer) -> None:
    connection.execute(cosignature.delete())
    mend_sums(connection)
    rebuild(connection, key)


def _witnesses_left(connection: sa.Connection, _: _Bodies, key: Signer) -> None:
    mend_sums(connection)
    rebuild(connection, key)


_A, _B, _C = "(a) writer to the database", "(b) insider without the key", "(c) insider with the key"

_IN_ROWS = {name: kind for name, kind in TRUTH_KINDS.items() if name != "price, certificate, note"}
"""Kinds that a row tells: details stand in the text alone."""

ATTACKERS: tuple[Attacker, ...] = (
    Attacker(_A, "rows only", _IN_ROWS, _rows_only),
    Attacker(_A, "rows and texts", TRUTH_KINDS, _nothing),
    Attacker(_A, "rows, texts, hashes and sums", TRUTH_KINDS, _hashes),
    Attacker(_A, "the proof", PROOF_KINDS, _nothing),
    Attacker(_B, "everything rebuilt, signatures left", TRUTH_KINDS, _signatures_left),
    Attacker(_B, "everything rebuilt, heads cut away", TRUTH_KINDS, _heads_cut),
    Attacker(_B, "everything rebuilt under an own key", TRUTH_KINDS, _own_key),
    Attacker(_C, "everything rebuilt and signed", TRUTH_KINDS, _all_rewritten),
    Attacker(_C, "the same, witnesses' signatures deleted", TRUTH_KINDS, _witnesses_deleted),
    Attacker(_C, "the same, witnesses' signatures left", TRUTH_KINDS, _witnesses_left),
)


# --- (d) who restores a backup, (e) who swaps logs -------------------------------------------------

Lay = Callable[[Stage, World, State, random.Random], str | None]
"""Lays another database in the ledger's place: (stage, world, what was kept, draws)."""


_PROOF = ("leaf", "tree_tile", "tree_head", "cosignature")
"""Tables that prove, and say nothing of their own."""


def _older(world: World, kept: State, rng: random.Random) -> State | None:
    olders = [state for state in world.states if state.size < kept.size]
    return rng.choice(olders) if olders else None


def _backup(stage: Stage, world: World, kept: State, rng: random.Random) -> str | None:
    old = _older(world, kept, rng)
    if old is None:
        return None
    stage.lay(old)
    return f"the copy of {old.size} leaves put back"


def _backup_gone_on(stage: Stage, world: World, kept: State, rng: random.Random) -> str | None:
    """An old backup on which work went on, sealed with the key: to fewer leaves than were known outside, or more."""
    old = _older(world, kept, rng)
    if old is None:
        return None
    stage.lay(old)
    done = Clerk(stage.ledger, rng, name="later").work(rng.randint(1, kept.size - old.size + 4))
    seal(stage.ledger, key=world.key, at=now_micros())
    return f"the copy of {old.size} leaves put back, {done} documents recorded on it" if done else None


def _old_rows(stage: Stage, world: World, kept: State, rng: random.Random) -> str | None:
    """Everything but the proof from an old backup: the tree, heads and signatures stay as they are."""
    old = _older(world, kept, rng)
    if old is None:
        return None
    return _mixed(stage, world.last, old, _PROOF)


def _fork(stage: Stage, world: World, kept: State, rng: random.Random) -> str | None:
    """A ledger that went another way before the head was kept: what went another way after it, the head allows."""
    forks = [fork for start, fork in world.forks if start < kept.size]
    if not forks:
        return None
    fork = rng.choice(forks)
    stage.lay(fork)
    return f"the ledger of {fork.size} leaves that went on elsewhere"


def _other(stage: Stage, world: World, __: State, rng: random.Random) -> str | None:
    if not world.others:
        return None
    other = rng.choice(world.others)
    stage.lay(other)
    return f"another ledger of the same name, of {other.size} leaves"


def _other_log(stage: Stage, world: World, _: State, rng: random.Random) -> str | None:
    """The tree, heads and signatures of a fork or of another ledger under this one's rows."""
    source = rng.choice(world.elsewhere)
    return _mixed(stage, source, world.last, _PROOF)


def _mixed(stage: Stage, source: State, base: State, tables: tuple[str, ...]) -> str | None:
    stage.lay(base)
    with past_the_guards(stage.ledger.engine) as connection:
        for name in tables:
            table = metadata.tables[name]
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            rows = source.copy.execute(f'SELECT {columns} FROM "{name}"').fetchall()  # noqa: S608 - our own tables
            connection.execute(table.delete())
            if rows:
                names = [column.name for column in table.columns]
                connection.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in rows])
    return f"the proof of {source.size} leaves under the rows of {base.size}"


_D, _E = "(d) restorer of a backup", "(e) swapper of logs"

LAID: tuple[tuple[str, str, Lay], ...] = (
    (_D, "an old backup", _backup),
    (_D, "an old backup, gone on with", _backup_gone_on),
    (_D, "an old backup under today's proof", _old_rows),
    (_E, "a fork of the ledger", _fork),
    (_E, "another ledger of the same name", _other),
    (_E, "another's log under this ledger's rows", _other_log),
)


def bodies(connection: sa.Connection) -> dict[str, dict[int, str]]:
    """Return every text as it is now, by table and number."""
    return {
        table.name: dict(connection.execute(sa.select(table.c.id, table.c.body)).all()) for table in (document, version)
    }
