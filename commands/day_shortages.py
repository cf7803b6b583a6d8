"""What the plan of a day leaves short, by item and tier, for the day report."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator.sentence import Named
from commands.kept_plan import kept_plan, read_kept
from commands.on_ledger import Desk

if TYPE_CHECKING:
    from allocator.case import Case
    from allocator.plan import Plan
    from data.day_sheet import Shortage
    from models.plans import StoredPlan

__all__ = ["DayShortages", "day_shortages"]

_ORDER = ("closed", "dispatched", "approved", "reviewed", "draft")
"""The plan that went furthest speaks for its day."""


@dataclass(frozen=True)
class DayShortages:
    """The plan of a day, the tiers it knows, and what it leaves short."""

    plan: StoredPlan
    tiers: tuple[Named, ...]
    rows: tuple[Shortage, ...]


def day_shortages(desk: Desk, day: dt.date) -> DayShortages | None:
    """Return what the plan of a day leaves short; None where no plan stands for it.

    Raises:
        Refused: its files were altered.

    """
    from allocator.words import tier_named
    from models.database import reading
    from models.plans import plans

    with reading(desk.ledger.engine) as connection:
        found = [each for each in plans(connection) if each.date == day.isoformat() and each.status in _ORDER]
    if not found:
        return None
    # The latest comes first among those that went as far.
    plan = min(found, key=lambda each: _ORDER.index(each.status))
    with kept_plan(desk, plan.id) as kept:
        case, shown = read_kept(desk.session, kept)
        tiers = tuple(tier_named(name) for name in case.policy.tier_names)
        return DayShortages(plan, tiers, tuple(_rows(case, shown)))


def _rows(case: Case, plan: Plan) -> list[Shortage]:
    from allocator.plan_results import items_short, short_by_tier
    from data.day_sheet import Shortage

    by_tier = dict(zip(case.items.code, short_by_tier(case, plan).T.tolist(), strict=True))
    return [
        Shortage(
            item=Named(each.item, each.name, each.name_zh),
            unit=each.unit,
            units=each.short_units,
            by_tier=tuple(by_tier[each.item]),
            sites=each.short_pairs,
        )
        for each in items_short(case, plan)
    ]
