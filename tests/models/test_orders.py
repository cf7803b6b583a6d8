"""Orders: placed, shipped, received against, cancelled; what is still to come, and what the audit holds to."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
from buyer import STAMP, TODAY, UTC, Buyer, ordered
from office import refusal_at_once

from data.ledger_case import policy_in_force
from models.catalogue_purchase import save_budgets, save_offers, save_suppliers
from models.database import reading, writing
from models.order_receipts import after_receipt, outstanding_rows
from models.ordering import NewLine, next_number, place_planned
from models.orders import known_orders
from models.planning_known import planning_known
from models.snapshot import settled, snapshot
from models.tables import purchase_event, purchase_line, purchase_order, purchase_receipt

pytestmark = pytest.mark.usefixtures("each_database")

POLICY = """date = 2020-01-01
[tiers]
frontline = ["checkpoint", "clinic"]
[[ladder]]
tiers = ["frontline"]
cover_days = 2
"""


@pytest.fixture
def buyer() -> Buyer:
    return Buyer()


def test_an_order_goes_to_the_main_depot_and_arrives_when_the_lead_days_have_passed(buyer):
    number = buyer.place(ordered(500))
    order = buyer.order(number)

    assert (number, order.status, order.ordered_on) == ("PO-20200210-1", "ordered", "2020-02-10")
    assert [(line.site, line.arrives, line.price_micro) for line in order.lines] == [("D1", "2020-02-15", 1_200_000)]


def test_what_is_received_against_it_is_taken_off_and_the_last_of_it_closes_it(buyer):
    number = buyer.place(ordered(500))
    first = buyer.receive(number, "I1", 300)
    assert buyer.to_come(number) == [("I1", 200, "2020-02-15")]

    second = buyer.receive(number, "I1", 200, day=3)
    order = buyer.order(number)

    assert (order.status, order.is_open, order.arrived_on) == ("arrived", False, "2020-02-13")
    assert [document for document, _ in order.receipts] == [first, second]
    assert [str(said) for said in after_receipt(order)] == [f"Order {number} has arrived."]
    assert buyer.office.held() == {("D1", ""): 500}


def test_what_comes_beyond_it_is_in_stock_and_said(buyer):
    number = buyer.place(ordered(500))
    buyer.receive(number, "I1", 520)

    assert buyer.order(number).over_units == {"I1": 20}
    assert str(after_receipt(buyer.order(number))[0]) == (
        f"20 units of I1 came beyond order {number}; they are in stock all the same."
    )
    assert buyer.office.held() == {("D1", ""): 520}


def test_a_receipt_that_is_reversed_opens_it_again(buyer):
    number = buyer.place(ordered(500))
    document = buyer.receive(number, "I1", 500)
    assert buyer.order(number).status == "arrived"

    buyer.reverse(document)

    assert buyer.order(number).status == "ordered"
    assert buyer.to_come(number) == [("I1", 500, "2020-02-15")]


def test_a_retry_of_a_receipt_counts_once(buyer):
    number = buyer.place(ordered(500))
    once = buyer.receive(number, "I1", 300, key="lorry 7")
    again = buyer.receive(number, "I1", 300, key="lorry 7")

    assert once == again
    assert buyer.to_come(number)[0][1] == 200


def test_lines_are_filled_in_their_order_and_those_of_a_site_are_received_together(buyer):
    number = buyer.place(ordered(100), ordered(50, site="P1"), NewLine(item="I2", units=7, arrives="2020-02-20"))
    buyer.receive(number, "I1", 120)

    assert buyer.to_come(number) == [("I1", 0, "2020-02-15"), ("I1", 30, "2020-02-15"), ("I2", 7, "2020-02-20")]
    assert [(row.item, row.quantity) for row in outstanding_rows(buyer.order(number), "D1")] == [("I2", 7)]


def test_who_ships_says_when_it_is_expected_now_and_late_is_what_should_be_here(buyer):
    number = buyer.place(ordered(500))
    buyer.step(number, "shipped", arrives="2020-02-18", day=4)
    buyer.step(number, "shipped", arrives="2020-02-20", day=5)
    order = buyer.order(number)

    assert order.arrives == "2020-02-20"
    assert (order.is_late(dt.date(2020, 2, 20)), order.is_late(dt.date(2020, 2, 21))) == (False, True)


def test_of_a_cancelled_order_nothing_is_awaited_and_nothing_received(buyer):
    number = buyer.place(ordered(500))
    buyer.receive(number, "I1", 100)
    buyer.step(number, "cancelled", note="the works has closed")

    assert buyer.to_come(number)[0][1] == 0
    assert buyer.office.held() == {("D1", ""): 100}
    assert refusal_at_once(lambda: buyer.receive(number, "I1", 1)) == (
        f"Order {number} is cancelled, so nothing of it is awaited. Place it first, or receive without it."
    )
    assert refusal_at_once(lambda: buyer.step(number, "shipped")) == (
        f"Order {number} is cancelled: nothing of it is still to come."
    )


def test_a_planned_order_brings_nothing_before_it_is_placed(buyer):
    number = buyer.place(ordered(500), status="planned")
    assert "is planned, so nothing of it is awaited" in refusal_at_once(lambda: buyer.receive(number, "I1", 1))

    with writing(buyer.ledger.engine) as connection:
        place_planned(connection, number, STAMP, zone=UTC, day=TODAY, note="")

    assert buyer.order(number).status == "ordered"
    assert refusal_at_once(lambda: buyer.step(number, "ordered")) == f"Order {number} is ordered already."


def test_the_same_order_twice_on_one_day_is_asked_about(buyer):
    first = buyer.place(ordered(500))

    assert refusal_at_once(lambda: buyer.place(ordered(500))) == (
        f"Order {first} of the same day says exactly this. Add --again if another one is meant."
    )
    assert buyer.place(ordered(500), again=True) == "PO-20200210-2"
    assert buyer.place(ordered(501)) == "PO-20200210-3"


def test_everything_that_is_not_known_is_said_at_once(buyer):
    lines = (NewLine(item="I9", units=1), NewLine(item="I8", units=1, site="P9"))
    said = refusal_at_once(lambda: buyer.place(*lines, partner="N1"))

    assert said == (
        "N1 is a partner, but no supplier. Name who sells it. "
        "There is no site P9. Check the code, or import the site first. "
        "There is no item I8. Check the code, or import the item first. "
        "There is no item I9. Check the code, or import the item first."
    )
    assert refusal_at_once(lambda: buyer.place(NewLine(item="I2", units=1))).startswith(
        "Nothing says when I2 arrives: S1 has no offer for it on 2020-02-10."
    )
    with reading(buyer.ledger.engine) as connection:
        assert next_number(connection, TODAY) == "PO-20200210-1"


def test_another_suppliers_receipt_does_not_count(buyer):
    with writing(buyer.ledger.engine) as connection:
        save_suppliers(connection, {"code": ["S2"]}, STAMP)
        save_offers(connection, {"partner": ["S2"], "item": ["I1"], "price_micro": [1], "lead_days": [1]}, STAMP)
    number = buyer.place(ordered(10), partner="S2")

    assert "is of supplier S2, and this comes from S1" in refusal_at_once(lambda: buyer.receive(number, "I1", 1))
    assert buyer.office.held() == {}


def test_as_of_a_day_and_as_known_up_to_a_document_orders_stand_as_they_stood(buyer):
    number = buyer.place(ordered(500))
    document = buyer.receive(number, "I1", 200, day=2)
    buyer.receive(number, "I1", 300, day=4)

    def left(**cut: object) -> list[int]:
        with reading(buyer.ledger.engine) as connection:
            orders = known_orders(connection, UTC, **cut)
        return [order.outstanding_units(line) for order in orders for line in order.lines]

    assert left(day=TODAY - dt.timedelta(days=1)) == []
    assert left(day=TODAY + dt.timedelta(days=1)) == [500]
    assert left(day=TODAY + dt.timedelta(days=3)) == [300]
    assert left(upto=document) == [300]
    assert left() == [0]


def test_a_file_places_orders_and_takes_known_ones_further(buyer):
    columns = {
        "number": ["F1", "F2"],
        "partner": ["S1", "S1"],
        "item": ["I1", "I2"],
        "units": [500, 70],
        "status": ["ordered", "arrived"],
        "arrives": ["", "2020-02-07"],
        "ordered_on": ["2020-02-08", ""],
        "arrived_units": [200, None],
    }

    def saved(**changed: list[object]) -> tuple[int, int, int]:
        return buyer.import_rows(**columns | changed)

    assert saved() == (2, 0, 0)
    assert buyer.to_come("F1") == [("I1", 300, "2020-02-13")]
    assert buyer.order("F2").status == "arrived"
    assert saved() == (0, 0, 2)
    assert saved(status=["shipped", "arrived"]) == (0, 1, 1)
    assert saved() == (0, 0, 2)
    assert buyer.order("F1").status == "shipped"
    assert "Order F1 is in the ledger and says other lines" in refusal_at_once(lambda: saved(units=[501, 70]))


def test_the_ledger_gives_what_forecasts_and_purchases_ask_for(buyer):
    with writing(buyer.ledger.engine) as connection:
        later = {
            "partner": ["S1"],
            "item": ["I1"],
            "price_micro": [1_500_000],
            "lead_days": [4],
            "since": ["2020-03-01"],
        }
        save_offers(connection, later, STAMP)
        save_budgets(connection, {"bucket": ["B1"], "amount_micro": [30_000_500_000], "items": ["I1, I2"]}, STAMP)
    number = buyer.place(ordered(500))
    buyer.receive(number, "I1", 200, day=0)
    buyer.place(ordered(9), status="planned")

    with settled(buyer.ledger.engine) as (connection, last):
        case = snapshot(connection, policy_in_force(POLICY, TODAY).policy, document=last, zone=UTC)
        found = planning_known(connection, case, document=last, zone=UTC)

    assert [each.supplier for each in found.suppliers] == ["S1"]
    assert [(each.price, each.to_day) for each in found.offers] == [
        (Decimal("1.2"), dt.date(2020, 2, 29)),
        (Decimal("1.5"), None),
    ]
    assert [(each.order, each.units, each.arrives, each.status, each.site) for each in found.orders] == [
        (number, 300, dt.date(2020, 2, 15), "ordered", "D1"),
        ("PO-20200210-2", 9, dt.date(2020, 2, 15), "planned", "D1"),
    ]
    assert [(each.amount, each.items) for each in found.budgets] == [
        (Decimal("29389.7"), ("I1", "I2"))
    ]  # 509 × 1.2 less
    assert found.case.stock.units.sum() == 200  # what is on order is no stock


def test_nothing_happens_to_an_order_before_its_day(buyer):
    number = buyer.place(ordered(500))

    assert refusal_at_once(lambda: buyer.step(number, "cancelled", day=-1)) == (
        f"2020-02-09 is before the day of order {number}, 2020-02-10. Check the date."
    )
    assert refusal_at_once(lambda: buyer.step(number, "shipped", arrives="2020-02-01")) == (
        f"2020-02-01 is before the day of order {number}, 2020-02-10. Check the date."
    )
    assert refusal_at_once(lambda: buyer.receive(number, "I1", 5, day=-1)) == (
        f"This came on 2020-02-09, before order {number} was placed, on 2020-02-10. Check the date, or receive it "
        "without the order."
    )
    assert refusal_at_once(lambda: buyer.place(ordered(9, arrives="2020-02-09"))) == (
        "I1 is expected on 2020-02-09, before the day of the order, 2020-02-10. Mend one of them."
    )
    assert buyer.office.held() == {}


def test_units_and_prices_have_bounds(buyer):
    most = 10**12
    assert refusal_at_once(lambda: buyer.place(ordered(most), ordered(1, price_micro=10**15 + 1))) == (
        "The price of I1 is more than 1,000,000,000 yuan. Write the price of one unit."
    )
    assert refusal_at_once(lambda: buyer.place(ordered(most), ordered(1))) == (
        "1000000000001 units of I1 cannot be ordered. Write a whole number from 1 to 1,000,000,000,000."
    )
    assert buyer.to_come(buyer.place(ordered(most, price_micro=10**15))) == [("I1", most, "2020-02-15")]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        (purchase_order, {"partner": "N1"}),
        (purchase_line, {"units": 5_000}),
        (purchase_event, {"day": "2020-01-01"}),
    ],
)
def test_the_database_forbids_changing_an_order(buyer, table, change):
    number = buyer.place(ordered(500))
    buyer.receive(number, "I1", 10)

    for statement in (sa.update(table).values(**change), sa.delete(table), sa.delete(purchase_receipt)):
        with pytest.raises(sa.exc.DBAPIError, match="written once"), writing(buyer.ledger.engine) as connection:
            connection.execute(statement)
