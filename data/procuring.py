"""Work out what to order from a planning case: chosen, checked without the solver, tried on other demand, told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from allocator.planning import PlanningCase
from allocator.procurement import Outcome, outcome_of, plan_by_rule, procure
from allocator.procurement_case import ProcurementCaseWrong
from allocator.procurement_check import problems_of
from allocator.procurement_demand import Prepared, Wished, monthly_units_of, procurement_case_of
from allocator.procurement_plan import ProcurementPlan
from allocator.procurement_rules import Months
from allocator.sentence import Sentence, say
from data.nearest import nearest
from data.procurement_tables import RULE_WORDS, ratio_sentences, result_sentences
from models.entry import Refusal

__all__ = ["RULES", "Procured", "items_wrong", "months_in", "prepared", "procured", "procured_facts"]

RULES = tuple(RULE_WORDS)
"""What may decide on orders."""

_MONTHS_MAX = 120
_HOW = say(
    "Demand paths from the forecast, reduced to at most 20 scenarios; a linear program, least orders by diving, whole "
    "packs; checked again without it. Holding and space at the expected demand. See docs/procurement.md."
)

Fact = tuple[Sentence, Sentence | str | int]


@dataclass(frozen=True)
class Procured:
    """A plan, and what became of it on other demand."""

    plan: ProcurementPlan
    outcome: Outcome


def months_in(text: str) -> tuple[float, float] | None:
    """Return the least and the most months of stock of a rule, None where that is not what is written.

    >>> months_in("2-4"), months_in("4-2")
    ((2.0, 4.0), None)
    """
    least, _, most = text.partition("-")
    try:
        found = float(least), float(most)
    except ValueError:
        return None
    # The most is above nought and finite: months of nothing order nothing, however short it is.
    return found if 0 <= found[0] <= found[1] <= _MONTHS_MAX and found[1] else None


def items_wrong(planning: PlanningCase, items: Iterable[str]) -> Iterator[Sentence]:
    """Say which items are not there, with the nearest that is; else which are durable, for those are not planned."""
    named, codes, goods = list(dict.fromkeys(items)), planning.case.items.code.tolist(), planning.case.items
    unknown = [each for each in named if each not in codes]
    for item in unknown:
        near = nearest(item, codes)
        meant = say("Is {near} meant?", near=near) if near else Sentence("")
        yield say("There is no item {asked}. {meant}", asked=item, meant=meant)
    if unknown:
        return
    for code in goods.code[goods.durable].tolist():
        if code in named:
            yield say(
                "{item} is durable, and durable items are not planned here. `allocator shortfall` says what to buy of "
                "them.",
                item=str(code),
            )


def prepared(planning: PlanningCase, wished: Wished) -> Prepared:
    """Return what is chosen from.

    Raises:
        Refusal: everything that is wrong with the offers, budgets and wishes.

    """
    try:
        return procurement_case_of(planning, wished)
    except ProcurementCaseWrong as wrong:
        raise Refusal(*wrong.problems) from None


def procured(
    planning: PlanningCase,
    given: Prepared,
    *,
    rule: str,
    months: tuple[float, float],
    begins: Callable[[Sentence], None] = lambda _: None,
) -> Procured:
    """Choose orders by a rule. `months`: of stock, of the rules that know them; `begins`: hears of each stage.

    Raises:
        Refusal: the plan does not pass its check.

    """
    begins(say("Choosing the orders"))
    if rule == "lp":
        plan = procure(given.case)
    else:
        recorded = monthly_units_of(planning, given.case.items)
        expected = given.case.expected_units.mean(axis=1) * (30 / 7)
        monthly = np.where(np.isnan(recorded), expected, recorded)
        plan = plan_by_rule(given.case, rule, monthly_units=monthly, months=Months(least=months[0], most=months[1]))
    wrong = problems_of(plan)
    if wrong:
        raise Refusal(say("The plan does not pass its check, so it is not shown:"), *wrong)
    begins(say("Trying the plan on other demand"))
    return Procured(plan, outcome_of(plan, given.outside))


def procured_facts(found: Procured, *, source: Sentence | str, supposed: Iterable[Fact] = ()) -> list[Fact]:
    """Return where a plan comes from and what came of it, as a saved file says it."""
    plan = found.plan
    return [
        (say("from"), source),
        (say("rule"), RULE_WORDS[plan.rule]),
        *((say("result"), each) for each in result_sentences(plan, found.outcome)),
        *((say("beside the bound"), each) for each in ratio_sentences(plan)),
        (say("scenarios"), len(plan.case.probability)),
        *supposed,
        (say("how"), _HOW),
    ]
