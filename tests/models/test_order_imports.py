"""Orders and receipts that come in files: what the ledger follows, and what it says where it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from buyer import STAMP, Buyer, ordered
from office import refusal_at_once

from data.texts import translator
from models.database import reading, writing
from models.documents_in import receive
from models.order_imports import save_orders
from models.order_references import count_referenced
from models.orders import known_orders
from models.requests import Row


@pytest.fixture
def buyer(each_database) -> Buyer:
    return Buyer()


class Feed:
    """A file with one order, of which single cells change."""

    def __init__(self, buyer: Buyer, **cells: object) -> None:
        self.buyer = buyer
        self.cells = {"number": "F1", "partner": "S1", "item": "I1", "units": 500, "arrives": "2020-02-13"} | cells

    def take(self, **changed: object) -> tuple[tuple[int, int, int], list[str]]:
        row = self.cells | changed
        with writing(self.buyer.ledger.engine) as connection:
            saved = save_orders(connection, {name: [value] for name, value in row.items()}, STAMP)
        return (saved.new, saved.changed, saved.same), [translator("en")(sentence) for sentence in saved.said]


def test_a_day_that_changed_in_the_file_is_a_step(buyer):
    feed = Feed(buyer)
    assert feed.take() == ((1, 0, 0), [])

    assert feed.take(arrives="2020-03-01") == ((0, 1, 0), [])
    assert buyer.to_come("F1") == [("I1", 500, "2020-03-01")]
    assert [(step.status, step.arrives) for step in buyer.order("F1").steps] == [
        ("ordered", ""),
        ("ordered", "2020-03-01"),
    ]
    assert feed.take(arrives="2020-03-01") == ((0, 0, 1), [])
    assert feed.take(arrives="2020-03-05", status="shipped") == ((0, 1, 0), [])
    assert (buyer.order("F1").status, buyer.order("F1").arrives) == ("shipped", "2020-03-05")


def test_a_file_that_is_behind_does_not_take_the_day_back(buyer):
    feed = Feed(buyer)
    feed.take()
    buyer.step("F1", "shipped", arrives="2020-02-20")

    assert feed.take() == (
        (0, 0, 1),
        [
            (
                "Order F1 is shipped in the ledger, further than in the file: the day of the file, 2020-02-13, is "
                "passed over and 2020-02-20 stays."
            )
        ],
    )


def test_of_different_changed_days_the_last_is_kept_for_the_whole_order(buyer):
    columns = {"number": ["F1"] * 2, "partner": ["S1"] * 2, "item": ["I1", "I2"], "units": [5, 7]}
    assert buyer.import_rows(**columns, arrives=["2020-02-13", "2020-02-14"]) == (2, 0, 0)
    assert buyer.import_rows(**columns, arrives=["2020-02-13", "2020-02-14"]) == (0, 0, 2)
    assert buyer.import_rows(**columns, arrives=["2020-02-13", "2020-02-24"]) == (0, 2, 0)
    assert buyer.import_rows(**columns, arrives=["2020-02-13", "2020-02-24"]) == (0, 0, 2)

    assert buyer.to_come("F1") == [("I1", 5, "2020-02-24"), ("I2", 7, "2020-02-24")]


def test_another_site_is_refused(buyer):
    feed = Feed(buyer, site="D1")
    feed.take()

    assert refusal_at_once(lambda: feed.take(site="P1", status="shipped")) == (
        "Order F1 goes to D1 in the ledger, and in the file to P1. Mend the file; or cancel the order and give "
        "the new one a number of its own: allocator order cancel F1"
    )
    assert feed.take(site="") == ((0, 0, 1), [])
    assert buyer.order("F1").status == "ordered"


def test_what_a_file_says_has_arrived_is_answered_with_the_receipt_to_post(buyer):
    feed = Feed(buyer)
    feed.take()
    buyer.receive("F1", "I1", 40)

    assert feed.take(arrived_units=60) == (
        (0, 0, 1),
        [
            (
                "Order F1: in the file 60 units of I1 have arrived, by receipts 40. Only receipts tell what has "
                "arrived: allocator receive D1 I1 QUANTITY --order F1"
            )
        ],
    )
    assert feed.take(arrived_units=40) == ((0, 0, 1), [])


def test_an_order_that_arrived_in_the_file_alone_says_what_is_awaited_no_more(buyer):
    feed = Feed(buyer)
    feed.take()
    buyer.receive("F1", "I1", 40)

    assert feed.take(status="arrived") == (
        (0, 1, 0),
        [
            (
                "Order F1 is closed as the file says, with 40 of 500 units of I1 received: 460 are awaited no "
                "more. If they came: allocator receive D1 I1 460 --order F1"
            )
        ],
    )
    buyer.receive("F1", "I1", 460)
    assert buyer.order("F1").lines[0].arrived_units == 500
    assert (
        Feed(buyer, number="F2")
        .take(status="arrived", arrived_units=450)[1][0]
        .startswith(
            "Order F2 is closed as the file says, with 450 of 500 units of I1 received: 50 are awaited no more."
        )
    )


def test_a_file_expects_nothing_before_the_order(buyer):
    feed = Feed(buyer, ordered_on="2020-02-08")
    assert refusal_at_once(lambda: feed.take(arrives="2020-02-07")) == (
        "I1 is expected on 2020-02-07, before the day of the order, 2020-02-08. Mend one of them."
    )
    feed.take()
    assert "2020-02-07 is before the day of order F1, 2020-02-08" in refusal_at_once(
        lambda: feed.take(arrives="2020-02-07")
    )


def test_more_orders_than_a_statement_can_name_are_found(buyer):
    buyer.place(ordered(5), number="LAST")

    with reading(buyer.ledger.engine) as connection:
        found = known_orders(connection, buyer.ledger.zone, numbers=[*(f"X{n}" for n in range(300_000)), "LAST"])
    assert [order.number for order in found] == ["LAST"]


def counted(buyer: Buyer, number: str, units: int, *, partner: str = "S1", day: float = 1) -> list[str]:
    """Post a receipt whose reference is a number, as a file does, and return what is said of it."""
    row = Row(item="I1", quantity=units)
    draft = receive(buyer.office.head(day=day), site="D1", partner=partner, rows=[row], reference=number)
    posted = buyer.office.post(draft)
    entry = replace(draft.entry, details=posted.details)
    with writing(buyer.ledger.engine) as connection:
        return [
            translator("en")(sentence)
            for sentence in count_referenced(connection, [entry], STAMP, zone=buyer.ledger.zone)
        ]


def test_a_receipt_of_a_file_counts_against_the_order_it_names(buyer):
    buyer.place(ordered(500), number="PO-1")

    assert counted(buyer, "PO-1", 200) == [
        "Receipts that count against the order whose number is their reference: 1 (PO-1)."
    ]
    assert buyer.to_come("PO-1") == [("I1", 300, "2020-02-15")]
    assert counted(buyer, "gift 7", 300) == []
    counted(buyer, "PO-1", 300, day=2)
    assert (buyer.order("PO-1").status, buyer.order("PO-1").arrived_on) == ("arrived", "2020-02-12")


def test_a_receipt_that_cannot_be_of_the_order_it_names_is_said(buyer):
    buyer.place(ordered(500), number="PO-1")
    buyer.place(ordered(500), number="PO-2", again=True)
    buyer.step("PO-2", "cancelled")
    Feed(buyer).take(arrived_units=200)

    assert counted(buyer, "PO-1", 5, day=-1) == [
        (
            "Document 1 of 2020-02-09 names order PO-1, which was placed later, on 2020-02-10: it does not count "
            "against it. Check the dates."
        )
    ]
    assert counted(buyer, "PO-2", 5) == [
        "Document 2 names order PO-2, which is cancelled: it does not count against it."
    ]
    assert counted(buyer, "F1", 5)[0].startswith(
        "Document 3 names order F1, of which some had arrived before the ledger knew of it."
    )
    assert [order.receipts for order in (buyer.order("PO-1"), buyer.order("PO-2"), buyer.order("F1"))] == [(), (), ()]
