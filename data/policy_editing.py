"""Change some rules in the text of a policy.toml, and leave all the rest of it as it was written, remarks too.

A text can be written in ways in which its lines cannot be told apart. So what was changed is read again: where it does
not say exactly what was meant, it is refused rather than kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from allocator.sentence import say
from models.entry import Refusal
from models.sound_toml import loads

__all__ = ["RungTyped", "edited_policy"]

_HEADER = re.compile(r"^\s*\[\[?\s*[^\]]+\]\]?\s*(#.*)?$")
_RUNG = re.compile(r"^\s*\[\[\s*ladder\s*\]\]")
_WORDS = re.compile(r"[\s,;，；、]+")


@dataclass(frozen=True, kw_only=True)
class RungTyped:
    """A rung of the ladder as it was typed; an empty field says nothing."""

    tiers: str = ""
    cover_days: str = ""
    holding_share: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed, so that there is no such rung."""
        return not (self.tiers.strip() or self.cover_days.strip() or self.holding_share.strip())


def edited_policy(text: str, rules: Mapping[str, str], ladder: Sequence[RungTyped] | None) -> str:
    r"""Return a policy's text in which some rules say something else. `rules`: as typed, by key; "" says nothing.

    >>> edited_policy('# ours\nstale_days = 3\n', {"stale_days": "5"}, None)
    '# ours\nstale_days = 5\n'

    >>> edited_policy("", {"stale_days": "a" + chr(127)}, None)
    'stale_days = "a\\u007f"\n'

    Raises:
        Refusal: its lines cannot be changed one by one; it is then changed as a text.

    """
    meant = loads(text)
    lines = text.splitlines()
    for key, typed in rules.items():
        written = _written(typed)
        if _said(meant.get(key)) != _said(_value(written)):
            lines = _with_rule(lines, key, written)
            meant = {name: value for name, value in meant.items() if name != key}
            meant |= {} if written is None else {key: _value(written)}
    if ladder is not None:
        rungs = [_rung(each) for each in ladder if not each.is_empty]
        if rungs != meant.get("ladder"):
            lines = _with_ladder(lines, rungs)
            meant = {**meant, "ladder": rungs}
    made = "\n".join(lines) + "\n"
    if made != text and not _says(made, meant):
        raise Refusal(
            say("This policy is written in a way that fields cannot change. Change it as a text, further below.")
        )
    return made if _differs(text, made) else text


def _differs(text: str, made: str) -> bool:
    return text.splitlines() != made.splitlines()


def _says(text: str, meant: Mapping[str, Any]) -> bool:
    try:
        return loads(text) == meant
    except ValueError:
        return False


def _written(typed: str) -> str | None:
    """Return what was typed as TOML: a number as it is, anything else as a text; None for nothing.

    What is no sound value is a text then, and reading the policy says so, with its place.
    """
    plain = typed.strip()
    if not plain:
        return None
    try:
        value = loads(f"x = {plain}")["x"]
    except (ValueError, RecursionError):  # also of numbers and brackets without end
        value = None
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    # JSON leaves one character as it is that no TOML text may hold.
    return plain if is_number else json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(written: str | None) -> Any:
    return None if written is None else loads(f"x = {written}")["x"]


def _said(value: Any) -> Any:
    return value if value is None or isinstance(value, (int, Decimal, str)) else str(value)


def _with_rule(lines: Sequence[str], key: str, written: str | None) -> list[str]:
    """Change the line of a rule, which stands before the first table; put one there where there is none."""
    first = next((n for n, line in enumerate(lines) if _HEADER.match(line)), len(lines))
    is_it = re.compile(rf"^\s*{re.escape(key)}\s*=")
    at = next((n for n in range(first) if is_it.match(lines[n])), None)
    said = [] if written is None else [f"{key} = {written}"]
    if at is not None:
        return [*lines[:at], *said, *lines[at + 1 :]]
    while first > 0 and not lines[first - 1].strip():
        first -= 1
    return [*lines[:first], *said, *lines[first:]]


def _rung(typed: RungTyped) -> dict[str, Any]:
    said: dict[str, Any] = {"tiers": [word for word in _WORDS.split(typed.tiers.strip()) if word]}
    for name in ("cover_days", "holding_share"):
        value = _value(_written(getattr(typed, name)))
        if value is not None:
            said[name] = value
    return said


def _with_ladder(lines: Sequence[str], rungs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Put rungs where the first one stood. Remarks after the last line of a rung, on what follows, stay."""
    kept: list[str] = []
    at: int | None = None
    n = 0
    while n < len(lines):
        if not _RUNG.match(lines[n]):
            kept.append(lines[n])
            n += 1
            continue
        at = len(kept) if at is None else at
        end = next((m for m in range(n + 1, len(lines)) if _HEADER.match(lines[m])), len(lines))
        last = max(m for m in range(n, end) if lines[m].strip() and not lines[m].lstrip().startswith("#"))
        rest = list(lines[last + 1 : end])
        kept += rest if any(line.strip() for line in rest) else []
        n = end
    at = len(kept) if at is None else at
    while at > 0 and not kept[at - 1].strip():
        at -= 1
    return [*kept[:at], *_ladder_lines(rungs), *_parted(kept[at:])]


def _parted(rest: Sequence[str]) -> list[str]:
    return [] if not any(line.strip() for line in rest) else [*([] if not rest[0].strip() else [""]), *rest]


def _ladder_lines(rungs: Sequence[Mapping[str, Any]]) -> list[str]:
    lines: list[str] = []
    for rung in rungs:
        lines += [
            "",
            "[[ladder]]",
            f"tiers = [{', '.join(json.dumps(tier, ensure_ascii=False) for tier in rung['tiers'])}]",
        ]
        for name in ("cover_days", "holding_share"):
            if name in rung:
                value = rung[name]
                lines.append(f"{name} = {json.dumps(value, ensure_ascii=False) if isinstance(value, str) else value}")
    return lines
