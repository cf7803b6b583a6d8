"""`allocator backup`: the whole ledger in one file, proved from that file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import say
from commands.folders import whole_file
from commands.grammar import command, option
from commands.on_ledger import Desk, address_of, on_ledger, seal_now
from commands.secret_files import SECRET_OPTION, secret_of

if TYPE_CHECKING:
    from models.audit import Report

__all__ = ["numbers_of", "run"]


@command(
    say(
        "Write one state of the whole ledger into one file, while others go on working, and replay it from that file. "
        "The file is an SQLite database, whichever the ledger is in. The key that signs is not in it: keep a copy of "
        "that apart. Exit status: 4 where what was written does not hold."
    ),
    examples=(
        "allocator backup --out backups/2020-02-10.ledger",
        "allocator backup --out /mnt/away/county.backup --secret-file backup.secret",
    ),
    right="keep-backups",
)
@option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say("The file to write; a former one is replaced once the new one is whole."),
)
@SECRET_OPTION
@click.pass_context
def run(context: click.Context, /, *, out: Path, secret_file: Path | None) -> None:
    """Seal, write, replay, encrypt, say what was written."""
    with on_ledger(context, reads=True) as desk:
        from models.audit import audit
        from models.backing_up import backup, from_backup

        session = desk.session
        secret = secret_of(session, secret_file)
        seal_now(session, desk.ledger)
        with (
            whole_file(session, out) as place,
            tempfile.TemporaryDirectory(prefix=".backup-", dir=place.parent) as folder,
        ):
            plain = Path(folder) / "ledger.sqlite"
            with session.stage(say("Writing {out}", out=str(out))):
                backup(desk.ledger, plain, called=str(out))
            with session.stage(say("Replaying what was written")), from_backup(plain) as written:
                report = audit(written, at=desk.now)
            _put(plain, place, secret)
        _say(desk, out, report, encrypted=secret is not None)
    if report.fault is not None:
        context.exit(4)


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


def _say(desk: Desk, out: Path, report: Report, *, encrypted: bool) -> None:
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
