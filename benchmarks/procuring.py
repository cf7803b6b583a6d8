"""Procurement: how near the plan is to the bound, how long it takes, and what became of it on other demand.

python -m benchmarks.procuring                                        (`make bench-procure`; a quarter of an hour)
python -m benchmarks.procuring --out docs/benchmarks-procurement.md
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from allocator.case import Floats
from allocator.procurement import Outcome, outcome_of, procure
from allocator.procurement_case import ProcurementCase
from allocator.procurement_check import problems_of
from allocator.procurement_lp import Formulation
from allocator.procurement_plan import ProcurementPlan
from allocator.procurement_rules import RULES, average_and_normal, bought_by_rule, rule_asks
from benchmarks.machine import machine
from benchmarks.procuring_cases import paths, procuring_case

SEEDS = tuple(range(1, 13))
SEEDS_COMPARED = 3
"""Of so many seeds the plans are also set beside rules, on demand outside."""
MONEY = 1.2
SHARES = (0.0, 0.2)
"""Of the items that are critical."""
WEEKS, PATHS = 26, 500
FACTORS = (0.0, 1.0, 2.33)
"""Of "average + normal": the best of them on the scenarios is what the plan is compared with."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One case, its plan and the CPU it took."""

    seed: int
    case: ProcurementCase
    base: Floats
    plan: ProcurementPlan
    cpu_seconds: float

    @property
    def ratios(self) -> tuple[float, float, float]:
        """Critical shortage, shortage and cost over their bounds."""
        return self.plan.ratios or (np.inf,) * 3


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One case: the plan, the rule that did best on the same scenarios, and both on demand outside."""

    seed: int
    plan: ProcurementPlan
    outcome: Outcome
    factor: float
    rule: ProcurementPlan
    rule_outcome: Outcome
    others: dict[str, float]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    arguments = parser.parse_args()
    before = os.getloadavg()[0]
    every = {share: [planned(seed, critical=share) for seed in arguments.seeds] for share in SHARES}
    plain, critical = ([compared(each) for each in every[share][:SEEDS_COMPARED]] for share in SHARES)
    text = page(every, plain, critical, before)
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    else:
        print(text)


def planned(seed: int, *, critical: float) -> Planned:
    """Plan one case, and check the plan."""
    case, base = procuring_case(seed, weeks=WEEKS, money=MONEY, critical=critical)
    begun = time.process_time()
    plan = procure(case)
    cpu_seconds = time.process_time() - begun
    if problems_of(plan):
        raise SystemExit(f"seed {seed}: the plan does not pass its check")
    print(seed, critical, plan.ratios, f"{cpu_seconds:.1f} s", flush=True)
    return Planned(seed=seed, case=case, base=base, plan=plan, cpu_seconds=cpu_seconds)


def compared(own: Planned) -> Compared:
    """Walk a plan and what the rules would order through the same demand outside."""
    case, plan = own.case, own.plan
    outside = paths(900 + own.seed, base=own.base, count=PATHS, weeks=WEEKS)
    factor, rule = best_rule(case)
    form = Formulation(case)
    others = {name: bought_by_rule(form, rule_asks(case, name), rule=name) for name in RULES}
    found = Compared(
        seed=own.seed,
        plan=plan,
        outcome=outcome_of(plan, outside),
        factor=factor,
        rule=rule,
        rule_outcome=outcome_of(rule, outside),
        others={name: outcome_of(bought, outside).weighted for name, bought in others.items()},
    )
    print(own.seed, found.outcome.weighted / found.rule_outcome.weighted, flush=True)
    return found


def best_rule(case: ProcurementCase) -> tuple[float, ProcurementPlan]:
    """Return "average + normal" with the safety factor that leaves least short on the plan's own scenarios."""
    form = Formulation(case)
    tried = [
        (factor, bought_by_rule(form, average_and_normal(form, factor=factor), rule="normal")) for factor in FACTORS
    ]
    best = min(tried, key=lambda pair: pair[1].shortage)
    if problems_of(best[1]):
        raise SystemExit("the rule's plan does not pass the check")
    return best


_HEAD = """# Procurement: beside the bound, and on demand it was not made for

Written by `python -m benchmarks.procuring` (`make bench-procure`); do not edit by hand.

{facts}

Load of the machine before: {load:.1f} of {cores} cores. Invented cases, seeded: 60 items, 10 suppliers, {weeks} weeks,
20 demand scenarios; two to five suppliers an item, each with a capacity and a price that change once; lead times of 3
to 40 days, least orders of a third to nine tenths of a week's capacity, packs, one supplier's share at most 60 %,
freight; a third of the items keep 6 to 15 weeks; seven monthly budgets, {money:g} times in all what the expected demand
costs at the cheapest prices without freight. Every plan, the rules' too, passes the independent check.
Shortage is weighed by 1 ÷ weekly use, as `allocator procure` does: it is counted in days of use, not in units.

| promised | reached | |
|---|---|---|
"""

_BOUND = """
What is critical is a fifth of the items by chance, or none. The bound is the linear program's, raised where branching
over a single item proves what its least orders cost ([how](procurement.md#in-formulas)). Cost is beside the least cost
*at* the least shortage: a plan that leaves a little more short may cost less.
"""

_PLAIN = """
*Average + normal* orders up to mean + factor × deviation of the lead time and a week, looked at weekly, by the same
offers and budgets: the cheapest offer first, the item that lasts shortest first. Its factor is the best of
{factors} on the plan's own scenarios. Both order for all weeks at once; neither learns from the
weeks between. The budgets are the same; what the rule leaves of them it could not spend within lead times, least
orders and months (*spent ÷ rule*). *Units* counts pieces instead of days of use: nobody aims at it, and the plan may
lose there, because cheap pieces used by the million are days of one item only.
"""

_CRITICAL = """
What is critical comes before everything else whatever it costs. The plan leaves {mean:.2f} of the rule's critical
shortage ({worst:.2f} at worst), and may leave more of the rest: that is what calling an item critical means.
"""


def page(every: dict[float, list[Planned]], plain: list[Compared], critical: list[Compared], load: float) -> str:
    """Return the page."""
    facts = "\n".join(f"- {name}: {value}" for name, value in machine().items())
    cases = [each for own in every.values() for each in own]
    near = max(max(each.ratios) for each in cases)
    seconds = [each.cpu_seconds for each in cases]
    short = [row.outcome.weighted / row.rule_outcome.weighted for row in plain]
    first = [row.outcome.critical / row.rule_outcome.critical for row in critical]
    promises = [
        (
            "at most 1.01 × the bound",
            f"{near:.4f} at worst (critical shortage, shortage and cost, {len(cases)} cases)",
            near <= 1.01,
        ),
        (
            "at most 10 s of CPU",
            f"{np.median(seconds):.1f} s in the middle, {max(seconds):.1f} s at worst",
            max(seconds) <= 10,
        ),
        (
            f'unmet at most 0.80 of "average + normal" at equal money, {PATHS} paths outside',
            f"{np.mean(short):.2f} on average, {max(short):.2f} at worst",
            max(short) <= 0.8,
        ),
    ]
    factors = ", ".join(f"{each:g}" for each in FACTORS)
    parts = [
        _HEAD.format(facts=facts, load=load, money=MONEY, cores=os.cpu_count(), weeks=WEEKS),
        *(f"| {promise} | {reached} | {'kept' if so else 'not kept'} |\n" for promise, reached, so in promises),
        "\n## Beside the bound\n\n",
        bound_table(every),
        _BOUND,
        "\n## No item critical, beside rules\n\n",
        table(plain),
        _PLAIN.format(factors=factors),
        "\n## A fifth of the items critical, beside rules\n\n",
        critical_table(critical),
        _CRITICAL.format(mean=np.mean(first), worst=max(first)),
    ]
    return "".join(parts)


def table(rows: list[Compared]) -> str:
    """Return what became of each case."""
    heads = (
        "seed", "short inside", "short outside",
        "rule, short outside", "÷ rule", "worst tenth ÷ rule", "units ÷ rule", "spent ÷ rule", "factor",
        "÷ best of OpenLMIS, mSupply, QAT",
    )  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in rows:
        days = demand_weight(row.plan.case)
        mine, rule = row.outcome, row.rule_outcome
        cells = (
            f"{row.seed}",
            f"{row.plan.shortage / days:.1%}", f"{mine.weighted / days:.1%}", f"{rule.weighted / days:.1%}",
            f"{mine.weighted / rule.weighted:.2f}", f"{mine.weighted_worst / rule.weighted_worst:.2f}",
            f"{mine.unmet_units.sum() / rule.unmet_units.sum():.2f}",
            f"{row.plan.purchase_fen / row.rule.purchase_fen:.2f}", f"{row.factor:g}",
            f"{mine.weighted / min(row.others.values()):.2f}",
        )  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def critical_table(rows: list[Compared]) -> str:
    """Return what became of critical items and of all."""
    lines = ["| seed | critical ÷ rule | all ÷ rule |", "|---|---|---|"]
    for row in rows:
        critical = row.outcome.critical / row.rule_outcome.critical
        lines.append(f"| {row.seed} | {critical:.2f} | {row.outcome.weighted / row.rule_outcome.weighted:.2f} |")
    return "\n".join(lines) + "\n"


def bound_table(every: dict[float, list[Planned]]) -> str:
    """Return how near each plan is to its bound, and how long it took: a row for each seed."""
    none, some = (every[share] for share in SHARES)
    heads = (
        *("seed", "none critical: CPU, s", "shortage ÷ bound", "cost ÷ bound"),
        *("a fifth critical: CPU, s", "critical ÷ bound", "shortage ÷ bound", "cost ÷ bound"),
    )
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for plain, critical in zip(none, some, strict=True):
        cells = [f"{plain.seed}", f"{plain.cpu_seconds:.1f}", *(f"{each:.4f}" for each in plain.ratios[1:])]
        cells += [f"{critical.cpu_seconds:.1f}", *(f"{each:.4f}" for each in critical.ratios)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def demand_weight(case: ProcurementCase) -> float:
    """Return the expected demand in the measure of the shortage."""
    weight: Floats = np.array([each.weight for each in case.items])
    return float(case.expected_units.sum(axis=1) @ weight)


if __name__ == "__main__":
    main()
