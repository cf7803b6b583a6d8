"""The rules that logistics systems order by, exactly as each publishes them: OpenLMIS, open-mSupply, QAT, esft.

Formulas only, from their public documentation; no code of theirs. Months are of 30 days where the source says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

__all__ = [
    "days_of_supply",
    "esft_units",
    "msupply_suggested_quantity",
    "openlmis_adjusted_consumption",
    "openlmis_order",
    "people_units",
    "qat_adjusted_consumption",
    "qat_max_months",
    "qat_order",
    "qat_projected_inventory",
    "qat_turns",
    "qat_unmet_demand",
]

_MONTH_DAYS = 30
_YEAR_MONTHS = 12


def openlmis_adjusted_consumption(*, consumed_units: int, months: int, days_out: int) -> int:
    """Return consumption as it would have been without stock-outs.

        N = ⌈C · 30M / (30M − X)⌉;  N = C where X = 30M;  0 where C = 0

    OpenLMIS requisition service (the formula as published). Raises ValueError where the days do not fit the months.

    >>> openlmis_adjusted_consumption(consumed_units=100, months=1, days_out=15)
    200
    >>> openlmis_adjusted_consumption(consumed_units=7, months=1, days_out=10)
    11
    >>> openlmis_adjusted_consumption(consumed_units=100, months=1, days_out=30)
    100
    """
    days = _MONTH_DAYS * months
    if not 0 <= days_out <= days:
        raise ValueError(f"{days_out} days out of stock do not fit into {days} days")
    if days_out == days or consumed_units == 0:
        return consumed_units
    return -(-consumed_units * days // (days - days_out))


def openlmis_order(*, adjusted_units: Sequence[int], periods_max: float, stock_units: int) -> int:
    """Return what to order so that stock reaches its most.

        average = ⌈mean N⌉;  most = round(average · periods);  order = max(0, most − stock)

    OpenLMIS requisition service. Half a unit is rounded up, as there. Raises ValueError without any period.

    >>> openlmis_order(adjusted_units=[200, 100, 101], periods_max=2.5, stock_units=120)
    215
    """
    if not adjusted_units:
        raise ValueError("an average needs at least one period")
    average = -(-sum(adjusted_units) // len(adjusted_units))
    most = math.floor(Fraction(periods_max) * average + Fraction(1, 2))
    return max(0, most - stock_units)


def msupply_suggested_quantity(
    *, monthly_units: float, stock_units: float, months_min: float, months_max: float
) -> float:
    """Return what to order where stock lasts less than the least months, so that it lasts the most months.

        (months_max − stock / monthly) · monthly  where stock / monthly ≤ months_min, else 0

    open-mSupply documentation, "Internal orders" (months of stock). No least (0) means that it is the most.

    >>> msupply_suggested_quantity(monthly_units=100, stock_units=150, months_min=2, months_max=4)
    250.0
    >>> msupply_suggested_quantity(monthly_units=100, stock_units=250, months_min=2, months_max=4)
    0.0
    """
    if monthly_units <= 0:
        return 0.0
    months = stock_units / monthly_units
    threshold = months_min or months_max
    return 0.0 if months > threshold else max(0.0, (months_max - months) * monthly_units)


def qat_max_months(*, months_min: float, reorder_months: float, guard_min_max: float, guard_max_max: float) -> float:
    """Return the most months of stock a plan may reach.

        max = min(max(min + reorder interval, least most), largest most)

    QAT, annex 2, B10.

    >>> qat_max_months(months_min=3, reorder_months=9, guard_min_max=6, guard_max_max=18)
    12
    """
    return min(max(months_min + reorder_months, guard_min_max), guard_max_max)


def qat_order(*, projected_units: float, monthly_units: float, months_min: float, months_max: float) -> float:
    """Return the shipment QAT suggests: up to the most where the projected stock falls below the least.

        max · monthly − projected  where projected < min · monthly, else 0

    QAT's suggested shipment between its least and most months of stock (annex 2).

    >>> qat_order(projected_units=250, monthly_units=100, months_min=3, months_max=12)
    950
    """
    return months_max * monthly_units - projected_units if projected_units < months_min * monthly_units else 0


def qat_projected_inventory(
    *, opening_units: float, shipment_units: float, adjustment_units: float, consumed_units: float, expired_units: float
) -> float:
    """Return opening + shipments + adjustments − consumption − expired, of a month (QAT, annex 2, B6).

    >>> qat_projected_inventory(
    ...     opening_units=100, shipment_units=50, adjustment_units=-5, consumed_units=80, expired_units=10)
    55
    """
    return opening_units + shipment_units + adjustment_units - consumed_units - expired_units


def qat_unmet_demand(*, consumed_units: float, days_out: int, month_days: int) -> float:
    """Return what was not met for want of stock: actual · days out / (days of the month − days out) (QAT, B15).

    Raises ValueError where it was out all month: nobody knows then.

    >>> qat_unmet_demand(consumed_units=100, days_out=10, month_days=30)
    50.0
    """
    if not 0 <= days_out < month_days:
        raise ValueError(f"{days_out} days out of {month_days} leave no day to judge by")
    return consumed_units * days_out / (month_days - days_out)


def qat_adjusted_consumption(*, consumed_units: float, reporting_share: float, days_out: int, month_days: int) -> float:
    """Return actual / reporting share / (1 − days out / days of the month) (QAT, annex 2, F3).

    Raises ValueError where nobody reported or it was out all month.

    >>> qat_adjusted_consumption(consumed_units=90, reporting_share=0.9, days_out=15, month_days=30)
    200.0
    """
    if not 0 < reporting_share <= 1 or not 0 <= days_out < month_days:
        raise ValueError("someone must have reported, and some day must have had stock")
    return consumed_units / reporting_share / (1 - days_out / month_days)


def qat_turns(*, months_min: float, reorder_months: int) -> float:
    """Return the planned turns of the stock a year.

        turns = 12 / (min + Σ cycle / 12);  cycle: R, R − 1 … 1 over twelve months, the last cycle cut to its end

    QAT, annex 2, D5, with its example. Raises ValueError outside 1 to 12 months.

    >>> round(qat_turns(months_min=3, reorder_months=9), 1)
    1.7
    >>> [_cycle_months(reorder) for reorder in (12, 9, 5, 1)]
    [78, 51, 33, 12]
    """
    if not 1 <= reorder_months <= _YEAR_MONTHS:
        raise ValueError(f"a reorder interval of {reorder_months} months is not from 1 to 12")
    return _YEAR_MONTHS / (months_min + _cycle_months(reorder_months) / _YEAR_MONTHS)


def _cycle_months(reorder_months: int) -> int:
    whole, rest = divmod(_YEAR_MONTHS, reorder_months)
    return whole * reorder_months * (reorder_months + 1) // 2 + rest * (rest + 1) // 2


def people_units(
    *, staff: int, sites: int, per_day: float, days: int, buffer_share: float = 0.0
) -> tuple[float, float]:
    """Return staff × sites × units a day × days, and the same with a buffer.

    Pakistan's COVID-19 PPE forecast, set A, with its own first example.

    >>> people_units(staff=30, sites=1, per_day=3, days=84, buffer_share=0.4)
    (7560, 10584.0)
    """
    total = staff * sites * per_day * days
    return total, total + total * buffer_share


def days_of_supply(*, stock_units: float, daily_units: float) -> float:
    """Return stock ÷ mean daily use, the burn rate of the CDC's calculator; infinite where nothing is used.

    >>> round(days_of_supply(stock_units=1200, daily_units=85), 1)
    14.1
    """
    return stock_units / daily_units if daily_units > 0 else math.inf


def esft_units(*, workers: int, per_day: float, reusable: bool = False, days_a_week: int = 5, weeks: int = 12) -> float:
    """Return what health workers need outside COVID-19 care: workers × a day × days × weeks; reusable: one each.

    mrc-ide/esft, vignette "forecast", with its defaults.

    >>> esft_units(workers=10, per_day=2), esft_units(workers=10, per_day=2, reusable=True)
    (1200, 10)
    """
    return workers if reusable else workers * per_day * days_a_week * weeks
