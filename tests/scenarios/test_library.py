"""Every scenario of the library: what it must change, and that it changes nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import cache

import numpy as np
import pytest
from worlds import NO_HISTORY

from allocator.case import MICRO, Case
from allocator.drivers import Drivers
from allocator.planning import PlanningCase
from allocator.procurement_case import Budget, Offer, Order, Supplier
from data.coefficients import read_coefficients
from data.sample_activity import what_is_counted
from data.samples import make_sample
from scenarios.changed import changed
from scenarios.comparing import compared, grouped
from scenarios.known import library
from scenarios.outcomes import Outcomes
from scenarios.running import Run, run_scenario

DAY = dt.date(2020, 2, 10)


@cache
def county() -> PlanningCase:
    """An invented county of 60 sites with what is counted there, a supplier of masks, an order and a budget."""
    case = make_sample("county", sites=60)
    counted = what_is_counted(case, DAY)
    begun = np.full(len(counted["site"]), np.datetime64("2020-01-01"))
    drivers = Drivers(
        site=np.array([case.site_index[code] for code in counted["site"]], dtype=np.int32),
        driver=np.array(counted["driver"], dtype=object),
        value=np.array(counted["value_micro"], dtype=np.float64) / MICRO,
        since=begun,
        until=np.full(len(begun), np.datetime64("NaT", "D")),
    )
    return PlanningCase(
        case=case,
        history=NO_HISTORY,
        drivers=drivers,
        suppliers=(Supplier(supplier="A"),),
        offers=(Offer(supplier="A", item="MASK", price=Decimal("1.2"), lead_days=7, units_per_week=5_000),),
        orders=(Order(order="7", supplier="A", item="MASK", units=500, arrives=DAY, status="ordered"),),
        budgets=(Budget(bucket="march", amount=Decimal("1000.50")),),
    )


@cache
def run(name: str) -> Run:
    return run_scenario(county(), library()[name], read_coefficients())


def outcomes(name: str) -> Outcomes:
    return run(name).outcomes


def units(name: str, **where: str) -> float:
    """Daily units of sites of a kind."""
    case = run(name).case
    fits = case.sites.kind[case.needs.site] == where["kind"]
    return float(case.needs.daily_units[fits].sum())


def held(name: str) -> int:
    case = run(name).case
    return int(case.stock.units[(case.stock.status == 0) & (case.sites.kind[case.stock.site] == "warehouse")].sum())


def lines_to(name: str, kind: str) -> int:
    case, plan = run(name).case, run(name).plan
    return 0 if plan is None else int((case.sites.kind[plan.lines.site] == kind).sum())


def masks_of_checkpoints_follow_their_crews() -> bool:
    return units("holiday-return", kind="checkpoint") > units("baseline", kind="checkpoint")


FACTS: dict[str, tuple[set[str], Callable[[], bool]]] = {
    "baseline": (set(), lambda: outcomes("baseline").packs > 0),
    "outbreak-in-one-community": (
        {"needs", "drivers"},
        lambda: (
            units("outbreak-in-one-community", kind="community") > 1.49 * units("baseline", kind="community")
            and units("outbreak-in-one-community", kind="isolation") > 2.5 * units("baseline", kind="isolation")
            and units("outbreak-in-one-community", kind="school") == units("baseline", kind="school")
        ),
    ),
    "holiday-return": (
        {"needs", "drivers"},
        lambda: (
            masks_of_checkpoints_follow_their_crews()
            and units("holiday-return", kind="clinic") == units("baseline", kind="clinic")
        ),
    ),
    "return-to-work": (
        {"needs"},
        lambda: (
            units("return-to-work", kind="enterprise") == 2 * units("baseline", kind="enterprise")
            and units("return-to-work", kind="checkpoint") == units("baseline", kind="checkpoint")
        ),
    ),
    "school-reopening": (
        {"needs", "sites"},
        lambda: (
            units("school-reopening", kind="school") == pytest.approx(1.5 * units("baseline", kind="school"))
            and outcomes("school-reopening").by_tier["community"] > outcomes("baseline").by_tier["community"]
        ),
    ),
    "ten-new-checkpoints": (
        {"needs", "sites", "lanes", "drivers"},
        lambda: (
            len(run("ten-new-checkpoints").case.sites) == len(county().case.sites) + 10
            and lines_to("ten-new-checkpoints", "checkpoint") > lines_to("baseline", "checkpoint")
        ),
    ),
    "supplier-fails": (
        {"offers", "orders"},
        lambda: (
            [each.to_day for each in run("supplier-fails").changed.planning.offers] == [dt.date(2020, 2, 9), None]
            and run("supplier-fails").changed.planning.orders[0].arrives == DAY + dt.timedelta(days=28)
            and outcomes("supplier-fails").packs == outcomes("baseline").packs
        ),
    ),
    "counterfeit-lot": (
        {"stock"},
        lambda: (
            held("counterfeit-lot") < held("baseline")
            and run("counterfeit-lot").case.stock.units.sum() == county().case.stock.units.sum()
            and outcomes("counterfeit-lot").unmet_share > outcomes("baseline").unmet_share
        ),
    ),
    "roads-slow": (
        {"lanes", "depots"},
        lambda: outcomes("roads-slow").unmet_share >= outcomes("baseline").unmet_share,
    ),
    "road-closed": (
        {"lanes"},
        lambda: lines_to("road-closed", "checkpoint") == 0 and lines_to("baseline", "checkpoint") > 0,
    ),
    "depot-lost": (
        {"lanes", "stock"},
        lambda: (
            0 < held("depot-lost") < held("baseline")
            and outcomes("depot-lost").unmet_share > outcomes("baseline").unmet_share
        ),
    ),
    "truck-strike": (
        {"depots"},
        lambda: outcomes("truck-strike").stops < outcomes("baseline").stops,
    ),
    "budget-halved": (
        {"budgets"},
        lambda: str(run("budget-halved").changed.planning.budgets[0].amount) == "500.25",
    ),
    "donation-flood": (
        {"stock"},
        lambda: (
            held("donation-flood") > 2 * held("baseline")
            and outcomes("donation-flood").unmet_share < outcomes("baseline").unmet_share
        ),
    ),
    "half-the-stock": (
        {"stock"},
        lambda: (
            outcomes("half-the-stock").packs < outcomes("baseline").packs
            and outcomes("half-the-stock").worst_cover <= outcomes("baseline").worst_cover
        ),
    ),
}  # fmt: skip


def test_the_library_has_a_dozen_scenarios_and_each_is_held_here():
    assert set(library()) == set(FACTS)
    assert len(library()) >= 12
    assert all(each.title_zh and each.says and each.says_zh for each in library().values())


@pytest.mark.parametrize("name", list(FACTS))
def test_a_scenario_changes_what_it_says_and_nothing_else(name):
    may_differ, fact = FACTS[name]
    before, after = county(), changed(county(), library()[name], read_coefficients()).planning

    assert differing(before, after) == may_differ
    assert fact()


def differing(before: PlanningCase, after: PlanningCase) -> set[str]:
    """Return the tables that are not the same; activity as it stands on the day."""
    named = {name for name in ("offers", "orders", "budgets") if getattr(before, name) != getattr(after, name)}
    tables = [each.name for each in dataclasses.fields(Case) if each.name != "policy"]
    named |= {name for name in tables if not alike(before.case, after.case, name)}
    if before.case.policy != after.case.policy:
        named.add("policy")
    counted = [sorted(zip(*rows, strict=True)) for rows in (counted_in(before), counted_in(after))]
    return named | ({"drivers"} if counted[0] != counted[1] else set())


def counted_in(planning: PlanningCase) -> tuple[list[str], list[str], list[float]]:
    drivers = planning.drivers
    return planning.case.sites.code[drivers.site].tolist(), drivers.driver.tolist(), drivers.value.tolist()


def alike(one: Case, other: Case, table: str) -> bool:
    """Say whether a table says the same of the same sites."""
    rows = [getattr(one, table), getattr(other, table)]
    if len(rows[0]) != len(rows[1]):
        return False
    for field in dataclasses.fields(rows[0]):
        a, b = (getattr(each, field.name) for each in rows)
        if field.name in ("site", "depot"):
            a, b = one.sites.code[a], other.sites.code[b]
        if not np.array_equal(a, b, equal_nan=a.dtype.kind in "fM"):
            return False
    return True


def test_who_gains_and_who_loses_is_told_by_site_tier_and_item():
    side = compared([run("baseline"), run("donation-flood"), run("half-the-stock")])
    tiers = grouped(side, "tier")

    assert side.gain[:, 0].tolist() == [0.0] * len(side.site)
    assert (tiers.gains[:, 1] > 0).all()
    assert tiers.loses[:, 1].sum() == 0  # nobody is worse off for more stock
    # With less, single sites may keep a pack that they gave before; no tier as a whole is better off.
    assert (tiers.unmet_share[:, 2] >= tiers.unmet_share[:, 0]).all()
    assert tiers.loses[:, 2].sum() > tiers.gains[:, 2].sum()
    assert tiers.pairs[:, 0].sum() == len(county().case.needs)


def test_a_site_that_is_new_has_no_gain_to_tell():
    side = compared([run("baseline"), run("ten-new-checkpoints")])
    new = np.char.startswith(side.site.astype(str), "NEW-")

    assert np.isnan(side.gain[new, 1]).all()
    assert not np.isnan(side.gain[~new, 1]).any()
