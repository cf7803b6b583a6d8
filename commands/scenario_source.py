"""What a scenario is applied to, and which one is meant: the same for every command of the group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import Sentence, say
from commands.on_ledger import on_ledger
from commands.planning_source import planning_case
from commands.session import Refused, Session
from scenarios.change_words import change_in_words

if TYPE_CHECKING:
    from allocator.activity import Coefficients
    from allocator.planning import PlanningCase
    from scenarios.changed import Changed
    from scenarios.scenario import Change, Scenario

__all__ = ["Ground", "asleep_told", "ground_of", "scenario_named", "scenarios_named", "tell_idle"]


_NOT_OF_A_PLAN = ("offers", "orders", "budgets", "forecast")


@dataclass(frozen=True)
class Ground:
    """What is planned without any scenario, and by which coefficients its needs follow activity."""

    planning: PlanningCase
    coefficients: Coefficients
    posture: str = "standard"


def ground_of(context: click.Context, case: Path | None, day: dt.date | None) -> Ground:
    """Return the case of a folder or workbook, or the ledger's on a day.

    Raises:
        Refused: as `planning_case`.

    """
    from data.coefficients import read_coefficients

    if case is not None:
        return Ground(planning_case(context, case, day), read_coefficients())
    from commands.snapshotting import take_snapshot
    from data.snapshot_taken import planning_of

    with on_ledger(context, reads=True) as desk:
        taken = take_snapshot(desk, day)
        planning = planning_of(desk.ledger, taken)
    return Ground(planning, taken.told.settled.coefficients, taken.posture)


def scenarios_named(session: Session, names: Iterable[str]) -> list[Scenario]:
    """Return scenarios of the library or of files; everything wrong with all of them is said at once.

    Raises:
        Refused: as `scenario_named`.

    """
    found: list[Scenario] = []
    wrong: list[Sentence] = []
    for name in names:
        try:
            found.append(scenario_named(session, name))
        except Refused as refused:
            wrong += refused.sentences
    if wrong:
        session.refuse(*wrong, status=2)
    return found


def scenario_named(session: Session, name: str) -> Scenario:
    """Return a scenario of the library, or that of a file.

    Raises:
        Refused: there is none of that name, or the file is not one, everything wrong listed (status 2).

    """
    from data.nearest import nearest
    from data.os_reasons import reason_of
    from scenarios.known import library
    from scenarios.reading import ScenarioUnreadable, read_scenario

    known = library()
    if name in known:
        return known[name]
    if not name.endswith(".toml"):
        near = nearest(name, list(known))
        meant = say("Is {near} meant?", near=near) if near else say("allocator scenario list names them all.")
        session.refuse(
            say("There is no scenario {name}. {meant} A file of your own ends with .toml.", name=name, meant=meant),
            status=2,
        )
    try:
        return read_scenario(Path(name))
    except ScenarioUnreadable as unreadable:
        session.refuse(*unreadable.sentences, status=2)
    except OSError as error:
        session.refuse(say("{out} cannot be read: {why}.", out=name, why=reason_of(error)), status=2)


def tell_idle(session: Session, scenario: Scenario, changed: Changed) -> None:
    """Tell which changes chose nothing, or hold on other days: more often a slip than meant."""
    if scenario.changes and all(change.table in _NOT_OF_A_PLAN for change in scenario.changes):
        session.tell(
            say("Scenario {name} changes what can be bought or what is forecast, and no plan of a day reads these: "
                "what can be sent stays as it is.", name=scenario.name)
        )  # fmt: skip
    for change in changed.idle:
        session.tell(
            say("Scenario {name}: nothing here fits, so it changes nothing: {change}",
                name=scenario.name, change=change_in_words(change))
        )  # fmt: skip
    for change in changed.asleep:
        session.tell(asleep_told(scenario, change))


def asleep_told(scenario: Scenario, change: Change) -> Sentence:
    """Say of a change that its days are others than the one that is planned."""
    return say("Scenario {name}: this does not hold on the day itself, so it changes nothing here: {change}",
               name=scenario.name, change=change_in_words(change))  # fmt: skip
