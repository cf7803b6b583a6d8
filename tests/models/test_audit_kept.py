"""The audit of master data: a row that was changed, written or taken away past the program is named."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from servers import an_empty_postgres_ledger
from tampering import KEY, NOW, audited, said, tamper

from models.catalogue import (
    save_depots,
    save_items,
    save_lanes,
    save_needs,
    save_partners,
    save_sites,
    save_substitutes,
)
from models.catalogue_activity import save_drivers, save_facts, save_fleets
from models.catalogue_areas import save_areas
from models.catalogue_history import save_history
from models.catalogue_purchase import save_budgets, save_offers
from models.database import writing
from models.ledger import Ledger, create
from models.ordering import NewLine, NewOrder, place_all
from models.people import Person, add_person, give_role
from models.policies import DEFAULT_POLICY, set_policy
from models.sealing import seal
from models.versions import Stamp

ANN = Stamp("local", 7)
UTC = ZoneInfo("UTC")
CAFE = "Cafe\u0301"  # as some keyboards write it, in two characters


def an_empty_ledger(database: str) -> Ledger:
    if database == "postgresql":
        return an_empty_postgres_ledger(0, timezone="UTC")
    return create("sqlite://", name="test")


@pytest.fixture
def ledger(each_database) -> Ledger:
    """A ledger with every kind of master data, some of it changed since; all of it is sealed."""
    ledger = an_empty_ledger(each_database)
    with writing(ledger.engine) as connection:
        save_areas(connection, {"code": ["42", "4211"]}, ANN)
        save_sites(connection, {"code": ["D1", "P1", CAFE], "tier": ["", "frontline", ""]}, ANN)
        save_partners(connection, {"code": ["S1"], "kind": ["supplier"]}, ANN)
        uses = ["consumable", "consumable", "durable"]
        save_items(connection, {"code": ["I1", "I2", "I3"], "unit": ["piece"] * 3, "use": uses}, ANN)
        save_depots(connection, {"location": ["D1"], "vehicles": [2]}, ANN)
        save_lanes(connection, {"depot": ["D1", "D1"], "site": ["P1", CAFE], "km_micro": [10**18, None]}, ANN)
        save_substitutes(connection, {"item": ["I1"], "by": ["I2"]}, ANN)
        save_needs(connection, {"site": ["P1", CAFE], "item": ["I1", "I1"], "daily_units_micro": [5, 6]}, ANN)
        save_needs(connection, {"site": ["P1"], "item": ["I1"], "daily_units_micro": [7]}, ANN)
        save_drivers(connection, {"site": ["P1"], "driver": ["staff"], "value_micro": [3_000_000]}, ANN)
        save_facts(connection, {"place": ["P1"], "fact": ["cluster"], "since": ["2020-02-10"], "value_micro": [1]}, ANN)
        fleet = {"held_units": [4], "working_units": [3], "counted_on": ["2020-02-10"]}
        save_fleets(connection, {"site": ["P1"], "item": ["I3"], **fleet}, ANN)
        offer = {"partner": ["S1"], "item": ["I1"], "price_micro": [1_200_000], "lead_days": [5]}
        save_offers(connection, offer, ANN)
        save_budgets(connection, {"bucket": ["B1"], "amount_micro": [9]}, ANN)
        past = {"first_day": ["2020-01-01"], "period_days": [1], "units": ["5,,7"], "stockout": [",,"]}
        save_history(connection, {"site": ["P1"], "item": ["I1"], **past}, ANN)
        lines = (NewLine(item="I1", units=500), NewLine(item="I2", units=7, arrives="2020-02-20"))
        new = NewOrder(number="PO-1", partner="S1", day="2020-02-10", lines=lines)
        place_all(connection, [new], ANN, zone=UTC, today=dt.date(2020, 2, 10))
        set_policy(connection, DEFAULT_POLICY, ANN)
        add_person(connection, Person(id="ann", roles=(("administrator", ""),)), ANN)
        give_role(connection, "ann", "auditor", "42", Stamp("ann", 8))
    seal(ledger, key=KEY, at=NOW)
    return ledger


def test_master_data_that_nobody_touched_holds(ledger):
    assert said(audited(ledger)) == ("", "")


IS_NOT = "Master data {} is not as it was last recorded."


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE area SET parent = NULL WHERE code = '4211'", IS_NOT.format("area 4211")),
        ("UPDATE location SET tier = 'recovery' WHERE code = 'P1'", IS_NOT.format("site P1")),
        ("UPDATE partner SET kind = 'donor'", IS_NOT.format("partner S1")),
        ("UPDATE item SET pack_units = 2 WHERE code = 'I2'", IS_NOT.format("item I2")),
        ("UPDATE depot SET vehicles = 9", IS_NOT.format("depot D1")),
        ("UPDATE lane SET open = 0 WHERE km_micro IS NOT NULL", IS_NOT.format("lane D1/P1")),
        ("UPDATE substitute SET units_per_unit_micro = 1", IS_NOT.format("substitute I1/I2")),
        (
            "UPDATE need SET daily_units_micro = 5 WHERE site = (SELECT id FROM location WHERE code = 'P1')",
            IS_NOT.format("need P1/I1"),
        ),
        ("UPDATE driver SET value_micro = 0", IS_NOT.format("driver P1/staff/")),
        ("UPDATE local_fact SET value_micro = 0", IS_NOT.format("fact P1/cluster/2020-02-10")),
        ("UPDATE fleet SET working_units = 4", IS_NOT.format("fleet P1/I3")),
        ("UPDATE policy SET toml = ''", IS_NOT.format("policy 1")),
        ("UPDATE person SET active = 0", IS_NOT.format("person ann")),
        ("DELETE FROM grant_role WHERE role = 'auditor'", IS_NOT.format("person ann")),
        (
            "INSERT INTO local_fact (place, fact, since, value_micro) VALUES ('P1', 'cluster', '2020-02-11', 1)",
            "Master data fact P1/cluster/2020-02-11 was never recorded: somebody wrote it past the program.",
        ),
        (
            "INSERT INTO location (code, kind, sign) VALUES ('P9', 'SITE', 1)",
            "Master data site P9 was never recorded: somebody wrote it past the program.",
        ),
        ("UPDATE offer SET price_micro = 1", IS_NOT.format("offer S1/I1/")),
        ("UPDATE past_use SET units = '5,,8'", IS_NOT.format("past_use P1/I1")),
        ("UPDATE budget SET amount_micro = 10", IS_NOT.format("budget B1")),
        ("UPDATE purchase_line SET units = 9", IS_NOT.format("purchase_order PO-1")),
        (
            "UPDATE purchase_order SET number = 'PO-2'",
            "Master data purchase_order PO-2 was never recorded: somebody wrote it past the program.",
        ),
        ("UPDATE purchase_event SET day = '2020-02-09'", IS_NOT.format("purchase_event 1")),
        ("DELETE FROM purchase_event", "Master data purchase_event 1 was recorded, and is not there any more."),
        ("DELETE FROM fleet", "Master data fleet P1/I3 was recorded, and is not there any more."),
    ],
)
def test_what_was_changed_past_the_program_is_named(ledger, statement, sentence):
    tamper(ledger, statement)

    assert said(audited(ledger)) == ("kept", sentence)


def test_two_keys_that_read_alike_are_two_rows(ledger):
    """A/B with C, and A with B/C: each has versions of its own under one key."""
    with writing(ledger.engine) as connection:
        save_sites(connection, {"code": ["A", "A/B", "C", "B/C"]}, ANN)
        save_lanes(connection, {"depot": ["A/B", "A"], "site": ["C", "B/C"], "km_micro": [1, 2]}, ANN)
    seal(ledger, key=KEY, at=NOW)
    assert said(audited(ledger)) == ("", "")

    tamper(ledger, "UPDATE lane SET km_micro = 3 WHERE km_micro = 1")
    assert said(audited(ledger)) == ("kept", IS_NOT.format("lane A/B/C"))


def test_in_a_ledger_that_never_had_one_the_first_fact_that_nobody_recorded_is_named(each_database):
    ledger = an_empty_ledger(each_database)
    with writing(ledger.engine) as connection:
        save_sites(connection, {"code": ["P1"]}, ANN)
    seal(ledger, key=KEY, at=NOW)
    tamper(ledger, "INSERT INTO local_fact (place, fact, since, value_micro) VALUES ('P1', 'cluster', '2020-02-11', 1)")

    assert said(audited(ledger)) == (
        "kept",
        "Master data fact P1/cluster/2020-02-11 was never recorded: somebody wrote it past the program.",
    )


def test_of_several_altered_rows_the_first_by_key_is_named(ledger):
    """Whichever a database gives first: an update moves a row to the end of its table on PostgreSQL."""
    tamper(
        ledger,
        "UPDATE location SET tier = 'recovery' WHERE code = 'P1'",
        "UPDATE location SET tier = 'recovery' WHERE code = 'D1'",
    )

    assert said(audited(ledger)) == ("kept", IS_NOT.format("site D1"))
