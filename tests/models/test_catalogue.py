"""Master data: kept by key, versioned where it really changes, firm where documents rest on it."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from ledgers import Book, a_ledger
from servers import an_empty_postgres_ledger

from models.canonical import digest_of
from models.catalogue import (
    save_depots,
    save_items,
    save_lanes,
    save_needs,
    save_partners,
    save_sites,
    save_substitutes,
)
from models.catalogue_areas import save_areas
from models.catalogue_rows import Saved
from models.database import writing
from models.entry import Refusal
from models.ledger import Ledger, create
from models.tables import area, item, lane, location, need, pending_seal, version
from models.versions import Stamp

ANN = Stamp("ann", 7)
MASK = {"code": ["I1"], "unit": ["piece"], "pack_units": [10], "use": ["consumable"]}


def versions(connection, subject: str) -> list[dict]:
    query = sa.select(version).where(version.c.subject == subject).order_by(version.c.id)
    return [{"key": row.key, **json.loads(row.body)["row"]} for row in connection.execute(query)]


@pytest.fixture
def connection(each_database):
    with writing(an_empty_ledger(each_database).engine) as open_connection:
        yield open_connection


def an_empty_ledger(database: str) -> Ledger:
    """Return a ledger without a row in any table."""
    if database == "postgresql":
        return an_empty_postgres_ledger(0, timezone="UTC")
    return create("sqlite://", name="test")


def test_a_row_is_new_then_the_same_then_changed_and_each_real_change_leaves_a_version(connection):
    first = save_items(connection, {**MASK, "name": ["mask"]}, ANN)
    again = save_items(connection, {**MASK, "name": ["mask"]}, Stamp("ben", 8))
    larger = save_items(connection, {"code": ["I1"], "pack_units": [50]}, Stamp("ben", 9))

    assert (first, again, larger) == (Saved(new=1), Saved(same=1), Saved(changed=1))
    row = connection.execute(sa.select(item)).one()
    assert (row.name, row.pack_units, row.pack_kg_micro) == ("mask", 50, None)
    assert [each["pack_units"] for each in versions(connection, "item")] == [10, 50]


def test_a_version_says_who_and_when_and_waits_to_be_sealed(connection):
    save_items(connection, MASK, ANN)

    row = connection.execute(sa.select(version)).one()
    told = json.loads(row.body)
    assert (told["subject"], told["key"], told["actor"], told["recorded_at"]) == ("item", "I1", "ann", 7)
    assert row.body_hash == digest_of(row.body)
    assert connection.execute(sa.select(pending_seal)).all() == [("version", row.id)]


def test_a_column_that_is_not_given_stays_as_it_is(connection):
    save_items(connection, {**MASK, "name": ["mask"], "pack_kg_micro": [1_500_000]}, ANN)

    save_items(connection, {"code": ["I1"], "pack_kg_micro": [None]}, ANN)

    assert connection.execute(sa.select(item.c.name, item.c.pack_kg_micro)).one() == ("mask", None)


def test_two_rows_of_one_key_are_refused_and_neither_is_kept(connection):
    with pytest.raises(Refusal, match="item I1 is there twice"):
        save_items(connection, {name: values * 2 for name, values in MASK.items()}, ANN)
    assert connection.execute(sa.select(item)).all() == []


def test_lanes_needs_depots_and_substitutes_speak_of_sites_and_items_by_code(connection):
    two = {"code": ["I1", "I2"], "unit": ["piece"] * 2, "pack_units": [1, 1], "use": ["durable"] * 2}
    save_items(connection, two, ANN)
    save_sites(connection, {"code": ["D1", "P1"], "site_kind": ["warehouse", "clinic"]}, ANN)

    save_lanes(connection, {"depot": ["D1"], "site": ["P1"], "km_micro": [2_000_000]}, ANN)
    save_depots(connection, {"location": ["D1"], "max_stops": [12]}, ANN)
    save_substitutes(connection, {"item": ["I1"], "by": ["I2"], "units_per_unit_micro": [2_000_000]}, ANN)
    save_needs(connection, {"site": ["P1"], "item": ["I1"], "daily_units_micro": [5]}, ANN)
    more = save_needs(connection, {"site": ["P1", "P1"], "item": ["I1", "I2"], "daily_units_micro": [5, 6]}, ANN)

    assert more == Saved(new=1, same=1)
    assert [(each["key"], each["site"]) for each in versions(connection, "need")] == [("P1/I1", "P1"), ("P1/I2", "P1")]
    assert versions(connection, "lane")[0] | {"max_kg_micro": 0, "hours_micro": 0} == {
        "key": "D1/P1",
        "depot": "D1",
        "site": "P1",
        "open": 1,
        "km_micro": 2_000_000,
        "hours_micro": 0,
        "max_kg_micro": 0,
    }
    assert connection.execute(sa.select(lane.c.open)).scalars().all() == [1]
    assert len(connection.execute(sa.select(need)).all()) == 2


def test_codes_that_do_not_exist_are_refused_all_at_once(connection):
    with pytest.raises(Refusal) as refused:
        save_needs(connection, {"site": ["P8", "P9"], "item": ["I9", "I9"], "daily_units_micro": [1, 1]}, ANN)

    texts = sorted(str(sentence) for sentence in refused.value.sentences)
    assert [text.split(".")[0] for text in texts] == [
        "There is no item I9",
        "There is no site P8",
        "There is no site P9",
    ]


@pytest.mark.parametrize("code", ["LOST", "QUARANTINE:D1", "SUPPLIER:S1"])
def test_a_site_cannot_take_a_code_that_the_ledger_keeps_for_itself(connection, code):
    with pytest.raises(Refusal, match="keeps for itself"):
        save_sites(connection, {"code": [code]}, ANN)


def test_the_unit_of_an_item_is_firm_once_documents_count_in_it():
    book = Book()
    with writing(book.ledger.engine) as connection:
        save_items(connection, {"code": ["I1"], "unit": ["pair"]}, ANN)
    book.change(5, day=0)

    with (
        pytest.raises(Refusal, match=r"I1 is counted in pair by documents .* its unit cannot become box"),
        writing(book.ledger.engine) as connection,
    ):
        save_items(connection, {"code": ["I1", "I2"], "unit": ["box", "box"]}, ANN)
    with writing(book.ledger.engine) as connection:
        assert save_items(connection, {"code": ["I1"], "pack_units": [5]}, ANN) == Saved(changed=1)


def test_a_partner_stays_of_its_kind_once_documents_name_it():
    book = Book()
    with writing(book.ledger.engine) as connection:
        save_partners(connection, {"code": ["S1"], "kind": ["donor"]}, ANN)
        save_partners(connection, {"code": ["S1"], "kind": ["supplier"]}, ANN)
    book.change(5, day=0)

    with (
        pytest.raises(Refusal, match="name S1 as a supplier, so it cannot become a donor"),
        writing(book.ledger.engine) as connection,
    ):
        save_partners(connection, {"code": ["S1"], "kind": ["donor"]}, ANN)


def parents(connection) -> dict[str, str | None]:
    return dict(connection.execute(sa.select(area.c.code, area.c.parent)).all())


def test_the_parent_of_an_area_is_the_longest_beginning_of_its_code(connection):
    codes = ["421127101001", "420000", "421127", "421100", "421127101000", "500000"]

    save_areas(connection, {"code": codes}, ANN)

    assert parents(connection) == {
        "420000": None,
        "421100": "420000",
        "421127": "421100",
        "421127101000": "421127",
        "421127101001": "421127101000",
        "500000": None,
    }


def test_areas_move_under_one_that_comes_between_unless_their_parent_was_said(connection):
    save_areas(connection, {"code": ["42", "421127", "421128"], "parent": [None, None, "42"]}, ANN)
    save_areas(connection, {"code": ["north", "421129"], "parent": [None, "north"]}, ANN)

    saved = save_areas(connection, {"code": ["4211"]}, ANN)

    assert parents(connection) == {
        "42": None,
        "4211": "42",
        "421127": "4211",
        "421128": "4211",  # it said what its code shows anyway
        "421129": "north",
        "north": None,
    }
    assert saved == Saved(new=1, changed=2)


def test_parents_that_are_not_there_and_rings_are_refused(connection):
    with pytest.raises(Refusal, match="area 42 is said to lie in 99, which is not an area"):
        save_areas(connection, {"code": ["42"], "parent": ["99"]}, ANN)
    with pytest.raises(Refusal, match="lie in one another"):
        save_areas(connection, {"code": ["a", "b", "c"], "parent": ["b", "c", "a"]}, ANN)


def test_a_long_list_is_saved_and_found_the_same_again():
    ledger = a_ledger()
    codes = [f"P{n:06}" for n in range(5_000)]
    columns = {"code": codes, "site_kind": ["clinic"] * len(codes), "area": ["421127"] * len(codes)}
    with writing(ledger.engine) as connection:
        assert save_sites(connection, columns, ANN) == Saved(new=5_000)
        assert save_sites(connection, columns, ANN) == Saved(same=5_000)
        columns["area"][7] = "421128"
        assert save_sites(connection, columns, ANN) == Saved(changed=1, same=4_999)
        query = sa.select(location.c.code).where(location.c.area == "421128")
        assert connection.execute(query).scalars().all() == ["P000007"]
