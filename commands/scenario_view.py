"""Runs of scenarios side by side, on the terminal and as tables to save."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from allocator.sentence import Named, Sentence, say
from allocator.words import tier_named
from commands.session import Session

if TYPE_CHECKING:
    from data.tables_out import TableOut
    from scenarios.comparing import Comparison
    from scenarios.running import Run

__all__ = ["MEASURE_TITLES", "comparison_tables", "movers_of", "outcome_rows", "run_facts"]

Word = Callable[[Sentence], str]

_MEASURES: tuple[tuple[str, Sentence, str], ...] = (
    ("worst_cover", say("least days of a consumable"), "days"),
    ("low_cover", say("days that 95 % of needs exceed"), "days"),
    ("sites_out", say("sites without a consumable"), "count"),
    ("unmet_share", say("promise unmet, all"), "share"),
    ("first_unmet_share", say("promise unmet, who comes first"), "share"),
    ("packs", say("packs"), "count"),
    ("stops", say("stops"), "count"),
    ("kg", say("kg sent"), "count"),
    ("kg_km", say("kg × km"), "count"),
    ("idle_units", say("units left at depots"), "count"),
)
MEASURE_TITLES: dict[str, Sentence] = {name: title for name, title, _ in _MEASURES}
"""What each outcome is called."""

_DECIMALS = {"days": "{:.2f}", "share": "{:.1%}", "count": "{:,.0f}"}
_MOVERS = 5


def outcome_rows(session: Session, runs: Sequence[Run]) -> Iterator[tuple[str, ...]]:
    """Yield one row for each measure, one column for each run, the names of the scenarios first."""
    word = session.word
    yield ("", *(run.scenario.named.worded(session.lang) for run in runs))
    for name, title, form in _MEASURES:
        yield (word(title), *(_shown(getattr(run.outcomes, name), form) for run in runs))
    for tier in dict.fromkeys(tier for run in runs for tier in run.outcomes.by_tier):
        title = say("promise unmet, {tier}", tier=tier_named(tier))
        yield (word(title), *(_shown(run.outcomes.by_tier.get(tier, math.nan), "share") for run in runs))


def run_facts(run: Run) -> dict[str, Any]:
    """Return what comes of a run as plain JSON values."""
    numbers = {name: getattr(run.outcomes, name) for name, *_ in _MEASURES}
    return {
        "scenario": run.scenario.name,
        **{name: None if isinstance(value, float) and math.isnan(value) else value for name, value in numbers.items()},
        "unmet_share_by_tier": dict(run.outcomes.by_tier),
        "nothing": None if run.nothing is None else str(run.nothing),
    }


def movers_of(comparison: Comparison, number: int, *, most: int = _MOVERS) -> tuple[list[tuple[str, str, float]], ...]:
    """Return the needs that lose most and gain most in a run: site, item, and the share of the promise."""
    import numpy as np

    gain = np.nan_to_num(comparison.gain[:, number])
    order = np.argsort(gain, kind="stable")
    worst = [row for row in order[:most].tolist() if gain[row] < 0]
    best = [row for row in order[::-1][:most].tolist() if gain[row] > 0]

    def told(rows: list[int]) -> list[tuple[str, str, float]]:
        return [(str(comparison.site[row]), str(comparison.item[row]), float(gain[row])) for row in rows]

    return told(worst), told(best)


def comparison_tables(runs: Sequence[Run], comparison: Comparison) -> list[TableOut]:
    """Return the comparison as tables: what comes of each run; by tier, kind, area, item and site; every need."""
    from data.tables_out import ColumnOut, TableOut, rows_out
    from scenarios.comparing import grouped

    names = [run.scenario.name for run in runs]
    of = {"days": "decimal", "share": "share", "count": "decimal"}
    summary = rows_out(
        "scenarios",
        say("Scenarios"),
        [
            ("scenario", say("scenario"), "text"),
            ("what", say("what happens"), "text"),
            *((name, title, of[form]) for name, title, form in _MEASURES),
        ],
        [
            (run.scenario.name, run.scenario.told, *(getattr(run.outcomes, name) for name, *_ in _MEASURES))
            for run in runs
        ],
    )
    tables = [summary]
    for key, title in (
        ("tier", say("tier")),
        ("kind", say("kind")),
        ("area", say("area")),
        ("item", say("item")),
        ("site", say("site")),
    ):
        group = grouped(comparison, key)
        columns = [ColumnOut(name=key, title=title, values=group.key)]
        for number, name in enumerate(names):
            columns += _of_run(group, number, name, first=number == 0)
        tables.append(TableOut(name=f"by-{key}", title=say("By {key}", key=title), columns=tuple(columns)))
    return [*tables, _needs(comparison, names)]


def _of_run(group: Any, number: int, name: str, *, first: bool) -> Iterator[Any]:
    from data.tables_out import ColumnOut

    yield ColumnOut(
        name=f"unmet-{name}",
        title=say("unmet, {scenario}", scenario=name),
        holds="share",
        values=group.unmet_share[:, number],
    )
    if not first:
        yield ColumnOut(
            name=f"gain-{name}",
            title=say("needs that gain, {scenario}", scenario=name),
            holds="whole",
            values=group.gains[:, number].astype(int),
        )
        yield ColumnOut(
            name=f"lose-{name}",
            title=say("needs that lose, {scenario}", scenario=name),
            holds="whole",
            values=group.loses[:, number].astype(int),
        )


def _needs(comparison: Comparison, names: Sequence[str]) -> TableOut:
    from data.tables_out import ColumnOut, TableOut

    columns = [
        ColumnOut(name="site", title=say("site"), values=comparison.site),
        ColumnOut(name="item", title=say("item"), values=comparison.item),
        ColumnOut(name="tier", title=say("tier"), values=[Named(tier) for tier in comparison.tier]),
    ]
    for number, name in enumerate(names):
        title = say("cover, {scenario}", scenario=name)
        columns.append(
            ColumnOut(name=f"cover-{name}", title=title, holds="decimal", values=comparison.cover[:, number])
        )
    return TableOut(name="needs", title=say("Every need"), columns=tuple(columns))


def _shown(value: float, form: str) -> str:
    return "–" if math.isnan(value) else _DECIMALS[form].format(value)
