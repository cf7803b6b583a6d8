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
from dataclasses import dataclass, field
from decimal import InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any

from allocator.sentence import Sentence, say
from models.plain_files import refuse_devices
from models.sound_toml import loads
from scenarios.change_reading import near, read_change
from scenarios.scenario import Change, Scenario

__all__ = [
    "BYTES_MAX",
    "CHANGES_MAX",
    "Lines",
    "ScenarioUnreadable",
    "changes_of",
    "lines_of",
    "read_scenario",
    "read_toml",
    "scenario_of",
    "texts_of",
]

BYTES_MAX = 200_000
CHANGES_MAX = 200

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
_TABLE = re.compile(r"^\s*\[\[\s*(\w+)\s*\]\]")
_KEY = re.compile(r"^\s*([\w-]+)\s*=")
_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_TEXTS = ("title", "title_zh", "says", "says_zh")
_HEAD = ("", 0)


class ScenarioUnreadable(Exception):
    """A scenario's file is not one; `sentences`: everything that is wrong with it, `lines`: where, 0 of all of it."""

    def __init__(self, sentences: Iterable[Sentence], lines: Iterable[int] = ()) -> None:
        self.sentences = tuple(sentences)
        self.lines = tuple(lines) or (0,) * len(self.sentences)
        super().__init__(" ".join(str(sentence) for sentence in self.sentences))


@dataclass
class Lines:
    """Where each key of a file stands, by its table (name and number, ("", 0) for the head), and the file's faults."""

    file: str
    of: Mapping[tuple[tuple[str, int], str], int]
    found: list[tuple[int, Sentence]] = field(default_factory=list)

    def refuse(self) -> None:
        """Refuse the file where a fault was noted.

        Raises:
            ScenarioUnreadable: all faults, as they stand in the file from its top.

        """
        if self.found:
            ordered = sorted(self.found, key=lambda each: each[0])
            raise ScenarioUnreadable([fault for _, fault in ordered], [line for line, _ in ordered])

    def add(self, table: tuple[str, int], key: str, fault: Sentence) -> None:
        """Note a fault at its key, else at its table, else in the file."""
        line = self.of.get((table, key)) or self.of.get((table, ""))
        place = say("{file}, line {line}", file=self.file, line=line) if line else _whole(self.file)
        self.found.append((line or 0, say("{place}: {fault}", place=place, fault=fault)))


def read_scenario(path: Path) -> Scenario:
    """Return the scenario that a file holds; its name is the file's.

    Raises:
        ScenarioUnreadable: everything that is wrong with it.
        OSError: it is not there, or may not be read.

    """
    return scenario_of(read_toml(path), name=path.stem, file=path.name)


def read_toml(path: Path) -> str:
    """Return the text of a file of sound size.

    Raises:
        ScenarioUnreadable: it is too large, or not UTF-8.
        OSError: it is not there, or may not be read.

    """
    if refuse_devices(path) > BYTES_MAX:
        large = say("It has more than {most:,} bytes. Leave out what is no change.", most=BYTES_MAX)
        raise _unreadable(path.name, large)
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(path.name, say("It is not UTF-8. Save it again as UTF-8.")) from None


def scenario_of(text: str, *, name: str, file: str = "") -> Scenario:
    r"""Return the scenario that a text holds.

    Raises:
        ScenarioUnreadable: everything that is wrong with it.

    >>> scenario_of('title = "Depot lost"\n[[change]]\ntable = "depots"\ndo = "close"', name="lost").changes[0].do
    'close'
    """
    lines = lines_of(text, file or f"{name}.toml")
    values = loads(text)
    if not _NAME.fullmatch(name):
        lines.add(_HEAD, "", say("Name the file with small letters, digits and hyphens, as in holiday-return.toml."))
    texts = texts_of(values, lines, known=(*_TEXTS, "change"))
    changes = changes_of(values.get("change", []), lines)
    lines.refuse()
    return Scenario(name=name, changes=changes, **texts)


def lines_of(text: str, file: str) -> Lines:
    """Return where the keys of a text stand.

    Raises:
        ScenarioUnreadable: it is not TOML.

    """
    try:
        loads(text)
    except (tomllib.TOMLDecodeError, InvalidOperation, ValueError, RecursionError) as fault:
        told, at = _not_toml(file, str(fault))
        raise ScenarioUnreadable([told], [at]) from None
    found: dict[tuple[tuple[str, int], str], int] = {}
    table, count = _HEAD, dict[str, int]()
    for number, line in enumerate(text.splitlines(), start=1):
        if begun := _TABLE.match(line):
            count[begun[1]] = count.get(begun[1], 0) + 1
            table = (begun[1], count[begun[1]])
            found[table, ""] = number
        elif key := _KEY.match(line):
            found.setdefault((table, key[1]), number)
    return Lines(file, found)


def texts_of(values: Mapping[str, Any], lines: Lines, *, known: Iterable[str]) -> dict[str, str]:
    """Return title and sentence in both languages; keys that are not `known` are faults."""
    keys = list(known)
    for key in values:
        if key not in keys:
            lines.add(
                _HEAD, key, say("There is no key {found} here; {near} is nearest.", found=key, near=near(key, keys))
            )
    texts = {}
    for key in _TEXTS:
        text = values.get(key, "")
        if not isinstance(text, str) or (key == "title" and not text.strip()):
            lines.add(_HEAD, key, say('{key} is a text. Write {key} = "Depot lost".', key=key))
        else:
            texts[key] = text.strip()
    return texts


def changes_of(values: Any, lines: Lines) -> tuple[Change, ...]:
    """Return the changes that are sound; faults of the others are noted."""
    if not isinstance(values, list) or not all(isinstance(value, Mapping) for value in values):
        lines.add(_HEAD, "change", say("Changes are tables of their own. Begin each with a line [[change]]."))
        return ()
    if len(values) > CHANGES_MAX:
        many = say("It has {count} changes, and {most} are the most. Split it.", count=len(values), most=CHANGES_MAX)
        lines.add(_HEAD, "", many)
        return ()
    read = []
    for number, value in enumerate(values, start=1):
        table = ("change", number)
        change = read_change(value, partial(lines.add, table), line=lines.of.get((table, ""), 0))
        if change is not None:
            read.append(change)
    return tuple(read)


def _whole(file: str) -> Sentence:
    return Sentence("{file}", {"file": file})


def _unreadable(file: str, fault: Sentence) -> ScenarioUnreadable:
    return ScenarioUnreadable([say("{place}: {fault}", place=_whole(file), fault=fault)])


def _not_toml(file: str, reason: str) -> tuple[Sentence, int]:
    line = _LINE.search(reason)
    where = say("{file}, line {line}", file=file, line=line[1]) if line else _whole(file)
    fault = say(
        "This is not TOML. Write key = value, texts between quotation marks, and each change under [[change]]. The "
        'reader says: "{reason}".',
        reason=_LINE.sub("", reason).strip(),
    )
    return say("{place}: {fault}", place=where, fault=fault), int(line[1]) if line else 0
