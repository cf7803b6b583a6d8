"""Lead times as they were seen: how many days suppliers took from the order to the arrival."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

__all__ = ["SeenLeadTime", "seen_lead_times"]

P90 = 0.9


@dataclass(frozen=True, kw_only=True)
class SeenLeadTime:
    """What was seen of one supplier: how many orders arrived, and in how many days (median, and nine of ten)."""

    supplier: str
    orders: int
    median_days: float
    p90_days: float


def seen_lead_times(arrivals: Iterable[tuple[str, dt.date, dt.date]]) -> list[SeenLeadTime]:
    """Return what was seen of each supplier, by code. `arrivals`: supplier, day ordered, day of the last arrival.

    Quantiles are those of the sample, linear between its values (Hyndman and Fan 1996, type 7).

    >>> day = dt.date(2020, 2, 1)
    >>> seen = seen_lead_times([("A", day, day + dt.timedelta(days=days)) for days in (4, 6, 14)])
    >>> seen[0].median_days, round(seen[0].p90_days, 6), seen[0].orders
    (6.0, 12.4, 3)
    """
    days: dict[str, list[int]] = {}
    for supplier, ordered, arrived in arrivals:
        days.setdefault(supplier, []).append((arrived - ordered).days)
    return [
        SeenLeadTime(
            supplier=supplier,
            orders=len(own),
            median_days=float(np.median(own)),
            p90_days=float(np.quantile(own, P90)),
        )
        for supplier, own in sorted(days.items())
    ]
