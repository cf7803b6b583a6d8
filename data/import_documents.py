"""From lines to documents: one for each site and number, or, without a number, for each site, day and source.

A document's key is what makes it this document (its number, or its place, day and source), so the
same file again, or a longer copy of it, posts nothing twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data import import_kinds as more_kinds
from data.cell_values import report_rows
from data.import_lines import Lines, group_rows
from data.import_lots import Expiries, lots_of
from data.import_makers import INCOMING, MAKERS, Sheet
from data.problems import ProblemList
from models.days import day_of, noon_of, start_of_day
from models.imports import Paper

__all__ = ["LINES_MAX", "Origin", "papers_of"]

LINES_MAX = 2_000
"""Lines of one document; a longer one becomes several."""

_PLAIN = str.maketrans({"%": "%25", "/": "%2F", "#": "%23"})


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where lines come from, who takes them in, and when: `now` in UTC microseconds."""

    file: str
    digest: str
    actor: str
    now: int
    zone: ZoneInfo
    expiries: Expiries


def papers_of(lines: Lines, origin: Origin, problems: ProblemList) -> list[Paper]:
    """Return the documents of one table, in the order of their first rows."""
    kind = lines.kind
    source = lines.more["arrives"] if kind == "in_transit" else lines.more["partner"]
    day, source = (np.where(lines.number == "", column, "") for column in (lines.day, source))
    groups = group_rows(lines.number, lines.site, day, source)
    _check_numbers(lines, groups, problems)
    lots = lots_of(lines, origin.expiries, problems) if kind in INCOMING else []
    blank_rows = int(np.count_nonzero(lines.units < 0))
    if kind == "counts" and blank_rows:
        problems.notice(more_kinds.NOT_COUNTED, lines.table.place(), rows=blank_rows)
    if problems:
        return []
    make = MAKERS[kind](lines, lots)
    file = {"file": {"name": origin.file, "sha256": origin.digest}}
    papers: list[Paper] = []
    for sheet in _sheets(lines, origin, groups):
        draft = make(sheet)
        if draft is not None:
            entry = draft.entry
            asked = {"import": kind, "rows": sheet.digest}
            entry = replace(entry, asked=asked, details={**entry.details, **file})
            papers.append(Paper(replace(draft, entry=entry), sheet.place, kind, len(sheet.rows), kind in INCOMING))
    return papers


def _check_numbers(lines: Lines, groups: Sequence[Any], problems: ProblemList) -> None:
    """Report rows whose number stands with another day or source at the same site."""
    for column in (lines.day, lines.more["partner"]):
        other: dict[int, int] = {}
        for rows in groups:
            first = int(rows[0])
            if len(rows) > 1 and lines.number[first]:
                other |= dict.fromkeys(rows[column[rows] != column[first]].tolist(), first)
        report_rows(
            lines.table,
            "number",
            problems,
            more_kinds.NUMBER_TWICE,
            np.asarray(sorted(other), dtype=np.int64),
            lambda row, column=column, other=other: {  # type: ignore[misc]
                "number": lines.number[row],
                "found": column[row] or "-",
                "other": column[other[row]] or "-",
                "first": lines.table.row_number(other[row]),
            },
        )


def _sheets(lines: Lines, origin: Origin, groups: Sequence[Any]) -> Iterator[Sheet]:
    """Give the rows of one document at a time, with its key, its time and its place in the file."""
    today = day_of(origin.now, origin.zone)
    said = _said(lines)
    moments: dict[str, int] = {}
    for rows in groups:
        for part, start in enumerate(range(0, len(rows), LINES_MAX), start=1):
            own = rows[start : start + LINES_MAX].tolist()
            first = own[0]
            day = lines.day[first]
            if day not in moments:
                moments[day] = _moment(lines.kind, day, today, origin)
            digest = hashlib.sha256("\n".join(sorted(said[row] for row in own)).encode()).hexdigest()
            yield Sheet(
                key=_key(lines, first, digest) + (f"~{part}" if part > 1 else ""),
                actor=origin.actor,
                site=lines.site[first],
                day=day,
                at=moments[day],
                rows=own,
                digest=digest,
                place=lines.table.place(first).sentence,
            )


def _said(lines: Lines) -> list[str]:
    """Return what each row says, as one text."""
    texts = (lines.number, lines.day, lines.site, lines.item, lines.lot, lines.expires)
    more = (lines.more[name] for name in sorted(lines.more))
    columns = [pa.array(column, pa.string()) for column in (*texts, *more)]
    columns += [pa.array(column).cast(pa.string()) for column in (lines.units, lines.aside)]
    joined: list[str] = pc.binary_join_element_wise(*columns, "\x1f").to_pylist()
    return joined


def _moment(kind: str, day: str, today: dt.date, origin: Origin) -> int:
    """Return when a document happened that says its day alone: at noon, opening stock at the day's beginning."""
    said = dt.date.fromisoformat(day) if day else today
    if kind in ("opening", "stock", "in_transit"):
        return start_of_day(said, origin.zone)
    return origin.now if said == today else noon_of(said, origin.zone)


def _key(lines: Lines, row: int, digest: str) -> str:
    """Return what a document is known by. A count without a number is known by all it says: it is absolute."""
    number, site = lines.number[row], lines.site[row]
    if number:
        parts = [number, site]
    elif lines.kind == "counts":
        parts = ["", site, lines.day[row], digest[:16]]
    else:
        source = lines.more["arrives"] if lines.kind == "in_transit" else lines.more["partner"]
        parts = ["", site, lines.day[row], source[row]]
    return "/".join(["import", lines.kind, *(part.translate(_PLAIN) for part in parts)])
