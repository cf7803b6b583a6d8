"""PostgreSQL's routine has its owner's rights: nobody calls it unasked, nor puts a function of theirs in its way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from ledgers import Book, a_ledger
from servers import a_postgres_database

from benchmarks.ledger_laws import faults_of
from models.entry import Line, LotKey
from models.ledger import Ledger, open_ledger
from models.posting import NotEnoughStock
from models.routine import CALL

MASKS = LotKey("I1")


@pytest.fixture
def url() -> str:
    """The address of a ledger whose depot holds 10 masks."""
    url = a_postgres_database()
    book = Book(a_ledger(url))
    book.change(10, day=0)
    book.change(-1, day=0)
    book.ledger.engine.dispose()
    return url


def run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url.replace("postgresql", "postgresql+psycopg", 1))
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


# A function that the routine calls by its bare name; this one does the same, and whatever else its maker wants.
DECOY = (
    "CREATE SCHEMA decoy",
    "CREATE TABLE decoy.ran (as_whom text)",
    """CREATE FUNCTION decoy.cardinality(bigint[]) RETURNS int LANGUAGE sql
       AS 'INSERT INTO decoy.ran VALUES (current_user); SELECT array_length($1, 1)'""",
)


@pytest.fixture
def misled(url) -> Iterator[Ledger]:
    """Give the ledger to somebody whose own functions are found before the server's; 8 masks are left."""
    path = "search_path = decoy, pg_catalog, public"
    run(url, *DECOY, f"ALTER DATABASE {sa.make_url(url).database} SET {path}")
    ledger = open_ledger(url)
    issued(ledger, 1)  # from now on it knows the ids of places and lots, and posts by the routine
    yield ledger
    ledger.engine.dispose()


def issued(ledger: Ledger, units: int) -> None:
    Book(ledger).post("issue", Line("D1", "CONSUMED:D1", MASKS, units), day=1, key=f"take {units}")


def ran(ledger: Ledger) -> int:
    with ledger.engine.connect() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM decoy.ran").scalar_one()


def test_the_routine_finds_the_servers_own_functions_whoever_calls_it(misled):
    with pytest.raises(NotEnoughStock):
        issued(misled, 9)
    issued(misled, 8)

    assert ran(misled) == 0
    assert faults_of(misled.engine) == []


def test_control_without_its_fixed_path_it_runs_what_others_put_in_its_way(url, misled):
    arguments = "SELECT oid::regprocedure FROM pg_proc WHERE proname = 'post_document'"
    run(url, f"DO $$ BEGIN EXECUTE 'ALTER FUNCTION ' || ({arguments}) || ' RESET search_path'; END $$")
    issued(misled, 8)

    assert ran(misled) == 1


@pytest.mark.parametrize("granted", [False, True])
def test_nobody_calls_it_who_was_not_granted_it(url, granted):
    """`granted`: the control, in which the call is refused for what it says and not for who says it."""
    role = f"clerk_{'granted' if granted else 'plain'}"
    grant = "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO"
    run(url, f"DROP ROLE IF EXISTS {role}", f"CREATE ROLE {role}", *([f"{grant} {role}"] if granted else []))
    engine = sa.create_engine(url.replace("postgresql", "postgresql+psycopg", 1))
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET ROLE {role}")
        with pytest.raises(sa.exc.DBAPIError) as refused:
            connection.exec_driver_sql(CALL, (None,) * CALL.count("%s"))
    engine.dispose()
    run(url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    assert ("permission denied for function post_document" in str(refused.value)) is not granted
