"""A database that cannot just now, met by a command: it ends with a sentence and status 1, never with a traceback."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from typing import Never

import click

from allocator.sentence import say
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
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            _say(session, error)
        from data.os_reasons import reason_of

        why = reason_of(error)
        session.refuse(say("{file} cannot be read: {why}.", file=str(error.filename), why=why), status=2)
    except OverflowError as error:
        if "SQLite INTEGER" not in str(error):
            raise
        session.refuse(say("A number in this command is larger than any that a ledger holds. Check it."), status=2)
    except Exception as error:  # noqa: BLE001 - what nothing is said of is raised again
        _say(session, error)


def _say(session: Session, error: Exception) -> Never:
    from commands.on_ledger import address_of
    from models.damage import damage_of
    from models.faults import unavailable
    from models.ledger_file import place_of

    address = address_of(session)
    said = unavailable(error, place_of(address)) or damage_of(address)
    if said is None:
        raise error
    session.refuse(said.sentence)
