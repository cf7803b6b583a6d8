"""Write a scenario as the TOML that `read_scenario` reads: the same scenario is always the same text."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal

from scenarios.scenario import Change, Scenario

__all__ = ["toml_of"]


def toml_of(scenario: Scenario) -> str:
    r"""Return a scenario as TOML; read again it is the same scenario.

    >>> from scenarios.reading import scenario_of
    >>> text = toml_of(scenario_of('title = "Snow"\n[[change]]\ntable = "lanes"\ndo = "close"', name="snow"))
    >>> print(text)
    title = "Snow"
    <BLANKLINE>
    [[change]]
    table = "lanes"
    do = "close"
    <BLANKLINE>
    """
    head = [f"{key} = {_text(value)}" for key, value in _heads(scenario) if value]
    blocks = ["\n".join(head), *("\n".join(["[[change]]", *_lines(change)]) for change in scenario.changes)]
    return "\n\n".join(blocks) + "\n"


def _heads(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for key in ("title", "title_zh", "says", "says_zh"):
        yield key, getattr(scenario, key)


def _lines(change: Change) -> Iterator[str]:
    yield f"table = {_text(change.table)}"
    yield f"do = {_text(change.do)}"
    if change.column:
        yield f"column = {_text(change.column)}"
    if change.where:
        rows = ", ".join(f"{key} = {_words(patterns)}" for key, patterns in change.where.items())
        yield f"where = {{ {rows} }}"
    for key, day in (("from", change.since), ("to", change.until)):
        if day is not None:
            yield f"{key} = {day}"
    if change.by is not None:
        yield f"by = {_value(change.by)}"
    if change.ramp_days:
        yield f"ramp_days = {change.ramp_days}"
    if change.curve:
        yield "curve = [" + ", ".join(f"[{day}, {factor}]" for day, factor in change.curve) + "]"
    if change.count:
        yield f"count = {change.count}"


def _words(patterns: tuple[str, ...]) -> str:
    return _text(patterns[0]) if len(patterns) == 1 else "[" + ", ".join(_text(each) for each in patterns) + "]"


def _value(value: Decimal | str | dt.date | bool) -> str:  # noqa: FBT001 - a value as the file has it
    return f"{value:f}" if isinstance(value, Decimal) else _text(str(value))


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
