"""One command at one ledger: which ledger, who acts, and when."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.session import Session, session_of

if TYPE_CHECKING:
    from models.ledger import Ledger

__all__ = ["Desk", "address_of", "on_ledger"]

LOCAL = "local"
"""Who acts where no people are defined: one local administrator."""


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


@contextlib.contextmanager
def on_ledger(context: click.Context) -> Iterator[Desk]:
    """Open the ledger of a command, and say what it refuses in its own words.

    Raises:
        Refused: what the ledger refused, with exit status 1.

    """
    from models.days import now_micros
    from models.entry import Refusal
    from models.ledger import open_ledger

    session = session_of(context)
    try:
        ledger = open_ledger(address_of(session))
        try:
            yield Desk(session, ledger, session.actor or LOCAL, now_micros())
        finally:
            ledger.engine.dispose()
    except Refusal as refusal:
        session.refuse(*refusal.sentences)
