"""Read a scenario's TOML file, and say everything that is wrong with it at once: place, fault, remedy.

```toml
title = "Holiday return"
says = "Traffic at checkpoints rises 2.8-fold within three days."

[[change]]
table = "drivers"
do = "scale"
column = "value"
by = 2.8
where = { driver = ["vehicles", "persons"], kind = "checkpoint" }
from = -3          # a date, or days after the day that is planned
ramp_days = 3
```
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any

from allocator.sentence import Sentence, say
from scenarios.change_reading import near, read_change
from scenarios.scenario import Change, Scenario

__all__ = ["BYTES_MAX", "CHANGES_MAX", "ScenarioUnreadable", "read_scenario", "scenario_of"]

BYTES_MAX = 200_000
CHANGES_MAX = 200

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
_CHANGE = re.compile(r"^\s*\[\[\s*change\s*\]\]")
_KEY = re.compile(r"^\s*([\w-]+)\s*=")
_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_TEXTS = ("title", "title_zh", "says", "says_zh")


class ScenarioUnreadable(Exception):
    """A scenario's file is not one; `sentences`: everything that is wrong with it."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self.sentences = tuple(sentences)
        super().__init__(" ".join(str(sentence) for sentence in self.sentences))


@dataclass(frozen=True)
class _Lines:
    """Where in the file each key stands: (change number from 1, or 0 for the head; key) → line."""

    of: Mapping[tuple[int, str], int]

    def place(self, file: str, change: int, key: str) -> Sentence:
        line = self.of.get((change, key)) or self.of.get((change, ""))
        return say("{file}, line {line}", file=file, line=line) if line else Sentence("{file}", {"file": file})


def read_scenario(path: Path) -> Scenario:
    """Return the scenario that a file holds; its name is the file's.

    Raises:
        ScenarioUnreadable: everything that is wrong with it.

    """
    try:
        if path.stat().st_size > BYTES_MAX:
            raise _unreadable(
                path.name, say("It has more than {most:,} bytes. Leave out what is no change.", most=BYTES_MAX)
            )
        text = path.read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise _unreadable(str(path), say("It cannot be read: {reason}.", reason=fault.strerror or str(fault))) from None
    except UnicodeDecodeError:
        raise _unreadable(path.name, say("It is not UTF-8. Save it again as UTF-8.")) from None
    return scenario_of(text, name=path.stem, file=path.name)


def scenario_of(text: str, *, name: str, file: str = "") -> Scenario:
    r"""Return the scenario that a text holds.

    Raises:
        ScenarioUnreadable: everything that is wrong with it.

    >>> scenario_of('title = "Depot lost"\n[[change]]\ntable = "depots"\ndo = "close"', name="lost").changes[0].do
    'close'
    """
    file = file or f"{name}.toml"
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, InvalidOperation, ValueError, RecursionError) as fault:
        raise _unreadable(file, *_not_toml(file, str(fault))) from None
    lines = _lines(text)
    faults: list[Sentence] = []

    def add(change: int, key: str, fault: Sentence) -> None:
        faults.append(say("{place}: {fault}", place=lines.place(file, change, key), fault=fault))

    if not _NAME.fullmatch(name):
        add(0, "", say("Name the file with small letters, digits and hyphens, as in holiday-return.toml."))
    texts = _texts(values, add)
    changes = _changes(values.get("change", []), lines, add)
    if faults:
        raise ScenarioUnreadable(faults)
    return Scenario(name=name, changes=changes, **texts)


def _unreadable(file: str, *faults: Sentence) -> ScenarioUnreadable:
    return ScenarioUnreadable(
        fault
        if "place" in fault.values
        else say("{place}: {fault}", place=Sentence("{file}", {"file": file}), fault=fault)
        for fault in faults
    )


def _not_toml(file: str, reason: str) -> list[Sentence]:
    line = _LINE.search(reason)
    where = say("{file}, line {line}", file=file, line=line[1]) if line else Sentence("{file}", {"file": file})
    fault = say(
        "This is not TOML. Write key = value, texts between quotation marks, and each change under [[change]]. The "
        'reader says: "{reason}".',
        reason=_LINE.sub("", reason).strip(),
    )
    return [say("{place}: {fault}", place=where, fault=fault)]


def _lines(text: str) -> _Lines:
    found: dict[tuple[int, str], int] = {}
    change = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if _CHANGE.match(line):
            change += 1
            found[change, ""] = number
        elif key := _KEY.match(line):
            found.setdefault((change, key[1]), number)
    return _Lines(found)


def _texts(values: Mapping[str, Any], add: Any) -> dict[str, str]:
    known = [*_TEXTS, "change"]
    for key in values:
        if key not in known:
            add(0, key, say("There is no key {found} here; {near} is nearest.", found=key, near=near(key, known)))
    texts = {}
    for key in _TEXTS:
        text = values.get(key, "")
        if not isinstance(text, str) or (key == "title" and not text.strip()):
            add(0, key, say('{key} is a text. Write {key} = "Depot lost".', key=key))
        else:
            texts[key] = text.strip()
    return texts


def _changes(values: Any, lines: _Lines, add: Any) -> tuple[Change, ...]:
    if not isinstance(values, list) or not all(isinstance(value, Mapping) for value in values):
        add(0, "change", say("Changes are tables of their own. Begin each with a line [[change]]."))
        return ()
    if len(values) > CHANGES_MAX:
        add(
            0,
            "",
            say("It has {count} changes, and {most} are the most. Split it.", count=len(values), most=CHANGES_MAX),
        )
        return ()
    read = []
    for number, value in enumerate(values, start=1):
        change = read_change(value, partial(add, number), line=lines.of.get((number, ""), 0))
        if change is not None:
            read.append(change)
    return tuple(read)
