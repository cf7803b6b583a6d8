"""What is asked of a run under load: nothing lost, nothing twice, nothing half; refused in time; itself again soon."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from benchmarks.ledger_laws import faults_of
from benchmarks.load_asking import Sent
from models.database import reading
from models.ledger import open_ledger
from models.tables import document

__all__ = [
    "CREATED",
    "Trend",
    "crowd_faults",
    "laws_faults",
    "lost_faults",
    "p",
    "recovered_after",
    "trend_of",
]

CREATED, BUSY = 201, 503
NORMAL_SECONDS = 0.3
"""What 99 of 100 documents take at the most, where there is not too much to do."""

RECOVERS_WITHIN, WAITS_MOST = 30.0, 5.0
_WINDOW = 5.0


def p(seconds: Sequence[float], percent: float) -> float:
    """Return what so many of 100 took at the most; not a number of none."""
    if not seconds:
        return math.nan
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * percent / 100) - 1)]


def lost_faults(url: str, sent: Sequence[Sent]) -> list[str]:
    """Return what was acknowledged and is not there, or refused for the crowd and is; [] where all is well."""
    ledger = open_ledger(url)
    with reading(ledger.engine) as connection:
        rows = connection.execute(sa.select(document.c.idem_key, document.c.id)).all()
    ledger.engine.dispose()
    there: dict[str, int] = {}
    faults: list[str] = []
    for key, number in rows:
        own = key.rpartition(" ")[2]
        if own in there:
            faults.append(f"twice: {own}")
        there[own] = number
    return faults + list(_told_otherwise(sent, there))


def _told_otherwise(sent: Sequence[Sent], there: Mapping[str, int]) -> Iterator[str]:
    for each in sent:
        if each.status == CREATED and each.key not in there:
            yield f"lost: {each.key}"
        elif each.status == CREATED and each.number != there[each.key]:
            yield f"another number: {each.key}"
        elif each.status == BUSY and each.key in there and each.tries == 1:
            yield f"recorded although refused: {each.key}"


def laws_faults(url: str) -> list[str]:
    """Return what does not hold in a ledger: by rules read row by row, and by `allocator audit check`."""
    ledger = open_ledger(url)
    faults = faults_of(ledger.engine)
    ledger.engine.dispose()
    words = [sys.executable, "-m", "allocator", "--db", url, "audit", "check"]
    audit = subprocess.run(words, capture_output=True, text=True, check=False)
    return faults + ([f"audit: {audit.stdout[-300:]}{audit.stderr[-300:]}"] if audit.returncode else [])


def crowd_faults(sent: Sequence[Sent], phases: Sequence[tuple[float, float]]) -> list[str]:
    """Return what is wrong with a run of three phases, of which the second is too much: [] where nothing is."""
    begins, ends = phases[0][1], phases[0][1] + phases[1][1]
    crowd = [each for each in sent if begins <= each.at < ends]
    busy = [each for each in crowd if each.status == BUSY]
    faults: list[str] = []
    if not busy:
        faults.append("nobody was refused")
    silent = [each for each in sent if each.status == BUSY and each.again is None]
    if silent:
        faults.append(f"{len(silent)} were refused without being told when to come again")
    other = sorted({each.status for each in sent} - {CREATED, BUSY})
    if other:
        faults.append(f"answers other than 201 and 503: {other}")
    longest = max((each.seconds for each in sent), default=0.0)
    if longest > WAITS_MOST:
        faults.append(f"somebody waited {longest:.1f} s")
    after = recovered_after(sent, ends)
    if after is None or after > RECOVERS_WITHIN:
        faults.append("it was not itself again within 30 s" if after is None else f"it took {after:.0f} s to recover")
    return faults


def recovered_after(sent: Sequence[Sent], since: float) -> float | None:
    """Return after how many seconds p99 was normal, and nobody was refused, for five seconds; None where it never was.

    What was meant to be sent from then on counts, answered or refused.
    """
    later = [each for each in sent if each.at >= since]
    last = max((each.at for each in later), default=since)
    at = since
    while at + _WINDOW <= last + 1:
        own = [each for each in later if at <= each.at < at + _WINDOW]
        fine = own and all(each.status == CREATED for each in own)
        if fine and p([each.seconds for each in own], 99) <= NORMAL_SECONDS:
            return at - since
        at += 1
    return None


@dataclass(frozen=True)
class Trend:
    """A straight line through values over time: how much they grow each hour, and the standard error of that."""

    each_hour: float
    error: float

    @property
    def is_flat(self) -> bool:
        """Whether it is within two standard errors of not growing."""
        return self.each_hour <= 2 * self.error


def trend_of(seconds: Sequence[float], values: Sequence[float]) -> Trend:
    """Return the line of least squares.

    >>> trend_of([0, 1800, 3600], [10.0, 11.0, 12.0])
    Trend(each_hour=2.0, error=0.0)
    """
    x, y = np.asarray(seconds, dtype=float) / 3600, np.asarray(values, dtype=float)
    x_mean, y_mean = x.mean(), y.mean()
    spread = float(((x - x_mean) ** 2).sum())
    slope = float(((x - x_mean) * (y - y_mean)).sum()) / spread
    left = y - y_mean - slope * (x - x_mean)
    error = math.sqrt(float((left**2).sum()) / (len(x) - 2) / spread)
    return Trend(round(slope, 6), round(error, 6))
