"""`allocator backup`: the whole ledger in one file, proved from that file."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.folders import folder_beside, whole_file
from commands.grammar import command, option
from commands.on_ledger import Desk, address_of, on_ledger, seal_now
from commands.secret_files import SECRET_OPTION, secret_of

if TYPE_CHECKING:
    from commands.backup_keeping import Keeper, Kept
    from models.audit import Report

__all__ = ["numbers_of", "run"]


@command(
    say(
        "Write one state of the whole ledger into one file, while others go on working, and replay it from that file. "
        "The file is an SQLite database, whichever the ledger is in. The key that signs is not in it: keep a copy of "
        "that apart. With --keep backups are kept in a folder, and those that are no longer wanted go once the new one "
        "holds. Exit status: 4 where what was written does not hold."
    ),
    examples=(
        "allocator backup --out backups/2020-02-10.ledger",
        "allocator backup --out /mnt/away/county.backup --secret-file backup.secret",
        "allocator backup --out /mnt/away --keep '7 daily, 4 weekly, 12 monthly'",
    ),
    right="keep-backups",
)
@option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say("The file to write, or the folder with --keep; a former file is replaced once the new one is whole."),
)
@SECRET_OPTION
@option(
    "--keep",
    default="",
    metavar="TEXT",
    says=say(
        "Write a new file into the folder --out, and keep of those that held the newest of each of the last days, "
        "weeks, months and years: '7 daily, 4 weekly, 12 monthly'. Nothing else there is touched."
    ),
)
@option("--dry-run", is_flag=True, says=say("With --keep: only say what would be taken away."))
@click.pass_context
def run(context: click.Context, /, *, out: Path, secret_file: Path | None, keep: str, dry_run: bool) -> None:
    """Seal, write, replay, encrypt, take away what is no longer wanted, say what was written."""
    with on_ledger(context, reads=True) as desk:
        session = desk.session
        keeper = _keeper(desk, out, keep)
        if dry_run:
            _look(desk, keeper)
            return
        secret = secret_of(session, secret_file)
        if keeper is not None:
            out = keeper.file(encrypted=secret is not None)
        report = _written(desk, out, secret)
        kept, wrong = _noted(keeper, out, report)
        _say(desk, out, report, kept, encrypted=secret is not None)
        if keeper is not None and kept is not None:
            keeper.say(kept, really=True)
        if wrong:
            session.refuse(*wrong)
    if report.fault is not None:
        context.exit(4)


def _keeper(desk: Desk, folder: Path, keep: str) -> Keeper | None:
    """Return who keeps backups in a folder, None where one file is asked for."""
    if not keep:
        return None
    from commands.backup_keeping import Keeper
    from data.kept_backups import keep_of

    wanted = keep_of(keep)
    if folder.exists() and not folder.is_dir():
        desk.session.refuse(say("{out} is a file. With --keep name a folder.", out=str(folder)), status=2)
    return Keeper(desk, folder, wanted)


def _noted(keeper: Keeper | None, out: Path, report: Report) -> tuple[Kept | None, tuple[Sentence, ...]]:
    """Return what became of the folder, or why nothing did: what was written is to be told all the same."""
    from models.entry import Refusal

    if keeper is None:
        return None, ()
    try:
        return keeper.note(out, holds=report.fault is None), ()
    except Refusal as refusal:
        return None, refusal.sentences


def _look(desk: Desk, keeper: Keeper | None) -> None:
    if keeper is None:
        desk.session.refuse(say("--dry-run belongs to --keep. Add --keep, or leave it out."), status=2)
    kept = keeper.look()
    desk.session.show_json("allocator.backup/1", {"dry_run": True, **dataclasses.asdict(kept)})
    keeper.say(kept, really=False)


def _written(desk: Desk, out: Path, secret: bytes | None) -> Report:
    """Write a backup, whole or not at all; return what was seen in it."""
    from models.audit import audit
    from models.backing_up import backup, from_backup

    session = desk.session
    seal_now(session, desk.ledger)
    with whole_file(session, out) as place, folder_beside(place, "backup") as folder:
        plain = folder / "ledger.sqlite"
        with session.stage(say("Writing {out}", out=str(out))):
            backup(desk.ledger, plain, called=str(out))
        with session.stage(say("Replaying what was written")), from_backup(plain) as written:
            report = audit(written, at=desk.now)
        _put(plain, place, secret)
    return report


def _put(plain: Path, place: Path, secret: bytes | None) -> None:
    """Put the file, or its encrypted form, where it belongs, for its owner alone."""
    if secret is None:
        plain.replace(place)
        return
    from data.encrypted_file import encrypt

    place.touch(mode=0o600)
    with plain.open("rb") as source, place.open("wb") as target:
        encrypt(source, target, secret)


def numbers_of(report: Report) -> dict[str, Any]:
    """Return how much an audit saw, for a person or a program."""
    return {
        "documents": report.documents,
        "lines": report.lines,
        "versions": report.versions,
        "leaves": report.tree.leaves,
        "heads": report.tree.heads,
    }


def _say(desk: Desk, out: Path, report: Report, kept: Kept | None, *, encrypted: bool) -> None:
    from data.sealed import key_file_of

    session, fault = desk.session, report.fault
    key = str(key_file_of(address_of(session)))
    session.show_json(
        "allocator.backup/1",
        {
            "out": str(out),
            "encrypted": encrypted,
            "holds": fault is None,
            "fault": fault and session.word(fault.sentence),
            "numbers": numbers_of(report),
            "key": key,
            **({} if kept is None else dataclasses.asdict(kept)),
        },
    )
    if fault is not None:
        session.show(
            session.word(
                say(
                    "{out} is written as the ledger stands, and does not hold: {fault} allocator audit check says the "
                    "same of the ledger. Keep the backups from before.",
                    out=str(out),
                    fault=fault.sentence,
                )
            )
        )
        return
    session.show(
        session.word(
            say(
                "{out} holds the whole ledger, replayed from the file. Documents: {documents}; lines: {lines}; "
                "changes of master data: {versions}; leaves: {leaves}; signed heads: {heads}. The key that signs, "
                "{key}, is not in it: keep a copy of that apart.",
                out=str(out),
                key=key,
                **numbers_of(report),
            )
        )
    )
