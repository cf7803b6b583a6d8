"""Budgets that orders lower: which one pays, what is left, what is said beside offers."""

from __future__ import annotations

import datetime as dt

import pytest
from buyer import STAMP, TODAY, UTC, Buyer, ordered
from office import refusal_at_once

from data.ledger_case import policy_in_force
from models.budgets import budgets_used, other_days, said_of_budgets
from models.catalogue_purchase import save_budgets, save_offers, save_suppliers
from models.database import reading, writing
from models.order_imports import save_orders
from models.order_offers import beside_offers
from models.ordering import NewLine
from models.orders import known_orders
from models.planning_known import planning_known
from models.snapshot import settled, snapshot

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
    """Masks at 1.2 yuan; a budget of 1,000 yuan for February."""
    buyer = Buyer()
    budget(buyer, "February", 1000, since="2020-02-01", until="2020-02-29")
    return buyer


def budget(buyer: Buyer, bucket: str, yuan: int, *, since: str = "", until: str = "", items: str = "") -> None:
    row = {"bucket": bucket, "amount_micro": yuan * 10**6, "since": since, "until": until, "items": items}
    with writing(buyer.ledger.engine) as connection:
        save_budgets(connection, {name: [value] for name, value in row.items()}, STAMP)


def used(buyer: Buyer, day: dt.date | None = None) -> dict[str, tuple[float, float]]:
    """What orders take of each budget, and what is left, in yuan."""
    with reading(buyer.ledger.engine) as connection:
        found = budgets_used(connection, known_orders(connection, UTC, day=day))
    return {each.budget.bucket: (each.ordered_micro / 10**6, each.left_micro / 10**6) for each in found}


def test_the_only_budget_for_item_and_day_pays_and_is_lowered(buyer):
    number = buyer.place(ordered(500))

    assert [line.budget for line in buyer.order(number).lines] == ["February"]
    assert used(buyer) == {"February": (600, 400)}
    assert used(buyer, TODAY - dt.timedelta(days=1)) == {"February": (0, 1000)}


def test_what_is_planned_or_has_arrived_is_spent_and_what_is_cancelled_is_given_back(buyer):
    planned = buyer.place(ordered(100), status="planned")
    arrived = buyer.place(ordered(200))
    buyer.receive(arrived, "I1", 200)
    partly = buyer.place(ordered(300))
    buyer.receive(partly, "I1", 50)
    assert used(buyer)["February"] == (720, 280)

    buyer.step(planned, "cancelled", day=2)
    buyer.step(partly, "cancelled", day=2)

    assert used(buyer)["February"] == (300, 700)  # 200 that arrived, and 50 of the 300


def test_of_several_budgets_one_must_be_named(buyer):
    budget(buyer, "Masks", 200, items="I1 I3")

    assert refusal_at_once(lambda: buyer.place(ordered(50))) == (
        "Several budgets are for I1 on 2020-02-10: February, Masks. Say which of them pays: --budget, or the column "
        "`budget`; - for none."
    )
    buyer.place(ordered(50, budget="Masks"))
    buyer.place(ordered(70, budget="-"))

    assert used(buyer) == {"February": (0, 1000), "Masks": (60, 140)}


def test_a_budget_must_be_there_and_for_the_item_and_may_be_for_another_day(buyer):
    budget(buyer, "Gowns", 200, items="I2")
    budget(buyer, "March", 500, since="2020-03-01")

    assert refusal_at_once(lambda: buyer.place(ordered(50, budget="Aprl"))) == (
        "There is no budget Aprl. There is: February, Gowns, March. Check the name, or import the budget first."
    )
    assert refusal_at_once(lambda: buyer.place(ordered(50, budget="Gowns"))) == (
        "Budget Gowns is not for I1. For it on 2020-02-10: February."
    )
    buyer.place(ordered(50, budget="March"))
    assert used(buyer)["March"] == (60, 440)
    with reading(buyer.ledger.engine) as connection:
        [said] = other_days(connection, [(ordered(units, budget="March"), TODAY) for units in (50, 70)])
    assert str(said) == "Budget March is for orders from 2020-03-01 to any day; this one is of 2020-02-10."


def test_what_is_left_overdrawn_or_without_a_price_is_said(buyer):
    buyer.place(ordered(900), NewLine(item="I2", units=7, arrives="2020-02-20"))
    with reading(buyer.ledger.engine) as connection:
        said = said_of_budgets(budgets_used(connection, known_orders(connection, UTC)), {"February"})

    assert [str(each) for each in said] == [
        "Budget February is overdrawn by 80.00 yuan: it has 1,000.00.",
        "Order lines that budget February pays and that have no price: 1. They take nothing of it.",
    ]


def test_purchases_are_planned_with_what_is_left(buyer):
    buyer.place(ordered(500))
    budget(buyer, "Gowns", 100, items="I2")
    buyer.place(NewLine(item="I2", units=1, arrives="2020-02-20", price_micro=500 * 10**6, budget="Gowns"))
    with settled(buyer.ledger.engine) as (connection, last):
        case = snapshot(connection, policy_in_force(POLICY, TODAY).policy, document=last, zone=UTC)
        found = planning_known(connection, case, document=last, zone=UTC)

    assert {each.bucket: float(each.amount) for each in found.budgets} == {"February": 400, "Gowns": 0}


def test_orders_in_a_file_name_a_budget_or_none(buyer):
    rows = {"number": ["F1", "F2"], "partner": ["S1"] * 2, "item": ["I1"] * 2, "units": [100, 50]}
    buyer.import_rows(**rows, budget=["February", ""])

    assert used(buyer) == {"February": (120, 880)}
    with writing(buyer.ledger.engine) as connection:
        [said] = save_orders(connection, {**rows, "budget": ["", "February"]}, STAMP).said
    assert (
        str(said) == "Order F2: the file names the budget February, the ledger none. What was ordered stays as it is."
    )
    assert refusal_at_once(lambda: buyer.import_rows(**rows, budget=["May", ""])).startswith("There is no budget May.")


def beside(buyer: Buyer, *lines: NewLine, typed: bool = True, supplier: str = "S1") -> list[str]:
    with reading(buyer.ledger.engine) as connection:
        dated = [(line, TODAY) for line in lines]
        return [str(each) for each in beside_offers(connection, supplier, dated, zone=UTC if typed else None)]


@pytest.fixture
def offered(buyer) -> Buyer:
    """S1 sells 1,000 to 5,000 masks a week at 1.2 yuan; S2 sells them at 0.9 in ten days, up to 2,000 a week."""
    offers = {
        "partner": ["S1", "S2"],
        "item": ["I1", "I1"],
        "price_micro": [1_200_000, 900_000],
        "lead_days": [5, 10],
        "units_per_week": [5000, 2000],
        "min_units": [1000, None],
    }
    with writing(buyer.ledger.engine) as connection:
        save_suppliers(connection, {"code": ["S2"], "name": ["Other"]}, STAMP)
        save_offers(connection, offers, STAMP)
    return buyer


CHEAPER = "S2 sells I1 for 0.9 yuan a unit instead of 1.2, 10 days from the order to the shelf."


def test_too_little_and_dearer_than_need_be_is_said_before_an_order_is_placed(offered):
    assert beside(offered, ordered(400)) == ["S1 takes orders of I1 from 1,000 units on; this is 400.", CHEAPER]
    assert beside(offered, ordered(3000)) == []
    assert beside(offered, ordered(1500, price_micro=900_000)) == []
    assert beside(offered, ordered(400), supplier="S2") == []


def test_what_a_week_brings_counts_what_was_ordered_in_it(offered):
    offered.place(ordered(3000))

    assert beside(offered, ordered(2500)) == [
        "S1 can make 5,000 units of I1 a week; with this order 5,500 are ordered in seven days."
    ]
    assert beside(offered, ordered(2500), typed=False) == []


def test_a_plan_is_held_to_its_own_orders_only(offered):
    assert beside(offered, ordered(1500), typed=False) == []
    assert beside(offered, ordered(400), typed=False) == ["S1 takes orders of I1 from 1,000 units on; this is 400."]
