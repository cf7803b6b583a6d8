"""`allocator audit witnesses`: who keeps this ledger's heads elsewhere, so that nobody can rewrite it unseen."""

from __future__ import annotations

import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.audit_group import run as audit
from commands.folders import whole_file
from commands.grammar import argument, command, group, option
from commands.on_ledger import Desk, address_of, on_ledger, seal_now

if TYPE_CHECKING:
    from data.witness_sending import Sent
    from models.audit_witnesses import Standing
    from models.witnesses import Witness

__all__ = ["run"]

SILENT_HOURS = 24
SILENT_HOURS_MOST = 24 * 366

run = group(
    "witnesses",
    say(
        "Witnesses of this ledger: each signs a head only once it is proved to extend the last one it signed. Two at "
        "least, not run by who runs the ledger."
    ),
    within=audit,
)


@command(
    say(
        "Name a witness: a folder elsewhere (a stick, a drive of somebody else) in which heads are kept, an address "
        "that answers as c2sp.org/tlog-witness has it (allocator witness --serve), or, with a key alone, a witness who "
        "is reached by hand. Naming it again changes it."
    ),
    examples=(
        "allocator audit witnesses add stick --folder /media/stick/heads",
        "allocator audit witnesses add bureau --url https://bureau.example/w --key bureau+06ce…",
        "allocator audit witnesses add bank --key bank+8f1d… --silent-hours 192",
    ),
    right="name-witnesses",
    within=run,
    name="add",
)
@argument("name", metavar="NAME")
@option("--folder", type=click.Path(path_type=Path), metavar="FOLDER", says=say("The folder that keeps the heads."))
@option("--url", default="", metavar="URL", says=say("Where the witness answers; add-checkpoint is added to it."))
@option("--key", default="", metavar="KEY", says=say("The witness's public key, as it shows it."))
@option(
    "--silent-hours",
    type=click.IntRange(1, SILENT_HOURS_MOST),
    default=SILENT_HOURS,
    show_default=True,
    metavar="HOURS",
    says=say("After so many hours without its signature of a head that waits, an alarm is raised."),
)
@click.pass_context
def add(context: click.Context, /, *, name: str, folder: Path | None, url: str, key: str, silent_hours: int) -> None:
    """Keep the witness, then ask it for its first signature."""
    with on_ledger(context) as desk:
        from models.database import writing
        from models.versions import Stamp
        from models.witnesses import save_witness

        kind, place = _kind_and_place(desk, name, folder, url, key)
        new = _witness(name, kind, place, key.strip(), silent_hours)
        with writing(desk.ledger.engine) as connection:
            changed = save_witness(connection, new, Stamp(desk.actor, desk.now))
        sent = _sent_to(desk, seal_now(desk.session, desk.ledger), name)
        desk.session.show_json("allocator.witness/1", {**vars(new), "changed": changed, **sent})
        done = say("{name} is a witness of this ledger.", name=name) if changed else say("That was so already.")
        desk.session.show(desk.session.word(done))
        if sent["why"]:
            desk.session.show(desk.session.word(say("It has not signed yet: {why}.", why=sent["why"])))
        if folder is not None and _same_disk(desk, Path(place)):
            desk.session.tell(
                say(
                    "{place} is on the disk of the ledger: whoever can lose or change one can do so to both.",
                    place=place,
                )
            )


def _witness(name: str, kind: str, place: str, key: str, silent_hours: int) -> Witness:
    from models.witnesses import Witness

    return Witness(name=name, kind=kind, place=place, vkey=key, silent_hours=silent_hours)


def _kind_and_place(desk: Desk, name: str, folder: Path | None, url: str, key: str) -> tuple[str, str]:
    """Return what sort of witness is meant and where it is; refuse what is none."""
    wrong: list[Sentence] = []
    if not name.strip() or len(name.split()) != 1 or "+" in name or "/" in name:
        wrong.append(say('"{name}" cannot be a witness\'s name. Use one word without + and /.', name=name))
    if (folder is not None) + bool(url) + (folder is None and not url and bool(key)) != 1:
        wrong.append(say("Say where the witness is: --folder FOLDER, --url URL --key KEY, or --key KEY alone."))
    if folder is not None and key:
        wrong.append(say("A folder has no key: this ledger's own key signs what is kept there. Leave out --key."))
    if url and not key:
        wrong.append(say("Without its key nobody knows whose signature it is. Add --key KEY, as the witness shows it."))
    if url and not _is_address(url):
        wrong.append(say("{url} is no address that can be asked. Write http:// or https://, and the host.", url=url))
    if folder is not None and not folder.is_dir():
        wrong.append(say("There is no folder {folder}. Make it, or plug the drive in, first.", folder=str(folder)))
    if wrong:
        desk.session.refuse(*wrong, status=2)
    if folder is not None:
        return "folder", str(folder.resolve())
    return ("url", url.rstrip("/")) if url else ("hand", "")


def _is_address(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return fine and not parts.query and not parts.fragment and parts.username is None


def _same_disk(desk: Desk, folder: Path) -> bool:
    from data.sealed import file_of

    file = file_of(address_of(desk.session))
    return file is not None and file.exists() and file.stat().st_dev == folder.stat().st_dev


def _sent_to(desk: Desk, sent: list[Sent], name: str) -> dict[str, Any]:
    from models.database import reading
    from models.witnesses import last_size

    with reading(desk.ledger.engine) as connection:
        size = last_size(connection, name)
    why = next((each.why for each in sent if each.witness == name), None)
    return {"signed_size": size or None, "why": None if why is None else desk.session.word(why)}


@command(
    say(
        "Show this ledger's key, to be given to its witnesses, and each witness with the newest head it signed, when, "
        "and why it has not signed the newest one."
    ),
    examples=("allocator audit witnesses list", "allocator audit witnesses list --json"),
    right="see-records",
    within=run,
    name="list",
)
@click.pass_context
def list_(context: click.Context, /) -> None:
    """List."""
    with on_ledger(context, reads=True) as desk:
        from models.audit_witnesses import standing_of
        from models.database import reading
        from models.tree import keys_of, newest_head

        session = desk.session
        with reading(desk.ledger.engine) as connection:
            keys = [key.text for key in keys_of(connection)]
            head = newest_head(connection)
            rows = standing_of(connection)
        witnesses = [_standing_plain(desk, each) for each in rows]
        size = head.size if head else None
        session.show_json("allocator.witnesses/1", {"keys": keys, "head_size": size, "witnesses": witnesses})
        for key in keys[-1:]:
            session.show(session.word(say("This ledger's key, for its witnesses: {key}", key=key)))
        if not rows:
            session.show(
                session.word(say("No witness is named. Name two at least: allocator audit witnesses add NAME …"))
            )
        for each in rows:
            _show_standing(desk, each)


def _standing_plain(desk: Desk, standing: Standing) -> dict[str, Any]:
    from models.days import iso_of

    at = None if standing.seconds is None else iso_of(standing.seconds * 1_000_000, desk.ledger.zone)
    why = standing.why and desk.session.word(standing.why)
    return {**vars(standing.witness), "signed_size": standing.size or None, "signed_at": at, "why": why}


def _show_standing(desk: Desk, standing: Standing) -> None:
    """Print where a witness is, what it signed last, and why that is not the newest head."""
    from models.days import clock_of

    session = desk.session
    where = standing.witness.place or session.word(say("by hand"))
    when = session.word(
        say("has signed no head yet")
        if standing.seconds is None
        else say(
            "signed the head over {size} leaves on {when}",
            size=standing.size,
            when=clock_of(standing.seconds * 1_000_000, desk.ledger.zone),
        )
    )
    session.show(f"{standing.witness.name}  {where}  {when}")
    if standing.why:
        session.show(f"  {session.word(say('Not the newest: {why}', why=standing.why))}")


@command(
    say("Ask a witness no more. What it signed stays in the ledger, and so does that it was dropped, and by whom."),
    examples=("allocator audit witnesses drop stick",),
    right="name-witnesses",
    within=run,
    name="drop",
)
@argument("name", metavar="NAME")
@click.pass_context
def drop(context: click.Context, /, *, name: str) -> None:
    """Drop."""
    with on_ledger(context) as desk:
        from models.database import writing
        from models.versions import Stamp
        from models.witnesses import drop_witness

        with writing(desk.ledger.engine) as connection:
            drop_witness(connection, name, Stamp(desk.actor, desk.now))
        desk.session.show_json("allocator.witness/1", {"name": name, "active": 0})
        desk.session.show(desk.session.word(say("{name} is asked no more.", name=name)))


@command(
    say(
        "Send the newest head to every witness that has not signed it, now; every command that records something does "
        "so too. With a name and --out: write the request to a file, to be brought to a witness by hand."
    ),
    examples=(
        "allocator audit witnesses send",
        "allocator audit witnesses send bank --out head-for-bank.txt",
    ),
    right="see-records",
    within=run,
    name="send",
)
@argument("name", metavar="NAME", required=False, default="")
@option("--out", type=click.Path(path_type=Path), metavar="FILE", says=say("The file to write for the witness NAME."))
@option(
    "--from",
    "old",
    type=click.IntRange(0),
    metavar="LEAVES",
    says=say("The size the witness says it knows; default: that of the last head it signed."),
)
@click.pass_context
def send(context: click.Context, /, *, name: str, out: Path | None, old: int | None) -> None:
    """Seal, then send or write."""
    with on_ledger(context) as desk:
        session = desk.session
        if bool(name) != (out is not None) or (old is not None and out is None):
            session.refuse(
                say("NAME and --out belong together, --from only with them: a request is written for one witness."),
                status=2,
            )
        sent = seal_now(session, desk.ledger, anyway=True)
        if out is not None:
            _write_request(desk, name, out, old)
            return
        rows = [
            {"witness": each.witness, "size": each.size, "why": each.why and session.word(each.why)} for each in sent
        ]
        session.show_json("allocator.witnesses-sent/1", {"sent": rows})
        if not sent:
            session.show(session.word(say("Every witness that can be asked has signed the newest head.")))
        for each in sent:
            said = say("{name} signed the head over {size} leaves.", name=each.witness, size=each.size)
            if each.why is not None:
                said = say("{name} has not signed: {why}.", name=each.witness, why=each.why)
            session.show(session.word(said))


def _write_request(desk: Desk, name: str, out: Path, old: int | None) -> None:
    from models.database import reading
    from models.entry import Refusal
    from models.tree import newest_head
    from models.witnesses import last_size, submission_from, witness_named

    with reading(desk.ledger.engine) as connection:
        each = witness_named(connection, name)
        head = newest_head(connection)
        known = last_size(connection, each.name) if old is None else old
        if head is None or known > head.size:
            raise Refusal(say("This ledger has no head over {size} leaves or more.", size=known))
        text = submission_from(connection, head, known).text()
    with whole_file(desk.session, out) as begun:
        begun.write_text(text, encoding="utf-8", newline="")
    desk.session.show_json("allocator.witness-request/1", {"witness": name, "size": head.size, "out": str(out)})
    desk.session.show(
        desk.session.word(
            say(
                "{out} asks {name} to sign the head over {size} leaves. There: allocator witness {out} --state FOLDER; "
                "what it prints comes back with: allocator audit witnesses take {name} FILE",
                out=str(out),
                name=name,
                size=head.size,
            )
        )
    )


@command(
    say("Keep what a witness answered by hand: the line that allocator witness printed, in a file."),
    examples=("allocator audit witnesses take bank answer.txt",),
    right="name-witnesses",
    within=run,
    name="take",
)
@argument("name", metavar="NAME")
@argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.pass_context
def take(context: click.Context, /, *, name: str, file: Path) -> None:
    """Read, verify, keep."""
    with on_ledger(context) as desk:
        from data.head_keeping import head_text
        from data.os_reasons import reason_of
        from models.audit_witnesses import head_signed_by
        from models.database import reading
        from models.witnesses import keep_cosignature, witness_named

        try:
            lines = head_text(file).strip() + "\n"
        except OSError as error:
            desk.session.refuse(say("{file} cannot be read: {why}.", file=str(file), why=reason_of(error)), status=2)
        with reading(desk.ledger.engine) as connection:
            each = witness_named(connection, name)
            size = head_signed_by(connection, each, lines)
        keep_cosignature(desk.ledger, each, size, lines)
        desk.session.show_json("allocator.witness/1", {"name": name, "signed_size": size})
        desk.session.show(
            desk.session.word(say("{name} signed the head over {size} leaves; it is kept.", name=name, size=size))
        )
