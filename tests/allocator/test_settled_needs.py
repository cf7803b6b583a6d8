"""Laws of settled needs: the order of sources, nothing cut, nobody lowered; fleets and what recorded use is worth."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest
from case_tables import case_of_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.allocate import allocate
from allocator.case import STATUSES, Case, Needs, Stock
from allocator.drivers import Drivers
from allocator.fleets import Fleets, with_broken_set_aside
from allocator.need_rules import NeedRules
from allocator.need_sources import FAR_ABOVE, SOURCES, chosen_needs
from allocator.plan import NothingToSend
from allocator.policy import Policy
from allocator.recorded_use import WINDOW_DAYS, DayUnits, Records, use_against_norms
from allocator.settled_needs import Known, Settled, settled_needs
from allocator.tier_rules import Fact, TierRule, raised_tiers
from data.coefficients import read_coefficients

TODAY = np.datetime64("2020-02-10")
SHIPPED = read_coefficients()
NO_DRIVERS = Drivers(
    site=np.zeros(0, np.int32), driver=np.zeros(0, object), value=np.zeros(0),
    since=np.zeros(0, "datetime64[D]"), until=np.zeros(0, "datetime64[D]"),
)  # fmt: skip

units = st.integers(1, 500).map(float)
pairs = st.dictionaries(st.integers(0, 5), units, max_size=6)


def a_source(found: dict[int, float]) -> tuple:
    """Return needs of item 0 by site, reported today."""
    site = np.array(list(found), dtype=np.int32)
    return site, np.zeros(len(site), np.int32), np.array(list(found.values())), np.full(len(site), TODAY)


@given(st.permutations(SOURCES), st.integers(0, 3), st.fixed_dictionaries(dict.fromkeys(SOURCES, pairs)))
def test_each_need_is_the_word_of_the_first_source_that_speaks_of_it(order, count, said):
    order = order[:count]
    tables = {name: a_source(found) for name, found in said.items()}

    needs = chosen_needs(tables, today=TODAY, stale_days=3, order=order)

    due = {site: units for name in reversed(order) for site, units in said[name].items()}
    assert dict(zip(needs.site.tolist(), needs.daily_units.tolist(), strict=True)) == due


def ten_clinics(*daily: float) -> Case:
    """Return a case of clinics that need masks, and a depot that has some for them."""
    rows = "\n".join(f"C{n} {units}" for n, units in enumerate(daily))
    return case_of_tables(needs=f"site daily\n{rows}", stock="site units\nDepot 300")


def settled(case: Case, drivers: Drivers = NO_DRIVERS, rules: NeedRules | None = None, **more: object) -> Settled:
    return settled_needs(case, Known(drivers=drivers, **more), rules or NeedRules(), SHIPPED)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 2_000), min_size=2, max_size=8))
def test_a_need_far_above_its_peers_is_flagged_and_the_plan_is_the_one_without_the_flag(daily):
    case = ten_clinics(*daily)
    told = settled(case)

    assert told.case.needs.daily_units.tolist() == case.needs.daily_units.tolist()
    middle = np.median(np.log(daily))
    assert all(np.log(daily[row]) > middle + np.log(FAR_ABOVE) for row in told.odd_rows())
    assert lines(told.case) == lines(case)


def lines(case: Case) -> list:
    try:
        return allocate(case, explained=False).lines.units.tolist()
    except NothingToSend:
        return []


def test_a_zero_too_many_is_flagged_whether_it_was_reported_or_counted():
    told = settled(ten_clinics(19, 20, 21, 20, 22, 200))
    assert [(odd.site, round(odd.times, 1)) for odd in told.odd] == [(told.case.site_index["C5"], 9.8)]

    case = renamed(ten_clinics(*[1.0] * 6))
    told = settled(without_reports(case), staff(case, [7, 8, 7, 6, 7, 70]))
    assert [told.case.sites.code[odd.site] for odd in told.odd] == ["C5"]


def test_a_large_clinic_that_reports_its_people_may_need_much():
    case = renamed(ten_clinics(20, 21, 19, 22, 20, 200))
    told = settled(case, staff(case, [5, 5, 5, 5, 5, 50]))

    assert told.odd == ()


def renamed(case: Case) -> Case:
    items = case.items
    return dataclasses.replace(case, items=dataclasses.replace(items, code=np.array(["MASK"], dtype=object)))


def without_reports(case: Case) -> Case:
    none = np.zeros(0, dtype=np.int64)
    return dataclasses.replace(case, needs=case.needs.take(none))


def staff(case: Case, counts: list[float]) -> Drivers:
    never = np.full(len(counts), np.datetime64("NaT", "D"))
    site = np.array([case.site_index[f"C{n}"] for n in range(len(counts))], dtype=np.int32)
    return Drivers(
        site=site, driver=np.array(["staff"] * len(counts), dtype=object), value=np.array(counts, dtype=float),
        since=never, until=never,
    )  # fmt: skip


@given(
    st.lists(st.sampled_from(["clinic", "community", "school"]), min_size=1, max_size=5),
    st.lists(st.tuples(st.sampled_from(["frontline", "community", "recovery"]), st.integers(1, 20)), max_size=4),
    st.integers(0, 25),
)
def test_rules_raise_and_never_lower_and_more_cases_never_raise_less(kinds, ruled, cases):
    tiers = ["frontline", "community", "recovery"]
    own = {"clinic": "frontline", "community": "community", "school": "recovery"}
    rules = [TierRule("confirmed_cases", least, tier) for tier, least in ruled]
    sites = [(f"S{n}", kind, "421127103", own[kind]) for n, kind in enumerate(kinds)]

    def raised(count: int) -> dict[str, int]:
        fact = Fact(place="4211", fact="confirmed_cases", value=count, since=dt.date(2020, 2, 9))
        found = raised_tiers(sites, facts=[fact], rules=rules, tiers=tiers)
        return {each.site: tiers.index(each.tier) for each in found}

    now, more = raised(cases), raised(cases + 5)
    for code, kind, *_ in sites:
        before = tiers.index(own[kind])
        assert more.get(code, before) <= now.get(code, before) <= before


def day_units(*rows: tuple[int, int, float]) -> DayUnits:
    """Return (site, day from 0, units) of item 0."""
    site, day, units_ = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    first = TODAY - (WINDOW_DAYS - 1)
    return DayUnits(
        site=np.array(site, np.int32), item=np.zeros(len(site), np.int32),
        day=first + np.array(day, dtype=np.int64), units=np.array(units_, dtype=np.float64),
    )  # fmt: skip


def test_days_without_a_report_and_days_that_end_with_nothing_do_not_count():
    """Used 5, 6, nothing said, 4 with which it ran out, then 0 reported by another item's slip with stock again."""
    records = Records(
        last=TODAY,
        used=day_units((1, 0, 5), (1, 1, 6), (1, 3, 4), (1, 4, 0)),
        change=day_units((1, 0, 10), (1, 1, -6), (1, 3, -4), (1, 4, 30)),
        held=day_units((1, 27, 30)),
    )
    use, expected = use_against_norms(
        records, site=np.array([0, 1], np.int32), item=np.zeros(2, np.int32),
        norms_on=lambda _: np.array([1.0, 8.0]), changes=np.zeros(0, "datetime64[D]"),
    )  # fmt: skip

    assert (use.site.tolist(), use.units.tolist(), use.days.tolist()) == ([1], [11], [3])
    assert expected.tolist() == [24]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=4), st.integers(0, 40), st.integers(0, 40), st.integers(0, 60))
def test_of_a_fleet_nothing_is_lost_and_never_more_works_than_is_there(lots, held, broken, days):
    case = ten_clinics(5)
    size = len(lots)
    site = case.site_index["C0"]
    stock = Stock(
        site=np.full(size, site, np.int32), item=np.zeros(size, np.int32), units=np.array(lots, np.int64),
        lot=np.array([f"L{n}" for n in range(size)], dtype=object), expires=TODAY + np.arange(size),
        status=np.zeros(size, np.int8), earmark=np.array([""] * size, dtype=object),
    )  # fmt: skip
    case = dataclasses.replace(case, stock=stock)
    fleets = Fleets(
        site=np.array([site], np.int32), item=np.zeros(1, np.int32), held=np.array([held]),
        working=np.array([max(0, held - broken)]), counted_on=np.array([TODAY - days]), attrition=np.array([np.nan]),
    )  # fmt: skip
    found = with_broken_set_aside(case, fleets).stock

    usable = found.units[found.status == STATUSES.index("usable")]
    assert found.units.sum() == sum(lots)
    assert (found.units >= 0).all()
    assert usable.sum() <= max(0, held - broken) + max(0, sum(lots) - held)
    assert found.units[found.status != 0].sum() == sum(lots) - usable.sum()


def test_a_case_with_nothing_but_reports_is_as_it_was():
    case = ten_clinics(19, 20)
    told = settled(case)

    assert all(
        np.array_equal(getattr(told.case.needs, field.name), getattr(case.needs, field.name), equal_nan=True)
        for field in dataclasses.fields(Needs)
        if field.name != "reported_on"
    )
    assert told.case.sites is case.sites
    assert [SOURCES[n] for n in told.origins.source] == ["report", "report"]


def test_tiers_stand_in_the_order_in_which_the_ladder_lifts_them():
    from fractions import Fraction

    from allocator.policy import Rung
    from allocator.settled_needs import tiers_in_order

    rungs = [Rung(tiers=tiers, cover_days=Fraction(1), holding_share=Fraction(1)) for tiers in (("b",), ("a", "b"))]
    policy = Policy(date=dt.date(2020, 2, 10), tiers={"a": ("x",), "b": ("y",), "c": ("z",)}, ladder=tuple(rungs))

    assert tiers_in_order(policy) == ["b", "a", "c"]


def test_a_posture_without_a_coefficient_of_its_own_uses_the_standard():
    case = without_reports(renamed(ten_clinics(1)))
    standard, crisis = (settled(case, staff(case, [4]), NeedRules(posture=each)) for each in ("standard", "crisis"))

    assert standard.case.needs.daily_units.tolist() == crisis.case.needs.daily_units.tolist() == [pytest.approx(8)]
