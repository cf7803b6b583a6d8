"""A plan as a command is told it: a folder, or the name of one that is kept in the ledger."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from commands.on_ledger import Desk
from commands.session import Session

if TYPE_CHECKING:
    from allocator.case import Case
    from allocator.plan import Plan
    from data.kept_plan import Kept

__all__ = ["kept_plan", "read_kept"]


@contextlib.contextmanager
def kept_plan(desk: Desk, name: str, only: Collection[str] | None = None) -> Iterator[Kept]:
    """Give a kept plan with its files, or `only` some of them.

    Raises:
        Refusal: there is none of this name.

    """
    from data.kept_plan import kept_plan as kept_in

    with kept_in(desk.ledger.engine, name, only) as kept:
        yield kept


def read_kept(session: Session, kept: Kept) -> tuple[Case, Plan]:
    """Return the catalogue of a kept plan, and the plan as it stands.

    Raises:
        Refused: its files were altered, with status 4.

    """
    from data.kept_plan import Altered
    from data.kept_plan import read_kept as read

    try:
        return read(kept, session.lang)
    except Altered as altered:
        session.refuse(*altered.sentences, status=4)
