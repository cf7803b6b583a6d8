"""Scenarios side by side as pictures: cover and promises, cost, and for each scenario who loses and who gains."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from allocator.pictured import BarPanel, Moved, MovedPicture, Picture, SideBySide
from allocator.sentence import Sentence, say
from allocator.words import tier_named
from scenarios.comparing import Comparison, movers
from scenarios.comparison_tables import MOVED_BY, item_names
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
) -> list[Picture]:
    """Return the pictures, in the order in which they are read."""
    labels = [run.scenario.named.worded(lang) for run in runs]
    pictures: list[Picture] = [
        SideBySide(
            name="cover",
            title=say("The worst off, and the share of promises met"),
            labels=labels,
            panels=_cover(runs),
        ),
        SideBySide(name="cost", title=say("What it costs"), labels=labels, panels=_costs(runs)),
    ]
    for number, run in enumerate(runs[1:], start=1):
        parts = [(title, _moved(runs, comparison, key, number, word, lang)) for key, title in MOVED_BY]
        title = say(
            "{scenario}: who loses and who gains against {first}",
            scenario=run.scenario.named,
            first=runs[0].scenario.named,
        )
        pictures.append(MovedPicture(name=f"moved{number}", title=title, parts=parts))
    return pictures


def _moved(
    runs: Sequence[Run], comparison: Comparison, key: str, number: int, word: Callable[[Sentence], str], lang: str
) -> list[Moved]:
    names = item_names(runs, with_code=False)
    nameless = word(say("no area"))
    return [
        Moved(
            label=names[each.code].worded(lang) if key == "item" else each.code or nameless,
            lost=each.lost,
            gained=each.gained,
        )
        for each in movers(comparison, key, number)
    ]


def _cover(runs: Sequence[Run]) -> list[BarPanel]:
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
    panels = [BarPanel(title=title, values=[getattr(run.outcomes, name) for run in runs]) for name, title in _COSTS]
    return [panel for panel in panels if not all(map(math.isnan, panel.values))]
