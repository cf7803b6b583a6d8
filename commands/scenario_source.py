"""What a scenario is applied to, and which one is meant: the same for every command of the group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import Sentence, say
from commands.on_ledger import on_ledger
from commands.planning_source import planning_case
from commands.session import Refused, Session

if TYPE_CHECKING:
    from allocator.planned_day import PlannedDay
    from scenarios.changed import Changed
    from scenarios.scenario import Scenario

__all__ = ["ground_of", "scenario_named", "scenarios_named", "tell_idle"]


def ground_of(context: click.Context, case: Path | None, day: dt.date | None) -> PlannedDay:
    """Return the case of a folder or workbook, or the ledger's on a day.

    Raises:
        Refused: as `planning_case`.

    """
    from allocator.planned_day import PlannedDay
    from data.coefficients import read_coefficients

    if case is not None:
        return PlannedDay(planning=planning_case(context, case, day), coefficients=read_coefficients())
    from commands.snapshotting import take_snapshot
    from data.snapshot_taken import planned_day

    with on_ledger(context, reads=True) as desk:
        return planned_day(desk.ledger, take_snapshot(desk, day))


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
    """Tell which changes chose nothing, or hold on other days."""
    from scenarios.idle_said import idle_said

    for each in idle_said(scenario, changed):
        session.tell(each)
