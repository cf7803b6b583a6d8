"""What is told beside documents: needs, activity, local facts, thermometers that work, and the reports of a month."""

from __future__ import annotations

import datetime as dt

from benchmarks.wrongdoing_life import Life
from benchmarks.wrongdoing_world import THERMO, Site
from models.catalogue import save_needs
from models.catalogue_activity import save_drivers, save_facts, save_fleets
from models.catalogue_reports import save_reports

__all__ = ["say_activity", "say_fleets", "say_month", "say_needs"]

_MICRO = 1_000_000
_CHANGED, _BEFORE_DAYS, _TYPO = 0.15, 14, 0.002


def say_needs(life: Life) -> None:
    """Let keepers say on Fridays what they use a day, where it changed; some raise it before a plan only."""
    for n, site in enumerate(life.world.sites):
        inflated = life.plants.at("needs-inflated", site.code)
        weeks = [(week * 7, inflated.more["factor"]) for week in inflated.more["weeks"]] if inflated else []
        raised = next((factor for monday, factor in weeks if life.day in (monday - 2, monday - 1)), 0)
        for item in site.rates:
            if inflated and item in inflated.items and weeks:
                begin, end = weeks[0][0] - 2, weeks[-1][0] + 4
                if raised and life.day % 7 == 5 + n % 2:
                    _need(life, site, item, _usual(life, site, item) * raised)
                elif life.day - 3 in [monday for monday, _ in weeks]:
                    _need(life, site, item, _usual(life, site, item))
                if begin <= life.day <= end:
                    continue
            if life.date.weekday() == 4:
                usual = _usual(life, site, item) * life.rng.lognormvariate(0, 0.05)
                if abs(usual - life.needs[site.code, item]) > _CHANGED * life.needs[site.code, item]:
                    _need(life, site, item, usual)


def _usual(life: Life, site: Site, item: str) -> float:
    """Return what a site reported a day of late, and at least a little."""
    used = life.used[site.code, item][-_BEFORE_DAYS:]
    return max(0.3, sum(used) / len(used)) if used else life.needs[site.code, item]


def _need(life: Life, site: Site, item: str, daily: float) -> None:
    daily = max(1, round(daily)) if daily > 3 else round(daily, 1)
    hour = life.rng.uniform(16.5, 17.0)
    row = {"site": site.code, "item": item, "daily_units_micro": round(daily * _MICRO), "reported_on": life.iso}
    if life.rng.random() < _TYPO:  # a zero too many, seen at once
        at = life.at(hour) // 60_000_000 * 60_000_000 - 1_200_000_000
        life.clerk.save(save_needs, site.custodian, at, row | {"daily_units_micro": round(daily * 10 * _MICRO)})
    # All items of a site are said at once.
    life.clerk.save(save_needs, site.custodian, life.at(16.6 + len(site.code) / 60 + int(site.code[1:]) / 2000), row)
    life.needs[site.code, item] = daily


def say_activity(life: Life, *, first: bool = False) -> None:
    """Let activity drift from week to week, and be counted on Mondays and when cases come."""
    if not first and life.date.weekday():
        return
    for site in life.world.sites:
        usual = site.driver_value * (site.grows[1] if life.day >= site.grows[0] else 1)
        before = life.activity.get(site.code, usual)
        life.activity[site.code] = max(1.0, usual * max(0.9, min(1.1, before / usual))
                                       * life.rng.lognormvariate(0, 0.06))  # fmt: skip
        counted = life.activity[site.code] * life.outbreak(site, life.day)
        row = {"site": site.code, "driver": site.driver, "since": life.iso, "value_micro": round(counted) * _MICRO,
               "said_by": site.custodian}  # fmt: skip
        if first or life.rng.random() < 0.5 or counted > 1.3 * site.driver_value:
            life.clerk.save(save_drivers, site.custodian, life.at(8.5 + int(site.code[1:]) / 500), row)
    cases = {area: round(more * 6) for area, begin, end, more in life.world.outbreaks if begin <= life.day <= end}
    for area, count in cases.items():
        row = {"place": area, "fact": "confirmed_cases", "since": life.iso, "value_micro": count * _MICRO,
               "reason": "outbreak"}  # fmt: skip
        life.clerk.save(save_facts, "chief", life.at(9), row)


def say_fleets(life: Life, *, first: bool = False) -> None:
    """Let keepers say on the first of a month how many thermometers work."""
    if not first and life.date.day != 1:
        return
    for site in life.world.sites:
        held = life.shelves.booked(site.code, THERMO)
        lost = 0 if life.plants.at("thermometers", site.code) else sum(life.rng.random() < 0.03 for _ in range(held))
        row = {"site": site.code, "item": THERMO, "held_units": held, "working_units": held - lost,
               "counted_on": life.iso, "said_by": site.custodian}  # fmt: skip
        life.clerk.save(save_fleets, site.custodian, life.at(9 + int(site.code[1:]) / 400), row)


def say_month(life: Life) -> None:
    """Let keepers report last month on the second day of a month: what it opened with, got, used and closed with."""
    if life.date.day != 2 or life.day < 20:
        return
    month = life.date - dt.timedelta(days=3)
    n = (month.year - 2021) * 12 + month.month - 3
    for site in life.world.sites:
        wrong = life.plants.at("openings-broken", site.code)
        for item in sorted(site.rates):
            closing = life.shelves.booked(site.code, item)
            opening = life.closed.get((site.code, item), life.opened[site.code, item])
            used = sum(life.used[site.code, item][life.used_until[site.code, item] :])
            came = life.came.pop((site.code, item), 0)
            said = opening
            if wrong is not None and item in wrong.items and n in wrong.more["months"]:
                said = round(opening * (1 - wrong.more["share"]))
            elif life.rng.random() < 0.004:
                said = max(0, opening + life.rng.choice((-2, -1, 1, 2)))
            row = {"site": site.code, "item": item, "month": f"{month:%Y-%m}", "received_units": came,
                   "opening_units": None if life.rng.random() < 0.02 else said,
                   "distributed_units": used, "closing_units": closing,
                   "adjustment_micro": (closing - said - came + used) * _MICRO}  # fmt: skip
            life.clerk.save(save_reports, site.custodian, life.at(10 + int(site.code[1:]) / 300), row)
            _correct(life, site, item, row)
            life.used_until[site.code, item] = len(life.used[site.code, item])


def _correct(life: Life, site: Site, item: str, row: dict[str, object]) -> None:
    """Let a closing be corrected some hours later, now and then; the next opening follows it."""
    closing = life.shelves.booked(site.code, item)
    if life.rng.random() < 0.01:
        closing += life.rng.choice((-20, -6, 4, 15)) if closing > 20 else 1
        life.clerk.save(save_reports, site.custodian, life.at(16.2), row | {"closing_units": closing})
    life.closed[site.code, item] = closing
