"""Counts: of a lot, of a whole item, and while stock moves."""

from __future__ import annotations

import pytest
from ledgers import at
from office import FAR, Office, masks, refusal, refusal_at_once

from models.documents_count import Sheet, StockMoved, count
from models.documents_out import issue

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_blank_is_not_counted(office):
    office.receive(("A", FAR, 5), ("B", None, 5))

    office.post(count(office.head(day=1), site="D1", rows=[masks(3, "A"), masks(None, "B")]))

    assert office.held() == {("D1", "A"): 3, ("D1", "B"): 5, ("COUNT_SHORT", "A"): 2}
    assert refusal_at_once(lambda: count(office.head(), site="D1", rows=[masks(None)])).startswith("The document moves")
    assert "counted whole, but a line of it is blank" in refusal_at_once(
        lambda: count(office.head(), site="D1", rows=[masks(1, "A"), masks(None, "B")], whole=["I1"])
    )


def test_a_count_of_the_whole_item_finds_nothing_of_other_lots(office):
    office.receive(("A", FAR, 5), ("B", None, 5))

    office.post(count(office.head(day=1), site="D1", rows=[masks(5, "A")], whole=["I1"]))
    assert office.held() == {("D1", "A"): 5, ("COUNT_SHORT", "B"): 5}
    office.post(count(office.head(day=2), site="D1", rows=[masks(0)], whole=["I1"]))
    assert office.held() == {("COUNT_SHORT", "A"): 5, ("COUNT_SHORT", "B"): 5}


def test_a_count_without_a_lot_is_of_the_only_lot_there_is(office):
    office.receive(("A", FAR, 5))

    office.post(count(office.head(day=1), site="D1", rows=[masks(7)]))
    assert office.held()["D1", "A"] == 7
    office.receive(("B", None, 5), day=2)
    assert refusal(office, count(office.head(day=3), site="D1", rows=[masks(12)])) == [
        (
            "D1 holds several lots of I1: A (2021-03-01): 7, B: 5. Say what was found of each lot; if nothing was "
            "found of any, say 0 and that the whole item was counted."
        )
    ]
    twice = [masks(3, "A"), masks(4, "A")]
    assert refusal(office, count(office.head(day=3), site="D1", rows=twice)) == [
        "Lot A of I1 is counted twice at D1. Add the two up and write one line."
    ]


def test_a_count_made_while_stock_moved_shows_the_movement_and_asks(office):
    sheet_knew = office.receive(("L", FAR, 100)).number
    office.post(issue(office.head(day=1), site="D1", rows=[masks(100)]))
    draft = count(office.head(day=2), site="D1", rows=[masks(100, "L")], sheet=Sheet(document=sheet_knew))

    with pytest.raises(StockMoved) as asked:
        office.post(draft)
    assert [str(sentence) for sentence in asked.value.sentences] == [
        "Stock moved at D1 since the sheet was printed:",
        "Document 2 (issue, 2020-02-11 12:00): 100 units of I1 (lot L) went.",
        (
            "The count would stand at 2020-02-12 12:00: what happened up to then is part of what was found, what "
            "happened later is not. Give the time at which it was counted with --at, and confirm with --moves-known."
        ),
    ]
    known = Sheet(document=sheet_knew, moves_known=True)
    # Counted before the issue: 100 were there then, and the issue is neither added nor hidden.
    office.post(count(office.head(day=0.5), site="D1", rows=[masks(100, "L")], sheet=known))
    assert office.held() == {("CONSUMED:D1", "L"): 100}
    # Counted after it: 100 are there now.
    office.post(count(office.head(day=2), site="D1", rows=[masks(100, "L")], sheet=known))
    assert office.held() == {("CONSUMED:D1", "L"): 100, ("D1", "L"): 100}


def test_a_sheet_that_knows_everything_asks_nothing(office):
    office.receive(("L", FAR, 100))
    office.receive(("K", FAR, 5), code="I2", day=1)

    for sheet in (Sheet(document=1), Sheet(printed_at=at(100))):
        office.post(count(office.head(day=2), site="D1", rows=[masks(90, "L")], sheet=sheet))
    with pytest.raises(StockMoved):
        office.post(count(office.head(day=2), site="D1", rows=[masks(90, "L")], sheet=Sheet(printed_at=at(99))))
