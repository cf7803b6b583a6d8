"""Scenarios side by side as charts of a workbook: the same pictures, drawn from its cells."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from allocator.pictured import ChartOut
from allocator.sentence import say
from allocator.tables import TableOut
from scenarios.running import Run

__all__ = ["comparison_charts"]


def comparison_charts(runs: Sequence[Run], tables: Sequence[TableOut]) -> Iterator[ChartOut]:
    """Yield the charts of the tables of a comparison."""
    by_name = {table.name: table for table in tables}
    every = range(len(runs))
    met = tuple(column.name for column in by_name["scenarios"].columns if column.name.startswith("met-"))
    groups = (
        (say("The worst off"), ("worst_cover", "low_cover")),
        (say("Share of promises met"), met),
        (say("What it costs, yuan"), ("sent_yuan", "buy_yuan", "money_yuan", "expired_yuan")),
        (say("Carriage, kg × km"), ("kg_km",)),
    )
    for title, series in groups:
        said = tuple(name for name in series if not _unsaid(by_name["scenarios"], name))
        if said:
            yield ChartOut(title=title, table="scenarios", labels="title", series=said, rows=every)
    yield from _movers(runs, by_name["movers"])


def _unsaid(table: TableOut, name: str) -> bool:
    column = next(each for each in table.columns if each.name == name)
    return all(value is None or math.isnan(value) for value in column.values)


def _movers(runs: Sequence[Run], table: TableOut) -> Iterator[ChartOut]:
    column = {each.name: each.values for each in table.columns}
    keys = list(zip(column["scenario"], column["by"], strict=True))
    for (scenario, by), rows in groupby(range(len(keys)), key=keys.__getitem__):
        there = list(rows)
        yield ChartOut(
            title=say("{scenario}: who loses and who gains against {first}, by {by}",
                      scenario=scenario, first=runs[0].scenario.named, by=by),
            table="movers",
            labels="code" if column["name"][there[0]] is None else "name",
            series=("lost", "gained"),
            rows=range(there[0], there[-1] + 1),
            stacked=True,
        )  # fmt: skip
