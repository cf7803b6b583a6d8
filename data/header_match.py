"""Which column each header of a table means: by its name, by what was said or remembered of it, or by a known word."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from data import import_kinds as more_kinds
from data import problem_kinds as kinds
from data.aside_columns import asides_of
from data.columns import Column, TableSpec
from data.header_words import HeaderWords, bare, folded
from data.nearest import nearest
from data.problems import Place, ProblemList
from data.raw_table import COLUMNS_MAX, trimmed

__all__ = ["NOT_READ", "Match", "ToldHeaders", "fingerprint_of", "match_all", "matches"]

NOT_READ = "-"
"""What is said of a header that means none of our columns."""

HOWS = ("name", "told", "remembered", "word")
"""How a header was understood: it is the column's own name; it was said; it was said before; it is a known word."""


@dataclass(frozen=True)
class Match:
    """A header at a position, the column it means, and how that is known."""

    position: int
    header: str
    column: Column
    how: str


@dataclass(frozen=True)
class ToldHeaders:
    """What was said of headers: now (`told`) or before, by fingerprint (`remembered`); by folded header, our column."""

    told: Mapping[str, str] = field(default_factory=dict)
    remembered: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def kind(self, headers: Sequence[str]) -> str:
        """Return the kind that a table with these headers was, "" where none is remembered."""
        return self.remembered.get(fingerprint_of(headers), {}).get("", "")

    def of(self, headers: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return for folded headers of one table which column was said, and how that is known."""
        before = self.remembered.get(fingerprint_of(headers), {})
        found = {header: (column, "remembered") for header, column in before.items() if header}
        return found | {header: (column, "told") for header, column in self.told.items()}


def fingerprint_of(headers: Sequence[str]) -> str:
    """Return what headers are known by, whatever their order: the SHA-256 of them, shortened.

    >>> fingerprint_of(["数量", "物资 "]) == fingerprint_of(["物资", "数量", ""])
    True
    """
    named = sorted({folded(header) for header in headers} - {""})
    return hashlib.sha256("\n".join(named).encode()).hexdigest()[:16]


def matches(spec: TableSpec, headers: Sequence[str], words: HeaderWords, told: ToldHeaders) -> list[Match]:
    """Return what is understood of some headers: for each column of the table the surest header it has.

    What was said wins over names, names win over words. Where two headers are as sure, both are given.
    """
    known = {column.name: column for column in (*spec.columns, *asides_of(spec))}
    said = told.of(headers)
    found: dict[str, list[Match]] = {}
    for position, header in enumerate(headers):
        match = _match(spec, position, trimmed(header), known, said, words)
        if match is not None:
            found.setdefault(match.column.name, []).append(match)
    best: list[Match] = []
    for rivals in found.values():
        surest = min(_rank(each) for each in rivals)
        best += [each for each in rivals if _rank(each) == surest]
    return sorted(_names_for_codes(spec, best), key=lambda match: match.position)


def _match(
    spec: TableSpec,
    position: int,
    header: str,
    known: Mapping[str, Column],
    said: Mapping[str, tuple[str, str]],
    words: HeaderWords,
) -> Match | None:
    if not header:
        return None
    if folded(header) in said:
        name, how = said[folded(header)]
        return Match(position, header, known[name], how) if name in known else None
    named = spec.by_header.get(header) or spec.by_header.get(header.casefold())
    if named is not None:
        return Match(position, header, named, "name")
    aside = next((each for each in asides_of(spec) if header in (each.name, each.zh)), None)
    column = aside or _bare_name(spec, header) or words.column(spec, header)
    return None if column is None else Match(position, header, column, "name" if aside else "word")


def _bare_name(spec: TableSpec, header: str) -> Column | None:
    """Return the column whose own name a header is, but for what stands in brackets: 数量（只）."""
    named = bare(header)
    return spec.by_header.get(named) or spec.by_header.get(named.replace(" ", "_"))


def _rank(match: Match) -> int:
    return 0 if match.how in ("told", "remembered") else 1 if match.how == "name" else 2


def _names_for_codes(spec: TableSpec, found: list[Match]) -> list[Match]:
    """Let a column of names stand for the codes of sites and items where there is no column of codes."""
    there = {match.column.name for match in found}
    stand_for = {
        f"{name}_name": spec.by_name[name]
        for name in ("site", "item")
        if name in spec.by_name and name not in there and spec.by_name[name].holds == name
    }
    return [Match(each.position, each.header, stand_for.get(each.column.name, each.column), each.how) for each in found]


def match_all(
    spec: TableSpec, headers: Sequence[str], words: HeaderWords, told: ToldHeaders, place: Place, problems: ProblemList
) -> list[Match] | None:
    """Return what each header means; None where rows cannot be read.

    Headers that mean nothing are a notice; missing required columns, two headers for one column and far
    too many columns are problems.
    """
    if len(headers) > COLUMNS_MAX:
        problems.add(kinds.TOO_MANY_COLUMNS, place, found=len(headers), limit=COLUMNS_MAX)
        return None
    found = matches(spec, headers, words, told)
    seen: dict[str, Match] = {}
    for match in found:
        first = seen.setdefault(match.column.name, match)
        if first is not match:
            kind = kinds.COLUMN_TWICE if match.how == "name" else more_kinds.HEADERS_ALIKE
            problems.add(kind, place, column=match.column.name, first=first.header, second=match.header)
            return None
    unread = _unread(headers, found, words, told)
    _notice_unread(spec, unread, place, problems)
    _report_missing(spec, seen, unread, place, problems)
    return found


def _unread(headers: Sequence[str], found: Sequence[Match], words: HeaderWords, told: ToldHeaders) -> list[str]:
    read = {match.position for match in found}
    passed = {header for header, (column, _) in told.of(headers).items() if column == NOT_READ}
    left = [trimmed(header) for position, header in enumerate(headers) if position not in read]
    return [header for header in left if header and not words.is_passed_over(header) and folded(header) not in passed]


def _notice_unread(spec: TableSpec, unread: Sequence[str], place: Place, problems: ProblemList) -> None:
    for header in unread:
        near = nearest(header, list(spec.by_header))
        if near:
            problems.notice(kinds.COLUMN_UNKNOWN_NEAR, place, found=header, near=near)
        else:
            problems.notice(kinds.COLUMN_UNKNOWN, place, found=header)


def _report_missing(
    spec: TableSpec, seen: Mapping[str, Match], unread: Sequence[str], place: Place, problems: ProblemList
) -> None:
    for column in spec.columns:
        if not column.required or column.name in seen:
            continue
        near = nearest(column.name, unread) or nearest(column.zh, unread)
        values: dict[str, Any] = {"column": column.name, "column_zh": column.zh}
        if near:
            problems.add(kinds.COLUMN_MISSING_NEAR, place, near=near, **values)
        else:
            problems.add(kinds.COLUMN_MISSING, place, **values)
