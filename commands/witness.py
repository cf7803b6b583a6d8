"""`allocator witness`: sign heads of another ledger, once each is proved to extend the last one signed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import Sentence, say
from commands.folders import whole_file
from commands.grammar import argument, command, option
from commands.session import Session, session_of

if TYPE_CHECKING:
    from data.head_keeping import Answer
    from data.witness_state import WitnessState
    from models.checkpoint import Checkpoint

__all__ = ["run"]

_PORT_MOST = 65_535


@command(
    say(
        "Be a witness of another ledger: sign a head of it only if it extends every head signed before, so that nobody "
        "can rewrite that ledger unseen. With FILE: by hand, the request that its people bring (allocator audit "
        "witnesses send NAME --out FILE); the line that is printed goes back. With --serve: over the network. With "
        "neither: show this witness's key and what it holds. A ledger's key must be trusted first; get it by another "
        "way than the request. Exit status: 4 where the head does not extend what is known."
    ),
    examples=(
        "allocator witness --state witness --name bureau",
        "allocator witness head-for-bank.txt --state witness --trust county+1234abcd+AX…",
        "allocator witness --state witness --serve 127.0.0.1:8100",
    ),
)
@argument("file", metavar="FILE", required=False, type=click.Path(path_type=Path))
@option(
    "--state",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    says=say("Where this witness keeps its key, the keys it trusts and every head it signed. Keep it."),
)
@option("--serve", default="", metavar="HOST:PORT", says=say("Answer requests here until stopped."))
@option("--trust", "trusts", multiple=True, metavar="KEY", says=say("Trust this ledger's key from now on."))
@option("--name", default="witness", metavar="NAME", says=say("What a new witness signs as; a key keeps its name."))
@option(
    "--key-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say("The file of this witness's private key; default: witness.key in the folder of --state."),
)
@option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", says=say("Write the line here and not to the screen.")
)
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    file: Path | None,
    state: Path,
    serve: str,
    trusts: tuple[str, ...],
    name: str,
    key_file: Path | None,
    out: Path | None,
) -> None:
    """Open the state, trust, then sign, serve or show."""
    from data.os_reasons import reason_of
    from models.checkpoint import BadNote
    from models.entry import Refusal

    session = session_of(context)
    if (file is not None and serve) or (out is not None and file is None):
        session.refuse(say("Give either FILE, to sign one head, or --serve; --out belongs to FILE."), status=2)
    try:
        kept = _state(state, key_file, name)
        for line in trusts:
            key = kept.trust(line)
            session.tell(say("The key {id} of {name} is trusted.", id=key.id.hex(), name=key.name))
        if file is not None:
            _sign(session, kept, file, out)
        elif serve:
            _serve(session, kept, serve)
        else:
            _show(session, kept)
    except Refusal as refusal:
        session.refuse(*refusal.sentences)
    except BadNote as error:
        sentence = say("What this witness keeps in {state} is spoilt: {why}.", state=str(state), why=error.sentence)
        session.refuse(sentence, status=4)
    except OSError as error:
        place = str(error.filename or state)
        session.refuse(say("{file} cannot be read or written: {why}.", file=place, why=reason_of(error)), status=2)


def _state(folder: Path, key_file: Path | None, name: str) -> WitnessState:
    from data.witness_state import WitnessState
    from models.checkpoint import key_name
    from models.signing_key import key_of

    return WitnessState(folder, key_of(key_file or folder / "witness.key", name=key_name(name)))


def _show(session: Session, kept: WitnessState) -> None:
    heads = kept.newest()
    session.show_json(
        "allocator.witness-state/1",
        {
            "key": kept.key.text,
            "trusted": [key.text for key in kept.trusted()],
            "heads": [{"ledger": each.origin, "size": each.size, "file": str(file)} for each, file in heads],
        },
    )
    session.show(session.word(say("This witness's key, for the ledgers it signs: {key}", key=kept.key.text)))
    for key in kept.trusted():
        session.show(session.word(say("Trusted: {key}", key=key.text)))
    for each, file in heads:
        said = say("{ledger}: {size} leaves, {file}", ledger=each.origin, size=each.size, file=str(file))
        session.show(session.word(said))


def _sign(session: Session, kept: WitnessState, file: Path, out: Path | None) -> None:
    from data.head_keeping import SIGNED, head_text
    from models.days import now_micros

    text = head_text(file)
    answer = kept.submit(text, seconds=now_micros() // 1_000_000)
    if answer.status != SIGNED:
        _refuse(session, kept, file, text, answer)
    if out is not None:
        with whole_file(session, out) as begun:
            begun.write_text(answer.lines, encoding="utf-8", newline="")
    session.show_json("allocator.witness-answer/1", {"lines": answer.lines, "out": out and str(out)})
    if out is None:
        session.show(answer.lines.rstrip("\n"))
    else:
        session.show(session.word(say("Signed; the line to bring back is in {out}.", out=str(out))))


def _refuse(session: Session, kept: WitnessState, file: Path, text: str, answer: Answer) -> None:
    """Say why a head is not signed.

    Raises:
        Refused: always.

    """
    from data.head_keeping import NOT_SIGNED, UNKNOWN, UNREADABLE
    from models.checkpoint import checkpoint_of, opened
    from models.cosigning import submission_of

    if answer.status == UNREADABLE:
        session.refuse(
            say(
                "{file} is no request to sign a head. The ledger writes one: allocator audit witnesses send NAME "
                "--out FILE",
                file=str(file),
            ),
            status=2,
        )
    asked = submission_of(text)
    note_text, signatures = opened(asked.note)
    head, known = checkpoint_of(note_text), answer.known or 0
    if answer.status in (UNKNOWN, NOT_SIGNED):
        session.refuse(_not_trusted(head, signatures[0][1]), status=4)
    if known <= head.size and asked.old != known:
        session.refuse(_begins_elsewhere(head, known, asked.old), status=1)
    session.refuse(_forks(head, known, file, kept.folder), status=4)


def _not_trusted(head: Checkpoint, key_id: bytes) -> Sentence:
    return say(
        "Not signed: this witness does not trust key {id} of {ledger}. Ask for the whole key by another way "
        "than this file (allocator audit witnesses list shows it there), compare them, then add: --trust KEY",
        id=key_id.hex(),
        ledger=head.origin,
    )


def _begins_elsewhere(head: Checkpoint, known: int, old: int) -> Sentence:
    return say(
        "Not signed: this witness knows {known} leaves of {ledger}, and the request begins at {old}. Ask for "
        "another: allocator audit witnesses send NAME --out FILE --from {known}",
        known=known,
        ledger=head.origin,
        old=old,
    )


def _forks(head: Checkpoint, known: int, file: Path, state: Path) -> Sentence:
    """Say how a head does not extend what is known: it is smaller, or it tells otherwise."""
    told = {"known": known, "ledger": head.origin, "size": head.size, "state": str(state)}
    if known > head.size:
        return say(
            "Not signed: this witness knows {known} leaves of {ledger}, and this head has only {size}. That ledger "
            "was rolled back, or this is an old request. The head that is known lies in {state}.",
            **told,
        )
    return say(
        "Not signed: the head over {size} leaves of {ledger} does not extend the head over {known} leaves that "
        "this witness signed. What was sealed there was altered, or that ledger was written on in two places. Keep "
        "{file} and the head in {state}: together they prove it.",
        file=str(file),
        **told,
    )


def _serve(session: Session, kept: WitnessState, where: str) -> None:
    from data.witness_app import serve
    from models.days import now_micros

    found = re.fullmatch(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<host>[\w.-]*)):(?P<port>[0-9]{1,5})", where)
    if found is None or not 0 < int(found["port"]) <= _PORT_MOST:
        session.refuse(say('"{where}" is no place to answer at. Write 127.0.0.1:8100.', where=where), status=2)
    host = found["six"] or found["host"] or "127.0.0.1"
    session.tell(
        say(
            "Answering on http://{where}; this witness's key: {key}. Stop with Ctrl+C.",
            where=f"{host}:{found['port']}" if found["six"] is None else where,
            key=kept.key.text,
        )
    )
    serve(kept, host=host, port=int(found["port"]), seconds=lambda: now_micros() // 1_000_000)
