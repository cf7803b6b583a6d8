"""Laws of documents: what is chosen is the first that may be, and what is reversed was never there."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import sqlalchemy as sa
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from office import Office

from models.database import reading
from models.documents import Draft
from models.documents_aside import adjust, give_back, quarantine, release, return_to, writeoff
from models.documents_confirm import Arrival, confirm
from models.documents_count import count
from models.documents_in import receive
from models.documents_out import issue, transfer
from models.documents_undo import recall, reverse
from models.entry import LotKey, Refusal
from models.locations import COUNT_GAIN, COUNT_SHORT
from models.lots_out import Terms, choose, why_not
from models.requests import Row
from models.stockroom import OnShelf
from models.tables import NO_EXPIRY, balance, document, location

TODAY = dt.date(2020, 2, 10)
expiries = st.sampled_from(["2020-02-09", "2020-02-10", "2020-02-20", "2020-03-20", NO_EXPIRY])
lots = st.builds(
    OnShelf,
    st.builds(LotKey, st.just("I1"), st.sampled_from("abcd"), expiries, st.just(""), st.sampled_from(["", "P1", "P2"])),
    st.integers(1, 9),
    st.booleans(),
)


@given(shelf=st.lists(lots, max_size=6), units=st.integers(1, 40), life=st.sampled_from([0, 5, 30]))
def test_the_first_that_may_leave_leaves_and_every_other_is_named(shelf, units, life):
    terms = Terms(day=TODAY, site="P1", life_days_min=life)
    found = choose(shelf, units, terms)

    fit = [each for each in shelf if not why_not(each, terms)]
    assert sum(taken for _, taken in found.picks) + found.short_units == units
    assert [key for key, _ in found.picks] == [each.key for each in fit][: len(found.picks)]
    whole = len(found.picks) if found.short_units else len(found.picks) - 1
    assert [taken for _, taken in found.picks][:whole] == [each.units for each in fit][:whole]
    assert not found.short_units or len(found.picks) == len(fit)
    assert [each.key for each in found.passed] == [each.key for each in shelf if each not in fit]


# --- Any documents, and their reversals ----------------------------------------------------------

sites = st.sampled_from(["D1", "P1"])
some_lots = st.sampled_from([None, "a", "b"])
some_units = st.integers(1, 9)
days = st.integers(0, 5)


@st.composite
def drafts(draw: st.DrawFn, office: Office, shipments: list[str]) -> Draft:
    """Draw any document, sensible or not."""
    site, day = draw(sites), draw(days)
    rows = [Row(item="I1", quantity=draw(some_units), lot_no=draw(some_lots))]

    def head(reason: str = ""):
        return office.head(day=day, reason=reason)

    kinds = [
        lambda: receive(head(), site=site, partner="S1", rows=rows),
        lambda: issue(head(), site=site, rows=rows, partial=draw(st.booleans())),
        lambda: transfer(head(), site="D1", to="P1", rows=rows),
        lambda: count(head(), site=site, rows=rows, whole=["I1"] if draw(st.booleans()) else []),
        lambda: adjust(head("found"), site=site, rows=rows, more=draw(st.booleans())),
        lambda: writeoff(head("expired"), site=site, rows=rows, from_quarantine=draw(st.booleans())),
        lambda: quarantine(head("complaint"), site=site, rows=rows),
        lambda: release(head("inspected"), site=site, rows=rows),
        lambda: return_to(head("surplus"), site=site, partner="S1", rows=rows),
        lambda: give_back(head("unused"), site=site, rows=rows),
        lambda: recall(head("ordered"), lot_no="a", end=draw(st.booleans())),
    ]
    if shipments:
        arrival = Arrival(item="I1", lot_no=rows[0].lot_no, sound=draw(st.integers(0, 3)), lost=draw(st.integers(0, 2)))
        kinds.append(lambda: confirm(head("wet"), shipment=draw(st.sampled_from(shipments)), arrivals=[arrival]))
    return draw(st.sampled_from(kinds))()


def balances(office: Office) -> dict[tuple[str, int], int]:
    """Return what every account holds; what counts found too much and too little is one account."""
    query = sa.select(location.c.code, balance.c.lot, balance.c.units).join(location)
    held: dict[tuple[str, int], int] = defaultdict(int)
    with reading(office.ledger.engine) as connection:
        for code, lot_id, units in connection.execute(query):
            held["COUNTING" if code in (COUNT_GAIN, COUNT_SHORT) else code, lot_id] += units
    return {account: units for account, units in held.items() if units}


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_unit_is_somewhere_and_a_reversal_leaves_things_as_they_were(data):
    office = Office()
    shipments: list[str] = []
    for code in ("D1", "P1"):
        office.receive(("a", None, 9), ("b", "2020-02-13", 9), site=code)
    for _ in range(data.draw(st.integers(1, 12))):
        before = balances(office)
        try:
            seen = office.post(data.draw(drafts(office, shipments)))
        except Refusal:
            assert balances(office) == before
            continue
        shipments += [seen.shipment] if seen.type == "transfer" else []
        for lot_id in {lot_id for _, lot_id in before}:
            assert sum(units for (_, each), units in balances(office).items() if each == lot_id) == 0
        if data.draw(st.booleans()):
            office.post(reverse(office.head(reason="never-happened"), number=seen.number))
            assert balances(office) == before
    office.ledger.engine.dispose()


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_retry_of_any_document_changes_nothing(data):
    office = Office()
    office.receive(("a", None, 9), ("b", "2020-02-13", 9))
    draft = data.draw(drafts(office, []))
    try:
        first = office.post(draft)
    except Refusal:
        reject()
    held = balances(office)

    assert office.post(draft) == first
    assert balances(office) == held
    with reading(office.ledger.engine) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(document)).scalar_one() == first.number
    office.ledger.engine.dispose()
