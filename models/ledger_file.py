"""Where a ledger lies: an address as people may see it, and the file behind an SQLite address."""

from __future__ import annotations

import os
import re
from pathlib import Path

import sqlalchemy as sa

from allocator.sentence import say
from models.entry import Refusal

__all__ = ["file_is_there", "make_file", "place_of"]

_PASSWORD = re.compile(r"//([^:@]*):[^@]*@")


def place_of(url: str) -> str:
    """Return the address of a ledger without its password.

    >>> place_of("postgresql://ann:secret@localhost/county")
    'postgresql://ann:***@localhost/county'

    >>> place_of("postgresql://ann:secret@[::1/county")
    'postgresql://ann:***@[::1/county'
    """
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except (sa.exc.ArgumentError, ValueError):
        # What is no address may still hold a password: between the first colon after a name and the @.
        return _PASSWORD.sub(r"//\1:***@", url)


def _file_of(url: str) -> Path | None:
    """Return the file of an SQLite address; None for a server, for memory, and for what is no address.

    Raises:
        Refusal: it names a port that is no number, or a setting that is none.

    """
    try:
        address = sa.make_url(url)
        if address.get_backend_name() == "sqlite":
            address.get_dialect()().create_connect_args(address)
    except sa.exc.ArgumentError:
        return None
    except ValueError:
        raise Refusal(
            say("{url} is no database address. Write sqlite:///FILE or postgresql://HOST/NAME.", url=place_of(url))
        ) from None
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        return None
    return Path(address.database or "")


def file_is_there(url: str) -> bool:
    """Say whether a ledger's file exists (true for servers): opening one that does not would make it."""
    file = _file_of(url)
    return file is None or os.path.exists(file)  # noqa: PTH110 - Path.exists fails where a name is too long


def make_file(url: str) -> None:
    """Make the file of an SQLite address, and its folder, for its owner alone; leave those that are there.

    SQLite gives the files it keeps beside it the same rights.

    Raises:
        Refusal: the place cannot be written.

    """
    file = _file_of(url)
    if file is None or file.exists():
        return
    try:
        if not file.parent.exists():
            file.parent.mkdir(parents=True, mode=0o700)
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as fault:
        why = fault.strerror or str(fault)
        raise Refusal(
            say("{place} cannot be written: {why}. Name another file with --db.", place=str(file), why=why)
        ) from fault
