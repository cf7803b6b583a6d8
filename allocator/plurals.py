"""One of something is said as one: "1 week", not "1 weeks", in English sentences with a number in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from numbers import Integral
from typing import Any

__all__ = ["formatted"]

_MARK = "\x00"
_NOUNS = (
    *("box", "budget", "day", "depot", "document", "file", "fraction", "item", "line", "lot", "month", "note", "offer"),
    *("order", "pack", "path", "piece", "row", "scenario", "sheet", "site", "stop", "supplier", "unit", "vehicle"),
    *("week", "year"),
)
_VERBS = {"are": "is", "were": "was", "have": "has", "lack": "lacks", "need": "needs", "stay": "stays", "go": "goes"}
_PLURAL = "|".join(f"{noun}e?s" for noun in _NOUNS)
_OF_WHAT = r" of (?:(?!\b(?:that|which|and|where|but)\b)[^.;:,])*?"
_PHRASE = re.compile(
    rf"{_MARK}(1 (?:more |other |demand |whole |new |open )*)({_PLURAL})\b(?:((?:{_OF_WHAT})? )({'|'.join(_VERBS)})\b)?"
)
"""One, the noun, and where it is what the sentence speaks of, the verb."""


class _One(int):
    """The number one, marked in the text that it is written into."""

    def __format__(self, spec: str) -> str:
        return _MARK + format(1, spec)


def formatted(message: str, values: Mapping[str, Any]) -> str:
    """Return an English message with its values, in which one of something is said as one.

    Only a value that is a whole number makes one of what follows it; names and texts stay as they are.

    >>> formatted("{weeks} weeks; {units:,} units of {item} are late.", {"weeks": 1, "units": 1, "item": "GEL"})
    '1 week; 1 unit of GEL is late.'
    >>> formatted("{units} units of {item} of {note} are lost.", {"units": 1, "item": "GEL (lot 1)", "note": "N-1"})
    '1 unit of GEL (lot 1) of N-1 is lost.'
    >>> formatted("{site} orders {packs} packs.", {"site": "Clinic 1", "packs": 2})
    'Clinic 1 orders 2 packs.'
    """
    marked = {name: _One(1) if _is_one(value) else value for name, value in values.items()}
    text = message.format(**marked)
    return _PHRASE.sub(_as_one, text).replace(_MARK, "") if _MARK in text else text


def _is_one(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and value == 1


def _as_one(found: re.Match[str]) -> str:
    noun = found[2].removesuffix("es") if found[2] == "boxes" else found[2].removesuffix("s")
    return found[1] + noun + (found[3] or "") + _VERBS.get(found[4] or "", "")
