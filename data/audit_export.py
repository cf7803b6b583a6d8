"""Write everything an outside auditor needs into one file, with a checker that needs nothing else.

A zip with fixed dates, so that the same ledger gives the same bytes:

| part | |
|---|---|
| `about.json` | which ledger, which days, which leaves |
| `records.jsonl` | one document or change of master data a line, as it was sealed, in the order of leaves |
| `leaves.bin` | the hash of every leaf of the whole tree, 32 bytes each |
| `heads.jsonl`, `keys.txt` | every signed head; the public keys |
| `cosignatures.jsonl` | what witnesses signed: size of the head, witness, its key, its line |
| `parts.txt` | the SHA-256 of every other part, signed by the ledger's key |
| `opening.jsonl` | what every place held before the first of these documents |
| `check.py` | the checker, one file: `data/audit_checker.py` with what it imports of ours put in its place |
| `README.txt` | how to use it |
"""

from __future__ import annotations

import ast
import datetime as dt
import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import say
from models.audit_reading import Reader
from models.canonical import canonical
from models.checkpoint import Signer
from models.days import day_of, end_of_day, start_of_day
from models.entry import Refusal
from models.leaves import DOCUMENT, VERSION
from models.sealing import origin_of
from models.tables import cosignature, document, item, leaf, location, lot, move, tree_head, version
from models.tree import keys_of
from models.witnesses import keys_of_witness, witnesses

__all__ = ["FORMAT", "Exported", "export", "recorded_days", "standalone_checker"]

FORMAT = "allocator.audit-export/1"

_DATE = (1980, 1, 1, 0, 0, 0)
_HERE = Path(__file__).parent

_README = """\
An export of the ledger "{ledger}": what was recorded from {first} to {last}.
To check it, take check.py out of this file (or, better, from a copy you trust) and run

    python -I check.py THIS-FILE.zip --head HEAD-YOU-KEPT.txt --key KEY-YOU-WERE-GIVEN --witness A-WITNESS'S-KEY

It needs Python 3.9 or newer and nothing else, and ends with 0 if everything holds, with 4 if something does not.

账本“{ledger}”的审计导出：{first} 至 {last} 入账的内容。
核对方法：从本文件中取出 check.py（最好使用您信任的副本），然后运行上面的命令。
只需 Python 3.9 或更新版本；全部成立时退出状态为 0，有不成立之处时为 4。
"""


@dataclass(frozen=True)
class Exported:
    """What was written: how many documents and changes of master data, and how many leaves the tree has."""

    documents: int
    versions: int
    leaves: int


@dataclass(frozen=True)
class _Span:
    """Which leaves: from `first` up to, not including, `end`, of the `leaves` that the newest head covers."""

    first: int
    end: int
    leaves: int


def recorded_days(connection: sa.Connection, zone: ZoneInfo) -> tuple[dt.date, dt.date] | None:
    """Return the first and the last day on which anything was recorded, None where nothing was."""
    ends = [
        at
        for table in (document, version)
        for at in connection.execute(
            sa.select(sa.func.min(table.c.recorded_at), sa.func.max(table.c.recorded_at))
        ).one()
        if at is not None
    ]
    return (day_of(min(ends), zone), day_of(max(ends), zone)) if ends else None


def export(
    connection: sa.Connection, out: Path, *, first: dt.date, last: dt.date, zone: ZoneInfo, key: Signer
) -> Exported:
    """Write what was recorded from one day to another, where the zone is, into a new file; `key`: the ledger's.

    The connection sees one state of the ledger throughout; what no signed head covers yet is left out.

    Raises:
        Refusal: nothing sealed was recorded in these days.

    """
    reader = Reader(connection)
    span = _span(reader, start_of_day(first, zone), end_of_day(last, zone))
    if span is None:
        days = {"first": first.isoformat(), "last": last.isoformat()}
        raise Refusal(say("Nothing sealed was recorded from {first} to {last}. Ask for other days.", **days))
    ledger = origin_of(connection)
    about = {
        "format": FORMAT,
        "ledger": ledger,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "leaves": span.leaves,
        "first_leaf": span.first,
        "end_leaf": span.end,
    }
    counts = {DOCUMENT: 0, VERSION: 0}
    parts: dict[str, Iterable[bytes]] = {
        "README.txt": [_README.format(ledger=ledger, first=first, last=last).encode()],
        "check.py": [standalone_checker().encode()],
        "about.json": [_line(about)],
        "keys.txt": (f"{own.text}\n".encode() for own in keys_of(connection)),
        "heads.jsonl": _heads(reader, span.leaves),
        "cosignatures.jsonl": _cosignatures(connection, span.leaves),
        "leaves.bin": _leaves(reader, span.leaves),
        "opening.jsonl": _opening(reader, _first_document(reader, span)),
        "records.jsonl": _records(reader, span, counts),
    }
    with zipfile.ZipFile(out, "w") as archive:
        digests = [f"{_write(archive, name, chunks)}  {name}\n" for name, chunks in parts.items()]
        text = f"{ledger}/export\n{''.join(digests)}"
        _write(archive, "parts.txt", [f"{text}\n{key.sign(text)}".encode()])
    return Exported(counts[DOCUMENT], counts[VERSION], span.leaves)


def standalone_checker(path: Path = _HERE / "audit_checker.py", put: set[str] | None = None) -> str:
    """Return the checker as one text: the first import of a module of ours gives way to what it says, others go.

    `put`: modules that stand in it already.
    """
    put = set() if put is None else put
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    inner: list[tuple[ast.ImportFrom, str]] = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("data."):
            name = str(node.module).partition(".")[2]
            is_new = name not in put
            put.add(name)
            inner.append((node, _without_head(standalone_checker(_HERE / f"{name}.py", put)) if is_new else ""))
    for node, own in reversed(inner):
        lines[node.lineno - 1 : node.end_lineno] = [own]
    return "".join(lines)


def _without_head(text: str) -> str:
    """Return a module without its docstring and what only a module of its own says."""
    lines = text.splitlines(keepends=True)
    for node in reversed(ast.parse(text).body):
        is_docstring = node.lineno == 1
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        is_all = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
        if is_docstring or is_future or is_all:
            del lines[node.lineno - 1 : node.end_lineno]
    return "".join(lines).strip() + "\n"


# --- What is written ---------------------------------------------------------------------------------


def _write(archive: zipfile.ZipFile, name: str, chunks: Iterable[bytes]) -> str:
    """Write a part; return the SHA-256 of its content."""
    digest = hashlib.sha256()
    part = zipfile.ZipInfo(name, _DATE)
    part.compress_type = zipfile.ZIP_DEFLATED
    part.create_system = 3
    part.external_attr = 0o644 << 16
    with archive.open(part, "w", force_zip64=True) as file:
        for chunk in chunks:
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _line(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _span(reader: Reader, start: int, end: int) -> _Span | None:
    leaves = reader.one(sa.select(sa.func.max(tree_head.c.size))) or 0
    places: list[int] = []
    for kind, table in ((DOCUMENT, document), (VERSION, version)):
        query = (
            sa.select(sa.func.min(leaf.c.position), sa.func.max(leaf.c.position))
            .join(table, sa.and_(leaf.c.kind == kind, leaf.c.ref == table.c.id))
            .where(table.c.recorded_at.between(start, end), leaf.c.position < leaves)
        )
        places += [place for place in reader.rows(query)[0] if place is not None]
    return _Span(min(places), max(places) + 1, leaves) if places else None


def _heads(reader: Reader, leaves: int) -> Iterator[bytes]:
    query = sa.select(tree_head.c.size, tree_head.c.signed_at, tree_head.c.checkpoint)
    for block in reader.blocks(query.where(tree_head.c.size <= leaves).order_by(tree_head.c.size)):
        for size, signed_at, checkpoint in block:
            yield _line({"size": size, "signed_at": signed_at, "checkpoint": checkpoint})


def _cosignatures(connection: sa.Connection, leaves: int) -> Iterator[bytes]:
    known = {each.name: each for each in witnesses(connection, dropped=True)}
    own = keys_of(connection)
    query = sa.select(cosignature).where(cosignature.c.size <= leaves)
    for row in connection.execute(query.order_by(cosignature.c.size, cosignature.c.witness)):
        keys = [key.text for key in keys_of_witness(connection, known[row.witness], own)]
        yield _line({"size": row.size, "witness": row.witness, "keys": keys, "line": row.signature})


def _leaves(reader: Reader, leaves: int) -> Iterator[bytes]:
    query = sa.select(leaf.c.hash).where(leaf.c.position < leaves).order_by(leaf.c.position)
    for block in reader.blocks(query):
        yield b"".join(row[0] for row in block)


def _records(reader: Reader, span: _Span, counts: dict[str, int]) -> Iterator[bytes]:
    query = (
        sa.select(
            *(leaf.c.position, leaf.c.kind, leaf.c.ref),
            *(document.c.recorded_at, document.c.body_hash, document.c.body),
            *(version.c.recorded_at, version.c.body_hash, version.c.body),
            *(version.c.subject, version.c.key, version.c.actor),
        )
        .outerjoin(document, sa.and_(leaf.c.kind == DOCUMENT, leaf.c.ref == document.c.id))
        .outerjoin(version, sa.and_(leaf.c.kind == VERSION, leaf.c.ref == version.c.id))
        .where(leaf.c.position >= span.first, leaf.c.position < span.end)
        .order_by(leaf.c.position)
    )
    for block in reader.blocks(query):
        for place, kind, ref, *rest in block:
            counts[kind] += 1
            recorded_at, digest, body = rest[:3] if kind == DOCUMENT else rest[3:6]
            about = {"leaf": place, "kind": kind, "id": ref, "recorded_at": recorded_at, "hash": (digest or b"").hex()}
            if kind == VERSION:
                about |= dict(zip(("subject", "key", "actor"), rest[6:], strict=True))
            yield _line({**about, "body": body})


def _first_document(reader: Reader, span: _Span) -> int | None:
    query = sa.select(sa.func.min(leaf.c.ref)).where(leaf.c.kind == DOCUMENT)
    number: int | None = reader.one(query.where(leaf.c.position >= span.first, leaf.c.position < span.end))
    return number


def _opening(reader: Reader, before: int | None) -> Iterator[bytes]:
    """Give what every place held before a document: the sum of all earlier lines."""
    if before is None:
        return
    came = sa.select(move.c.to_location.label("place"), move.c.lot, move.c.units).where(move.c.document < before)
    went = sa.select(move.c.from_location, move.c.lot, -move.c.units).where(move.c.document < before)
    both = sa.union_all(came, went).subquery()
    units = sa.cast(sa.func.sum(both.c.units), sa.BigInteger)
    sums = sa.select(both.c.place, both.c.lot, units.label("units")).group_by(both.c.place, both.c.lot).subquery()
    query = (
        sa.select(
            location.c.code, item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark, sums.c.units
        )
        .join_from(sums, location, location.c.id == sums.c.place)
        .join(lot, lot.c.id == sums.c.lot)
        .join(item, item.c.id == lot.c.item)
        .where(sums.c.units != 0)
        .order_by(sums.c.place, sums.c.lot)
    )
    names = ("place", "item", "lot", "expires", "fund", "earmark", "units")
    for block in reader.blocks(query):
        for row in block:
            yield f"{canonical(dict(zip(names, row, strict=True)))}\n".encode()
