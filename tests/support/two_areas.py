"""A ledger of two areas, and people of them: D1, P1 and P2 lie in county 421127, E1 in 430000."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from desk import Clerk

__all__ = ["at_desk", "join", "two_areas"]


@contextlib.contextmanager
def at_desk(folder: Path) -> Iterator[Clerk]:
    """Give a clerk whose folder is the current one, with nothing in it yet, and who acts under no name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("ALLOCATOR_DB", f"sqlite:///{folder / 'ledger.sqlite'}")
        patch.delenv("ALLOCATOR_ACTOR", raising=False)
        yield Clerk(folder)


@contextlib.contextmanager
def two_areas(folder: Path) -> Iterator[Clerk]:
    """Give a clerk at such a ledger, in which nothing lies and nobody is known yet."""
    with at_desk(folder) as clerk:
        clerk.begin()
        clerk.take("far.csv", "area,name\n430000,elsewhere\n", "--as", "areas")
        clerk.take("e.csv", "site,kind,area\nE1,clinic,430000\n", "--as", "sites")
        yield clerk


def join(clerk: Clerk, people: Iterable[tuple[str, str, str]], *, boss: str = "bo", password: str = "") -> None:
    """Add an administrator, then people by name, role and area ("": everywhere), each with a password if there is one.

    From then on nobody acts without a name: what the ledger is to hold is put in before.
    """
    everybody = ((boss, "administrator", ""), *people)
    for id_, role, area in everybody:
        added = clerk("user", "add", id_, "--role", role, "--area", area, *(() if id_ == boss else ("--actor", boss)))
        assert added.exit_code == 0, added.output
        if password:
            assert clerk.typing(password, "user", "password", id_, "--actor", boss).exit_code == 0
