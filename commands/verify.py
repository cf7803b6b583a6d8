"""`allocator verify`: a plan checked against its case, without any engine."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.sentence import Sentence, say
from commands.grammar import argument, command
from commands.on_ledger import on_ledger
from commands.reading import read_case_or_refuse
from commands.session import Session, session_of
from commands.verify_levels import fault_of_levels, is_by_levels
from models.cut_words import is_name


@command(
    say(
        "Check a plan against its case: every limit re-added in whole units, every step of the proof in exact "
        "arithmetic, the fairness of the whole packs. No engine and no solver takes part. In place of both, CASE may "
        "name a plan that is kept in the ledger: then the case is taken from the ledger again, up to the plan's "
        "document, and the plan is checked as it was proposed and with its overrides. Exit status: 0 it holds, 4 it "
        "does not, with the first thing that does not hold."
    ),
    examples=("allocator verify county plan", "allocator verify P2020-02-10-1"),
    right="see-plans",
)
@argument("case", metavar="CASE")
@argument("plan", type=click.Path(path_type=Path), metavar="[DIR]", required=False)
@click.pass_context
def run(context: click.Context, /, case: str, plan: Path | None) -> None:
    """Read both, check, say so."""
    session = session_of(context)
    if plan is None:
        if not is_name(case):
            raise click.MissingParameter(ctx=context, param_hint="'DIR'", param_type="argument")
        fault = _fault_of_kept(context, case)
    else:
        fault = _fault_of_folder(session, Path(case), plan)
    session.show_json(
        "allocator.verify/1", {"holds": fault is None, "fault": None if fault is None else session.word(fault)}
    )
    if fault is not None:
        session.show(session.word(fault))
        context.exit(4)
    session.show(session.word(say("The plan holds: limits, fair shares, whole packs and every step of its proof.")))


def _fault_of_kept(context: click.Context, name: str) -> Sentence | None:
    with on_ledger(context, reads=True) as desk:
        from data.stored_plan import verify_stored
        from models.database import reading
        from models.plans import find_plan

        with reading(desk.ledger.engine) as connection, desk.session.stage(say("Checking")):
            return verify_stored(connection, find_plan(connection, name), desk.ledger.zone)


def _fault_of_folder(session: Session, case: Path, plan: Path) -> Sentence | None:
    if not plan.is_dir():
        session.refuse(say("{out} is not a folder. Name the folder that holds the plan.", out=str(plan)), status=2)
    read = read_case_or_refuse(session, case)
    if is_by_levels(plan):
        return fault_of_levels(session, read, plan)
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
        return verify(read, plan_read) or other_case(plan_read.summary, read)
