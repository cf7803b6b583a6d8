"""The ledger as a case: what a folder of tables would say, from documents."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest
import sqlalchemy as sa
from case_ledger import ledger_of
from drawn_ledgers import draw_documents
from ledgers import Book, a_ledger

from allocator.case import STATUSES, Case
from allocator.policy import Policy, Rung
from data.case_digest import case_digest
from data.case_files import read_case
from data.case_writing import write_case
from data.samples import make_sample
from models.database import writing
from models.entry import Line, LotKey, Mark
from models.snapshot import settled, snapshot, with_stock
from models.snapshot_catalogue import catalogued
from models.tables import location, need

pytestmark = pytest.mark.usefixtures("each_database")

POLICY = Policy(
    date=dt.date(2020, 2, 12),
    tiers={"frontline": ("checkpoint", "clinic")},
    ladder=(Rung(tiers=("frontline",), cover_days=1, holding_share=1),),
)


def taken(ledger, policy: Policy = POLICY, document: int | None = None) -> Case:
    with settled(ledger.engine) as (connection, last):
        return snapshot(connection, policy, document=last if document is None else document, zone=ledger.zone)


def everybody_needs_everything(book: Book) -> None:
    with writing(book.ledger.engine) as connection:
        sites = sa.select(location.c.id).where(location.c.kind == "SITE")
        pairs = [(site, n) for site in connection.execute(sites).scalars().all() for n in (1, 2, 3)]
        rows = [{"site": site, "item": n, "daily_units_micro": 1_000_000} for site, n in pairs]
        connection.execute(need.insert(), rows)


def held(case: Case):
    stock = case.stock
    return {
        (case.sites.code[s], case.items.code[i], lot, STATUSES[status]): units
        for s, i, lot, status, units in zip(
            stock.site, stock.item, stock.lot, stock.status, stock.units.tolist(), strict=True
        )
    }


def differing(one: Case, other: Case) -> list[str]:
    """Return the columns in which two cases differ."""
    found = []
    for table in dataclasses.fields(Case):
        ours, theirs = getattr(one, table.name), getattr(other, table.name)
        if table.name == "policy":
            found += [] if ours == theirs else ["policy"]
            continue
        for field in dataclasses.fields(ours):
            a, b = getattr(ours, field.name), getattr(theirs, field.name)
            same = a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fM")
            found += [] if same else [f"{table.name}.{field.name}"]
    return found


@pytest.mark.parametrize("name", ["county", "earmarks", "substitutes", "caps", "stop-limits", "closed-roads"])
def test_a_ledger_of_a_case_gives_the_case_back(name):
    """Every column of every table, to the last bit: names, decimals, lots, earmarks, limits, the policy."""
    case = make_sample(name, sites=60, items=5, seed=1)

    assert differing(taken(ledger_of(case), case.policy), case) == []


def test_a_snapshot_written_and_read_is_the_same_case(tmp_path):
    """So `plan` on the folder and `allocate` on the ledger start from the same digest."""
    case = make_sample("county", sites=60, items=5)
    found = taken(ledger_of(case), case.policy)
    write_case(found, tmp_path / "case")

    assert case_digest(read_case(tmp_path / "case").case) == case_digest(found)


@pytest.mark.parametrize("seed", range(3))
def test_the_snapshot_of_a_document_can_be_taken_again_at_any_time(seed):
    """Documents posted after it, on earlier days too, change nothing of what was known then."""
    ledger = a_ledger()
    everybody_needs_everything(Book(ledger))
    then = {document: case_digest(taken(ledger)) for document in draw_documents(ledger, seed, documents=20)}

    with settled(ledger.engine) as (connection, last):
        catalogue = catalogued(connection, POLICY)
        again = {
            document: case_digest(with_stock(connection, catalogue, document=document, zone=ledger.zone))
            for document in then
        }
    assert max(then) == last
    assert again == then


def test_what_cannot_be_used_is_there_and_says_why():
    """Of 100 of each lot: quarantined 10, recalled all, expired on the 11th all, reserved 30."""
    good, fake, old = LotKey("I1", "good"), LotKey("I1", "fake"), LotKey("I1", "old", "2020-02-11")
    book = Book()
    for key in (good, fake, old):
        book.change(100, day=0, lot=key)
    book.post("quarantine", Line("D1", "QUARANTINE:D1", good, 10))
    book.post("reserve", Line("D1", "RESERVED:O1", good, 30))
    book.post("recall", marks=(Mark(fake, "recalled"),))

    assert held(taken(book.ledger)) == {
        ("D1", "I1", "good", "usable"): 60,
        ("D1", "I1", "good", "quarantine"): 10,
        ("D1", "I1", "fake", "quarantine"): 100,
        ("D1", "I1", "old", "expired"): 100,
    }


def test_never_counted_is_no_row_and_counted_none_is_a_row_of_zero():
    """All need I1 and I2. P1 counted no I1, whole item; P2 used up its I2; nobody spoke of P2's I1."""
    book = Book()
    everybody_needs_everything(book)
    book.count({None: 0}, day=0, place="P1")
    book.change(5, day=0, lot=LotKey("I2", "b"), place="P2")
    book.change(-5, day=1, lot=LotKey("I2", "b"), place="P2")

    assert held(taken(book.ledger)) == {("P1", "I1", "", "usable"): 0, ("P2", "I2", "", "usable"): 0}


def test_a_count_that_was_reversed_says_nothing():
    book = Book()
    everybody_needs_everything(book)
    count = book.count({None: 0}, day=0, place="P1")
    book.post("reverse", reverses=count.id)

    assert held(taken(book.ledger)) == {}


def test_what_is_under_way_arrives_when_its_document_says():
    """Sent on day 0: 30 to P1 for the 13th, 20 to P2 with no day said. Recalled on the way: not counted on."""
    good, fake = LotKey("I1", "good"), LotKey("I1", "fake")
    book = Book()
    book.change(60, day=0, lot=good)
    book.change(9, day=0, lot=fake)
    book.post("transfer", Line("D1", "IN_TRANSIT:T1", good, 30), shipment="T1",
              details={"to": "P1", "arrives": "2020-02-13"})  # fmt: skip
    book.post("transfer", Line("D1", "IN_TRANSIT:T2", good, 20), shipment="T2", details={"to": "P2"})
    book.post("transfer", Line("D1", "IN_TRANSIT:T3", fake, 9), shipment="T3", details={"to": "P2"})
    book.post("recall", marks=(Mark(fake, "recalled"),))
    case = taken(book.ledger)
    moving = case.in_transit

    assert [
        (case.sites.code[s], units, str(day))
        for s, units, day in zip(moving.site, moving.units.tolist(), moving.arrives, strict=True)
    ] == [("P1", 30, "2020-02-13"), ("P2", 20, "2020-02-10")]


def test_one_lot_of_two_funds_is_one_row():
    book = Book()
    for fund in ("donated", "bought"):
        book.change(10, day=0, lot=LotKey("I1", "a", owner_fund=fund))

    assert held(taken(book.ledger)) == {("D1", "I1", "a", "usable"): 20}


def test_the_day_of_the_plan_ends_where_the_ledger_is():
    """Received at 23:30 of the 12th in Shanghai, which is 15:30 UTC: on hand on the 12th, not on the 11th."""
    book = Book(a_ledger(timezone="Asia/Shanghai"))
    late = dt.datetime(2020, 2, 12, 23, 30, tzinfo=book.ledger.zone)
    book.change(10, day=(late - dt.datetime(2020, 2, 10, 12, tzinfo=dt.UTC)) / dt.timedelta(days=1))
    before = dataclasses.replace(POLICY, date=dt.date(2020, 2, 11))

    assert list(held(taken(book.ledger)).values()) == [10]
    assert held(taken(book.ledger, before)) == {}
