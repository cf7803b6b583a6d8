"""What came of a stress as tables: how each outcome spreads, what moves it, what is regretted, every run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from allocator.sentence import Sentence, say
from allocator.tables import TableOut, rows_out
from scenarios.ensemble import Result
from scenarios.judging import JUDGED, Regret, Spread, Swing, regrets, spreads, tornado
from scenarios.outcome_words import MEASURE_TITLES
from scenarios.outcomes import MEASURES
from scenarios.stress import Stress, Trial

__all__ = ["decided_said", "decision_named", "stress_tables"]


def decision_named(stress: Stress, number: int) -> str:
    """Return a decision by its number: each lever and its option, "" where nothing can be decided."""
    options = zip(stress.levers, stress.decisions[number], strict=True)
    return ", ".join(f"{lever.name} = {option:f}" for lever, option in options)


def decided_said(stress: Stress, word: Callable[[Sentence], str]) -> Callable[[int], str]:
    """Return what says a decision by its number, in the reader's language."""

    def decided(number: int) -> str:
        said = _decided(stress, number)
        return said if isinstance(said, str) else word(said)

    return decided


def _decided(stress: Stress, number: int) -> Sentence | str:
    return decision_named(stress, number) or say("as it is")


_DECISION = ("decision", say("decision"), "text")
_MEASURE = ("measure", say("outcome"), "text")


def stress_tables(
    stress: Stress, trials: Sequence[Trial], results: Sequence[Result], idle: Collection[str]
) -> list[TableOut]:
    """Return spread, tornado, regret and every run as tables."""
    every = spreads(stress, trials, results)
    swings = [swing for name in JUDGED for swing in tornado(stress, trials, results, name, idle=idle)]
    return [
        _spread(stress, [each for name in JUDGED for each in every if each.measure == name]),
        _tornado(swings, mean={each.measure: each.mean for each in every if each.decision == 0}),
        _regret(stress, regrets(stress, results)),
        _runs(stress, trials, results),
    ]


def _spread(stress: Stress, spreads: Iterable[Spread]) -> TableOut:
    """Return how each outcome spreads under each decision."""
    columns = [
        _DECISION,
        _MEASURE,
        ("mean", say("mean"), "decimal"),
        ("p05", say("5th percentile"), "decimal"),
        ("p50", say("median"), "decimal"),
        ("p95", say("95th percentile"), "decimal"),
    ]
    rows = [
        (_decided(stress, each.decision), MEASURE_TITLES[each.measure], each.mean, each.p05, each.p50, each.p95)
        for each in spreads
    ]
    return rows_out("spread", say("Spread"), columns, rows)


def _tornado(swings: Iterable[Swing], mean: Mapping[str, float]) -> TableOut:
    """Return what moves each outcome; `mean`: of each, as things are decided now."""
    columns = [
        _MEASURE,
        ("quantity", say("quantity"), "text"),
        ("low", say("at its least"), "decimal"),
        ("high", say("at its most"), "decimal"),
        ("less", say("at its least, against the mean"), "decimal"),
        ("more", say("at its most, against the mean"), "decimal"),
        ("correlation", say("rank correlation"), "decimal"),
    ]
    rows = [
        (
            MEASURE_TITLES[each.measure],
            each.quantity,
            each.low,
            each.high,
            each.low - mean[each.measure],
            each.high - mean[each.measure],
            each.correlation,
        )
        for each in swings
    ]
    return rows_out("tornado", say("Tornado"), columns, rows)


def _regret(stress: Stress, regrets: Iterable[Regret]) -> TableOut:
    """Return by how much each decision falls short of the best one for each draw."""
    columns = [
        _DECISION,
        _MEASURE,
        ("mean", say("regret, mean"), "decimal"),
        ("worst", say("regret, worst"), "decimal"),
    ]
    rows = [(_decided(stress, each.decision), MEASURE_TITLES[each.measure], each.mean, each.worst) for each in regrets]
    return rows_out("regret", say("Regret"), columns, rows)


def _runs(stress: Stress, trials: Sequence[Trial], results: Sequence[Result]) -> TableOut:
    drawn = [(each.name, Sentence("{name}", {"name": each.name}), "decimal") for each in stress.uncertain]
    outcomes = [(name, MEASURE_TITLES[name], "decimal") for name in MEASURES]
    rows: list[tuple[Any, ...]] = [
        (
            each.draw + 1,
            _decided(stress, each.decision),
            *(each.values[quantity.name] for quantity in stress.uncertain),
            *(result[name] for name in MEASURES),
        )
        for each, result in zip(trials, results, strict=True)
    ]
    columns = [("draw", say("draw"), "whole"), ("decision", say("decision"), "text"), *drawn, *outcomes]
    return rows_out("runs", say("Every run"), columns, rows)
