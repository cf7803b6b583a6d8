"""What witnesses hold, checked: every cosignature over its head, and which heads two of them hold."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.audit_findings import Fault
from models.checkpoint import BadNote, VerifierKey, checkpoint_of, opened
from models.cosigning import cosigned_by
from models.entry import Refusal
from models.tables import cosignature, tree_head
from models.tree import keys_of
from models.witnesses import Witness, contacts, keys_of_witness, last_size, witnesses

__all__ = ["ENOUGH", "Standing", "Witnessed", "audit_witnesses", "head_signed_by", "standing_of"]

ENOUGH = 2
"""Witnesses that must hold a head before it counts as known outside."""


@dataclass(frozen=True)
class Standing:
    """A witness, the largest head it signed (0: none), when (UTC seconds), and why not the newest."""

    witness: Witness
    size: int
    seconds: int | None
    why: Sentence | None


@dataclass
class Witnessed:
    """What was found: cosignatures, heads that enough witnesses hold, the newest of them and when it was signed."""

    cosignatures: int = 0
    heads: int = 0
    size: int = 0
    signed_at: int = 0  # UTC microseconds
    witnesses: list[Standing] = field(default_factory=list)


def audit_witnesses(connection: sa.Connection, keys: Sequence[VerifierKey]) -> tuple[Fault | None, Witnessed]:
    """Verify every cosignature. `keys`: the ledger's own, which sign for folders."""
    found = Witnessed()
    known = {each.name: each for each in witnesses(connection, dropped=True)}
    holders: Counter[int] = Counter()
    newest: dict[str, tuple[int, int | None]] = {}
    for size, name, line, note in _cosignatures(connection):
        try:
            signed = cosigned_by(note or "", line, keys_of_witness(connection, known[name], keys))
        except (BadNote, LookupError) as error:
            why = error.sentence if isinstance(error, BadNote) else say("there is no such witness")
            return _does_not_hold(name, size, why), found
        if signed.line != line:
            return _does_not_hold(name, size, say("it is not kept as it came")), found
        found.cosignatures += 1
        newest[name] = (size, signed.seconds)
        holders[size] += 1
    enough = [size for size, many in holders.items() if many >= ENOUGH]
    found.heads, found.size = len(enough), max(enough, default=0)
    if enough:
        query = sa.select(tree_head.c.signed_at).where(tree_head.c.size == found.size)
        found.signed_at = connection.execute(query).scalar_one()
    reasons = contacts(connection)
    for each in known.values():
        size, seconds = newest.get(each.name, (0, None))
        if each.active:
            found.witnesses.append(Standing(each, size, seconds, reasons.get(each.name)))
    return _missing(connection, sorted(holders.elements())), found


def _missing(connection: sa.Connection, sizes: Sequence[int]) -> Fault | None:
    """No signature that was kept when a head was signed is gone. `sizes`: of the heads that signatures are over."""
    for size, note in connection.execute(
        sa.select(tree_head.c.size, tree_head.c.checkpoint).order_by(tree_head.c.size)
    ):
        due, there = checkpoint_of(opened(note)[0]).witnessed, bisect.bisect_left(sizes, size)
        if there < due:
            sentence = say(
                "When the head over {size} leaves was signed, {due} signatures of witnesses were kept; of those only "
                "{found} are there.",
                size=size,
                due=due,
                found=there,
            )
            return Fault("witnesses", sentence)
    return None


def _does_not_hold(name: str, size: int, why: Sentence) -> Fault:
    sentence = say(
        "The signature of witness {name} over the head of {size} leaves does not hold: {why}.",
        name=name,
        size=size,
        why=why,
    )
    return Fault("witnesses", sentence)


def _cosignatures(connection: sa.Connection) -> list[tuple[int, str, str, str | None]]:
    query = (
        sa.select(cosignature.c.size, cosignature.c.witness, cosignature.c.signature, tree_head.c.checkpoint)
        .outerjoin(tree_head, tree_head.c.size == cosignature.c.size)
        .order_by(cosignature.c.size, cosignature.c.witness)
    )
    return [tuple(row) for row in connection.execute(query)]


def standing_of(connection: sa.Connection) -> list[Standing]:
    """Return each witness with the newest head it signed; only these signatures are looked at."""
    reasons = contacts(connection)
    own = keys_of(connection)
    rows: list[Standing] = []
    for each in witnesses(connection):
        size = last_size(connection, each.name)
        query = sa.select(cosignature.c.signature, tree_head.c.checkpoint).join(
            tree_head, tree_head.c.size == cosignature.c.size
        )
        row = connection.execute(query.where(cosignature.c.size == size, cosignature.c.witness == each.name)).first()
        seconds = None
        if row is not None:
            try:
                seconds = cosigned_by(row.checkpoint, row.signature, keys_of_witness(connection, each, own)).seconds
            except BadNote:
                size = 0  # `audit check` names it
        rows.append(Standing(each, size, seconds, reasons.get(each.name)))
    return rows


def head_signed_by(connection: sa.Connection, each: Witness, lines: str) -> int:
    """Return the size of the head that a witness's answer is over: the newest that it fits.

    Raises:
        Refusal: it fits none.

    """
    keys = keys_of_witness(connection, each)
    query = sa.select(tree_head.c.size, tree_head.c.checkpoint).where(
        tree_head.c.size > last_size(connection, each.name)
    )
    for size, note in connection.execute(query.order_by(tree_head.c.size.desc())):
        try:
            cosigned_by(note, lines, keys)
        except BadNote:
            continue
        return int(size)
    raise Refusal(
        say(
            "This is no signature of witness {name} over a head of this ledger that is newer than the last one it "
            "signed. Write a new request: allocator audit witnesses send {name} --out FILE",
            name=each.name,
        )
    )
