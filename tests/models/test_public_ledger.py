"""What the public reads of donations: every unit that was given, and nobody's name."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from drawn_ledgers import draw_documents
from hypothesis import given
from hypothesis import strategies as st
from office import FAR, Office, masks, refusal_at_once

from data.texts import translator
from models.cuts import Cut
from models.database import reading, writing
from models.documents_aside import return_to, writeoff
from models.documents_confirm import confirm
from models.documents_in import receive
from models.documents_out import issue, transfer
from models.documents_undo import reverse
from models.donations import SORTS
from models.public_ledger import PublicLedger, dealt, public_ledger
from models.tables import partner


@pytest.fixture
def office(each_database) -> Office:
    """N1 gave 100 masks of lot G and N2 50 of it; 30 went to P1, which used 12; 6 were lost, 3 went back to N1."""
    office = Office()
    with writing(office.ledger.engine) as connection:
        connection.execute(
            partner.insert(), [{"code": "N2", "kind": "donor", "name": "Red Cross", "name_zh": "红十字会"}]
        )
    for donor, units in (("N1", 100), ("N2", 50)):
        rows = [masks(units, "G", expires=FAR)]
        office.post(receive(office.head(), site="D1", partner=donor, rows=rows))
    first = office.post(transfer(office.head(day=1), site="D1", to="P1", rows=[masks(30, "G")]))
    office.post(confirm(office.head(day=2), shipment=first.shipment, all_sound=True))
    office.post(issue(office.head(day=3), site="P1", rows=[masks(12, "G")]))
    office.post(writeoff(office.head(day=3, reason="lost"), site="D1", rows=[masks(6, "G")]))
    office.post(return_to(office.head(day=3, reason="surplus"), site="D1", partner="N1", rows=[masks(3, "G")]))
    return office


def told(office: Office, **asked: object) -> PublicLedger:
    with reading(office.ledger.engine) as connection:
        return public_ledger(connection, **asked)


def rows(found: PublicLedger) -> list[tuple[str, int, dict[str, int]]]:
    word = translator("en")
    return [(word(each.source), each.units, {s: n for s, n in each.where.items() if n}) for each in found.sources]


def test_every_unit_given_is_somewhere_dealt_to_the_sources_in_proportion(office):
    assert rows(told(office)) == [
        ("donor 1", 100, {"used": 8, "at_sites": 12, "at_depots": 74, "lost": 4, "given_back": 2}),
        ("donor 2", 50, {"used": 4, "at_sites": 6, "at_depots": 37, "lost": 2, "given_back": 1}),
    ]
    assert [(each.document, each.units) for each in told(office).gifts] == [(1, 100), (2, 50)]


def test_only_donors_who_agreed_are_named(office):
    found = told(office, named=["N2"])

    assert [row[0] for row in rows(found)] == ["donor 1", "Red Cross"]
    assert [translator("zh")(gift.source) for gift in found.gifts] == ["捐赠方 1", "红十字会"]
    assert "N9 gave nothing" in refusal_at_once(lambda: told(office, named=["N9"]))


def test_a_donation_that_was_reversed_or_came_later_is_not_told(office):
    assert rows(told(office, cut=Cut(document=1))) == [("donor 1", 100, {"at_depots": 100})]
    other = office.post(receive(office.head(), site="D1", partner="N2", rows=[masks(7, "H", expires=FAR)]))
    office.post(reverse(office.head(reason="entered-twice"), number=other.number))
    assert [gift.document for gift in told(office).gifts] == [1, 2]


@given(
    given=st.lists(st.integers(0, 40), min_size=1, max_size=6),
    cuts=st.lists(st.integers(0, 200), min_size=1, max_size=7),
)
def test_what_is_dealt_keeps_the_sums_of_rows_and_columns(given, cuts):
    total = sum(given)
    ends = sorted(min(cut, total) for cut in cuts)
    became = [end - begin for begin, end in zip([0, *ends], [*ends, total], strict=True)]
    found = dealt(given, became)

    assert [sum(row) for row in found] == given
    assert [sum(column) for column in zip(*found, strict=True)] == became
    assert all(part >= 0 for row in found for part in row)


@pytest.mark.parametrize("seed", range(4))
def test_the_totals_of_a_drawn_ledger_add_up(seed):
    office = Office()
    list(draw_documents(office.ledger, seed, documents=40))
    for n in range(3):
        lot = [masks(10 + n, ("L1", "L2", "")[n], expires=FAR)]
        office.post(receive(office.head(day=20, key=f"gift {n}"), site="D1", partner="N1", rows=lot))
    found = told(office)

    assert found.sources
    assert all(sum(each.where.values()) == each.units for each in found.sources)
    assert all(set(each.where) == set(SORTS) for each in found.sources)
    assert sum(each.units for each in found.sources) == sum(gift.units for gift in found.gifts)
    with reading(office.ledger.engine) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(partner)).scalar()
