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

_ITEMS_MIN = 4
"""With fewer needs of its own nobody can say from them how large a site is."""

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

    `size`: what the need of a pair should grow with (people on duty, patients). Where it is nan, a site's
    other needs tell it: one that needs much of everything is large, one that needs much of one thing is
    odd. `peers`: the number of every site's sort. A need is odd above `FAR_ABOVE` × the median and beyond
    three spreads of the logarithms.
    """
    # Of what comes in whole units nobody can need less than one.
    rows = np.flatnonzero((daily_units > 1) & ~(size <= 0))
    known = ~np.isnan(size[rows])
    logs = np.log(daily_units[rows] / np.where(known, size[rows], 1.0))
    # What is judged by its size has other peers than what is not.
    sort = 2 * peers[site[rows]] + known
    group = sort * (int(item.max(initial=0)) + 1) + item[rows]
    own, needs = _middles(logs - _middles(logs, group)[0], site[rows])
    logs -= np.where(known | (needs < _ITEMS_MIN), 0.0, own)
    middle, count = _middles(logs, group)
    spread = _SPREAD * _middles(np.abs(logs - middle), group)[0]
    far = (logs > middle + np.log(FAR_ABOVE)) & (logs > middle + 3 * spread) & (count >= PEERS_MIN)
    times = np.exp(logs[far] - middle[far])
    odd = map(Oddness, site[rows[far]].tolist(), item[rows[far]].tolist(), times.tolist())
    return sorted(odd, key=lambda each: (-each.times, each.site, each.item))


def _middles(values: Floats, keys: NDArray[np.integer]) -> tuple[Floats, NDArray[np.int64]]:
    """Return for each row the median of all rows with its key, and how many there are.

    >>> middles, counts = _middles(np.array([3.0, 1.0, 8.0, 5.0]), np.array([0, 0, 1, 0]))
    >>> middles.tolist(), counts.tolist()
    ([3.0, 3.0, 8.0, 3.0], [3, 3, 1, 3])
    """
    order = np.lexsort((values, keys))
    _, starts, counts = np.unique(keys[order], return_index=True, return_counts=True)
    low, high = starts + (counts - 1) // 2, starts + counts // 2
    middles, found = (values[order][low] + values[order][high]) / 2, np.empty(len(values))
    found[order] = np.repeat(middles, counts)
    number = np.empty(len(values), dtype=np.int64)
    number[order] = np.repeat(counts, counts)
    return found, number


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
