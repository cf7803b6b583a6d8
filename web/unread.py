"""What of a program's request cannot be read: which value, what is wrong with it, and what may stand there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from allocator.sentence import Sentence, say

__all__ = ["unread"]

_FAULTS_TOLD = 20
_LETTERS_SHOWN = 40

_WHOLE = say("{place}: {found} is no whole number. Write digits only.")
_DAY = say("{place}: {found} is no day. Write it as 2020-02-10.")
_TEXT = say("{place}: {found} is no text.")
_YES_NO = say("{place}: {found} is neither true nor false.")
_LIST = say("{place}: {found} is no list.")
_FIELDS = say("{place}: {found} has no named fields. Send a JSON object, with Content-Type: application/json.")
_SAYS: Mapping[str, Sentence] = {
    "missing": say("{place} is missing. Send it."),
    "json_invalid": say("What was sent is no JSON."),
    "extra_forbidden": say("{place} is not asked for. Leave it out."),
    "string_too_long": say("{place} is too long: {max_length} letters at the most."),
    "string_too_short": say("{place} is too short: {min_length} letters at least."),
    "too_long": say("{place} is too long: {max_length} entries at the most."),
    "too_short": say("{place} is too short: {min_length} entries at least."),
    "greater_than_equal": say("{place}: {found} is too little: {ge} at least."),
    "greater_than": say("{place}: {found} is too little: more than {gt}."),
    "less_than_equal": say("{place}: {found} is too much: {le} at the most."),
    "less_than": say("{place}: {found} is too much: less than {lt}."),
    "literal_error": say("{place}: {found} is none of {expected}."),
    "enum": say("{place}: {found} is none of {expected}."),
    "string_pattern_mismatch": say("{place}: {found} is not written like {pattern}."),
    "date_from_datetime_inexact": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_parsing": _DAY,
    "date_type": _DAY,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "int_type": _WHOLE,
    "string_type": _TEXT,
    "bool_parsing": _YES_NO,
    "bool_type": _YES_NO,
    "list_type": _LIST,
    "dict_type": _FIELDS,
    "model_type": _FIELDS,
    "model_attributes_type": _FIELDS,
}
_ELSE = say("{place}: {found} cannot be read.")


def unread(errors: Sequence[Mapping[str, Any]]) -> list[Sentence]:
    """Return a sentence for each fault that FastAPI found in a request, the first twenty.

    >>> wrong = {"loc": ("query", "limit"), "type": "greater_than_equal", "input": "0", "ctx": {"ge": 1}}
    >>> str(unread([wrong])[0])
    'limit: "0" is too little: 1 at least.'
    """
    return [_sentence(each) for each in errors[:_FAULTS_TOLD]]


def _sentence(error: Mapping[str, Any]) -> Sentence:
    _, *inner = error["loc"] if len(error["loc"]) > 1 else ("", *error["loc"])
    values = {"place": ".".join(str(each) for each in inner), "found": _shown(error.get("input"))}
    told = _SAYS.get(str(error["type"]), _ELSE)
    bounds = {name: each for name, each in error.get("ctx", {}).items() if isinstance(each, int | float | str)}
    return Sentence(told.message, values | bounds)


def _shown(value: Any) -> str:
    """Return what was sent, shortened."""
    text = value if isinstance(value, str) else str(value)
    return f'"{text[:_LETTERS_SHOWN]}{"…" if len(text) > _LETTERS_SHOWN else ""}"'
