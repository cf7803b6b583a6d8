"""A policy going out: the text of policy.toml, or the rows of a workbook's sheets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from allocator.policy import Policy
from data.columns import LADDER

__all__ = ["decimal_text", "ladder_rows", "policy_rows", "policy_toml"]

_PLACES_MAX = 18
_SCALARS = (
    "date",
    "reserve_share",
    "max_hours",
    "stale_days",
    "uncounted",
    "min_drop_kg",
    "stop_tolerance_packs",
    "transfer_above_days",
    "shelf_days_min",
    "confirm_days",
    "memory_days",
    "stale_stock",
    "uncertified",
)


def policy_toml(policy: Policy) -> str:
    """Return a policy as the text of policy.toml; numbers keep their exact decimals.

    Raises ValueError where a number has no finite decimal form, such as one third.
    """
    return "\n".join(_policy_lines(policy)) + "\n"


def _policy_lines(policy: Policy) -> Iterator[str]:
    for key in _SCALARS:
        value = getattr(policy, key)
        text = json.dumps(value) if isinstance(value, str) else decimal_text(value)
        yield f"{key} = {text}"
    if policy.reserve:
        yield "\n[reserve]"
        yield from (f"{_toml_text(item)} = {decimal_text(share)}" for item, share in sorted(policy.reserve.items()))
    if policy.shelf_days:
        yield "\n[shelf_days]"
        yield from (f"{_toml_text(kind)} = {days}" for kind, days in sorted(policy.shelf_days.items()))
    yield "\n[tiers]"
    yield from (f"{_toml_text(tier)} = {_toml_list(kinds)}" for tier, kinds in policy.tiers.items())
    for rung in policy.ladder:
        yield "\n[[ladder]]"
        yield f"tiers = {_toml_list(rung.tiers)}"
        yield f"cover_days = {decimal_text(rung.cover_days)}"
        yield f"holding_share = {decimal_text(rung.holding_share)}"


def _toml_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml_list(texts: tuple[str, ...]) -> str:
    return "[" + ", ".join(_toml_text(text) for text in texts) + "]"


def decimal_text(value: Any) -> str:
    """Return a number or a date as it is written in a policy.

    >>> decimal_text(Fraction(1, 8)), decimal_text(3)
    ('0.125', '3')
    """
    if not isinstance(value, Fraction):
        return str(value)
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
        if places > _PLACES_MAX:
            raise ValueError(f"{value} has no finite decimal form; write it as a decimal")
    return f"{Decimal(int(value * 10**places)).scaleb(-places):f}"


def policy_rows(policy: Policy) -> Iterator[tuple[str, str]]:
    """Return the key and value rows of a workbook's sheet `policy`."""
    yield from ((key, decimal_text(getattr(policy, key))) for key in _SCALARS)
    yield from ((f"reserve.{item}", decimal_text(share)) for item, share in sorted(policy.reserve.items()))
    yield from ((f"shelf_days.{kind}", str(days)) for kind, days in sorted(policy.shelf_days.items()))
    yield from ((f"tiers.{tier}", ", ".join(kinds)) for tier, kinds in policy.tiers.items())


def ladder_rows(policy: Policy) -> Iterator[tuple[str, ...]]:
    """Return the rows of a workbook's sheet `ladder`, in the order of its columns."""
    for rung in policy.ladder:
        values = {
            "tiers": ", ".join(rung.tiers),
            "cover_days": decimal_text(rung.cover_days),
            "holding_share": decimal_text(rung.holding_share),
        }
        yield tuple(values[column.name] for column in LADDER.columns)
