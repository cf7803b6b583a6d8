"""What a job of scenarios is asked for: those of the library by name, one's own as a text, all checked first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from allocator.sentence import Sentence, say
from scenarios.change_reading import near
from scenarios.known import library, stress_files
from scenarios.reading import BYTES_MAX, ScenarioUnreadable, read_toml, scenario_of
from scenarios.scenario import BASELINE, Scenario
from scenarios.stress import Stress
from scenarios.stress_reading import stress_of
from scenarios.writing import toml_of

__all__ = [
    "BESIDE_MAX",
    "RUNS_MAX",
    "scenario_asked",
    "scenarios_asked",
    "stress_asked",
    "stress_of_job",
    "texts_of_scenarios",
]

BESIDE_MAX = 5
"""How many scenarios a job puts beside the day as it is: more columns no page has room for."""

RUNS_MAX = 4_000
"""How many runs a stress of a job may take: draws × decisions."""

Text = Mapping[str, Any]
"""A scenario or stress as a job is asked for it: `name` and `toml`."""


def texts_of_scenarios(names: Iterable[str], own: Iterable[tuple[str, str]] = ()) -> list[Text]:
    """Return what is to be put beside the day as it is. `own`: name and text of those that are no library's.

    Raises:
        ScenarioUnreadable: everything that is wrong with all of it.

    """
    known, found, wrong = library(), list[Text](), list[tuple[int, Sentence]]()
    for name in dict.fromkeys(names):
        if name == BASELINE.name:
            continue
        if name in known:
            found.append({"name": name, "toml": toml_of(known[name])})
        else:
            wrong.append((0, say("There is no scenario {name}. Is {near} meant?", name=name, near=near(name, known))))
    for name, text in own:
        try:
            found.append({"name": _own(name, text, [each["name"] for each in found]), "toml": text})
        except ScenarioUnreadable as unreadable:
            wrong += zip(unreadable.lines, unreadable.sentences, strict=True)
    if not wrong and not 0 < len(found) <= BESIDE_MAX:
        wrong.append((0, say("Choose 1 to {most} scenarios to put beside the day as it is.", most=BESIDE_MAX)))
    if wrong:
        raise ScenarioUnreadable([said for _, said in wrong], [line for line, _ in wrong])
    return found


def _own(name: str, text: str, taken: Iterable[str]) -> str:
    """Return the name of a scenario of one's own, once its text is sound."""
    if len(text.encode()) > BYTES_MAX:
        raise ScenarioUnreadable(
            [say("It has more than {most:,} bytes. Leave out what is no change.", most=BYTES_MAX)], [0]
        )
    if name in library() or name in taken:
        raise ScenarioUnreadable([say("{name} is the name of another scenario. Give yours one of its own.", name=name)])
    return scenario_of(text, name=name).name


def scenarios_asked(arguments: Mapping[str, Any]) -> list[Scenario]:
    """Return the scenarios that a job was asked to put side by side, the day as it is first."""
    return [BASELINE, *(scenario_of(each["toml"], name=each["name"]) for each in arguments["scenarios"])]


def scenario_asked(arguments: Mapping[str, Any], name: str) -> Text | None:
    """Return one of the scenarios that a job was asked for; None where it is none of them."""
    return next((each for each in arguments.get("scenarios", ()) if each["name"] == name), None)


def stress_asked(name: str, text: str, *, draws: int) -> Text:
    """Return the stress that is to be run: one of the library where no text is given.

    Raises:
        ScenarioUnreadable: everything that is wrong with it, or it takes too many runs.

    """
    files = stress_files()
    if not text.strip():
        if name not in files:
            raise ScenarioUnreadable(
                [say("There is no stress {name}. With the program come: {known}.", name=name, known=list(files))]
            )
        text = read_toml(files[name])
    stress = stress_of(text, name=name)
    runs = draws * len(stress.decisions)
    if runs > RUNS_MAX:
        raise ScenarioUnreadable(
            [say("{count:,} runs are too many; {most:,} are the most. Draw less, or give fewer options.",
                 count=runs, most=RUNS_MAX)]
        )  # fmt: skip
    return {"name": name, "toml": text}


def stress_of_job(arguments: Mapping[str, Any]) -> Stress:
    """Return the stress that a job was asked to run."""
    return stress_of(arguments["stress"]["toml"], name=arguments["stress"]["name"])
