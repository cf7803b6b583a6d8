"""A shipment, a document, an item at a site: only what is on it, the way to it, and where that went."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from drawn_ledgers import draw_documents
from ledgers import at
from office import FAR, Office, masks

from models.cuts import Cut
from models.database import reading
from models.documents_aside import adjust, writeoff
from models.documents_confirm import Arrival, confirm
from models.documents_count import count
from models.documents_out import issue, transfer
from models.documents_undo import recall, reverse
from models.tables import balance, document, item, location
from models.trace_account import account_of
from models.trace_asked import Traced, traced_site, traced_what
from models.trace_note import NoteLine, note_line

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def office() -> Office:
    """Return an office with 100 of lot L7 at D1 and 20 of it at P1; 40 were sent to P1, where 35 arrived."""
    made = Office()
    made.receive(("L7", FAR, 100), certificate="C-17")
    made.receive(("L7", FAR, 20), site="P1")
    sent = made.post(transfer(made.head(day=1), site="D1", to="P1", rows=[masks(40, "L7")]))
    made.shipment = sent.shipment
    came = Arrival(item="I1", sound=35, damaged=2)
    made.post(confirm(made.head(day=2, reason="wet"), shipment=sent.shipment, arrivals=[came]))
    made.post(issue(made.head(day=3), site="P1", rows=[masks(12, "L7")]))
    return made


def traced(office: Office, what: str, cut: Cut | None = None) -> Traced:
    with reading(office.ledger.engine) as connection:
        found = traced_what(connection, what, cut=cut or Cut())
    assert found is not None
    return found


def told(found: Traced) -> list[tuple[str, str, str, int]]:
    return [(flow.part, flow.from_place, flow.to_place, flow.units) for each in found.traces for flow in each.flows]


def test_a_shipment_tells_its_own_units_and_says_where_others_of_the_lot_came_too(office):
    way = f"IN_TRANSIT:{office.shipment}"
    found = traced(office, office.shipment)

    assert told(found) == [
        ("up", "SUPPLIER:S1", "D1", 100),
        ("own", "D1", way, 40),
        ("own", way, "DAMAGED", 2),
        ("own", way, "P1", 35),
        ("down", "P1", "CONSUMED:P1", 12),
    ]
    ((mixed,),) = (each.mixed for each in found.traces)
    assert (mixed.place, mixed.own_units, mixed.came_units) == ("P1", 35, 55)
    assert [(source.units, source.papers) for source in found.sources[0]] == [(100, {"certificate": "C-17"})]
    assert [(one.why, one.place, one.units) for one in found.open[0]] == [("left_open", way, 3)]


def test_a_shipment_in_numbers_that_add_up(office):
    office.post(count(office.head(day=4), site="P1", rows=[masks(40, "L7")]))
    line = note_line(traced(office, office.shipment).traces[0], office.shipment)

    assert (line.sent_units, line.arrived_units, line.damaged_units, line.open_units) == (40, 35, 2, 3)
    assert (line.came_units, line.there_units, line.used_units, line.missing_units) == (55, 40, 12, 3)
    assert line.is_mixed


def test_a_receipt_that_was_taken_back_is_under_way_again(office):
    seen = traced(office, office.shipment).steps[1]
    office.post(reverse(office.head(day=5, reason="wrong-quantity"), number=office.post(
        confirm(office.head(day=4), shipment=office.shipment, all_sound=True)
    ).number))  # fmt: skip
    line = note_line(traced(office, office.shipment).traces[0], office.shipment)

    assert seen.type == "confirm"
    assert (line.sent_units, line.arrived_units, line.open_units) == (40, 35, 3)


def test_a_document_tells_its_own_lines_and_what_came_of_them(office):
    assert told(traced(office, "1")) == [
        ("own", "SUPPLIER:S1", "D1", 100),
        ("down", "D1", f"IN_TRANSIT:{office.shipment}", 40),
        ("down", f"IN_TRANSIT:{office.shipment}", "DAMAGED", 2),
        ("down", f"IN_TRANSIT:{office.shipment}", "P1", 35),
        ("down", "P1", "CONSUMED:P1", 12),
    ]
    assert told(traced(office, "5"))[-1] == ("own", "P1", "CONSUMED:P1", 12)


def test_nothing_later_is_told_of_what_was_known_before(office):
    found = traced(office, office.shipment, Cut(document=3))

    assert [(step.number, step.type) for step in found.steps] == [(3, "transfer")]
    assert told(found)[-1] == ("own", "D1", f"IN_TRANSIT:{office.shipment}", 40)
    assert found.traces[0].held == {f"IN_TRANSIT:{office.shipment}": 40}
    assert found.open == ((),)


def test_what_was_reserved_and_sent_went_from_the_depot_and_what_is_reserved_still_lies_there():
    from models.entry import Entry, Line, LotKey

    office = Office()
    office.receive(("L7", FAR, 10))
    office.receive(("L7", FAR, 6), site="P1")
    key = LotKey("I1", "L7", FAR)
    lines = (Line("D1", "RESERVED:O1", key, 8), Line("P1", "RESERVED:O1", key, 6))
    office.ledger.post(Entry(key="r", type="reserve", actor="A", occurred_at=at(1), lines=lines), recorded_at=at(100))
    away = (Line("RESERVED:O1", "IN_TRANSIT:T9", key, 3),)
    office.ledger.post(
        Entry(key="d", type="dispatch", actor="A", occurred_at=at(1), site="D1", shipment="T9",
              details={"to": "P2"}, lines=away),
        recorded_at=at(100),
    )  # fmt: skip

    assert sorted(told(traced(office, "L7"))) == [
        ("", "D1", "IN_TRANSIT:T9", 3),
        ("", "D1", "RESERVED:O1", 5),
        ("", "P1", "RESERVED:O1", 6),
        ("", "SUPPLIER:S1", "D1", 10),
        ("", "SUPPLIER:S1", "P1", 6),
    ]
    assert traced(office, "L7").gap_units == 0
    assert told(traced(office, "T9"))[:2] == [("up", "SUPPLIER:S1", "D1", 10), ("own", "D1", "IN_TRANSIT:T9", 3)]


def test_an_item_at_a_site_is_told_line_by_line_with_what_was_there_then(office):
    with reading(office.ledger.engine) as connection:
        lines = account_of(connection, "P1", "I1")
        found = traced_site(connection, "P1", "I1")

    assert [(line.document, line.type, line.units, line.after_units) for line in lines] == [
        (2, "receive", 20, 20),
        (4, "confirm", 35, 55),
        (5, "issue", -12, 43),
    ]
    assert ("own", "P1", "CONSUMED:P1", 12) in told(found)
    assert ("up", "SUPPLIER:S1", "D1", 100) in told(found)
    assert found.traces[0].held == {"P1": 43, "CONSUMED:P1": 12}


def test_what_a_count_misses_and_finds_is_told_by_place(office):
    office.post(count(office.head(day=4), site="P1", rows=[masks(40, "L7")]))
    office.post(adjust(office.head(day=4, reason="found"), site="D1", rows=[masks(1, "L7")], more=True))
    found = traced(office, "L7").open[0]

    assert [(one.why, one.place, one.units) for one in found] == [
        ("left_open", f"IN_TRANSIT:{office.shipment}", 3),
        ("missing", "P1", 3),
        ("found", "D1", 1),
    ]


def adds_up(line: NoteLine) -> bool:
    went = (line.arrived_units, line.aside_units, line.damaged_units, line.lost_units, line.back_units)
    became = (line.there_units, line.used_units, line.gone_on_units, line.written_off_units, line.missing_units)
    return line.sent_units + line.beyond_units == sum(went) + line.open_units and line.came_units == sum(became)


@pytest.mark.parametrize("seed", range(4))
def test_every_shipment_and_every_site_of_a_drawn_ledger_adds_up(seed):
    office = Office()
    list(draw_documents(office.ledger, seed, documents=40))
    with reading(office.ledger.engine) as connection:
        numbers = connection.execute(sa.select(document.c.shipment).where(document.c.shipment.is_not(None)).distinct())
        checked = 0
        for number in list(numbers.scalars()):
            found = traced_what(connection, number)
            assert found is not None
            for each in found.traces:
                assert adds_up(note_line(each, number)), (seed, number, each.flows)
                checked += 1
        for site in ("D1", "P1", "P2"):
            for code in ("I1", "I2"):
                lines = account_of(connection, site, code)
                query = (
                    sa.select(sa.func.sum(balance.c.units))
                    .join_from(balance, location, location.c.id == balance.c.location)
                    .where(
                        location.c.code.in_([site, f"QUARANTINE:{site}"]), balance.c.lot.in_(_lots(connection, code))
                    )
                )
                there = connection.execute(query).scalar() or 0
                assert (lines[-1].after_units if lines else 0) == there
                assert sum(u for each in traced_site(connection, site, code).traces for p, u in each.held.items()
                           if p in (site, f"QUARANTINE:{site}")) == there  # fmt: skip
    assert checked


def _lots(connection: sa.Connection, code: str) -> list[int]:
    from models.tables import lot

    query = sa.select(lot.c.id).join(item, item.c.id == lot.c.item).where(item.c.code == code)
    return list(connection.execute(query).scalars())


def test_recalled_goods_on_a_shipment_are_told_as_set_aside(office):
    office.post(recall(office.head(day=5, reason="counterfeit"), lot_no="L7"))
    line = note_line(traced(office, office.shipment).traces[0], office.shipment)

    assert (line.sent_units, line.arrived_units, line.aside_units, line.open_units) == (40, 35, 3, 0)
    assert line.there_units == 55 - 12 + 3
    office.post(writeoff(office.head(day=6, reason="counterfeit"), site="P1", rows=[masks(None, "L7")],
                         from_quarantine=True))  # fmt: skip
    assert note_line(traced(office, office.shipment).traces[0], office.shipment).written_off_units == 55 - 12 + 3
