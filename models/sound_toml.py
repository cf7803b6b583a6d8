"""TOML that others wrote: what would take its reader minutes is refused first."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from typing import Any

__all__ = ["loads"]

_PARTS_MAX = 16
_CHAIN = re.compile(r"""[\w"'-]+(?:[ \t]*\.[ \t]*[\w"'-]+)*""")


def loads(text: str) -> dict[str, Any]:
    """Return what a TOML text says, decimals exact.

    Raises:
        TOMLDecodeError: it is no TOML, or a key has more parts than any of ours: each takes as long as all before it.
        ValueError, InvalidOperation, RecursionError: as tomllib, of numbers and brackets without end.

    >>> loads("tiers.frontline = 0.1")
    {'tiers': {'frontline': Decimal('0.1')}}
    """
    for chain in _CHAIN.finditer(text):
        if chain[0].count(".") >= _PARTS_MAX:
            line = text.count("\n", 0, chain.start()) + 1
            raise tomllib.TOMLDecodeError(f"Invalid statement (at line {line}, column 1)")
    return tomllib.loads(text, parse_float=Decimal)
