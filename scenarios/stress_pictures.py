"""What came of a stress as pictures and as charts of its workbook: how it spreads, what moves it, what is regretted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from allocator.pictured import (
    BarPanel,
    ChartOut,
    Picture,
    SideBySide,
    SpreadBar,
    SpreadPicture,
    SwingBar,
    TornadoPicture,
)
from allocator.sentence import Sentence, say
from allocator.tables import TableOut
from scenarios.ensemble import Result
from scenarios.judging import regrets, spreads, tornado
from scenarios.outcome_words import MEASURES_SHOWN
from scenarios.stress import Stress, Trial

__all__ = ["stress_charts", "stress_pictures"]

_DRAWN = ("unmet_share", "worst_cover", "buy_yuan", "expired_yuan")
"""The outcomes that are drawn; the tables have all of them."""
_SWINGS = 12
_DECISIONS = 20
_SHOWN = {name: (title, {"count": "amount"}.get(form, form)) for name, title, form in MEASURES_SHOWN}


def stress_pictures(
    stress: Stress,
    trials: Sequence[Trial],
    results: Sequence[Result],
    idle: Collection[str],
    *,
    decided: Callable[[int], str],
) -> Iterator[Picture]:
    """Yield, for each outcome that moves: its tornado, its spread under each decision, and the regret of each."""
    every = spreads(stress, trials, results)
    for measure in _DRAWN:
        title, holds = _SHOWN[measure]
        own = [each for each in every if each.measure == measure]
        if not own or all(each.p05 == each.p95 for each in own):
            continue
        swings = tornado(stress, trials, results, measure, idle=idle)[:_SWINGS]
        if swings:
            yield TornadoPicture(
                name=f"tornado-{measure}",
                title=say("What moves it most: {outcome}", outcome=title),
                mean=own[0].mean,
                bars=[SwingBar(label=each.quantity, low=each.low, high=each.high) for each in swings],
                holds=holds,
            )
        yield SpreadPicture(
            name=f"spread-{measure}",
            title=say("How it spreads: {outcome}", outcome=title),
            bars=[
                SpreadBar(label=decided(each.decision), mean=each.mean, p05=each.p05, p50=each.p50, p95=each.p95)
                for each in own[:_DECISIONS]
            ],
            holds=holds,
        )
        yield from _regret(stress, results, measure, decided)


def _regret(
    stress: Stress, results: Sequence[Result], measure: str, decided: Callable[[int], str]
) -> Iterator[Picture]:
    own = [each for each in regrets(stress, results) if each.measure == measure][:_DECISIONS]
    if len(own) < 2:  # noqa: PLR2004 - what is never chosen among others is never regretted
        return
    title, holds = _SHOWN[measure]
    panels = [
        BarPanel(title=say("regret, mean"), values=[each.mean for each in own], holds=holds),
        BarPanel(title=say("regret, worst"), values=[each.worst for each in own], holds=holds),
    ]
    labels = [decided(each.decision) for each in own]
    said = say("What is regretted: {outcome}", outcome=title)
    yield SideBySide(name=f"regret-{measure}", title=said, labels=labels, panels=panels)


def stress_charts(tables: Sequence[TableOut]) -> Iterator[ChartOut]:
    """Yield the charts of the tables of a stress: of the outcomes that are drawn, in the same order."""
    columns = {table.name: {column.name: list(column.values) for column in table.columns} for table in tables}
    for measure in _DRAWN:
        title, holds = _SHOWN[measure]
        rows = _rows_of(columns["spread"], title)
        if all(columns["spread"]["p05"][n] == columns["spread"]["p95"][n] for n in rows):
            continue
        for table, said, labels, series, around in (
            ("tornado", say("What moves it most: {outcome}", outcome=title), "quantity", ("less", "more"), True),
            ("spread", say("How it spreads: {outcome}", outcome=title), "decision", ("p05", "p50", "p95"), False),
            ("regret", say("What is regretted: {outcome}", outcome=title), "decision", ("mean", "worst"), False),
        ):
            there = _rows_of(columns[table], title)
            if len(there) > (table == "regret"):  # what is never chosen among others is never regretted
                yield ChartOut(
                    title=said, table=table, labels=labels, series=series, rows=there, stacked=around, holds=holds
                )


def _rows_of(columns: Mapping[str, Sequence[Any]], title: Sentence) -> range:
    """Return the rows of one outcome, which stand together."""
    rows = [n for n, each in enumerate(columns["measure"]) if each == title]
    return range(rows[0], rows[-1] + 1) if rows else range(0)
