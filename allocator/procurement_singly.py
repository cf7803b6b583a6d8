"""Which critical items are shorter than they need be, and orders for each by itself that are not."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from allocator.case import Floats, Units
from allocator.procurement_alone import Alone, alone
from allocator.procurement_course import course_of
from allocator.procurement_levels import Levels
from allocator.procurement_lp import Formulation

__all__ = ["Singly"]

_MISSED_MAX = 2e-4  # of the critical shortage: an item that misses its own by more is branched over
_LITTLE = 1e-3  # of what critical items ask for: as good as nothing
_COST_BESIDE = 1e-3  # of the dearest yuan in shortage: what every yuan costs beside it


@dataclass
class Singly:
    """Critical items by themselves, each branched over once, where it is shorter than the levels say it must be."""

    form: Formulation
    levels: Levels
    floors: Floats = field(init=False)
    """(I,): what is proven of each item's weighted shortage, 0 where nothing was looked at."""
    _found: dict[int, Alone] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.floors = np.zeros(len(self.form.case.items))

    def of(self, item: int) -> Alone:
        """Return one item by itself."""
        if item not in self._found:
            self._found[item] = alone(self.form, item, self._price)
            self.floors[item] = self._found[item].floor
        return self._found[item]

    def missing(self, short: Floats) -> list[int]:
        """Return the critical items that are shorter, by their weighted shortages (I,), than they need be."""
        form = self.form
        own = form.weight * form.critical
        must = np.maximum(own * (form.case.probability @ self.levels.unmet_units), self.floors)
        asked = float(own @ form.case.expected_units.sum(axis=1))
        worth = _MISSED_MAX * max(self.levels.critical, _LITTLE * asked)
        return [n for n in np.flatnonzero(form.critical & (short - must > worth)).tolist() if self._helps(n, short[n])]

    def _helps(self, item: int, short: float) -> bool:
        found = self.of(item)
        return found.units is not None and found.floor < (1 - _MISSED_MAX) * short

    def repacked(self, packs: Units) -> Units:
        """Return packs of each choice in which items that whole packs left shorter are ordered as by themselves."""
        form, after = self.form, packs.copy()
        choices = form.choices
        before = self.short(packs * choices.pack_units)
        for item in self.missing(before):
            mine = np.flatnonzero(choices.item == item)
            units = self.of(item).units
            if units is not None:
                tried = after.copy()
                tried[mine] = np.maximum(np.rint(units / choices.pack_units[mine]).astype(np.int64), 0)
                tried[mine] = np.where(tried[mine] < choices.least_packs[mine], 0, tried[mine])
                if self.short(tried * choices.pack_units)[item] < before[item]:
                    after = tried
        return after

    def short(self, units: Floats | Units) -> Floats:
        """Return (I,): each item's weighted shortage with so many units of each choice."""
        form = self.form
        arriving = form.choices.arriving(units.astype(float), form.columns.items, form.columns.weeks)
        course = course_of(form.cohorts, arriving, form.case.demand_units)
        short: Floats = form.weight * (form.case.probability @ course.unmet_units.sum(axis=2))
        return short

    @property
    def _price(self) -> Floats:
        """(choices,): what a unit costs, in shortage where its budget's money binds, a little in yuan everywhere."""
        form, binds = self.form, self.levels.budget_price
        dearest = float(np.max(-binds, initial=0.0))
        worth = np.zeros(len(form.choices))
        for use, each in zip(form.budgets, binds.tolist(), strict=True):
            worth[use.choice] -= each
        return form.choices.unit_yuan * (_COST_BESIDE + (worth / dearest if dearest > 0 else 0.0))
