"""Read the policy: policy.toml, or a workbook's sheets `policy` and `ladder`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from data import problem_kinds as kinds
from data.case_csv import read_text
from data.columns import POLICY_KEYS
from data.problems import Place, ProblemList

__all__ = ["POLICY_BYTES_MAX", "POLICY_FILE", "policy_values_of_sheets", "read_policy_toml"]

POLICY_FILE = "policy.toml"
POLICY_BYTES_MAX = 1_000_000
"""Bytes policy.toml may have."""

_LINE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
_LISTED = re.compile(r"[\s,;，；、]+")
_SECTIONS = ("tiers", "reserve")


def read_policy_toml(path: Path, problems: ProblemList) -> dict[str, Any] | None:
    """Return the plain values of policy.toml, decimals exact; None after a problem."""
    text = read_text(path, problems, bytes_max=POLICY_BYTES_MAX, empty=kinds.POLICY_EMPTY)
    if text is None:
        return None
    try:
        return tomllib.loads(text.decode(), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, InvalidOperation, ValueError, RecursionError) as fault:
        reason = str(fault)
        line = _LINE.search(reason)
        place = Place(file=path.name, row=int(line[1]) if line and line[1] else 0)
        problems.add(kinds.POLICY_NOT_TOML, place, reason=_LINE.sub("", reason).strip() or type(fault).__name__)
        return None


def policy_values_of_sheets(rows: Iterable[Sequence[str]], rungs: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """Return the values that policy.toml would have, from key/value rows and the rows of `ladder`.

    >>> rows = [("date", "2020-02-10"), ("tiers.frontline", "clinic, hospital"), ("reserve.I3", "0.25")]
    >>> values = policy_values_of_sheets(rows, [{"tiers": "frontline", "cover_days": "1"}])
    >>> values["tiers"], values["reserve"]
    ({'frontline': ['clinic', 'hospital']}, {'I3': Decimal('0.25')})
    >>> values["ladder"]
    [{'tiers': ['frontline'], 'cover_days': Decimal('1')}]
    """
    english = {zh: key for key, (zh, _) in POLICY_KEYS.items()}
    values: dict[str, Any] = {}
    for key, value in rows:
        head, _, tail = key.partition(".")
        name = english.get(head, head)
        if tail and name in _SECTIONS:
            said = _listed(value) if name == "tiers" else _plain(value)
            values.setdefault(name, {})[tail] = said
        elif key in ("key", "规则项", "项目"):
            continue  # the header row, if there is one
        else:
            values[name + (f".{tail}" if tail else "")] = _plain(value)
    ladder = [
        {key: _listed(cell) if key == "tiers" else _plain(cell) for key, cell in rung.items() if cell} for rung in rungs
    ]
    if ladder:
        values["ladder"] = ladder
    return values


def _listed(text: str) -> list[str]:
    return [word for word in _LISTED.split(text.strip()) if word]


def _plain(text: str) -> Any:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text
