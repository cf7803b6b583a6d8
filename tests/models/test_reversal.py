"""A reversal is the mirror of its document, once, and never of a reversal: the ledger itself sees to it."""

from __future__ import annotations

import pytest
from ledgers import MASKS, Book, at

from models.entry import Line, LotKey, Mark, Refusal

pytestmark = pytest.mark.usefixtures("each_database")

BACK = Line("D1", "SUPPLIER:S1", MASKS, 10)


@pytest.fixture
def received() -> Book:
    """Document 1: 10 masks from S1 to D1, on day 0."""
    book = Book()
    book.change(10, day=0)
    return book


def test_every_line_is_taken_back_once(received):
    received.post("reverse", BACK, reverses=1)

    assert received.now() == 0
    with pytest.raises(Refusal, match=r"Document 1 was reversed before, by document 2\. Nothing is left to do"):
        received.post("reverse", BACK, reverses=1)


@pytest.mark.parametrize(
    ("lines", "day"),
    [
        ((), 0),
        ((Line("D1", "SUPPLIER:S1", MASKS, 9),), 0),
        ((BACK, BACK), 0),
        ((Line("D1", "SUPPLIER:S1", LotKey("I2"), 10),), 0),
        ((Line("D1", "DONOR:N1", MASKS, 10),), 0),
        ((BACK,), 1),
        ((Line("D1", "SUPPLIER:S1", MASKS, 10, at=at(1)),), 0),
    ],
    ids=["nothing", "fewer", "twice", "another item", "to another", "on another day", "a line on another day"],
)
def test_what_is_no_mirror_is_refused(received, lines, day):
    received.change(30, day=-1)

    with pytest.raises(Refusal, match=r"This is not the mirror of document 1.*allocator reverse 1"):
        received.post("reverse", *lines, day=day, reverses=1)


def test_a_reversal_is_not_reversed(received):
    received.post("reverse", BACK, reverses=1)

    with pytest.raises(Refusal, match="Document 2 is itself the reversal of document 1"):
        received.post("reverse", Line("SUPPLIER:S1", "D1", MASKS, 10), reverses=2)


def test_what_is_not_there_is_not_reversed(received):
    with pytest.raises(Refusal, match=r"There is no document 7\. Check its number"):
        received.post("reverse", BACK, reverses=7)


def test_reversing_a_recall_clears_its_lots(received):
    to_quarantine = Line("D1", "QUARANTINE:D1", MASKS, 10)
    recall = received.post("recall", to_quarantine, marks=(Mark(MASKS, "recalled"),))
    out = Line("QUARANTINE:D1", "D1", MASKS, 10)

    with pytest.raises(Refusal, match="not the mirror"):
        received.post("reverse", out, reverses=recall.id)
    received.post("reverse", out, reverses=recall.id, marks=(Mark(MASKS, "cleared"),))
    received.change(-10, day=0)

    assert received.now() == 0
