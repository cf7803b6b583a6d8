"""Kinds of tampering with documents: each does one thing past the guards, so that rows and text agree.

Hashes, sums and signatures are another's business (`benchmarks/tampered_hands.py`).
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from benchmarks.tampered_scene import Kind, Scene
from models.canonical import canonical
from models.countersign_tables import countersignature
from models.leaves import DOCUMENT
from models.tables import counted, document, item, location, lot, lot_mark, move, purchase_receipt

__all__ = ["DOCUMENT_KINDS"]


def units(scene: Scene) -> str | None:
    """Another number of units in a line."""
    row = scene.document(document.c.type.in_(("receive", "issue", "transfer", "confirm", "dispatch")))
    lines = [] if row is None else scene.connection.execute(sa.select(move).where(move.c.document == row.id)).all()
    if not lines:
        return None
    line = scene.rng.choice(lines)
    body = json.loads(row.body)
    more = line.units + scene.rng.choice((1, 5, 40))
    body["lines"][line.line - lines[0].line]["units"] = more
    scene.put(document, row.id, body)
    own = sa.and_(move.c.document == row.id, move.c.line == line.line)
    scene.connection.execute(move.update().where(own).values(units=more))
    return f"document {row.id}: {line.units} units are {more}"


def actor(scene: Scene) -> str | None:
    """Another person who recorded a document."""
    row = scene.document()
    if row is None:
        return None
    body = json.loads(row.body) | {"actor": "zhou"}
    scene.put(document, row.id, body, actor="zhou")
    return f"document {row.id}: recorded by zhou"


def approver(scene: Scene) -> str | None:
    """An approver where there was none."""
    row = scene.document(document.c.approver.is_(None))
    if row is None:
        return None
    body = json.loads(row.body) | {"approver": "zhou"}
    scene.put(document, row.id, body, approver="zhou")
    return f"document {row.id}: approved by zhou"


def reason(scene: Scene) -> str | None:
    """Another reason."""
    row = scene.document(document.c.type.in_(("issue", "quarantine", "emergency", "reverse")))
    if row is None:
        return None
    said = f"as agreed {scene.rng.randrange(1000)}"
    scene.put(document, row.id, json.loads(row.body) | {"reason": said}, reason=said)
    return f"document {row.id}: for another reason"


def details(scene: Scene) -> str | None:
    """Another price, certificate or note."""
    row = scene.document(document.c.type.in_(("receive", "issue", "transfer")))
    if row is None:
        return None
    body = json.loads(row.body)
    said = f"{scene.rng.getrandbits(20)}"
    body["details"] |= {scene.rng.choice(("certificate", "note", "partner")): said}
    scene.put(document, row.id, body)
    return f"document {row.id}: other details"


def back_date(scene: Scene) -> str | None:
    """A document said to have happened earlier."""
    row = scene.document(document.c.type.in_(("receive", "issue", "quarantine")))
    if row is None:
        return None
    by = scene.rng.choice((1, 60, 3600, 86_400)) * 1_000_000
    body = json.loads(row.body)
    body["occurred_at"] -= by
    for line in body["lines"]:
        line["at"] -= by if "counters" not in line else 0
    scene.put(document, row.id, body, occurred_at=body["occurred_at"])
    own = sa.and_(move.c.document == row.id, move.c.counters.is_(None))
    scene.connection.execute(move.update().where(own).values(at=move.c.at - by))
    return f"document {row.id}: happened {by // 1_000_000} seconds earlier"


def record_earlier(scene: Scene) -> str | None:
    """A document said to have been recorded earlier, which its text does not hold and its leaf does."""
    row = scene.document()
    if row is None:
        return None
    by = scene.rng.choice((1, 1_000_000, 86_400_000_000))
    scene.connection.execute(document.update().where(document.c.id == row.id).values(recorded_at=row.recorded_at - by))
    return f"document {row.id}: recorded {by} microseconds earlier"


def delete(scene: Scene) -> str | None:
    """A document taken away with its lines and its leaf; what is left of others closes up."""
    named = sa.select(document.c.refers_to).where(document.c.refers_to.is_not(None))
    reversed_ = sa.select(document.c.reverses).where(document.c.reverses.is_not(None))
    countered = sa.select(move.c.counters).where(move.c.counters.is_not(None))
    free = [document.c.id.not_in(each) for each in (named, reversed_, countered)]
    row = scene.document(*free)
    if row is None:
        return None
    for table in (move, counted, lot_mark, purchase_receipt, countersignature):
        scene.delete(table, table.c.document == row.id)
    scene.delete(document, document.c.id == row.id)
    scene.take_leaf(DOCUMENT, row.id)
    return f"document {row.id} is gone"


def exchange(scene: Scene) -> str | None:
    """Two documents that follow one another exchange their numbers, and when they were recorded."""
    numbers = scene.refs(DOCUMENT)
    pairs = [(a, b) for a, b in itertools.pairwise(numbers) if b == a + 1]
    if not pairs:
        return None
    first, second = scene.rng.choice(pairs)
    times = [scene.connection.execute(sa.select(document.c.recorded_at).where(document.c.id == each)).scalar_one()
             for each in (first, second)]  # fmt: skip
    for before, after in ((first, -1), (second, first), (-1, second)):
        for table in (move, counted, lot_mark):
            scene.connection.execute(table.update().where(table.c.document == before).values(document=after))
        scene.connection.execute(document.update().where(document.c.id == before).values(id=after))
    for number, when in zip((first, second), times, strict=True):
        scene.connection.execute(document.update().where(document.c.id == number).values(recorded_at=when))
    return f"documents {first} and {second} exchanged"


_Line = tuple[int, int, int, int, int]
"""A line as it stands in its row: from, to, lot, units, at."""


def _copied(scene: Scene, target: Any, source: Mapping[str, Any], lines: Sequence[_Line]) -> None:
    """Put the text and the lines of one document in the place of another's."""
    kept = ("id", "idem_key", "request_hash", "recorded_at", "body_hash")
    values = {name: value for name, value in source.items() if name not in kept}
    body = json.loads(source["body"]) | {"key": target.idem_key}
    values |= {"body": canonical(body), "reverses": None}
    for table in (move, counted, lot_mark):
        scene.delete(table, table.c.document == target.id)
    scene.connection.execute(document.update().where(document.c.id == target.id).values(values))
    names = ("from_location", "to_location", "lot", "units", "at")
    for number, line in enumerate(lines):
        row = dict(zip(names, line, strict=True)) | {"document": target.id, "line": number}
        scene.connection.execute(move.insert(), row | {"from_after": 0, "to_after": 0})


_PLAIN = document.c.type.in_(("receive", "issue"))


def replace(scene: Scene) -> str | None:
    """A document overwritten with another of the same ledger: done twice, and the first not at all."""
    target = scene.document(_PLAIN)
    if target is None:
        return None
    source = scene.pick(document, _PLAIN, document.c.id != target.id)
    if source is None:
        return None
    lines = scene.connection.execute(
        sa.select(move.c.from_location, move.c.to_location, move.c.lot, move.c.units, move.c.at)
        .where(move.c.document == source.id, move.c.counters.is_(None))
        .order_by(move.c.line)
    )
    _copied(scene, target, dict(source._mapping), [tuple(line) for line in lines])  # noqa: SLF001 - its own columns
    return f"document {target.id} is a second document {source.id}"


_ELSEWHERE = (
    "SELECT a.code, b.code, i.code, l.lot_no, l.expires, l.owner_fund, l.earmark, m.units, m.at FROM move AS m "
    "JOIN location AS a ON a.id = m.from_location JOIN location AS b ON b.id = m.to_location "
    "JOIN lot AS l ON l.id = m.lot JOIN item AS i ON i.id = l.item "
    "WHERE m.document = ? AND m.counters IS NULL ORDER BY m.line"
)


def splice(scene: Scene) -> str | None:
    """A document of another ledger in the place of one of this."""
    target = scene.document(_PLAIN)
    columns = ", ".join(f'"{column.name}"' for column in document.c)
    query = f"SELECT {columns} FROM document WHERE type IN ('receive', 'issue') ORDER BY id"  # noqa: S608 - our own
    rows = scene.other.execute(query).fetchall()
    if target is None or not rows:
        return None
    # Of the other ledger's rows only the text is this one's: its places have other numbers here.
    theirs = dict(zip([column.name for column in document.c], scene.rng.choice(rows), strict=True))
    lines = [_known(scene, row) for row in scene.other.execute(_ELSEWHERE, (theirs["id"],)).fetchall()]
    # What a fork has in common with this ledger, put in its own place, changes nothing.
    if None in lines or theirs["body"] == target.body:
        return None
    site = json.loads(theirs["body"])["site"]
    place = scene.connection.execute(sa.select(location.c.id).where(location.c.code == site)).scalar()
    _copied(scene, target, theirs | {"site": place}, [line for line in lines if line is not None])
    return f"document {target.id} is the other ledger's {theirs['id']}"


def _known(scene: Scene, row: tuple[Any, ...]) -> _Line | None:
    """Return a line of the other ledger with this one's numbers, None where a place or lot is not here."""
    source, target, code, lot_no, expires, fund, earmark, many, at = row
    places = dict(scene.connection.execute(sa.select(location.c.code, location.c.id)).all())
    query = sa.select(lot.c.id).join(item, item.c.id == lot.c.item)
    here = scene.connection.execute(
        query.where(item.c.code == code, lot.c.lot_no == lot_no, lot.c.expires == expires,
                    lot.c.owner_fund == fund, lot.c.earmark == earmark)
    ).scalar()  # fmt: skip
    if source not in places or target not in places or here is None:
        return None
    return places[source], places[target], here, many, at


DOCUMENT_KINDS: Mapping[str, Kind] = {
    "units of a line": units,
    "who recorded": actor,
    "who approved": approver,
    "the reason": reason,
    "price, certificate, note": details,
    "back-dated": back_date,
    "recorded earlier": record_earlier,
    "a document deleted": delete,
    "two documents exchanged": exchange,
    "a document overwritten by another": replace,
    "a row of another ledger spliced in": splice,
}
"""What was done to documents."""
