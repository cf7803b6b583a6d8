"""`allocator snapshot`: the ledger as a folder of tables."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.folders import check_folder, whole_file, whole_folder
from commands.grammar import command, option
from commands.moments import DAY
from commands.needs_view import needs_facts, show_needs
from commands.on_ledger import on_ledger
from commands.sample import CASE_FILES
from commands.session import Session
from commands.snapshotting import take_snapshot

if TYPE_CHECKING:
    from allocator.planning import PlanningCase
    from data.snapshot_taken import Taken


@command(
    say(
        "Write the ledger as a case, for `allocator plan` or for people: who needs what, what is where, what is on its "
        "way, as it is known now. Stock is that of the end of the day; what happened later is left out."
    ),
    examples=("allocator snapshot --out county", "allocator snapshot --out county.xlsx --date 2020-02-10 --lang zh"),
    right="see-plans",
)
@option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="CASE",
    says=say("Folder for the case, or an .xlsx workbook; a former case in it is replaced."),
)
@option("--date", "day", type=DAY, metavar="DATE", says=say("The day to plan for; default: today."))
@click.pass_context
def run(context: click.Context, /, out: Path, day: dt.date | None) -> None:
    """Take the snapshot, write it whole, say from what."""
    with on_ledger(context, reads=True) as desk:
        from data.snapshot_taken import planning_of

        workbook = out.suffix.lower() == ".xlsx"
        if not workbook:
            check_folder(desk.session, out, may_hold=CASE_FILES)
        taken = take_snapshot(desk, day)
        planning = planning_of(desk.ledger, taken)
        (_write_workbook if workbook else _write_folder)(desk.session, taken, planning, out)
        _show(desk.session, taken, out)


def _write_workbook(session: Session, taken: Taken, planning: PlanningCase, out: Path) -> None:
    from data.case_writing import write_case

    try:
        with whole_file(session, out) as file, tempfile.TemporaryDirectory(prefix="allocator-") as beside:
            _write_beside(taken, Path(beside))
            write_case(taken.case, file, lang=session.lang, beside=Path(beside), planning=planning)
    except ValueError:
        session.refuse(say("This case has more rows than a workbook holds. Name a folder with --out."), status=2)


def _write_folder(session: Session, taken: Taken, planning: PlanningCase, out: Path) -> None:
    from data.case_writing import write_case

    with whole_folder(session, out, may_hold=CASE_FILES) as folder:
        write_case(taken.case, folder, planning=planning)
        _write_beside(taken, folder)


def _write_beside(taken: Taken, folder: Path) -> None:
    """Write where needs come from and what was estimated."""
    from data.estimating import write_estimates
    from data.origin_files import write_origins

    write_origins(taken.told.settled, folder)
    write_estimates(taken.told.estimates, taken.case, folder)


def _show(session: Session, taken: Taken, out: Path) -> None:
    from data.case_digest import case_digest
    from data.needs_told import told_of

    case, told = taken.case, told_of(taken.told.settled)
    facts = {"out": str(out), "date": case.policy.date.isoformat(), "document": taken.document}
    counts = {"sites": len(case.sites), "needs": len(case.needs), "stock": len(case.stock)}
    digest = {"case_digest": case_digest(case)}
    session.show_json("allocator.snapshot/1", facts | digest | counts | needs_facts(session, told))
    session.show(
        session.word(
            say(
                "{out}: the ledger on {date}, up to document {document}, with {sites} sites, {needs} needs and "
                "{stock} rows of stock.",
                **facts,
                **{what: f"{count:,}" for what, count in counts.items()},
            )
        )
    )
    show_needs(session, told, case)
