"""One command at one ledger: which ledger, who acts, and when."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.grammar import SpokenCommand
from commands.session import Session, session_of

if TYPE_CHECKING:
    import sqlalchemy as sa

    from data.witness_sending import Sent
    from models.ledger import Ledger
    from models.rights import Reach

__all__ = ["Desk", "address_of", "on_ledger", "seal_now"]


@dataclass(frozen=True)
class Desk:
    """What a command needs to work on a ledger. `now`: UTC microseconds, read once; `right`: what it takes, if any."""

    session: Session
    ledger: Ledger
    actor: str
    now: int
    right: str | None = None

    def reach(self, connection: sa.Connection) -> Reach:
        """Return the sites that are there for whoever acts: all where the command asks no right, or nobody is named."""
        from models.rights import Reach, reach_of_actor

        if self.right is None or not self.actor:
            return Reach(everywhere=True)
        return reach_of_actor(connection, self.actor, self.right)


def address_of(session: Session) -> str:
    """Return the address of the ledger: what was asked for, else a file in the user's data folder."""
    if session.db:
        return session.db
    from platformdirs import user_data_path

    return f"sqlite:///{user_data_path('allocator', appauthor=False) / 'ledger.sqlite'}"


@contextlib.contextmanager
def on_ledger(
    context: click.Context, *, reads: bool = False, right: str | None = None, seals: bool = True, alarms: bool = True
) -> Iterator[Desk]:
    """Open the ledger of a command, see that whoever acts may, and seal what was recorded.

    `reads`: the command leaves the ledger as it found it. Whoever can open the ledger can read it anyhow, so nobody
    need be named; who is named is asked for the right.
    `right`: what it takes where that is not the right the command was declared with.
    `seals`: False for one that only tries what it would write.
    `alarms`: False for a command that names what is wrong with the proof itself.

    Raises:
        Refused: what the ledger refused, or an actor who may not do this, with exit status 1.

    """
    from models.days import now_micros
    from models.entry import Refusal
    from models.ledger import open_ledger

    session = session_of(context)
    wanted = right or (context.command.right if isinstance(context.command, SpokenCommand) else None)
    try:
        ledger = open_ledger(address_of(session))
        try:
            actor = session.actor
            if not reads or (actor and wanted):
                actor = _acting(ledger, actor, wanted)
            yield Desk(session, ledger, actor, now_micros(), wanted)
            if seals and not reads:
                seal_now(session, ledger)
            if alarms:
                _tell_alarms(session, ledger)
        finally:
            ledger.engine.dispose()
    except Refusal as refusal:
        session.refuse(*refusal.sentences)


def _acting(ledger: Ledger, asked: str, right: str | None) -> str:
    """Return the id of who acts.

    Raises:
        Refusal: nobody who may act, or without the right.

    """
    from models.database import reading
    from models.people import acting
    from models.rights import refuse_without

    with reading(ledger.engine) as connection:
        actor = acting(connection, asked)
        if right is not None:
            refuse_without(connection, actor, right)
    return actor


def seal_now(session: Session, ledger: Ledger, *, anyway: bool = False) -> list[Sent]:
    """Seal what is pending, and have it witnessed; return what witnesses said. `anyway`: also those that just failed.

    What was recorded stays so even where it cannot be sealed now, and sealed where no witness answers.
    """
    from data.sealed import seal_all
    from models.entry import Refusal
    from models.faults import unavailable

    try:
        return seal_all(ledger, address_of(session), anyway=anyway)
    except Refusal as refusal:
        why = refusal.sentences[0]
    except Exception as error:
        said = unavailable(error)
        if said is None:
            raise
        why = (
            say("The connection to the ledger was lost.") if said.is_lost else say("The ledger cannot be written now.")
        )
    session.tell(say("Everything is recorded, but not sealed yet: {why} The next command seals it too.", why=why))
    return []


def _tell_alarms(session: Session, ledger: Ledger) -> None:
    """Say in one line what is wrong with the proof, where something is and the ledger can be read just now."""
    from models.database import reading
    from models.days import now_micros
    from models.faults import unavailable
    from models.witness_alarms import alarms

    try:
        with reading(ledger.engine) as connection:
            standing = alarms(connection, at=now_micros())
    except Exception as error:
        if unavailable(error) is None:
            raise
        # What the command was asked for is done and said.
        return
    if len(standing) == 1:
        session.tell(say("Alarm: {alarm}", alarm=standing[0]))
    elif standing:
        more = len(standing) - 1
        session.tell(
            say("Alarm: {alarm} And {more} more: allocator audit check names all.", alarm=standing[0], more=more)
        )
