"""A procurement case is checked when it is made, and its weeks mean what they say."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from allocator.procurement_case import (
    Budget,
    Held,
    Offer,
    Order,
    ProcurementCase,
    ProcurementCaseWrong,
    ProcurementItem,
    Supplier,
    Terms,
)

DAY = dt.date(2020, 3, 2)
BEFORE = dt.date(2020, 1, 1)


def case(**others: object):
    given = {
        "day": DAY,
        "items": (ProcurementItem(item="mask", pack_units=10),),
        "suppliers": (Supplier(supplier="A"),),
        "offers": (Offer(supplier="A", item="mask", price=Decimal("1.2"), lead_days=8),),
        "demand_units": np.full((2, 1, 4), 40.0),
        "probability": np.array([0.5, 0.5]),
    }
    return ProcurementCase(**(given | others))


def order(units, arrives, status="ordered"):
    day = None if arrives is None else DAY + dt.timedelta(days=arrives)
    return Order(order=f"{units}", supplier="A", item="mask", units=units, arrives=day, status=status)


def test_everything_wrong_is_said_at_once():
    with pytest.raises(ProcurementCaseWrong) as wrong:
        case(
            items=(ProcurementItem(item="mask", pack_units=0, shelf_weeks=0, weight=0),) * 2,
            offers=(
                Offer(supplier="B", item="gown", price=Decimal(-1), lead_days=-1, from_day=DAY, to_day=BEFORE),
                Offer(supplier="A", item="mask", price=Decimal(1), lead_days=1, units_per_week=5, min_units=6),
            ),
            held=(Held(item="mask", units=-4),),
            orders=(order(-1, 3, "lost"),),
            budgets=(Budget(bucket="March", amount=Decimal(-1), from_day=DAY, to_day=BEFORE),) * 2,
            demand_units=np.full((1, 2, 3), -1.0),
            probability=np.array([0.4]),
            terms=Terms(supplier_share_max=Decimal(2), cvar_level=1.0, space_m3=Decimal(-1)),
        )

    said = [str(problem) for problem in wrong.value.problems]
    assert len(said) == len(set(said)) == 20
    for words in (
        "below 0",
        "add up to 1",
        "Item mask is there twice",
        "Budget March is there twice",
        "no item gown",
        "no supplier B",
        "a pack of 0",
        "shelf life of 0",
        "weight of 0",
        "-1 is no price",
        "lead days",
        "offer ends before it begins",
        "least order of 6",
        "-4 units on hand",
        "status lost",
        "no amount of money",
        "March ends before",
        "Holding, freight",
        "largest share is 2",
        "The level 1.0",
    ):
        assert any(words in each for each in said), words


def test_demand_of_another_shape_is_refused():
    with pytest.raises(ProcurementCaseWrong, match="2 × 1 × at least 1"):
        case(demand_units=np.zeros((2, 3, 4)))


def test_what_arrives_within_a_week_counts_from_the_next_and_what_is_overdue_not_at_all():
    made = case(orders=(order(1, 0), order(2, 7), order(4, 8), order(8, 99), order(16, None), order(32, -3)))

    assert made.arriving_units.tolist() == [[1, 2, 4, 0]]


@pytest.mark.parametrize("status", ["planned", "arrived", "cancelled"])
def test_only_orders_placed_and_not_yet_here_bring_units(status):
    assert case(orders=(order(5, 7, status),)).arriving_units.sum() == 0


def test_a_period_holds_the_weeks_whose_first_day_lies_in_it():
    made = case()

    assert made.weeks_of(None, None) == range(4)
    assert made.weeks_of(DAY + dt.timedelta(days=1), DAY + dt.timedelta(days=14)) == range(1, 3)
    assert len(made.weeks_of(None, DAY - dt.timedelta(days=1))) == 0


def test_stock_serves_whole_weeks_up_to_its_last_day():
    made = case()
    last = [
        made.last_week_of(Held(item="mask", units=1, expires=DAY + dt.timedelta(days=n))) for n in (-9, 5, 6, 13, 99)
    ]

    assert last[1:] == [-1, 0, 1, 3]
    assert last[0] < 0
    assert made.last_week_of(Held(item="mask", units=1)) == 3


@pytest.mark.parametrize(
    ("first", "last", "holds"),
    [(0, 0, True), (-1, 1, True), (1, None, False), (None, -1, False), (None, None, True), (0, None, True)],
)
def test_offers_and_budgets_hold_from_their_first_day_to_their_last_both_included(first, last, holds):
    days = {
        name: None if after is None else DAY + dt.timedelta(days=after)
        for name, after in (("from_day", first), ("to_day", last))
    }
    offer = Offer(supplier="A", item="mask", price=Decimal(1), lead_days=1, **days)
    budget = Budget(bucket="March", amount=Decimal(1), items=("mask",), **days)

    assert (offer.holds(DAY), budget.holds(DAY), budget.pays("mask", DAY)) == (holds, holds, holds)
    assert not budget.pays("gown", DAY)
