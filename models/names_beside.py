"""Sentences of the ledger speak in codes; a reader sees the names beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from allocator.sentence import Named, Sentence
from models.tables import item, location

__all__ = ["with_names"]

_SPOKEN = ("item", "site", "owner")
"""The values of sentences that are codes of items and sites. What is to be typed stands under other names."""


def with_names(connection: sa.Connection, sentences: Iterable[Sentence]) -> list[Sentence]:
    """Return sentences in which codes of items and sites are followed by their names, where they have any."""
    sentences = list(sentences)
    codes = {code for sentence in sentences for code in _codes_in(sentence)}
    names = _names_of(connection, codes)
    return [_named(sentence, names) for sentence in sentences]


def _codes_in(value: Any, key: str = "") -> Iterable[str]:
    if isinstance(value, Sentence):
        for name, inner in value.values.items():
            yield from _codes_in(inner, name)
    elif key in _SPOKEN and isinstance(value, str):
        yield value


def _names_of(connection: sa.Connection, codes: Iterable[str]) -> dict[str, Named]:
    codes = set(codes)
    if not codes:
        return {}
    items, sites = (
        connection.execute(sa.select(table.c.code, table.c.name, table.c.name_zh).where(table.c.code.in_(codes)))
        for table in (item, location)
    )
    names = {row.code: Named(*row, with_code=True) for row in sites}
    # An item's code comes first, as in tables: its lot often follows in brackets.
    for code, name, name_zh in items:
        names[code] = Named(code, f"{code} {name}" if name else "", f"{code} {name_zh}" if name_zh else "")
    return names


def _named(sentence: Sentence, names: Mapping[str, Named]) -> Sentence:
    values = {
        key: _named(value, names)
        if isinstance(value, Sentence)
        else names.get(value, value)
        if key in _SPOKEN and isinstance(value, str)
        else value
        for key, value in sentence.values.items()
    }
    return Sentence(sentence.message, values)
