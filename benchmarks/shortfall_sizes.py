"""One measurement in a process of its own: the whole report of an invented county, from tables in memory to files.

python -m benchmarks.shortfall_sizes SITES ITEMS DAYS
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import numpy as np

from allocator.case import Case
from allocator.demand import DemandHistory
from allocator.drivers import Drivers
from allocator.planning import PlanningCase
from allocator.procurement_case import Budget, Offer, Order
from allocator.sentence import say
from allocator.shortfall_forecast import forecast_shortfall
from allocator.shortfall_rules import ShortfallRules
from data.coefficients import read_coefficients
from data.samples import make_sample

__all__ = ["invented_planning"]


def invented_planning(sites: int, items: int, days: int) -> PlanningCase:
    """Return a county in which every site uses every item, with a history, two offers an item and some orders."""
    case = make_sample("nation", sites=sites, items=items, depots=4, lanes=2)
    rng = np.random.default_rng(6)
    codes = [code for code, kind in zip(case.sites.code, case.sites.kind, strict=True) if kind != "warehouse"]
    pairs = [(site, item) for site in codes for item in case.items.code]
    level = rng.uniform(2, 60, len(pairs))
    units = rng.poisson(level[:, None] * rng.gamma(8, 1 / 8, (len(pairs), days))).astype(np.float64)
    units[rng.random(units.shape) < 0.05] = np.nan
    day = case.policy.date
    return PlanningCase(
        case=case,
        history=DemandHistory(
            sites=tuple(site for site, _ in pairs), items=tuple(item for _, item in pairs), units=units,
            stockout=np.zeros(units.shape), first_day=day - dt.timedelta(days=days), period_days=1,
        ),
        drivers=_no_drivers(case),
        offers=tuple(Offer(supplier=name, item=item, price=Decimal(price), lead_days=lead)
                     for item in case.items.code for name, price, lead in (("A", "1.2", 7), ("B", "0.9", 21))),
        orders=tuple(Order(order=f"O{n}", supplier="A", item=item, units=5000, arrives=day + dt.timedelta(days=n),
                           status="ordered") for n, item in enumerate(case.items.code, start=3)),
        budgets=(Budget(bucket="county", amount=Decimal(500_000)),),
    )  # fmt: skip


def _no_drivers(case: Case) -> Drivers:
    none = np.zeros(0, dtype="datetime64[D]")
    return Drivers(
        site=case.needs.site[:0], driver=np.zeros(0, dtype=object), value=np.zeros(0), since=none, until=none
    )


def main(sites: int, items: int, days: int) -> None:
    """Measure, and print what it took as one JSON object."""
    planning, coefficients = invented_planning(sites, items, days), read_coefficients()
    seconds: dict[str, float] = {}

    def stage(name: str, begun: float) -> float:
        seconds[name] = time.perf_counter() - begun
        return time.perf_counter()

    begun = time.perf_counter()
    cpu = time.process_time()
    report = forecast_shortfall(planning, ShortfallRules(), coefficients=coefficients)
    seconds["report_cpu"] = time.process_time() - cpu
    now = stage("report", begun)
    from data.shortfall_book import write_shortfall_book
    from data.shortfall_out import ShortfallOut
    from data.shortfall_paper import shortfall_pdf

    given = ShortfallOut(report, planning)
    now = stage("loading", now)
    problems = len(given.problems)
    now = stage("problems", now)
    with tempfile.TemporaryDirectory() as folder:
        write_shortfall_book(Path(folder) / "s.xlsx", given, title=say("Shortfall report"), facts=[], lang="en")
        now = stage("workbook", now)
        shortfall_pdf(given, title=say("Shortfall report"), facts=[], lang="en")
        stage("paper", now)
    print(json.dumps({"rows": len(report.rows), "problems": problems, "days": report.days, "seconds": seconds}))


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:4]))
