"""What a procurement plan says: the orders, what stays unmet, what it costs, how near it is to the bound."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from allocator.case import Floats
from allocator.procurement_case import ProcurementCase
from allocator.sentence import Sentence

__all__ = ["Bound", "BudgetSpent", "OrderLine", "ProcurementPlan"]

_NONE_SHORT = 0.5  # of a weighted unit: less is nothing short


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """One order to place: by when, when it arrives, at what price a unit, what it costs with freight.

    `offer`: its position in the case. `order_by`: the first day of its week. `budget`: the bucket that is to pay it, ""
    where none limits it; of several, the one for the fewest items and days.
    """

    offer: int
    supplier: str
    item: str
    week: int
    order_by: dt.date
    arrives: dt.date
    units: int
    packs: int
    price: Decimal
    cost_fen: int
    budget: str = ""


@dataclass(frozen=True, kw_only=True)
class BudgetSpent:
    """What orders take of one budget."""

    bucket: str
    amount_fen: int
    spent_fen: int


@dataclass(frozen=True, kw_only=True)
class Bound:
    """What no plan can beat, by the linear program with any fraction of a unit and no least order."""

    critical: float
    shortage: float
    cost_yuan: float


@dataclass(frozen=True, kw_only=True)
class ProcurementPlan:
    """The plan. `rule`: what chose the orders. `critical`, `shortage`: weighted units, by the scenarios.

    `unmet_units`, `expired_units`: (I, W), averaged over the scenarios; `stock_units`: (I, W), at the expected
    demand, as holding is. `said`: what binds and what more would do, in sentences.
    """

    case: ProcurementCase
    rule: str
    lines: tuple[OrderLine, ...]
    critical: float
    shortage: float
    unmet_units: Floats
    expired_units: Floats
    stock_units: Floats
    purchase_fen: int
    holding_yuan: float
    disposal_yuan: float
    budgets: tuple[BudgetSpent, ...]
    bound: Bound | None = None
    said: tuple[Sentence, ...] = ()

    @property
    def cost_yuan(self) -> float:
        """Price and freight, holding and disposal."""
        return self.purchase_fen / 100 + self.holding_yuan + self.disposal_yuan

    @property
    def without_budget_fen(self) -> int:
        """What orders cost for which no budget stands on their day."""
        return sum(line.cost_fen for line in self.lines if not line.budget)

    @property
    def ratios(self) -> tuple[float, float, float] | None:
        """Critical shortage, shortage and cost over their bounds; 1 where both are nothing."""
        if self.bound is None:
            return None
        bound = self.bound
        return (
            _over(self.critical, bound.critical),
            _over(self.shortage, bound.shortage),
            _over(self.cost_yuan, bound.cost_yuan),
        )


def _over(value: float, bound: float) -> float:
    if bound < _NONE_SHORT:
        return 1.0 if value < _NONE_SHORT else float("inf")
    return value / bound
