"""One command at one ledger: which ledger, who acts, and when."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.session import Session, session_of

if TYPE_CHECKING:
    from data.witness_sending import Sent
    from models.checkpoint import Signer
    from models.ledger import Ledger

__all__ = ["Desk", "address_of", "file_of", "on_ledger", "seal_now", "signer_of"]


@dataclass(frozen=True)
class Desk:
    """What a command needs to work on a ledger. `now`: UTC microseconds, read once."""

    session: Session
    ledger: Ledger
    actor: str
    now: int


def address_of(session: Session) -> str:
    """Return the address of the ledger: what was asked for, else a file in the user's data folder."""
    if session.db:
        return session.db
    from platformdirs import user_data_path

    return f"sqlite:///{user_data_path('allocator', appauthor=False) / 'ledger.sqlite'}"


def file_of(address: str) -> Path | None:
    """Return the file of an SQLite address, None for a server.

    >>> file_of("sqlite:///county.sqlite"), file_of("postgresql://localhost/county")
    (PosixPath('county.sqlite'), None)
    """
    scheme, _, rest = address.partition(":///")
    return Path(rest) if scheme.startswith("sqlite") and rest else None


def key_file_of(address: str) -> Path:
    """Return the file of the key that signs a ledger's heads: beside an SQLite file, else with the user's data.

    >>> key_file_of("sqlite:///county.sqlite")
    PosixPath('county.sqlite.key')
    """
    file = file_of(address)
    if file is not None:
        return file.with_name(f"{file.name}.key")
    from platformdirs import user_data_path
    from sqlalchemy import make_url

    url = make_url(address)
    name = "-".join(str(part) for part in (url.host, url.port, url.database) if part)
    safe = "".join(each if each.isalnum() or each in ".-_" else "_" for each in name)
    return user_data_path("allocator", appauthor=False) / "keys" / f"{safe or 'ledger'}.key"


@contextlib.contextmanager
def on_ledger(
    context: click.Context, *, seals: bool = True, anybody: bool = False, alarms: bool = True
) -> Iterator[Desk]:
    """Open the ledger of a command, say what it refuses in its own words, and seal what it recorded.

    `seals`: False for a command that must leave the ledger as it found it.
    `anybody`: whoever asks may do this, so `--actor` is not looked at.
    `alarms`: False for a command that names what is wrong with the proof itself.

    Raises:
        Refused: what the ledger refused, or an actor who may not act, with exit status 1.

    """
    from models.database import reading
    from models.days import now_micros
    from models.entry import Refusal
    from models.ledger import open_ledger
    from models.people import acting

    session = session_of(context)
    try:
        ledger = open_ledger(address_of(session))
        try:
            actor = session.actor
            if not anybody:
                with reading(ledger.engine) as connection:
                    actor = acting(connection, session.actor)
            yield Desk(session, ledger, actor, now_micros())
            if seals:
                seal_now(session, ledger)
            if alarms:
                _tell_alarms(session, ledger)
        finally:
            ledger.engine.dispose()
    except Refusal as refusal:
        session.refuse(*refusal.sentences)


def seal_now(session: Session, ledger: Ledger, *, anyway: bool = False) -> list[Sent]:
    """Seal what is pending, and have it witnessed; return what witnesses said. `anyway`: also those that just failed.

    What was recorded stays so even where it cannot be sealed now, and sealed where no witness answers.
    """
    from sqlalchemy.exc import DBAPIError

    from models.entry import Refusal

    try:
        _seal(session, ledger)
        sent = _send(session, ledger, anyway=anyway)
        if any(each.refused for each in sent):
            # That a witness refused is recorded, and so to be sealed too.
            _seal(session, ledger)
    except (Refusal, DBAPIError) as error:
        why = error.sentences[0] if isinstance(error, Refusal) else str(getattr(error, "orig", error))
        session.tell(
            say(
                "Everything is recorded, but not sealed yet: {why} The next command seals it too.",
                why=why,
            )
        )
        return []
    return sent


def _seal(session: Session, ledger: Ledger) -> None:
    from models.database import reading
    from models.days import now_micros
    from models.sealing import is_pending, seal

    with reading(ledger.engine) as connection:
        pending = is_pending(connection)
    if pending:
        seal(ledger, key=signer_of(session, ledger), at=now_micros())


def signer_of(session: Session, ledger: Ledger) -> Signer:
    """Return what signs this ledger's heads.

    Raises:
        Refusal: its key cannot be read or made.

    """
    from models.database import reading
    from models.sealing import origin_of
    from models.signing_key import key_of

    with reading(ledger.engine) as connection:
        name = origin_of(connection)
    return key_of(key_file_of(address_of(session)), name=name)


def _send(session: Session, ledger: Ledger, *, anyway: bool) -> list[Sent]:
    from models.database import reading
    from models.days import now_micros
    from models.versions import Stamp
    from models.witnesses import due_heads

    with reading(ledger.engine) as connection:
        # Before what sends is loaded: most commands have nobody to ask.
        if not due_heads(connection, at=now_micros(), anyway=anyway):
            return []
    from data.witness_sending import send_heads
    from models.sealing import SEALER

    return send_heads(ledger, lambda: signer_of(session, ledger), Stamp(SEALER, now_micros()), anyway=anyway)


def _tell_alarms(session: Session, ledger: Ledger) -> None:
    """Say in one line what is wrong with the proof, where something is."""
    from models.database import reading
    from models.days import now_micros
    from models.witness_alarms import alarms

    with reading(ledger.engine) as connection:
        standing = alarms(connection, at=now_micros())
    if len(standing) == 1:
        session.tell(say("Alarm: {alarm}", alarm=standing[0]))
    elif standing:
        more = len(standing) - 1
        session.tell(
            say("Alarm: {alarm} And {more} more: allocator audit check names all.", alarm=standing[0], more=more)
        )
