"""Need from activity: what people, patients, vehicles and floors use in a day, by published coefficients.

    daily use = staff × shifts × per-shift + contacts × per-contact ÷ reuse + patients × per-patient
              + persons × per-person + area × passes × dose × target strength ÷ product strength

An item that may be worn for so many hours is needed max(1, ⌈hours ÷ wear⌉) times a shift. Durables are
a fleet and never multiplied by days: the need is what must be held. Each coefficient says where it
comes from and how sure it is: A an official tool or norm, B an official statement in the press, C weak
or assumed. A posture (`contingency`, `crisis`) that has no coefficient of its own uses `standard`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Indices, Items, Sites, Table, Texts

__all__ = [
    "CONFIDENCES",
    "DRIVERS",
    "POSTURES",
    "Activity",
    "ActivityNeeds",
    "Coefficients",
    "Parts",
    "activity_needs",
    "fleet_after",
    "units_per_m2",
    "wears_per_shift",
]

POSTURES = ("standard", "contingency", "crisis")
CONFIDENCES = ("A", "B", "C")

DRIVERS = {
    "staff": "people on duty in one shift",
    "inpatient_staff": "people who care for in-patients, in a day",
    "ward_entries": "entries into an isolation ward a day",
    "patients": "in-patients",
    "vehicles": "vehicles inspected a day",
    "persons": "persons inspected or screened a day",
    "households": "households in home isolation",
    "pupils": "pupils present a day",
    "employees": "employees present a day",
    "classes": "classes in session",
    "gates": "gates and entrances watched",
    "area_m2": "floor and wall disinfected in one pass, m²",
}
"""What is counted at a site, and what it means."""

MODIFIERS = {
    "shifts": (1.0, "shifts a day"),
    "hours": (8.0, "hours of a shift"),
    "passes": (1.0, "passes of disinfection a day"),
}
"""What changes how a driver counts: its value where nobody said, and what it means."""

_CONTACTS = ("vehicles", "persons")


@dataclass(frozen=True, kw_only=True)
class Coefficients(Table):
    """Units of an item for one of a driver (a day; durables: held). One row for each source.

    `kind`: the kind of site, "" for every kind that has no row of its own. `low`, `high`: the range the
    source gives. `wear_hours_max`: how long one may be worn, nan where it is not limited. `reuse`:
    contacts one unit serves. For `area_m2` the value is units per m² and pass (`units_per_m2`).
    """

    item: Texts
    driver: Texts
    kind: Texts
    posture: Texts
    value: Floats
    low: Floats
    high: Floats
    wear_hours_max: Floats
    reuse: Floats
    source: Texts
    confidence: Texts


@dataclass(frozen=True, kw_only=True)
class Activity(Table):
    """What was counted at sites: `site` by position, a driver or modifier, its value."""

    site: Indices
    driver: Texts
    value: Floats


@dataclass(frozen=True, kw_only=True)
class Parts(Table):
    """What each coefficient adds to each pair: rows sorted by site, item, coefficient."""

    site: Indices
    item: Indices
    coefficient: Indices
    daily_units: Floats


@dataclass(frozen=True, kw_only=True)
class ActivityNeeds(Table):
    """Need by activity, sorted by site, item. `low`, `high`: with every coefficient at its end.

    `confidence`: position in `CONFIDENCES` of the weakest coefficient behind it.
    """

    site: Indices
    item: Indices
    daily_units: Floats
    low: Floats
    high: Floats
    confidence: NDArray[np.int8]


def wears_per_shift(hours: Floats, wear_hours_max: float) -> Floats:
    """Return how many of a time-limited item one person wears in a shift: max(1, ⌈hours ÷ wear⌉).

    >>> wears_per_shift(np.array([8.0, 6.0, 3.0]), 4.0).tolist()
    [2.0, 2.0, 1.0]
    """
    return np.maximum(1.0, np.ceil(hours / wear_hours_max - 1e-9))


def units_per_m2(*, dose_ml_m2: float, target_mg_l: float, strength_mg_l: float, unit_ml: float) -> float:
    """Return units of a concentrate for one m² and pass: dose × target ÷ strength ÷ what a unit holds.

    5 % chlorine (50,000 mg/L) sprayed at 250 mL/m² and 1,000 mg/L takes 5 mL/m²: a hundredth of a half-litre bottle.

    >>> units_per_m2(dose_ml_m2=250, target_mg_l=1_000, strength_mg_l=50_000, unit_ml=500)
    0.01
    """
    return dose_ml_m2 * target_mg_l / strength_mg_l / unit_ml


def fleet_after(*, working: int, received: int, attrition: float) -> float:
    """Return how many of a durable work at the end of a period: (working + received) × (1 − attrition).

    >>> fleet_after(working=18, received=2, attrition=0.05)
    19.0
    """
    return (working + received) * (1.0 - attrition)


def activity_needs(
    sites: Sites, items: Items, activity: Activity, coefficients: Coefficients, *, posture: str = "standard"
) -> tuple[ActivityNeeds, Parts]:
    """Return the need of every site and item that some activity causes, and what each coefficient adds.

    Coefficients of items the catalogue does not have are passed over.

    Raises:
        ValueError: no such posture.

    """
    if posture not in POSTURES:
        raise ValueError(f"no posture {posture!r}; there is: {', '.join(POSTURES)}")
    counts = _counts(sites, activity)
    item_index = {code: n for n, code in enumerate(items.code)}
    found: list[tuple[Indices, int, int, Floats]] = []
    for row in _rows_in_force(coefficients, posture):
        item = item_index.get(coefficients.item[row])
        if item is None or coefficients.driver[row] not in counts:
            continue
        here = _applies(sites, coefficients, int(row), posture)
        units = np.where(here, _multiples(counts, coefficients, int(row), durable=bool(items.durable[item])), 0.0)
        where = np.flatnonzero(units > 0).astype(np.int32)
        if len(where):
            found.append((where, item, int(row), units[where]))
    return _needs(found, items, coefficients)


def _counts(sites: Sites, activity: Activity) -> dict[str, Floats]:
    """Return each driver's and modifier's value at every site; several rows of one driver add up."""
    counts: dict[str, Floats] = {}
    for driver in np.unique(activity.driver.astype(str)):
        rows = activity.driver == driver
        total = np.bincount(activity.site[rows], weights=activity.value[rows], minlength=len(sites))
        said = np.bincount(activity.site[rows], minlength=len(sites)) > 0
        counts[driver] = np.where(said, total, MODIFIERS[driver][0] if driver in MODIFIERS else 0.0)
    for driver, (otherwise, _) in MODIFIERS.items():
        counts.setdefault(driver, np.full(len(sites), otherwise))
    return counts


def _rows_in_force(coefficients: Coefficients, posture: str) -> Indices:
    return np.flatnonzero((coefficients.posture == posture) | (coefficients.posture == "standard")).astype(np.int32)


def _applies(sites: Sites, coefficients: Coefficients, row: int, posture: str) -> Bools:
    """Say at which sites a row counts: no other row of its item and driver fits the site better.

    A row in the posture asked for is better than a standard one; then one of the site's kind than one of all.
    """
    of_item = coefficients.item == coefficients.item[row]
    rivals = np.flatnonzero(of_item & (coefficients.driver == coefficients.driver[row]))
    best = np.full(len(sites), -1)
    own = np.full(len(sites), -1)
    for rival in rivals:
        of_posture = coefficients.posture[rival] == posture
        if not of_posture and coefficients.posture[rival] != "standard":
            continue
        kind = coefficients.kind[rival]
        fits = np.ones(len(sites), dtype=bool) if kind == "" else (sites.kind == kind)
        score = np.where(fits, 1 + 2 * int(of_posture) + int(kind != ""), -1)
        best = np.maximum(best, score)
        own = score if rival == row else own
    return np.asarray((own > 0) & (own == best))


def _multiples(counts: dict[str, Floats], coefficients: Coefficients, row: int, *, durable: bool) -> Floats:
    """Return units a day (durables: units held) at every site by one coefficient."""
    driver, value = coefficients.driver[row], coefficients.value[row]
    base = counts[driver]
    if driver == "staff" and durable:
        # A fleet is held by those on duty at once; the next shift takes it over.
        return np.asarray(base * value)
    if driver == "staff":
        wear = coefficients.wear_hours_max[row]
        worn = np.ones_like(base) if np.isnan(wear) else wears_per_shift(counts["hours"], wear)
        return np.asarray(base * counts["shifts"] * worn * value)
    if driver == "area_m2":
        return np.asarray(base * counts["passes"] * value)
    reuse = coefficients.reuse[row] if driver in _CONTACTS else 1.0
    return np.asarray(base * value / reuse)


def _needs(
    found: list[tuple[Indices, int, int, Floats]], items: Items, coefficients: Coefficients
) -> tuple[ActivityNeeds, Parts]:
    site = np.concatenate([where for where, *_ in found] or [np.zeros(0, np.int32)])
    item = np.concatenate([np.full(len(where), n, np.int32) for where, n, *_ in found] or [np.zeros(0, np.int32)])
    row = np.concatenate([np.full(len(where), n, np.int32) for where, _, n, _ in found] or [np.zeros(0, np.int32)])
    units = np.concatenate([each for *_, each in found] or [np.zeros(0)])
    order = np.lexsort([row, item, site])
    parts = Parts(site=site[order], item=item[order], coefficient=row[order], daily_units=units[order])
    key = parts.site.astype(np.int64) * max(1, len(items)) + parts.item
    keys, first, pair = np.unique(key, return_index=True, return_inverse=True)
    scale_low = coefficients.low[parts.coefficient] / coefficients.value[parts.coefficient]
    scale_high = coefficients.high[parts.coefficient] / coefficients.value[parts.coefficient]
    levels = np.array([CONFIDENCES.index(c) for c in coefficients.confidence], dtype=np.int8)
    weakest = np.zeros(len(keys), dtype=np.int8)
    np.maximum.at(weakest, pair, levels[parts.coefficient])

    durable = items.durable[parts.item[first]]

    def total(weights: Floats) -> Floats:
        units = np.bincount(pair, weights=weights, minlength=len(keys)).astype(np.float64)
        # Nobody holds two thirds of a thermometer.
        return np.where(durable, np.ceil(units - 1e-9), units)

    needs = ActivityNeeds(
        site=parts.site[first],
        item=parts.item[first],
        daily_units=total(parts.daily_units),
        low=total(parts.daily_units * scale_low),
        high=total(parts.daily_units * scale_high),
        confidence=weakest,
    )
    return needs, parts
