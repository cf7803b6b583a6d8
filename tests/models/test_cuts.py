"""What was held on a day, what was known at a time, and both: told again as it was told then."""

from __future__ import annotations

import pytest
from drawn_ledgers import DAYS, draw_documents, every_account_at
from ledgers import MASKS, Book, a_ledger, at

from models.cuts import ALL, NOW, Asked, Cut, held, known_by
from models.database import reading
from models.entry import Line, LotKey
from models.locations import SIGNS

pytestmark = pytest.mark.usefixtures("each_database")

KINDS = tuple(SIGNS)


def told(ledger, cut=NOW, asked=ALL):
    with reading(ledger.engine) as connection:
        return {(place, lot): units for place, lot, units in held(connection, cut, kinds=KINDS, asked=asked)}


def asked_for(ledger, cut):
    """Every account again, asked for item by item: each is then the sum of its own lines."""
    return {account: units for n in (1, 2, 3) for account, units in told(ledger, cut, Asked(item=f"I{n}")).items()}


@pytest.mark.parametrize("seed", range(2))
def test_what_was_known_then_is_told_now_as_it_was_told_then(seed):
    """Whatever is posted later, a cut at an older document and day gives what the ledger held by then."""
    ledger = a_ledger()
    then = {document: every_account_at(ledger) for document in draw_documents(ledger, seed, documents=20)}

    for document, by_day in then.items():
        assert told(ledger, Cut(document=document)).keys() == by_day[0].keys()
        for day in DAYS:
            cut = Cut(at=at(day + 0.4), document=document)
            some = {account: units for account, units in told(ledger, cut).items() if units}
            assert some == {account: units for account, units in by_day[day].items() if units}


@pytest.mark.parametrize("seed", range(2))
def test_the_whole_ledger_and_the_accounts_one_by_one_tell_the_same(seed):
    """The balances of now less what came later are the sums of what came before, down to the last empty account."""
    ledger = a_ledger()
    last = max(draw_documents(ledger, seed, documents=30))

    cuts = [Cut(at, document) for at in (None, *(at(day) for day in DAYS)) for document in (None, *range(0, last, 9))]
    assert [told(ledger, cut) for cut in cuts] == [asked_for(ledger, cut) for cut in cuts]


def test_an_account_that_is_younger_than_the_cut_is_not_there():
    """P2 counted nothing before day 2: absent, not zero. On day 2 it counted zero."""
    book = Book()
    book.change(5, day=0)
    book.count({MASKS: 0}, day=2, place="P2")

    before, after = told(book.ledger, Cut(at=at(1))), told(book.ledger, Cut(at=at(2)))

    assert len(after) == len(before) + 1
    assert sorted(after.values()) == sorted([*before.values(), 0])


def test_known_at_a_time_is_cut_by_the_last_document_recorded_by_then():
    """Recorded at 100 days and 1, 2, 3 microseconds."""
    book = Book()
    documents = [book.change(5, day=day).id for day in (2, 1, 0)]

    with reading(book.ledger.engine) as connection:
        assert [known_by(connection, at(100) + n) for n in range(5)] == [0, *documents, documents[-1]]


def test_a_place_is_asked_for_with_its_quarantine_and_nothing_else():
    book = Book()
    book.change(7, day=0, lot=LotKey("I1", "a"))
    book.change(3, day=0, lot=LotKey("I2", "b"), place="P1")
    book.post("quarantine", Line("D1", "QUARANTINE:D1", LotKey("I1", "a"), 2))

    assert sorted(told(book.ledger, asked=Asked(place="D1")).values()) == [2, 5]
    assert sorted(told(book.ledger, asked=Asked(place="P1")).values()) == [3]
    assert sorted(told(book.ledger, Cut(at=at(1)), Asked(place="D1", item="I1", lot_no="a")).values()) == [2, 5]
    assert told(book.ledger, asked=Asked(place="D1", item="I2")) == {}
