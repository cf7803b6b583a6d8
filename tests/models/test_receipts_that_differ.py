"""Receipts that say more than the note: too much, something else, refused, never sent; and what explains them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from ledgers import at
from office import FAR, Office, masks, moved, refusal, refusal_at_once

from data.texts import translator
from models.database import reading
from models.document_notes import notes_of
from models.documents_aside import return_to
from models.documents_confirm import Arrival, confirm
from models.documents_count import count
from models.documents_out import transfer
from models.documents_read import SeenDocument
from models.documents_settle import settle
from models.documents_undo import recall, reverse
from models.open_matters import OpenMatters, open_matters
from models.requests import Row
from models.whereabouts import whereabouts


@pytest.fixture
def office(each_database) -> Office:
    """A depot with 50 masks of lot L and 40 gloves of lot G; 12 masks left for P1."""
    office = Office()
    office.receive(("L", FAR, 50))
    office.receive(("G", FAR, 40), code="I2")
    office.sent = office.post(transfer(office.head(day=1, key="to P1"), site="D1", to="P1", rows=[masks(12)])).shipment
    return office


def arrived(office: Office, *arrivals: Arrival, reason: str = "wrong-loaded", day: float = 2, **said: object):
    return office.post(confirm(office.head(day=day, reason=reason, **said), shipment=office.sent, arrivals=arrivals))


def settled(office: Office, reason: str, row: Row | None = None, *, day: float = 3, **said: str):
    return office.post(settle(office.head(day=day, reason=reason), shipment=office.sent, row=row, **said))


def told(office: Office, seen: SeenDocument) -> list[str]:
    with reading(office.ledger.engine) as connection:
        return [translator("en")(note) for note in notes_of(connection, seen, zone=office.ledger.zone)]


def matters(office: Office, day: int = 20) -> OpenMatters:
    with reading(office.ledger.engine) as connection:
        return open_matters(connection, office.ledger.zone, day=dt.date(2020, 2, day), confirm_days=1)


def surplus(office: Office) -> list[tuple[str, str, int]]:
    return [(key.item, key.lot_no, units) for each in matters(office).surplus for key, units in each.lots]


def unexplained(office: Office) -> int:
    with reading(office.ledger.engine) as connection:
        return whereabouts(connection).unexplained_units


def test_what_came_beyond_the_note_is_taken_in_and_stays_open_until_it_is_explained(office):
    seen = arrived(office, Arrival(item="I1", sound=12, over=3), reason="miscounted-loading")

    number = office.sent
    assert moved(seen) == [(f"IN_TRANSIT:{number}", "P1", "L", 12), (f"SURPLUS:{number}", "P1", "L", 3)]
    assert surplus(office) == [("I1", "L", 3)]
    assert unexplained(office) == 3
    assert " ".join(told(office, seen)) == (
        f"This came beyond shipment {number}, and stays open until it is explained: 3 of I1 (lot L). Say where it came "
        f"from: allocator settle {number} I1 3 --reason loaded-too-many"
    )

    explained = settled(office, "loaded-too-many")
    assert moved(explained) == [("D1", f"SURPLUS:{number}", "L", 3)]
    assert (surplus(office), unexplained(office), told(office, seen)) == ([], 0, [])
    assert (office.held()["D1", "L"], office.held()["P1", "L"]) == (35, 15)


def test_nothing_came_beyond_the_note_while_some_of_the_note_is_missing(office):
    draft = confirm(
        office.head(reason="wrong-loaded", day=2), shipment=office.sent, arrivals=[Arrival(item="I1", sound=10, over=3)]
    )
    assert " ".join(refusal(office, draft)) == (
        f"2 units of I1 are under way with shipment {office.sent} still, so nothing came beyond them. Say first what "
        "became of those, in the same command."
    )


def test_more_can_be_told_after_everything_was_confirmed(office):
    office.post(confirm(office.head(day=2), shipment=office.sent, all_sound=True))
    arrived(office, Arrival(item="I1", over_held=2), reason="miscounted-loading", day=3)

    assert office.held()["QUARANTINE:P1", "L"] == 2
    assert surplus(office) == [("I1", "L", 2)]


def test_something_else_is_taken_in_with_its_lot_and_what_did_not_come_stays_open(office):
    """Five boxes of gloves were loaded for five of masks: the masks never left."""
    seen = arrived(
        office,
        Arrival(item="I1", sound=7),
        Arrival(item="I2", lot_no="G", held=5, instead_of="I1", reason="wrong-loaded"),
        reason="",
    )
    assert told(office, seen)[1:3] == [
        "I2 (lot G) came in place of I1.",
        "Reason for I2 (lot G): something else was loaded than the note says",
    ]
    assert office.held()["QUARANTINE:P1", "G"] == 5
    assert [(each.to, each.units) for each in matters(office).differing] == [("P1", 5)]
    assert surplus(office) == [("I2", "G", 5)]

    settled(office, "loaded-too-many")
    arrived(office, Arrival(item="I1", stayed=5), reason="wrong-loaded", day=3)

    assert (len(matters(office)), unexplained(office)) == (0, 0)
    assert (office.held()["D1", "L"], office.held()["D1", "G"]) == (43, 35)


def test_only_something_on_the_note_can_be_replaced(office):
    wrong = Arrival(item="I2", sound=5, lot_no="G", instead_of="I3")
    draft = confirm(office.head(day=2, reason="wrong-loaded"), shipment=office.sent, arrivals=[wrong])
    assert refusal(office, draft) == [
        f"Shipment {office.sent} does not carry I3, so nothing came in place of it. It carries: I1."
    ]


def test_what_is_refused_goes_back_in_the_same_act_and_is_confirmed_where_it_came_from(office):
    seen = arrived(office, Arrival(item="I1", sound=8, refused=4), reason="expires-soon")
    back = seen.details["sent_back"]

    assert moved(seen) == [(f"IN_TRANSIT:{office.sent}", "P1", "L", 8)]
    assert " ".join(told(office, seen)) == (
        f"What was refused is on its way back as shipment {back}. When it is there again: "
        f"allocator confirm {back} --all"
    )
    assert [(note.number, note.site, note.to, note.units) for note, _ in matters(office).late] == [
        (back, "P1", "D1", 4)
    ]
    again = office.post(confirm(office.head(day=3), shipment=back, all_sound=True))

    assert moved(again) == [(f"IN_TRANSIT:{back}", "D1", "L", 4)]
    assert (len(matters(office)), unexplained(office), told(office, seen)) == (0, 0, [])
    assert (office.held()["D1", "L"], office.held()["P1", "L"]) == (42, 8)


def test_a_shipment_that_is_refused_whole_is_one_document_and_a_retry_is_the_same(office):
    def refused():
        head = office.head(key="no", day=2, reason="not-needed")
        return confirm(head, shipment=office.sent, arrivals=[Arrival(item="I1", refused=12)])

    first, second = office.post(refused()), office.post(refused())

    assert first == second
    assert (first.type, first.site, first.details["to"], first.refers_to) == ("sendback", "P1", "D1", 3)
    assert ("P1", "L") not in office.held()


def test_a_retry_of_a_receipt_with_refused_units_sends_nothing_back_twice(office):
    arrivals = [Arrival(item="I1", sound=8, refused=4)]
    for _ in range(2):
        seen = arrived(office, *arrivals, reason="not-needed", key="once")

    assert seen.number == 4
    assert office.held()[f"IN_TRANSIT:{seen.details['sent_back']}", "L"] == 4


def test_something_else_that_is_refused_goes_back_as_well(office):
    seen = arrived(office, Arrival(item="I2", lot_no="G", refused=5, instead_of="I1"))

    assert moved(seen) == [(f"SURPLUS:{office.sent}", f"IN_TRANSIT:{seen.shipment}", "G", 5)]
    settled(office, "loaded-too-many", Row(item="I2", quantity=5))
    office.post(confirm(office.head(day=4), shipment=seen.shipment, all_sound=True))
    assert office.held()["D1", "G"] == 40


def test_all_of_it_in_one_command_line_by_line(office):
    seen = arrived(
        office,
        Arrival(item="I1", sound=6, held=1, damaged=1, lost=1, refused=2, stayed=1, reason="wet"),
        Arrival(item="I1", over=2, reason="miscounted-loading"),
        Arrival(item="I2", lot_no="Z", sound=3, instead_of="I1", reason="wrong-loaded"),
        reason="",
    )
    number = office.sent
    assert [(source, target, units) for source, target, _, units in moved(seen)] == [
        (f"IN_TRANSIT:{number}", "P1", 6),
        (f"IN_TRANSIT:{number}", "QUARANTINE:P1", 1),
        (f"IN_TRANSIT:{number}", "DAMAGED", 1),
        (f"IN_TRANSIT:{number}", "LOST", 1),
        (f"IN_TRANSIT:{number}", "D1", 1),
        (f"SURPLUS:{number}", "P1", 2),
        (f"SURPLUS:{number}", "P1", 3),
    ]
    assert office.held()[f"IN_TRANSIT:{seen.details['sent_back']}", "L"] == 2


@pytest.mark.parametrize(
    ("arrival", "why"),
    [
        (Arrival(item="I1", over=1), "needs a reason"),
        (Arrival(item="I1", refused=1, reason="rain"), "needs a reason"),
        (Arrival(item="I1", sound=0), "Say how many units of I1 arrived"),
        (Arrival(item="I2", lost=1, instead_of="I1", reason="wet"), "nothing else is said of it in the same line"),
        (Arrival(item="I1", over=1, reason="other"), "needs a note"),
    ],
)
def test_what_could_be_said_of_no_shipment_is_refused_before_any_stock_is_looked_at(office, arrival, why):
    assert why in refusal_at_once(lambda: confirm(office.head(), shipment=office.sent, arrivals=[arrival]))


def test_a_recalled_lot_that_comes_beyond_the_note_is_set_aside(office):
    office.receive(("Z", FAR, 1))
    office.post(recall(office.head(day=1, reason="counterfeit"), lot_no="Z"))
    draft = confirm(
        office.head(day=2, reason="wrong-loaded"),
        shipment=office.sent,
        arrivals=[Arrival(item="I1", lot_no="Z", sound=2, instead_of="I1")],
    )
    assert refusal(office, draft) == [
        "Lot Z of I1 is recalled, so it cannot go into stock. Set it aside: say --held for those units."
    ]


class TestWhereItCameFrom:
    """Three masks came beyond the note of P1."""

    @pytest.fixture
    def over(self, office: Office) -> Office:
        arrived(office, Arrival(item="I1", sound=12, over=3), reason="wrong-stop")
        return office

    def test_another_shipment_in_which_it_is_missing(self, over):
        other = over.post(transfer(over.head(day=1, key="to P2"), site="D1", to="P2", rows=[masks(10)])).shipment
        over.post(confirm(over.head(day=2), shipment=other, arrivals=[Arrival(item="I1", sound=7)]))
        settled(over, "other-shipment", other=other)

        assert (len(matters(over)), unexplained(over)) == (0, 0)
        assert (over.held()["D1", "L"], over.held()["P1", "L"], over.held()["P2", "L"]) == (28, 15, 7)

    def test_a_partner_who_gave_it_on_the_way_and_can_have_it_back(self, over):
        seen = settled(over, "given-on-the-way", partner="N1")
        assert moved(seen) == [("DONOR:N1", f"SURPLUS:{over.sent}", "L", 3)]

        given_back = {"site": "D1", "partner": "N1", "rows": [masks(3, "L")]}
        over.post(return_to(over.head(day=4, reason="surplus"), **given_back))
        assert "None of I1 (lot L) came from donor N1" in " ".join(
            refusal(over, return_to(over.head(day=4, reason="surplus"), **given_back))
        )

    def test_a_count_that_found_it_missing(self, over):
        over.post(count(over.head(day=2), site="D1", rows=[masks(35, "L")]))
        settled(over, "counted-missing")

        assert (len(matters(over)), over.held()["D1", "L"]) == (0, 35)
        assert not any(place == "COUNT_SHORT" for place, _ in over.held())

    def test_nobody_knows(self, over):
        seen = settled(over, "found", masks(1))

        assert moved(seen) == [("COUNT_GAIN", f"SURPLUS:{over.sent}", "L", 1)]
        assert surplus(over) == [("I1", "L", 2)]

    def test_no_more_is_explained_than_came(self, over):
        draft = settle(over.head(day=3, reason="found"), shipment=over.sent, row=masks(4))
        assert " ".join(refusal(over, draft)) == (
            f"Only 3 units of I1 came beyond shipment {over.sent} and are not explained, so 4 cannot be. Explain 3 or "
            "fewer."
        )
        settled(over, "found")
        assert "Nothing came beyond shipment" in " ".join(
            refusal(over, settle(over.head(day=3, reason="found"), shipment=over.sent))
        )

    def test_it_is_explained_no_earlier_than_it_came(self, over):
        (sentence,) = refusal(over, settle(over.head(day=1.5, reason="found"), shipment=over.sent))
        assert "was found at 2020-02-12 12:00" in sentence

    def test_an_explanation_is_reversed_before_what_it_explains(self, over):
        explained = settled(over, "loaded-too-many")
        undone = reverse(over.head(day=4, reason="wrong-quantity"), number=4)
        assert " ".join(refusal(over, undone)) == (
            f"Document 4 cannot be reversed: 3 units of I1 (lot L) have gone on from there "
            f"(beyond shipment {over.sent}). Reverse first: document 5 (explanation of what came beyond a shipment)."
        )

        over.post(reverse(over.head(day=4, reason="wrong-quantity"), number=explained.number))
        over.post(reverse(over.head(day=4, reason="wrong-quantity"), number=4))
        assert (surplus(over), over.held()["D1", "L"], over.held()[f"IN_TRANSIT:{over.sent}", "L"]) == ([], 38, 12)

    @pytest.mark.parametrize(
        ("reason", "said", "why"),
        [
            ("other-shipment", {}, "The reason other-shipment needs --other."),
            ("given-on-the-way", {}, "The reason given-on-the-way needs --partner."),
            ("found", {"partner": "N1"}, "--partner does not go with the reason found."),
        ],
    )
    def test_the_reason_says_what_else_is_due(self, over, reason, said, why):
        head = over.head(reason=reason, day=3)
        assert refusal_at_once(lambda: settle(head, shipment=over.sent, **said)) == why

    def test_a_day_shows_what_was_open_by_its_end(self, over):
        assert [len(matters(over, day).surplus) for day in (11, 12)] == [0, 1]
        assert at(2) == matters(over).surplus[0].at


def test_where_two_lots_are_open_each_is_named_with_its_lot(office):
    office.receive(("M", FAR, 5), day=1)
    rows = [masks(5, "L"), masks(5, "M")]
    sent = office.post(transfer(office.head(day=1, key="both"), site="D1", to="P2", rows=rows)).shipment
    seen = office.post(
        confirm(
            office.head(day=2),
            shipment=sent,
            arrivals=[Arrival(item="I1", lot_no="L", sound=4), Arrival(item="I1", lot_no="M", sound=3)],
        )
    )
    ends = [note.rpartition(": ")[2] for note in told(office, seen)]
    assert ends == [
        f"allocator confirm {sent} I1 --lost 1 --lot L --reason lost-on-the-way",
        f"allocator confirm {sent} I1 --lost 2 --lot M --reason lost-on-the-way",
    ]


def test_something_else_without_its_lot_is_refused_with_the_lots_that_the_sender_holds(office):
    """It would be taken for unnumbered, and could never be taken from the shelf it was loaded from."""
    gloves = Arrival(item="I2", sound=5, instead_of="I1")
    draft = confirm(office.head(day=2, reason="wrong-loaded"), shipment=office.sent, arrivals=[gloves])
    assert " ".join(refusal(office, draft)) == (
        f"I2 came beyond the note of shipment {office.sent}, and D1 holds these lots of it: G ({FAR}): 40. "
        "Say with --lot which one came, as its box says; --lot - where the box has no number."
    )

    arrived(office, replace(gloves, lot_no="G"))
    settled(office, "loaded-too-many")
    assert (surplus(office), office.held()["D1", "G"], office.held()["P1", "G"]) == ([], 35, 5)


def test_something_else_that_has_no_lot_number_may_be_said_to_have_none(office):
    arrived(office, Arrival(item="I2", sound=5, lot_no="", instead_of="I1"))
    arrived(office, Arrival(item="I3", sound=2, instead_of="I1"), day=2.1)

    assert surplus(office) == [("I2", "", 5), ("I3", "", 2)]
