"""`allocator import`: files into the ledger, all or nothing for each of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Named, Sentence, say
from commands.grammar import Listing, argument, command, option
from commands.import_preview import preview_json, show_preview
from commands.moments import DAY
from commands.on_ledger import Desk, on_ledger
from commands.reading import tell_notices

if TYPE_CHECKING:
    from data.import_files import Upload
    from data.mending import Mended
    from data.problems import ProblemList
    from models.imports import Incoming, Taken
    from models.versions import Stamp


def _kinds() -> dict[str, Sentence]:
    return KINDS


KINDS = {
    "areas": say("areas by their hierarchical codes"),
    "items": say("items with units and packs"),
    "sites": say("sites, depots among them"),
    "depots": say("what depots can do in a day"),
    "lanes": say("open roads from depots to sites"),
    "substitutes": say("what may be used instead of what"),
    "partners": say("suppliers, donors, levels above"),
    "needs": say("what sites use a day"),
    "drivers": say("activity at sites, from which needs are worked out"),
    "facts": say("local facts that raise a tier: confirmed cases, a cluster"),
    "fleets": say("how many of a durable item work at sites"),
    "measures": say("what a box, a bottle, a litre of an item holds"),
    "policy": say("the rationing rule (policy.toml)"),
    "opening": say("what lay where when the ledger was opened"),
    "stock": say("the same, as the stock of a case"),
    "in_transit": say("what was under way then, as in a case"),
    "receipts": say("supplies that came from partners"),
    "issues": say("supplies that were used at sites"),
    "counts": say("what was counted at sites"),
}
"""Every kind of table, in the order in which they are taken in."""


@dataclass
class _File:
    """One file: what it holds, or why it was not taken in. `as_read`: what was wrong with it by itself."""

    path: Path
    upload: Upload | None
    as_read: ProblemList
    problems: ProblemList
    mended: Mended | None = None
    taken: Taken | None = None
    refused: Sequence[Sentence] = ()
    status: int = 0


@command(
    say(
        "Take files into the ledger: CSV, .xlsx, .json, policy.toml, or the folder of a case; each whole or not at "
        "all. A file says by its name, or its sheets by theirs, what it holds; headers may be English or Chinese. "
        "The same file again changes nothing and says so."
    ),
    examples=(
        "allocator import county",
        "allocator import items.csv sites.csv receipts-0210.csv --dry-run",
        "allocator import 盘点.xlsx --as counts --day 2020-02-10",
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
@option("--day", type=DAY, metavar="DATE", says=say("When rows without a day happened; default: today."))
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    files: tuple[Path, ...],
    dry_run: bool,
    kind: str | None,
    told: tuple[str, ...],
    words: Path | None,
    day: dt.date | None,
) -> None:
    """Read all, then take in one file after the other, catalogue first, or try all of them together."""
    from commands.import_told import readers_of
    from data.import_files import read_upload
    from data.problems import ProblemList

    with on_ledger(context, seals=not dry_run) as desk:
        readers = readers_of(desk.session, told, words)
        read: list[_File] = []
        for path in dict.fromkeys(files):
            problems = ProblemList()
            with desk.session.stage(say("Reading {file}", file=str(path))):
                upload = read_upload(path, kind, problems, readers)
                read.append(_File(path, upload, problems, problems, status=0 if upload else 2))
        read.sort(key=lambda file: file.upload.rank if file.upload else 0)
        if dry_run:
            _try_all(desk, read, day)
            for file in read:
                if file.mended is not None and not desk.session.as_json:
                    show_preview(desk.session, file.mended)
        else:
            _in_passes(read, lambda file: _take(desk, file, day))
        for file in read:
            _tell(desk, file)
        _show(desk, read, dry_run=dry_run)


def _in_passes(files: Sequence[_File], take: Callable[[_File], None]) -> None:
    """Take in one file after the other; what failed is tried again once others brought what it may speak of."""
    left = [file for file in files if file.upload is not None]
    while left:
        for file in left:
            take(file)
        rest = [file for file in left if file.taken is None]
        if len(rest) == len(left):
            return
        left = rest


def _take(desk: Desk, file: _File, day: dt.date | None) -> None:
    """Take in one file, and note what came of it."""
    from models.database import reading
    from models.entry import Refusal
    from models.imports import take_in

    with desk.session.stage(say("Taking in {file}", file=str(file.path))):
        with reading(desk.ledger.engine) as connection:
            found = _incoming(desk, file, day, connection)
        try:
            file.taken = take_in(desk.ledger, found, _stamp(desk)) if found else None
        except Refusal as refusal:
            file.refused, file.status = refusal.sentences, 1


def _try_all(desk: Desk, files: Sequence[_File], day: dt.date | None) -> None:
    """Find out what would become of all files together, in one transaction that is taken back.

    One that the ledger refuses spoils the transaction, so the others are tried without it; it comes last once more.
    """
    from models.entry import Refusal
    from models.imports import only_try, take_in_with

    left = list(files)
    last: list[_File] = []
    trying = left[:1]

    def work(book: Any, names: Any) -> None:
        def take(file: _File) -> None:
            trying[:] = [file]
            found = _incoming(desk, file, day, book.connection)
            file.taken = take_in_with(desk.ledger, book, names, found, _stamp(desk)) if found else None

        for file in left:
            file.taken = None
        _in_passes(left, take)

    while left:
        try:
            only_try(desk.ledger, work)
        except Refusal as refusal:
            (file,) = trying
            file.taken, file.refused, file.status = None, refusal.sentences, 1
            left.remove(file)
            if file not in last:
                last.append(file)
                left.append(file)
        else:
            return


def _stamp(desk: Desk) -> Stamp:
    from models.versions import Stamp

    return Stamp(desk.actor, desk.now)


def _incoming(desk: Desk, file: _File, day: dt.date | None, connection: Any) -> Incoming | None:
    """Return what a file says by what the ledger knows now; None after a problem."""
    from data.import_reading import Hand, incoming
    from data.mending import mended
    from models.import_known import ledger_known
    from models.import_names import NamesKnown

    file.problems, file.refused, file.status = file.as_read.copy(), (), 0
    hand = Hand(actor=desk.actor, now=desk.now, zone=desk.ledger.zone, day=day)
    found = None
    if file.upload is not None:
        file.mended = mended(file.upload, NamesKnown(connection), file.problems)
        found = incoming(file.mended.upload, ledger_known(connection), hand, file.problems)
    file.status = 0 if found else 2
    return found


def _tell(desk: Desk, file: _File) -> None:
    """Tell what a reader of a file should know, and what came of it, in words."""
    session = desk.session
    tell_notices(session, file.problems.notices)
    if session.as_json or file.taken is None:
        return
    name = str(file.path)
    if file.taken.is_nothing_new:
        click.echo(session.word(say("{file}: nothing new; everything in it is there already.", file=name)))
    for sentence in _sentences(file.taken):
        click.echo(session.word(say("{file}: {what}", file=name, what=sentence)))


def _sentences(taken: Taken) -> Iterator[Sentence]:
    for kind, saved in taken.saved.items():
        if saved.new or saved.changed:
            counts = {"new": saved.new, "changed": saved.changed, "same": saved.same}
            yield say("{kind}: {new} new, {changed} changed, {same} as they were.", kind=_named(kind), **counts)
    if taken.policy is not None:
        yield say("policy {number} is in force.", number=taken.policy)
    for kind in [*taken.posted, *(kind for kind in taken.again if kind not in taken.posted)]:
        values: dict[str, Any] = {"kind": _named(kind), "again": taken.again.get(kind, 0)}
        if kind in taken.posted:
            values |= {"documents": taken.posted[kind], "lines": taken.lines[kind]}
            yield say("{kind}: {documents} documents with {lines} lines posted; {again} were there already.", **values)
        else:
            yield say("{kind}: {again} documents were there already.", **values)


def _named(kind: str) -> Named:
    from data.import_columns import IMPORT_TABLES

    return Named(kind, kind, IMPORT_TABLES[kind].zh)


def _show(desk: Desk, files: Sequence[_File], *, dry_run: bool) -> None:
    """End with everything that was wrong, file by file, or with what was done as JSON."""
    session = desk.session
    wrong: list[Sentence] = []
    for file in files:
        sentences = [problem.sentence for problem in file.problems.problems] or list(file.refused)
        if sentences:
            last = say("{file} was not taken in; nothing of it was written.", file=str(file.path))
            wrong += [*sentences, last]
    if wrong:
        session.refuse(*wrong, status=max(file.status for file in files))
    if dry_run:
        session.tell(say("This was a dry run: nothing was written."))
    session.show_json(
        "allocator.import/1", {"dry_run": dry_run, "files": [_json(file, dry_run=dry_run) for file in files]}
    )


def _json(file: _File, *, dry_run: bool) -> dict[str, Any]:
    taken, upload = file.taken, file.upload
    if taken is None or upload is None:
        return {"file": str(file.path)}
    return {
        "file": str(file.path),
        "sha256": upload.digest,
        "nothing_new": taken.is_nothing_new,
        **({"read": preview_json(file.mended)} if dry_run and file.mended else {}),
        "rows": {kind: vars(saved) for kind, saved in taken.saved.items()},
        "policy": taken.policy,
        "documents": {
            kind: {
                "posted": taken.posted.get(kind, 0),
                "lines": taken.lines.get(kind, 0),
                "again": taken.again.get(kind, 0),
            }
            for kind in {**taken.posted, **taken.again}
        },
    }
