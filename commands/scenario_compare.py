"""`allocator scenario compare`: several what-ifs side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.drawn_files import check_drawn_file, drawn_file_option, save_drawn
from commands.grammar import argument, command, option
from commands.moments import DAY
from commands.scenario_group import run as group
from commands.scenario_run import show_movers
from commands.scenario_source import ground_of, scenarios_named, tell_idle
from commands.scenario_view import show_outcomes
from commands.session import Session, session_of

if TYPE_CHECKING:
    from allocator.pictured import DrawnOut
    from scenarios.comparing import Comparison
    from scenarios.running import Run

__all__ = ["compare"]

_MOST = 12


@command(
    say(
        "Put scenarios side by side, the day as it is first: what comes of each, by tier, kind, area, item and site; "
        "who gains and who loses."
    ),
    examples=(
        "allocator scenario compare holiday-return truck-strike",
        "allocator scenario compare holiday-return mine.toml --case county --out side-by-side.xlsx",
        "allocator scenario compare half-the-stock donation-flood --case county --out side-by-side.svg",
    ),
    right="try-scenarios",
    within=group,
    name="compare",
)
@argument("names", nargs=-1, required=True, metavar="NAME|FILE...")
@option("--case", type=click.Path(path_type=Path), metavar="CASE", says=say("A case instead of the ledger."))
@option("--date", "day", type=DAY, metavar="DATE", says=say("The day of the ledger to plan for; default: today."))
@drawn_file_option
@click.pass_context
def compare(
    context: click.Context, /, *, names: tuple[str, ...], case: Path | None, day: dt.date | None, out: Path | None
) -> None:
    """Run each, show them, save them."""
    from scenarios.comparing import compared
    from scenarios.outcome_words import run_facts
    from scenarios.running import run_scenario
    from scenarios.scenario import BASELINE

    session = session_of(context)
    check_drawn_file(session, out)
    if len(names) > _MOST:
        session.refuse(
            say(
                "{count} scenarios are too many to read side by side; name {most} at most.",
                count=len(names),
                most=_MOST,
            ),
            status=2,
        )
    asked = {each.name: each for each in (BASELINE, *scenarios_named(session, names))}
    ground = ground_of(context, case, day)
    runs = []
    for each in asked.values():
        with session.stage(say("Running {scenario}", scenario=each.named)):
            runs.append(run_scenario(ground.planning, each, ground.coefficients, posture=ground.posture))
        tell_idle(session, each, runs[-1].changed)
    comparison = compared(runs)
    session.show_json(
        "allocator.scenario-comparison/1",
        {"date": ground.planning.day.isoformat(), "runs": [run_facts(each) for each in runs]},
    )
    show_outcomes(session, runs)
    show_movers(session, runs, comparison)
    if out is not None:
        save_drawn(session, out, _drawn(session, runs, comparison, str(case) if case is not None else ""))


def _drawn(session: Session, runs: Sequence[Run], comparison: Comparison, case: str) -> DrawnOut:
    """Return all that is saved of a comparison."""
    from scenarios.comparison_drawn import comparison_drawn

    facts = [(say("from"), case or say("the ledger"))]
    return comparison_drawn(runs, comparison, facts=facts, word=session.word, lang=session.lang)
