"""What the ledger knows makes the needs of its case: reports, activity and its recorded use, facts, fleets."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from ledgers import Book, a_ledger, at

from allocator.case import STATUSES
from allocator.need_sources import SOURCES
from data.ledger_case import policy_in_force
from data.stored_plan import plan_folder, stocked_again
from data.taking import TakenCase, taken_case
from models.catalogue import save_items, save_needs, save_sites
from models.catalogue_activity import save_drivers, save_facts, save_fleets
from models.database import writing
from models.entry import Line, LotKey
from models.snapshot import settled
from models.versions import Stamp

pytestmark = pytest.mark.usefixtures("each_database")

POLICY = """
[tiers]
frontline = ["checkpoint", "clinic"]
community = ["community"]
[[ladder]]
tiers = ["frontline"]
cover_days = 1
holding_share = 1
[[ladder]]
tiers = ["frontline", "community"]
cover_days = 2
holding_share = 1
[[tier_rules]]
fact = "confirmed_cases"
at_least = 10
tier = "frontline"
kinds = ["community"]
[[coefficients]]
item = "I1"
driver = "staff"
value = 1
wear_hours_max = 4
reason = "invented"
"""
STAMP = Stamp("A", at(0))


def save(ledger, what, **columns: list[Any]) -> None:
    with writing(ledger.engine) as connection:
        what(connection, columns, STAMP)


def staff(ledger, *rows: tuple[str, str, float, str]) -> None:
    """Save (site, driver, value, since)."""
    site, driver, value, since = (list(column) for column in zip(*rows, strict=True))
    save(ledger, save_drivers, site=site, driver=driver, value_micro=[int(v * 1e6) for v in value], since=since)


def reported(ledger, *rows: tuple[str, str, float, str]) -> None:
    """Save (site, item, units a day, day)."""
    site, item, units, day = (list(column) for column in zip(*rows, strict=True))
    save(ledger, save_needs, site=site, item=item, daily_units_micro=[int(u * 1e6) for u in units], reported_on=day)


def taken(ledger, day: str, policy: str = POLICY) -> TakenCase:
    with settled(ledger.engine) as (connection, last):
        in_force = policy_in_force(policy, dt.date.fromisoformat(day))
        return taken_case(connection, in_force, document=last, zone=ledger.zone)


def needs(told: TakenCase) -> dict[tuple[str, str], tuple[float, str, str]]:
    """Return units, source and since when, by site and item."""
    case, origins = told.settled.case, told.settled.origins
    return {
        (case.sites.code[site], case.items.code[item]): (units, SOURCES[source], "" if np.isnat(day) else str(day))
        for site, item, units, source, day in zip(
            case.needs.site,
            case.needs.item,
            case.needs.daily_units.tolist(),
            origins.source,
            origins.since,
            strict=True,
        )
    }


def test_a_report_counts_while_it_is_fresh_and_activity_after_that():
    """Seven on duty in three shifts of eight hours, a mask for four: 42 a day."""
    ledger = a_ledger()
    reported(ledger, ("P1", "I1", 60, "2020-02-09"), ("P2", "I2", 5, "2020-01-01"))
    staff(ledger, ("P1", "staff", 7, "2020-02-01"), ("P1", "shifts", 3, "2020-02-08"))

    assert needs(taken(ledger, "2020-02-12")) == {
        ("P1", "I1"): (60, "report", "2020-02-09"),
        ("P2", "I2"): (5, "report", "2020-01-01"),
    }
    assert needs(taken(ledger, "2020-02-13"))["P1", "I1"] == (42, "activity", "2020-02-08")
    first = POLICY.replace("[tiers]", 'need_sources = ["activity", "report"]\n[tiers]', 1)
    assert needs(taken(ledger, "2020-02-12", first))["P1", "I1"] == (42, "activity", "2020-02-08")


def test_the_figures_of_a_day_are_those_that_had_begun_by_then_and_not_ended():
    ledger = a_ledger()
    staff(ledger, ("P1", "staff", 7, ""), ("P1", "staff", 9, "2020-02-11"), ("P1", "staff", 0, "2020-02-20"))
    save(ledger, save_drivers, site=["P2"], driver=["staff"], value_micro=[2_000_000], since=["2020-02-01"],
         until=["2020-02-11"])  # fmt: skip

    assert needs(taken(ledger, "2020-02-10")) == {
        ("P1", "I1"): (14, "activity", ""),
        ("P2", "I1"): (4, "activity", "2020-02-01"),
    }
    assert needs(taken(ledger, "2020-02-12")) == {("P1", "I1"): (18, "activity", "2020-02-11")}
    assert needs(taken(ledger, "2020-02-20")) == {}


def test_a_standard_speaks_where_nobody_else_does_and_what_a_site_may_get_at_most_stays():
    ledger = a_ledger()
    save(ledger, save_needs, site=["P1"], item=["I1"], daily_units_micro=[60_000_000], reported_on=["2020-01-01"],
         max_units=[50])  # fmt: skip
    staff(ledger, ("P1", "staff", 7, "2020-02-01"))
    told = taken(ledger, "2020-02-12", POLICY.replace("[tiers]", "[standards.clinic]\nI2 = 3\n[tiers]", 1))

    assert needs(told) == {("P1", "I1"): (14, "activity", "2020-02-01"), ("P2", "I2"): (3, "standard", "")}
    assert told.case.needs.max_units.tolist() == [50, -1]


def used(book: Book, site: str, *units: int, from_day: int = -10) -> None:
    """Give a site more than it needs, and let it use so much a day."""
    book.post("receive", Line("SUPPLIER:S1", site, LotKey("I1"), 10_000), day=from_day)
    for day, each in enumerate(units, start=from_day):
        book.change(-each, day=day, place=site)


def test_recorded_use_makes_the_norm_what_is_really_used():
    """14 days of 7 where the norm says 14: m of the kind = (196 + 98) ÷ (196 + 196), and once more for the site."""
    book = Book()
    used(book, "P1", *([7] * 14), from_day=-15)
    staff(book.ledger, ("P1", "staff", 7, ""))
    told = taken(book.ledger, "2020-02-12")

    of_kind = (14 * 14 + 98) / (14 * 14 + 14 * 14)
    of_site = (14 * 14 * of_kind + 98) / (14 * 14 * of_kind + 14 * 14 * of_kind)
    assert told.settled.origins.multiplier.tolist() == pytest.approx([of_kind * of_site])
    assert told.settled.origins.use_days.tolist() == [14]
    assert needs(told)["P1", "I1"][0] == np.ceil(14 * of_kind * of_site * 100) / 100


def test_a_day_on_which_nothing_was_left_or_nothing_reported_teaches_nothing():
    """P1 used 10 of its norm of 14 and ran out the same day; on the day after it had nothing, and used nothing."""
    book = Book()
    book.post("receive", Line("SUPPLIER:S1", "P1", LotKey("I1"), 10), day=-3)
    book.change(-10, day=-3, place="P1")
    staff(book.ledger, ("P1", "staff", 7, ""), ("P2", "staff", 1, ""))
    told = taken(book.ledger, "2020-02-12")

    assert told.settled.origins.multiplier.tolist() == [1, 1]
    assert told.settled.origins.use_days.tolist() == [0, 0]


def test_use_is_held_against_the_activity_of_its_own_day():
    """Ten days of 14 by seven on duty; since yesterday they are fourteen: the norm was right, and is 28 now."""
    book = Book()
    used(book, "P1", *([14] * 10), from_day=-10)
    staff(book.ledger, ("P1", "staff", 7, ""), ("P1", "staff", 14, "2020-02-11"))
    told = taken(book.ledger, "2020-02-12")

    assert needs(told)["P1", "I1"][0] == 28
    assert told.settled.origins.multiplier.tolist() == [1]


def test_use_before_activity_was_counted_teaches_nothing():
    """Ten days of 30; activity is counted since the last two of them, on which 14 was the norm."""
    book = Book()
    used(book, "P1", *([30] * 10), from_day=-9)
    staff(book.ledger, ("P1", "staff", 7, "2020-02-09"))
    origins = taken(book.ledger, "2020-02-11").settled.origins

    assert origins.use_days.tolist() == [2]
    of_kind = (14 * 14 + 60) / (14 * 14 + 28)
    assert origins.multiplier.tolist() == pytest.approx(
        [of_kind * (196 * of_kind + 60) / (196 * of_kind + 28 * of_kind)]
    )


def test_what_was_recorded_after_a_document_or_the_day_teaches_nothing_yet():
    book = Book()
    staff(book.ledger, ("P1", "staff", 7, ""))
    before = needs(taken(book.ledger, "2020-02-12"))
    book.post("receive", Line("SUPPLIER:S1", "P1", LotKey("I1"), 500), day=-1)
    book.change(-3, day=-1, place="P1")

    with settled(book.ledger.engine) as (connection, _):
        in_force = policy_in_force(POLICY, dt.date(2020, 2, 12))
        then = taken_case(connection, in_force, document=1, zone=book.ledger.zone)
    assert needs(then) == before
    assert needs(taken(book.ledger, "2020-02-09")) == before
    assert needs(taken(book.ledger, "2020-02-12")) != before


def a_village(ledger) -> None:
    save(ledger, save_sites, code=["V1", "V2"], site_kind=["community"] * 2, area=["421127103004", "421127104001"])
    reported(ledger, ("V1", "I1", 30, ""), ("V2", "I1", 30, ""))


def test_ten_confirmed_cases_raise_the_communities_of_their_town_from_their_day_on():
    ledger = a_ledger()
    a_village(ledger)
    save(ledger, save_facts, place=["421127103000"] * 2, fact=["confirmed_cases"] * 2,
         value_micro=[12_000_000, 0], since=["2020-02-09", "2020-02-20"],
         reason=["bulletin 14", "bulletin 25"])  # fmt: skip

    def tiers(day: str) -> list[str]:
        return taken(ledger, day).case.sites.tier.tolist()

    assert tiers("2020-02-08") == ["", "", "", "", ""]
    assert tiers("2020-02-12") == ["", "", "", "frontline", ""]
    assert tiers("2020-02-20") == ["", "", "", "", ""]
    assert [str(each.sentence) for each in taken(ledger, "2020-02-12").settled.raised] == [
        (
            "Raised to frontline: confirmed cases 12 in 421127103000 since 2020-02-09; the rule says 10 or more. "
            "It is known by: bulletin 14."
        )
    ]


def a_fleet(book: Book) -> None:
    """P1 holds six thermometers in two lots, two of which did not work on 9 February."""
    save(book.ledger, save_items, code=["T"], unit=["piece"], pack_units=[1], use=["durable"])
    for lot, units in (("old", 4), ("new", 2)):
        key = LotKey("T", lot, "2021-01-01" if lot == "old" else "2022-01-01")
        book.post("receive", Line("SUPPLIER:S1", "P1", key, units), day=-3)
    reported(book.ledger, ("P1", "T", 5, ""))
    save(book.ledger, save_fleets, site=["P1"], item=["T"], held_units=[6], working_units=[3],
         counted_on=["2020-02-12"], attrition_micro=[0])  # fmt: skip


def test_what_does_not_work_is_damaged_stock_and_comes_of_the_lot_that_expires_last():
    book = Book()
    a_fleet(book)
    stock = taken(book.ledger, "2020-02-12").case.stock

    rows = zip(stock.lot, stock.units.tolist(), (STATUSES[n] for n in stock.status), strict=True)
    assert sorted(rows) == [("new", 2, "damaged"), ("old", 1, "damaged"), ("old", 3, "usable")]


def test_a_kept_plans_case_is_made_again_with_what_did_not_work_then():
    from allocator.allocate import allocate
    from data.case_digest import case_digest, with_case_digest
    from data.stored_plan import catalogue_of, decided_of
    from models.catalogue import save_lanes

    book = Book()
    a_fleet(book)
    book.post("receive", Line("SUPPLIER:S1", "D1", LotKey("T"), 9), day=-3)
    save(book.ledger, save_lanes, depot=["D1"], site=["P1"])
    told = taken(book.ledger, "2020-02-12")
    plan = with_case_digest(allocate(told.case), told.case)
    assert plan.pairs.on_hand.tolist() == [3]
    decided = decided_of(plan, told, document=4, workbook=False)
    save(book.ledger, save_fleets, site=["P1"], item=["T"], working_units=[6])
    with settled(book.ledger.engine) as (connection, last), plan_folder(decided.files) as folder:
        again = stocked_again(connection, catalogue_of(folder), folder, document=last, zone=book.ledger.zone)
    assert case_digest(again) == case_digest(told.case) == decided.snapshot_digest
