"""Read proof.json and summary.json back, for the checker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from allocator.sentence import say
from allocator.verify_shapes import ReadFlow, ReadProof, ReadStep, refuse

__all__ = ["read_proof", "read_summary"]

_STEP_KEYS = {"rung", "fill", "freezes", "supply", "kg", "m3", "lane_kg", "cap", "gap"}


def read_summary(path: Path) -> Mapping[str, Any]:
    """Return summary.json, or refuse: what is wrong with the file is what does not hold."""
    summary = _json(path)
    if not isinstance(summary, dict):
        refuse(say("{file} does not hold an object. Write the plan again.", file=path.name))
    return summary


def read_proof(path: Path) -> ReadProof:
    """Return proof.json, or refuse: what is wrong with the file is what does not hold."""
    proof = _json(path)
    if not isinstance(proof, dict) or not {"flow", "steps"} <= set(proof) <= {"flow", "steps", "closed"}:
        refuse(say("{file} must hold flow, steps and, where lanes are given up, closed.", file=path.name))
    return ReadProof(
        flow=tuple(_each(proof["flow"], "flow", _flow_row)),
        steps=tuple(_each(proof["steps"], "steps", _step)),
        closed=tuple(_each(proof.get("closed", []), "closed", _closed_row)),
    )


def _json(path: Path) -> Any:
    if not path.is_file():
        refuse(say("{file} is missing from the plan. Write the plan again.", file=path.name))
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        refuse(say("{file} cannot be read: {error}. Write the plan again.", file=path.name, error=str(error)))


def _each(rows: Any, what: str, read: Any) -> list[Any]:
    if not isinstance(rows, list):
        refuse(say("proof.json: {what} is not a list.", what=what))
    found = []
    for number, row in enumerate(rows, start=1):
        try:
            found.append(read(row))
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            refuse(
                say("proof.json, {what}, row {row}: not of the shape that docs/proof.md gives.", what=what, row=number)
            )
    return found


def _flow_row(row: list[Any]) -> ReadFlow:
    sources, item, tier, source, units, *rest = row
    (more,) = rest or [{}]
    if not set(more) <= {"site", "by"} or not isinstance(sources, list):
        raise ValueError
    return ReadFlow(
        open_sources=tuple(_text(label) for label in sources),
        item=_text(item),
        tier=_text(tier),
        source=_text(source),
        units=_number(units),
        site=_text(more.get("site", "")),
        by=_text(more.get("by", "")),
    )


def _step(step: dict[str, Any]) -> ReadStep:
    if not set(step) <= _STEP_KEYS or type(step["rung"]) is not int or type(step["freezes"]) is not int:
        raise ValueError
    return ReadStep(
        rung=step["rung"],
        fill=_number(step["fill"]),
        freezes=step["freezes"],
        supply=_prices(step, "supply", 2),
        kg=_prices(step, "kg", 1),
        m3=_prices(step, "m3", 1),
        lane_kg=_prices(step, "lane_kg", 2),
        cap=_prices(step, "cap", 2),
        gap=_number(step.get("gap", "0")),
    )


def _prices(step: dict[str, Any], name: str, keys: int) -> tuple[Any, ...]:
    """Return (code, …, price) rows, each key once: a price named twice would count twice."""
    rows = [(*(_text(code) for code in row[:-1]), _number(row[-1])) for row in step.get(name, [])]
    if any(len(row) != keys + 1 for row in rows) or len({row[:-1] for row in rows}) != len(rows):
        raise ValueError
    return tuple(rows)


def _closed_row(row: list[Any]) -> tuple[str, str, str]:
    depot, site, why = (_text(part) for part in row)
    return depot, site, why


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> float:
    """Return a decimal string as the nearest double."""
    number = float(_text(value))
    if not isfinite(number):
        raise ValueError
    return number
