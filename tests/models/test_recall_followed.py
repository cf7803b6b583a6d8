"""A recall is followed until nothing of the lot is out, or it is said what is."""

from __future__ import annotations

import datetime as dt

import pytest
from office import FAR, Office, masks, refusal_at_once

from models.database import reading
from models.documents_aside import give_back, return_to, writeoff
from models.documents_out import issue, transfer
from models.documents_undo import recall, reverse
from models.open_matters import open_matters
from models.recalls import Recall, open_recalls, recall_of

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def office() -> Office:
    """Return an office with 100 of L7 in five places: D1 40, P1 30, P2 10, 12 on the way to P2 and 8 reserved at D1.

    P1 has used 12 of its own before.
    """
    from ledgers import at

    from models.entry import Entry, Line, LotKey

    made = Office()
    made.receive(("L7", FAR, 60))
    made.receive(("L7", FAR, 30), site="P1")
    made.receive(("L7", FAR, 10), site="P2")
    made.post(issue(made.head(day=1), site="P1", rows=[masks(12)]))
    made.post(transfer(made.head(day=1), site="D1", to="P2", rows=[masks(12)]))
    reserve = Line("D1", "RESERVED:O1", LotKey("I1", "L7", FAR), 8)
    entry = Entry(key="r", type="reserve", actor="A", occurred_at=at(1), lines=(reserve,))
    made.ledger.post(entry, recorded_at=at(100))
    return made


def followed(office: Office) -> Recall:
    with reading(office.ledger.engine) as connection:
        return recall_of(connection, "L7")


def holders(found: Recall) -> list[tuple[str, int, dict[str, int], int, int]]:
    return [(each.site.code, each.had_units, each.gone, each.open_units, each.used_units) for each in found.holders]


def back(office: Office, site: str, units: int | None, day: float = 4):
    rows = [masks(units, "L7")]
    return return_to(office.head(day=day, reason="recalled"), site=site, partner="S1", rows=rows, from_quarantine=True)


def test_a_hundred_in_five_places_are_followed_until_nothing_is_open(office):
    office.post(recall(office.head(day=2, reason="counterfeit"), lot_no="L7"))

    assert holders(followed(office)) == [
        ("D1", 48, {}, 48, 0),
        ("P2", 22, {}, 22, 0),
        ("P1", 18, {}, 18, 12),
    ]
    assert (followed(office).open_units, followed(office).open_holders) == (88, 3)

    office.post(back(office, "D1", None))
    office.post(writeoff(office.head(day=3, reason="lost"), site="P1", rows=[masks(3, "L7")], from_quarantine=True))
    office.post(back(office, "P1", 10))

    assert holders(followed(office)) == [
        ("P2", 22, {}, 22, 0),
        ("P1", 18, {"returned": 10, "lost": 3}, 5, 12),
        ("D1", 48, {"returned": 48}, 0, 0),
    ]
    office.post(back(office, "P1", None))
    office.post(back(office, "P2", None))

    done = followed(office)
    assert (done.open_units, done.open_holders, done.ended_at) == (0, 0, None)
    assert done.came_units == 100
    assert done.became == {"used": 12, "lost": 3, "returned": 85}
    assert sum(done.became.values()) == done.came_units


def test_what_comes_in_of_a_recalled_lot_later_is_open_too(office):
    office.post(recall(office.head(day=2, reason="ordered"), lot_no="L7"))
    for site in ("D1", "P1", "P2"):
        office.post(back(office, site, None))
    office.receive(("L7", FAR, 7), site="P1", day=5)
    office.post(give_back(office.head(day=5, reason="unused"), site="P1", rows=[masks(2, "L7")]))

    found = followed(office)
    assert holders(found)[0] == ("P1", 25, {"returned": 18, "used": -2}, 9, 12)
    assert found.open_units == 9
    assert sum(found.became.values()) == found.came_units == 107


def test_open_recalls_are_open_matters_until_all_is_accounted_for(office):
    def matters():
        with reading(office.ledger.engine) as connection:
            return open_matters(connection, office.ledger.zone, day=dt.date(2020, 3, 1), confirm_days=1).recalls

    assert matters() == ()
    posted = office.post(recall(office.head(day=2, reason="ordered"), lot_no="L7"))
    assert [(each.item, each.lot_no, each.document, each.units, each.sites) for each in matters()] == [
        ("I1", "L7", posted.number, 88, 3)
    ]
    for site in ("D1", "P1", "P2"):
        office.post(back(office, site, None))
    assert matters() == ()


def test_an_ended_and_a_reversed_recall_are_none(office):
    posted = office.post(recall(office.head(day=2, reason="ordered"), lot_no="L7"))
    office.post(reverse(office.head(reason="wrong-item"), number=posted.number))
    with reading(office.ledger.engine) as connection:
        assert open_recalls(connection) == []
        assert "was never recalled" in refusal_at_once(lambda: recall_of(connection, "L7"))
    again = office.post(recall(office.head(day=3, reason="ordered"), lot_no="L7"))
    ended = office.post(recall(office.head(day=4, reason="passed-test"), lot_no="L7", end=True))

    found = followed(office)
    assert (found.documents, found.ended_at is not None) == ((again.number,), True)
    assert office.notes(ended) == [
        "I1 (lot L7) is not recalled any more. What lies in quarantine stays there until it is released.",
        "Of the recall 88 units are not accounted for: D1 48, P2 22, P1 18.",
    ]
    with reading(office.ledger.engine) as connection:
        assert open_recalls(connection) == []


def test_a_lot_that_nobody_recalled_or_knows_is_refused(office):
    with reading(office.ledger.engine) as connection:
        assert refusal_at_once(lambda: recall_of(connection, "L7")) == "Lot L7 of I1 was never recalled."
        assert refusal_at_once(lambda: recall_of(connection, "L9")) == "There is no lot L9. Check its number."


def test_what_is_reserved_or_on_the_way_counts_with_the_site_that_has_it(office):
    """A recall that set nothing aside: 40 and 8 reserved at D1, 18 at P1, 10 at P2 and 12 on the way to it."""
    from ledgers import at

    from models.entry import Entry, LotKey, Mark

    marks = (Mark(LotKey("I1", "L7", FAR), "recalled"),)
    entry = Entry(key="m", type="recall", actor="A", occurred_at=at(2), lines=(), marks=marks, reason="ordered")
    office.ledger.post(entry, recorded_at=at(100))
    with reading(office.ledger.engine) as connection:
        (found,) = open_recalls(connection)

    assert (found.units, found.sites) == (88, 3)
    assert [holder[0] for holder in holders(followed(office)) if holder[3]] == ["D1", "P2", "P1"]
