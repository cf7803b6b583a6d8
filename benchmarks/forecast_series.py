"""Histories to judge forecasts by: invented ones of several kinds, and real reports where they are there."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats
from allocator.demand import DemandHistory

__all__ = ["KINDS", "daily", "monthly", "reported_months"]

_BEGUN = dt.date(2017, 1, 1)
_Draw = np.random.Generator


def _counts(draw: _Draw, mean: Floats) -> Floats:
    return draw.poisson(np.minimum(mean, 1e6)).astype(np.float64)


def _steady(draw: _Draw, level: Floats, time: Floats) -> Floats:
    return _counts(draw, level + 0 * time)


def _noisy(draw: _Draw, level: Floats, time: Floats) -> Floats:
    return _counts(draw, draw.gamma(2, level / 2 + 0 * time))


def _intermittent(draw: _Draw, level: Floats, time: Floats) -> Floats:
    often = draw.uniform(0.1, 0.5, level.shape)
    return _counts(draw, level + 1 + 0 * time) * (draw.random((len(level), len(time))) < often)


def _lumpy(draw: _Draw, level: Floats, time: Floats) -> Floats:
    often = draw.uniform(0.1, 0.5, level.shape)
    sizes: Floats = np.round(draw.lognormal(np.log(level) + 0 * time, 1.2))
    return sizes * (draw.random(sizes.shape) < often)


def _seasonal(draw: _Draw, level: Floats, time: Floats) -> Floats:
    strength = draw.uniform(0.3, 0.9, level.shape)
    return _counts(draw, level * (1 + strength * np.sin(2 * np.pi * time / 12)))


def _trending(draw: _Draw, level: Floats, time: Floats) -> Floats:
    return _counts(draw, level * np.exp(draw.normal(0, 0.04, level.shape) * time))


def _jumping(draw: _Draw, level: Floats, time: Floats) -> Floats:
    when, by = draw.integers(6, len(time), level.shape), draw.lognormal(0, 1, level.shape)
    return _counts(draw, level * np.where(time >= when, by, 1.0))


def _wandering(draw: _Draw, level: Floats, time: Floats) -> Floats:
    steps = draw.normal(0, 0.25, (len(level), len(time)))
    return _counts(draw, level * np.exp(np.cumsum(steps, axis=1)))


def _gappy(draw: _Draw, level: Floats, time: Floats) -> Floats:
    units = _noisy(draw, level, time)
    late = time < draw.integers(0, len(time) // 2, level.shape)
    return np.where(late | (draw.random(units.shape) < 0.15), np.nan, units)


KINDS: dict[str, Callable[[_Draw, Floats, Floats], Floats]] = {
    "steady": _steady,
    "noisy": _noisy,
    "intermittent": _intermittent,
    "lumpy": _lumpy,
    "seasonal": _seasonal,
    "trending": _trending,
    "jump once": _jumping,
    "wandering": _wandering,
    "with gaps": _gappy,
}
"""What makes each kind of series, of levels (S, 1) and times (T,)."""


def monthly(kinds: list[str], *, series: int, periods: int, seed: int) -> DemandHistory:
    """Return months of series of these kinds, so many of each; each kind is an item."""
    draw = np.random.default_rng(seed)
    units = []
    for kind in kinds:
        level = draw.lognormal(2.5, 1.2, (series, 1))
        units.append(KINDS[kind](draw, level, np.arange(periods, dtype=np.float64)))
    items = tuple(kind for kind in kinds for _ in range(series))
    return _history(np.vstack(units), tuple(f"S{n:05}" for n in range(len(items))), items, period_days=30)


def daily(*, sites: int, items: int, days: int, seed: int) -> DemandHistory:
    """Return days of counted use, a tenth of them not reported."""
    draw = np.random.default_rng(seed)
    units = draw.poisson(draw.gamma(1, 5, (sites * items, 1)), (sites * items, days)).astype(np.float64)
    units[draw.random(units.shape) < 0.1] = np.nan
    names = [(f"S{site:04}", f"I{item:02}") for site in range(sites) for item in range(items)]
    return _history(units, tuple(site for site, _ in names), tuple(item for _, item in names), period_days=1)


def _history(units: Floats, sites: tuple[str, ...], items: tuple[str, ...], *, period_days: int) -> DemandHistory:
    return DemandHistory(
        sites=sites,
        items=items,
        units=units,
        stockout=np.zeros(units.shape),
        first_day=_BEGUN,
        period_days=period_days,
    )


def reported_months(path: Path, *, with_stock: bool = False) -> DemandHistory:
    """Return the monthly stock reports of the shared real data: a month that is missing is a gap.

    `with_stock`: with what was on hand at the end of a month.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    names = sorted({(row["site_code"], row["product_code"]) for row in rows})
    place = {name: n for n, name in enumerate(names)}
    at = np.array([place[row["site_code"], row["product_code"]] for row in rows])
    month: NDArray[np.int64] = np.array([int(row["year"]) * 12 + int(row["month"]) - 1 for row in rows])
    shape, begins = (len(names), int(month.max() - month.min()) + 1), int(month.min())

    def table(column: str) -> Floats:
        values = np.full(shape, np.nan)
        values[at, month - begins] = [float(row[column]) for row in rows]
        return values

    return DemandHistory(
        sites=tuple(site for site, _ in names),
        items=tuple(item for _, item in names),
        units=table("stock_distributed"),
        stockout=np.zeros(shape),
        held=table("stock_end") if with_stock else None,
        first_day=dt.date(begins // 12, begins % 12 + 1, 1),
        period_days=30,
    )
