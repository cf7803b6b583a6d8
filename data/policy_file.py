"""Read the policy: policy.toml, or a workbook's sheets `policy` and `ladder`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from allocator.sentence import Sentence, say
from data import problem_kinds as kinds
from data.case_csv import read_text
from data.need_keys import NEED_KEYS
from data.policy_keys import POLICY_KEYS
from data.policy_places import PolicyPlaces, places_in_toml
from data.problems import Place, ProblemList
from models.sound_toml import loads

__all__ = [
    "POLICY_BYTES_MAX",
    "POLICY_FILE",
    "policy_key",
    "policy_values_of_sheets",
    "read_policy_text",
    "read_policy_toml",
]

POLICY_FILE = "policy.toml"
POLICY_BYTES_MAX = 1_000_000
"""Bytes policy.toml may have."""

_LINE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
_LISTED = re.compile(r"[\s,;，；、]+")
_TWICE = say("a key or section is there twice")
_BRACKET = say("a bracket is opened and not closed")
_NO_RULE = say("the line is neither [section] nor key = value")
_REASONS = {
    "Expected '=' after a key": say("a key is not followed by an equals sign"),
    "Expected newline": say("after the value more follows on the same line"),
    "Invalid value": say("the value is neither a number, a day, a list nor a text between quotation marks"),
    "Invalid date": say("the day is not in the calendar"),
    "Unterminated string": say("a quotation mark is opened and not closed"),
    "Illegal character": say("a text runs on into the next line, or holds a hidden character"),
    "Unclosed array": _BRACKET,
    "Unclosed inline table": _BRACKET,
    "Expected ']": _BRACKET,
    "Cannot overwrite": _TWICE,
    "Cannot declare": _TWICE,
    "Cannot redefine": _TWICE,
    "Duplicate inline": _TWICE,
    "Invalid statement": _NO_RULE,
    "Invalid initial character": _NO_RULE,
}
"""What tomllib says, by its first words, as the writer of a policy would say it."""
_SECTIONS = ("tiers", "reserve", "shelf_days")
_HEADERS = ("key", "规则项", "项目")
_ENGLISH = {zh: key for key, (zh, _) in {**POLICY_KEYS, **NEED_KEYS}.items()}


def read_policy_toml(path: Path, problems: ProblemList) -> tuple[dict[str, Any] | None, PolicyPlaces]:
    """Return the plain values of policy.toml, decimals exact, and where they stand; None after a problem."""
    whole = Place(file=path.name)
    content = read_text(path, problems, bytes_max=POLICY_BYTES_MAX, empty=kinds.POLICY_EMPTY)
    if content is None:
        return None, PolicyPlaces(whole)
    return read_policy_text(content.decode(), path.name, problems)


def read_policy_text(text: str, name: str, problems: ProblemList) -> tuple[dict[str, Any] | None, PolicyPlaces]:
    """Return the plain values of a policy.toml's text and where they stand in `name`; None after a problem."""
    whole = Place(file=name)
    try:
        return loads(text), places_in_toml(text, whole)
    except (tomllib.TOMLDecodeError, InvalidOperation, ValueError, RecursionError) as fault:
        reason = str(fault)
        line = _LINE.search(reason)
        place = Place(file=name, row=int(line[1]) if line and line[1] else 0)
        problems.add(kinds.POLICY_NOT_TOML, place, reason=_in_words(_LINE.sub("", reason).strip()))
        return None, PolicyPlaces(whole)


def _in_words(reason: str) -> Sentence:
    """Return what the parser says in the reader's language, or its own words where they are rare."""
    words = next((words for start, words in _REASONS.items() if reason.startswith(start)), None)
    return words or Sentence("{reason}", {"reason": reason})


def policy_values_of_sheets(rows: Iterable[Sequence[str]], rungs: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """Return the values that policy.toml would have, from key/value rows and the rows of `ladder`.

    >>> rows = [("date", "2020-02-10"), ("tiers.frontline", "clinic, hospital"), ("reserve.I3", "0.25")]
    >>> values = policy_values_of_sheets(rows, [{"tiers": "frontline", "cover_days": "1"}])
    >>> values["tiers"], values["reserve"]
    ({'frontline': ['clinic', 'hospital']}, {'I3': Decimal('0.25')})
    >>> values["ladder"]
    [{'tiers': ['frontline'], 'cover_days': Decimal('1')}]
    """
    values: dict[str, Any] = {}
    for key, value in rows:
        name, _, tail = policy_key(key).partition(".")
        if tail and name in _SECTIONS:
            said = _listed(value) if name == "tiers" else _plain(value)
            values.setdefault(name, {})[tail] = said
        elif key not in _HEADERS:
            values[name + (f".{tail}" if tail else "")] = _plain(value)
    ladder = [
        {key: _listed(cell) if key == "tiers" else _plain(cell) for key, cell in rung.items() if cell} for rung in rungs
    ]
    if ladder:
        values["ladder"] = ladder
    return values


def policy_key(written: str) -> str:
    """Return the name of a rule, which a sheet may give in Chinese.

    >>> policy_key("日期"), policy_key("级别.frontline"), policy_key("max_hours")
    ('date', 'tiers.frontline', 'max_hours')
    """
    head, point, tail = written.partition(".")
    return _ENGLISH.get(head, head) + point + tail


def _listed(text: str) -> list[str]:
    return [word for word in _LISTED.split(text.strip()) if word]


def _plain(text: str) -> Any:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text
