"""A database that cannot just now, met by a command: it ends with a sentence and status 1, never with a traceback."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click

from commands.session import Session

__all__ = ["said_where_unavailable"]


@contextlib.contextmanager
def said_where_unavailable(session: Session) -> Iterator[None]:
    """Refuse what the database could not do within the block.

    Raises:
        Refused: with the sentence why, and exit status 1.

    """
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        from commands.on_ledger import address_of
        from models.damage import damage_of
        from models.faults import unavailable
        from models.ledger_file import place_of

        address = address_of(session)
        said = unavailable(error, place_of(address)) or damage_of(address)
        if said is None:
            raise
        session.refuse(said.sentence)
