"""What this process works out once and keeps: until anything is written, something is recorded, or a plan changes.

What is told of areas is kept by who may see it: its question holds the reach, so nobody is given another's.
"""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import Request

from allocator.sentence import Named
from models.api_tokens import BearersKept
from models.known_names import all_names
from models.people import Person
from models.rights import Reach, reach_of
from models.stamped import Stamped
from models.until_recorded import UntilRecorded, catalogue_mark_of
from models.watched import Watch, WhileUnchanged

__all__ = ["Kept", "kept_of", "names_kept", "reach_kept"]

Names = tuple[dict[str, Named], dict[str, Named]]


class Kept:
    """Answers of one application over a ledger, which it watches."""

    def __init__(self, engine: sa.Engine) -> None:
        self.watch = Watch(engine)
        recorded = self.watch.recorded
        self.visitors = WhileUnchanged(_VISITORS, self.watch)
        self.bearers = BearersKept(self.watch.catalogue)
        self.names = UntilRecorded(1, self.watch.catalogue, mark=catalogue_mark_of)
        self.certificates = UntilRecorded(1, self.watch.catalogue, mark=catalogue_mark_of)
        self.reaches = UntilRecorded(_VISITORS, self.watch.catalogue, mark=catalogue_mark_of)
        self.stock = UntilRecorded(8, recorded)
        self.stock_pages = UntilRecorded(_PAGES, recorded)
        self.findings = UntilRecorded(2, recorded)
        self.donations = UntilRecorded(1, recorded)
        self.moved = UntilRecorded(_PLANS, recorded)
        self.plan_lines = Stamped(8)
        self.plan_fares = Stamped(_PLANS)
        self.plan_loads = Stamped(_PLANS)


_VISITORS, _PAGES, _PLANS = 2000, 500, 32


def kept_of(request: Request) -> Kept:
    """Return what the application keeps."""
    kept = request.app.state.kept
    assert isinstance(kept, Kept)  # noqa: S101 - the application was made with it
    return kept


def names_kept(request: Request, connection: sa.Connection) -> Names:
    """Return the names of all sites and items, as `all_names` does."""
    return kept_of(request).names.answer(connection, "names", lambda: all_names(connection))


def reach_kept(request: Request, person: Person, right: str, connection: sa.Connection | None = None) -> Reach:
    """Return where a person has a right, as `reach_of` does: it changes with areas and sites, which are recorded.

    `connection`: the one that whoever asks has open, so that nobody who has one waits for another.
    """
    reaches, question = kept_of(request).reaches, (right, person.roles)
    if connection is not None:
        return reaches.answer(connection, question, lambda: reach_of(connection, person, right))
    engine: sa.Engine = request.app.state.ledger.engine
    return reaches.read(engine, question, lambda own: reach_of(own, person, right))
