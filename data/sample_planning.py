"""What invented samples have for forecasts and purchases: use of sixty days, activity, offers, orders, budgets.

Everything is made up, in the proportions that reports describe: use is level around the needs with the rhythm of the
week, but that of suits rises while the epidemic does; some posts report late or not at all, what is scarce runs out;
joint procurement is cheap and slow, makers nearby are quick and dear, and what they can deliver grows from week to
week.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocator.case import Case, Floats
from allocator.demand import DemandHistory
from allocator.drivers import Drivers
from allocator.planning import PlanningCase, offers_in_turn
from allocator.procurement_case import Budget, Offer, Order, Supplier
from data.sample_activity import counted_at

__all__ = ["HISTORY_DAYS", "planning_sample"]

HISTORY_DAYS = 60
_RISE_DAYS = 14  # from what it was before the epidemic to what it is now
_RISEN_DAYS = 16  # since then
_BEFORE = 0.6
_RISING = ("SUIT",)
_QUIET = 0.08  # of days on which a site does not report
_WEEKEND = 0.85
_WORKDAY = (7 - 2 * _WEEKEND) / 5  # so that a week is seven times the need of a day
_SHAPE = 6.0  # of the gamma by which one day differs from the next
_OUT = 0.03  # of days on which what is scarce runs out
_SCARCE = ("MASK", "SUIT", "N95")

_PRICES = {
    "MASK": "1.20",
    "SUIT": "95.00",
    "GOGGLES": "18.00",
    "GLOVES": "1.10",
    "THERMO": "260.00",
    "DISINF": "3.50",
    "N95": "9.80",
    "ALCOHOL": "6.50",
    "GOWN": "16.00",
    "SHIELD": "12.00",
    "CAP": "0.35",
    "SHOE": "0.60",
}


@dataclass(frozen=True)
class _Seller:
    """One supplier: what it asks for an item worth 1, and the share of a week's use that it can deliver.

    It sells every `step`th item, from `start` on.
    """

    code: str
    name: str
    name_zh: str
    factor: str
    lead_days: int
    share: float
    step: int
    start: int


_SELLERS = (
    _Seller("JOINT", "Provincial joint procurement", "省联采办", "1.00", 12, 0.9, 1, 0),
    _Seller("NEAR", "Garment works in the county", "本县服装厂", "1.35", 3, 0.35, 2, 0),
    _Seller("CITY", "City medical trading", "市医药公司", "1.15", 6, 0.6, 2, 1),
    _Seller("ABROAD", "Buyers abroad", "海外采购组", "1.60", 18, 2.5, 3, 0),
)


def planning_sample(case: Case, *, seed: int = 0, counted: bool = True) -> PlanningCase:
    """Return a sample with invented planning tables, the same for the same case and seed.

    `counted`: with what checkpoints and isolation sites count, from which their needs are about what they report.
    """
    rng = np.random.default_rng([seed, 7])
    weekly = _weekly_units(case)
    offers = offers_in_turn(_offers(case, weekly, rng))
    selling = {offer.supplier for offer in offers}
    return PlanningCase(
        case=case,
        history=_history(case, rng),
        drivers=_drivers(case, counted_at(case) if counted else []),
        suppliers=tuple(
            Supplier(supplier=each.code, name=each.name, name_zh=each.name_zh)
            for each in sorted(_SELLERS, key=lambda seller: seller.code)
            if each.code in selling
        ),
        offers=offers,
        orders=tuple(_orders(case, weekly, offers)),
        budgets=tuple(_budgets(case, weekly)),
    )


def _drivers(case: Case, rows: list[tuple[str, str, int]]) -> Drivers:
    """Return what is counted since the first day of the history, sorted as it is read again."""
    rows = sorted(rows)
    since = np.datetime64(case.policy.date - dt.timedelta(days=HISTORY_DAYS), "D")
    return Drivers(
        site=np.array([case.site_index[site] for site, *_ in rows], dtype=np.int32),
        driver=np.array([driver for _, driver, _ in rows], dtype=object),
        value=np.array([value for *_, value in rows], dtype=np.float64),
        since=np.full(len(rows), since),
        until=np.full(len(rows), np.datetime64("NaT", "D")),
    )


def _weekly_units(case: Case) -> Floats:
    """Return what all sites use of each item in a week, now; of durables a tenth of what they must hold."""
    daily = np.bincount(case.needs.item, weights=case.needs.daily_units, minlength=len(case.items))
    return np.where(case.items.durable, 0.1, 7.0) * daily


def _history(case: Case, rng: np.random.Generator) -> DemandHistory:
    """Return daily use up to the day before the plan's, of every need for what is used up."""
    needs = case.needs.take(np.flatnonzero(~case.items.durable[case.needs.item] & (case.needs.daily_units > 0)))
    pairs, days = len(needs), np.arange(HISTORY_DAYS)
    first = case.policy.date - dt.timedelta(days=HISTORY_DAYS)
    grown = np.clip(1 - (HISTORY_DAYS - _RISEN_DAYS - days) / _RISE_DAYS, 0.0, 1.0)
    weekday = (days + first.weekday()) % 7
    weekly = np.where(weekday >= 5, _WEEKEND, _WORKDAY)  # noqa: PLR2004 - Saturday on
    rising = np.isin(case.items.code[needs.item], _RISING)[:, None]
    mean = needs.daily_units[:, None] * weekly * np.where(rising, _BEFORE + (1 - _BEFORE) * grown, 1.0)
    units = rng.poisson(mean * rng.gamma(_SHAPE, 1 / _SHAPE, size=(pairs, HISTORY_DAYS))).astype(np.float64)
    scarce = np.isin(case.items.code[needs.item], _SCARCE)
    out = scarce[:, None] & (rng.random((pairs, HISTORY_DAYS)) < _OUT)
    units[out] = 0
    quiet = rng.random((len(case.sites), HISTORY_DAYS)) < _QUIET
    units[quiet[needs.site]] = np.nan
    return DemandHistory(
        sites=tuple(case.sites.code[needs.site]),
        items=tuple(case.items.code[needs.item]),
        units=units,
        stockout=np.where(np.isnan(units), 0.0, out),
        first_day=first,
        period_days=1,
    )


def _offers(case: Case, weekly: Floats, rng: np.random.Generator) -> list[Offer]:
    day = case.policy.date
    later = day + dt.timedelta(days=21)
    found = []
    for seller in _SELLERS:
        for n in range(seller.start, len(case.items), seller.step):
            item, pack = str(case.items.code[n]), int(case.items.pack_units[n])
            if weekly[n] <= 0:
                continue
            price = Decimal(_PRICES.get(item.partition("-")[0], "10.00")) * Decimal(seller.factor)
            capacity = max(pack, round(seller.share * float(weekly[n]) * float(rng.uniform(0.8, 1.2)) / pack) * pack)
            least = max(pack, round(capacity / 20 / pack) * pack)
            now = Offer(
                supplier=seller.code,
                item=item,
                price=price.quantize(Decimal("0.01")),
                lead_days=seller.lead_days,
                units_per_week=capacity,
                min_units=least,
                from_day=day - dt.timedelta(days=14),
                to_day=day + dt.timedelta(days=180),
            )
            # Works that were turned over to it deliver twice as much in three weeks, and at a lower price.
            grown = Offer(
                supplier=seller.code,
                item=item,
                price=(price * Decimal("0.85")).quantize(Decimal("0.01")),
                lead_days=seller.lead_days,
                units_per_week=2 * capacity,
                min_units=least,
                from_day=later,
                to_day=day + dt.timedelta(days=180),
            )
            found += [now, grown] if item.partition("-")[0] in _SCARCE else [now]
    return found


def _orders(case: Case, weekly: Floats, offers: tuple[Offer, ...]) -> list[Order]:
    """Return one order that is shipped, one that is late, and one that is only planned."""
    day = case.policy.date
    found = []
    for number, supplier, days, status in (
        ("PO-1", "JOINT", 4, "shipped"),
        ("PO-2", "CITY", -2, "ordered"),
        ("PO-3", "NEAR", 3, "planned"),
    ):
        own = [each for each in offers if each.supplier == supplier]
        if not own:
            continue
        offer = max(own, key=lambda each: weekly[case.item_index[each.item]])
        n = case.item_index[offer.item]
        pack = int(case.items.pack_units[n])
        units = max(pack, round(float(weekly[n]) / 2 / pack) * pack)
        arrives = day + dt.timedelta(days=days)
        found.append(
            Order(order=number, supplier=supplier, item=offer.item, units=units, arrives=arrives, status=status)
        )
    return sorted(found, key=lambda order: (order.arrives or day, order.order))


def _budgets(case: Case, weekly: Floats) -> list[Budget]:
    """Return money for about four weeks of what is worn, and for six of what is sprayed."""
    day = case.policy.date
    sprayed = ("DISINF", "ALCOHOL")
    found = []
    for bucket, weeks, own in (("disinfection", 6, True), ("protection", 4, False)):
        items = [
            n
            for n, code in enumerate(case.items.code)
            if (str(code).partition("-")[0] in sprayed) is own and weekly[n] > 0
        ]
        cost = sum(
            float(weekly[n]) * float(_PRICES.get(str(case.items.code[n]).partition("-")[0], "10.00")) for n in items
        )
        if items:
            found.append(
                Budget(
                    bucket=bucket,
                    amount=Decimal(max(1, round(weeks * cost / 1000)) * 1000),
                    from_day=day,
                    to_day=day + dt.timedelta(days=90),
                    items=tuple(str(case.items.code[n]) for n in items),
                )
            )
    return found
