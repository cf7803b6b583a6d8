"""A trace as who sees some sites reads it: their part adds up by itself, and nothing in it is of another site."""

from __future__ import annotations

import dataclasses

import pytest
from ledgers import Book
from office import FAR, Office, masks

from models.database import reading
from models.documents_confirm import Arrival, confirm
from models.documents_out import issue, transfer
from models.entry import Line, LotKey
from models.rights import Reach
from models.trace import Mixed
from models.trace_accounted import Unaccounted
from models.trace_asked import Traced, traced_what
from models.trace_reach import traced_within

LOT = LotKey("I1", "L7", FAR)


@pytest.fixture(scope="module")
def office() -> Office:
    """D1 came by 100 of lot L7 and P2 by 10; D1 sent 40 to P1, where 35 arrived and 12 were used, and 20 to P2, where
    15 arrived: of each 5 are left open. Plan R1 reserved 7 at D1 and 3 at P2.
    """
    made = Office()
    made.receive(("L7", FAR, 100))
    made.receive(("L7", FAR, 10), site="P2")
    made.to = {}
    for site, units, came in (("P1", 40, 35), ("P2", 20, 15)):
        sent = made.post(transfer(made.head(day=1), site="D1", to=site, rows=[masks(units, "L7")]))
        arrived = [Arrival(item="I1", sound=came)]
        made.post(confirm(made.head(day=2, reason="lost-on-the-way"), shipment=sent.shipment, arrivals=arrived))
        made.to[site] = sent.shipment
    made.post(issue(made.head(day=3), site="P1", rows=[masks(12, "L7")]))
    Book(made.ledger).post(
        "reserve", Line("D1", "RESERVED:R1", LOT, 7), Line("P2", "RESERVED:R1", LOT, 3), day=4, key="reserve"
    )
    return made


def seen(office: Office, site: str, what: str = "L7") -> Traced | None:
    with reading(office.ledger.engine) as connection:
        found = traced_what(connection, what)
        return traced_within(found, Reach(everywhere=False, sites=frozenset({site})))


@pytest.mark.parametrize(
    ("site", "came", "held"),
    [
        ("P1", 40, {"P1": 23, "CONSUMED:P1": 12, "to P1": 5}),
        ("P2", 30, {"P2": 22, "RESERVED:R1": 3, "to P2": 5}),
        ("D1", 100, {"D1": 33, "RESERVED:R1": 7, "to P1": 5, "to P2": 5}),
    ],
)
def test_what_came_into_reach_and_what_of_it_is_held_there_reserved_or_on_its_way(office, site, came, held):
    (one,) = seen(office, site).traces
    ways = {f"IN_TRANSIT:{number}": f"to {to}" for to, number in office.to.items()}

    assert (one.own_units, {ways.get(place, place): units for place, units in one.held.items()}) == (came, held)


def test_whence_it_came_and_what_is_open_are_told_of_one_s_own_sites_alone(office):
    own = seen(office, "P2")

    assert [[(each.to_place, each.units) for each in sources] for sources in own.sources] == [[("P2", 10)]]
    assert own.open == ((Unaccounted(why="left_open", place=f"IN_TRANSIT:{office.to['P2']}", units=5),),)


def test_of_a_shipment_the_documents_of_other_sites_are_left_out(office):
    own = seen(office, "P1", office.to["P1"])

    assert [step.site for step in own.steps] == ["P1"]
    assert seen(office, "P2", office.to["P1"]) is None


def test_what_does_not_fit_or_came_by_other_ways_elsewhere_is_not_told(office):
    with reading(office.ledger.engine) as connection:
        found = traced_what(connection, "L7")
    elsewhere = dataclasses.replace(
        found.traces[0], gaps={"P1": 1, "P2": 2},
        mixed=tuple(Mixed(place=place, own_units=1, came_units=2) for place in ("P1", "P2")),
        at_ends=found.traces[0].flows,
    )  # fmt: skip
    own = traced_within(
        dataclasses.replace(found, traces=(elsewhere,)), Reach(everywhere=False, sites=frozenset({"P2"}))
    )

    (one,) = own.traces
    assert (one.gaps, [way.place for way in one.mixed]) == ({"P2": 2}, ["P2"])
    assert one.at_ends == one.flows
    assert "P1" not in {place for flow in one.at_ends for place in (flow.from_place, flow.to_place)}
