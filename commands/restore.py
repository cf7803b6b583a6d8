"""`allocator restore`: a ledger from a backup, once it is proved, where no ledger is."""

from __future__ import annotations

import errno
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.audit_outside import Evidence, evidence_of
from commands.backup import numbers_of
from commands.grammar import argument, command, option
from commands.on_ledger import address_of
from commands.secret_files import SECRET_OPTION, secret_of
from commands.session import Session, session_of

if TYPE_CHECKING:
    from models.audit import Report
    from models.ledger import Ledger

__all__ = ["run"]


@command(
    say(
        "Make the ledger that --db names, where nothing is yet, from a backup: in SQLite or PostgreSQL, whichever it "
        "came from. The backup is replayed first, and nothing is made where it does not hold (exit status 4). "
        "Sessions, tokens and waiting jobs are not taken along; give tokens anew."
    ),
    examples=(
        "allocator restore backups/2020-02-10.ledger --db sqlite:///county.sqlite --head kept/head-2020-02-10.txt",
        "allocator restore county.backup --secret-file backup.secret --db postgresql://localhost/county",
    ),
)
@argument("file", metavar="FILE", type=click.Path(path_type=Path))
@option(
    "--head",
    "heads",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say("A signed head that was kept elsewhere: a backup from before it does not pass."),
)
@SECRET_OPTION
@click.pass_context
def run(context: click.Context, /, *, file: Path, heads: tuple[Path, ...], secret_file: Path | None) -> None:
    """Copy, decrypt, replay, put in place, prove again."""
    from models.entry import Refusal

    session = session_of(context)
    evidence = evidence_of(session, heads)
    try:
        holds = _restored(session, file, evidence, secret_of(session, secret_file))
    except Refusal as refusal:
        session.refuse(*refusal.sentences)
    if not holds:
        context.exit(4)


def _restored(session: Session, file: Path, evidence: Evidence, secret: bytes | None) -> bool:
    """Say whether the ledger stands, as it was."""
    from models.audit import audit
    from models.backing_up import forget_sessions, from_backup, refuse_unless_empty, restore
    from models.days import now_micros
    from models.ledger import open_ledger

    address = address_of(session)
    refuse_unless_empty(address)
    with tempfile.TemporaryDirectory(prefix="allocator-restore-") as folder:
        copy = Path(folder) / "ledger.sqlite"
        _take(session, file, copy, secret)
        _carry_forward(session, file, copy)
        with session.stage(say("Replaying {file}", file=str(file))), from_backup(copy) as ledger:
            report = audit(ledger, at=now_micros(), outside=evidence.heads)
            if report.fault is None:
                _go_on(session, ledger)
                forget_sessions(ledger)
        if report.fault is not None:
            return _say(session, file, report, place="")
        with session.stage(say("Writing the ledger")):
            restore(copy, address)
    made = open_ledger(address)
    try:
        with session.stage(say("Replaying the ledger")):
            report = audit(made, at=now_micros(), outside=evidence.heads)
    finally:
        made.engine.dispose()
    return _say(session, file, report, place=address)


def _go_on(session: Session, ledger: Ledger) -> None:
    """Let what is restored be worked in, also where its ledger had moved: that may be what was lost."""
    from models.freezing import thaw

    moved = thaw(ledger.engine)
    if moved is not None:
        session.tell(
            say(
                "This backup was written while or after its ledger moved to {place}. What is restored can be worked "
                "in; what was recorded there is not in it, and no two may go on.",
                place=moved.place,
            )
        )


def _carry_forward(session: Session, file: Path, copy: Path) -> None:
    """Bring the copy of an older program's backup to this program's version; what is kept stays as it is."""
    from models.making import carry_forward
    from models.schema import HEAD

    before = carry_forward(f"sqlite:///{copy}")
    if before not in (None, HEAD):
        session.tell(
            say(
                "{file} is of version {before}; what is restored is carried forward to {version}.",
                file=str(file),
                before=before,
                version=HEAD,
            )
        )


def _take(session: Session, file: Path, copy: Path, secret: bytes | None) -> None:
    """Copy a backup, decrypted where it is encrypted: what is kept is not written to.

    Raises:
        Refusal: it cannot be decrypted.

    """
    from data.encrypted_file import decrypt, is_encrypted
    from data.os_reasons import reason_of

    try:
        if not is_encrypted(file):
            shutil.copyfile(file, copy)
            return
        if secret is None:
            session.refuse(say("{file} is encrypted. Give its secret with --secret-file.", file=str(file)), status=2)
        with file.open("rb") as sealed, copy.open("wb") as plain:
            decrypt(sealed, plain, secret)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise OSError(error.errno, error.strerror, str(copy.parent)) from error
        session.refuse(say("{file} cannot be read: {why}.", file=str(file), why=reason_of(error)), status=2)


def _say(session: Session, file: Path, report: Report, *, place: str) -> bool:
    from models.ledger_file import place_of

    fault = report.fault
    session.show_json(
        "allocator.restore/1",
        {
            "file": str(file),
            "place": place_of(place) if place else None,
            "holds": fault is None,
            "fault": fault and session.word(fault.sentence),
            "numbers": numbers_of(report),
        },
    )
    if fault is not None:
        where = say("Nothing was made.") if not place else say("Do not use what was made.")
        said = say("Does not hold: {fault}", fault=fault.sentence)
        session.show(f"{session.word(said)} {session.word(where)}")
        return False
    session.show(
        session.word(
            say(
                "The ledger stands at {place}, replayed there. Documents: {documents}; lines: {lines}; changes of "
                "master data: {versions}; leaves: {leaves}; signed heads: {heads}. Put its key beside it, or a new one "
                "will sign; people sign in anew, and programs need new tokens.",
                place=place_of(place),
                **numbers_of(report),
            )
        )
    )
    return True
