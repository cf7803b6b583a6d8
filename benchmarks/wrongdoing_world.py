"""The county in which half a year is lived: its sites, people and things, drawn from a seed.

Nothing here is wrong yet. `benchmarks/honest_half_year.py` lives in it, `benchmarks/wrongdoing_plants.py` says
who does wrong. The same seed gives the same county.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any

__all__ = ["DURABLES", "FIRST_DAY", "ITEMS", "PLANNED", "THERMO", "Site", "World", "world_of"]

FIRST_DAY = dt.date(2021, 3, 1)
"""A Monday, so that weeks and plans begin together."""

THERMO = "THERMO"
DURABLES = (THERMO, "SPRAYER")

ITEMS: dict[str, tuple[str, int, float]] = {
    "MASK": ("piece", 50, 0.6),
    "N95": ("piece", 20, 6.0),
    "GLOVES": ("pair", 50, 0.4),
    "GOWN": ("piece", 10, 12.0),
    "SUIT": ("piece", 5, 48.0),
    "GOGGLES": ("piece", 10, 15.0),
    "SHIELD": ("piece", 20, 5.0),
    "ALC75": ("bottle", 12, 8.5),
    "CHLOR": ("bottle", 6, 7.0),
    "GEL": ("bottle", 12, 14.0),
    "SHOES": ("pair", 100, 0.2),
    "CAP": ("piece", 100, 0.15),
    "WIPES": ("bag", 24, 3.2),
    "SWAB": ("piece", 100, 1.1),
    "THERMO": ("piece", 1, 180.0),
    "SPRAYER": ("piece", 1, 260.0),
}
"""Unit, units of a pack and price of a unit in yuan, by item."""

PLANNED = tuple(code for code in ITEMS if code not in DURABLES)

_USE = {
    "checkpoint": {"MASK": 2.1, "GLOVES": 2.0, "GOWN": 0.25, "ALC75": 0.3, "GEL": 0.2, "SHIELD": 0.2},
    "clinic": {
        "MASK": 3.0,
        "N95": 1.1,
        "GLOVES": 5.0,
        "SUIT": 0.35,
        "GOWN": 0.9,
        "CAP": 2.2,
        "SHOES": 2.0,
        "SWAB": 4.0,
    },
    "community": {"MASK": 1.6, "CHLOR": 0.25, "GEL": 0.15, "GLOVES": 0.7, "WIPES": 0.3},
    "school": {"MASK": 9.0, "GEL": 0.9, "CHLOR": 0.8, "WIPES": 1.2},
    "enterprise": {"MASK": 7.0, "ALC75": 0.5, "GEL": 0.4, "GLOVES": 1.5},
}
"""Units a day for one of the driver, by kind of site."""

_DRIVER = {
    "checkpoint": ("staff", 8, 40),
    "clinic": ("inpatient_staff", 8, 60),
    "community": ("households", 10, 60),
    "school": ("classes", 8, 40),
    "enterprise": ("gates", 4, 25),
}
"""What is counted at each kind of site, the fewest and the most."""

_SHARES = {"checkpoint": 0.2, "clinic": 0.17, "community": 0.39, "school": 0.12, "enterprise": 0.12}
_THERMOMETERS = {
    "checkpoint": (4, 18),
    "clinic": (5, 25),
    "community": (2, 9),
    "school": (8, 30),
    "enterprise": (2, 10),
}
_SITES_OF_AREA, _SITES_OF_CUSTODIAN, _AREAS_OF_DEPOT = 25, 4, 3


@dataclass(frozen=True, kw_only=True)
class Site:
    """A place that uses supplies. `rates`: units a day for one of its driver, its own habits included.

    `in_packs`: it honestly reports what it opened, in whole packs; `sloppy`: the share of what it uses that is lost
    unseen; `grows`: the day from which it has more to do than before, and how much; `typed_at`: hours of the day
    between which its custodian writes the day's use, beyond 24 in the night that follows.
    """

    code: str
    kind: str
    area: str
    depot: str
    custodian: str
    lat: float
    lon: float
    driver: str
    driver_value: float
    rates: dict[str, float]
    thermometers: int
    in_packs: bool
    sloppy: float
    grows: tuple[int, float]
    typed_at: tuple[float, float]
    counted_every_days: int
    neighbours: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class World:
    """A county. `clerks`: two of each depot; `outbreaks`: area, first day, last day and how much more is used."""

    seed: int
    days: int
    sites: tuple[Site, ...]
    areas: dict[str, str]
    depots: tuple[str, ...]
    clerks: dict[str, tuple[str, str]]
    drafters: tuple[str, ...]
    approvers: tuple[str, ...]
    inspectors: tuple[str, ...]
    suppliers: tuple[str, ...]
    donors: tuple[str, ...]
    outbreaks: tuple[tuple[str, int, int, float], ...]
    by_code: dict[str, Site] = field(default_factory=dict)

    def rng(self, *about: object) -> random.Random:
        """Return the chances of one part of life: they do not depend on what else happens."""
        return random.Random(f"{self.seed} {about}")

    def date(self, day: int) -> dt.date:
        """Return the date of a day, from 0."""
        return FIRST_DAY + dt.timedelta(days=day)

    @property
    def custodians(self) -> dict[str, list[Site]]:
        """The sites that each custodian keeps."""
        kept: dict[str, list[Site]] = {}
        for site in self.sites:
            kept.setdefault(site.custodian, []).append(site)
        return kept

    def people(self) -> dict[str, str]:
        """Return the role of everybody, by id."""
        found = {"chief": "administrator"}
        found |= dict.fromkeys((each for pair in self.clerks.values() for each in pair), "logistics")
        found |= dict.fromkeys((*self.drafters, *self.approvers), "logistics")
        found |= dict.fromkeys(self.inspectors, "auditor")
        return found | dict.fromkeys(self.custodians, "reporter")


def world_of(seed: int, *, sites: int = 300, days: int = 182) -> World:
    """Draw a county."""
    rng = random.Random(f"{seed} world")
    area_count = max(2, round(sites / _SITES_OF_AREA))
    areas = {f"4211{27 + n:02}": f"Township {n + 1}" for n in range(area_count)}
    depots = tuple(f"D{n + 1}" for n in range(max(2, round(area_count / _AREAS_OF_DEPOT))))
    drawn = _with_neighbours(_sites(rng, sites, list(areas), depots))
    outbreaks = tuple(
        (rng.choice(list(areas)), begin, begin + rng.randint(14, 35), rng.uniform(1.7, 2.8))
        for begin in sorted(rng.sample(range(15, days - 20), max(1, round(days / 30))))
    )
    return World(
        seed=seed,
        days=days,
        sites=drawn,
        areas=areas,
        depots=depots,
        clerks={depot: (f"clerk-{depot}-a", f"clerk-{depot}-b") for depot in depots},
        drafters=tuple(f"planner-{n}" for n in range(1, 5)),
        approvers=tuple(f"leader-{n}" for n in range(1, 5)),
        inspectors=("inspector-1", "inspector-2"),
        suppliers=tuple(f"SUP{n}" for n in range(1, 8)),
        donors=tuple(f"DON{n}" for n in range(1, 6)),
        outbreaks=outbreaks,
        by_code={site.code: site for site in drawn},
    )


def _sites(rng: random.Random, count: int, areas: list[str], depots: tuple[str, ...]) -> list[Site]:
    kinds = rng.choices(list(_SHARES), weights=list(_SHARES.values()), k=count)
    found = []
    for n, kind in enumerate(kinds):
        at = n * len(areas) // count
        keeper = (n - next(i for i in range(count) if i * len(areas) // count == at)) // _SITES_OF_CUSTODIAN
        habits = rng.lognormvariate(0, 0.12) * (1.35 if rng.random() < 0.03 else 1.0)
        at_night = kind == "checkpoint" or (kind == "clinic" and rng.random() < 0.3)
        name, least, most = _DRIVER[kind]
        found.append(
            Site(
                code=f"P{n + 1:03}",
                kind=kind,
                area=areas[at],
                depot=depots[at * len(depots) // len(areas)],
                custodian=f"keeper-{at + 1:02}-{keeper + 1}",
                lat=30 + at // 4 * 0.2 + rng.random() * 0.15,
                lon=115 + at % 4 * 0.2 + rng.random() * 0.15,
                driver=name,
                driver_value=float(rng.randint(least, most)),
                sloppy=rng.uniform(0.004, 0.015) if rng.random() < 0.15 else 0.0,
                grows=(rng.randint(20, 170), rng.uniform(1.5, 2.3)) if rng.random() < 0.025 else (10_000, 1.0),
                rates={item: rate * habits * rng.lognormvariate(0, 0.1) for item, rate in _USE[kind].items()},
                thermometers=rng.randint(*_THERMOMETERS[kind]),
                in_packs=rng.random() < 0.08,
                typed_at=(23.5, 29.0) if at_night else (17.2, 20.5),
                counted_every_days=rng.choice((14, 14, 21, 28)),
            )
        )
    return found


def _with_neighbours(sites: list[Site]) -> tuple[Site, ...]:
    """Return sites that know the three nearest of their area."""
    found = []
    for site in sites:
        others = [each for each in sites if each.area == site.area and each is not site]
        others.sort(key=lambda each: (each.lat - site.lat) ** 2 + (each.lon - site.lon) ** 2)
        whole: dict[str, Any] = {**vars(site), "neighbours": tuple(each.code for each in others[:3])}
        found.append(Site(**whole))
    return tuple(found)
