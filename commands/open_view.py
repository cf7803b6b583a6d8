"""What waits for somebody, as whoever looks at plans should see it first."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from allocator.sentence import say
from commands.on_ledger import Desk

if TYPE_CHECKING:
    from models.open_matters import OpenMatters

__all__ = ["find_open", "show_open"]

_SHOWN = 10


def find_open(desk: Desk, day: dt.date | None = None) -> OpenMatters:
    """Return what is open on a day, today where none is said, by the policy in force."""
    from data.open_said import open_on
    from models.database import reading
    from models.days import day_of

    with reading(desk.ledger.engine) as connection:
        return open_on(connection, desk.ledger.zone, day or day_of(desk.now, desk.ledger.zone))


def show_open(desk: Desk, matters: OpenMatters) -> None:
    """Print what is open, a line each, and an empty line after them."""
    from data.open_said import open_sentences
    from models.database import reading
    from models.names_beside import with_names

    if not matters:
        return
    word = desk.session.word
    with reading(desk.ledger.engine) as connection:
        for part in open_sentences(matters, desk.ledger.zone):
            for sentence in with_names(connection, part[:_SHOWN]):
                desk.session.show(word(sentence))
            if len(part) > _SHOWN:
                desk.session.show(word(say("… and {more} more; --json lists all.", more=len(part) - _SHOWN)))
    desk.session.show()
