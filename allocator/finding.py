"""A finding: something that does not add up, with its evidence; and a rule, with its limits and its innocent causes."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from allocator.finding_columns import NONE, Books
from allocator.sentence import Named, Sentence

__all__ = ["STRENGTH_MOST", "Evidence", "Finding", "Limit", "Limits", "Rule", "finding_id", "finding_of", "seen_in"]

STRENGTH_MOST = 99.0
"""Beyond so many powers of ten nobody cares."""

Limits = Mapping[str, float]
"""Values of limits by name, as `allocator/finding_limits.py` lists them."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One thing that was seen. Codes and ids, "" where none; `document`: its number."""

    day: dt.date
    said: Sentence
    document: int | None = None
    site: str = ""
    item: str = ""
    person: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a rule found about one subject. `strength`: powers of ten by which chance is unlikely to have done it.

    `sites`, `items`, `persons`, `documents`: of all its evidence, by code, id or number.
    """

    id: str
    rule: str
    subject: str
    sites: tuple[str, ...]
    items: tuple[str, ...]
    persons: tuple[str, ...]
    documents: tuple[int, ...]
    first_day: dt.date
    last_day: dt.date
    strength: float
    sentence: Sentence
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A limit of a rule: what it is when nobody says otherwise, in which unit, and why so."""

    value: float
    unit: Sentence
    why: Sentence


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule: what it is called, what it compares, which honest causes it knows; `limits`: their names."""

    name: str
    says: Sentence
    compares: Sentence
    innocent: tuple[Sentence, ...]
    limits: tuple[str, ...]
    find: Callable[[Books, Limits], list[Finding]]


def finding_id(rule: str, subject: str, first_day: dt.date) -> str:
    """Return what a finding is called: the same tomorrow, with more evidence.

    >>> finding_id("shrinkage", "P3", dt.date(2020, 2, 10))
    'F-75F1835'
    """
    said = f"{rule}\n{subject}\n{first_day.isoformat()}"
    return f"F-{hashlib.sha256(said.encode()).hexdigest()[:7].upper()}"


def finding_of(
    rule: str, subject: str, evidence: Iterable[Evidence], *, strength: float, sentence: Sentence
) -> Finding:
    """Return a finding about a subject with all its evidence, in the order of days."""
    rows = tuple(sorted(evidence, key=lambda each: (each.day, each.document or 0, each.site, each.item)))
    first, last = rows[0].day, rows[-1].day
    return Finding(
        id=finding_id(rule, subject, first),
        rule=rule,
        subject=subject,
        sites=_named(each.site for each in rows),
        items=_named(each.item for each in rows),
        persons=_named(each.person for each in rows),
        documents=tuple(sorted({each.document for each in rows if each.document is not None})),
        first_day=first,
        last_day=last,
        strength=round(min(strength, STRENGTH_MOST), 1),
        sentence=sentence,
        evidence=rows,
    )


def _named(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({word for word in words if word}))


def seen_in(
    books: Books,
    said: Sentence,
    *,
    row: int = NONE,
    day: int | None = None,
    site: int = NONE,
    item: int = NONE,
    person: int = NONE,
) -> Evidence:
    """Return evidence by positions in the columns. `row`: the document, whose day and site hold if none is said."""
    documents = books.documents
    if row != NONE:
        day = int(documents.day[row]) if day is None else day
        site = int(documents.site[row]) if site == NONE else site
    return Evidence(
        day=dt.date.fromordinal(int(books.first_day if day is None else day)),
        said=said,
        document=None if row == NONE else int(documents.number[row]),
        site=_code(books.sites, site),
        item=_code(books.items, item),
        person="" if person == NONE else books.people[person],
    )


def _code(named: Sequence[Named], at: int) -> str:
    return "" if at == NONE else named[at].code
