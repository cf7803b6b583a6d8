"""Sentences as JSON, to be worded later in the language of whoever reads them then."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from allocator.sentence import Named, Sentence

__all__ = ["sentences_json", "sentences_of"]


def sentences_json(sentences: Iterable[Sentence]) -> str:
    """Return sentences with everything they speak of, as JSON."""
    return json.dumps([_plain(each) for each in sentences], ensure_ascii=False)


def sentences_of(text: str) -> list[Sentence]:
    """Return the sentences that were kept.

    >>> from allocator.sentence import say
    >>> kept = sentences_json([say("{site} holds {units:,} units.", site=Named("D1", "Store"), units=1200)])
    >>> [str(each) for each in sentences_of(kept)]
    ['Store holds 1,200 units.']
    """
    return [_again(each) for each in json.loads(text)]


def _plain(value: Any) -> Any:
    if isinstance(value, Sentence):
        return {"message": value.message, "values": {name: _plain(each) for name, each in value.values.items()}}
    if isinstance(value, Named):
        return {"named": [value.code, value.name, value.name_zh, value.with_code]}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    # numpy's numbers know their plain value; days and the like are shown as they print.
    return value.item() if hasattr(value, "item") else str(value)


def _again(value: Any) -> Any:
    if isinstance(value, list):
        return [_again(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "named" in value:
        return Named(*value["named"])
    return Sentence(value["message"], {name: _again(each) for name, each in value["values"].items()})
