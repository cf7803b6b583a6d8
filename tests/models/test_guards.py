"""The ledger is written once: the database itself refuses to change, delete, replace or empty a fact."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from ledgers import Book, kept_in
from servers import a_postgres_database

from models import database
from models.database import open_database, reading, sqlite_module, writing
from models.entry import Line, LotKey, Mark, Refusal
from models.tables import FACTS, document, instance, move

WRITTEN_ONCE = "the ledger is written once: reverse the document instead"


def a_book() -> Book:
    """A ledger with a document, a count and a recall in it."""
    book = Book()
    book.change(10, day=0)
    book.count({LotKey("I1"): 9}, day=1)
    book.post("recall", Line("D1", "QUARANTINE:D1", LotKey("I1"), 1), marks=(Mark(LotKey("I1"), "recalled"),), day=2)
    return book


@pytest.fixture
def book(each_database) -> Book:
    return a_book()


@pytest.fixture
def sqlite_book() -> Book:
    return a_book()


@pytest.fixture
def postgres_book() -> Iterator[Book]:
    with kept_in("postgresql"):
        yield a_book()


def refused(book: Book, *statements: str) -> bool:
    """Say whether the database refuses the last of some statements in these words; nothing of them stays."""
    before = contents(book)
    with writing(book.ledger.engine) as connection:
        for statement in statements[:-1]:
            connection.exec_driver_sql(statement)
        with pytest.raises(sa.exc.DBAPIError, match=WRITTEN_ONCE):
            connection.exec_driver_sql(statements[-1])
        connection.rollback()
    return contents(book) == before


def contents(book: Book) -> list[list[tuple]]:
    with reading(book.ledger.engine) as connection:
        return [[tuple(row) for row in connection.execute(sa.select(table))] for table in (document, move)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE document SET reason = 'better'",
        "UPDATE move SET units = units + 1",
        "UPDATE counted SET units = 0",
        "UPDATE lot_mark SET mark = 'cleared'",
        "DELETE FROM move",
        "DELETE FROM counted",
        "DELETE FROM lot_mark",
        "DELETE FROM document WHERE id = 3",
    ],
)
def test_no_fact_is_changed_or_deleted(book, statement):
    assert refused(book, statement)


@pytest.mark.parametrize("name", ["document", "move", "counted", "lot_mark"])
def test_facts_are_not_replaced_on_sqlite(sqlite_book, name):
    replace = f"REPLACE INTO {name} SELECT * FROM {name}"  # noqa: S608

    assert refused(sqlite_book, replace)
    # A connection that forgets the setting by which REPLACE meets the triggers is refused still.
    with sqlite_book.ledger.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA recursive_triggers = 0")
    assert refused(sqlite_book, replace)


@pytest.mark.parametrize("name", FACTS)
def test_facts_are_not_truncated_on_postgresql(postgres_book, name):
    assert refused(postgres_book, f"TRUNCATE {name} CASCADE")


def test_control_without_its_guard_a_table_is_truncated(postgres_book):
    """A trigger for each row, which is all that guards against DELETE, does not see TRUNCATE."""
    with postgres_book.ledger.engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER never_truncate_move ON move")
        connection.exec_driver_sql("TRUNCATE move")

        assert connection.execute(sa.select(sa.func.count()).select_from(move)).scalar() == 0
        connection.rollback()


def test_control_without_its_guards_sqlite_replaces_without_a_word(sqlite_book):
    with sqlite_book.ledger.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA recursive_triggers = 0")
        connection.exec_driver_sql("DROP TRIGGER never_replace_counted")
        connection.exec_driver_sql(
            "REPLACE INTO counted SELECT document, line, location, item, lot, 1, at FROM counted"
        )

        assert connection.exec_driver_sql("SELECT units FROM counted").scalars().all() == [1]
        connection.rollback()


def test_control_a_setting_that_loses_documents_is_noticed_before_anything_is_written(tmp_path, monkeypatch):
    """Somebody speeds SQLite up behind our back: what was acknowledged would not survive a power cut."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    open_database(url).dispose()
    set_up = database._set_up_sqlite

    def sped_up(connection, record) -> None:
        set_up(connection, record)
        connection.execute("PRAGMA synchronous = OFF")

    monkeypatch.setattr(database, "_set_up_sqlite", sped_up)
    with pytest.raises(Refusal, match=r"does not keep the setting synchronous = 2 \(it says 0\)"):
        open_database(url)


@pytest.mark.parametrize("setting", ["fsync = off", "synchronous_commit = off"])
def test_a_server_that_may_lose_what_it_acknowledged_is_refused(setting, monkeypatch):
    url = a_postgres_database()
    name = setting.partition(" ")[0]
    if name == "synchronous_commit":
        with sa.create_engine(url.replace("postgresql", "postgresql+psycopg", 1)).begin() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {sa.make_url(url).database} SET {setting}")
    else:
        # The server is shared, so only what it says is changed here.
        monkeypatch.setattr(database, "_read_settings", lambda _: ("off", "on"))
    with pytest.raises(Refusal, match=f"may lose what it has acknowledged .*{name} = off"):
        open_database(url)


def test_an_unsafe_sqlite_gets_one_connection_only(tmp_path, monkeypatch):
    """Two connections of such a library can corrupt the file, so a second one waits for the first."""
    monkeypatch.setattr(database, "SAFE_SQLITE", (99,))
    engine = open_database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")

    assert engine.pool.size() == 1
    assert sqlite_module().sqlite_version_info < (99,)
    engine.dispose()


def test_connections_of_one_process_keep_120_mib_together(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    with contextlib.ExitStack() as held:
        lent = [held.enter_context(engine.connect()) for _ in range(engine.pool.size())]
        kib = [-each.exec_driver_sql("PRAGMA cache_size").scalar_one() for each in lent]
    engine.dispose()

    assert (len(kib), kib[0], sum(kib)) == (8, 64 * 1024, 120 * 1024)


def test_a_file_that_is_no_database_is_refused_with_its_name(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but long enough to be looked at as one " * 40)

    with pytest.raises(Refusal, match=r"notes.txt cannot be opened as a ledger: file is not a database"):
        open_database(f"sqlite:///{file}")


def test_which_ledger_it_is_stays_one_row(book):
    with pytest.raises(sa.exc.IntegrityError), writing(book.ledger.engine) as connection:
        connection.execute(instance.insert(), {"id": 2, "name": "another", "made_at": 0})


def test_a_relative_address_stays_where_it_was_opened(tmp_path, monkeypatch):
    """Connections are made later too; found by files that a test left in the folder of the suite."""
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(here)
    engine = open_database("sqlite:///ledger.sqlite")
    engine.dispose()
    monkeypatch.chdir(elsewhere)
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE mask (units INTEGER)")
    engine.dispose()

    assert [path.name for path in here.iterdir()] == ["ledger.sqlite"]
    assert list(elsewhere.iterdir()) == []
