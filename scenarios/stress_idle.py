"""Which parts of a stress do nothing in a case, so that nobody takes noise for an effect."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from allocator.sentence import Sentence, say
from scenarios.change_words import change_in_words
from scenarios.changed import Changed, changed
from scenarios.ensemble import Ground
from scenarios.idle_said import idle_said
from scenarios.scenario import Scenario
from scenarios.stress import Stress

__all__ = ["StressIdle", "idle_of_stress"]


@dataclasses.dataclass(frozen=True)
class StressIdle:
    """`names`: of the uncertain quantities that move nothing; `says`: of everything that does nothing."""

    names: frozenset[str]
    says: tuple[Sentence, ...]


def idle_of_stress(given: Stress, ground: Ground) -> StressIdle:
    """Return what of a stress does nothing."""
    beside = [each.change for each in given.uncertain] + [each.change for each in given.levers]
    whole = dataclasses.replace(given.scenario, changes=(*given.scenario.changes, *beside))
    then = changed(ground.planning, whole, ground.coefficients, posture=ground.posture)
    still = {each.name for each in given.uncertain if each.change in (*then.idle, *then.asleep)}
    return StressIdle(frozenset(still), tuple(_said(given, whole, then)))


def _said(given: Stress, whole: Scenario, then: Changed) -> Iterator[Sentence]:
    idle, asleep = (
        tuple(change for change in found if change in given.scenario.changes) for found in (then.idle, then.asleep)
    )
    yield from idle_said(whole, dataclasses.replace(then, idle=idle, asleep=asleep))
    named = [(each.name, each.change) for each in given.uncertain] + [(each.name, each.change) for each in given.levers]
    for name, change in named:
        # What is drawn or decided stands for many numbers.
        many = change if change.by is None else dataclasses.replace(change, by="?")
        told = {"stress": given.scenario.name, "name": name, "change": change_in_words(many)}
        if change in then.idle:
            yield say("Stress {stress}: nothing here fits {name}, so it moves nothing: {change}", **told)
        elif change in then.asleep:
            yield say("Stress {stress}: {name} does not hold on the day itself, so it moves nothing: {change}", **told)
