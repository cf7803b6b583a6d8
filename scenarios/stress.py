"""A stress: what is uncertain, drawn many times, and what one can do about it, tried against every draw.

Draws are quantiles: a number between 0 and 1 becomes a value by the inverse of its distribution. Latin hypercube
puts one draw of each quantity into each of n equal parts of 0…1 (McKay, Beckman, Conover 1979); Monte Carlo draws
freely. The same seed gives the same draws, whoever runs them and in whatever order.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from statistics import NormalDist

import numpy as np

from allocator.case import Floats
from scenarios.scenario import Change, Scenario

__all__ = ["DISTRIBUTIONS", "SAMPLERS", "Draw", "Lever", "Stress", "Trial", "Uncertain", "quantiles_of", "trials"]

SAMPLERS = ("hypercube", "montecarlo")

DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "normal": ("mean", "deviation"),
    "lognormal": ("median", "p90"),
    "chance": ("probability",),
}
"""What may be drawn, and the numbers that say how. `chance`: the change happens with this probability, as `by` says."""

_PLACES = Decimal("0.000001")
_Z90 = NormalDist().inv_cdf(0.9)


@dataclass(frozen=True, kw_only=True)
class Draw:
    """A distribution by name and its numbers."""

    name: str
    numbers: tuple[float, ...]

    def value(self, quantile: float) -> float:
        """Return the value below which a share of `quantile` lies; never below 0, which no factor is.

        >>> Draw(name="triangular", numbers=(1.0, 2.0, 5.0)).value(0.25)
        2.0
        >>> round(Draw(name="lognormal", numbers=(2.0, 6.0)).value(0.9), 6)
        6.0
        """
        return max(0.0, getattr(self, f"_{self.name}")(quantile))

    def _uniform(self, quantile: float) -> float:
        low, high = self.numbers
        return low + (high - low) * quantile

    def _triangular(self, quantile: float) -> float:
        low, mode, high = self.numbers
        if high == low:
            return low
        at_mode = (mode - low) / (high - low)
        if quantile < at_mode:
            return low + math.sqrt(quantile * (high - low) * (mode - low))
        return high - math.sqrt((1 - quantile) * (high - low) * (high - mode))

    def _normal(self, quantile: float) -> float:
        mean, deviation = self.numbers
        return mean + deviation * NormalDist().inv_cdf(quantile)

    def _lognormal(self, quantile: float) -> float:
        median, p90 = self.numbers
        return median * math.exp(math.log(p90 / median) / _Z90 * NormalDist().inv_cdf(quantile))

    def _chance(self, quantile: float) -> float:
        return 1.0 if quantile < self.numbers[0] else 0.0


@dataclass(frozen=True, kw_only=True)
class Uncertain:
    """Something nobody knows: a change whose `by` is drawn (or, of a chance, which happens or does not)."""

    name: str
    change: Change
    draw: Draw


@dataclass(frozen=True, kw_only=True)
class Lever:
    """Something one can decide: a change whose `by` is one of some options; the first is what is done now."""

    name: str
    change: Change
    options: tuple[Decimal, ...]


@dataclass(frozen=True, kw_only=True)
class Stress:
    """A scenario that holds in every run, what is uncertain beside it, and what can be decided."""

    scenario: Scenario
    uncertain: tuple[Uncertain, ...]
    levers: tuple[Lever, ...] = ()

    @property
    def decisions(self) -> tuple[tuple[Decimal, ...], ...]:
        """Every combination of the levers' options; the first is what is done now."""
        return tuple(itertools.product(*(lever.options for lever in self.levers)))


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One run: which draw, which decision, what was drawn, and the scenario that it makes."""

    draw: int
    decision: int
    values: Mapping[str, float] = field(default_factory=dict)
    scenario: Scenario


def quantiles_of(sampler: str, draws: int, quantities: int, seed: int) -> Floats:
    """Return (draws, quantities) quantiles strictly between 0 and 1.

    >>> np.sort(np.floor(quantiles_of("hypercube", 4, 1, seed=7)[:, 0] * 4)).tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    rng = np.random.default_rng(seed)
    within = rng.uniform(size=(draws, quantities))
    if sampler == "hypercube":
        part = np.stack([rng.permutation(draws) for _ in range(quantities)], axis=1) if quantities else within
        within = (part + within) / draws
    return np.clip(within, 1e-12, 1 - 1e-12)


def trials(stress: Stress, *, draws: int, seed: int, sampler: str = "hypercube") -> Iterator[Trial]:
    """Yield every run: each draw under each decision, in order."""
    quantiles = quantiles_of(sampler, draws, len(stress.uncertain), seed)
    for draw, row in enumerate(quantiles.tolist()):
        drawn = {each.name: each.draw.value(quantile) for each, quantile in zip(stress.uncertain, row, strict=True)}
        happening = tuple(_as_drawn(stress.uncertain, drawn))
        for decision, options in enumerate(stress.decisions):
            decided = tuple(
                replace(lever.change, by=option) for lever, option in zip(stress.levers, options, strict=True)
            )
            changes = (*stress.scenario.changes, *happening, *decided)
            scenario = replace(stress.scenario, changes=changes)
            yield Trial(draw=draw, decision=decision, values=drawn, scenario=scenario)


def _as_drawn(uncertain: tuple[Uncertain, ...], drawn: Mapping[str, float]) -> Iterator[Change]:
    for each in uncertain:
        value = drawn[each.name]
        if each.draw.name != "chance":
            # Rounded to what a file holds, so that a run can be written down and run again.
            yield replace(each.change, by=Decimal(value).quantize(_PLACES))
        elif value:
            yield each.change
