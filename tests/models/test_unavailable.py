"""A database that cannot: who writes is told in a sentence and nothing is half done; who reads goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from ledgers import Book, a_ledger
from servers import a_postgres_database

from models import database
from models.database import is_sqlite, open_database, reading, writing
from models.faults import Unavailable
from models.ledger import open_ledger
from models.tables import document


@pytest.fixture
def book(each_database, tmp_path) -> Book:
    """10 masks came to D1, in a database that several connections can use at once."""
    book = Book(a_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}" if each_database == "sqlite" else ""))
    book.change(10, day=0)
    return book


def documents(book: Book) -> int:
    with reading(book.ledger.engine) as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(document)).scalar_one()


@pytest.fixture
def full(book) -> Iterator[Book]:
    """Let no page be added to the file any more; or let the server say of every document that its disk is full."""
    engine = book.ledger.engine
    if is_sqlite(engine):
        with engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        engine.dispose()

        @sa.event.listens_for(engine, "connect")
        def fill(connection, _record) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages}")

        yield book
        sa.event.remove(engine, "connect", fill)
        engine.dispose()
        return
    says = "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'"
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {says}; END $$"
        )
        connection.exec_driver_sql("CREATE TRIGGER full_disk BEFORE INSERT ON document EXECUTE FUNCTION full_disk()")
    yield book
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP FUNCTION full_disk CASCADE")


def test_where_the_disk_is_full_nothing_is_recorded_and_reading_goes_on(full):
    """The note alone needs more pages than are left, so a document fails somewhere on its way."""
    with pytest.raises(
        Unavailable, match=r"The ledger cannot be written: its disk is full .*(full|No space).* Nothing was recorded"
    ):
        full.change(-4, day=1, key="once", details={"note": "word " * 20_000})

    assert (full.now(), documents(full)) == (10, 1)


def test_with_room_again_the_same_document_is_posted_once(book, request):
    with pytest.raises(Unavailable):
        request.getfixturevalue("full").change(-4, day=1, key="once", details={"note": "word " * 20_000})
    # Room again: what the fixture did is taken back.
    engine = book.ledger.engine
    if is_sqlite(engine):
        again = open_ledger(str(engine.url))
    else:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER full_disk ON document")
        again = book.ledger
    other = Book(again)
    for _ in range(2):
        other.change(-4, day=1, key="once", details={"note": "word " * 20_000})

    assert (other.now(), documents(other)) == (6, 2)


def test_who_waits_for_a_writer_that_never_ends_is_told_so_and_waits_no_longer(each_database, tmp_path, monkeypatch):
    """The wait has a limit, here 0.05 seconds; the same key may be sent again."""
    monkeypatch.setattr(database, "BUSY_MS", 50)
    monkeypatch.setitem(database._PRAGMAS, "busy_timeout", 50)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}" if each_database == "sqlite" else a_postgres_database()
    book = Book(a_ledger(url))
    book.change(10, day=0)
    with writing(book.ledger.engine) as holder:
        # SQLite has one lock, and `writing` holds it.
        if each_database == "postgresql":
            holder.exec_driver_sql("SELECT units FROM balance FOR UPDATE")
        with pytest.raises(Unavailable, match=r"The ledger is busy: .* Nothing was recorded; try again in a moment"):
            book.change(-4, day=1, key="once")
        assert book.now() == 10  # reading goes on meanwhile
    book.change(-4, day=1, key="once")

    assert (book.now(), documents(book)) == (6, 2)
    book.ledger.engine.dispose()


def test_a_server_that_ended_every_connection_is_found_again():
    book = Book(a_ledger(a_postgres_database()))
    book.change(10, day=0)
    engine = open_database(book.ledger.engine.url.render_as_string(hide_password=False))
    with engine.begin() as connection:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        connection.exec_driver_sql(f"{query} AND pid <> pg_backend_pid()")
    book.change(-4, day=1)

    assert book.now() == 6
    book.ledger.engine.dispose()
    engine.dispose()
