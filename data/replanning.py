"""Plan anew around what people decided: the plan with overrides, who pays for the last of them, what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from allocator.allocate import allocate_with
from allocator.case import Case
from allocator.overrides import Change, Conflict, changes_between
from allocator.plan import Plan
from allocator.sentence import Named, say
from allocator.verify_shapes import DoesNotHold
from data.case_digest import with_case_digest
from data.case_files import CaseUnreadable
from data.plan_shown import read_shown_plan
from data.plan_standing import overrides_of, standing_folder
from data.stored_plan import catalogue_of, plan_folder
from models.entry import Refusal
from models.plan_overrides import Decision
from models.plans import find_plan, plan_files

__all__ = ["Payer", "Replanned", "payers", "payers_json", "payers_of", "payers_of_plan", "proposed_units", "replanned"]

_NOTICED_UNITS = 1e-6  # files keep twelve digits


@dataclass(frozen=True)
class Replanned:
    """A plan in which overrides stand, and those of them that do not fit."""

    plan: Plan
    conflicts: tuple[Conflict, ...]


def replanned(case: Case, proposed: Plan, decisions: Sequence[Decision]) -> Replanned:
    """Return the plan of a case in which what people decided stands; `proposed`: without any of it."""
    plan, conflicts = allocate_with(case, overrides_of(decisions), proposed=proposed)
    return Replanned(with_case_digest(plan, case), conflicts)


@dataclass(frozen=True)
class Payer:
    """A site that gets more or less of an item than before; cover in days of use, for durables as a share."""

    site: Named
    item: Named
    units_before: float
    units_after: float
    cover_before: float
    cover_after: float

    @property
    def pays(self) -> bool:
        """Whether it gets less."""
        return self.units_after < self.units_before


def payers(case: Case, before: Plan, after: Plan) -> list[Payer]:
    """Return every site that gets another quantity of an item: who loses most cover first, who gains last."""
    return [
        _payer(case, each)
        for each in changes_between(before, after)
        if abs(each.units_after - each.units_before) > _NOTICED_UNITS
    ]


def payers_of(folder: Path, case: Case, lang: str) -> list[Payer]:
    """Return who gets less or more by what was decided on a kept plan, as it stands. `folder`: its files."""
    standing = standing_folder(folder)
    if standing == folder:
        return []
    before, after = (read_shown_plan(each, case, lang) for each in (folder, standing))
    return payers(case, before, after)


def payers_of_plan(connection: sa.Connection, name: str, lang: str) -> list[Payer]:
    """Return who gets less or more by what was decided on a plan of the ledger.

    Raises:
        Refusal: there is none of this name, or its files were altered.

    """
    find_plan(connection, name)
    with plan_folder(plan_files(connection, name)) as folder:
        try:
            return payers_of(folder, catalogue_of(folder), lang)
        except (DoesNotHold, CaseUnreadable, OSError, LookupError):
            altered = say("The files of plan {plan} were altered. See: allocator verify {plan}", plan=name)
            raise Refusal(altered) from None


def payers_json(changes: Sequence[Payer]) -> list[dict[str, Any]]:
    """Return changes as JSON has them, in codes."""
    return [vars(each) | {"site": each.site.code, "item": each.item.code} for each in changes]


def _payer(case: Case, change: Change) -> Payer:
    sites, items = case.sites, case.items
    return Payer(
        site=Named(sites.code[change.site], sites.name[change.site], sites.name_zh[change.site], with_code=True),
        item=Named(items.code[change.item], items.name[change.item], items.name_zh[change.item]),
        units_before=change.units_before,
        units_after=change.units_after,
        cover_before=change.cover_before,
        cover_after=change.cover_after,
    )


def proposed_units(case: Case, proposed: Plan, site: str, item: str) -> int:
    """Return the whole units of an item that a plan sends to a site, whatever need it is for; 0 for unknown codes."""
    lines = proposed.lines
    own = (lines.site == case.site_index.get(site, -1)) & (lines.item == case.item_index.get(item, -1))
    return int(lines.units[own].sum())
