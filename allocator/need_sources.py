"""Where a need comes from: what the site reported, what its activity says, or a standard; and which look odd.

A report wins while it is fresh: people at the site know best. Then activity, calibrated by recorded
use. Then a standard by kind of site. What nobody said anything of is no need. Nothing is cut: a need
far above that of its peers, or ten times it, is flagged for a person to look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Indices, Table, Texts
from allocator.sentence import Named, Sentence, say

__all__ = [
    "FAR_ABOVE",
    "PEERS_MIN",
    "SOURCES",
    "Oddness",
    "SourcedNeeds",
    "chosen_needs",
    "numbered",
    "odd_needs",
    "oddness_sentence",
]

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
    """A need that a person should look at: `times` the middle of its peers. Site and item by position."""

    site: int
    item: int
    times: float


def chosen_needs(
    tables: dict[str, tuple[Indices, Indices, Floats, NDArray[np.datetime64]]],
    *,
    today: np.datetime64,
    stale_days: int,
    order: Sequence[str] = SOURCES,
) -> SourcedNeeds:
    """Return one need for each pair, from the first source in `order` that has one.

    `tables`: by source, (site, item, daily_units, since), each pair at most once; a source that is not in
    `order` is not used. A report older than `stale_days` gives way to activity, but not to a standard: an
    old word is better than none.
    """
    columns: list[tuple[NDArray[Any], ...]] = []
    ranks = {name: float(rank) for rank, name in enumerate(order)}
    for source, name in enumerate(SOURCES):
        if name in tables and name in ranks:
            site, item, units, since = tables[name]
            # Blank is fresh: a need without a date is a standing order.
            old = (since < today - np.timedelta64(stale_days, "D")) if name == "report" else np.zeros(len(site), bool)
            rank = np.where(old, max(ranks[name], ranks.get("activity", 0.0) + 0.5), ranks[name])
            columns.append((site, item, units, np.full(len(site), source, np.int8), since, old, rank))
    if not columns:
        empty = np.zeros(0)
        columns = [(empty, empty, empty, empty, empty.astype("datetime64[D]"), empty.astype(bool), empty)]
    site, item, units, source_of, since, old, rank = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    sorted_ = np.lexsort([rank, item, site])
    first = np.ones(len(sorted_), dtype=bool)
    first[1:] = (np.diff(site[sorted_]) != 0) | (np.diff(item[sorted_]) != 0)
    kept = sorted_[first]
    return SourcedNeeds(
        site=site[kept].astype(np.int32),
        item=item[kept].astype(np.int32),
        daily_units=units[kept].astype(np.float64),
        source=source_of[kept].astype(np.int8),
        since=since[kept],
        stale=old[kept],
    )


def numbered(texts: Texts) -> NDArray[np.int64]:
    """Return for each text the number of the first like it.

    >>> numbered(np.array(["clinic", "school", "clinic"], dtype=object)).tolist()
    [0, 1, 0]
    """
    seen: dict[str, int] = {}
    return np.fromiter((seen.setdefault(each, len(seen)) for each in texts), dtype=np.int64, count=len(texts))


def odd_needs(
    *, site: Indices, item: Indices, daily_units: Floats, size: Floats, peers: NDArray[np.int64]
) -> list[Oddness]:
    """Return needs far above their peers': pairs of one item at sites of one sort, by need for their size.

    `size`: what the need of a pair should grow with (people on duty, patients), 1 where unknown;
    `peers`: the number of every site's sort. A need is odd above `FAR_ABOVE` × the median and beyond
    three spreads of the logarithms.
    """
    odd: list[Oddness] = []
    rows = np.flatnonzero((size > 0) & (daily_units > 0))
    if not len(rows):
        return odd
    logs = np.log(daily_units[rows] / size[rows])
    group = peers[site[rows]] * (int(item.max()) + 1) + item[rows]
    order = np.argsort(group, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        far, times = _far(logs[members])
        found = rows[members[far]]
        odd += map(Oddness, site[found].tolist(), item[found].tolist(), times.tolist())
    return sorted(odd, key=lambda each: (-each.times, each.site, each.item))


def _far(logs: Floats) -> tuple[Indices, Floats]:
    """Return which of some peers stand far above their middle, and how many times as high they stand."""
    if len(logs) < PEERS_MIN:
        return np.zeros(0, dtype=np.int32), np.zeros(0)
    middle = np.median(logs)
    spread = _SPREAD * np.median(np.abs(logs - middle))
    far = np.flatnonzero((logs > middle + np.log(FAR_ABOVE)) & (logs > middle + 3 * spread))
    return far.astype(np.int32), np.exp(logs[far] - middle)


def oddness_sentence(item: Named, times: float) -> Sentence:
    """Return what there is to say of a need that is so many times its peers'."""
    rounded = f"{times:.1f}"
    if _ZERO_TOO_MANY[0] <= times <= _ZERO_TOO_MANY[1]:
        return say(
            "The need of {item} is {times} times that of its peers: perhaps a zero too many. Ask the site.",
            item=item,
            times=rounded,
        )
    return say("The need of {item} is {times} times that of its peers. Ask the site why.", item=item, times=rounded)
