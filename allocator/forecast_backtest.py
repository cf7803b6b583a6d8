"""How a forecast would have done: rolling origins, each knowing only what was known by then.

    WAPE     = Σ |P50 − actual| ÷ Σ actual
    bias     = Σ (P50 − actual) ÷ Σ actual
    coverage = share of sums that were no larger than the quantile
    pinball  = Σ max(τ (actual − quantile), (τ − 1) (actual − quantile)) ÷ Σ actual, mean over the levels τ

Beside them stand what is to be beaten: the 3-month average, and that average + a normal safety stock
(z × standard deviation of a period × √periods). Sources: Kolassa, Schütz (2007), Foresight 6, 40-43 (WAPE, there
MAD/mean); Koenker, Bassett (1978), Econometrica 46, 33-50 (pinball loss).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Indices
from allocator.forecast_quantiles import LEVELS, Misses, quantiles_at
from allocator.forecast_rolling import METHODS

__all__ = ["Backtest", "Score", "backtested", "pinball"]

ROUNDS_MAX = 12
_LEVELS_SHAPE = np.array(LEVELS)


@dataclass(frozen=True, kw_only=True)
class Score:
    """How well sums over the horizon were foreseen; nan where there was nothing to judge by.

    `sums`: how many sums that came were compared; `coverage`, one for each of `LEVELS`; `wape_of_average` and
    `pinball_of_normal`: of what is to be beaten.
    """

    sums: int
    wape: float
    wape_of_average: float
    bias: float
    coverage: tuple[float, ...]
    pinball: float
    pinball_of_normal: float


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """Forecasts made at K earlier origins for S series, beside what came, in units over the horizon.

    `known` (K,): periods known at each. `actual` (K, S): nan where too little was reported. `quantiles` and `normal`
    (K, S, levels). `average` (K, S). `by_method` (M, K, S): what each of `METHODS` said.
    """

    known: Indices
    actual: Floats
    quantiles: Floats
    average: Floats
    normal: Floats
    by_method: Floats

    def take(self, rows: NDArray[np.integer] | Bools) -> Backtest:
        """Return the same of these series."""
        cut = {each.name: getattr(self, each.name) for each in fields(self)}
        for name in ("actual", "quantiles", "average", "normal"):
            cut[name] = cut[name][:, rows]
        cut["by_method"] = self.by_method[:, :, rows]
        return Backtest(**cut)

    @property
    def compared(self) -> Bools:
        """Which sums can be compared (K, S): both came and were foreseen."""
        return ~np.isnan(self.actual) & ~np.isnan(self.quantiles[:, :, 1])

    def score(self) -> Score:
        """Return how well all of them were foreseen."""
        chosen = self.compared
        actual, quantiles, normal = self.actual[chosen], self.quantiles[chosen], self.normal[chosen]
        total = float(actual.sum())
        none = float("nan")

        def of_total(units: Floats) -> float:
            return float(units.sum()) / total if total > 0 else none

        return Score(
            sums=len(actual),
            wape=of_total(np.abs(quantiles[:, 1] - actual)),
            wape_of_average=of_total(np.abs(self.average[chosen] - actual)),
            bias=of_total(quantiles[:, 1] - actual),
            coverage=tuple((actual[:, None] <= quantiles + _ROUNDING).mean(axis=0).tolist())
            if len(actual)
            else (none,) * len(LEVELS),
            pinball=of_total(pinball(actual, quantiles)),
            pinball_of_normal=of_total(pinball(actual, normal)),
        )

    def wape_by_method(self) -> dict[str, float]:
        """Return the WAPE of each method alone, where it had something to say."""
        found = {}
        for name, said in zip(METHODS, self.by_method, strict=True):
            chosen = self.compared & ~np.isnan(said)
            total = self.actual[chosen].sum()
            found[name] = float(np.abs(said - self.actual)[chosen].sum() / total) if total > 0 else float("nan")
        return found

    def wape_by_series(self) -> tuple[Floats, Floats]:
        """Return WAPE and bias of each series (S,), nan where nothing can be compared or nothing was used."""
        miss = np.where(self.compared, self.quantiles[:, :, 1] - self.actual, 0.0)
        total = np.where(self.compared, self.actual, 0.0).sum(axis=0)
        none = np.full(len(total), np.nan)
        wape, bias = (
            np.divide(each.sum(axis=0), total, out=none.copy(), where=total > 0) for each in (np.abs(miss), miss)
        )
        return wape, bias


_ROUNDING = 1e-9


def backtested(misses: Misses) -> Backtest:
    """Return what the forecasts of the last dozen origins said, each from misses known by then."""
    rolling = misses.rolling
    told = rolling.told[:-1]
    rounds = np.flatnonzero(told > 0)[-ROUNDS_MAX:]
    z = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
    average = rolling.expected[0, rounds]
    safety = (rolling.deviation[rounds] * np.sqrt(rolling.horizon))[:, :, None] * z
    shape = (0, rolling.actual.shape[1], len(LEVELS))
    return Backtest(
        known=rolling.known[rounds],
        actual=rolling.actual[rounds],
        quantiles=np.stack([quantiles_at(misses, int(n)) for n in rounds]) if len(rounds) else np.zeros(shape),
        average=average,
        normal=np.maximum(average[:, :, None] + safety, 0.0),
        by_method=rolling.expected[:, rounds],
    )


def pinball(actual: Floats, quantiles: Floats) -> Floats:
    """Return the pinball loss of quantiles (N, levels), the mean over the levels.

    >>> pinball(np.array([10.0]), np.array([[8.0, 10, 12, 12, 12]])).round(4).tolist()
    [0.18]
    """
    short = actual[:, None] - quantiles
    return np.asarray(np.maximum(_LEVELS_SHAPE * short, (_LEVELS_SHAPE - 1) * short).mean(axis=1))
