"""Invented activity of a county: what checkpoints and isolation sites count, instead of reporting needs.

The figures are those from which the needs of the sample were invented, so that both say about the same.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from allocator.case import MICRO, Case

if TYPE_CHECKING:
    from data.sample_days import Day

__all__ = ["counted_at", "local_facts", "recounted", "silent_reports", "thermometers", "what_is_counted"]

_HOURS, _SHIFTS = 8, 3
_VEHICLES, _PERSONS = 130, 60  # a day, for one on duty
# What coefficients say of such places; the sites report the rest.
_BY_ACTIVITY = {
    "CHK": ("MASK", "SUIT", "GOGGLES", "GLOVES", "THERMO", "ALCOHOL"),
    "ISO": ("MASK", "SUIT", "GOGGLES", "GLOVES", "GOWN", "CAP", "SHOE"),
}
_CASES, _BEFORE = 12, 2

Columns = dict[str, list[Any]]


def silent_reports(case: Case) -> Case:
    """Return the case without the reports of what can be worked out from activity."""
    sites, items = case.sites.code[case.needs.site], case.items.code[case.needs.item]
    told = [code in _BY_ACTIVITY.get(site[:3], ()) for site, code in zip(sites, items, strict=True)]
    return dataclasses.replace(case, needs=case.needs.take(np.flatnonzero(~np.array(told, dtype=bool))))


def what_is_counted(case: Case, since: dt.date) -> Columns:
    """Return what is counted at checkpoints and isolation sites, as columns for `save_drivers`."""
    return _columns(counted_at(case), since)


def counted_at(case: Case) -> list[tuple[str, str, int]]:
    """Return what is counted at checkpoints and isolation sites: site, driver, value."""
    rows: list[tuple[str, str, int]] = []
    for site, masks in _masks(case).items():
        if site.startswith("CHK"):
            crew = _crew(masks)
            rows += [(site, "staff", crew), (site, "shifts", _SHIFTS), (site, "hours", _HOURS)]
            rows += [(site, "vehicles", crew * _VEHICLES), (site, "persons", crew * _PERSONS)]
        else:
            rows.append((site, "ward_entries", max(1, round(masks / 2))))
    return rows


def recounted(day: Day, case: Case) -> Columns:
    """Return the traffic that checkpoints counted on a day; `case`: with the reports the figures come from."""
    crews = {site: _crew(masks) for site, masks in _masks(case).items() if site.startswith("CHK")}
    drawn = day.rng(7).uniform(0.7, 1.5, len(crews))
    rows = [
        row
        for (site, crew), times in zip(crews.items(), drawn.tolist(), strict=True)
        for row in (
            (site, "vehicles", round(crew * _VEHICLES * times)),
            (site, "persons", round(crew * _PERSONS * times)),
        )
    ]
    return _columns(rows, day.date)


def _masks(case: Case) -> dict[str, float]:
    """Return the masks a day of each site that counts."""
    mask = case.item_index["MASK"]
    rows = np.flatnonzero(case.needs.item == mask)
    of_site = zip(case.sites.code[case.needs.site[rows]], case.needs.daily_units[rows].tolist(), strict=True)
    return {site: units for site, units in of_site if site[:3] in _BY_ACTIVITY}


def _crew(masks: float) -> int:
    # Two masks in a shift of eight hours.
    return max(1, round(masks / (2 * _SHIFTS)))


def _columns(rows: list[tuple[str, str, int]], since: dt.date) -> Columns:
    return {
        "site": [site for site, *_ in rows],
        "driver": [driver for _, driver, _ in rows],
        "value_micro": [value * MICRO for *_, value in rows],
        "since": [since.isoformat()] * len(rows),
        "said_by": ["county command post"] * len(rows),
    }


def local_facts(case: Case, today: dt.date) -> Columns:
    """Return the confirmed cases in one town, as columns for `save_facts`."""
    village = next(site for site in range(len(case.sites)) if case.sites.code[site].startswith("VIL"))
    return {
        "place": [f"{case.sites.area[village][:9]}000"],
        "fact": ["confirmed_cases"],
        "value_micro": [_CASES * MICRO],
        "since": [(today - dt.timedelta(days=_BEFORE)).isoformat()],
        "reason": ["county bulletin 14"],
        "said_by": ["county health bureau"],
    }


def thermometers(case: Case, counted_on: dt.date) -> Columns:
    """Return that one thermometer of each checkpoint that has several does not work, for `save_fleets`."""
    thermo, stock = case.item_index["THERMO"], case.stock
    own = np.array([code.startswith("CHK") for code in case.sites.code[stock.site]], dtype=bool)
    rows = np.flatnonzero(own & (stock.item == thermo) & (stock.units > 1))
    held = stock.units[rows].tolist()
    return {
        "site": case.sites.code[stock.site[rows]].tolist(),
        "item": ["THERMO"] * len(rows),
        "held_units": held,
        "working_units": [units - 1 for units in held],
        "counted_on": [counted_on.isoformat()] * len(rows),
    }
