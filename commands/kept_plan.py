"""A plan as a command is told it: a folder, or the name of one that is kept in the ledger."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.sentence import say
from commands.on_ledger import Desk
from commands.session import Session

if TYPE_CHECKING:
    from allocator.case import Case
    from allocator.plan import Plan
    from models.plans import StoredPlan

__all__ = ["Kept", "kept_plan", "read_kept"]


@dataclass(frozen=True)
class Kept:
    """A plan of the ledger, and a folder with its files while it is looked at.

    `folder`: the plan as it was proposed, and the catalogue; `standing`: with its overrides where it has any.
    """

    plan: StoredPlan
    folder: Path

    @property
    def standing(self) -> Path:
        """The folder of the plan as it stands."""
        from data.plan_standing import standing_folder

        return standing_folder(self.folder)


@contextlib.contextmanager
def kept_plan(desk: Desk, name: str, only: Collection[str] | None = None) -> Iterator[Kept]:
    """Give a kept plan with its files, or `only` some of them.

    Raises:
        Refusal: there is none of this name.

    """
    from data.stored_plan import plan_folder
    from models.database import reading
    from models.plans import FINAL, find_plan, plan_files

    with reading(desk.ledger.engine) as connection:
        plan = find_plan(connection, name)
        wanted = None if only is None else [*only, *(f"{FINAL}{file}" for file in only)]
        files = plan_files(connection, name, wanted)
    with plan_folder(files) as folder:
        yield Kept(plan, folder)


def read_kept(session: Session, kept: Kept) -> tuple[Case, Plan]:
    """Return the catalogue of a kept plan, and the plan as it stands.

    Raises:
        Refused: its files were altered, with status 4.

    """
    from allocator.verify_shapes import DoesNotHold
    from data.case_files import CaseUnreadable
    from data.plan_shown import read_shown_plan
    from data.stored_plan import catalogue_of

    try:
        case = catalogue_of(kept.folder)
        return case, read_shown_plan(kept.standing, case, session.lang)
    except (DoesNotHold, CaseUnreadable, OSError, LookupError):
        altered = say("The files of plan {plan} were altered. See: allocator verify {plan}", plan=kept.plan.id)
        session.refuse(altered, status=4)
