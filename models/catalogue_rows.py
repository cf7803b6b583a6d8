"""Master data kept by key: new rows are added, changed ones changed with a version, others left alone.

Rows come as columns. A column that is not given stays as it is in rows that are there; nothing is
ever deleted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.entry import Refusal
from models.versions import Stamp, record_versions

__all__ = ["Columns", "Kept", "Saved", "lock_catalogue", "rows_by_key", "save"]

Columns = Mapping[str, Sequence[Any]]
"""Columns of equal length by name, of plain texts, whole numbers and None."""

_AT_ONCE = 500
"""Keys asked for in one statement; with more than a few of these the whole table is read."""

# Two people who save master data at once wait for each other, so neither overwrites what it did not see.
_LOCK = "SELECT pg_advisory_xact_lock(1279345736)"


@dataclass(frozen=True)
class Saved:
    """How many rows were new, changed, and already so. `said`: what whoever gave them should know."""

    new: int = 0
    changed: int = 0
    same: int = 0
    said: tuple[Sentence, ...] = ()

    def __add__(self, other: Saved) -> Saved:
        return Saved(
            self.new + other.new, self.changed + other.changed, self.same + other.same, (*self.said, *other.said)
        )

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by their names."""
        return {"new": self.new, "changed": self.changed, "same": self.same}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """How one table is kept.

    `key`: the columns that make a row this row; `values`: the others, with what a new row says where
    nobody did; `constants`: what every new row says and no version tells.
    """

    table: sa.Table
    subject: str
    key: tuple[str, ...]
    values: Mapping[str, Any]
    constants: Mapping[str, Any] = field(default_factory=dict)


def lock_catalogue(connection: sa.Connection) -> None:
    """Let nobody else save master data until this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_LOCK)


def save(
    connection: sa.Connection, kept: Kept, columns: Columns, stamp: Stamp, *, codes: Columns | None = None
) -> Saved:
    """Save rows and return how many changed anything.

    `codes`: for columns that hold ids, what they stand for; versions speak of codes.

    Raises:
        Refusal: two rows have one key.

    """
    keys = list(zip(*(columns[name] for name in kept.key), strict=True))
    labels = list(zip(*({**columns, **(codes or {})}[name] for name in kept.key), strict=True))
    _refuse_repeats(kept, keys, labels)
    given = [at for at, name in enumerate(kept.values) if name in columns]
    names = tuple(kept.values)
    rows = list(zip(*(columns[names[at]] for at in given), strict=True)) if given else [()] * len(keys)
    held = rows_by_key(connection, kept, keys)
    defaults = tuple(kept.values.values())
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    versions: list[tuple[str, dict[str, Any]]] = []
    for key, label, row in zip(keys, labels, rows, strict=True):
        before = held.get(key)
        values = list(defaults if before is None else before)
        for at, value in zip(given, row, strict=True):
            values[at] = value
        if before is not None and tuple(values) == before:
            continue
        after = dict(zip(names, values, strict=True))
        (new if before is None else changed).append({**dict(zip(kept.key, key, strict=True)), **after})
        versions.append(("/".join(label), {**dict(zip(kept.key, label, strict=True)), **after}))
    _write(connection, kept, new, changed)
    record_versions(connection, kept.subject, versions, stamp)
    return Saved(len(new), len(changed), len(keys) - len(new) - len(changed))


def _refuse_repeats(kept: Kept, keys: Sequence[tuple[Any, ...]], labels: Sequence[tuple[str, ...]]) -> None:
    counts = Counter(keys)
    if len(counts) == len(keys):
        return
    twice = sorted({label for key, label in zip(keys, labels, strict=True) if counts[key] > 1})
    raise Refusal(
        *(
            say("{subject} {key} is there twice. Keep one of the two.", subject=kept.subject, key=" + ".join(label))
            for label in twice
        )
    )


def rows_by_key(
    connection: sa.Connection, kept: Kept, keys: Sequence[tuple[Any, ...]]
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Return the values of the rows that are there, of these keys or of more, by key."""
    first = kept.table.c[kept.key[0]]
    query = sa.select(*(kept.table.c[name] for name in (*kept.key, *kept.values)))
    width = len(kept.key)
    asked = sorted({key[0] for key in keys})
    parts = [query] if len(asked) > 4 * _AT_ONCE else [query.where(first.in_(part)) for part in _parts(asked)]
    rows = (tuple(row) for part in parts for row in connection.execute(part))
    return {row[:width]: row[width:] for row in rows}


def _parts(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))


def _write(
    connection: sa.Connection, kept: Kept, new: Sequence[dict[str, Any]], changed: Sequence[dict[str, Any]]
) -> None:
    if new:
        connection.execute(
            sa.insert(kept.table).values(dict(kept.constants)) if kept.constants else sa.insert(kept.table), new
        )
    if changed:
        change = sa.update(kept.table)
        for name in kept.key:
            change = change.where(kept.table.c[name] == sa.bindparam(f"key_{name}"))
        change = change.values({name: sa.bindparam(f"new_{name}") for name in kept.values})
        rows = [{("key_" if name in kept.key else "new_") + name: row[name] for name in row} for row in changed]
        connection.execute(change, rows)
