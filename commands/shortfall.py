"""`allocator shortfall`: what runs out where and when, what can be sent, and what to buy by which day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.folders import whole_file
from commands.grammar import command, option
from commands.paper_files import check_paper_file
from commands.planning_source import refuse_unknown
from commands.session import Session, session_of
from commands.supposing import planning_options, supposing
from commands.table_files import Fact, save_tables

if TYPE_CHECKING:
    from allocator.planning import PlanningCase
    from allocator.shortfall_rules import ShortfallRules
    from allocator.shortfall_tables import ShortfallReport
    from data.shortfall_out import ShortfallOut

__all__ = ["run"]

_GROUPINGS = ("depot", "area", "item", "tier")


@command(
    say(
        "Report what runs out where and when: for every site and item the days of supply, the stock-out date in the "
        "middle and early, the probability of a stock-out before the next delivery, what depots and neighbours can "
        "send, what must be bought, from whom, and by which day; with the reasons, and a list of problems with what to "
        "do about each. CASE is a folder or workbook (tables `history`, `offers`, `orders`, `budgets` are used where "
        "they are there); without it, the ledger is used."
    ),
    examples=(
        "allocator shortfall county",
        "allocator shortfall county --horizon 30 --by depot --out shortfall.xlsx",
        "allocator shortfall --out shortfall.pdf --lang zh",
        "allocator shortfall county --scenario supplier-fails",
    ),
    right="see-shortfall",
)
@option(
    "--horizon",
    "horizon_days",
    type=click.IntRange(1, 366),
    default=30,
    show_default=True,
    metavar="DAYS",
    says=say("Until when unmet demand is counted, and what to buy must last."),
)
@option(
    "--by",
    "grouping",
    type=click.Choice(_GROUPINGS),
    default="item",
    show_default=True,
    says=say("Roll the rows up by depot, area, item or tier; a workbook has all four."),
)
@option("--site", metavar="CODE", says=say("Show only this site."))
@option("--item", metavar="CODE", says=say("Show only this item."))
@option(
    "--safety",
    "safety_days",
    type=click.IntRange(0, 90),
    default=3,
    show_default=True,
    metavar="DAYS",
    says=say("Days kept between an arrival and the early stock-out."),
)
@planning_options(say("The day of the ledger to report on; default: today."))
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    case: Path | None,
    horizon_days: int,
    grouping: str,
    site: str | None,
    item: str | None,
    safety_days: int,
    scenario: str | None,
    day: dt.date | None,
    out: Path | None,
) -> None:
    """Read, work out, show, save."""
    session = session_of(context)
    check_paper_file(session, out)
    from allocator.shortfall import days_ahead
    from allocator.shortfall_rules import ShortfallRules
    from commands.shortfall_view import show_shortfall
    from data.shortfall_out import ShortfallOut

    rules = ShortfallRules(horizon_days=horizon_days, safety_days=safety_days)

    def ahead(planning: PlanningCase) -> int:
        return days_ahead(planning, rules)

    known = supposing(context, case=case, day=day, scenario=scenario, days_of=ahead)
    planning = known.planning
    refuse_unknown(session, planning, site, item)
    report = _reported(session, planning, rules)
    if not len(report.rows):
        session.refuse(
            say("No site needs or used anything, so nothing can run short. Add needs, or a table `history`."), status=3
        )
    given = ShortfallOut(report, planning)
    if out is not None:
        _save(session, given, out, case, known.facts())
    known.show(session)
    show_shortfall(session, given, grouping=grouping, site=site, item=item, scenario=known.plain(session))


def _reported(session: Session, planning: PlanningCase, rules: ShortfallRules) -> ShortfallReport:
    from allocator.shortfall_forecast import forecast_shortfall
    from data.coefficients import read_coefficients

    with session.stage(say("Working out what runs short")):
        return forecast_shortfall(planning, rules, coefficients=read_coefficients())


def _save(session: Session, given: ShortfallOut, out: Path, case: Path | None, supposed: list[Fact]) -> None:
    report, title = given.report, say("Shortfall report")
    cut_off = report.cut_off.isoformat() if report.cut_off else say("no history: needs alone")
    facts: list[Fact] = [
        (say("from"), str(case) if case is not None else say("the ledger")),
        (say("day"), report.today.isoformat()),
        (say("use known up to"), cut_off),
        (say("horizon, days"), report.rules.horizon_days),
        (say("safety, days"), report.rules.safety_days),
        (say("futures drawn"), report.rules.paths),
        *supposed,
        (say("how"), _HOW),
    ]
    ending = out.suffix.lower()
    if ending not in (".xlsx", ".pdf"):
        save_tables(session, out, given.tables_for_programs(), title=title, day=report.today, filters=facts)
        return
    with session.stage(say("Writing {out}", out=str(out))), whole_file(session, out) as begun:
        if ending == ".pdf":
            from data.shortfall_paper import shortfall_pdf

            begun.write_bytes(shortfall_pdf(given, title=title, facts=facts, lang=session.lang))
        else:
            from data.shortfall_book import write_shortfall_book

            write_shortfall_book(begun, given, title=title, facts=facts, lang=session.lang)
    session.tell(say("Saved: {file}", file=str(out)))


_HOW = say(
    "Every row runs down the same drawn futures, first-expiring first; sums have quantiles of their own. What is "
    "overdue is not counted upon. Depots' stock, then neighbours' surplus, then orders on their way come before "
    "buying. See docs/shortfall.md."
)
