"""Plan anew around what people decided: the plan with overrides, who pays for the last of them, what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allocator.allocate import allocate_with
from allocator.case import Case
from allocator.overrides import Change, Conflict, changes_between
from allocator.plan import Plan
from allocator.sentence import Named
from data.case_digest import with_case_digest
from data.plan_standing import overrides_of
from models.plan_overrides import Decision

__all__ = ["Payer", "Replanned", "payers", "proposed_units", "replanned"]

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
