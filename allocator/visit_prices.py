"""From which depots each site is visited: chosen by what a pack from each source costs in stops.

Were every pack priced, a site could choose alone: the depots that make stops plus packs cheapest.
Good prices are those at which all choices together take what the sources have. They are found by
climbing the dual: a sample of sites chooses, sources that are asked for too much become dearer,
the others cheaper, in ever smaller steps (Adam, Kingma and Ba 2015). In a last pass every site
chooses for good while prices keep watch over what is left. Any prices prove, by weak duality, a
number of stops that nobody can go below (`benchmarks/fewest.py` does so).

Every number is rounded to a grid on which sums are exact, so that the choice depends neither on
the processor nor on the order of adding.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import gcd

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats
from allocator.market import Market

__all__ = ["Options", "chosen", "options_of"]

_COLUMNS_TOGETHER = ((6, 3), (10, 2))  # up to 6 depots: any three together; up to 10: any two
_STEPS_MIN, _STEPS_MAX, _SAMPLE = 20, 200, 500
_FIRST_STEP, _LAST_STEP, _PASS_STEP = 0.5, 0.005, 0.003
_PASS_SAMPLE, _PASS_STEPS_MAX = 250, 400
_MOMENTUM, _MEMORY = 0.9, 0.95
_NEVER = 2.0**30  # the price of what a source has not got
_GRID = 2.0**20
_FAR = 2.0**-10  # the longest road costs as much as this part of a stop


@dataclass(frozen=True, kw_only=True)
class Options:
    """Depots to be visited from: `columns[n]` of a catchment together, the first repeated to fill up.

    `cost`: stops by [catchment, option], and a little for distance.
    """

    columns: NDArray[np.intp]
    cost: Floats


def options_of(market: Market) -> Options:
    """Return the options of every catchment: single depots, pairs, and threes where depots are few."""
    width = market.member.shape[1]
    most, together = next((c for c in _COLUMNS_TOGETHER if width <= c[0]), _COLUMNS_TOGETHER[-1])
    used = range(max(1, min(width, most)))
    sets = [some for size in range(1, together + 1) for some in combinations(used, size)]
    longest = max(float(market.km.max(initial=0.0)), 1e-9)
    stop = 1.0 + np.rint(market.km / longest * _FAR * _GRID) / _GRID
    stop[market.member[:, :, 0] == market.n_sources] = _NEVER
    return Options(
        columns=np.array([[*some, *(some[:1] * (together - len(some)))] for some in sets], dtype=np.intp),
        cost=np.stack([stop[:, list(some)].sum(axis=1) for some in sets], axis=1),
    )


def chosen(market: Market, options: Options) -> NDArray[np.intp]:
    """Return each site's option, such that together they ask of every source about what it has."""
    n = len(market.site)
    choice = np.zeros(n, dtype=np.intp)
    if n == 0 or len(options.columns) == 1:
        return choice
    climb = _Climb(market, options)
    steps = min(max(n, _STEPS_MIN), _STEPS_MAX)
    fall = (_LAST_STEP / _FIRST_STEP) ** (1 / steps)
    step = _FIRST_STEP
    parts = max(1, n // _SAMPLE)
    samples: dict[int, _Sample] = {}
    for rows in _samples(n, parts, steps):
        first = int(rows[0])
        sample = samples.get(first) or climb.sample(rows)
        if parts < steps:  # it will choose again
            samples[first] = sample
        climb.choose(sample)
        climb.step(step, climb.excess)
        step *= fall
    rest, waiting = climb.quota.copy(), n
    turns = min(max(1, n // _PASS_SAMPLE), _PASS_STEPS_MAX)
    for rows in _samples(n, turns, turns):
        choice[rows] = climb.choose(climb.sample(rows))
        rest -= climb.asked
        waiting -= len(rows)
        ahead = climb.share - rest / waiting if waiting else 0.0
        climb.step(_PASS_STEP, climb.excess + ahead)
    return choice


def _samples(n: int, parts: int, count: int) -> list[NDArray[np.intp]]:
    """Return every `parts`-th site, beginning here and there, `count` times."""
    stride = max(1, round(parts * 0.618))
    while gcd(stride, parts) > 1:
        stride += 1
    return [np.arange(turn * stride % parts, n, parts) for turn in range(count)]


@dataclass(frozen=True, kw_only=True)
class _Sample:
    """Some sites that choose together: their catchments, what they want, and what each option costs them.

    `member`: sources by [catchment present, option, number]; `place`: each site's catchment among
    those present. `cost`: stops by [site, option]. `packs`: by [site, trade], in scales.
    """

    member: NDArray[np.intp]
    place: NDArray[np.intp]
    cost: Floats
    packs: Floats


class _Climb:
    """Prices by [source, trade] for a `scale` of packs, and what the sites that chose last ask for."""

    def __init__(self, market: Market, options: Options) -> None:
        self._market, self._options = market, options
        self._smaller = 1 / market.scale
        self._member = _member(market.member, options)
        self.quota = market.quota * self._smaller
        self.share = self.quota / len(market.site)
        self.asked: Floats = np.zeros_like(self.quota)
        self.excess: Floats = np.zeros_like(self.quota)
        enough = market.quota.sum(axis=0) > market.wanted.sum(axis=0)
        # Where there is more than is wanted, nobody need be talked into taking it.
        self._least = np.where(enough & ~market.exact, 0.0, -np.inf)
        self._has: Bools = market.quota > 0
        self._price = np.zeros_like(self.quota)
        # One row more than there are sources, for those that a catchment has not got.
        self._asked_price = np.full((len(self.quota) + 1, self.quota.shape[1]), _NEVER)
        self._drift, self._spread = np.zeros_like(self.quota), np.zeros_like(self.quota)
        self._momentum_left = self._memory_left = 1.0

    def sample(self, rows: NDArray[np.intp]) -> _Sample:
        """Look at some sites."""
        market = self._market
        place, member, cost = market.place[rows], self._member, self._options.cost
        if len(member) > len(rows):
            present, place = np.unique(place, return_inverse=True)
            member, cost = member[present], cost[present]
        return _Sample(member=member, place=place, cost=cost[place], packs=market.wanted[rows] * self._smaller)

    def choose(self, sample: _Sample) -> NDArray[np.intp]:
        """Return the cheapest option of these sites, and note what they ask of every source."""
        packs, place = sample.packs, sample.place
        price, giver = self._cheapest(sample.member)
        cost = np.einsum("st,sot->so", packs, price.take(place, axis=0))
        cost += sample.cost
        choice = np.argmin(cost, axis=1)
        n_trades = packs.shape[1]
        asks = giver.reshape(-1, giver.shape[2]).take(place * giver.shape[1] + choice, axis=0)
        asks *= n_trades
        asks += np.arange(n_trades)
        size = len(self._asked_price) * n_trades
        asked = np.bincount(asks.ravel(), weights=packs.ravel(), minlength=size)
        self.asked = np.asarray(asked.reshape(-1, n_trades)[:-1], dtype=np.float64)
        self.excess = self.asked / len(packs) - self.share
        return choice

    def _cheapest(self, member: NDArray[np.intp]) -> tuple[Floats, NDArray[np.intp]]:
        """Return the least price and its source by [catchment, option, trade]."""
        price = self._asked_price
        np.copyto(price[:-1], np.rint(self._price * _GRID) / _GRID, where=self._has)
        source = member[:, :, 0]
        least, giver = price.take(source, axis=0), np.repeat(source[:, :, None], price.shape[1], axis=2)
        for other in range(1, member.shape[2]):
            source = member[:, :, other]
            offer = price.take(source, axis=0)
            cheaper = offer < least
            np.copyto(least, offer, where=cheaper)
            np.copyto(giver, source[:, :, None], where=cheaper)
        return least, giver

    def step(self, size: float, towards: Floats) -> None:
        """Make dearer what was asked for too much, and cheaper what was not."""
        self._drift += (1 - _MOMENTUM) * (towards - self._drift)
        self._spread += (1 - _MEMORY) * (self.excess * self.excess - self._spread)
        self._momentum_left *= _MOMENTUM
        self._memory_left *= _MEMORY
        drift = self._drift / (1 - self._momentum_left)
        spread = np.sqrt(self._spread / (1 - self._memory_left))
        self._price += size * drift / (spread + 1e-9)
        np.maximum(self._price, self._least, out=self._price)


def _member(member: NDArray[np.intp], options: Options) -> NDArray[np.intp]:
    """Return the sources by [catchment, option, number]."""
    of_option = member[:, options.columns]
    return of_option.reshape(*of_option.shape[:2], -1)
