"""What the databases themselves would let through: facts changed, deleted, replaced, emptied; and one false alarm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from ledgers import kept_in
from office import FAR, Office, masks

from models.database import is_sqlite, writing
from models.documents_count import count
from models.documents_undo import recall, reverse
from models.tables import FACTS, balance, document, metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request) -> Iterator[Office]:
    """Give a ledger in which something stands in every table of facts that documents fill."""
    with kept_in(request.param):
        office = Office()
        office.receive(("L", FAR, 5))
        office.post(count(office.head(day=1), site="D1", rows=[masks(4)]))
        office.post(recall(office.head(day=2, reason="ordered"), lot_no="L"))
        yield office
        office.ledger.engine.dispose()


def replacing(**other: str) -> str:
    """Return a statement that replaces documents by themselves, but for some columns that say something else."""
    columns = [column.name for column in document.columns]
    said = [other.get(name, name) for name in columns]
    return f"INSERT OR REPLACE INTO document ({', '.join(columns)}) SELECT {', '.join(said)} FROM document"  # noqa: S608 - our own names


UNDER_OTHER_NUMBERS = replacing(id="id + 100")
"""The same documents under other numbers: each meets the one with its key."""

REVERSING_THE_SAME = replacing(id="id + 100", idem_key="'other ' || idem_key") + " WHERE reverses IS NOT NULL"
"""The same reversals under other numbers and keys: each meets the one that reverses the same document."""

FILLED = ("document", "move", "counted", "lot_mark")


def changes_of(name: str) -> list[str]:
    """Return statements that would change a table of facts, each in its own way."""
    column = next(iter(metadata.tables[name].primary_key)).name
    return [f"UPDATE {name} SET {column} = {column}", f"DELETE FROM {name}"]  # noqa: S608 - names of our own tables


def writing_over(name: str, *, replaces: bool) -> str:
    """Return a statement that would write a table of facts over itself."""
    if replaces:
        return f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}"  # noqa: S608 - names of our own tables
    keys = [column.name for column in metadata.tables[name].primary_key]
    excluded = f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {keys[0]} = excluded.{keys[0]}"
    return f"INSERT INTO {name} SELECT * FROM {name} {excluded}"  # noqa: S608 - as above


def test_no_fact_is_updated_or_deleted(office):
    for statement in (each for name in FILLED for each in changes_of(name)):
        with (
            pytest.raises(sa.exc.DBAPIError, match="the ledger is written once"),
            writing(office.ledger.engine) as connection,
        ):
            connection.exec_driver_sql(statement)


def test_no_fact_is_written_over(office):
    """SQLite's REPLACE deletes without a word where a trigger does not stop it; PostgreSQL's upsert updates."""
    replaces = is_sqlite(office.ledger.engine)
    for statement in (writing_over(name, replaces=replaces) for name in FILLED):
        with (
            pytest.raises(sa.exc.DBAPIError, match="the ledger is written once"),
            writing(office.ledger.engine) as connection,
        ):
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
def test_no_fact_is_replaced_by_its_other_keys_either(office):
    """A document has its number, its key and what it reverses: REPLACE would delete whatever meets one of them."""
    with (
        pytest.raises(sa.exc.DBAPIError, match="the ledger is written once"),
        writing(office.ledger.engine) as connection,
    ):
        connection.exec_driver_sql(UNDER_OTHER_NUMBERS)


@pytest.mark.parametrize("office", ["postgresql"], indirect=True)
def test_no_table_of_facts_is_emptied_at_once(office):
    """Row triggers do not see TRUNCATE."""
    for name in FACTS:
        with (
            pytest.raises(sa.exc.DBAPIError, match="the ledger is written once"),
            writing(office.ledger.engine) as connection,
        ):
            connection.exec_driver_sql(f"TRUNCATE {name} CASCADE")


def without_recursive_triggers(office: Office, *statements: str) -> list[int]:
    """Return the numbers of all documents after some statements on a connection that turned the setting off."""
    with office.ledger.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        for pragma in ("recursive_triggers", "foreign_keys"):
            connection.exec_driver_sql(f"PRAGMA {pragma} = 0")
        connection.exec_driver_sql("BEGIN")
        try:
            for statement in statements:
                connection.exec_driver_sql(statement)
            return list(connection.execute(sa.select(document.c.id).order_by(document.c.id)).scalars())
        finally:
            connection.rollback()


@pytest.mark.parametrize("statement", [UNDER_OTHER_NUMBERS, REVERSING_THE_SAME])
@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
def test_a_connection_without_recursive_triggers_replaces_no_document_either(office, statement):
    """REPLACE then deletes unseen by the guards against deleting, so the one against inserting knows every key."""
    office.post(reverse(office.head(day=3, reason="never-happened"), number=3))
    with pytest.raises(sa.exc.DBAPIError, match="the ledger is written once"):
        without_recursive_triggers(office, statement)


@pytest.mark.parametrize(
    ("statement", "left"), [(UNDER_OTHER_NUMBERS, [101, 102, 103, 104]), (REVERSING_THE_SAME, [1, 2, 3, 104])]
)
@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
def test_the_positive_control_without_that_guard_documents_are_replaced(office, statement, left):
    office.post(reverse(office.head(day=3, reason="never-happened"), number=3))
    assert without_recursive_triggers(office, "DROP TRIGGER never_replace_document", statement) == left


@pytest.mark.parametrize("name", FACTS)
@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
def test_the_guard_against_replacing_knows_every_key_that_sqlite_knows(office, name):
    """A table with a row number of its own, beside its keys, would have one that no guard can name."""
    with office.ledger.engine.connect() as connection:

        def asked(query: str, of: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in connection.exec_driver_sql(query, (of,)).all()]

        guard = asked("SELECT sql FROM sqlite_master WHERE name = 'never_replace_' || ?", name)[0][0]
        indexes = asked('SELECT name FROM pragma_index_list(?) WHERE "unique"', name)
        keys = [asked("SELECT name FROM pragma_index_info(?) ORDER BY seqno", index) for (index,) in indexes]
        primary = asked("SELECT name, type FROM pragma_table_info(?) WHERE pk ORDER BY pk", name)
        without_rowid = asked("SELECT wr FROM pragma_table_list(?)", name) == [(1,)]

    assert without_rowid or [kind for _, kind in primary] == ["INTEGER"]
    for key in (*keys, primary):
        assert " AND ".join(f"{column} = NEW.{column}" for column, *_ in key) in guard


def test_a_check_judges_the_row_that_an_upsert_never_inserts(office):
    """So a balance is taken from with UPDATE; INSERT … ON CONFLICT would refuse although the stock suffices."""
    with office.ledger.engine.connect() as connection:
        row = connection.execute(sa.select(balance).where(balance.c.units == 4)).one()
        taking = (
            f"INSERT INTO balance (location, lot, sign, units, last_at) VALUES ({row.location}, {row.lot}, 1, -1, 0) "  # noqa: S608 - numbers
            "ON CONFLICT (location, lot) DO UPDATE SET units = balance.units - 1"
        )
        with pytest.raises(sa.exc.IntegrityError, match="never_negative"):
            connection.exec_driver_sql(taking)
        connection.rollback()
        taken = f"UPDATE balance SET units = units - 1 WHERE location = {row.location} AND lot = {row.lot}"  # noqa: S608
        assert connection.exec_driver_sql(f"{taken} RETURNING units").scalar() == 3
        connection.rollback()
