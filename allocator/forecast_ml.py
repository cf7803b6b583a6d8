"""Quantiles learned over all series at once: one global LightGBM for each level, made to cover what it says.

The models are fitted again at some origins, each on sums that were known by then; what is said at an origin is said
by a model that never saw it. It is combined with the default's, ¾ to ¼ (Bates, Granger (1969), Operational Research
Quarterly 20, 451-468: two that err differently err less together). Each quantile is then moved by how it did at
earlier origins (conformalized quantile regression: Romano, Patterson, Candès (2019), Advances in Neural Information
Processing Systems 32, here for each level by itself). At each origin it is used only where its record by then beats
the default's by more than one standard error over the series. LightGBM: Ke et al. (2017), the same conference, 30. One
thread, one seed: the same data give the same forecast.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Indices
from allocator.demand import DemandHistory
from allocator.forecast_backtest import Backtest, pinball
from allocator.forecast_features import ITEM_COLUMN, Features, features_of
from allocator.forecast_quantiles import LEVELS, Misses, quantiles_at
from allocator.forecast_rolling import Rolling
from allocator.sentence import Sentence, say

__all__ = ["Learned", "LearnerMissing", "learned"]

_TREES = 120
_SETTINGS: dict[str, Any] = {
    "objective": "quantile",
    "learning_rate": 0.06,
    "num_leaves": 15,
    "min_data_in_leaf": 120,
    "feature_fraction": 0.6,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "seed": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
_FADES = 0.985  # what a sum one origin older counts
_ROWS_MAX = 60_000
_ROUNDS_MORE = 8  # before those that are judged, so that the first of these can be moved and chosen too
_FIT_EVERY = 4
_TOLD_MIN = 4
_SERIES_MIN = 10
_LEARNED_SHARE = 0.75


class LearnerMissing(Exception):
    """LightGBM is not installed. `sentence`: what to do."""

    def __init__(self) -> None:
        self.sentence: Sentence = say(
            "Machine learning needs LightGBM, which is not installed. Install it with: pip install "
            "'supplies-allocator[ml]', or leave --ml out."
        )
        super().__init__(str(self.sentence))


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What was learned. `quantiles` (S, levels): from now on, where `chosen` (S,), its record being better by now.

    `rounds` (K, S, levels): at the backtest's origins, nan where it had not been chosen by then.
    """

    quantiles: Floats
    rounds: Floats
    chosen: Bools

    def put_into(self, backtest: Backtest) -> Backtest:
        """Return the backtest with what was learned where it would have been used."""
        said = ~np.isnan(self.rounds) & ~np.isnan(backtest.quantiles)
        return replace(backtest, quantiles=np.where(said, self.rounds, backtest.quantiles))


def learned(history: DemandHistory, units: Floats, misses: Misses, backtest: Backtest, asked: Bools) -> Learned:
    """Learn from all series and origins, and choose at each origin where that was better than the default by then.

    `units` (S, T): what is judged and forecast. `asked` (O, S): where it may be used at all.

    Raises:
        LearnerMissing: LightGBM is not installed.

    """
    try:
        import lightgbm
    except ImportError:
        raise LearnerMissing from None
    rolling = misses.rolling
    # Rows in the order of names: the order in which series were given must not change a split.
    order = np.lexsort((np.array(history.items, dtype=str), np.array(history.sites, dtype=str)))
    seen = features_of(history, units, rolling, misses.centre)
    model = _Model(lightgbm, seen, rolling, order)
    last = len(rolling.known) - 1
    judged = np.searchsorted(rolling.known, backtest.known)
    first = max(int(judged[0]) - _ROUNDS_MORE, 0) if len(judged) else last
    rounds = [n for n in range(first, last) if rolling.told[n] >= _TOLD_MIN]
    said = np.full((last + 1, len(history), len(LEVELS)), np.nan)
    for n in rounds[::_FIT_EVERY]:
        fitted = model.fitted(int(rolling.told[n]))
        for each in range(n, min(n + _FIT_EVERY, last)) if fitted else ():
            said[each] = model.said(fitted, seen.columns[each], seen.scale[each])
    if rolling.told[last] >= _TOLD_MIN:
        fitted = model.fitted(int(rolling.told[last]))
        if fitted:
            said[last] = model.said(fitted, seen.columns[-1], seen.scale[-1])
    default = np.full(said.shape, np.nan)
    for n in [*rounds, last]:
        default[n] = quantiles_at(misses, n)
    both = _moved(_LEARNED_SHARE * said + (1 - _LEARNED_SHARE) * default, rolling, seen)
    used = _chosen(both, default, rolling) & asked & ~np.isnan(both).any(axis=2)
    kept = np.where(used[:, :, None], both, np.nan)
    return Learned(quantiles=kept[last], rounds=kept[judged], chosen=used[last])


class _Model:
    """Fits one model for each level on the sums known so far, and says what it expects."""

    def __init__(self, lightgbm: Any, seen: Features, rolling: Rolling, order: NDArray[np.integer]) -> None:
        self._lightgbm = lightgbm
        self._seen = seen
        self._actual = rolling.actual
        self._groups = rolling.groups
        self._order = order

    def fitted(self, told: int) -> list[Any]:
        """Fit on the newest origins told, as many as give no more than so many rows; no models where none is known."""
        origins = min(told, max(1, _ROWS_MAX // max(1, self._actual.shape[1])))
        past = slice(told - origins, told)
        columns, scale, actual = (
            each[past][:, self._order] for each in (self._seen.columns, self._seen.scale, self._actual)
        )
        known = ~np.isnan(actual) & ~np.isnan(scale)
        if not known.any():
            return []
        age = np.broadcast_to(np.arange(origins, 0, -1)[:, None], known.shape)
        groups = np.broadcast_to(self._groups[self._order], known.shape)
        mean = np.bincount(groups[known], weights=scale[known]) / np.maximum(np.bincount(groups[known]), 1)
        weight = scale[known] / mean[groups[known]] * _FADES ** age[known]
        data = self._lightgbm.Dataset(
            columns[known],
            actual[known] / scale[known],
            weight=weight,
            categorical_feature=[ITEM_COLUMN],
            params=_SETTINGS,
            free_raw_data=False,
        )
        return [self._lightgbm.train({**_SETTINGS, "alpha": level}, data, _TREES) for level in LEVELS]

    def said(self, fitted: list[Any], columns: Floats, scale: Floats) -> Floats:
        """Return the quantiles of sums (S, levels), rising and never negative."""
        ratios = np.stack([each.predict(columns, num_threads=1) for each in fitted], axis=1)
        quantiles = np.maximum(ratios, 0.0) * np.nan_to_num(scale)[:, None]
        return np.maximum.accumulate(quantiles, axis=1)


def _moved(said: Floats, rolling: Rolling, seen: Features) -> Floats:
    """Return quantiles moved, at each origin, by how far those said before and told by then were off."""
    off = (rolling.actual[:, :, None] - said) / seen.scale[:, :, None]
    moved = said.copy()
    for n in range(len(said)):
        past = off[: rolling.told[n]]
        past = past[~np.isnan(past).any(axis=2)]
        if len(past) < _SERIES_MIN:
            continue
        by = np.array([np.quantile(past[:, k], level) for k, level in enumerate(LEVELS)])
        by_units = np.nan_to_num(seen.scale[n])[:, None] * by
        moved[n] = np.maximum.accumulate(np.maximum(said[n] + by_units, 0.0), axis=1)
    return moved


def _chosen(both: Floats, default: Floats, rolling: Rolling) -> Bools:
    """Return where what was learned had been better than the default by each origin (O, S).

    By more than one standard error over all series, unless over its item's it had been as clearly worse; or over its
    item's alone.
    """
    judged: Bools = ~(np.isnan(rolling.actual) | np.isnan(both).any(axis=2) | np.isnan(default).any(axis=2))
    gain = np.zeros(judged.shape)
    losses = [pinball(rolling.actual[judged], each[judged]) for each in (default, both)]
    gain[judged] = losses[0] - losses[1]
    chosen = np.zeros(judged.shape, dtype=np.bool_)
    for n, told in enumerate(rolling.told.tolist()):
        chosen[n] = _chosen_by(gain[:told].sum(axis=0), np.asarray(judged[:told].any(axis=0)), rolling.groups)
    return chosen


def _chosen_by(gains: Floats, tried: Bools, groups: Indices) -> Bools:
    """Return which series use what was learned, by what each gained so far.

    >>> gains, items = np.repeat([1.0, -3], 10) + np.tile([0.1, -0.1], 10), np.repeat([0, 1], 10)
    >>> _chosen_by(gains, np.ones(20, bool), items)[[0, 10]].tolist()
    [True, False]
    """
    everywhere = _is_gain(gains[tried])
    chosen = np.full(len(gains), everywhere)
    for item in range(int(groups.max(initial=-1)) + 1):
        mine = groups == item
        own = gains[mine & tried]
        if len(own) >= _SERIES_MIN:
            chosen[mine] = _is_gain(own) or (everywhere and not _is_gain(-own))
    return chosen


def _is_gain(gains: Floats) -> bool:
    """Return whether the mean gain is more than one standard error.

    >>> _is_gain(np.array([1.0, 2, 3])), _is_gain(np.array([-5.0, 2, 4])), _is_gain(np.array([]))
    (True, False, False)
    """
    if len(gains) < 2:  # noqa: PLR2004 - one series alone has no error
        return False
    return bool(gains.mean() > gains.std(ddof=1) / np.sqrt(len(gains)))
