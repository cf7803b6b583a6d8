"""Texts that are none: bytes in the database's file that cannot be read, named by their row.

Looked for only once reading has failed; PostgreSQL refuses such bytes itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from allocator.sentence import say
from models.audit_findings import Fault
from models.database import is_sqlite
from models.tables import metadata

__all__ = ["unreadable_text"]


def unreadable_text(connection: sa.Connection) -> Fault | None:
    """Return the first text that cannot be read, None where all can."""
    if not is_sqlite(connection):
        return None
    return next(_unreadable(connection), None)


def _unreadable(connection: sa.Connection) -> Iterator[Fault]:
    for table in metadata.sorted_tables:
        keys = [column.name for column in table.primary_key]
        texts = [column.name for column in table.columns if isinstance(column.type, sa.Text)]
        names = [*keys, *texts]
        columns = ", ".join(f'CAST("{name}" AS BLOB)' for name in names)
        query = f'SELECT {columns} FROM "{table.name}"'  # noqa: S608 - names of our own tables
        for row in connection.exec_driver_sql(query):
            cells = dict(zip(names, row, strict=True))
            for name in texts:
                if not _is_text(cells[name]):
                    key = "/".join((cells[each] or b"").decode("utf-8", "replace") for each in keys)
                    sentence = say(
                        "{table} {key}, column {column}: its text cannot be read; somebody changed the ledger's file.",
                        table=table.name,
                        key=key,
                        column=name,
                    )
                    yield Fault("rows", sentence)


def _is_text(content: bytes | None) -> bool:
    try:
        (content or b"").decode()
    except UnicodeDecodeError:
        return False
    return True
