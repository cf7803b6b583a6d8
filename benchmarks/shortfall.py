"""`make bench-shortfall`: how long the report takes, and whether it sees regimes coming; writes a page.

python -m benchmarks.shortfall --out docs/benchmarks-shortfall.md [--cases 400]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from benchmarks.machine import machine
from benchmarks.measure import Measured, run

_SIZES = ((100, 12), (600, 12), (2_000, 12))
_DAYS = 120
_AT_ONCE = 80

_HEAD = """# The shortfall report, measured

Written by `make bench-shortfall` (`python -m benchmarks.shortfall`); do not edit by hand. What the columns mean stands
in [shortfall.md](shortfall.md).

"""

_ABOUT_TIME = """## How long it takes

Invented counties, every site using every item, {days} days of history with 1 in 20 days missing, two offers and an
order for each item. *Report*: from the tables in memory to every row, the groups by depot, area, item and tier, and
the fans: forecast with its backtest, 200 futures, transfers, purchases, reasons. The promise is 5 s for 600 × 12.
Wall seconds are those of a machine that others used at the same time; CPU seconds are the report's own.

"""

_ABOUT_REGIMES = """## Regimes seen coming

A **synthetic** test: invented townships, drawn day by day apart from the rules
([shortfall_regimes.py](../benchmarks/shortfall_regimes.py)), each with one of four regimes: nothing; demand × 3 in
two days at half of its rows; its supplier of one item out for four weeks (half of them say so, the others just do
not come); an announced holiday with 2.8 times the traffic. Sites hold four days' use or more when a delivery is due
and get what they use once a week. A report is made every morning for four weeks from what an office would know.

*Named in time*: on the morning before the stock-out the row has an alarm, and the days named two mornings before
(that morning, where the alarm is new), from early to middle, hold the day or miss it by two at most. *False*: a row
some morning of which had an alarm that did not come true within the fourteen days it speaks of. The promise is ≥ 95
% and ≤ 10 %.

"""


def main() -> None:
    """Measure everything and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cases", type=int, default=400)
    given = parser.parse_args()
    sizes = [(sites, items, run("benchmarks.shortfall_sizes", str(sites), str(items), str(_DAYS)))
             for sites, items in _SIZES]  # fmt: skip
    parts = [_HEAD, _machine(), _sizes(sizes), _regimes(given.cases)]
    given.out.write_text("".join(parts), encoding="utf-8")
    print("".join(parts))


def _machine() -> str:
    return "".join(f"- {name}: {fact}\n" for name, fact in machine().items()) + "\n"


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(header)
    lines = ["| " + " | ".join(titles) + " |", "|---" + "|---:" * (len(titles) - 1) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def _sizes(sizes: list[tuple[int, int, Measured]]) -> str:
    rows = []
    for sites, items, found in sizes:
        if not found.ok:
            raise SystemExit(f"{sites} sites: status {found.status}\n{found.message}")
        seconds = found.says["seconds"]
        rows.append([
            f"{sites:,} × {items}", f"{found.says['rows']:,}", f"{found.says['days']}", f"{seconds['report']:.1f}",
            f"{seconds['report_cpu']:.1f}", f"{seconds['problems']:.2f}", f"{seconds['workbook']:.1f}",
            f"{seconds['paper']:.1f}", f"{found.peak_mb:,.0f}",
        ])  # fmt: skip
    header = (
        "sites × items",
        "rows",
        "days ahead",
        "report, s",
        "of it CPU",
        "problems, s",
        "workbook, s",
        "PDF, s",
        "MB",
    )
    return f"{_ABOUT_TIME.format(days=_DAYS)}{_table(header, rows)}\n"


def _regimes(cases: int) -> str:
    from benchmarks.shortfall_regimes import REGIMES, Judged, invented, judged

    verdicts: list[tuple[Judged, np.ndarray[tuple[int], np.dtype[np.bool_]]]] = []
    for seed, begun in enumerate(range(0, cases, _AT_ONCE)):
        world = invented(min(_AT_ONCE, cases - begun), seed=seed)
        verdicts.append((judged(world), np.asarray(world.out >= world.days)))
    joined = {
        name: np.concatenate([getattr(verdict, name) for verdict, _ in verdicts])
        for name in ("ran_out", "named", "two_days_before", "false", "regime", "width_days")
    }
    stayed = np.concatenate([stays for _, stays in verdicts])
    rows = []
    for name in ("all", *REGIMES):
        mine = np.ones_like(stayed) if name == "all" else joined["regime"] == REGIMES.index(name)
        out = joined["ran_out"] & mine
        rows.append([
            name, f"{int(mine.sum()):,}", f"{int(out.sum()):,}", _share(joined["named"], out),
            _share(joined["two_days_before"], out), _days(joined["width_days"][joined["named"] & mine]),
            _share(joined["false"], mine & stayed), _share(joined["false"], mine),
        ])  # fmt: skip
    header = (
        "regime",
        "rows",
        "ran out",
        "named in time",
        "alarm two mornings before",
        "days from early to middle, median",
        "false among what stayed",
        "false among all",
    )
    return f"{_ABOUT_REGIMES}{cases:,} cases of 24 rows:\n\n{_table(header, rows)}"


def _share(what: np.ndarray[tuple[int], np.dtype[np.bool_]], among: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> str:
    return f"{100 * float(what[among].mean()):.1f} %" if among.any() else "–"


def _days(width: np.ndarray[tuple[int], np.dtype[np.float64]]) -> str:
    return f"{float(np.median(width)):.0f}" if len(width) else "–"


if __name__ == "__main__":
    main()
