"""Keys of forms: a form that is sent twice – a double click, a retry after a lost connection – is recorded once."""

from __future__ import annotations

import re
import secrets

from fastapi import HTTPException

from models.people import Person

__all__ = ["key_of", "new_key"]

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
