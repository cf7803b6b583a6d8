"""Which critical items are shorter than they need be, and orders for each by itself that are not."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from allocator.case import Floats, Units
from allocator.procurement_alone import Alone, alone, weighed
from allocator.procurement_course import course_of
from allocator.procurement_levels import Levels
from allocator.procurement_lp import Formulation

__all__ = ["Singly"]

_MISSED_MAX = 2e-4  # of the critical shortage: an item that misses its own by more is branched over
_BRANCHED_MAX = 16  # critical items, so that many of them take no minute
_LITTLE = 1e-3  # of what critical items ask for: as good as nothing
_NEAR = 1.0055  # times the bound: nearer than this no item is weighed
_WEIGHED_MAX = 5
_WORTH_WEIGHING = 1e-4  # of the shortage
_COST_BESIDE = 1e-3  # of the dearest yuan in shortage: what every yuan costs beside it


@dataclass
class Singly:
    """Critical items by themselves, each branched over once, where it is shorter than the levels say it must be."""

    form: Formulation
    levels: Levels
    floors: Floats = field(init=False)
    """(I,): what is proven of each item's weighted shortage, 0 where nothing was looked at."""
    _found: dict[int, Alone] = field(default_factory=dict)

    weighed_floors: dict[int, float] = field(default_factory=dict)
    """What is proven of shortage + Σ `worth` · units of the items that were weighed."""
    worth: Floats = field(init=False)
    """(choices,): what one unit costs, in weighted units short that its budget's money would spare others."""

    def __post_init__(self) -> None:
        form = self.form
        self.floors = np.zeros(len(form.case.items))
        self.worth = np.zeros(len(form.choices))
        for use, price in zip(form.budgets, self.levels.budget_price.tolist(), strict=True):
            self.worth[use.choice] -= price * form.choices.unit_yuan[use.choice]

    def of(self, item: int) -> Alone:
        """Return one item by itself."""
        if item not in self._found:
            self._found[item] = alone(self.form, item, self._price)
            self.floors[item] = self._found[item].floor
        return self._found[item]

    def missing(self, short: Floats) -> list[int]:
        """Return critical items that are shorter, by their weighted shortages (I,), than they need be, the most first.

        None where they lack money: then no item can be looked at by itself.
        """
        form = self.form
        if self.levels.critical_lacks_money:
            return []
        own = form.weight * form.critical
        must = np.maximum(own * (form.case.probability @ self.levels.unmet_units), self.floors)
        asked = float(own @ form.case.expected_units.sum(axis=1))
        worth = _MISSED_MAX * max(self.levels.critical, _LITTLE * asked)
        above = np.where(form.critical, short - must, 0.0)
        worse = [n for n in np.argsort(-above, kind="stable").tolist() if above[n] > worth]
        room = _BRANCHED_MAX - len(self._found)
        fresh = [n for n in worse if n not in self._found][:room]
        return [n for n in worse if (n in self._found or n in fresh) and self._helps(n, short[n])]

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

    def dearest(self, units: Floats) -> list[int]:
        """Return the items, not critical, whose shortage and money together are furthest above the levels', most first.

        None where so many units of each choice are near the bound as a whole.
        """
        form, levels = self.form, self.levels
        if self.missed(units)[1] <= _NEAR * levels.shortage or form.case.terms.cvar_level is not None:
            return []
        above = np.where(form.critical, 0.0, self._weight_of(units) - self._weight_of(levels.buy_units))
        order = np.argsort(-above, kind="stable")[:_WEIGHED_MAX]
        return [n for n in order.tolist() if above[n] > _WORTH_WEIGHING * levels.shortage]

    def weighed(self, item: int) -> Alone:
        """Return one item by itself, its shortage weighed against what its money is worth to others."""
        found = weighed(self.form, item, self.worth)
        self.weighed_floors[item] = found.floor
        return found

    def missed(self, units: Floats) -> tuple[float, float]:
        """Return critical shortage and shortage with so many units of each choice."""
        short = self.short(units)
        return float(short @ self.form.critical), float(short.sum())

    def _weight_of(self, units: Floats) -> Floats:
        spent = np.bincount(self.form.choices.item, weights=self.worth * units, minlength=len(self.floors))
        return self.short(units) + spent

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
        dearest = float(np.max(-self.levels.budget_price, initial=0.0))
        return _COST_BESIDE * self.form.choices.unit_yuan + (self.worth / dearest if dearest > 0 else 0.0)
