"""What an ensemble says: how outcomes spread under each decision, what moves them most, what is regretted least."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from allocator.case import Bools, Floats
from scenarios.ensemble import Result
from scenarios.stress import Stress, Trial

__all__ = ["JUDGED", "Regret", "Spread", "Swing", "column_of", "regrets", "spreads", "tornado"]

JUDGED = (
    "worst_cover",
    "low_cover",
    "sites_out",
    "unmet_share",
    "first_unmet_share",
    "kg_km",
    "idle_units",
    "buy_yuan",
    "expired_units",
    "expired_yuan",
)
"""The outcomes that are judged. Of cover more is better, of everything else less."""

_MORE_IS_BETTER = ("worst_cover", "low_cover")
_FIFTH = 0.2


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How one outcome spreads over the draws under one decision (by position)."""

    decision: int
    measure: str
    mean: float
    p05: float
    p50: float
    p95: float


@dataclass(frozen=True, kw_only=True)
class Swing:
    """What one uncertain quantity does to an outcome, under what is decided now.

    `low`, `high`: the mean outcome in the fifth of draws in which the quantity is least and most;
    `correlation`: of their ranks (Spearman), 0 where one of both does not move.
    """

    quantity: str
    measure: str
    low: float
    high: float
    correlation: float

    @property
    def swing(self) -> float:
        """How far the outcome goes from one end to the other."""
        return abs(self.high - self.low)


@dataclass(frozen=True, kw_only=True)
class Regret:
    """By how much a decision falls short of the best for the same draw: on average, and in the worst of draws."""

    decision: int
    measure: str
    mean: float
    worst: float


def column_of(results: Sequence[Result], measure: str) -> Floats:
    """Return one outcome of every run; nan where it is no number."""
    return np.array([np.nan if each[measure] is None else each[measure] for each in results], dtype=np.float64)


def spreads(stress: Stress, trials: Sequence[Trial], results: Sequence[Result]) -> list[Spread]:
    """Return how each judged outcome spreads under each decision."""
    decision = np.array([each.decision for each in trials])
    found = []
    for number in range(len(stress.decisions)):
        for measure in JUDGED:
            values = column_of(results, measure)[decision == number]
            values = values[~np.isnan(values)]
            if len(values):
                p05, p50, p95 = np.quantile(values, (0.05, 0.5, 0.95)).tolist()
                mean = float(values.mean())
                found.append(Spread(decision=number, measure=measure, mean=mean, p05=p05, p50=p50, p95=p95))
    return found


def tornado(
    stress: Stress, trials: Sequence[Trial], results: Sequence[Result], measure: str, *, idle: Collection[str] = ()
) -> list[Swing]:
    """Return what each uncertain quantity does to one outcome, the one that moves it most first.

    `idle`: names of quantities that choose nothing in this case, of which a swing would be noise. Draws in which the
    outcome is no number do not count; nothing is returned where it never is one.
    """
    outcomes = column_of(results, measure)
    now = [row for row, each in enumerate(trials) if each.decision == 0 and not np.isnan(outcomes[row])]
    outcome = outcomes[now]
    if not len(outcome):
        return []
    found = []
    for each in stress.uncertain:
        if each.name in idle:
            continue
        drawn = np.array([trials[row].values[each.name] for row in now])
        low, high = _ends(drawn)
        found.append(
            Swing(
                quantity=each.name,
                measure=measure,
                low=float(outcome[low].mean()),
                high=float(outcome[high].mean()),
                correlation=_rank_correlation(drawn, outcome),
            )
        )
    return sorted(found, key=lambda swing: (-swing.swing, swing.quantity))


def _ends(drawn: Floats) -> tuple[Bools, Bools]:
    """Return the draws in the fifth with the least of a quantity and in that with the most; alike go together.

    What only happens or does not has more than a fifth alike at one end: then the ends are these and all others.

    >>> [end.sum().item() for end in _ends(np.array([0.0] * 15 + [1.0]))]
    [15, 1]
    """
    ordered = np.sort(drawn)
    fifth = max(1, int(len(ordered) * _FIFTH))
    least, most = ordered[fifth - 1], ordered[-fifth]
    low = drawn <= least if least < ordered[-1] else drawn < ordered[-1]
    high = drawn >= most if most > ordered[0] else drawn > ordered[0]
    whole = np.ones(len(drawn), dtype=bool)
    return (low if low.any() else whole), (high if high.any() else whole)


def regrets(stress: Stress, results: Sequence[Result]) -> list[Regret]:
    """Return how much each decision is regretted, by outcome; a decision nobody ever regrets has 0.

    Draws in which an outcome is no number under any decision do not count; an outcome that never is one is left out.
    """
    count = len(stress.decisions)
    found = []
    for measure in JUDGED:
        table = column_of(results, measure).reshape(-1, count)
        table = table[~np.isnan(table).all(axis=1)]
        if not len(table):
            continue  # nobody can say what it costs
        loss = -table if measure in _MORE_IS_BETTER else table
        regret = loss - np.nanmin(loss, axis=1, keepdims=True)
        for number in range(count):
            mean, worst = float(np.nanmean(regret[:, number])), float(np.nanmax(regret[:, number]))
            found.append(Regret(decision=number, measure=measure, mean=mean, worst=worst))
    return found


def _rank_correlation(one: Floats, other: Floats) -> float:
    ranks = [_ranks(each) for each in (one, other)]
    if any(np.ptp(each) == 0 for each in ranks):
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: Floats) -> Floats:
    """Return ranks, ties their mean."""
    _, which, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[which])
