"""Keys of forms: a form that is sent twice – a double click, a retry after a lost connection – is recorded once."""

from __future__ import annotations

import re
import secrets

import sqlalchemy as sa
from fastapi import HTTPException

from allocator.sentence import say
from models.people import Person
from models.tables import document

__all__ = ["SAID_OTHERWISE", "key_of", "new_key", "was_used"]

SAID_OTHERWISE = say("This form was recorded before, and said something else then. Begin a new one for the rest.")
"""What is answered to a form whose key is of another document."""

_KEY = re.compile(r"[0-9a-f]{32}")


def new_key() -> str:
    """Return what a form carries that is shown for the first time."""
    return secrets.token_hex(16)


def key_of(person: Person, sent: str) -> str:
    """Return the key of a document that a person's form asks for: nobody uses another's.

    >>> key_of(Person(id="ann"), "0" * 32)[:8]
    'ann 0000'

    Raises:
        HTTPException: 422, the form carries none of ours.

    """
    if _KEY.fullmatch(sent) is None:
        raise HTTPException(status_code=422)
    return f"{person.id} {sent}"


def was_used(connection: sa.Connection, key: str) -> bool:
    """Say whether a document has this key: its form is sent again, perhaps because the answer was lost."""
    return connection.execute(sa.select(document.c.id).where(document.c.idem_key == key)).first() is not None
