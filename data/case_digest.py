"""The case's digest: one line that says which facts a plan was made from.

SHA-256 over the canonical tables, in this layout, so that others can compute it too:

1. the line `allocator-case-1`;
2. for each table (items, sites, needs, stock, in_transit, lanes, depots, substitutes) and each of
   its columns, both in the order of `allocator.case`, a line `table.column rows` and then the
   column's bytes: whole numbers and positions as little-endian int64, decimals as little-endian
   int64 millionths (the least int64 where nobody said),
   dates as int64 days since 1970-01-01 (again the least int64), yes and no as one byte each,
   texts as UTF-8 with a zero byte after each;
3. the line `policy` and the policy as JSON with sorted keys, fractions written as "numerator/denominator".

What a later version of allocator added is left out as long as it says nothing new (a column in which nobody
said anything, a rule as it was before there was a choice), so a plan keeps its digest.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Case
from allocator.plan import Plan
from allocator.policy import Policy, Rung
from allocator.sentence import Sentence, say

__all__ = ["CASE_DIGEST", "case_digest", "other_case", "with_case_digest"]

CASE_DIGEST = "case_digest"
"""The digest's key in summary.json."""

_TABLES = ("items", "sites", "needs", "stock", "in_transit", "lanes", "depots", "substitutes")
_LATER_COLUMNS = {"needs.days_short"}
_LATER_RULES = {"confirm_days": 1, "memory_days": 0, "stale_stock": "keep", "shelf_days": {}, "uncertified": "usable"}
_ABSENT = np.iinfo(np.int64).min
_BLOCK_ROWS = 1_000_000


def case_digest(case: Case) -> str:
    """Return the SHA-256 of a case, in hexadecimal; row order does not matter, every fact does."""
    digest = hashlib.sha256(b"allocator-case-1\n")
    for name in _TABLES:
        table = getattr(case, name)
        for field in dataclasses.fields(table):
            column = getattr(table, field.name)
            if f"{name}.{field.name}" in _LATER_COLUMNS and (column == -1).all():
                continue
            digest.update(f"{name}.{field.name} {len(column)}\n".encode())
            for start in range(0, len(column), _BLOCK_ROWS):
                digest.update(_column_bytes(column[start : start + _BLOCK_ROWS]))
    digest.update(b"policy\n")
    policy = _plain(case.policy)
    rules = {name: rule for name, rule in policy.items() if _LATER_RULES.get(name, ...) != rule}
    digest.update(json.dumps(rules, sort_keys=True, ensure_ascii=False).encode())
    return digest.hexdigest()


def with_case_digest(plan: Plan, case: Case) -> Plan:
    """Return the plan with its case's digest in the summary, computed where it is not there yet."""
    if CASE_DIGEST in plan.summary:
        return plan
    return dataclasses.replace(plan, summary={**plan.summary, CASE_DIGEST: case_digest(case)})


def other_case(summary: Mapping[str, Any], case: Case) -> Sentence | None:
    """Return what is wrong if a plan's summary names no case, or another one than this; else None."""
    said, found = summary.get(CASE_DIGEST), case_digest(case)
    if said == found:
        return None
    if not said:
        return say("summary.json does not name the case by its {key}. Plan the case again.", key=CASE_DIGEST)
    return say(
        "summary.json names a case with the digest {said}, and this case has {found}: the tables were changed "
        "after the plan was made. Name the case it was made from, or plan this one.",
        said=str(said),
        found=found,
    )


def _column_bytes(column: NDArray[Any]) -> bytes:
    sort = column.dtype.kind
    if sort == "O":
        return "\0".join([*column.tolist(), ""]).encode()
    if sort == "b":
        return column.astype(np.uint8).tobytes()
    if sort == "f":
        said = ~np.isnan(column)
        numbers = np.full(len(column), _ABSENT)
        numbers[said] = np.rint(column[said] * MICRO).astype(np.int64)
        return numbers.astype("<i8").tobytes()
    if sort == "M":
        column = column.astype("datetime64[D]").view(np.int64)
    return column.astype("<i8").tobytes()


def _plain(value: Any) -> Any:
    if isinstance(value, (Policy, Rung)):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, dt.date):
        return value.isoformat()
    return value
