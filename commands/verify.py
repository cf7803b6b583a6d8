"""`allocator verify`: a plan checked against its case, without any engine."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.sentence import say
from commands.grammar import argument, command
from commands.reading import read_case_or_refuse
from commands.session import session_of


@command(
    say(
        "Check a plan against its case: every limit re-added in whole units, every step of the proof in exact "
        "arithmetic, the fairness of the whole packs. No engine and no solver takes part. Exit status: 0 it "
        "holds, 4 it does not, with the first thing that does not hold."
    ),
    examples=("allocator verify county plan",),
)
@argument("case", type=click.Path(path_type=Path), metavar="CASE")
@argument("plan", type=click.Path(path_type=Path), metavar="DIR")
@click.pass_context
def run(context: click.Context, /, case: Path, plan: Path) -> None:
    """Read both, check, say so."""
    session = session_of(context)
    if not plan.is_dir():
        session.refuse(say("{out} is not a folder. Name the folder that holds the plan.", out=str(plan)), status=2)
    read = read_case_or_refuse(session, case)
    from allocator.verify import verify
    from data.case_digest import other_case
    from data.os_reasons import reason_of
    from data.plan_reading import read_plan

    try:
        with session.stage(say("Reading {out}", out=str(plan))):
            plan_read = read_plan(plan, read)
    except OSError as error:
        session.refuse(say("{out} cannot be read: {why}.", out=str(plan), why=reason_of(error)), status=2)
    with session.stage(say("Checking")):
        # What does not hold is named before the digest, which only says that something differs.
        fault = verify(read, plan_read) or other_case(plan_read.summary, read)
    if fault is not None:
        session.show_json("allocator.verify/1", {"holds": False, "fault": session.word(fault)})
        session.show(session.word(fault))
        context.exit(4)
    session.show_json("allocator.verify/1", {"holds": True, "fault": None})
    session.show(session.word(say("The plan holds: limits, fair shares, whole packs and every step of its proof.")))
