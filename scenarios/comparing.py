"""Put runs side by side: what comes of each, and who gains and who loses against the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case, Floats, Texts
from scenarios.outcomes import Standings
from scenarios.running import Run

__all__ = ["Comparison", "Grouped", "Mover", "compared", "grouped", "movers"]

_NOISE = 1e-9
_TOLD = 5e-4  # a tenth of a hundredth is what is shown


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Pairs of a site and an item that have a need in any of the runs, by code, and how they stand in each.

    `cover`, `unmet_share`: (pairs, runs), nan where the pair has no need in that run. `gain`: (pairs, runs), by how
    much less of its promise the pair lacks than in the first run; nan where it has no need in one of both.
    """

    site: Texts
    item: Texts
    kind: Texts
    area: Texts
    tier: Texts
    cover: Floats
    unmet_share: Floats

    @property
    def gain(self) -> Floats:
        """The share of its promise that each pair lacks less than in the first run."""
        change = self.unmet_share[:, :1] - self.unmet_share
        return np.where(np.abs(change) <= _NOISE, 0.0, change)


@dataclass(frozen=True, kw_only=True, eq=False)
class Grouped:
    """Pairs by a key; all but `key` are (groups, runs).

    `unmet_share`: the mean. `gains`, `loses`: how many pairs do; `gained`, `lost`: how much of its promise a pair of
    the group gains (0 and above) and loses (0 and below) on average; together they are the change of the mean.
    """

    key: Texts
    pairs: Floats
    unmet_share: Floats
    gains: Floats
    loses: Floats
    gained: Floats
    lost: Floats


@dataclass(frozen=True, kw_only=True)
class Mover:
    """A group by its code; what its pairs lose (0 and below) and gain (0 and above) of their promises on average."""

    code: str
    lost: float
    gained: float


def compared(runs: Sequence[Run]) -> Comparison:
    """Return runs side by side; ValueError without any."""
    if not runs:
        raise ValueError("Nothing to compare.")
    codes = [_codes(run.case, run.outcomes.standings) for run in runs]
    pairs = np.unique(np.concatenate(codes))
    cover, unmet = np.full((len(pairs), len(runs)), np.nan), np.full((len(pairs), len(runs)), np.nan)
    told: dict[str, Texts] = {name: np.full(len(pairs), "", dtype=object) for name in ("kind", "area", "tier")}
    for number in reversed(range(len(runs))):
        run, rows = runs[number], np.searchsorted(pairs, codes[number])
        standings, sites = run.outcomes.standings, run.case.sites
        cover[rows, number], unmet[rows, number] = standings.cover, standings.unmet_share
        names = np.array(run.case.policy.tier_names, dtype=object)
        # The first run is written last: what a site is, is what it is in that.
        told["kind"][rows], told["area"][rows] = sites.kind[standings.site], sites.area[standings.site]
        told["tier"][rows] = names[standings.tier]
    split = [str(pair).split("\t") for pair in pairs]
    return Comparison(
        site=np.array([site for site, _ in split], dtype=object),
        item=np.array([item for _, item in split], dtype=object),
        cover=cover,
        unmet_share=unmet,
        **told,
    )


def grouped(comparison: Comparison, key: str) -> Grouped:
    """Return a comparison by "site", "item", "kind", "area" or "tier"."""
    names, which = np.unique(getattr(comparison, key).astype(str), return_inverse=True)
    gain = comparison.gain
    there = ~np.isnan(comparison.unmet_share)
    count = _sums(there.astype(np.float64), which, len(names))
    total = _sums(np.nan_to_num(comparison.unmet_share), which, len(names))
    moved = np.nan_to_num(gain)

    def mean(columns: Floats) -> Floats:
        return np.divide(_sums(columns, which, len(names)), count, out=np.zeros(count.shape), where=count > 0)

    return Grouped(
        key=names.astype(object),
        pairs=count,
        unmet_share=np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0),
        gains=_sums((gain > 0).astype(np.float64), which, len(names)),
        loses=_sums((gain < 0).astype(np.float64), which, len(names)),
        gained=mean(np.maximum(moved, 0.0)),
        lost=mean(np.minimum(moved, 0.0)),
    )


def movers(comparison: Comparison, key: str, number: int, *, most: int = 10) -> list[Mover]:
    """Return the groups that move most in a run, by "area", "item" and so on; who loses most in sum comes first."""
    group = grouped(comparison, key)
    lost, gained = group.lost[:, number], group.gained[:, number]
    moved = np.flatnonzero(gained - lost > _TOLD)
    chosen = moved[np.argsort(lost[moved] - gained[moved], kind="stable")][:most]
    ordered = chosen[np.argsort(lost[chosen] + gained[chosen], kind="stable")]
    return [Mover(code=str(group.key[n]), lost=float(lost[n]), gained=float(gained[n])) for n in ordered.tolist()]


def _codes(case: Case, standings: Standings) -> NDArray[np.str_]:
    """Return each pair as one text, which sorts by site and then item."""
    sites, items = case.sites.code.astype(str), case.items.code.astype(str)
    return np.char.add(np.char.add(sites[standings.site], "\t"), items[standings.item])


def _sums(columns: Floats, which: NDArray[np.intp], groups: int) -> Floats:
    return np.stack([np.bincount(which, weights=column, minlength=groups) for column in columns.T], axis=1)
