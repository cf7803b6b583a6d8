"""Invented regimes and whether the shortfall report sees them coming: a synthetic test, and labelled so.

A case is an invented township of checkpoints that get what they use once a week. One thing then happens to it: demand
trebles in two days, its supplier fails for four weeks, a holiday that was announced doubles its traffic and more, or
nothing at all. What really happened is drawn here, day by day, apart from every rule by which the report judges; the
report of each morning sees only what an office would: use up to yesterday, stock, what is said to be under way.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from allocator.activity import Coefficients
from allocator.case import Case, Depots, Indices, InTransit, Items, Lanes, Needs, Sites, Stock, Substitutes
from allocator.demand import DemandHistory
from allocator.drivers import Drivers
from allocator.planning import PlanningCase
from allocator.policy import Policy, Rung
from allocator.shortfall_forecast import forecast_shortfall
from allocator.shortfall_rules import ShortfallRules
from allocator.shortfall_tables import ShortfallReport

__all__ = ["REGIMES", "Judged", "World", "invented", "judged", "planning_on"]

REGIMES = ("calm", "surge", "supplier out", "holiday")
ITEMS = ("ALCOHOL", "DISINF", "GLOVES", "MASK")
FIRST = dt.date(2020, 1, 20)
"""The first morning on which a report is made."""
_BEFORE, _DAYS, _SITES = 60, 28, 6
_HORIZON = 14
_TRAFFIC = 1000.0

Whole = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class World:
    """What really happens to S rows (site × item): `demand` (S, B + D) of the days before and after `FIRST`.

    `due` (S, D + 60): units said to be due on each day from `FIRST` on; `comes` (S, D): what truly comes.
    `told` (S,): whether the supplier says so when it fails; `onset` (S,): the day on which the regime begins.
    `stock` (S, D): on each morning, before anything comes. `out` (S,): the first day not met, D where none.
    `regime` (S,): position in `REGIMES`; `traffic` (sites, D + 60): ÷ today's.
    """

    sites: int
    demand: Whole
    due: Whole
    comes: Whole
    told: NDArray[np.bool_]
    onset: Whole
    stock: Whole
    out: Whole
    regime: Whole
    traffic: Numbers

    @property
    def days(self) -> int:
        """Mornings on which a report is made."""
        return int(self.comes.shape[1])


def invented(cases: int, *, seed: int) -> World:
    """Draw so many townships, their regimes in turn."""
    rng = np.random.default_rng(seed)
    sites = cases * _SITES
    rows = sites * len(ITEMS)
    case_of_row = np.repeat(np.arange(cases), _SITES * len(ITEMS))
    item = np.tile(np.arange(len(ITEMS)), sites)
    regime = case_of_row % len(REGIMES)
    onset = rng.integers(3, 10, cases)[case_of_row]
    base = rng.uniform(8, 60, rows)
    traffic = _traffic(cases, rng)
    level = np.repeat(base[:, None], _BEFORE + _DAYS, axis=1)
    struck = (regime == REGIMES.index("surge")) & (rng.random(rows) < 0.5)
    since = np.arange(-_BEFORE, _DAYS) - onset[:, None]
    level *= np.where(struck[:, None], np.clip(1 + (since + 1), 1, 3), 1)
    passing = item == ITEMS.index("ALCOHOL")
    level[passing, _BEFORE:] *= traffic[:, :_DAYS]
    uneven = rng.gamma(12, 1 / 12, level.shape)
    demand = rng.poisson(level * uneven)
    # Once a week comes what a week uses and a little more, on a day of the site's own.
    phase = np.repeat(rng.integers(0, 7, sites), len(ITEMS))
    day = np.arange(_DAYS + 60)
    due = np.where((day + phase[:, None]) % 7 == 0, np.ceil(7.3 * base)[:, None], 0).astype(np.int64)
    failed = (regime == REGIMES.index("supplier out")) & (item == case_of_row % len(ITEMS))
    lost = failed[:, None] & (day >= onset[:, None]) & (day < onset[:, None] + 28)
    comes = np.where(lost, 0, due)[:, :_DAYS]
    stock, out = _lived(demand[:, _BEFORE:], comes, np.ceil(base * rng.uniform(11, 15, rows)).astype(np.int64))
    told = np.repeat(rng.random(cases) < 0.5, _SITES * len(ITEMS))
    return World(
        sites=sites, demand=demand, due=due, comes=comes, told=told & failed, onset=onset, stock=stock, out=out,
        regime=regime, traffic=traffic,
    )  # fmt: skip


def _traffic(cases: int, rng: np.random.Generator) -> Numbers:
    """Draw traffic of each site by day ÷ that of an ordinary day: a holiday is 2.8 times that, after three days."""
    day = np.arange(_DAYS + 60)
    found = np.ones((cases, _DAYS + 60))
    begins = rng.integers(8, 16, cases)
    for case in range(cases):
        if REGIMES[case % len(REGIMES)] == "holiday":
            since = day - begins[case]
            found[case] = np.where((since >= 0) & (since < 12), 1 + 1.8 * np.clip((since + 1) / 3, 0, 1), 1)
    return np.repeat(found, _SITES, axis=0)


def _lived(demand: Whole, comes: Whole, first: Whole) -> tuple[Whole, Whole]:
    """Return the stock of each morning and the first day on which demand is not met."""
    days = demand.shape[1]
    stock, held = np.zeros(demand.shape, dtype=np.int64), first.copy()
    out = np.full(len(demand), days)
    for day in range(days):
        stock[:, day] = held
        held = held + comes[:, day]
        out = np.where((held < demand[:, day]) & (out == days), day, out)
        held = np.maximum(0, held - demand[:, day])
    return stock, out


def planning_on(world: World, morning: int) -> PlanningCase:
    """Return what the office knows on a morning."""
    today = FIRST + dt.timedelta(days=morning)
    rows = len(world.demand)
    codes = tuple(f"S{n:04}" for n in range(world.sites))
    site = np.repeat(np.arange(world.sites), len(ITEMS)).astype(np.int32)
    item = np.tile(np.arange(len(ITEMS)), world.sites).astype(np.int32)
    units = np.minimum(world.demand[:, : _BEFORE + morning], 10**9).astype(np.float64)
    case = Case.canonical(
        items=_items(),
        sites=_sites(codes),
        needs=Needs(site=site[:0], item=item[:0], daily_units=np.zeros(0), reported_on=_days(0),
                    max_units=np.zeros(0, np.int64)),
        stock=Stock(site=site, item=item, units=world.stock[:, morning], lot=_texts(rows), expires=_days(rows),
                    status=np.zeros(rows, np.int8), earmark=_texts(rows)),
        in_transit=_in_transit(world, morning, site, item),
        lanes=Lanes(depot=site[:0], site=site[:0], open=np.zeros(0, bool), km=np.zeros(0), hours=np.zeros(0),
                    max_kg=np.zeros(0)),
        depots=Depots(depot=site[:0], max_kg=np.zeros(0), max_m3=np.zeros(0), max_stops=np.zeros(0, np.int64),
                      vehicles=np.zeros(0, np.int64), vehicle_kg=np.zeros(0), shift_hours=np.zeros(0),
                      stop_minutes=np.zeros(0)),
        substitutes=Substitutes(item=item[:0], by=item[:0], units_per_unit=np.zeros(0)),
        policy=Policy(date=today, tiers={"frontline": ("checkpoint",)}, ladder=(
            Rung(tiers=("frontline",), cover_days=Fraction(3), holding_share=Fraction(1)),)),
    )  # fmt: skip
    history = DemandHistory(
        sites=tuple(codes[n] for n in site),
        items=tuple(ITEMS[n] for n in item),
        units=units,
        stockout=np.zeros(units.shape),
        first_day=FIRST - dt.timedelta(days=_BEFORE),
        period_days=1,
    )
    return PlanningCase(case=case, history=history, drivers=_drivers(world))


def _in_transit(world: World, morning: int, site: Indices, item: Indices) -> InTransit:
    """Return the next two weeks' deliveries, and those that did not come; a supplier that says so gives new dates."""
    day = np.arange(world.due.shape[1])
    lost = np.zeros(world.due.shape, dtype=bool)
    lost[:, : world.days] = world.due[:, : world.days] > world.comes
    lost[:, world.days :] = (world.due[:, world.days :] > 0) & (day[world.days :] < (world.onset + 28)[:, None])
    lost &= (world.comes.sum(axis=1) < world.due[:, : world.days].sum(axis=1))[:, None]
    known = (world.due > 0) & (day < morning + 14) & ((day >= morning) | lost)
    row, when = np.nonzero(known)
    late = np.where(world.told[row] & lost[row, when] & (morning > world.onset[row]), world.onset[row] + 28, when)
    return InTransit(
        site=site[row].astype(np.int32),
        item=item[row].astype(np.int32),
        units=world.due[row, when],
        arrives=np.datetime64(FIRST, "D") + late,
    )


def _drivers(world: World) -> Drivers:
    """Return the traffic that is announced: one row for each day on which it changes."""
    change = np.diff(world.traffic, axis=1, prepend=0) != 0
    site, day = np.nonzero(change)
    return Drivers(
        site=site.astype(np.int32),
        driver=np.full(len(site), "vehicles", dtype=object),
        value=_TRAFFIC * world.traffic[site, day],
        since=np.datetime64(FIRST, "D") + np.where(day == 0, -400, day),
        until=np.full(len(site), np.datetime64("NaT", "D")),
    )


def _coefficients() -> Coefficients:
    def one(value: object) -> NDArray[np.object_]:
        return np.array([value], dtype=object)

    nan = np.array([np.nan])
    return Coefficients(
        item=one("ALCOHOL"), driver=one("vehicles"), kind=one(""), posture=one("standard"), value=np.array([0.02]),
        low=np.array([0.01]), high=np.array([0.03]), wear_hours_max=nan, reuse=np.ones(1), source=one("invented"),
        confidence=one("C"),
    )  # fmt: skip


def _texts(count: int) -> NDArray[np.object_]:
    return np.full(count, "", dtype=object)


def _days(count: int) -> NDArray[np.datetime64]:
    return np.full(count, np.datetime64("NaT", "D"))


def _items() -> Items:
    codes, size = np.array(ITEMS, dtype=object), len(ITEMS)
    return Items(code=codes, name=codes, name_zh=codes, unit=np.full(size, "piece", dtype=object),
                 pack_units=np.ones(size, np.int64), pack_kg=np.full(size, np.nan), pack_m3=np.full(size, np.nan),
                 durable=np.zeros(size, bool))  # fmt: skip


def _sites(codes: tuple[str, ...]) -> Sites:
    own, size = np.array(codes, dtype=object), len(codes)
    return Sites(code=own, name=own, name_zh=own, kind=np.full(size, "checkpoint", dtype=object), area=_texts(size),
                 lat=np.full(size, np.nan), lon=np.full(size, np.nan), tier=_texts(size))  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Judged:
    """How the report did with each row (S,).

    `ran_out`: it did, after the fourth day. `named`: on the morning before, the report had an alarm, and the days it
    named two mornings before (on the last, if the alarm came only then), early to middle, held the day or missed it by
    two at most; `width_days`: from early to middle.
    `two_days_before`: the alarm stood two mornings before. `false`: some morning's alarm did not come true.
    """

    ran_out: NDArray[np.bool_]
    two_days_before: NDArray[np.bool_]
    named: NDArray[np.bool_]
    width_days: NDArray[np.float64]
    false: NDArray[np.bool_]
    regime: Whole

    def share(self, what: NDArray[np.bool_], among: NDArray[np.bool_], regime: str = "") -> float:
        """Return a share among rows, of one regime or all."""
        rows = among if not regime else among & (self.regime == REGIMES.index(regime))
        return float(what[rows].mean()) if rows.any() else float("nan")


def judged(world: World, *, rules: ShortfallRules | None = None) -> Judged:
    """Make the report of every morning and hold it against what happened."""
    rules = rules or ShortfallRules(horizon_days=_HORIZON, lead_days=3, paths=100)
    rows = len(world.demand)
    alarm = np.zeros((rows, world.days), dtype=bool)
    spoken, middle, early = (np.full((rows, world.days), 10**6) for _ in range(3))
    for morning in range(world.days):
        report = forecast_shortfall(planning_on(world, morning), rules, coefficients=_coefficients(), groupings=())
        alarm[:, morning], spoken[:, morning], middle[:, morning], early[:, morning] = _said(report, morning)
    out, mornings, each = world.out, np.arange(world.days), np.arange(rows)
    ran_out = (out < world.days) & (out >= 4)
    last = np.clip(out - 1, 0, world.days - 1)
    early_alarm = alarm & (mornings <= out[:, None] - 2)
    # The date is taken from two mornings before, where the alarm stood by then, else from the last morning.
    said_on = np.where(early_alarm.any(axis=1), world.days - 1 - np.argmax(early_alarm[:, ::-1], axis=1), last)
    warned = ran_out & alarm[each, last]
    close = (early[each, said_on] - 2 <= out) & (out <= middle[each, said_on] + 2)
    # An alarm is true where the row runs out on a day the alarm spoke of; days that were never lived are not judged.
    true = (out[:, None] >= mornings) & (out[:, None] <= spoken)
    open_ = (out[:, None] >= world.days) & (spoken >= world.days)
    past = mornings > out[:, None]
    wrong = alarm & ~true & ~open_ & ~past
    return Judged(
        ran_out=ran_out,
        two_days_before=ran_out & early_alarm.any(axis=1),
        named=warned & close,
        width_days=np.where(warned, middle[each, said_on] - early[each, said_on], np.nan),
        false=np.asarray(wrong.any(axis=1)),
        regime=world.regime,
    )


def _said(report: ShortfallReport, morning: int) -> tuple[NDArray[np.bool_], Whole, Whole, Whole]:
    """Return of each row, in the world's order: alarm, the last day it speaks of, middle and early stock-out."""
    rows = report.rows
    order = np.lexsort((rows.item, rows.site))
    today = np.datetime64(report.today, "D")

    def number(days: NDArray[np.datetime64]) -> Whole:
        known = ~np.isnat(days)
        return np.where(known, morning + np.where(known, (days - today).astype(np.int64), 0), 10**6)[order]

    until = np.full(len(order), morning + report.rules.horizon_days - 1)
    return rows.alarm[order], until, number(rows.stock_out), number(rows.stock_out_early)
