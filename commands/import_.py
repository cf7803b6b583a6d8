"""`allocator import`: files into the ledger, all or nothing for each of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from allocator.sentence import Sentence, say
from commands.drop import leave_results, waiting_files
from commands.grammar import Listing, argument, command, option
from commands.import_preview import show_preview
from commands.import_returned import check_errors_file, send_back
from commands.import_saved import save_read
from commands.import_told import CHOOSE, SENDER
from commands.moments import DAY
from commands.on_ledger import Desk, on_ledger
from commands.reading import tell_notices
from commands.table_files import check_table_file
from data.import_said import file_json, taken_said, wrong_said
from data.import_taking import Asked, File, Taker, read_files, take_all, take_sound, try_all
from data.kinds_told import KINDS


def _kinds() -> dict[str, Sentence]:
    return KINDS


@command(
    say(
        "Take files into the ledger: CSV, .xlsx, .json, policy.toml, or the folder of a case; each whole or not at "
        "all. A file says by its name, or its sheets by theirs, what it holds; headers may be English or Chinese. "
        "The same file again changes nothing and says so."
    ),
    examples=(
        "allocator import county",
        "allocator import items.csv sites.csv receipts-0210.csv --dry-run --out read.xlsx",
        "allocator import --drop inbox",
        "allocator import 盘点.xlsx --as counts --day 2020-02-10",
        'allocator import 上报.xlsx --sender 黄州区 --map "可用=units" --choose "口罩=MASK" --errors 退回.xlsx',
    ),
    listing=Listing(say("Kinds"), _kinds),
)
@argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@option("--dry-run", is_flag=True, says=say("Say what would happen, and write nothing."))
@option(
    "--as",
    "kind",
    type=click.Choice(list(KINDS)),
    metavar="KIND",
    says=say("What the files hold: one of the kinds below."),
)
@option(
    "--map",
    "told",
    multiple=True,
    metavar="'HEADER=COLUMN'",
    says=say("What a header of theirs means: one of our columns, or - for none; may be given several times."),
)
@option(
    "--words",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.csv",
    says=say("Further words for headers: a CSV file with the columns table, column and word."),
)
@CHOOSE
@SENDER
@option(
    "--errors",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OUT.xlsx",
    says=say("Write the file again as a workbook in which each bad cell is marked and says what is wrong."),
)
@option(
    "--partial",
    is_flag=True,
    says=say(
        "Take in the documents that are sound and hold back the others (exit 4), which --errors writes to a workbook."
    ),
)
@option(
    "--drop",
    is_flag=True,
    says=say("FILE... are folders in which programs leave files: each is taken once, and its result lies beside it."),
)
@option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say("Also save what was read as what, all of it: .xlsx, .csv or .parquet."),
)
@option("--day", type=DAY, metavar="DATE", says=say("When rows without a day happened; default: today."))
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    files: tuple[Path, ...],
    dry_run: bool,
    kind: str | None,
    errors: Path | None,
    partial: bool,
    drop: bool,
    day: dt.date | None,
    out: Path | None,
    **said: Any,
) -> None:
    """Read all, then take in one file after the other, catalogue first, or try all of them together."""
    from models.imports import uncollected

    with on_ledger(context, seals=not dry_run) as desk, uncollected():
        files = waiting_files(desk.session, files) if drop else files
        if not files:
            desk.session.tell(say("Nothing new lies there."))
            return
        check_errors_file(desk.session, errors, files)
        check_table_file(desk.session, out)
        asked = _asked(desk, kind=kind, day=day, every=partial or errors is not None, **said)
        taker = Taker(ledger=desk.ledger, actor=desk.actor, now=desk.now, stage=desk.session.stage)
        read = read_files(taker, files, asked)
        if partial:
            take_sound(taker, read, asked, dry_run=dry_run)
        elif dry_run:
            try_all(taker, read, asked)
        else:
            _take_all(desk, taker, read, asked)
        for file in read:
            if dry_run and file.mended is not None and not desk.session.as_json:
                show_preview(desk.session, file.mended, file.problems)
        for file in read:
            _tell(desk, file)
        if out is not None:
            save_read(desk, read, out, day=day or _today(desk))
        if drop and not dry_run:
            leave_results(desk, read)
        returned = None if errors is None else send_back(desk.session, read[0], errors)
        _show(desk, read, returned, dry_run=dry_run)


def _take_all(desk: Desk, taker: Taker, files: Sequence[File], asked: Asked) -> None:
    """Take in one file after the other; where the ledger's database ends that, say what was taken in before."""
    try:
        take_all(taker, files, asked)
    except Exception:
        for file in files:
            _tell(desk, file)
        raise


def _today(desk: Desk) -> dt.date:
    from models.days import day_of

    return day_of(desk.now, desk.ledger.zone)


def _asked(
    desk: Desk,
    *,
    told: tuple[str, ...],
    words: Path | None,
    sender: str | None,
    choices: tuple[str, ...],
    **more: Any,
) -> Asked:
    """Return what was asked, with what is remembered of the sender."""
    from commands.import_told import chosen_of, readers_of, sender_of
    from models.catalogue_senders import headers_of_sender
    from models.database import reading

    session, code = desk.session, sender_of(desk.session, sender)
    with reading(desk.ledger.engine) as connection:
        remembered = headers_of_sender(connection, code) if code else {}
        chosen = chosen_of(session, choices, connection)
    readers = readers_of(session, told, words, remembered)
    return Asked(readers=readers, sender=code, chosen=chosen, **more)


def _tell(desk: Desk, file: File) -> None:
    """Tell what a reader of a file should know, and what came of it, in words."""
    session = desk.session
    tell_notices(session, file.problems.notices)
    for sentence in file.taken.said if file.taken is not None else ():
        session.tell(say("{file}: {what}", file=str(file.path), what=sentence))
    if session.as_json or file.taken is None:
        return
    name = str(file.path)
    if file.taken.is_nothing_new and not file.held:
        click.echo(session.word(say("{file}: nothing new; everything in it is there already.", file=name)))
    for sentence in taken_said(file.taken):
        click.echo(session.word(say("{file}: {what}", file=name, what=sentence)))


def _show(desk: Desk, files: Sequence[File], returned: Sentence | None, *, dry_run: bool) -> None:
    """End with everything that was wrong, file by file, or with what was done as JSON."""
    session = desk.session
    wrong = [sentence for file in files for sentence in wrong_said(file)]
    if wrong:
        session.refuse(*wrong, *([returned] if returned else []), status=max(file.status for file in files))
    if dry_run:
        session.tell(say("This was a dry run: nothing was written."))
    session.show_json(
        "allocator.import/1", {"dry_run": dry_run, "files": [file_json(file, dry_run=dry_run) for file in files]}
    )
