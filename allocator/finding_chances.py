"""How unlikely something is where nobody did anything wrong: robust scales and tails, as powers of ten.

A chance is told as its negative decimal logarithm, so that 6 is one in a million and none of them underflows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from allocator.finding_columns import Wholes

__all__ = [
    "MAD_TO_SIGMA",
    "binomial_tail",
    "chi_square_tail_8",
    "corrected",
    "grouped",
    "known_quantile",
    "normal_tail",
    "poisson_tail",
    "robust_scatter",
    "robust_scores",
]

MAD_TO_SIGMA = 1.4826
"""Median absolute deviations in one standard deviation of a normal distribution."""

_PER_TEN = 4.6
"""A normal value of z standard deviations is as unlikely as about z² ÷ 4.6 powers of ten (2 ln 10)."""


def binomial_tail(hits: int, trials: int, chance: float) -> float:
    """Return −log10 of the chance of so many hits or more.

        P(X ≥ k) = Σ_{j ≥ k} C(n, j) p^j (1 − p)^(n − j)

    >>> round(binomial_tail(10, 10, 0.5), 3)  # 1 in 1,024
    3.01
    >>> binomial_tail(0, 10, 0.5), round(binomial_tail(5, 10, 0.5), 3)
    (0.0, 0.205)
    """
    if hits <= 0 or chance >= 1:
        return 0.0
    if chance <= 0:
        return math.inf
    return _at_least(_binomial_logs(hits, trials, chance))


def _binomial_logs(hits: int, trials: int, chance: float) -> NDArray[np.float64]:
    first = (
        math.lgamma(trials + 1)
        - math.lgamma(hits + 1)
        - math.lgamma(trials - hits + 1)
        + hits * math.log(chance)
        + (trials - hits) * math.log1p(-chance)
    )
    j = np.arange(hits, trials, dtype=float)
    steps = np.log((trials - j) / (j + 1)) + math.log(chance) - math.log1p(-chance)
    return first + np.concatenate([[0.0], np.cumsum(steps)])


def poisson_tail(hits: int, mean: float) -> float:
    """Return −log10 of the chance of so many hits or more where so many are usual.

        P(X ≥ k) = Σ_{j ≥ k} e^(−λ) λ^j / j!

    >>> round(poisson_tail(1, 0.01), 2), poisson_tail(0, 3.0)
    (2.0, 0.0)
    """
    if hits <= 0:
        return 0.0
    if mean <= 0:
        return math.inf
    j = np.arange(hits, hits + 200 + int(4 * mean), dtype=float)
    first = -mean + hits * math.log(mean) - math.lgamma(hits + 1)
    return _at_least(first + np.concatenate([[0.0], np.cumsum(math.log(mean) - np.log(j + 1))]))


def _at_least(logs: NDArray[np.float64]) -> float:
    top = float(logs.max())
    return max(0.0, -(top + math.log(float(np.exp(logs - top).sum()))) / math.log(10))


def chi_square_tail_8(value: float) -> float:
    """Return −log10 of the chance of so large a χ² with eight degrees of freedom.

        P = e^(−x/2) Σ_{i < 4} (x/2)^i / i!

    >>> round(chi_square_tail_8(15.507), 2)  # the table's 0.05
    1.3
    """
    half = value / 2
    return max(0.0, (half - math.log(sum(half**i / math.factorial(i) for i in range(4)))) / math.log(10))


def corrected(strength: float, times: int) -> float:
    """Return what is left of a strength where so many were tested (Bonferroni: chances are multiplied by the tests).

    >>> corrected(6.0, 1000), corrected(1.0, 1000)
    (3.0, 0.0)
    """
    return max(0.0, strength - math.log10(max(times, 1)))


def normal_tail(score: float) -> float:
    """Return −log10 of the chance of a normal value so many standard deviations away, nearly.

    >>> round(normal_tail(6.0), 1)
    7.8
    """
    return score**2 / _PER_TEN


def robust_scatter(values: NDArray[np.float64]) -> float:
    """Return the robust standard deviation of values, 1.4826 × median|x − median|; 0 of none.

    >>> round(robust_scatter(np.array([1.0, 2.0, 3.0, 4.0, 100.0])), 4)
    1.4826
    """
    return MAD_TO_SIGMA * float(np.median(np.abs(values - np.median(values)))) if len(values) else 0.0


def robust_scores(values: NDArray[np.float64], *, floor: float) -> NDArray[np.float64]:
    """Return how many robust standard deviations each value stands above the median.

        z = (x − median) ÷ max(floor, 1.4826 × median|x − median|)

    `floor`: the least a standard deviation may be, where most values are the same.

    >>> robust_scores(np.array([1.0, 2.0, 3.0, 4.0, 100.0]), floor=0.1).round(1).tolist()
    [-1.3, -0.7, 0.0, 0.7, 65.4]
    """
    if not len(values):
        return values
    return (values - float(np.median(values))) / max(floor, robust_scatter(values))


def known_quantile(values: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return a quantile of the known values of each row; every row has one. nan: not known.

    >>> known_quantile(np.array([[3.0, np.nan, 1.0], [5.0, 7.0, 9.0]]), 0.5).tolist()
    [2.0, 7.0]
    """
    ordered = np.sort(values, axis=1)  # what is not known comes last
    at = share * (np.isfinite(values).sum(axis=1) - 1)
    low = np.floor(at).astype(np.int64)
    first, second = (
        np.take_along_axis(ordered, each[:, None], axis=1)[:, 0] for each in (low, np.ceil(at).astype(np.int64))
    )
    return first + (at - low) * (second - first)


def grouped(*keys: Wholes) -> Iterator[Wholes]:
    """Give the positions of the rows of each group, the groups by key, rows in their order.

    >>> [rows.tolist() for rows in grouped(np.array([2, 1, 2]), np.array([5, 5, 5]))]
    [[1], [0, 2]]
    """
    if not len(keys[0]):
        return
    order = np.lexsort(keys[::-1])
    change = np.zeros(len(order) - 1, dtype=bool)
    for key in keys:
        change |= np.diff(key[order]) != 0
    yield from np.split(order, np.flatnonzero(change) + 1)
