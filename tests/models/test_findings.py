"""What the rules find in a ledger that is kept in a database: read by a few statements, on both."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from ledgers import at
from office import FAR, Office, masks

from models.database import reading
from models.documents_count import count
from models.documents_in import receive
from models.documents_out import issue
from models.documents_undo import reverse
from models.finding_columns import books_of
from models.findings import findings_of

DAY_0 = dt.date(2020, 2, 10)


@pytest.fixture
def office(each_database) -> Office:
    return Office()


def found(office: Office, *rules: str, day: int = 120):
    with reading(office.ledger.engine) as connection:
        return findings_of(connection, office.ledger.zone, DAY_0 + dt.timedelta(days=day), rules=rules)


def take_in(office: Office, day: int, *, partner: str = "S1", **papers: str):
    said = {"reference": "", "certificate": ""} | papers
    row = masks(40, f"L{day}", expires=FAR)
    office.post(receive(office.head(day=day), site="D1", partner=partner, rows=[row], **said))


def test_receipts_without_papers_are_found_where_all_others_have_them(office):
    for day in range(30):
        take_in(office, day, reference=f"GR-{day}", certificate=f"C{day}")
    assert found(office) == ()
    for day in (31, 32):
        take_in(office, day, partner="N1")
    for day in range(10):
        take_in(office, 40 + day, partner="N1", reference=f"G{day}", certificate="yes")
    for day in (51, 52, 53):
        office.post(receive(office.head(day=day), site="P1", partner="S1", rows=[masks(40, f"X{day}", expires=FAR)]))

    (one,) = found(office, "receipt_without_source")

    assert (one.subject, one.sites, one.documents) == ("P1<S1", ("P1",), (43, 44, 45))
    assert str(one.sentence).startswith("P1 took in 120 units from S1 in 3 receipts (of 3) without the papers")


def test_columns_say_what_the_ledger_says(office):
    office.receive(("L", FAR, 50), reference="GR-7")
    office.post(issue(office.head(day=1, reported_by="P1", reported_how="telephone"), site="D1", rows=[masks(20)]))
    office.post(count(office.head(day=2), site="D1", rows=[masks(25, "L")]))
    office.post(reverse(office.head(day=3, reason="wrong-quantity"), number=2))
    with reading(office.ledger.engine) as connection:
        books = books_of(connection, office.ledger.zone, DAY_0 + dt.timedelta(days=120))

    documents, lines = books.documents, books.lines
    assert documents.type.tolist() == ["receive", "issue", "count", "reverse"]
    assert documents.is_void.tolist() == [False, True, False, True]
    assert documents.paper.tolist() == ["GR-7", "", "", ""]
    assert (documents.day - documents.day[0]).tolist() == [0, 1, 2, 1]  # a reversal happened when what it reverses did
    assert (lines.from_kind[1], lines.to_kind[1], lines.units[1]) == ("SITE", "CONSUMED", 20)
    assert books.counts.units.tolist() == [25]
    assert int(np.count_nonzero(lines.counters)) > 0


def test_what_was_recorded_later_is_not_known_yet(office):
    for day in range(20):
        take_in(office, day, reference=f"GR-{day}", certificate=f"C{day}")
    assert at(100)  # every document of this office is recorded on day 100

    with reading(office.ledger.engine) as connection:
        assert len(books_of(connection, office.ledger.zone, DAY_0 + dt.timedelta(days=99)).documents) == 0
        assert len(books_of(connection, office.ledger.zone, DAY_0 + dt.timedelta(days=100)).documents) == 20
