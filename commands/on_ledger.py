"""One command at one ledger: which ledger, who acts, and when."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.session import Session, session_of

if TYPE_CHECKING:
    from data.witness_sending import Sent
    from models.ledger import Ledger

__all__ = ["Desk", "address_of", "on_ledger", "seal_now"]


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

    from data.sealed import seal_all
    from models.entry import Refusal

    try:
        return seal_all(ledger, address_of(session), anyway=anyway)
    except (Refusal, DBAPIError) as error:
        why = error.sentences[0] if isinstance(error, Refusal) else str(getattr(error, "orig", error))
        session.tell(
            say(
                "Everything is recorded, but not sealed yet: {why} The next command seals it too.",
                why=why,
            )
        )
        return []


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
