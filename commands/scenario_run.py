"""`allocator scenario run`: plan one what-if beside the day as it is."""

from __future__ import annotations

import datetime as dt
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.folders import check_folder, whole_folder
from commands.grammar import argument, command, option
from commands.moments import DAY
from commands.plan_view import table
from commands.scenario_group import run as group
from commands.scenario_source import ground_of, scenario_named, tell_idle
from commands.scenario_view import show_outcomes
from commands.session import Session, session_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.comparing import Comparison
    from scenarios.running import Run

__all__ = ["run", "show_movers"]

_FILES = frozenset({"case", "plan", "scenario.toml"})


@command(
    say(
        "Run a scenario on the ledger, or on a case with --case, beside the day as it is: what comes of it, who loses "
        "and who gains. Nothing is kept in the ledger. With --out the case it makes, its plan and the scenario are "
        "written to a folder. Exit status: 0 done, 2 something cannot be read, 3 nothing can be sent."
    ),
    examples=(
        "allocator scenario run holiday-return",
        "allocator scenario run mine.toml --case county --out what-if",
    ),
    right="try-scenarios",
    within=group,
    name="run",
)
@argument("name", metavar="NAME|FILE")
@option("--case", type=click.Path(path_type=Path), metavar="CASE", says=say("A case instead of the ledger."))
@option("--date", "day", type=DAY, metavar="DATE", says=say("The day of the ledger to plan for; default: today."))
@option("--out", type=click.Path(path_type=Path), metavar="DIR", says=say("Folder for case, plan and scenario."))
@click.pass_context
def run(context: click.Context, /, *, name: str, case: Path | None, day: dt.date | None, out: Path | None) -> None:
    """Run the baseline and the scenario, show both, write the latter."""
    from scenarios.comparing import compared
    from scenarios.outcome_words import movers_of, run_facts
    from scenarios.running import run_scenario
    from scenarios.scenario import BASELINE

    session = session_of(context)
    scenario = scenario_named(session, name)
    if out is not None:
        check_folder(session, out, may_hold=_FILES)
    ground = ground_of(context, case, day)
    runs = []
    for each in (BASELINE, scenario):
        with session.stage(say("Running {scenario}", scenario=each.named)):
            written = out is not None and each is scenario
            made = run_scenario(ground.planning, each, ground.coefficients, posture=ground.posture, explained=written)
            runs.append(made)
    tell_idle(session, scenario, runs[1].changed)
    comparison = compared(runs)
    losers, gainers = movers_of(comparison, 1)
    session.show_json(
        "allocator.scenario-run/1",
        {
            "date": ground.planning.day.isoformat(),
            "baseline": run_facts(runs[0]),
            "run": run_facts(runs[1]),
            "lose_most": losers,
            "gain_most": gainers,
        },
    )
    show_outcomes(session, runs)
    show_movers(session, runs, comparison)
    if runs[1].nothing is not None:
        session.refuse(runs[1].nothing, status=3)
    if out is not None:
        _write(session, runs[1], out)


def show_movers(session: Session, runs: Sequence[Run], comparison: Comparison) -> None:
    """Show who loses and gains most in each run against the first."""
    from scenarios.outcome_words import movers_of

    word = session.word
    for number, each in enumerate(runs[1:], start=1):
        title = each.scenario.named.worded(session.lang)
        for found, sentence in zip(
            movers_of(comparison, number),
            (say("{scenario}: these lose most", scenario=title), say("{scenario}: these gain most", scenario=title)),
            strict=True,
        ):
            if found:
                session.show()
                session.show(word(sentence))
                rows = [(site, item, f"{share:+.1%}") for site, item, share in found]
                titles = (word(say("site")), word(say("item")), word(say("of its promise")))
                for line in table([titles, *rows], left=2):
                    session.show(f"  {line}")


def _write(session: Session, done: Run, out: Path) -> None:
    """Write the case, the plan and the scenario, or nothing."""
    from data.case_digest import with_case_digest
    from data.case_writing import write_case
    from data.plan_files import write_plan
    from scenarios.writing import toml_of

    assert done.plan is not None  # noqa: S101 - refused before
    with session.stage(say("Writing {out}", out=str(out))), whole_folder(session, out, may_hold=_FILES) as folder:
        for part in ("case", "plan"):
            (folder / part).mkdir()
        write_case(done.case, folder / "case")
        write_plan(with_case_digest(done.plan, done.case), done.case, folder / "plan", xlsx=True)
        (folder / "scenario.toml").write_text(toml_of(done.scenario), encoding="utf-8")
    check = shlex.join(["allocator", "verify", str(out / "case"), str(out / "plan")])
    session.show()
    session.show(session.word(say("To read and print: {file}", file=str(out / "plan" / "plan.xlsx"))))
    session.show(session.word(say("To check it: {command}", command=check)))
