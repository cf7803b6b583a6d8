"""`allocator import`: files into the ledger, all or nothing for each of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Named, Sentence, say
from commands.grammar import Listing, argument, command, option
from commands.moments import DAY
from commands.on_ledger import Desk, on_ledger
from commands.reading import tell_notices

if TYPE_CHECKING:
    from data.import_files import Upload
    from data.problems import ProblemList
    from models.imports import Taken


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
    """One file: what it holds, or why it was not taken in."""

    path: Path
    upload: Upload | None
    problems: ProblemList
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
@option("--day", type=DAY, metavar="DATE", says=say("When rows without a day happened; default: today."))
@click.pass_context
def run(
    context: click.Context, /, *, files: tuple[Path, ...], dry_run: bool, kind: str | None, day: dt.date | None
) -> None:
    """Read all, then take in one file after the other, catalogue first."""
    from data.import_files import read_upload
    from data.problems import ProblemList

    with on_ledger(context, seals=not dry_run) as desk:
        read: list[_File] = []
        for path in dict.fromkeys(files):
            problems = ProblemList()
            with desk.session.stage(say("Reading {file}", file=str(path))):
                read.append(_File(path, read_upload(path, kind, problems), problems))
        read.sort(key=lambda file: file.upload.rank if file.upload else 0)
        for file in read:
            with desk.session.stage(say("Taking in {file}", file=str(file.path))):
                _take(desk, file, day, dry_run=dry_run)
            _tell(desk, file)
        _show(desk, read, dry_run=dry_run)


def _take(desk: Desk, file: _File, day: dt.date | None, *, dry_run: bool) -> None:
    """Take in one file, and note what came of it."""
    from data.import_reading import Hand, incoming
    from models.database import reading
    from models.entry import Refusal
    from models.import_known import ledger_known
    from models.imports import take_in
    from models.versions import Stamp

    if file.upload is None:
        file.status = 2
        return
    with reading(desk.ledger.engine) as connection:
        known = ledger_known(connection)
    hand = Hand(actor=desk.actor, now=desk.now, zone=desk.ledger.zone, day=day)
    found = incoming(file.upload, known, hand, file.problems)
    if found is None:
        file.status = 2
        return
    try:
        file.taken = take_in(desk.ledger, found, Stamp(desk.actor, desk.now), dry_run=dry_run)
    except Refusal as refusal:
        file.refused, file.status = refusal.sentences, 1


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
    session.show_json("allocator.import/1", {"dry_run": dry_run, "files": [_json(file) for file in files]})


def _json(file: _File) -> dict[str, Any]:
    taken, upload = file.taken, file.upload
    if taken is None or upload is None:
        return {"file": str(file.path)}
    return {
        "file": str(file.path),
        "sha256": upload.digest,
        "nothing_new": taken.is_nothing_new,
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
