"""python -m benchmarks.corruptions: one byte changed somewhere, ten thousand times; each must be found and named.

Three kinds of thing are spoilt, each by a byte that is changed, left out or put before the one before it:

rows     one value of one row of the ledger's database, past its guards; `audit check` must name row, document or leaf
exports  one part of an export (zipped anew), or one raw byte of the zip; its checker must find it
heads    a head that was kept elsewhere; `audit check --head` must find it

What a spoilt byte does not mean anything in is left out by name (`MEANINGLESS`), and of a zip it is proved that its
parts read the same. Everything else must be found; the run ends with 1 where anything was missed or found unnamed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from allocator.sentence import Sentence
from benchmarks.corruptible import Made, changed, make
from data import audit_checker, audit_heads
from models.audit import Report, audit
from models.audit_reading import Reader
from models.audit_tree import Outside, audit_tree
from models.database import open_database, reading, sqlite_module
from models.days import now_micros
from models.ledger import Ledger, open_ledger
from models.tables import metadata
from models.tree import size_of
from models.witnesses import keys_of_witness, witnesses

__all__ = ["MEANINGLESS", "Found", "Rows", "spoil_exports", "spoil_heads", "spoil_rows"]

MEANINGLESS = {
    ("person", "name"): "people's names are never sealed: they can be corrected and erased",
    ("person", "name_zh"): "the same",
    ("draft", "*"): "work in progress, the only thing that may change",
    ("witness_contact", "*"): "when a witness was last asked and why it did not answer; nothing rests on it",
    ("document", "request_hash"): "by it a retry is known; it says nothing of what was recorded",
    ("instance", "id"): "there is one row, and its number is asked by nobody",
    ("instance", "made_at"): "when the file was made; nothing rests on it",
    ("instance", "lang"): "the language of who has said none",
    ("password", "*"): "secrets of the pages, which their owners change",
    ("api_token", "*"): "which programs may ask for whom, and until when",
    ("web_session", "*"): "who is signed in at the pages now",
    ("sign_in_failure", "*"): "who failed to sign in at the pages",
    ("saved_view", "*"): "addresses that people keep under names of theirs",
    ("kept_answer", "*"): "what programs were answered, so that asking again changes nothing",
    ("report_draft", "*"): "what people are about to report, forgotten after some days",
    ("kept_upload", "*"): "files between two steps of an upload, forgotten after a day",
    ("job", "*"): "background jobs of the pages, forgotten after some days",
    ("alembic_version", "*"): "which version of the program made the tables",
}
"""Columns in which a byte means nothing that was sealed, and why."""


@dataclass
class Found:
    """What became of the spoilt bytes of a kind: how many, how many were found, and what was not or not by name."""

    tried: int = 0
    refused: int = 0  # the database itself would not hold it
    same: int = 0  # proved to read the same
    by_check: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)

    def __iadd__(self, other: Found) -> Self:
        self.tried += other.tried
        self.refused += other.refused
        self.same += other.same
        self.by_check += other.by_check
        self.missed += other.missed
        self.unnamed += other.unnamed
        return self


Cell = tuple[str, str, tuple[Any, ...], tuple[str, ...]]
"""A value of a row: table, column, the row's key, the key's columns."""


class Rows:
    """A ledger in memory, in which one value at a time is spoilt and mended."""

    def __init__(self, made: Made) -> None:
        source = open_ledger(made.url)
        self.ledger = Ledger(open_database("sqlite://"), source.zone)
        with source.engine.connect() as old, self.ledger.engine.connect() as new:
            raw: Any = old.connection.driver_connection
            raw.backup(new.connection.driver_connection)
        source.engine.dispose()
        self.now = now_micros()
        self.outside = [Outside(str(path), path.read_text(encoding="utf-8")) for path in made.heads]
        self._connection: Any = self.ledger.engine.raw_connection().driver_connection
        self._triggers = self._read_triggers()

    def audited(self) -> Report:
        """Audit the ledger as it is."""
        return audit(self.ledger, at=self.now, outside=self.outside, hands=1)

    def cells(self) -> Iterator[Cell]:
        """Give every value that is not absent."""
        for table in metadata.sorted_tables:
            keys = tuple(column.name for column in table.primary_key)
            names = ", ".join(f'"{key}"' for key in keys)
            for column in table.columns:
                if (table.name, column.name) in MEANINGLESS or (table.name, "*") in MEANINGLESS:
                    continue
                query = f'SELECT {names} FROM "{table.name}" WHERE length("{column.name}") > 0'  # noqa: S608 - our own
                for row in self._connection.execute(query).fetchall():
                    yield table.name, column.name, tuple(row), keys

    def value(self, table: str, column: str, key: Sequence[Any], keys: Sequence[str]) -> tuple[str, bytes]:
        """Return a value's kind (integer, text, blob) and its bytes; a whole number's are its eight."""
        # The names are our own, of our own tables.
        form = f'SELECT typeof("{column}"), {{}} FROM "{table}" WHERE {_where(keys)}'  # noqa: S608
        kind, whole = self._connection.execute(form.format(f'CAST("{column}" AS INTEGER)'), key).fetchone()
        if kind == "integer":
            return kind, int(whole).to_bytes(8, "big", signed=True)
        return kind, bytes(self._connection.execute(form.format(f'CAST("{column}" AS BLOB)'), key).fetchone()[1])

    def put(self, cell: Cell, kind: str, content: bytes) -> Cell:
        """Write a value past the guards; return the cell as it is found from then on.

        Raises:
            the driver's IntegrityError: another row has that key.

        """
        table, column, key, keys = cell
        own = [name for name, (of, _) in self._triggers.items() if of == table]
        place, value = {
            "integer": ("?", int.from_bytes(content, "big", signed=True)),
            "text": ("CAST(? AS TEXT)", content),
            "blob": ("?", content),
        }[kind]
        for name in own:
            self._connection.execute(f"DROP TRIGGER {name}")
        try:
            statement = f'UPDATE "{table}" SET "{column}" = {place} WHERE {_where(keys)}'  # noqa: S608 - our own names
            self._connection.execute(statement, (value, *key))
        finally:
            for name in own:
                self._connection.execute(self._triggers[name][1])
        if column not in keys:
            return cell
        return (
            table,
            column,
            tuple(value if name == column else part for name, part in zip(keys, key, strict=True)),
            keys,
        )

    @property
    def conflict(self) -> type[Exception]:
        """What the driver raises where another row has a key."""
        return sqlite_module().IntegrityError

    def _read_triggers(self) -> dict[str, tuple[str, str]]:
        self._connection.execute("PRAGMA foreign_keys = 0")
        self._connection.execute("PRAGMA ignore_check_constraints = 1")
        query = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
        return {name: (table, sql) for name, table, sql in self._connection.execute(query)}


def _where(keys: Sequence[str]) -> str:
    # As bytes: a spoilt text may be none that can be read.
    return " AND ".join(f'CAST("{key}" AS BLOB) = CAST(? AS BLOB)' for key in keys)


def spoil_rows(
    made: Made, seeds: Sequence[int], *, table: str = "", audited: Callable[[Rows], Report] = Rows.audited
) -> Found:
    """Spoil one value after another; each seed says which and how.

    `table`: only of this one, "" for all; `audited`: what looks for it.
    """
    rows = Rows(made)
    by_table: dict[str, list[Cell]] = {}
    for cell in rows.cells():
        if table in ("", cell[0]):
            by_table.setdefault(cell[0], []).append(cell)
    if rows.audited().fault is not None:
        raise ValueError(f"the ledger does not hold before anything is spoilt: {rows.audited().fault}")
    found = Found()
    for seed in seeds:
        rng = random.Random(seed)
        # Tables in turn, so that one with few rows is tried as often as one with many.
        cells = by_table[sorted(by_table)[seed % len(by_table)]]
        found += _spoil_cell(rows, cells[rng.randrange(len(cells))], rng, seed, audited)
    if rows.audited().fault is not None:
        raise ValueError(f"the ledger was not mended: {rows.audited().fault}")
    return found


def _spoil_cell(rows: Rows, cell: Cell, rng: random.Random, seed: int, audited: Callable[[Rows], Report]) -> Found:
    kind, before = rows.value(*cell)
    after = changed(before, rng)
    if kind == "integer":
        # A byte left out or moved makes another number of the same eight bytes.
        after = after.rjust(8, b"\0")[-8:]
        if after == before:
            return Found()
    try:
        spoilt = rows.put(cell, kind, after)
    except rows.conflict:
        return Found(tried=1, refused=1)
    table, column, key, _ = cell
    said = f"seed {seed}: {table}.{column} of {key}: {before[:60]!r} -> {after[:60]!r}"
    try:
        fault = audited(rows).fault
    except Exception as error:  # noqa: BLE001 - an audit that ends with a traceback names nothing
        rows.put(spoilt, kind, before)
        return Found(tried=1, missed=[f"{said}: {type(error).__name__}: {error}"])
    rows.put(spoilt, kind, before)
    if fault is None:
        return Found(tried=1, missed=[said])
    sentence = str(fault.sentence)
    found = Found(tried=1, by_check=Counter({fault.check: 1}))
    if not _names(fault.sentence, table, {str(key[0]), str(spoilt[2][0])}):
        found.unnamed.append(f"{said}: {sentence}")
    return found


_NUMBERED = ("document", "move", "counted", "lot_mark", "version", "tree_head", "cosignature", "countersignature")
"""Tables whose rows begin with a number that whoever looks for them needs."""


def _names(sentence: Sentence, table: str, numbers: set[str]) -> bool:
    """Say whether a sentence tells where to look: something by its name, and a numbered row by its number."""
    said = {str(value).partition("/")[0] for value in sentence.values.values()}
    return bool(said) and (table not in _NUMBERED or bool(numbers & said))


CHECK_FOUND = 4
"""The exit status with which a checker names what does not hold; 2: what it cannot read."""


def spoil_exports(made: Made, seeds: Sequence[int], folder: Path) -> Found:
    """Spoil one byte of an export: of a part's content (the zip is sound again) or of the zip itself."""
    raw = made.export.read_bytes()
    parts = _parts_of(raw)
    found = Found()
    file = folder / "spoilt.zip"
    words = [str(file), "--key", made.key, "--witness", made.witness, "--lang", "en"]
    for seed in seeds:
        rng = random.Random(seed)
        name = sorted(parts)[seed // 2 % len(parts)]
        if seed % 2:
            file.write_bytes(changed(raw, rng))
            name = "the zip"
        else:
            _write_zip(file, parts | {name: changed(parts[name] or b" ", rng)})
        found += _judged(file, words, parts, f"seed {seed}: a byte of {name}")
    return found


def _judged(file: Path, words: list[str], parts: dict[str, bytes], said: str) -> Found:
    told = io.StringIO()
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            status = audit_checker.main(words)
    except Exception as error:  # noqa: BLE001 - a checker that ends with a traceback names nothing
        return Found(tried=1, missed=[f"{said}: {type(error).__name__}: {error}"])
    if status:
        text = told.getvalue()
        is_named = status == CHECK_FOUND or any(part in text for part in (*parts, str(file)))
        unnamed = [] if is_named else [f"{said}: {text}"]
        return Found(tried=1, by_check=Counter({f"exit status {status}": 1}), unnamed=unnamed)
    try:
        is_same = _parts_of(file.read_bytes()) == parts
    except Exception:  # noqa: BLE001 - whatever it is, it is not the same
        is_same = False
    return Found(tried=1, same=1) if is_same else Found(tried=1, missed=[said])


def _parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _write_zip(file: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def spoil_heads(made: Made, seeds: Sequence[int]) -> Found:
    """Spoil one byte of a head that a folder keeps, and compare it with the ledger as `audit check` does."""
    ledger = open_ledger(made.url)
    found = Found()
    with reading(ledger.engine) as connection:
        (stick,) = (each for each in witnesses(connection) if each.name == "stick")
        keys = tuple(keys_of_witness(connection, stick))
        reader, leaves = Reader(connection), size_of(connection)
        for seed in seeds:
            rng = random.Random(seed)
            path = made.heads[seed % len(made.heads)]
            note = changed(path.read_bytes(), rng).decode("utf-8", "replace")
            fault, _ = audit_tree(reader, leaves=leaves, outside=[Outside(str(path), note, cosigners=keys)])
            said = f"seed {seed}: {path.name}: {note!r}"
            if fault is None:
                found += Found(tried=1, missed=[said])
            elif str(path) not in str(fault.sentence):
                found += Found(tried=1, unnamed=[f"{said}: {fault.sentence}"])
            else:
                found += Found(tried=1, by_check=Counter({fault.check: 1}))
    ledger.engine.dispose()
    return found


def main() -> None:
    """Make a ledger, spoil it as often as is asked, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corruptions", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=6000, help="values of rows to spoil")
    parser.add_argument("--exports", type=int, default=3000, help="bytes of exports to spoil")
    parser.add_argument("--heads", type=int, default=1500, help="bytes of heads to spoil")
    parser.add_argument("--table", default="", help="only rows of this table")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    asked = parser.parse_args()
    # The same head is checked again and again: each signature is worked out once.
    audit_heads.signature_holds = lru_cache(100_000)(audit_heads.signature_holds)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="allocator-corruptions-") as name:
        folder = Path(name)
        made = make(folder)
        kinds: dict[str, tuple[Callable[[Sequence[int]], Found], int]] = {
            "values of rows": (lambda seeds: spoil_rows(made, seeds, table=asked.table), asked.rows),
            "bytes of exports": (lambda seeds: spoil_exports(made, seeds, folder), asked.exports),
            "bytes of heads": (lambda seeds: spoil_heads(made, seeds), asked.heads),
        }
        for what, (spoil, many) in kinds.items():
            began = time.perf_counter()
            found = spoil(range(asked.seed, asked.seed + many))
            wrong += len(found.missed) + len(found.unnamed)
            print(f"{what}: {found.tried} spoilt in {time.perf_counter() - began:.0f} s; the database would not hold "
                  f"{found.refused}; read the same {found.same}; missed {len(found.missed)}; "
                  f"found but not named {len(found.unnamed)}; found by {dict(found.by_check)}", flush=True)  # fmt: skip
            for line in (*found.missed, *found.unnamed):
                print(f"  {line}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
