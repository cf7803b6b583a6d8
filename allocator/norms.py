"""What activity causes by the coefficients alone, and what recorded use makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allocator.activity import DRIVERS, MODIFIERS, ActivityNeeds, Coefficients, Parts, activity_needs
from allocator.calibration import Calibration, calibrated
from allocator.case import Bools, Case, Dates, Floats, Indices, Texts
from allocator.drivers import Drivers, activity_of, changes_after, since_of, standing_on
from allocator.recorded_use import NO_RECORDS, Records, use_against_norms

__all__ = ["Norms", "found_among"]

_HUNDREDTHS = 100


@dataclass
class Norms:
    """What activity causes by the coefficients alone; pairs in the order of `needs`."""

    case: Case
    drivers: Drivers
    coefficients: Coefficients
    posture: str
    needs: ActivityNeeds = field(init=False)
    parts: Parts = field(init=False)
    standing: Drivers = field(init=False)

    def __post_init__(self) -> None:
        self.standing = standing_on(self.drivers, np.datetime64(self.case.policy.date, "D"))
        self.needs, self.parts = self._by(self.standing)

    def _by(self, standing: Drivers) -> tuple[ActivityNeeds, Parts]:
        activity = activity_of(standing)
        return activity_needs(self.case.sites, self.case.items, activity, self.coefficients, posture=self.posture)

    def _key(self, site: Indices, item: Indices) -> NDArray[np.int64]:
        return np.asarray(site.astype(np.int64) * max(1, len(self.case.items)) + item)

    @property
    def key(self) -> NDArray[np.int64]:
        """The pairs, each as one number."""
        return self._key(self.needs.site, self.needs.item)

    def on(self, day: np.datetime64) -> Floats:
        """Return the norm of each pair as it was on a day."""
        then, _ = self._by(standing_on(self.drivers, day))
        found = np.zeros(len(self.needs))
        place, there = found_among(self.key, self._key(then.site, then.item))
        found[place[there]] = then.daily_units[there]
        return found

    def learned(self, records: Records | None) -> Calibration:
        """Return what recorded use teaches of each pair; of durables nothing, for they are not used up."""
        needs = self.needs
        none = np.zeros(0, dtype=np.int32)
        used, expected = use_against_norms(
            records or NO_RECORDS,
            site=needs.site,
            item=needs.item,
            norms_on=self.on,
            changes=changes_after(self.drivers, (records or NO_RECORDS).first),
        )
        rows = np.flatnonzero(~self.case.items.durable[used.item]) if len(used) else none
        return calibrated(
            site=needs.site,
            item=needs.item,
            daily_units=needs.daily_units,
            kind_of_site=self.case.sites.kind,
            use=used.take(rows),
            activity_units=expected[rows],
        )

    def units(self, learned: Calibration) -> Floats:
        """Return the need of each pair: its norm as recorded use has it, up to a hundredth of a unit."""
        return np.asarray(np.ceil(self.needs.daily_units * learned.multiplier * _HUNDREDTHS - 1e-6) / _HUNDREDTHS)

    @property
    def since(self) -> Dates:
        """Since when the newest figure behind each pair holds."""
        names = np.unique([*DRIVERS, *MODIFIERS]).astype(np.object_)
        days = since_of(self.standing, len(self.case.sites), names)
        column = {name: n for n, name in enumerate(names)}
        drivers = np.array([column[name] for name in self.coefficients.driver], dtype=np.int64)
        newest = np.full(len(self.needs), np.iinfo(np.int64).min)
        pair = np.searchsorted(self.key, self._key(self.parts.site, self.parts.item))
        driver = drivers[self.parts.coefficient]
        behind = {"staff": ("shifts", "hours"), "area_m2": ("passes",)}
        np.maximum.at(newest, pair, days[self.parts.site, driver].view(np.int64))
        for name, modifiers in behind.items():
            mine = np.flatnonzero(driver == column[name])
            for modifier in modifiers:
                said = days[self.parts.site[mine], column[modifier]].view(np.int64)
                np.maximum.at(newest, pair[mine], said)
        return newest.view("datetime64[D]")

    @property
    def counts(self) -> tuple[Floats, Texts]:
        """What the need of each site should grow with, nan where nobody counted it, and its name."""
        size, name = np.full(len(self.case.sites), np.nan), np.full(len(self.case.sites), "", dtype=np.object_)
        for driver in reversed(DRIVERS):
            rows = np.flatnonzero((self.standing.driver == driver) & (self.standing.value > 0))
            size[self.standing.site[rows]] = self.standing.value[rows]
            name[self.standing.site[rows]] = driver
        return size, name


def found_among(keys: NDArray[np.int64], asked: NDArray[np.int64]) -> tuple[NDArray[np.int64], Bools]:
    """Return where asked keys stand among sorted keys, and whether they are there."""
    place = np.searchsorted(keys, asked)
    there = place < len(keys)
    there[there] = keys[place[there]] == asked[there]
    return place, there
