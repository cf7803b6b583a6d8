"""Laws of the shortfall report, on drawn cases."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from shortfall_tables import planning_of

from allocator.case import Case
from allocator.planning import PlanningCase
from allocator.shortfall import shortfall
from allocator.shortfall_rules import ShortfallRules
from allocator.shortfall_tables import ShortfallReport

RULES = ShortfallRules(horizon_days=14, lead_days=5, paths=60)


@st.composite
def plannings(draw: st.DrawFn) -> PlanningCase:
    sites = [f"S{n}" for n in range(draw(st.integers(1, 5)))]
    items = ["gown", "mask"][: draw(st.integers(1, 2))]
    whole = st.integers(0, 120)
    pairs = [(site, item) for site in sites for item in items]
    days = st.integers(1, 28).map(lambda day: f"2020-02-{day:02}")
    stock = [f"{site} {item} {draw(whole)} L{n} {draw(days)}" for n, (site, item) in enumerate(pairs)]
    stock += [f"{site} {item} {draw(whole)} - -" for site, item in pairs if draw(st.booleans())]
    return planning_of(
        items="item pack\n" + "\n".join(f"{item} {draw(st.integers(1, 12))}" for item in items),
        needs="site item daily\n" + "\n".join(f"{site} {item} {draw(st.integers(0, 15))}" for site, item in pairs),
        stock="site item units lot expires\n"
        + "\n".join([*stock, *(f"Depot {item} {draw(whole)} - -" for item in items)]),
        transit="site item units arrives\n"
        + "\n".join(f"{s} {i} {draw(whole)} {draw(days)}" for s, i in pairs if draw(st.booleans())),
        orders="order item units arrives\n" + "\n".join(f"O{i} {i} {draw(whole)} {draw(days)}" for i in items),
        offers="supplier item price lead\n" + "\n".join(f"A {i} 1.5 {draw(st.integers(0, 9))}" for i in items),
    )


def reported(planning: PlanningCase) -> ShortfallReport:
    return shortfall(planning, rules=RULES)


def with_more_stock(case: Case, row: int, units: int) -> Case:
    more = case.stock.units.copy()
    more[row] += units
    return dataclasses.replace(case, stock=dataclasses.replace(case.stock, units=more))


@given(plannings(), st.data())
@settings(max_examples=60, deadline=None)
def test_more_stock_never_raises_the_probability_of_a_stock_out(planning, data):
    row = data.draw(st.integers(0, len(planning.case.stock) - 1))
    richer = dataclasses.replace(planning, case=with_more_stock(planning.case, row, data.draw(st.integers(1, 99))))
    before, after = by_pair(reported(planning)), by_pair(reported(richer))

    for pair, row_before in before.items():
        for name in ("p_before_delivery", "p_horizon", "unmet_units", "unmet_units_high"):
            assert after[pair][name] <= row_before[name] + 1e-3, (pair, name)


@given(plannings(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_in_the_tables_changes_nothing(planning, random):
    case = planning.case
    tables = {}
    for name in ("needs", "stock", "in_transit", "lanes"):
        table = getattr(case, name)
        order = list(range(len(table)))
        random.shuffle(order)
        tables[name] = table.take(np.array(order, dtype=np.int32))
    whole = {f.name: getattr(case, f.name) for f in dataclasses.fields(case)}
    shuffled = dataclasses.replace(
        planning, case=Case.canonical(**{**whole, **tables}), orders=planning.orders[::-1], offers=planning.offers[::-1]
    )

    assert by_pair(reported(planning)) == by_pair(reported(shuffled))


@given(plannings())
@settings(max_examples=60, deadline=None)
def test_nothing_is_given_twice_and_what_lacks_is_covered_in_whole_packs(planning):
    report = reported(planning)
    rows, netted, case = report.rows, report.netted, report.case
    pack = case.items.pack_units[rows.item]
    given_to = rows.central_units + rows.lateral_units + rows.ordered_units + rows.buy_units

    assert (given_to >= rows.lacking_units).all()
    assert (given_to < rows.lacking_units + pack).all()
    assert (rows.buy_units % pack == 0).all()
    from_depots = np.bincount(
        case.items.code[rows.item[netted.from_depots.taker]] == "mask", netted.from_depots.units, 2
    )
    held = [
        int(case.stock.units[at_depot(case) & (case.items.code[case.stock.item] == item)].sum())
        for item in ("gown", "mask")
    ]
    assert (from_depots <= held).all()
    given_away = np.bincount(netted.lateral.giver, netted.lateral.units, len(rows))
    assert (given_away <= np.maximum(0, rows.usable_units)).all()
    assert (given_away[rows.lacking_units > 0] == 0).all()
    ordered = np.bincount(report.on_order.order[netted.ordered.giver], netted.ordered.units, len(report.orders))
    assert (ordered <= [order.units for order in report.orders]).all()


@given(plannings())
@settings(max_examples=60, deadline=None)
def test_early_is_not_later_and_high_is_not_lower(planning):
    rows = reported(planning).rows
    out, early = (
        np.where(np.isnat(days), np.datetime64("2099-01-01"), days) for days in (rows.stock_out, rows.stock_out_early)
    )

    assert (early <= out).all()
    assert (rows.unmet_units_high >= rows.unmet_units).all()
    assert (rows.p_before_delivery <= rows.p_horizon + 1e-9).all()
    assert (rows.p_after <= rows.p_horizon + 1e-9).all()
    known = ~np.isnan(rows.cover_days)
    assert (rows.cover_days_low[known] <= rows.cover_days[known]).all()


def at_depot(case: Case):
    return case.sites.kind[case.stock.site] == "warehouse"


def by_pair(report: ShortfallReport) -> dict[tuple[int, int], dict[str, float]]:
    rows = report.rows
    names = [f.name for f in dataclasses.fields(rows) if getattr(rows, f.name).ndim == 1 and f.name != "offer"]
    return {
        (int(rows.site[n]), int(rows.item[n])): {name: _comparable(getattr(rows, name)[n]) for name in names}
        for n in range(len(rows))
    }


def _comparable(value):
    if isinstance(value, np.datetime64):
        return str(value)
    return "nan" if isinstance(value, np.floating) and np.isnan(value) else value.item()
