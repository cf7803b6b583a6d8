"""Run the allocation for a command, write its folder whole, and show it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.planned_day import SCENARIO
from allocator.sentence import Named, Sentence, say
from commands.folders import whole_file, whole_folder
from commands.session import Session

if TYPE_CHECKING:
    from allocator.case import Case
    from allocator.plan import Plan
    from allocator.plan_results import WorstOff

__all__ = [
    "PLAN_FILES",
    "decide",
    "export_whole",
    "plan_facts",
    "show_and_explain",
    "show_decision",
    "show_kept",
    "write_whole",
]

PLAN_FILES = frozenset(
    {
        "lines.csv",
        "pairs.csv",
        "reasons.csv",
        "stops.csv",
        "lots.csv",
        "substitutes.csv",
        "overrides.csv",
        "proof.json",
        "summary.json",
        "timings.json",
        "plan.xlsx",
        SCENARIO,
        # Of a plan from the ledger: where its needs come from.
        *("sources.csv", "activity.csv", "unusual.csv", "raised.csv", "estimates.csv"),
    }
)
"""Everything a plan's folder may hold: a folder with other things is never replaced."""


def decide(session: Session, case: Case, *, engine: str = "fast", solver: str | None = None) -> Plan:
    """Run the engine.

    Raises:
        Refused: not one unit can be sent to a pair that needs it (status 3), there is no such solver
            (2), or it found no answer (1).

    """
    from allocator.allocate import allocate
    from allocator.plan import NothingToSend
    from data.case_digest import with_case_digest

    try:
        with session.stage(say("Deciding who gets what")):
            return with_case_digest(allocate(case, engine=engine, solver=solver), case)
    except NothingToSend as nothing:
        session.refuse(nothing.sentence, status=3)
    except Exception as error:
        # Only the reference engine knows solvers, and only it should load them.
        if engine != "reference":
            raise
        from allocator.reference import SolverFailed, SolverUnknown

        if isinstance(error, SolverUnknown):
            session.refuse(error.sentence, status=2)
        if isinstance(error, SolverFailed):
            session.refuse(error.sentence)
        raise


def export_whole(session: Session, case: Case, path: Path) -> None:
    """Write the reference model for other solvers, or nothing.

    Raises:
        Refused: the file cannot be written.

    """
    from allocator.need import needs_of
    from allocator.reference import export

    with session.stage(say("Writing {out}", out=str(path))), whole_file(session, path) as begun:
        export(needs_of(case), begun)


def write_whole(session: Session, plan: Plan, case: Case, out: Path, *, workbook: bool = True) -> None:
    """Write every file of the plan, or none.

    Raises:
        Refused: `out` holds other things, or cannot be written.

    """
    from data.plan_files import write_plan

    with session.stage(say("Writing {out}", out=str(out))), whole_folder(session, out, may_hold=PLAN_FILES) as folder:
        write_plan(plan, case, folder, xlsx=workbook)


def show_and_explain(
    session: Session, plan: Plan, case: Case, *, case_path: Path, out: Path, workbook: bool = True
) -> None:
    """Print what was decided and written; the last line says why the worst-off stand where they stand."""
    file = out / ("plan.xlsx" if workbook else "lines.csv")
    check = shlex.join(["allocator", "verify", str(case_path), str(out)])
    hints = (say("To read and print: {file}", file=str(file)), say("To check it: {command}", command=check))
    show_decision(session, plan, case, named=str(out), told={"out": str(out)}, hints=hints)


def show_kept(session: Session, plan: Plan, case: Case, *, named: str, told: Mapping[str, Any]) -> None:
    """Print a plan that is kept in the ledger under a name; `told`: what JSON says beside it."""
    export = shlex.join(["allocator", "show", named, "--out", named])
    check = shlex.join(["allocator", "verify", named])
    hints = (say("To read and print: {file}", file=export), say("To check it: {command}", command=check))
    show_decision(session, plan, case, named=named, told={"plan": named, **told}, hints=hints)


def show_decision(
    session: Session, plan: Plan, case: Case, *, named: str, told: Mapping[str, Any], hints: Iterable[Sentence]
) -> None:
    """Print a plan, what can be done with it, and why the worst-off stand where they stand.

    `named`: what `allocator why` calls it.
    """
    if session.as_json:
        session.show_json("allocator.plan/1", {**told, **plan_facts(session, plan, case)})
        return
    from allocator.plan_results import worst_off
    from commands.plan_view import show_plan

    show_plan(session, case, plan)
    for note in plan.notes:
        session.tell(note)
    session.show()
    word = session.word
    for hint in hints:
        session.show(word(hint))
    lowest = worst_off(case, plan)
    if lowest is None:
        session.show(word(say("Every need is met to the top of the ladder; nothing is short.")))
        return
    ask = shlex.join(["allocator", "why", named, lowest.site, lowest.item])
    session.show(word(say("To ask why: {command}", command=ask)))
    session.show()
    session.show(word(_why_lowest(lowest)))


def _why_lowest(lowest: WorstOff) -> Sentence:
    item = Named(lowest.item, lowest.item_name, lowest.item_name_zh)
    if lowest.durable:
        holds = say("{percent}% of the {item} it must hold", percent=f"{100 * lowest.cover:.0f}", item=item)
    else:
        holds = say("{days} days of {item}", days=f"{lowest.cover:.2f}", item=item)
    site = Named(lowest.site, lowest.site_name, lowest.site_name_zh, with_code=True)
    return say(
        "Of those that stock can reach, {site} stands lowest, with {holds}: {why}",
        site=site,
        holds=holds,
        why=lowest.reason,
    )


def plan_facts(session: Session, plan: Plan, case: Case) -> dict[str, Any]:
    """Return what is shown of a plan as plain JSON values."""
    import dataclasses
    import math

    from allocator.plan_results import items_short, results_by_tier, worst_off

    def plain(value: Any) -> dict[str, Any]:
        fields = dataclasses.asdict(value)
        return {key: None if isinstance(x, float) and math.isnan(x) else x for key, x in fields.items()}

    lowest = worst_off(case, plan)
    return {
        "date": case.policy.date.isoformat(),
        "tiers": [plain(result) for result in results_by_tier(case, plan)],
        "items_short": [plain(item) for item in items_short(case, plan)],
        "worst_off": None if lowest is None else plain(lowest) | {"reason": session.word(lowest.reason)},
        "notes": [session.word(note) for note in plan.notes],
        "summary": dict(plan.summary),
    }
