"""GB and YY standards: read from any text, written one way, and which kind of item each of them is for."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from allocator.sentence import Sentence, say
from data.statement_tokens import normalised

__all__ = ["KNOWN_STANDARDS", "Standard", "is_for", "remark_on", "standards_in"]

_FILE = Path(__file__).with_name("standards.csv")
_WRITTEN = re.compile(
    r"(?<![a-z])(?P<body>gb|yy|ws)\s*(?P<t>/\s*t)?\s*(?P<number>\d{2,5}(?:\.\d{1,2})?)(?!\d)"
    r"(?:\s*[-—－–]\s*(?P<year>(?:19|20)\d\d)|\s+(?P<spaced>(?:19|20)\d\d)(?!\d))?"
)


@dataclass(frozen=True)
class Standard:
    """A standard as it is named: `number` without its year, such as GB 19083; `year` "" where none was written."""

    number: str
    year: str

    def __str__(self) -> str:
        return f"{self.number}-{self.year}" if self.year else self.number


@dataclass(frozen=True)
class KnownStandard:
    """What is known of a standard: the kinds of item of the shipped lexicon it is for, and what replaced it."""

    kinds: frozenset[str]
    replaced_by: str
    title: str


def standards_in(text: str) -> list[Standard]:
    """Return the standards that a text names, in its order, each once.

    >>> [str(each) for each in standards_in("N95：GB19083—2010，外科 YY 0469 2011、yy/t0969-2013")]
    ['GB 19083-2010', 'YY 0469-2011', 'YY/T 0969-2013']
    """
    found = (
        Standard(
            f"{match['body'].upper()}{'/T' if match['t'] else ''} {match['number']}",
            match["year"] or match["spaced"] or "",
        )
        for match in _WRITTEN.finditer(normalised(text))
    )
    return list(dict.fromkeys(found))


@cache
def _known() -> dict[str, KnownStandard]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["standard"]: KnownStandard(frozenset(row["kinds"].split()), row["replaced_by"], row["title"])
            for row in csv.DictReader(file)
        }


KNOWN_STANDARDS = _known()
"""Every standard of data/standards.csv, by its name with its year."""


def _of_number(standard: Standard) -> Iterator[tuple[str, KnownStandard]]:
    """Give what is known of a standard, of any year, and whether or not its /T was written."""
    bare = standard.number.replace("/T", "")
    for name, known in KNOWN_STANDARDS.items():
        if name.rpartition("-")[0].replace("/T", "") == bare:
            yield name, known


def is_for(standard: Standard, kinds: Collection[str]) -> bool | None:
    """Say whether a standard is for an item of these kinds; None where nobody knows the standard or the kind.

    >>> suits = Standard("GB 19082", "2009")
    >>> is_for(suits, {"SUIT"}), is_for(suits, {"SURGICAL_MASK"}), is_for(suits, set())
    (True, False, None)
    """
    due = {kind for _, known in _of_number(standard) for kind in known.kinds}
    if not due or not kinds:
        return None
    return bool(due & set(kinds)) or (
        "MASK_ANY" in kinds and any("MASK" in kind or kind == "RESPIRATOR" for kind in due)
    )


def remark_on(standard: Standard) -> Sentence | None:
    """Return what a reader should know of a standard: replaced, of a year nobody knows, or not known at all.

    >>> str(remark_on(Standard("GB 2626", "2006")))
    'GB 2626-2006 was replaced by GB 2626-2019.'
    >>> remark_on(Standard("GB 19083", "2010")) is None
    True
    """
    known = dict(_of_number(standard))
    if not known:
        return say("{standard} is not among the standards that are known here.", standard=str(standard))
    if not standard.year:
        return None
    own = next((each for name, each in known.items() if name.endswith(f"-{standard.year}")), None)
    if own is None:
        return say("{standard} is known of other years only: {names}.", standard=str(standard), names=list(known))
    if own.replaced_by:
        return say("{standard} was replaced by {new}.", standard=str(standard), new=own.replaced_by)
    return None
