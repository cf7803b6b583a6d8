"""Why a row runs short: what would put it off furthest, in days of use, the three largest first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Indices
from allocator.shortfall_supply import SiteStock

__all__ = ["DRIVERS", "Facts", "drivers_of"]

DRIVERS = (
    "not_counted",
    "too_few",
    "rose",
    "nothing_coming",
    "late_order",
    "late_delivery",
    "overdue",
    "little_stock",
    "expires",
    "set_aside",
    "reserved",
    "long_lead",
    "no_offer",
    "uncertain",
)
_SHOWN = 3
_DAYS_MIN = 0.05


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of rows (S), in units a day, units and days from today."""

    level: Floats
    level_high: Floats
    stock: SiteStock
    cover: Floats
    plan_days: Floats
    holding: Floats
    expired: Floats
    out_day: Indices
    early_day_after: Indices
    ordered: Floats
    ordered_day: Floats
    sendable: Floats
    arrival_day: Floats
    lead_days: Indices
    buys: Bools
    offered: Bools
    shifted: Bools
    former: Floats
    concerned: Bools
    horizon_days: int
    days: int


def drivers_of(facts: Facts) -> tuple[NDArray[np.int8], Floats, Floats]:
    """Return the three largest drivers of each row (S, 3) as positions in `DRIVERS` (−1 none), their days and units.

    Each is measured by the days of use it costs: a rise of demand by the cover there would be at the former level, a
    late delivery by the days between stock-out and arrival, what expires by its units ÷ daily use, and so on.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        days, units = _measured(facts)
    days = np.where(facts.concerned[:, None] & (np.nan_to_num(days) >= _DAYS_MIN), days, 0.0)
    order = np.argsort(-days, axis=1, kind="stable")[:, :_SHOWN]
    found = np.take_along_axis(days, order, axis=1)
    why = np.where(found > 0, order, -1).astype(np.int8)
    amounts = np.where(found > 0, np.take_along_axis(units, order, axis=1), np.nan)
    return why, np.where(found > 0, found, np.nan), amounts


def _measured(facts: Facts) -> tuple[Floats, Floats]:
    level, stock, far = facts.level, facts.stock, float(facts.horizon_days)
    usable = np.maximum(0, stock.usable_units).astype(np.float64)
    out = facts.out_day < facts.days
    late = np.where(out & np.isfinite(facts.arrival_day), facts.arrival_day - facts.out_day, 0.0)
    nothing = np.where(
        out & ~(facts.holding > 0) & ~np.isfinite(facts.arrival_day) & ~(facts.ordered > 0),
        np.maximum(0.0, far - facts.out_day),
        0.0,
    )
    awaited = out & ~np.isfinite(facts.arrival_day) & (facts.ordered > 0)
    late_order = np.where(awaited, np.maximum(0.0, facts.ordered_day - facts.out_day), 0.0)
    rise = np.where(facts.shifted & (level > facts.former), usable / facts.former - usable / level, 0.0)
    unknown = np.where(stock.usable_units < 0, far, 0.0)
    too_long = np.where(facts.buys, facts.lead_days - facts.early_day_after, 0.0)
    spare = np.zeros_like(level)
    columns = {
        "not_counted": (unknown, spare),
        "too_few": (np.where(facts.holding > usable, far, 0.0), facts.holding - usable),
        # What rose is said even where nothing is left to measure it by.
        "rose": (np.where(facts.shifted & (level > facts.former), np.maximum(rise, 1.0), 0.0), level / facts.former),
        "nothing_coming": (nothing, facts.sendable),
        "late_order": (late_order, facts.ordered),
        "late_delivery": (late, stock.moving_units.astype(np.float64)),
        "overdue": (stock.overdue_units / level, stock.overdue_units.astype(np.float64)),
        "little_stock": (
            np.where((stock.usable_units < 0) | (facts.holding > 0), 0.0, facts.plan_days - np.nan_to_num(facts.cover)),
            usable,
        ),
        "expires": (facts.expired / level, facts.expired),
        "set_aside": (stock.set_aside_units / level, stock.set_aside_units.astype(np.float64)),
        "reserved": (stock.reserved_units / level, stock.reserved_units.astype(np.float64)),
        "long_lead": (np.where(facts.offered, too_long, 0.0), facts.lead_days.astype(np.float64)),
        "no_offer": (np.where(facts.buys & ~facts.offered, far, 0.0), spare),
        "uncertain": (np.where(out, facts.cover - usable / facts.level_high, 0.0), facts.level_high),
    }
    return tuple(np.stack([columns[name][n] for name in DRIVERS], axis=1) for n in (0, 1))  # type: ignore[return-value]
