"""Scenarios side by side as pictures: cover and promises, cost, and for each scenario who loses and who gains."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from allocator.sentence import Sentence, say
from allocator.words import tier_named
from commands.comparison_tables import MOVED_BY, item_names

if TYPE_CHECKING:
    from data.pictures_bars import BarPanel, Moved
    from data.pictures_drawing import Drawing
    from scenarios.comparing import Comparison
    from scenarios.running import Run

__all__ = ["comparison_pictures"]

_COVER = (
    ("worst_cover", say("least days of a consumable")),
    ("low_cover", say("days that 95 % of needs exceed")),
)
_COSTS = (
    ("sent_yuan", say("worth of what is sent, yuan")),
    ("buy_yuan", say("buying what is lacking, yuan")),
    ("money_yuan", say("money of the budgets, yuan")),
    ("expired_yuan", say("worth of what expires unused, yuan")),
    ("loads", say("vehicle loads")),
    ("kg_km", say("kg × km")),
)


def comparison_pictures(
    runs: Sequence[Run], comparison: Comparison, *, word: Callable[[Sentence], str], lang: str
) -> list[Drawing]:
    """Return the pictures, in the order in which they are read."""
    from data.pictures_bars import bars_side_by_side, gains_and_losses

    labels = [run.scenario.named.worded(lang) for run in runs]
    pictures = [
        bars_side_by_side(
            say("The worst off, and the share of promises met"),
            labels,
            _cover(runs),
            word=word,
            lang=lang,
            name="cover",
        ),
        bars_side_by_side(say("What it costs"), labels, _costs(runs), word=word, lang=lang, name="cost"),
    ]
    for number, run in enumerate(runs[1:], start=1):
        parts = [(title, _moved(runs, comparison, key, number, lang)) for key, title in MOVED_BY]
        title = say(
            "{scenario}: who loses and who gains against {first}",
            scenario=run.scenario.named,
            first=runs[0].scenario.named,
        )
        pictures.append(gains_and_losses(title, parts, word=word, lang=lang, name=f"moved{number}"))
    return pictures


def _moved(runs: Sequence[Run], comparison: Comparison, key: str, number: int, lang: str) -> list[Moved]:
    from data.pictures_bars import Moved
    from data.texts import translator
    from scenarios.comparing import movers

    names = item_names(runs, with_code=False)
    nameless = translator(lang)(say("no area"))
    return [
        Moved(
            label=names[each.code].worded(lang) if key == "item" else each.code or nameless,
            lost=each.lost,
            gained=each.gained,
        )
        for each in movers(comparison, key, number)
    ]


def _cover(runs: Sequence[Run]) -> list[BarPanel]:
    from data.pictures_bars import BarPanel

    panels = [
        BarPanel(title=title, values=[getattr(run.outcomes, name) for run in runs], holds="days")
        for name, title in _COVER
    ]
    for tier in dict.fromkeys(tier for run in runs for tier in run.outcomes.by_tier):
        met = [1 - run.outcomes.by_tier.get(tier, math.nan) for run in runs]
        panels.append(
            BarPanel(title=say("promise met, {tier}", tier=tier_named(tier)), values=met, holds="share", of_all=True)
        )
    return panels


def _costs(runs: Sequence[Run]) -> list[BarPanel]:
    from data.pictures_bars import BarPanel

    panels = [BarPanel(title=title, values=[getattr(run.outcomes, name) for run in runs]) for name, title in _COSTS]
    return [panel for panel in panels if not all(map(math.isnan, panel.values))]
