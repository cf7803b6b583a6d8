"""`as_of` and `known_at` of an address: which part of the ledger is looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import HTTPException

from allocator.sentence import Sentence, say
from models.cut_words import Known, cut_facts, cut_said, cut_word, known_said
from models.cuts import Cut
from models.ledger import Ledger

__all__ = ["CutAsked", "cut_asked", "day_asked"]

_LETTERS_MAX = 200


@dataclass(frozen=True, kw_only=True)
class CutAsked:
    """What an address says of it. `wrong`: what of it cannot be read."""

    as_of: dt.date | None = None
    known_at: Known | None = None
    wrong: tuple[Sentence, ...] = ()

    @property
    def word(self) -> Sentence | None:
        """Say which part it is; None where it is all of it."""
        return cut_word(self.as_of, self.known_at)

    @property
    def facts(self) -> Sequence[tuple[Sentence, Sentence | str | int]]:
        """Return it as a file's About sheet tells it."""
        return cut_facts(self.as_of, self.known_at)

    def cut(self, connection: sa.Connection, ledger: Ledger) -> Cut:
        """Return the part of the ledger.

        Raises:
            Refusal: there is no such plan.

        """
        return cut_said(connection, ledger.zone, self.as_of, self.known_at)

    def or_nothing(self) -> CutAsked:
        """Return it where all of it could be read.

        Raises:
            HTTPException: 422.

        """
        if self.wrong:
            raise HTTPException(status_code=422)
        return self


def cut_asked(as_of: str, known_at: str) -> CutAsked:
    """Read both.

    >>> asked = cut_asked("2020-02-10", "soon")
    >>> asked.as_of, [str(each) for each in asked.wrong][0][:24]
    (datetime.date(2020, 2, 10), '"soon" is not a time. Wr')
    """
    day, wrong = day_asked(as_of)
    known: Known | None = None
    if known_at.strip():
        try:
            known = known_said(known_at.strip()[:_LETTERS_MAX])
        except ValueError:
            wrong = (
                *wrong,
                say(
                    '"{found}" is not a time. Write it as 2020-02-10T14:30, or 2020-02-10 for the end of that day.',
                    found=known_at[:_LETTERS_MAX],
                ),
            )
    return CutAsked(as_of=day, known_at=known, wrong=wrong)


def day_asked(text: str) -> tuple[dt.date | None, tuple[Sentence, ...]]:
    """Return a day of an address, None where none is said; and what is wrong with it.

    >>> day_asked(""), day_asked("2020-02-10")
    ((None, ()), (datetime.date(2020, 2, 10), ()))
    """
    if not text.strip():
        return None, ()
    try:
        return dt.date.fromisoformat(text.strip()[:_LETTERS_MAX]), ()
    except ValueError:
        found = text[:_LETTERS_MAX]
        return None, (say('"{found}" is not a day. Write it as 2020-02-10.', found=found),)
