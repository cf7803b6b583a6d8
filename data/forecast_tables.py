"""The forecast as tables: one row for each site and item, and beside it how such forecasts did before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np

from allocator.case import Case
from allocator.demand import PATTERNS
from allocator.forecast import LEVELS, METHODS, Forecast
from allocator.forecast_backtest import Score
from allocator.sentence import Named, Sentence, say
from allocator.words import unit_named
from data.tables_out import ColumnOut, TableOut, rows_out

__all__ = [
    "METHOD_WORDS",
    "PATTERN_WORDS",
    "WAY_WORDS",
    "forecast_tables",
    "item_scores",
    "percent",
    "score_sentences",
]

_OFF_MIN = 0.05

PATTERN_WORDS = dict(
    zip(
        PATTERNS,
        (
            say("no demand yet"),
            say("steady demand"),
            say("uneven demand"),
            say("rare demand"),
            say("rare and uneven demand"),
        ),
        strict=True,
    )
)
WAY_WORDS: dict[str, Sentence] = {
    "median": say("median of methods"),
    "blend": say("history and need"),
    "activity": say("need"),
    "new level": say("new level"),
    "ml": say("machine learning"),
    "none": say("nothing known"),
}
METHOD_WORDS = dict(
    zip(
        METHODS,
        (
            say("3-month average"),
            say("average of all"),
            say("exponential smoothing"),
            say("Syntetos-Boylan (SBA)"),
            say("Teunter-Syntetos-Babai (TSB)"),
            say("seasonal"),
        ),
        strict=True,
    )
)


def forecast_tables(found: Forecast, case: Case) -> tuple[TableOut, ...]:
    """Return the forecast, the backtest by item, and what each method would have done alone."""
    return (_series(found, case), _backtest(found, case), _methods(found))


def _series(found: Forecast, case: Case) -> TableOut:
    wape, bias = found.backtest.wape_by_series()
    size = len(found)
    first = found.cut_off + dt.timedelta(days=1)
    last = found.cut_off + dt.timedelta(days=found.horizon_days)
    at = np.searchsorted(case.items.code, np.array(found.items, dtype=object))
    texts = (
        ("site", say("site"), found.sites),
        ("site_name", say("name of the site"), _site_names(found, case)),
        ("item", say("item"), found.items),
        ("item_name", say("name of the item"), [_item(case, n) for n in at]),
        ("unit", say("unit"), [unit_named(case.items.unit[n]) for n in at]),
        ("pattern", say("demand so far"), [PATTERN_WORDS[PATTERNS[n]] for n in found.pattern]),
        ("method", say("method"), [WAY_WORDS[each] for each in found.method]),
    )
    whole = (("reports", say("reports"), found.reports),)
    days = (("from", say("from"), [first] * size), ("to", say("to"), [last] * size))
    decimals = (
        ("daily_units", say("units a day"), found.daily_units.round(4)),
        *(
            (f"p{level * 100:.0f}", say("P{level} of the sum", level=f"{level * 100:.0f}"), column.round(2))
            for level, column in zip(LEVELS, found.quantiles.T, strict=True)
        ),
    )
    shares = (("wape", say("off by (WAPE)"), wape), ("bias", say("bias"), bias))
    kinds = (("text", texts), ("whole", whole), ("date", days), ("decimal", decimals), ("share", shares))
    columns = (
        ColumnOut(name=name, title=title, values=values, holds=holds)
        for holds, several in kinds
        for name, title, values in several
    )
    return TableOut(name="forecast", title=say("Forecast"), columns=tuple(columns))


def item_scores(found: Forecast) -> Iterator[tuple[str, Score]]:
    """Return how forecasts of each item did, then of all together under the code ""."""
    codes = np.array(found.items, dtype=object)
    for code in sorted(set(found.items)):
        yield code, found.backtest.take(np.flatnonzero(codes == code)).score()
    yield "", found.backtest.score()


def _backtest(found: Forecast, case: Case) -> TableOut:
    columns = (
        ("item", say("item"), "text"),
        ("item_name", say("name of the item"), "text"),
        ("sums", say("sums compared"), "whole"),
        ("wape", say("off by (WAPE)"), "share"),
        ("wape_of_average", say("error of the 3-month average"), "share"),
        ("bias", say("bias"), "share"),
        *(
            (f"within_p{level * 100:.0f}", say("within P{level}", level=f"{level * 100:.0f}"), "share")
            for level in LEVELS
        ),
        ("pinball", say("stock level off by (quantile loss)"), "decimal"),
        ("pinball_of_normal", say("the same of the average and a usual safety stock"), "decimal"),
    )
    rows = [
        (
            code or say("all"),
            _named(case, code),
            score.sums,
            score.wape,
            score.wape_of_average,
            score.bias,
            *score.coverage,
            round(score.pinball, 4),
            round(score.pinball_of_normal, 4),
        )
        for code, score in item_scores(found)
    ]
    return rows_out("backtest", say("Backtest"), columns, rows)


def _methods(found: Forecast) -> TableOut:
    alone = found.backtest.wape_by_method()
    weights = dict(
        zip(METHODS, found.weights.mean(axis=1) if len(found) else [float("nan")] * len(METHODS), strict=True)
    )
    columns = (
        ("method", say("method"), "text"),
        ("wape", say("error alone (WAPE)"), "share"),
        ("weight", say("mean weight in the median"), "share"),
    )
    rows = [(METHOD_WORDS[name], alone[name], float(weights[name])) for name in METHODS]
    return rows_out("methods", say("Methods"), columns, rows)


def score_sentences(score: Score) -> Iterator[Sentence]:
    """Say how such forecasts did before."""
    if not score.sums:
        yield say("The history is too short to try the forecast on: nothing is known of how sure it is.")
        return
    yield say(
        "Tried on {sums:,} sums that came since, each forecast from what was known before: off by {wape} of what was "
        "used (the 3-month average: {average}), in all {bias} of it {way}.",
        sums=score.sums,
        wape=percent(score.wape),
        average=percent(score.wape_of_average),
        bias=percent(abs(score.bias)),
        way=say("too little") if score.bias < 0 else say("too much"),
    )
    yield say(
        "Within P80 were {p80}, within P90 {p90}, within P95 {p95} of the sums.",
        p80=percent(score.coverage[2]),
        p90=percent(score.coverage[3]),
        p95=percent(score.coverage[4]),
    )
    off = [n for n in (2, 3, 4) if abs(score.coverage[n] - LEVELS[n]) > _OFF_MIN]
    if off:
        held = [
            say("P{level} held {share}", level=f"{LEVELS[n] * 100:.0f}", share=percent(score.coverage[n])) for n in off
        ]
        yield say("{held} of the time here: read it so.", held=held)


def percent(share: float) -> str:
    """Return a share as it is read, "-" where there is none.

    >>> percent(0.3456), percent(float("nan"))
    ('34.6 %', '-')
    """
    return "-" if share != share else f"{share * 100:.1f} %"  # noqa: PLR0124 - nan alone is not itself


def _site_names(found: Forecast, case: Case) -> list[Named]:
    at = np.searchsorted(case.sites.code, np.array(found.sites, dtype=object))
    return [Named(case.sites.code[n], case.sites.name[n], case.sites.name_zh[n]) for n in at]


def _named(case: Case, code: str) -> Named | str:
    return _item(case, int(np.searchsorted(case.items.code, code))) if code else ""


def _item(case: Case, n: Any) -> Named:
    return Named(case.items.code[n], case.items.name[n], case.items.name_zh[n])
