"""What forecasts, shortfalls and purchases are asked with: a case or the ledger, a day, a scenario, a file to save."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.grammar import argument, option
from commands.moments import DAY
from commands.paper_files import paper_file_option
from commands.planning_source import planning_case
from commands.scenario_source import ground_of, scenario_named
from commands.session import Session, session_of
from commands.table_files import Fact
from scenarios.change_words import change_in_words

if TYPE_CHECKING:
    from allocator.planning import PlanningCase
    from scenarios.scenario import Change, Scenario
    from scenarios.supposed import Supposed

__all__ = ["Supposing", "planning_options", "supposing"]

_DEMAND = ("needs", "drivers", "forecast", "sites")
READ = {
    "forecast": _DEMAND,
    "shortfall": (*_DEMAND, "stock", "in_transit", "lanes", "depots", "offers", "orders", "budgets", "policy"),
    "procure": (*_DEMAND, "stock", "in_transit", "offers", "orders", "budgets"),
}
"""The tables of a scenario that each command is made from."""


def planning_options(day_says: Sentence) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare CASE, `--scenario`, `--date` and `--out`; `day_says`: what the day is for."""
    declared = (
        argument("case", type=click.Path(path_type=Path), required=False, metavar="[CASE]"),
        option(
            "--scenario",
            metavar="NAME|FILE",
            says=say("Suppose this scenario; allocator scenario list names them, another is a file."),
        ),
        option("--date", "day", type=DAY, metavar="DATE", says=day_says),
        paper_file_option,
    )

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        for each in reversed(declared):
            function = each(function)
        return function

    return declare


@dataclass(frozen=True)
class Supposing:
    """What a command is made from, and what is supposed of it; without a scenario nothing is.

    `read`: changes that the command is made from.
    """

    planning: PlanningCase
    scenario: Scenario | None = None
    read: tuple[Change, ...] = ()

    def facts(self) -> list[Fact]:
        """Return what a saved file says of it: the scenario, each change, and what they make of demand."""
        if self.scenario is None:
            return []
        told = say("{scenario}. {says}", scenario=self.scenario.named, says=self.scenario.told)
        demand = self._demand()
        return [
            (say("supposed"), told),
            *((say("change"), change_in_words(change)) for change in self.read),
            *([] if demand is None else [(say("demand"), _demand_told(demand))]),
        ]

    def plain(self, session: Session) -> dict[str, Any] | None:
        """Return it as JSON; null where nothing is supposed."""
        if self.scenario is None:
            return None
        return {
            "name": self.scenario.name,
            "title": self.scenario.title,
            "says": self.scenario.says,
            "changes": [session.word(change_in_words(change)) for change in self.read],
            "demand": self._demand(),
        }

    def show(self, session: Session) -> None:
        """Print it before what it leads to."""
        word, facts = session.word, self.facts()
        for n, (_, told) in enumerate(facts):
            session.show(word(say("Supposed: {what}", what=told) if not n else Sentence("- {what}", {"what": told})))
        if facts:
            session.show()

    def _demand(self) -> dict[str, Any] | None:
        """Return how many needs change, how much, and on which days; None where none does."""
        import numpy as np

        ahead = self.planning.ahead
        if ahead is None:
            return None
        other = ahead.times != 1.0
        rows, days = other.any(axis=1), np.flatnonzero(other.any(axis=0))
        if not rows.any():
            return None
        first, last = (self.planning.day + dt.timedelta(days=int(n)) for n in (days[0], days[-1]))
        return {
            "changed": int(rows.sum()),
            "of": len(rows),
            "least": round(float(ahead.times[rows].min()), 4),
            "most": round(float(ahead.times[rows].max()), 4),
            "from": first.isoformat(),
            "to": None if days[-1] + 1 == other.shape[1] else last.isoformat(),
        }


def _demand_told(demand: dict[str, Any]) -> Sentence:
    least, most = (f"{demand[name]:g}" for name in ("least", "most"))
    told = {
        "changed": demand["changed"],
        "all": demand["of"],
        "times": say("× {most}", most=most) if least == most else say("× {least} to × {most}", least=least, most=most),
        "first": demand["from"],
    }
    if demand["to"] is None:
        return say("Demand changes for {changed:,} of {all:,} needs, {times}, from {first} on.", **told)
    return say(
        "Demand changes for {changed:,} of {all:,} needs, {times}, from {first} to {last}.", last=demand["to"], **told
    )


def supposing(
    context: click.Context,
    *,
    case: Path | None,
    day: dt.date | None,
    scenario: str | None,
    days_of: Callable[[PlanningCase], int],
) -> Supposing:
    """Return what a command is made from, as a scenario supposes it, and tell what of it changes nothing here.

    `days_of`: how many days the command looks ahead.

    Raises:
        Refused: as `planning_case`; there is no such scenario, or its file is none (status 2).

    """
    if scenario is None:
        return Supposing(planning_case(context, case, day))
    from scenarios.supposed import supposed

    session = session_of(context)
    asked = scenario_named(session, scenario)
    ground = ground_of(context, case, day)
    then = supposed(ground.planning, asked, ground.coefficients, posture=ground.posture, days_of=days_of)
    found = Supposing(then.planning, asked, tuple(_read(context, asked)))
    for each in _without_effect(context, found, then):
        session.tell(each)
    return found


def _read(context: click.Context, scenario: Scenario) -> Iterator[Change]:
    tables = READ[str(context.info_name)]
    return (change for change in scenario.changes if change.table in tables)


def _without_effect(context: click.Context, found: Supposing, then: Supposed) -> Iterator[Sentence]:
    """Say which changes do nothing here, and why."""
    from scenarios.changed import day_by_day
    from scenarios.idle_said import asleep_said

    scenario = found.scenario
    assert scenario is not None  # noqa: S101 - asked only of a scenario
    if scenario.changes and not found.read:
        yield say("Scenario {name} changes nothing that `allocator {command}` is made from: all is as without it.",
                  name=scenario.name, command=str(context.info_name))  # fmt: skip
        return
    for change in scenario.changes:
        told = {"name": scenario.name, "change": change_in_words(change)}
        if change not in found.read:
            yield say("Scenario {name}: this is not read here: {change}", **told)
        elif change in then.idle:
            yield say("Scenario {name}: nothing here fits, so it changes nothing: {change}", **told)
        elif change not in then.asleep:
            continue
        elif day_by_day(change):
            yield say("Scenario {name}: this holds on none of the days looked at, so it changes nothing here: {change}",
                      **told)  # fmt: skip
        else:
            yield asleep_said(scenario, change)
