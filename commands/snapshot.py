"""`allocator snapshot`: the ledger as a folder of tables."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import click

from allocator.sentence import say
from commands.folders import check_folder, whole_file, whole_folder
from commands.grammar import command, option
from commands.moments import DAY
from commands.needs_view import needs_facts, show_needs
from commands.on_ledger import on_ledger
from commands.sample import CASE_FILES
from commands.snapshotting import take_snapshot


@command(
    say(
        "Write the ledger as a case, for `allocator plan` or for people: who needs what, what is where, what is on its "
        "way, as it is known now. Stock is that of the end of the day; what happened later is left out."
    ),
    examples=("allocator snapshot --out county", "allocator snapshot --out county.xlsx --date 2020-02-10 --lang zh"),
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
    with on_ledger(context, seals=False, anybody=True) as desk:
        from data.case_digest import case_digest
        from data.case_writing import write_case
        from data.estimating import write_estimates
        from data.needs_told import told_of
        from data.origin_files import write_origins
        from models.database import reading
        from models.planning_known import planning_known

        session, workbook = desk.session, out.suffix.lower() == ".xlsx"
        if not workbook:
            check_folder(session, out, may_hold=CASE_FILES)
        taken = take_snapshot(desk, day)
        case = taken.case
        with reading(desk.ledger.engine) as connection:
            planning = planning_known(connection, case, document=taken.document, zone=desk.ledger.zone)
        if workbook:
            try:
                with whole_file(session, out) as file, tempfile.TemporaryDirectory(prefix="allocator-") as beside:
                    write_origins(taken.told.settled, Path(beside))
                    write_estimates(taken.told.estimates, case, Path(beside))
                    write_case(case, file, lang=session.lang, beside=Path(beside), planning=planning)
            except ValueError:
                session.refuse(
                    say("This case has more rows than a workbook holds. Name a folder with --out."), status=2
                )
        else:
            with whole_folder(session, out, may_hold=CASE_FILES) as folder:
                write_case(case, folder, planning=planning)
                write_origins(taken.told.settled, folder)
                write_estimates(taken.told.estimates, case, folder)
        date, digest = case.policy.date.isoformat(), case_digest(case)
        counts = {"sites": len(case.sites), "needs": len(case.needs), "stock": len(case.stock)}
        told = told_of(taken.told.settled)
        facts = {"out": str(out), "date": date, "document": taken.document, "case_digest": digest}
        session.show_json(
            "allocator.snapshot/1",
            facts | counts | needs_facts(session, told),
        )
        session.show(
            session.word(
                say(
                    "{out}: the ledger on {date}, up to document {document}, with {sites} sites, {needs} needs and "
                    "{stock} rows of stock.",
                    out=str(out),
                    date=date,
                    document=taken.document,
                    **{what: f"{count:,}" for what, count in counts.items()},
                )
            )
        )
        show_needs(session, told, case)
