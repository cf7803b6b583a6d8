"""`allocator scenario stress`: a case under many draws of what nobody knows, and what to decide in view of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import click

from allocator.sentence import Sentence, say
from commands.grammar import Listing, argument, command, option
from commands.moments import DAY
from commands.scenario_group import run as group
from commands.scenario_source import ground_of
from commands.session import session_of
from commands.stress_steps import (
    asked_for,
    check_place,
    digested,
    drawn_trials,
    keep,
    run_all,
    tell_what_fits_nothing,
)
from commands.stress_view import show_stress

__all__ = ["stress"]

_DRAWS_MAX = 100_000


def _stresses() -> dict[str, Sentence]:
    from scenarios.known import stress_files
    from scenarios.stress_reading import read_stress

    return {
        name: Sentence("{says}", {"says": read_stress(path).scenario.told}) for name, path in stress_files().items()
    }


@command(
    say(
        "Run a case, or the ledger, under many draws of what is uncertain, and each decision against every draw. FILE "
        "says what is uncertain and what can be decided; the manifest of an earlier stress runs that one again, and "
        "says whether the same came out, byte for byte. What was run is kept in DIR: broken off with Ctrl-C, the same "
        "command goes on from there. Exit status: 0 done, 1 broken off, 2 something cannot be read, 4 another result "
        "than the manifest's."
    ),
    examples=(
        "allocator scenario stress county --case county --out stressed",
        "allocator scenario stress mine.toml --draws 1000 --on dask --scheduler tcp://10.0.0.5:8786 --out stressed",
        "allocator scenario stress stressed/manifest.json --case county --out again",
    ),
    listing=Listing(say("Stresses that come with the program"), _stresses),
    right="try-scenarios",
    within=group,
    name="stress",
)
@argument("file", metavar="NAME|FILE")
@option("--case", type=click.Path(path_type=Path), metavar="CASE", says=say("A case instead of the ledger."))
@option("--date", "day", type=DAY, metavar="DATE", says=say("The day of the ledger to plan for; default: today."))
@option("--draws", type=click.IntRange(2, _DRAWS_MAX), default=256, show_default=True, says=say("How many draws."))
@option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True, says=say("From which all draws follow.")
)
@option(
    "--sampler",
    type=click.Choice(["hypercube", "montecarlo"]),
    default="hypercube",
    show_default=True,
    says=say("hypercube: spread evenly over each quantity; montecarlo: freely."),
)
@option(
    "--on", type=click.Choice(["local", "dask"]), default="local", show_default=True, says=say("Where runs are made.")
)
@option("--processes", type=click.IntRange(1, 1024), metavar="N", says=say("How many at once; default: every core."))
@option(
    "--scheduler", default="", metavar="ADDRESS", says=say("Of a running Dask cluster; default: one of this machine.")
)
@option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="DIR", says=say("Folder for all that comes out.")
)
@click.pass_context
def stress(
    context: click.Context,
    /,
    *,
    file: str,
    case: Path | None,
    day: dt.date | None,
    draws: int,
    seed: int,
    sampler: str,
    on: str,
    processes: int | None,
    scheduler: str,
    out: Path,
) -> None:
    """Read, draw, run what is missing, judge, show, keep."""
    from scenarios.ensemble import Engine, Kept, cores
    from scenarios.manifest import digest_of
    from scenarios.stress_drawn import stress_drawn

    session = session_of(context)
    if scheduler and on != "dask":
        session.refuse(say("--scheduler belongs to --on dask. Add --on dask, or leave it out."), status=2)
    asked, given = asked_for(session, file, draws=draws, seed=seed, sampler=sampler)
    ground = digested(ground_of(context, case, day))
    if asked.ground not in ("", ground.digest):
        session.refuse(
            say("This is not the case that the manifest was made on, so the same cannot come out. Give that case."),
            status=2,
        )
    wanted = dataclasses.replace(asked, ground=ground.digest, results="")
    check_place(session, out, wanted)
    drawn = drawn_trials(session, given, asked)
    idle = tell_what_fits_nothing(session, given, ground)
    engine = Engine(on=on, processes=processes or cores(), scheduler=scheduler)
    results = run_all(session, ground, drawn, engine, Kept(out / "runs"))
    made = dataclasses.replace(wanted, results=digest_of(results))
    facts = [(say("seed"), str(made.seed)), (say("draws"), str(made.draws)), (say("sampler"), made.sampler)]
    day_planned, word = ground.planning.day, session.word
    keep(session, out, made, stress_drawn(given, drawn, results, idle, day=day_planned, facts=facts, word=word))
    show_stress(session, given, drawn, results, out, idle)
    if asked.results not in ("", made.results):
        session.refuse(
            say(
                "Another result came out than the manifest says. It was made with: {versions}.",
                versions=", ".join(f"{name} {number}" for name, number in asked.versions.items()),
            ),
            status=4,
        )
    if asked.results:
        session.tell(say("The same came out as the manifest says, byte for byte."))
