"""What came of a stress, on the terminal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.sentence import say
from commands.plan_view import table
from commands.session import Session

if TYPE_CHECKING:
    from scenarios.ensemble import Result
    from scenarios.judging import Regret, Spread, Swing
    from scenarios.stress import Stress, Trial

__all__ = ["show_stress"]

_SHOWN = "unmet_share"
_SWINGS = 8


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
    from scenarios.stress_tables import decision_named

    spread = [each for each in spreads(stress, trials, results) if each.measure == _SHOWN]
    regret = {each.decision: each for each in regrets(stress, results) if each.measure == _SHOWN}
    swings = tornado(stress, trials, results, _SHOWN, idle=idle)
    session.show_json(
        "allocator.stress/1",
        {
            "out": str(out),
            "runs": len(results),
            "decisions": [
                {"decision": decision_named(stress, each.decision), **vars(each), "regret": vars(regret[each.decision])}
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
    from scenarios.stress_tables import decided_said

    word = session.word
    decided = decided_said(stress, word)
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
            decided(each.decision),
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
