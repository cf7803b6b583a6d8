"""The witnesses of a ledger's heads: who they are, what each holds, what each is due, and what they refused.

A witness holds a head when its cosignature of it is kept here. What a witness refused, because a head did not
extend what it holds, is a version: sealed like any other, so it cannot be made unsaid.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.book import Book
from models.catalogue_rows import Kept, lock_catalogue, save
from models.checkpoint import COSIGNATURE, BadNote, VerifierKey
from models.cosigning import Cosigned, Submission, cosigned_by, cosigner_key
from models.database import reading
from models.entry import Refusal
from models.ledger import Ledger
from models.merkle import consistency_proof
from models.names import Names
from models.tables import cosignature, tree_head, version, witness, witness_contact
from models.tree import Nodes, TreeHead, keys_of, newest_head
from models.versions import Stamp, record_versions

__all__ = [
    "FOLDER",
    "HAND",
    "RETRY_AFTER",
    "SILENT_HOURS",
    "URL",
    "WITNESSES",
    "WITNESS_REFUSAL",
    "Due",
    "Witness",
    "contacts",
    "drop_witness",
    "due_heads",
    "keep_cosignature",
    "keys_of_witness",
    "last_size",
    "note_contact",
    "record_refusal",
    "refused",
    "save_witness",
    "submission_from",
    "witness_named",
    "witnesses",
]

FOLDER, URL, HAND = "folder", "url", "hand"

SILENT_HOURS = 24
"""After so many hours in which a witness did not sign a head that was there, it is called silent."""

RETRY_AFTER = 60_000_000
"""Microseconds for which a witness that did not answer is left alone."""

WITNESS_REFUSAL = "witness_refusal"
"""The subject of the versions that tell what witnesses refused."""


@dataclass(frozen=True, kw_only=True)
class Witness:
    """A witness. `place`: a folder or an address; `vkey`: its public key, "" for a folder; `active`: 0 or 1."""

    name: str
    kind: str
    place: str = ""
    vkey: str = ""
    silent_hours: int = SILENT_HOURS
    active: int = 1


@dataclass(frozen=True)
class Due:
    """A head that a witness has not signed yet. `held`: the largest size it signed, 0 for none."""

    witness: Witness
    head: TreeHead
    held: int


_VALUES = {"kind": FOLDER, "place": "", "vkey": "", "silent_hours": SILENT_HOURS, "active": 1}

WITNESSES = Kept(table=witness, subject="witness", key=("name",), values=_VALUES)
"""How witnesses are kept."""


def witnesses(connection: sa.Connection, *, dropped: bool = False) -> list[Witness]:
    """Return the witnesses by name; `dropped`: also those that are asked no more."""
    query = sa.select(witness).order_by(witness.c.name)
    if not dropped:
        query = query.where(witness.c.active == 1)
    return [Witness(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - the row's own columns


def witness_named(connection: sa.Connection, name: str) -> Witness:
    """Return an active witness by its name.

    Raises:
        Refusal: there is none.

    """
    for each in witnesses(connection):
        if each.name == name:
            return each
    raise Refusal(say("There is no witness {name}. See: allocator audit witnesses list", name=name))


def save_witness(connection: sa.Connection, new: Witness, stamp: Stamp) -> bool:
    """Add a witness or change it; say whether anything changed.

    Raises:
        Refusal: its key is none, or it is another ledger's or witness's.

    """
    lock_catalogue(connection)
    if new.kind != FOLDER:
        _refuse_wrong_key(connection, new)
    saved = save(connection, WITNESSES, {name: [value] for name, value in asdict(new).items()}, stamp)
    return not saved.same


def drop_witness(connection: sa.Connection, name: str, stamp: Stamp) -> None:
    """Ask a witness no more; what it signed stays.

    Raises:
        Refusal: there is none of this name.

    """
    lock_catalogue(connection)
    save_witness(connection, replace(witness_named(connection, name), active=0), stamp)


def _refuse_wrong_key(connection: sa.Connection, new: Witness) -> None:
    try:
        key = VerifierKey.of(new.vkey, COSIGNATURE)
    except BadNote as error:
        why = error.sentence
        raise Refusal(
            say(
                "{key} is no witness's key: {why}. The witness shows its key with: allocator witness --state FOLDER",
                key=new.vkey or "-",
                why=why,
            )
        ) from None
    if key.public in {own.public for own in keys_of(connection)}:
        raise Refusal(say("This is the ledger's own key: a witness must be somebody else, with a key of their own."))
    for other in witnesses(connection):
        if other.name != new.name and other.vkey and VerifierKey.of(other.vkey, COSIGNATURE).public == key.public:
            raise Refusal(say("Witness {name} has this key already. Two witnesses need two keys.", name=other.name))


def keys_of_witness(connection: sa.Connection, each: Witness, own: Sequence[VerifierKey] = ()) -> list[VerifierKey]:
    """Return the keys a witness may sign with; `own`: the ledger's keys, which sign for a folder."""
    if each.kind != FOLDER:
        return [VerifierKey.of(each.vkey, COSIGNATURE)]
    return [cosigner_key(key, _folder_name(key, each)) for key in own or keys_of(connection)]


def _folder_name(key: VerifierKey, each: Witness) -> str:
    return f"{key.name}/{each.name}"


def last_size(connection: sa.Connection, name: str) -> int:
    """Return the size of the largest head that a witness signed, 0 for none."""
    return (
        connection.execute(sa.select(sa.func.max(cosignature.c.size)).where(cosignature.c.witness == name)).scalar()
        or 0
    )


def due_heads(connection: sa.Connection, *, at: int, anyway: bool = False) -> list[Due]:
    """Return what witnesses that can be asked now have not signed; `anyway`: even where they just failed to answer."""
    asked = [each for each in witnesses(connection) if each.kind != HAND]
    if not asked:
        return []
    head = newest_head(connection)
    if head is None:
        return []
    waits = sa.select(witness_contact.c.witness).where(
        witness_contact.c.why != "", witness_contact.c.tried_at.between(at - RETRY_AFTER, at)
    )
    waiting = set() if anyway else set(connection.execute(waits).scalars())
    dues = (Due(each, head, last_size(connection, each.name)) for each in asked if each.name not in waiting)
    return [due for due in dues if due.held < head.size]


def submission_from(connection: sa.Connection, head: TreeHead, old: int) -> Submission:
    """Return what asks a witness that knows a size to sign a head."""
    proof = consistency_proof(Nodes(connection), old, head.size) if old else []
    return Submission(old, tuple(proof), head.checkpoint)


def keep_cosignature(ledger: Ledger, each: Witness, size: int, lines: str) -> Cosigned:
    """Keep what a witness answered, once it is seen to hold.

    Raises:
        Refusal: it is no cosignature of this head by this witness.

    """

    def keep(book: Book, _: Names) -> Cosigned:
        connection = book.connection
        note = connection.execute(sa.select(tree_head.c.checkpoint).where(tree_head.c.size == size)).scalar()
        if note is None:
            raise Refusal(say("This ledger has no head over {size} leaves.", size=size))
        try:
            found = cosigned_by(note, lines, keys_of_witness(connection, each))
        except BadNote as error:
            raise Refusal(
                say(
                    "The answer is no signature of witness {name} over the head of {size} leaves: {why}.",
                    name=each.name,
                    size=size,
                    why=error.sentence,
                )
            ) from None
        there = sa.select(cosignature.c.size).where(cosignature.c.size == size, cosignature.c.witness == each.name)
        if connection.execute(there).first() is None:
            row = {"size": size, "witness": each.name, "signature": found.line}
            connection.execute(cosignature.insert(), row)
        return found

    return ledger.write(keep)


def note_contact(ledger: Ledger, name: str, why: Sentence | None, *, at: int) -> None:
    """Note that a witness was asked, and why it did not answer, None where it did."""
    text = "" if why is None else json.dumps([why.message, _plain(why)], ensure_ascii=False)

    def note(book: Book, _: Names) -> None:
        row = {"witness": name, "tried_at": at, "why": text}
        own = witness_contact.c.witness == name
        if not book.connection.execute(witness_contact.update().where(own).values(row)).rowcount:
            book.connection.execute(witness_contact.insert(), row)

    with reading(ledger.engine) as connection:
        former = connection.execute(sa.select(witness_contact.c.why).where(witness_contact.c.witness == name)).scalar()
    # That a witness answered is what its signature says: nothing is written where nothing was amiss.
    if text or former:
        ledger.write(note)


def _plain(why: Sentence) -> dict[str, Any]:
    return {name: value if isinstance(value, int) else str(value) for name, value in why.values.items()}


def contacts(connection: sa.Connection) -> dict[str, Sentence]:
    """Return why witnesses that were asked last did not answer, by name."""
    found: dict[str, Sentence] = {}
    for row in connection.execute(sa.select(witness_contact).where(witness_contact.c.why != "")):
        # It is told and not relied on: where somebody spoilt it, it says nothing.
        with contextlib.suppress(ValueError, TypeError):
            text, values = json.loads(row.why)
            found[row.witness] = Sentence(str(text), dict(values))
    return found


def record_refusal(ledger: Ledger, each: Witness, *, size: int, known: int, stamp: Stamp) -> bool:
    """Record that a witness knows `known` leaves which a head of `size` does not extend; False where that stands.

    It stands as long as the witness has not signed a larger head since.
    """

    def record(book: Book, _: Names) -> bool:
        connection = book.connection
        lock_catalogue(connection)
        former = refused(connection, each.name)
        if former is not None and former["known"] == known and last_size(connection, each.name) < former["size"]:
            return False
        row = {"name": each.name, "size": size, "known": known}
        record_versions(connection, WITNESS_REFUSAL, [(each.name, row)], stamp)
        return True

    return ledger.write(record)


def refused(connection: sa.Connection, name: str) -> dict[str, Any] | None:
    """Return what a witness refused last: its `known` size, and ours, `size`; None where it never did."""
    query = sa.select(version.c.body).where(version.c.subject == WITNESS_REFUSAL, version.c.key == name)
    body = connection.execute(query.order_by(version.c.id.desc()).limit(1)).scalar()
    return None if body is None else dict(json.loads(body)["row"])
