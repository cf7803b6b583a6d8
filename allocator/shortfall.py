"""The shortfall report: what runs out where and when, what can be sent, what must be bought by which day, and why.

    report = shortfall(planning, forecast=forecast, rules=ShortfallRules(horizon_days=30))

Everything is worked out on arrays, row by row of site and item, over the same drawn futures: docs/shortfall.md.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from allocator.case import Dates, Floats, Units
from allocator.planning import PlanningCase
from allocator.shortfall_columns import columns_of
from allocator.shortfall_demand import SummedForecast, cut_off_of, history_of_rows, outlook_of, rows_of
from allocator.shortfall_groups import fans_of, rolled_up
from allocator.shortfall_rules import ShortfallRules
from allocator.shortfall_tables import GROUPINGS, ShortfallReport, ShortfallRows
from allocator.shortfall_work import Working, reordered

__all__ = ["days_ahead", "shortfall"]


def days_ahead(planning: PlanningCase, rules: ShortfallRules) -> int:
    """Return how many days the report looks ahead, and a forecast must: until what is ordered today can be there."""
    leads = [offer.lead_days for offer in planning.offers] or [rules.lead_days]
    return rules.days_ahead(max(leads))


def shortfall(
    planning: PlanningCase,
    *,
    forecast: SummedForecast | None = None,
    rules: ShortfallRules | None = None,
    groupings: Collection[str] = GROUPINGS,
    profile: Floats | None = None,
) -> ShortfallReport:
    """Return the report of a planning case.

    `forecast`: of the series of its history, in their order; without one every row goes by its need. `profile` (rows
    of `rows_of`, days): known changes ahead.
    The same input makes the same report; the rows' order in any table plays no part.
    """
    rules = rules or ShortfallRules()
    case, days = planning.case, days_ahead(planning, rules)
    site, item = rows_of(case, planning.history)
    known = history_of_rows(case, planning.history, site, item)
    outlook = outlook_of(case, (site, item), known, forecast, days=days, profile=profile)
    wanted = {name for name in GROUPINGS if name in groupings} | {"item"}
    work = Working(
        planning=planning, rules=rules, site=site, item=item, outlook=outlook, known=known, groupings=frozenset(wanted)
    )
    rows = ShortfallRows(**columns_of(work))
    order = np.lexsort((rows.item, rows.site, _day_numbers(rows.stock_out_early), -rows.p_horizon * rows.criticality,
                        -rows.p_before_delivery * rows.criticality)).astype(np.int32)  # fmt: skip
    pools = work.draws.pools
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return ShortfallReport(
        case=case,
        rules=rules,
        days=days,
        rows=rows.take(order),
        groups={
            name: rolled_up(work.grouping, groups, pools[name], rows, work.prices_fen)
            for name, groups in work.groups.items()
        },
        fans=fans_of(work.groups["item"], pools["item"]),
        netted=reordered(work.netted, rank, order),
        on_order=work.on_order,
        offers=tuple(planning.offers),
        orders=tuple(planning.orders),
        budgets=tuple(planning.budgets),
        cut_off=cut_off_of(planning.history),
    )


def _day_numbers(days: Dates) -> Units:
    return np.where(np.isnat(days), np.iinfo(np.int64).max, days.astype("datetime64[D]").astype(np.int64))
