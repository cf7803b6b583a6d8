"""Which lots leave: numbers from other systems' tests and bug reports."""

from __future__ import annotations

import pytest
from ledgers import at
from office import FAR, Office, masks, moved, refusal

from models.documents_count import count
from models.documents_in import receive
from models.documents_out import TooFew, issue, transfer
from models.entry import Refusal
from models.requests import Head

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def office() -> Office:
    return Office()


# --- Which lots leave ---


def test_the_first_to_expire_leaves_first_and_what_is_short_is_said(office):
    office.receive(("C", None, 2), ("B", "2020-06-01", 6), ("A", "2020-05-01", 30))

    seen = office.post(issue(office.head(day=1), site="D1", rows=[masks(50)], partial=True))

    assert moved(seen) == [("D1", "CONSUMED:D1", "A", 30), ("D1", "CONSUMED:D1", "B", 6), ("D1", "CONSUMED:D1", "C", 2)]
    assert office.notes(seen) == [
        "12 of the 50 units of I1 that were asked for were not there; nothing moved for them."
    ]


def test_too_few_units_are_refused_unless_less_will_do(office):
    office.receive(("A", FAR, 38))

    with pytest.raises(TooFew, match=r"D1 can give 38 of the 50 units of I1 that were asked for; 12 are short\."):
        office.post(issue(office.head(day=1), site="D1", rows=[masks(50)]))
    assert office.held() == {("D1", "A"): 38}


def test_what_expired_or_is_on_hold_is_passed_over_and_named(office):
    office.receive(("gone", "2020-02-10", 1), ("soon", "2020-02-12", 1), ("good", FAR, 1), ("ever", None, 1))
    office.receive(("held", "2020-02-20", 1), into_quarantine=True)

    seen = office.post(issue(office.head(day=1), site="D1", rows=[masks(3)]))

    assert [line.lot.lot_no for line in seen.lines] == ["soon", "good", "ever"]
    assert office.notes(seen) == [
        "Lot gone of I1 (1 unit) is passed over: it expired on 2020-02-10.",
        "Lot held of I1 (1 unit) is passed over: it is in quarantine.",
    ]


@pytest.mark.parametrize(("expires", "usable"), [("2020-02-11", True), ("2020-02-10", False)])
def test_a_lot_may_be_used_on_the_day_it_expires_and_not_on_the_next(office, expires, usable):
    office.receive(("L", expires, 5))
    drafts = [
        issue(office.head(day=1), site="D1", rows=[masks(2)]),
        transfer(office.head(day=1), site="D1", to="P1", rows=[masks(2, "L")]),
    ]

    for draft in drafts:
        if usable:
            office.post(draft)
        else:
            assert refusal(office, draft)[1] == "Lot L of I1 (5 units) is passed over: it expired on 2020-02-10."


@pytest.mark.parametrize(("threshold", "allowed"), [(10, True), (14, True), (15, False), (30, False)])
def test_a_lot_with_14_days_left_is_sent_where_as_many_are_enough(office, threshold, allowed):
    office.receive(("L", "2020-02-24", 5))
    draft = transfer(office.head(), site="D1", to="P1", rows=[masks(5)], life_days_min=threshold)

    if allowed:
        assert [line.units for line in office.post(draft).lines] == [5]
    else:
        assert refusal(office, draft) == [
            (
                "D1 has no units of I1 to give; 5 were asked for. Take them from another site, or post the missing "
                "receipt first."
            ),
            "Lot L of I1 (5 units) is passed over: it expires on 2020-02-24, too soon for what was asked.",
        ]


def test_what_is_kept_for_one_site_goes_to_no_other(office):
    rows = [masks(4, "free"), masks(3, "kept", earmark="P1")]
    office.post(receive(office.head(), site="D1", partner="N1", rows=rows))

    assert refusal(office, transfer(office.head(day=1), site="D1", to="P2", rows=[masks(5)]))[1] == (
        "Lot kept of I1 (3 units) is passed over: it is kept for P1."
    )
    seen = office.post(transfer(office.head(day=1), site="D1", to="P1", rows=[masks(5)]))
    assert [(line.lot.lot_no, line.units) for line in seen.lines] == [("kept", 3), ("free", 2)]


def test_two_lines_of_one_document_do_not_take_the_same_units(office):
    office.receive(("A", FAR, 5), ("B", None, 5))

    seen = office.post(issue(office.head(day=1), site="D1", rows=[masks(4), masks(4)]))

    assert [(line.lot.lot_no, line.units) for line in seen.lines] == [("A", 4), ("A", 1), ("B", 3)]


def test_a_back_dated_take_chooses_among_the_lots_that_were_there_then(office):
    office.receive(("late", "2020-03-01", 9), day=3)
    office.receive(("early", FAR, 5), day=0)
    office.post(issue(office.head(day=4), site="D1", rows=[masks(3, "early")]))

    seen = office.post(issue(office.head(day=1), site="D1", rows=[masks(2)]))
    assert [(line.lot.lot_no, line.units) for line in seen.lines] == [("early", 2)]
    assert refusal(office, issue(office.head(day=1), site="D1", rows=[masks(1)])) == [
        (
            "D1 has no units of I1 to give; 1 were asked for. Take them from another site, or post the missing receipt "
            "first."
        ),
        "D1 holds 9 now, but only 0 of them could be spared on every day since 2020-02-11 12:00.",
    ]


def test_what_was_taken_before_a_count_may_be_all_that_was_there_then(office):
    office.receive(("A", FAR, 5))
    office.post(count(office.head(day=2), site="D1", rows=[masks(1, "A")]))

    office.post(issue(office.head(day=1), site="D1", rows=[masks(5)]))

    assert office.held()["D1", "A"] == 1


def test_a_lot_that_is_not_there_is_named_with_those_that_are(office):
    office.receive(("L7", FAR, 30), ("L8", None, 6))

    assert refusal(office, issue(office.head(day=1), site="D1", rows=[masks(1, "L9")])) == [
        (
            "D1 holds no lot L9 of I1. It holds: L7 (2021-03-01): 30, L8: 6. Say one of these, or leave the lot to the "
            "program."
        )
    ]


# --- Retries ---


def test_a_retry_asks_the_same_whatever_stock_there_is_by_then(office):
    office.receive(("A", FAR, 5))
    once = issue(office.head(day=1, key="once"), site="D1", rows=[masks(5)])
    first = office.post(once)

    again = office.post(issue(Head(key="once", actor="A", occurred_at=at(2)), site="D1", rows=[masks(5)]))

    assert again == first
    with pytest.raises(Refusal, match="The key once was used for a document that says something else"):
        office.post(issue(Head(key="once", actor="A", occurred_at=at(2)), site="D1", rows=[masks(4)]))
