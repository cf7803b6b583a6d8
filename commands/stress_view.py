"""What came of a stress, on the terminal and as tables to save."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.sentence import Sentence, say
from commands.plan_view import table
from commands.scenario_view import MEASURE_TITLES
from commands.session import Session

if TYPE_CHECKING:
    from data.tables_out import TableOut
    from scenarios.ensemble import Result
    from scenarios.judging import Regret, Spread, Swing
    from scenarios.stress import Stress, Trial

__all__ = ["decided_in", "show_stress", "stress_tables"]

_SHOWN = "unmet_share"
_SWINGS = 8


def _decision(stress: Stress, number: int) -> str:
    options = zip(stress.levers, stress.decisions[number], strict=True)
    return ", ".join(f"{lever.name} = {option:f}" for lever, option in options)


def decided_in(stress: Stress, lang: str) -> Callable[[int], str]:
    """Return what says a decision by its number, in the reader's language."""
    from data.texts import translator

    word = translator(lang)

    def decided(number: int) -> str:
        said = _decided(stress, number)
        return said if isinstance(said, str) else word(said)

    return decided


def _decided(stress: Stress, number: int) -> Sentence | str:
    return _decision(stress, number) or say("as it is")


def show_stress(
    session: Session,
    stress: Stress,
    trials: Sequence[Trial],
    results: Sequence[Result],
    out: Path,
    idle: Collection[str],
) -> None:
    """Print how the promise fares under each decision, and what moves it most."""
    from scenarios.judging import regrets, spreads, tornado

    spread = [each for each in spreads(stress, trials, results) if each.measure == _SHOWN]
    regret = {each.decision: each for each in regrets(stress, results) if each.measure == _SHOWN}
    swings = tornado(stress, trials, results, _SHOWN, idle=idle)
    session.show_json(
        "allocator.stress/1",
        {
            "out": str(out),
            "runs": len(results),
            "decisions": [
                {"decision": _decision(stress, each.decision), **vars(each), "regret": vars(regret[each.decision])}
                for each in spread
            ],
            "tornado": [vars(each) for each in swings],
        },
    )
    if not session.as_json:
        _show_spread(session, stress, spread, regret, runs=len(results))
        session.show()
        _show_swings(session, swings)


def _show_spread(
    session: Session, stress: Stress, spread: Sequence[Spread], regret: Mapping[int, Regret], *, runs: int
) -> None:
    word = session.word
    session.show(word(say("Promise unmet, over {runs:,} runs:", runs=runs)))
    titles = (
        say("decision"),
        say("mean"),
        say("best 5 %"),
        say("worst 5 %"),
        say("regret, mean"),
        say("regret, worst"),
    )
    rows = [
        (
            _worded(session, _decided(stress, each.decision)),
            *(f"{value:.1%}" for value in (each.mean, each.p05, each.p95)),
            *(f"{value:.1%}" for value in (regret[each.decision].mean, regret[each.decision].worst)),
        )
        for each in spread
    ]
    for line in table([tuple(map(word, titles)), *rows]):
        session.show(f"  {line}")


def _show_swings(session: Session, swings: Sequence[Swing]) -> None:
    word = session.word
    session.show(word(say("What moves it most, as things are decided now:")))
    heads = (say("quantity"), say("at its least"), say("at its most"), say("rank correlation"))
    moved = [(each.quantity, f"{each.low:.1%}", f"{each.high:.1%}", f"{each.correlation:+.2f}") for each in swings]
    for line in table([tuple(map(word, heads)), *moved[:_SWINGS]]):
        session.show(f"  {line}")


def _worded(session: Session, text: Sentence | str) -> str:
    return text if isinstance(text, str) else session.word(text)


_DECISION = ("decision", say("decision"), "text")
_MEASURE = ("measure", say("outcome"), "text")


def stress_tables(
    stress: Stress, trials: Sequence[Trial], results: Sequence[Result], idle: Collection[str]
) -> list[TableOut]:
    """Return spread, tornado, regret and every run as tables."""
    from scenarios.judging import JUDGED, regrets, spreads, tornado

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
    from data.tables_out import rows_out

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
    from data.tables_out import rows_out

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
    from data.tables_out import rows_out

    columns = [
        _DECISION,
        _MEASURE,
        ("mean", say("regret, mean"), "decimal"),
        ("worst", say("regret, worst"), "decimal"),
    ]
    rows = [(_decided(stress, each.decision), MEASURE_TITLES[each.measure], each.mean, each.worst) for each in regrets]
    return rows_out("regret", say("Regret"), columns, rows)


def _runs(stress: Stress, trials: Sequence[Trial], results: Sequence[Result]) -> TableOut:
    from data.tables_out import rows_out
    from scenarios.outcomes import MEASURES

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
