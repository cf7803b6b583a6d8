"""`allocator audit findings accept`, `open`, `close`: what people decide on findings."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import Sentence, say
from commands.audit_findings import FINDING, one_found, run
from commands.grammar import Listing, argument, command, option
from commands.moments import DAY
from commands.on_ledger import Desk, on_ledger

if TYPE_CHECKING:
    from allocator.finding import Finding

__all__ = ["findings_accept", "findings_close", "findings_open"]

_FILE_BYTES_MOST = 200_000_000


def _reasons() -> dict[str, Sentence]:
    from models.finding_events import FINDING_REASONS

    return {each.code: each.says for each in FINDING_REASONS}


@command(
    say(
        "Accept a finding as explained, with the reason. It stands accepted on the evidence of today: more evidence "
        "brings it back. Auditors and administrators decide, and nobody on a finding that names them."
    ),
    examples=("allocator audit findings accept F-1A2B3C4 --reason counted-again --note 'recount of 3 March'",),
    right="decide-findings",
    listing=Listing(say("Reasons"), _reasons),
    within=run,
    name="accept",
)
@argument("number", metavar=FINDING)
@option("--reason", required=True, metavar="REASON", says=say("Why: one of the list below."))
@option("--note", default="", metavar="TEXT", says=say("More about it."))
@click.pass_context
def findings_accept(context: click.Context, /, *, number: str, reason: str, note: str) -> None:
    """Find it, accept it, say so."""
    with on_ledger(context) as desk:
        from models.finding_events import accept
        from models.versions import Stamp

        one = _still_found(desk, number)
        accept(desk.ledger, one, Stamp(desk.actor, desk.now), reason=reason, note=note)
        says = say("Finding {finding} is accepted: {reason}.", finding=one.id, reason=_reasons()[reason])
        _tell(desk, one.id, "accepted", says)


@command(
    say("Open a finding to be mended: by whom and until which day. Another person closes it."),
    examples=("allocator audit findings open F-1A2B3C4 --owner li --due 2020-03-01 --note 'recount, then report'",),
    right="decide-findings",
    within=run,
    name="open",
)
@argument("number", metavar=FINDING)
@option("--owner", required=True, metavar="PERSON", says=say("Who is to mend it: a person's id."))
@option("--due", required=True, type=DAY, metavar="DATE", says=say("The day by which it is mended."))
@option("--note", default="", metavar="TEXT", says=say("What is to be done."))
@click.pass_context
def findings_open(context: click.Context, /, *, number: str, owner: str, due: dt.date, note: str) -> None:
    """Find it, open it, say so."""
    with on_ledger(context) as desk:
        from models.finding_events import open_item
        from models.versions import Stamp

        one = _still_found(desk, number)
        open_item(desk.ledger, one, Stamp(desk.actor, desk.now), owner=owner, due=due, note=note)
        says = say(
            "Finding {finding} is open: {owner} is to mend it by {due}; then a third person closes it: allocator audit "
            "findings close {finding} --evidence …",
            finding=one.id,
            owner=owner,
            due=due.isoformat(),
        )
        _tell(desk, one.id, "open", says)


@command(
    say(
        "Close an open finding with what shows that it is mended. Neither who opened it nor who was to mend it may, "
        "nor anybody whom it names."
    ),
    examples=(
        "allocator audit findings close F-1A2B3C4 --evidence 'recounted by Wang, document 2041'",
        "allocator audit findings close F-1A2B3C4 --evidence 'signed count sheet' --file sheet.pdf",
    ),
    right="decide-findings",
    within=run,
    name="close",
)
@argument("number", metavar=FINDING)
@option("--evidence", "proof", default="", metavar="TEXT", says=say("What shows that it is mended."))
@option(
    "--file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    says=say("A file that shows it: its name and SHA-256 are kept, not the file."),
)
@option("--note", default="", metavar="TEXT", says=say("More about it."))
@click.pass_context
def findings_close(context: click.Context, /, *, number: str, proof: str, file: Path | None, note: str) -> None:
    """Find it, close it, say so."""
    with on_ledger(context) as desk:
        from models.finding_events import close
        from models.versions import Stamp

        one = one_found(desk, number)
        digest = "" if file is None else _digest(desk, file)
        said = "; ".join(each for each in (proof, "" if file is None else file.name) if each)
        close(
            desk.ledger, one.finding or one.id, Stamp(desk.actor, desk.now), proof=said, proof_sha256=digest, note=note
        )
        _tell(desk, one.id, "closed", say("Finding {finding} is closed.", finding=one.id))


def _digest(desk: Desk, path: Path) -> str:
    from data.os_reasons import reason_of

    try:
        if path.stat().st_size > _FILE_BYTES_MOST:
            desk.session.refuse(say("{file} is larger than 200 MB. Name a smaller file.", file=str(path)), status=2)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        desk.session.refuse(say("{file} cannot be read: {why}.", file=str(path), why=reason_of(error)), status=2)


def _still_found(desk: Desk, number: str) -> Finding:
    """Return a finding that is found today too, for somebody who may decide on it."""
    one = one_found(desk, number)
    if one.finding is None:
        desk.session.refuse(
            say(
                "Finding {finding} is not found any more, so there is nothing to decide; one that is open can be "
                "closed: allocator audit findings close {finding} --evidence …",
                finding=one.id,
            )
        )
    return one.finding


def _tell(desk: Desk, number: str, state: str, says: Sentence) -> None:
    desk.session.show_json("allocator.finding-decided/1", {"finding": number, "state": state, "actor": desk.actor})
    desk.session.show(desk.session.word(says))
