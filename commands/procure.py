"""`allocator procure`: what to order, from whom, by when, within money and what suppliers can make."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import Sentence, say
from commands.grammar import Listing, command, option
from commands.paper_files import check_paper_file, save_or_print
from commands.plan_view import table
from commands.session import Session, session_of
from commands.supposing import planning_options, supposing
from commands.table_files import Fact

if TYPE_CHECKING:
    from allocator.planning import PlanningCase
    from allocator.procurement import Outcome
    from allocator.procurement_case import Terms
    from allocator.procurement_demand import Prepared, Wished
    from allocator.procurement_plan import ProcurementPlan
    from data.procuring import Procured

__all__ = ["run"]

_SHOWN = 25
_UNMET_SHOWN = 12
_WEEKS_MAX = 104
_WEEK_DAYS = 7
_SHELF_DIGITS = 4
_DIGITS_MAX = 12
_RULES = ("lp", "openlmis", "msupply", "qat")


def _rules() -> dict[str, Sentence]:
    from data.procurement_tables import RULE_WORDS

    return RULE_WORDS


@command(
    say(
        "Say what to order, from whom, by when: the fewest days of use short that budgets, capacities, lead times and "
        "least orders allow, critical items first, then the least cost. Stock is one pool: it is moved before anything "
        "is bought. CASE is a folder or workbook with the tables `offers`, `suppliers`, `budgets`, `orders` and "
        "`history`; without it, the ledger's own are used."
    ),
    examples=(
        "allocator procure county",
        "allocator procure county --weeks 12 --critical MASK --out orders.xlsx",
        "allocator procure --rule qat --months 2-4",
        "allocator procure county --scenario budget-halved",
    ),
    right="see-shortfall",
    listing=Listing(say("Rules"), _rules),
)
@option("--rule", type=click.Choice(_RULES), default="lp", show_default=True, says=say("What decides on orders."))
@option(
    "--weeks",
    type=click.IntRange(1, _WEEKS_MAX),
    default=26,
    show_default=True,
    metavar="N",
    says=say("Weeks to plan for."),
)
@option("--critical", multiple=True, metavar="ITEM", says=say("An item whose shortage comes before all others."))
@option("--shelf", multiple=True, metavar="ITEM=WEEKS", says=say("Weeks an item keeps after it arrives."))
@option(
    "--share", default="1", show_default=True, metavar="SHARE", says=say("The most one supplier brings of an item.")
)
@option("--space", metavar="M3", says=say("Cubic metres the shelves hold; default: no limit."))
@option("--freight", default="0", show_default=True, metavar="YUAN", says=say("Freight of a kilogram."))
@option("--holding", default="0.20", show_default=True, metavar="SHARE", says=say("Holding a year, of the price."))
@option(
    "--worst",
    type=click.FloatRange(0, 1, max_open=True),
    metavar="LEVEL",
    says=say("Look at the worst scenarios only: 0.9 for the worst tenth."),
)
@option("--months", default="2-4", show_default=True, metavar="LEAST-MOST", says=say("Months of stock of a rule."))
@option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    metavar="S",
    says=say("Another seed, other demand paths."),
)
@planning_options(say("The day of the ledger to plan from; default: today."))
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    case: Path | None,
    rule: str,
    weeks: int,
    critical: tuple[str, ...],
    shelf: tuple[str, ...],
    share: str,
    space: str | None,
    freight: str,
    holding: str,
    worst: float | None,
    months: str,
    seed: int,
    scenario: str | None,
    day: dt.date | None,
    out: Path | None,
) -> None:
    """Read, forecast, choose, show, save."""
    session = session_of(context)
    check_paper_file(session, out)
    least_most = _months(session, months)
    terms = _terms(session, share=share, space=space, freight=freight, holding=holding, worst=worst)
    keeps = _shelf(session, shelf)
    known = supposing(context, case=case, day=day, scenario=scenario, days_of=lambda _: weeks * _WEEK_DAYS)
    planning = known.planning
    from allocator.procurement_demand import Wished
    from data.procuring import items_wrong

    wrong = list(items_wrong(planning, [*critical, *keeps]))
    if wrong:
        session.refuse(*wrong, status=2)
    wished = Wished(weeks=weeks, critical=critical, shelf_weeks=keeps, terms=terms, seed=seed)
    prepared = _prepared(session, planning, wished)
    for each in prepared.told:
        session.tell(each)
    found = _planned(session, planning, prepared, rule, least_most)
    plan, outcome = found.plan, found.outcome
    if out is not None:
        _save(session, found, out, case, known.facts())
    from data.procurement_tables import procurement_plain

    session.show_json("allocator.procure/1", {"scenario": known.plain(session), **procurement_plain(plan, outcome)})
    known.show(session)
    _show(session, plan, outcome)


def _prepared(session: Session, planning: PlanningCase, wished: Wished) -> Prepared:
    from data.procuring import prepared
    from models.entry import Refusal

    if not planning.offers:
        session.refuse(
            say("Nobody offers anything: without offers there is nothing to order. Add a table `offers`."), status=3
        )
    try:
        with session.stage(say("Forecasting")):
            return prepared(planning, wished)
    except Refusal as refusal:
        session.refuse(*refusal.sentences, status=2)


def _planned(
    session: Session, planning: PlanningCase, prepared: Prepared, rule: str, months: tuple[float, float]
) -> Procured:
    """Return the plan, checked without the solver, and what became of it on other demand."""
    from data.procuring import procured
    from models.entry import Refusal

    try:
        with session.stage(say("Choosing the orders")):
            return procured(planning, prepared, rule=rule, months=months)
    except Refusal as refusal:
        session.refuse(*refusal.sentences)


def _months(session: Session, text: str) -> tuple[float, float]:
    from data.procuring import months_in

    found = months_in(text)
    if found is None:
        session.refuse(say("--months {text}: write the least and the most months as 2-4.", text=text), status=2)
    return found


def _shelf(session: Session, given: Sequence[str]) -> dict[str, int]:
    found, wrong = {}, []
    for each in given:
        item, _, weeks = each.partition("=")
        if item and weeks.isdecimal() and len(weeks) <= _SHELF_DIGITS and int(weeks) > 0:
            found[item] = int(weeks)
        else:
            wrong.append(say("--shelf {text}: write an item and its weeks as GEL=12.", text=each))
    if wrong:
        session.refuse(*wrong, status=2)
    return found


def _terms(
    session: Session, *, share: str, space: str | None, freight: str, holding: str, worst: float | None
) -> Terms:
    from allocator.procurement_case import Terms

    numbers, wrong = {}, []
    given = {"--share": share, "--space": space, "--freight": freight, "--holding": holding}
    for name, text in given.items():
        number = None if text is None else _decimal(text)
        if text is not None and number is None:
            wrong.append(say("{option} {text} is no number.", option=name, text=text))
        elif number is not None and number and abs(number.adjusted()) > _DIGITS_MAX:
            wrong.append(say("{option} {text} is too large or too small to reckon with.", option=name, text=text))
        numbers[name] = number
    if wrong:
        session.refuse(*wrong, status=2)
    return Terms(
        supplier_share_max=numbers["--share"] or Decimal(0),
        space_m3=numbers["--space"],
        freight_per_kg=numbers["--freight"] or Decimal(0),
        holding_share_year=numbers["--holding"] or Decimal(0),
        cvar_level=worst,
    )


def _decimal(text: str) -> Decimal | None:
    """Return a finite number, None where the text is none: "nan" and "inf" are none either."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _save(session: Session, found: Procured, out: Path, case: Path | None, supposed: list[Fact]) -> None:
    from data.procurement_tables import procurement_tables
    from data.procuring import procured_facts

    source = str(case) if case is not None else say("the ledger")
    facts = procured_facts(found, source=source, supposed=supposed)
    tables = procurement_tables(found.plan)
    save_or_print(session, out, tables, title=say("What to order"), day=found.plan.case.day, facts=facts)


def _show(session: Session, plan: ProcurementPlan, outcome: Outcome) -> None:
    from data.procurement_tables import RULE_WORDS, ratio_sentences, result_sentences

    word = session.word
    session.show(word(say("Orders by this rule: {rule}.", rule=RULE_WORDS[plan.rule])))
    for each in (*result_sentences(plan, outcome), *ratio_sentences(plan)):
        session.show(word(each))
    more = len(plan.lines) - _SHOWN
    for title, rows, left, beyond in (
        (say("Orders to place"), _order_rows(session, plan), 3, more),
        (say("What stays unmet"), _unmet_rows(session, plan), 2, 0),
        (say("Use of the budgets"), _budget_rows(session, plan), 1, 0),
    ):
        if len(lines := [*rows]) > 1:
            session.show()
            session.show(word(title))
            for line in table(lines, left=left):
                session.show(line)
            if beyond > 0:
                session.show(word(say("… and {more} more orders; --out FILE saves all.", more=beyond)))
    if plan.said:
        session.show()
        session.show(word(say("What stands in the way")))
        for each in plan.said:
            session.show(f"- {word(each)}")


def _order_rows(session: Session, plan: ProcurementPlan) -> Iterator[list[str]]:
    from allocator.procurement_words import named_item, named_supplier

    case, lang = plan.case, session.lang
    titles = (say("order by"), say("supplier"), say("item"), say("units"), say("packs"), say("arrives"),
              say("cost, yuan"))  # fmt: skip
    yield [session.word(title) for title in titles]
    for line in plan.lines[:_SHOWN]:
        supplier = named_supplier(case, line.supplier).worded(lang)
        item = named_item(case, case.item_index[line.item]).worded(lang)
        yield [line.order_by.isoformat(), supplier, item, f"{line.units:,}", f"{line.packs:,}",
               line.arrives.isoformat(), f"{line.cost_fen / 100:,.2f}"]  # fmt: skip


def _unmet_rows(session: Session, plan: ProcurementPlan) -> Iterator[list[str]]:
    from data.procurement_tables import unmet_rows

    titles = (say("item"), say("unit"), say("expected demand"), say("stays unmet"), say("share"), say("short from"))
    yield [session.word(title) for title in titles]
    for shown, (name, unit, demand, unmet, share, since, _) in enumerate(unmet_rows(plan)):
        if shown == _UNMET_SHOWN or since is None:
            return
        names = [name.worded(session.lang), unit.worded(session.lang)]
        yield [*names, f"{demand:,.0f}", f"{unmet:,.0f}", f"{share:.1%}", since.isoformat()]


def _budget_rows(session: Session, plan: ProcurementPlan) -> Iterator[list[str]]:
    from data.procurement_tables import WITHOUT_BUDGET

    yield [
        session.word(title)
        for title in (say("budget"), say("may be spent, yuan"), say("these orders, yuan"), say("left, yuan"))
    ]
    for each in plan.budgets:
        money = (each.amount_fen, each.spent_fen, each.amount_fen - each.spent_fen)
        yield [each.bucket, *(f"{fen / 100:,.2f}" for fen in money)]
    if plan.without_budget_fen:
        yield [session.word(WITHOUT_BUDGET), "–", f"{plan.without_budget_fen / 100:,.2f}", "–"]
