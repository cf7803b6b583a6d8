"""What a line must be: whole units of one lot from one place to another; the database itself stores nothing else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from ledgers import MASKS, Book

from models.database import open_database, writing
from models.entry import Line, LotKey, Refusal
from models.tables import UNITS_PER_LINE_MAX, balance, document, lot, move

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def book() -> Book:
    """Document 1: 10 masks came to D1."""
    book = Book()
    book.change(10, day=0)
    return book


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (Line("D1", "CONSUMED:D1", MASKS, 0), "0 is not a quantity"),
        (Line("D1", "CONSUMED:D1", MASKS, -1), "-1 is not a quantity"),
        (Line("D1", "CONSUMED:D1", MASKS, UNITS_PER_LINE_MAX + 1), "more than one line can hold"),
        (Line("D1", "D1", MASKS, 1), "cannot move stock from D1 to D1"),
        (Line("D1", "P1", MASKS, 1), "cannot move stock from D1 to P1"),
        (Line("SUPPLIER:S1", "D1", MASKS, 1), "cannot move stock from SUPPLIER:S1 to D1"),
    ],
)
def test_what_no_issue_can_say_is_refused(book, line, says):
    with pytest.raises(Refusal, match=says):
        book.post("issue", line)
    assert book.now() == 10


def test_a_part_of_a_unit_has_no_text_that_could_be_hashed(book):
    with pytest.raises(TypeError, match="float has no canonical form"):
        book.post("issue", Line("D1", "CONSUMED:D1", MASKS, 1.5))  # type: ignore[arg-type]
    assert book.now() == 10


COLUMNS = ("document", "line", "from_location", "to_location", "lot", "units", "at", "from_after", "to_after")


def one_more_line(**other: str) -> str:
    """Return a statement that writes every line once more, but for some columns that say something else."""
    said = {name: name for name in COLUMNS} | {"line": "line + 1"} | other
    return f"INSERT INTO move ({', '.join(said)}) SELECT {', '.join(said.values())} FROM move"  # noqa: S608 - our names


@pytest.mark.parametrize(
    "other",
    [
        {"units": "0"},
        {"units": "-5"},
        {"units": "'many'"},
        {"from_location": "NULL"},
        {"to_location": "NULL"},
        {"to_location": "from_location"},
        {"document": "999"},
    ],
    ids=str,
)
def test_the_database_stores_no_line_that_takes_from_nowhere_or_gives_to_nobody(book, other):
    """So an unbalanced document cannot be stored: what one end loses is what the other gains."""
    with pytest.raises(sa.exc.DBAPIError), writing(book.ledger.engine) as connection:
        connection.exec_driver_sql(one_more_line(**other))


@pytest.mark.spoils_ledgers
def test_control_the_same_line_with_nothing_wrong_is_stored(book):
    with writing(book.ledger.engine) as connection:
        connection.exec_driver_sql(one_more_line())

        assert connection.execute(sa.select(sa.func.count()).select_from(move)).scalar() == 2


@pytest.mark.parametrize("each_database", ["sqlite"], indirect=True)
def test_sqlite_keeps_whole_numbers_only_and_would_take_anything_otherwise(book):
    """STRICT, and the control: a column that is merely called INTEGER takes a word and half a unit."""
    with pytest.raises(sa.exc.IntegrityError, match="cannot store REAL"), writing(book.ledger.engine) as connection:
        connection.exec_driver_sql(one_more_line(units="1.5"))
    with writing(open_database("sqlite://")) as connection:
        connection.exec_driver_sql("CREATE TABLE move (units INTEGER)")
        connection.exec_driver_sql("INSERT INTO move VALUES (1.5), ('many')")
        assert connection.exec_driver_sql("SELECT units FROM move").scalars().all() == [1.5, "many"]


def test_the_database_stores_no_document_that_its_author_approved(book):
    """`audit check` names one that was stored past the guards (tests/models/test_audit.py)."""
    columns = [column.name for column in document.columns if column.name not in ("id", "idem_key", "approver")]
    names = ", ".join(columns)
    copied = f"INSERT INTO document (id, idem_key, approver, {names}) SELECT 9, 'other', {{}}, {names} FROM document"  # noqa: S608
    with (
        pytest.raises(sa.exc.IntegrityError, match="approved_by_another"),
        writing(book.ledger.engine) as connection,
    ):
        connection.exec_driver_sql(copied.format("actor"))
    with writing(book.ledger.engine) as connection:
        connection.exec_driver_sql(copied.format("'B'"))  # the control: by another it is stored
        connection.rollback()


def test_a_lot_is_its_item_number_expiry_and_fund_together(book):
    """One number with another date or from another fund is another lot; the same lot is there once."""
    keys = [LotKey("I1", "L", "2021-01-01"), LotKey("I1", "L", "2021-02-01"), LotKey("I1", "L", "2021-01-01", "county")]
    for units, key in enumerate((*keys, keys[0]), start=1):
        book.change(units, day=0, lot=key)

    held = sa.select(lot.c.expires, lot.c.owner_fund, balance.c.units).join_from(lot, balance)
    held = held.where(lot.c.lot_no == "L", balance.c.sign == 1).order_by(lot.c.id)
    with book.ledger.engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(held)] == [
            ("2021-01-01", "", 1 + 4),
            ("2021-02-01", "", 2),
            ("2021-01-01", "county", 3),
        ]


def test_what_looks_like_a_statement_is_a_lot_number_like_any_other(book):
    odd = LotKey("I1", "L'); DROP TABLE move; --")
    book.change(7, day=0, lot=odd)
    book.change(-2, day=1, lot=odd, reason='"; DELETE FROM document; --')

    assert book.now(key=odd) == 5
