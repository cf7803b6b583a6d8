"""Where a need comes from: what the site reported, what its activity says, or a standard; and which look odd.

A report wins while it is fresh: people at the site know best. Then activity, calibrated by recorded
use. Then a standard by kind of site. What nobody said anything of is no need. Nothing is cut: a need
far above that of its peers, or ten times it, is flagged for a person to look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Indices, Table, Texts, Units
from allocator.sentence import Sentence, say

__all__ = ["FAR_ABOVE", "PEERS_MIN", "SOURCES", "Oddness", "SourcedNeeds", "chosen_needs", "odd_needs"]

SOURCES = ("report", "activity", "standard")

PEERS_MIN = 5
"""With fewer of a kind nobody can say what is usual."""

FAR_ABOVE = 3.0
"""Flagged above this many times the peers' middle, where it is also more than three of their spreads away."""

_SPREAD = 1.4826  # the median absolute deviation of normal data, as a standard deviation
_ZERO_TOO_MANY = (8.0, 12.5)


@dataclass(frozen=True, kw_only=True)
class SourcedNeeds(Table):
    """Needs and where they come from: rows sorted by site, item. `source`: position in `SOURCES`.

    `since`: the day of the report or of the activity's figures, NaT where it has none. `stale`: it is
    a report, older than the policy allows, with nothing newer to use instead.
    """

    site: Indices
    item: Indices
    daily_units: Floats
    source: NDArray[np.int8]
    since: NDArray[np.datetime64]
    stale: Bools


@dataclass(frozen=True)
class Oddness:
    """A need that a person should look at: `times` the middle of its peers."""

    site: int
    item: int
    times: float
    sentence: Sentence


def chosen_needs(
    tables: dict[str, tuple[Indices, Indices, Floats, NDArray[np.datetime64]]],
    *,
    today: np.datetime64,
    stale_days: int,
) -> SourcedNeeds:
    """Return one need for each pair, from the best source that has one.

    `tables`: by source, (site, item, daily_units, since), each pair at most once. A report older than
    `stale_days` gives way to activity, but not to a standard: an old word is better than none.
    """
    columns: list[tuple[NDArray[Any], ...]] = []
    for source, name in enumerate(SOURCES):
        if name in tables:
            site, item, units, since = tables[name]
            # Blank is fresh: a need without a date is a standing order.
            old = (since < today - np.timedelta64(stale_days, "D")) if name == "report" else np.zeros(len(site), bool)
            rank = np.where(old, 1.5, float(source))
            columns.append((site, item, units, np.full(len(site), source, np.int8), since, old, rank))
    if not columns:
        empty = np.zeros(0)
        columns = [(empty, empty, empty, empty, empty.astype("datetime64[D]"), empty.astype(bool), empty)]
    site, item, units, source_of, since, old, rank = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    order = np.lexsort([rank, item, site])
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(site[order]) != 0) | (np.diff(item[order]) != 0)
    kept = order[first]
    return SourcedNeeds(
        site=site[kept].astype(np.int32),
        item=item[kept].astype(np.int32),
        daily_units=units[kept].astype(np.float64),
        source=source_of[kept].astype(np.int8),
        since=since[kept],
        stale=old[kept],
    )


def odd_needs(
    *, site: Indices, item: Indices, daily_units: Floats, size: Floats, kind_of_site: Texts, item_names: Texts
) -> list[Oddness]:
    """Return needs far above their peers': sites of the same kind, by what each needs for its size.

    `size`: what the need of a pair should grow with (people on duty, patients), 1 where unknown. A need
    is odd above `FAR_ABOVE` × the median and beyond three spreads of the logarithms.
    """
    odd: list[Oddness] = []
    kinds = kind_of_site[site].astype(str)
    per = np.where((size > 0) & (daily_units > 0), daily_units / np.maximum(size, 1e-12), np.nan)
    for kind in np.unique(kinds):
        for number in np.unique(item[kinds == kind]):
            rows = np.flatnonzero((kinds == kind) & (item == number) & ~np.isnan(per))
            odd += _odd_of_peers(rows, per[rows], site, int(number), item_names)
    return sorted(odd, key=lambda each: (-each.times, each.site, each.item))


def _odd_of_peers(rows: Units, per: Floats, site: Indices, item: int, item_names: Texts) -> list[Oddness]:
    if len(rows) < PEERS_MIN:
        return []
    logs = np.log(per)
    middle = np.median(logs)
    spread = _SPREAD * np.median(np.abs(logs - middle))
    far = (logs > middle + np.log(FAR_ABOVE)) & (logs > middle + 3 * spread)
    return [_oddness(int(site[row]), item, float(np.exp(log - middle)), item_names) for row, log in
            zip(rows[far], logs[far], strict=True)]  # fmt: skip


def _oddness(site: int, item: int, times: float, item_names: Texts) -> Oddness:
    name = item_names[item]
    rounded = f"{times:.1f}"
    if _ZERO_TOO_MANY[0] <= times <= _ZERO_TOO_MANY[1]:
        sentence = say(
            "The need of {item} is {times} times that of its peers: perhaps a zero too many. Ask the site.",
            item=name,
            times=rounded,
        )
    else:
        sentence = say(
            "The need of {item} is {times} times that of its peers. Ask the site why.", item=name, times=rounded
        )
    return Oddness(site, item, times, sentence)
