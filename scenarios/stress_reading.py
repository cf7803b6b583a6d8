"""Read a stress: a scenario's file with `[[uncertain]]` and `[[lever]]` beside its changes, checked as a whole.

```toml
[[uncertain]]
name = "traffic"
table = "drivers"
do = "scale"
column = "value"
where = { driver = ["vehicles", "persons"] }
draw = { lognormal = [1.0, 2.5] }     # median, and what one draw in ten exceeds

[[lever]]
name = "reserve"
table = "policy"
do = "set"
column = "reserve_share"
options = [0.10, 0.0, 0.2]            # the first is what is done now
```
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from allocator.sentence import Sentence, say
from models.sound_toml import loads
from scenarios.change_reading import near, number_in, read_change
from scenarios.reading import Lines, changes_of, lines_of, read_toml, texts_of
from scenarios.scenario import Change, Scenario
from scenarios.stress import DISTRIBUTIONS, Draw, Lever, Stress, Uncertain

__all__ = ["read_stress", "stress_of"]

_OPTIONS_MAX = 20
_DECISIONS_MAX = 100
_NAMES_MAX = 40
_HEADS = ("title", "title_zh", "says", "says_zh", "change", "uncertain", "lever")
Report = Callable[[str, Sentence], None]


def read_stress(path: Path) -> Stress:
    """Return the stress of a file.

    Raises:
        ScenarioUnreadable: everything that is wrong with it.

    """
    text = read_toml(path)
    return stress_of(text, name=path.stem, file=path.name)


def stress_of(text: str, *, name: str, file: str = "") -> Stress:
    """Return the stress that a text holds.

    Raises:
        ScenarioUnreadable: everything that is wrong with it.

    """
    lines = lines_of(text, file or f"{name}.toml")
    values = loads(text)
    texts = texts_of(values, lines, known=_HEADS)
    changes = changes_of(values.get("change", []), lines)
    uncertain = [
        _uncertain(value, partial(lines.add, ("uncertain", n)))
        for n, value in enumerate(_tables(values, "uncertain", lines), start=1)
    ]
    levers = [
        _lever(value, partial(lines.add, ("lever", n)))
        for n, value in enumerate(_tables(values, "lever", lines), start=1)
    ]
    if not uncertain and not lines.found:
        lines.add(
            ("", 0), "uncertain", say("Nothing is uncertain. Add what is under [[uncertain]], or run it as a scenario.")
        )
    _check_names({key: values.get(key, []) for key in ("uncertain", "lever")}, lines)
    lines.refuse()
    stress = Stress(
        scenario=Scenario(name=name, changes=changes, **texts),
        uncertain=tuple(each for each in uncertain if each is not None),
        levers=tuple(each for each in levers if each is not None),
    )
    if len(stress.decisions) > _DECISIONS_MAX:
        lines.add(("", 0), "", say("The levers make {count} decisions; {most} are the most. Give fewer options.",
                                   count=len(stress.decisions), most=_DECISIONS_MAX))  # fmt: skip
        lines.refuse()
    return stress


def _tables(values: Mapping[str, Any], key: str, lines: Lines) -> list[Mapping[str, Any]]:
    found = values.get(key, [])
    if isinstance(found, list) and all(isinstance(each, Mapping) for each in found) and len(found) <= _NAMES_MAX:
        return found
    lines.add(
        ("", 0),
        key,
        say("{key}: tables of their own, at most {most}. Begin each with [[{key}]].", key=key, most=_NAMES_MAX),
    )
    return []


def _check_names(tables: Mapping[str, Any], lines: Lines) -> None:
    seen: set[str] = set()
    for key, values in tables.items():
        there = values if isinstance(values, list) else []
        for number, value in enumerate(there, start=1):
            if not isinstance(value, Mapping):
                continue
            name = value.get("name")
            if not isinstance(name, str) or not name.strip():
                said = say('Everything uncertain and every lever has a name. Write name = "traffic".')
                lines.add((key, number), "name", said)
            elif name in seen:
                lines.add((key, number), "name", say("The name {name} is there twice. Give each its own.", name=name))
            else:
                seen.add(name)


def _change_beside(value: Mapping[str, Any], own: str, add: Report, *, by: Decimal | None) -> Change | None:
    """Read the change of an uncertain quantity or a lever, whose `by` is left to be said."""
    plain = {key: each for key, each in value.items() if key not in ("name", own)}
    if by is not None and "by" not in plain:
        plain["by"] = by
    return read_change(plain, add, line=0)


def _uncertain(value: Mapping[str, Any], add: Report) -> Uncertain | None:
    draw = _draw(value.get("draw"), add)
    chance = draw is not None and draw.name == "chance"
    if not chance and "by" in value:
        add("by", say("What is drawn has no by. Leave it out, or write draw = {{ chance = 0.1 }}."))
        return None
    change = _change_beside(value, "draw", add, by=None if chance else Decimal(1))
    if draw is None or change is None:
        return None
    if change.curve:
        add("curve", say("What is drawn has no curve. Leave it out."))
        return None
    return Uncertain(name=str(value.get("name", "")), change=change, draw=draw)


def _draw(value: Any, add: Report) -> Draw | None:
    if not isinstance(value, Mapping) or len(value) != 1:
        add("draw", say("draw is one distribution, as in draw = {{ uniform = [0.8, 3.0] }}; there are: {names}.",
                        names=list(DISTRIBUTIONS)))  # fmt: skip
        return None
    (name, said), *_ = value.items()
    if name not in DISTRIBUTIONS:
        add(
            "draw",
            say("There is no distribution {found}; {near} is nearest.", found=name, near=near(name, DISTRIBUTIONS)),
        )
        return None
    given = [number_in(each) for each in (said if isinstance(said, list) else [said])]
    due = DISTRIBUTIONS[name]
    numbers = tuple(float(each) for each in given if each is not None)
    if len(given) != len(due) or len(numbers) != len(due) or not _sound(name, numbers):
        add("draw", say("{name} needs these numbers, in order and rising: {due}.", name=name, due=list(due)))
        return None
    return Draw(name=name, numbers=numbers)


def _sound(name: str, numbers: tuple[float, ...]) -> bool:
    if name == "chance":
        return 0 <= numbers[0] <= 1
    if name == "normal":
        return numbers[1] >= 0
    if name == "lognormal":
        return 0 < numbers[0] < numbers[1]
    return list(numbers) == sorted(numbers) and numbers[0] >= 0


def _lever(value: Mapping[str, Any], add: Report) -> Lever | None:
    options = value.get("options")
    read = [number_in(each) for each in options] if isinstance(options, list) else []
    sound = tuple(each for each in read if each is not None and each >= 0)
    if not 1 <= len(sound) <= _OPTIONS_MAX or len(sound) != len(read):
        add("options", say("options is a list of 1 to {most} numbers, the one of today first.", most=_OPTIONS_MAX))
        return None
    change = _change_beside(value, "options", add, by=sound[0])
    return None if change is None else Lever(name=str(value.get("name", "")), change=change, options=sound)
