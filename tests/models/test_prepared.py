"""A query asked of the driver itself answers, and fails, as SQLAlchemy does, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from office import Office

from models.database import reading
from models.prepared import Prepared
from models.tables import item, location

pytestmark = pytest.mark.usefixtures("each_database")

CODES = ["I1", "D1", "P1", "P2", "no such place", "S1"]
QUERY = (
    sa.select(location.c.id, location.c.code, sa.literal(7))
    .where(location.c.code.in_(sa.bindparam("codes", expanding=True)), location.c.kind == sa.bindparam("kind"))
    .where(location.c.sign > -1)
    .order_by(location.c.code)
)


def test_it_answers_as_sqlalchemy_does_for_lists_of_any_length():
    asked, found, expected = Prepared(QUERY), [], []
    with reading(Office().ledger.engine) as connection:
        for length in range(len(CODES) + 1):
            values = {"codes": CODES[:length], "kind": "SITE"}
            found.append(asked.rows(connection, **values))
            expected.append([tuple(row) for row in connection.execute(QUERY, values)])

    assert found == expected
    assert [len(rows) for rows in found] == [0, 0, 1, 2, 3, 3, 3]


def test_few_texts_are_kept_however_long_lists_are():
    asked = Prepared(QUERY)
    with reading(Office().ledger.engine) as connection:
        for length in range(1, 65):
            asked.rows(connection, codes=["D1"] * length, kind="SITE")

    assert len(asked._compiled) == len((1, 2, 4, 8, 16, 32, 64))


def test_no_row_is_none():
    asked = Prepared(sa.select(item.c.id, item.c.code).where(item.c.code == sa.bindparam("code")))
    with reading(Office().ledger.engine) as connection:
        assert asked.first(connection, code="no such item") is None
        assert asked.scalar(connection, code="no such item") is None
        assert asked.first(connection, code="I1")[1] == "I1"


def test_what_the_driver_says_is_raised_as_sqlalchemy_raises_it():
    asked = Prepared(sa.select(sa.column("there_is_none")).select_from(location))
    with reading(Office().ledger.engine) as connection, pytest.raises(sa.exc.DBAPIError, match="there_is_none"):
        asked.rows(connection)
