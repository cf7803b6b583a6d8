"""The replay after every test sees what it is there to see."""

from __future__ import annotations

import pytest
import replayed
import sqlalchemy as sa
from ledgers import Book

from models.database import writing

pytestmark = pytest.mark.spoils_ledgers


def test_a_ledger_that_was_only_posted_to_agrees(each_database):
    book = Book()
    book.change(50, day=0)
    book.change(-20, day=1)

    assert replayed.disagreements(book.ledger.engine) == []


def test_a_balance_that_was_changed_by_hand_is_named_with_what_its_lines_come_to(each_database):
    book = Book()
    book.change(50, day=0)
    with writing(book.ledger.engine) as connection:
        connection.execute(sa.text("UPDATE balance SET units = 49 WHERE units = 50"))

    [fault] = replayed.disagreements(book.ledger.engine)
    assert "stores 49, its lines come to 50" in fault


def test_a_balance_that_is_missing_is_named_too(each_database):
    book = Book()
    book.change(50, day=0)
    with writing(book.ledger.engine) as connection:
        connection.execute(sa.text("DELETE FROM balance WHERE units = 50"))

    [fault] = replayed.disagreements(book.ledger.engine)
    assert "stores 0, its lines come to 50" in fault


def test_every_ledger_that_a_test_connects_to_is_noted(each_database):
    replayed.forget()
    book = Book()
    book.change(50, day=0)
    with writing(book.ledger.engine) as connection:
        connection.execute(sa.text("UPDATE balance SET units = 49 WHERE units = 50"))

    assert len(replayed.replay_touched()) == 1
