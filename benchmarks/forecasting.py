"""How well and how fast demand is forecast, beside what is to be beaten, in one run.

python -m benchmarks.forecasting                                     (`make bench-forecast`; some minutes)
python -m benchmarks.forecasting --out docs/benchmarks-forecast.md
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import numpy as np

from allocator.demand import DemandHistory
from allocator.forecast import forecast
from allocator.forecast_backtest import Score
from benchmarks.forecast_series import KINDS, daily, monthly, reported_months
from benchmarks.machine import machine

SITES, ITEMS, DAYS, HORIZON_DAYS = 1_000, 10, 120, 14
SERIES, MONTHS, HORIZON_MONTHS, SEEDS = 300, 36, 3, (1, 2)
REPEATS = 12
PROMISED_SECONDS = 2.0
_SHARED = Path(os.environ.get("ALLOCATOR_SHARED_DATA", "../shared/data"))
REPORTS = _SHARED / "real" / "cote_divoire" / "stock_reports_2016_2018.csv"

_HEAD = """# Forecasts

`python -m benchmarks.forecasting`

"""
_JUDGED = """
## How well

Rolling origins: the sum of three months is forecast at each of the last twelve months, from what was known by then,
and held against what came. WAPE, and the pinball loss over P10, P50, P80, P90 and P95, are shares of what is to be
beaten in the same run: the 3-month average, and that average with a normal safety stock (z × standard deviation × √3).
*Median* is the plain median of the six methods without their records, *within* the share of sums no larger than the
quantile. Invented series: {series} of each kind, {months} months, seeds {seeds}; *all kinds* is one history of all of
them, each an item of its own. With `--ml` what was learned is used only where its record by then was better.

| series | WAPE ÷ average | median | pinball ÷ normal | within P80 | P90 | P95 | bias |
|---|---:|---:|---:|---:|---:|---:|---:|
"""

_REAL = """
Every row of the real file has the stock at the end of its month, so the figure in bold is that of the file as it is:
what will be used if supply goes on as it did (`forecast --use --ml`), judged on all sums that came. The last two rows
are what plans are made for (`forecast --ml`, `shortfall`, `procure`): demand, were there always stock, judged on the
sums in which there was.
"""


def main() -> None:
    """Measure; the page goes to stdout, and to a file where one is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasting", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="write the page here too")
    asked = parser.parse_args()
    text = "".join(_page())
    print(text)
    if asked.out is not None:
        asked.out.write_text(text, encoding="utf-8")


def _page() -> Iterator[str]:
    yield _HEAD
    for what, value in (machine() | {"lightgbm": metadata.version("lightgbm")}).items():
        yield f"- {what}: {value}\n"
    yield f"- processes that wanted a core when it began: {os.getloadavg()[0]:.1f}\n"
    yield from _speed()
    yield _JUDGED.format(series=SERIES, months=MONTHS, seeds=", ".join(map(str, SEEDS)))
    for kind in KINDS:
        histories = [monthly([kind], series=SERIES, periods=MONTHS, seed=seed) for seed in SEEDS]
        yield _row(kind, histories)
    every = [monthly(list(KINDS), series=SERIES // 3, periods=MONTHS, seed=seed) for seed in SEEDS]
    yield _row("all kinds", every)
    yield _row("all kinds, `--ml`", every[:1], machine_learning=True)
    if REPORTS.exists():
        yield from _real()


def _speed() -> Iterator[str]:
    history = daily(sites=SITES, items=ITEMS, days=DAYS, seed=1)
    clocks, cpus = [], []
    for _ in range(REPEATS):
        clock, cpu = time.perf_counter(), time.process_time()
        forecast(history, horizon_periods=HORIZON_DAYS)
        clocks.append(time.perf_counter() - clock)
        cpus.append(time.process_time() - cpu)
    yield (
        f"\n## How fast\n\n{len(history):,} series × {DAYS} days with quantiles of {HORIZON_DAYS} days, methods, "
        f"backtest and all, one process, {REPEATS} times (promised: {PROMISED_SECONDS:.0f} s).\n\n"
        f"| | best | median | worst |\n|---|---:|---:|---:|\n{_line('by the clock', clocks)}{_line('CPU', cpus)}"
    )


def _line(what: str, seconds: list[float]) -> str:
    low, middle, high = min(seconds), float(np.median(seconds)), max(seconds)
    return f"| {what} | {low:.2f} s | {middle:.2f} s | {high:.2f} s |\n"


def _real() -> Iterator[str]:
    """Yield rows of real monthly reports; only figures of them, for no licence is stated."""
    alone, with_stock = (reported_months(REPORTS, with_stock=each) for each in (False, True))
    yield _row("real: monthly reports of 1,235 site-products, Côte d'Ivoire", [alone])
    yield _row("**the same, `--ml`, with the stock that each report closes with**", [with_stock], machine_learning=True)
    yield _row("the same, `--ml`, that column left out", [alone], machine_learning=True)
    yield _row("with stock, as though there had always been some", [with_stock], stocked=True)
    yield _row("the same, `--ml`", [with_stock], machine_learning=True, stocked=True)
    yield _REAL


def _row(name: str, histories: list[DemandHistory], *, machine_learning: bool = False, stocked: bool = False) -> str:
    scores, plain = [], []
    for history in histories:
        found = forecast(history, horizon_periods=HORIZON_MONTHS, machine_learning=machine_learning, stocked=stocked)
        scores.append(found.backtest.score())
        compared = found.backtest.compared
        methods = np.nanmedian(found.backtest.by_method[:, compared], axis=0)
        actual, average = (each[compared] for each in (found.backtest.actual, found.backtest.average))
        plain.append(np.abs(methods - actual).sum() / np.abs(average - actual).sum())
    return _cells(name, scores, float(np.mean(plain)))


def _cells(name: str, scores: list[Score], plain: float) -> str:
    wape = np.mean([each.wape / each.wape_of_average for each in scores])
    loss = np.mean([each.pinball / each.pinball_of_normal for each in scores])
    coverage = np.mean([each.coverage for each in scores], axis=0)
    within = " | ".join(f"{100 * each:.1f} %" for each in coverage[2:])
    bias = 100 * np.mean([each.bias for each in scores])
    return f"| {name} | {wape:.3f} | {plain:.3f} | {loss:.3f} | {within} | {bias:+.1f} % |\n"


if __name__ == "__main__":
    main()
