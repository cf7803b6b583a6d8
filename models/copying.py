"""Copy a whole ledger from one state of it into an empty database, of either kind, row by row.

    with reading(ledger.engine) as source, writing(empty) as target:
        copy_ledger(source, target)

Every number stays: what the tree was made of, and what documents call one another. Indexes, references and guards
are made once the rows are in, which takes a third of the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable

from models.audit_reading import Reader
from models.database import is_sqlite
from models.schema import finish_schema
from models.tables import metadata

__all__ = ["copy_ledger"]

_Block = list[tuple[Any, ...]]


def copy_ledger(source: sa.Connection, target: sa.Connection) -> None:
    """Make every table in `target`, an empty database, with the rows of `source`, a connection that sees one state."""
    if is_sqlite(target):
        # A place may stand before the one that it lies in.
        target.exec_driver_sql("PRAGMA defer_foreign_keys = 1")
    reader = Reader(source)
    for table in metadata.sorted_tables:
        _make(target, table)
        _fill(target, table, reader.blocks(sa.select(*table.columns).order_by(*table.primary_key)))
    for table in metadata.sorted_tables:
        _index(target, table)
    finish_schema(target)


def _make(target: sa.Connection, table: sa.Table) -> None:
    # SQLite knows references only as part of a table; PostgreSQL would look each up, row by row.
    target.execute(CreateTable(table, include_foreign_key_constraints=None if is_sqlite(target) else []))


def _index(target: sa.Connection, table: sa.Table) -> None:
    for index in sorted(table.indexes, key=lambda each: str(each.name)):
        target.execute(CreateIndex(index))
    if not is_sqlite(target):
        for reference in sorted(table.foreign_key_constraints, key=lambda each: str(each.name)):
            target.execute(AddConstraint(reference, isolate_from_table=False))


def _fill(target: sa.Connection, table: sa.Table, blocks: Iterator[_Block]) -> None:
    quote = target.dialect.identifier_preparer
    name, columns = quote.format_table(table), ", ".join(quote.format_column(each) for each in table.columns)
    driver: Any = target.connection.driver_connection
    if is_sqlite(target):
        places = ", ".join("?" for _ in table.columns)
        for rows in blocks:
            driver.executemany(f"INSERT INTO {name} ({columns}) VALUES ({places})", rows)  # noqa: S608 - our own tables
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
        for rows in blocks:
            for row in rows:
                copy.write_row(row)
    _number_on(target, table, name)


def _number_on(target: sa.Connection, table: sa.Table, name: str) -> None:
    """Let PostgreSQL number the next row after the last one that is there."""
    column = table.autoincrement_column
    if column is None:
        return
    last = f"SELECT COALESCE(MAX({column.name}), 0) AS last FROM {name}"  # noqa: S608 - our own tables
    target.exec_driver_sql(
        f"SELECT setval(pg_get_serial_sequence('{name}', '{column.name}'), GREATEST(last, 1), last > 0) "  # noqa: S608
        f"FROM ({last}) AS found"
    )
