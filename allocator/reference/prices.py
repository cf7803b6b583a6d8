"""Dual prices of one level: read off the solver, cleaned of noise, sharpened to full precision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pulp

from allocator.case import Floats
from allocator.reference.formulation import Formulation

__all__ = ["Prices", "price_of_pair", "prices_of", "sharpened", "value_of"]

K = TypeVar("K")

# A price is noise where all it prices adds less than this share to the whole.
_NOISE = 1e-10
# Two ways cost the same when they differ by less than what eight digits can tell.
_TIED = 1e-6
_LAST_DIGITS = 1e-5


@dataclass(frozen=True)
class Prices:
    """Dual prices of one level, by the positions of what they price; all positive."""

    supply: dict[tuple[int, int], float]
    kg: dict[int, float]
    m3: dict[int, float]
    lane_kg: dict[tuple[int, int], float]
    cap: dict[int, float]


def prices_of(form: Formulation) -> Prices:
    """Read the prices off the limit rows, without the noise of the last digits."""
    limits = form.limits
    worth = _worth(form.supply, limits.supply_units) + _worth(form.kg, limits.depot_kg)
    worth += (
        _worth(form.m3, limits.depot_m3) + _worth(form.lane_kg, limits.lane_kg) + _worth(form.cap, limits.cap_units)
    )
    largest = max((abs(row.pi or 0.0) for row in form.limit_rows()), default=0.0)

    def read(rows: Mapping[K, pulp.LpConstraint], most: Mapping[K, float]) -> dict[K, float]:
        prices = {key: abs(row.pi or 0.0) for key, row in rows.items()}
        return {
            key: price
            for key, price in prices.items()
            if price > _NOISE * largest and price * max(most[key], 1.0) > _NOISE * worth
        }

    return Prices(
        read(form.supply, limits.supply_units),
        read(form.kg, limits.depot_kg),
        read(form.m3, limits.depot_m3),
        read(form.lane_kg, limits.lane_kg),
        read(form.cap, limits.cap_units),
    )


def _worth(rows: Mapping[K, pulp.LpConstraint], most: Mapping[K, float]) -> float:
    return math.fsum(abs(row.pi or 0.0) * most[key] for key, row in rows.items())


def value_of(form: Formulation, prices: Prices) -> float:
    """Return Σ price · limit."""
    limits = form.limits
    parts: list[tuple[Mapping[Any, float], Mapping[Any, float]]] = [
        (prices.supply, limits.supply_units),
        (prices.kg, limits.depot_kg),
        (prices.m3, limits.depot_m3),
        (prices.lane_kg, limits.lane_kg),
        (prices.cap, limits.cap_units),
    ]
    return math.fsum(price * most[key] for priced, most in parts for key, price in priced.items())


def price_of_pair(form: Formulation, prices: Prices) -> Floats:
    """Return each pair's price of one unit of need: the least over its ways; 0 where it has none."""
    ways, per_way = form.ways, _way_prices(form, prices)
    price = np.full(len(form.problem.pairs), np.inf)
    np.minimum.at(price, ways.pair, per_way)
    price[np.isinf(price)] = 0.0
    for pair, more in prices.cap.items():
        price[pair] += more
    return price


def sharpened(form: Formulation, prices: Prices) -> Prices:
    """Return prices to full precision where the solver wrote eight digits.

    Ways of a pair that cost the same but for the last digits cost the same: those equations have one
    solution near the solver's, found by least squares on relative corrections.
    """
    use, flat = _use(form, prices), _flat(prices)
    if not len(flat):
        return prices
    cost = use @ flat
    cheapest = np.full(len(form.problem.pairs), np.inf)
    np.minimum.at(cheapest, form.ways.pair, cost)
    tied = np.flatnonzero(cost <= cheapest[form.ways.pair] * (1 + _TIED))
    pair = form.ways.pair[tied]
    again = np.flatnonzero(pair[1:] == pair[:-1])
    apart = np.unique((use[tied[again + 1]] - use[tied[again]]) * flat, axis=0)
    scale = np.abs(apart).max(axis=1, initial=0.0)
    apart = apart[scale > 0] / scale[scale > 0, None]
    if not len(apart):
        return prices
    correction = np.linalg.lstsq(apart, -apart.sum(axis=1), rcond=1e-9)[0]
    if np.abs(correction).max() > _LAST_DIGITS:
        return prices  # ways that cost almost the same by chance: nothing to mend
    better = iter((flat * (1 + correction)).tolist())
    return Prices(
        supply={key: next(better) for key in prices.supply},
        kg={key: next(better) for key in prices.kg},
        m3={key: next(better) for key in prices.m3},
        lane_kg={key: next(better) for key in prices.lane_kg},
        cap=prices.cap,
    )


def _way_prices(form: Formulation, prices: Prices) -> Floats:
    flat = _flat(prices)
    return _use(form, prices) @ flat if len(flat) else np.zeros(len(form.ways))


def _flat(prices: Prices) -> Floats:
    """Return the prices of limits in one row; a cap's price belongs to its pair alone."""
    parts = (prices.supply, prices.kg, prices.m3, prices.lane_kg)
    return np.array([price for part in parts for price in part.values()])


def _use(form: Formulation, prices: Prices) -> Floats:
    """Return what one unit of need on each way uses of each priced limit."""
    ways = form.ways
    columns = [np.where((ways.source == k) & (ways.by == j), ways.ratio, 0.0) for k, j in prices.supply]
    columns += [np.where(ways.depot == d, ways.kg, 0.0) for d in prices.kg]
    columns += [np.where(ways.depot == d, ways.m3, 0.0) for d in prices.m3]
    columns += [np.where((ways.depot == d) & (ways.site == s), ways.kg, 0.0) for d, s in prices.lane_kg]
    return np.stack(columns, axis=1) if columns else np.zeros((len(ways), 0))
