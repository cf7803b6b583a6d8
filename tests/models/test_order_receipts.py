"""Receipts that count against orders: which line they fill, what closes an order and what opens it again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from buyer import Buyer, ordered
from ledgers import a_ledger, kept_in
from office import FAR, refusal_at_once

from models.entry import Refusal
from models.ordering import NewLine
from models.requests import Row


@pytest.fixture
def buyer(each_database) -> Buyer:
    return Buyer()


@pytest.fixture(params=["sqlite", "postgresql"])
def shared_buyer(request, tmp_path) -> Iterator[Buyer]:
    with kept_in(request.param):
        # In memory there is one connection, so nobody would be at once.
        url = f"sqlite:///{tmp_path / 'ledger.sqlite'}" if request.param == "sqlite" else ""
        buyer = Buyer(a_ledger(url))
        yield buyer
        buyer.ledger.engine.dispose()


def test_two_who_receive_all_that_is_to_come_at_once_post_it_once(shared_buyer):
    number = shared_buyer.place(ordered(500))
    start = threading.Barrier(4)

    def take(_: int) -> str:
        start.wait()
        try:
            shared_buyer.receive_rest(number)
        except Refusal as refusal:
            return str(refusal)
        return "posted"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(take, range(4)))

    nothing = f"Nothing of order {number} is still to come at D1. Give an item and how many."
    assert answers == [nothing] * 3 + ["posted"]
    assert shared_buyer.office.held() == {("D1", ""): 500}
    assert shared_buyer.order(number).over_units == {}


def test_a_retry_of_all_that_was_to_come_is_answered(buyer):
    number = buyer.place(ordered(500))
    buyer.receive(number, "I1", 100)

    once = buyer.receive_rest(number, key="lorry 7")

    assert buyer.receive_rest(number, key="lorry 7") == once
    assert buyer.office.held() == {("D1", ""): 500}


def test_a_retry_is_answered_although_the_order_was_cancelled_since(buyer):
    number = buyer.place(ordered(500))
    once = buyer.receive(number, "I1", 100, key="lorry 7")
    buyer.step(number, "cancelled", day=2)

    assert buyer.receive(number, "I1", 100, key="lorry 7") == once


def test_what_is_said_of_the_one_line_to_come_is_kept_and_of_several_it_is_refused(buyer):
    like = Row(item="", quantity=None, lot_no="A7", expires=FAR)
    one, two = buyer.place(ordered(500)), buyer.place(ordered(60), NewLine(item="I2", units=7, arrives="2020-02-20"))

    buyer.receive_rest(one, like=like)

    assert buyer.office.held() == {("D1", "A7"): 500}
    assert refusal_at_once(lambda: buyer.receive_rest(two, like=like)) == (
        f"Several lines of order {two} are still to come at D1 (I1, I2), so nothing says which of them a lot, expiry "
        "date, price, fund or earmark is of. Receive them one by one: give an item and how many."
    )
    buyer.receive_rest(two)
    assert buyer.order(two).status == "arrived"


def test_an_earlier_receipt_that_is_reversed_opens_what_a_later_one_closed(buyer):
    number = buyer.place(ordered(500))
    first = buyer.receive(number, "I1", 300)
    buyer.receive(number, "I1", 200, day=3)
    assert buyer.order(number).status == "arrived"

    buyer.reverse(first)

    assert buyer.order(number).status == "ordered"
    assert buyer.to_come(number) == [("I1", 300, "2020-02-15")]

    buyer.receive_rest(number, day=4)
    order = buyer.order(number)
    assert (order.status, order.arrived_on) == ("arrived", "2020-02-14")
    assert buyer.office.held() == {("D1", ""): 500}


def test_the_receipt_that_closed_it_is_reversed_while_another_brought_the_whole(buyer):
    number = buyer.place(ordered(500))
    closing = buyer.receive(number, "I1", 500)
    buyer.receive(number, "I1", 500, day=2)

    buyer.reverse(closing)

    order = buyer.order(number)
    assert (order.status, order.arrived_on, order.over_units) == ("arrived", "2020-02-12", {})


def test_what_comes_at_a_site_fills_its_own_lines_first(buyer):
    number = buyer.place(ordered(50), ordered(50, site="P1"))
    buyer.receive(number, "I1", 50, site="P1")
    assert [units for _, units, _ in buyer.to_come(number)] == [50, 0]

    buyer.receive_rest(number)
    assert buyer.order(number).status == "arrived"
    assert buyer.office.held() == {("D1", ""): 50, ("P1", ""): 50}


def test_what_comes_beyond_a_sites_own_lines_fills_those_of_others(buyer):
    number = buyer.place(ordered(50), ordered(50, site="P1"))
    buyer.receive(number, "I1", 70, site="P1")
    assert [units for _, units, _ in buyer.to_come(number)] == [30, 0]

    buyer.receive(number, "I1", 35)
    assert buyer.order(number).over_units == {"I1": 5}
