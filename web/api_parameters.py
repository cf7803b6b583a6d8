"""Parameters that many calls of the API take, each with its bound: nothing of any length comes in."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Path, Query
from pydantic import ConfigDict, JsonValue

__all__ = ["Code", "CodeInPath", "Cursor", "Key", "Limit", "NumberInPath", "example"]

Code = Annotated[str, Query(max_length=200)]
"""A code to filter by; "" filters nothing."""

CodeInPath = Annotated[str, Path(min_length=1, max_length=200)]
"""The code of what is asked for."""

NumberInPath = Annotated[int, Path(ge=1, le=2**63 - 1)]
"""The number of what is asked for, as large as both databases count."""

Cursor = Annotated[
    str, Query(max_length=18, pattern="^[0-9]*$", description="`next` of the page before; empty: the first page")
]

Limit = Annotated[int, Query(ge=1, le=1000, description="How many at the most")]

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="A new one for each change; asked again under it, the answer is the same and nothing is done again",
    ),
]


def example(**values: JsonValue) -> ConfigDict:
    """Let a model be shown by an example of its values, as its `model_config`."""
    return ConfigDict(json_schema_extra={"examples": [values]})
