"""Textbook rules of inventory, each the published formula with its source and the source's own example.

FoSCT: Snyder and Shen, Fundamentals of Supply Chain Theory, second edition, Wiley 2019. All per period: demand,
holding cost h and stock-out cost p of one unit, fixed cost K of one order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

__all__ = [
    "OrderPoint",
    "OrderUpTo",
    "Quantity",
    "economic_order_quantity",
    "economic_order_quantity_disrupted",
    "newsvendor_normal",
    "newsvendor_poisson",
    "order_point_and_quantity",
    "s_and_s_poisson",
    "wagner_whitin",
]

_STANDARD = NormalDist()
_TAIL = 1e-14
_SETTLED = 1e-12
_ROUNDS_MAX = 10_000
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class OrderUpTo:
    """The level to order up to, and the expected cost of a period there."""

    units: float
    cost: float


@dataclass(frozen=True)
class Quantity:
    """How much to order at a time, and the cost of a period with it."""

    units: float
    cost: float


@dataclass(frozen=True)
class OrderPoint:
    """At `point` units or below order up to `up_to` (s, S), or order `up_to` − `point` as a quantity (r, Q)."""

    point: float
    up_to: float
    cost: float


def newsvendor_normal(
    *, holding: float, stockout: float, mean: float, deviation: float, lead_periods: int = 0
) -> OrderUpTo:
    """Return the base-stock level where demand is normal.

        S = μ' + σ'·Φ⁻¹(p / (p + h)),  cost = (h + p)·σ'·φ(z),  μ' = (L + 1)·μ,  σ' = σ·√(L + 1)

    FoSCT, example 4.3. Raises ValueError where a cost or σ is not above 0.

    >>> newsvendor_normal(holding=0.18, stockout=0.70, mean=50, deviation=8)
    OrderUpTo(units=56.603955927..., cost=1.997605193...)
    """
    _above_zero(holding=holding, stockout=stockout, deviation=deviation)
    z = _STANDARD.inv_cdf(stockout / (stockout + holding))
    spread = deviation * math.sqrt(lead_periods + 1)
    return OrderUpTo((lead_periods + 1) * mean + z * spread, (holding + stockout) * spread * _STANDARD.pdf(z))


def newsvendor_poisson(*, holding: float, stockout: float, mean: float) -> OrderUpTo:
    """Return the base-stock level where demand is Poisson: the smallest S with F(S) ≥ p / (p + h).

    FoSCT, chapter 4. The answer below is by stockpyl. Raises ValueError where a number is not above 0.

    >>> newsvendor_poisson(holding=1, stockout=4, mean=50)
    OrderUpTo(units=56, cost=10.07520006...)
    """
    _above_zero(holding=holding, stockout=stockout, mean=mean)
    chances = _poisson(mean)
    level, reached = 0, chances[0]
    while reached < stockout / (stockout + holding) and level + 1 < len(chances):
        level += 1
        reached += chances[level]
    return OrderUpTo(level, _expected(chances, holding, stockout)(level))


def economic_order_quantity(*, fixed: float, holding: float, demand: float) -> Quantity:
    """Return the quantity that balances ordering and holding.

        Q = √(2·K·λ / h),  cost = √(2·K·λ·h)

    FoSCT, example 3.1. Raises ValueError where a number is not above 0.

    >>> economic_order_quantity(fixed=8, holding=0.225, demand=1300)
    Quantity(units=304.046780026..., cost=68.410525505...)
    """
    _above_zero(fixed=fixed, holding=holding, demand=demand)
    return Quantity(math.sqrt(2 * fixed * demand / holding), math.sqrt(2 * fixed * demand * holding))


def economic_order_quantity_disrupted(
    *, fixed: float, holding: float, stockout: float, demand: float, disruption_rate: float, recovery_rate: float
) -> Quantity:
    """Return the quantity where the supplier fails at rate λ and comes back at rate μ; what is then short is lost.

        g(Q) = (K + h·Q² / 2D + p·D·β / μ) / (Q / D + β / μ),  β = λ / (λ + μ)·(1 − e^(−(λ + μ)·Q / D))

    FoSCT, example 9.1 (Parlar and Berkin 1991; Berk and Arreola-Risa 1994); g falls, then rises, so the
    least is found by golden section. Raises ValueError where a number is not above 0.

    >>> found = economic_order_quantity_disrupted(
    ...     fixed=8, holding=0.225, stockout=5, demand=1300, disruption_rate=1.5, recovery_rate=14)
    >>> round(found.units, 4), round(found.cost, 9)
    (772.8111, 173.950002573)
    """
    _above_zero(
        fixed=fixed,
        holding=holding,
        stockout=stockout,
        demand=demand,
        disruption_rate=disruption_rate,
        recovery_rate=recovery_rate,
    )
    both = disruption_rate + recovery_rate

    def cost(units: float) -> float:
        down = disruption_rate / both * (1 - math.exp(-both * units / demand)) / recovery_rate
        money = fixed + holding * units**2 / (2 * demand) + stockout * demand * down
        return money / (units / demand + down)

    quantity = _lowest(cost, most=10 * demand * (1 + stockout / holding))
    return Quantity(quantity, cost(quantity))


def wagner_whitin(
    *, fixed: float, holding: float, demand: Sequence[float], purchase: Sequence[float] | None = None
) -> tuple[list[float], float]:
    """Return what to order in each period so that known demand is met at least cost, and that cost.

        θ(t) = min over s > t of  K + c(t)·Σ_{t≤u<s} d(u) + h·Σ_{t≤u<s} (u − t)·d(u) + θ(s)

    Wagner and Whitin 1958, Management Science 5; FoSCT, example 3.9. Of equal plans the one with earlier
    orders for more periods. Raises ValueError where the two lists differ in length.

    >>> wagner_whitin(fixed=500, holding=2, demand=[90, 120, 80, 70])
    ([210, 0, 150, 0], 1380.0)
    """
    prices = [0.0] * len(demand) if purchase is None else list(purchase)
    if len(prices) != len(demand):
        raise ValueError("there must be one price for each period")
    best: list[float] = [0.0] * (len(demand) + 1)
    until = [len(demand)] * len(demand)
    for first in reversed(range(len(demand))):
        best[first] = math.inf
        cost: float = 0.0 + fixed
        for last in range(first, len(demand)):
            cost += demand[last] * (prices[first] + holding * (last - first))
            if cost + best[last + 1] <= best[first]:
                best[first], until[first] = cost + best[last + 1], last + 1
    orders: list[float] = [0] * len(demand)
    period = 0
    while period < len(demand):
        orders[period] = sum(demand[period : until[period]])
        period = until[period]
    return orders, best[0]


def s_and_s_poisson(*, holding: float, stockout: float, fixed: float, mean: float) -> OrderPoint:
    """Return the best (s, S): at s or below, order up to S; demand is Poisson, unmet demand waits.

        c(s, S) = (K + Σ_{j=0}^{S−s−1} m(j)·G(S − j)) / Σ_{j=0}^{S−s−1} m(j)

    m(0) = 1 / (1 − f(0)), m(j) = Σ_{l≤j} f(l)·m(j − l); G: the expected cost of a period from a level. Exact by
    Zheng and Federgruen 1991, Operations Research 39; FoSCT, example 4.7. Raises ValueError where a
    number is not above 0.

    >>> s_and_s_poisson(holding=1, stockout=4, fixed=5, mean=6)
    OrderPoint(point=4, up_to=10, cost=8.03411156...)
    """
    _above_zero(holding=holding, stockout=stockout, fixed=fixed, mean=mean)
    chances = _poisson(mean)
    level_cost = _expected(chances, holding, stockout)
    renewals = [1 / (1 - chances[0])]

    def renewal(j: int) -> float:
        while len(renewals) <= j:
            n = len(renewals)
            earlier = sum(chances[k] * renewals[n - k] for k in range(1, min(n, len(chances) - 1) + 1))
            renewals.append(earlier / (1 - chances[0]))
        return renewals[j]

    def cost(low: int, up_to: int) -> float:
        weights = [renewal(j) for j in range(up_to - low)]
        paid = fixed + sum(w * level_cost(up_to - j) for j, w in enumerate(weights))
        return paid / sum(weights)

    cheapest = int(newsvendor_poisson(holding=holding, stockout=stockout, mean=mean).units)
    low, up_to = cheapest - 1, cheapest
    while cost(low, up_to) > level_cost(low):
        low -= 1
    least, tried = cost(low, up_to), up_to + 1
    while level_cost(tried) <= least:
        if cost(low, tried) < least:
            up_to = tried
            while cost(low, up_to) <= level_cost(low + 1):
                low += 1
            least = cost(low, up_to)
        tried += 1
    return OrderPoint(low, up_to, least)


def order_point_and_quantity(
    *, holding: float, stockout: float, fixed: float, demand: float, deviation: float, lead_periods: float
) -> OrderPoint:
    """Return (r, r + Q) by the expected-inventory-level approximation; demand over the lead time is normal.

        Q = √(2·λ·(K + p·n(r)) / h),  F(r) = 1 − Q·h / (p·λ),  n(r): expected units short in a lead time
        cost = h·(r − λ·L + Q / 2) + K·λ / Q + p·λ·n(r) / Q

    Whitin 1953; FoSCT, example 5.2. Raises ValueError where a number is not above 0 or no order point exists.

    >>> found = order_point_and_quantity(
    ...     holding=0.225, stockout=7.5, fixed=8, demand=1300, deviation=150, lead_periods=1 / 12)
    >>> round(found.point, 6), round(found.up_to - found.point, 6), round(found.cost, 6)
    (213.970442, 318.590181, 95.45114)
    """
    _above_zero(
        holding=holding, stockout=stockout, fixed=fixed, demand=demand, deviation=deviation, lead_periods=lead_periods
    )
    mean, spread = demand * lead_periods, deviation * math.sqrt(lead_periods)
    quantity = economic_order_quantity(fixed=fixed, holding=holding, demand=demand).units
    point, short = mean, 0.0
    for _ in range(_ROUNDS_MAX):
        share = 1 - quantity * holding / (stockout * demand)
        if not 0 < share < 1:
            raise ValueError("a unit short costs too little for an order point to pay")
        z = _STANDARD.inv_cdf(share)
        point, short = mean + z * spread, spread * (_STANDARD.pdf(z) - z * (1 - share))
        better = math.sqrt(2 * demand * (fixed + stockout * short) / holding)
        if abs(better - quantity) <= _SETTLED * quantity:
            break
        quantity = better
    cost = holding * (point - mean + quantity / 2) + (fixed + stockout * short) * demand / quantity
    return OrderPoint(point, point + quantity, cost)


def _poisson(mean: float) -> list[float]:
    """Return the chances of 0, 1, 2 … units, until what is left is nothing."""
    chances: list[float] = []
    reached, k = 0.0, 0
    while reached < 1 - _TAIL and (k <= mean or chances[-1] > _TAIL * _TAIL):
        chances.append(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)))
        reached += chances[-1]
        k += 1
    return chances


def _expected(chances: Sequence[float], holding: float, stockout: float) -> Callable[[int], float]:
    """Return G(y) = h·E[(y − D)⁺] + p·E[(D − y)⁺]."""

    def cost(level: int) -> float:
        return sum(
            chance * (holding * (level - units) if units < level else stockout * (units - level))
            for units, chance in enumerate(chances)
        )

    return cost


def _lowest(cost: Callable[[float], float], *, most: float) -> float:
    low, high = most * 1e-12, most
    while high - low > _SETTLED * most:
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if cost(left) <= cost(right):
            high = right
        else:
            low = left
    return (low + high) / 2


def _above_zero(**numbers: float) -> None:
    for name, number in numbers.items():
        if not number > 0:
            raise ValueError(f"{name} must be above 0, not {number}")
