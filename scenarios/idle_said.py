"""Say which changes of a scenario chose nothing, or hold on other days: more often a slip than meant."""

from __future__ import annotations

from collections.abc import Iterator

from allocator.sentence import Sentence, say
from scenarios.change_words import change_in_words
from scenarios.changed import Changed
from scenarios.scenario import Change, Scenario

__all__ = ["asleep_said", "idle_said"]

_NOT_OF_A_PLAN = ("offers", "orders", "budgets", "forecast")


def idle_said(scenario: Scenario, changed: Changed) -> Iterator[Sentence]:
    """Yield a sentence for each, and one where nothing of it is of a plan."""
    if scenario.changes and all(change.table in _NOT_OF_A_PLAN for change in scenario.changes):
        yield say(
            "Scenario {name} changes what can be bought or what is forecast, and no plan of a day reads these: "
            "what can be sent stays as it is.",
            name=scenario.name,
        )
    for change in changed.idle:
        yield say(
            "Scenario {name}: nothing here fits, so it changes nothing: {change}",
            name=scenario.name,
            change=change_in_words(change),
        )
    for change in changed.asleep:
        yield asleep_said(scenario, change)


def asleep_said(scenario: Scenario, change: Change) -> Sentence:
    """Say of a change that its days are others than the one that is planned."""
    return say(
        "Scenario {name}: this does not hold on the day itself, so it changes nothing here: {change}",
        name=scenario.name,
        change=change_in_words(change),
    )
