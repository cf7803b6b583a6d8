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

from allocator.case import Texts
from data import import_kinds as more_kinds
from data.cell_values import report_rows
from data.import_lines import Lines, group_rows
from data.import_lots import Expiries, lots_of
from data.import_makers import INCOMING, MAKERS, Sheet
from data.problems import ProblemList
from models.days import day_of, noon_of, start_of_day
from models.papers import Paper
from models.reporting import reported_of

__all__ = ["LINES_MAX", "Origin", "papers_of", "source_of"]

LINES_MAX = 2_000
"""Lines of one document; a longer one becomes several."""

_LATER = ("standard",)
"""Columns that came later: a row without them says what it said before."""

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
    source = source_of(lines)
    day, source = (np.where(lines.number == "", column, "") for column in (lines.day, source))
    groups = group_rows(lines.number, lines.site, day, source)
    _check_numbers(lines, groups, problems)
    _check_reporters(lines, groups, problems)
    lots = lots_of(lines, origin.expiries, problems) if kind in INCOMING else []
    blank_rows = int(np.count_nonzero(lines.units < 0))
    if kind == "counts" and blank_rows:
        problems.notice(more_kinds.NOT_COUNTED, lines.table.place(), rows=blank_rows)
    if problems:
        return []
    make = MAKERS[kind](lines, lots)
    papers: list[Paper] = []
    for sheet in _sheets(lines, _said(lines), origin, groups):
        draft = make(sheet)
        if draft is None:
            continue
        own = tuple(sheet.rows)
        more = {"file": {"name": origin.file, "sha256": origin.digest}, **_reported(lines, own)}
        entry = draft.entry
        entry = replace(entry, asked={"import": kind, "rows": sheet.digest}, details={**entry.details, **more})
        papers.append(Paper(replace(draft, entry=entry), sheet.place, kind, len(own), kind in INCOMING, rows=own))
    return papers


def _digest(said: Sequence[str], rows: Sequence[int]) -> str:
    return hashlib.sha256("\n".join(sorted(said[row] for row in rows)).encode()).hexdigest()


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


def _check_reporters(lines: Lines, groups: Sequence[Any], problems: ProblemList) -> None:
    """Report rows of one document that somebody else reported; where nobody is named, it is whoever is."""
    other: dict[int, int] = {}
    for rows in groups if (lines.reported_by != "").any() else ():
        named = rows[lines.reported_by[rows] != ""]
        if len(named):
            first = int(named[0])
            other |= dict.fromkeys(named[lines.reported_by[named] != lines.reported_by[first]].tolist(), first)
    report_rows(
        lines.table,
        "reported_by",
        problems,
        more_kinds.REPORTER_TWICE,
        np.asarray(sorted(other), dtype=np.int64),
        lambda row: {"other": lines.reported_by[other[row]], "first": lines.table.row_number(other[row])},
    )


def _reported(lines: Lines, rows: Sequence[int]) -> dict[str, Any]:
    """Return who reported a document and how, as its details say it before the ledger knows what they are."""
    who, how = (next((column[row] for row in rows if column[row]), "") for column in (lines.reported_by, lines.by))
    reported = reported_of(who, how)
    return {"reported": reported} if reported else {}


def _sheets(lines: Lines, said: Sequence[str], origin: Origin, groups: Sequence[Any]) -> Iterator[Sheet]:
    """Give the rows of one document at a time, with its key, its time and its place in the file."""
    today = day_of(origin.now, origin.zone)
    moments: dict[str, int] = {}
    for rows in groups:
        for part, start in enumerate(range(0, len(rows), LINES_MAX), start=1):
            own = rows[start : start + LINES_MAX].tolist()
            first = own[0]
            day = lines.day[first]
            if day not in moments:
                moments[day] = _moment(lines.kind, day, today, origin)
            digest = _digest(said, own)
            yield Sheet(
                key=_key(lines, first, digest) + _part(part),
                actor=origin.actor,
                site=lines.site[first],
                day=day,
                at=moments[day],
                rows=own,
                digest=digest,
                place=lines.table.place(first).sentence,
                part=part,
            )


def _said(lines: Lines) -> list[str]:
    """Return what each row says, as one text."""
    texts = (lines.number, lines.day, lines.site, lines.item, lines.lot, lines.expires)
    more = (lines.more[name] for name in sorted(lines.more) if name not in _LATER)
    columns = [pa.array(column, pa.string()) for column in (*texts, *more)]
    columns += [pa.array(column).cast(pa.string()) for column in (lines.units, lines.aside)]
    joined: list[str] = pc.binary_join_element_wise(*columns, "\x1f").to_pylist()
    for name in _LATER:
        joined = [
            f"{text}\x1f{name}={said}" if said else text for text, said in zip(joined, lines.more[name], strict=True)
        ]
    # Only where somebody is named, so that files from before these columns stay what they were.
    told = np.flatnonzero((lines.reported_by != "") | (lines.by != ""))
    for row in told.tolist():
        joined[row] += f"\x1f{lines.reported_by[row]}\x1f{lines.by[row]}"
    return joined


def _moment(kind: str, day: str, today: dt.date, origin: Origin) -> int:
    """Return when a document happened that says its day alone: at noon, opening stock at the day's beginning."""
    said = dt.date.fromisoformat(day) if day else today
    if kind in ("opening", "stock", "in_transit"):
        return start_of_day(said, origin.zone)
    return origin.now if said == today else noon_of(said, origin.zone)


def source_of(lines: Lines) -> Texts:
    """Return what parts documents without a number of one site and day: the partner, or the day of arrival."""
    return lines.more["arrives"] if lines.kind == "in_transit" else lines.more["partner"]


def _part(part: int) -> str:
    return f"~{part}" if part > 1 else ""


def _key(lines: Lines, row: int, digest: str) -> str:
    """Return what a document is known by. A count without a number is known by all it says: it is absolute."""
    number, site = lines.number[row], lines.site[row]
    if number:
        parts = [number, site]
    elif lines.kind == "counts":
        parts = ["", site, lines.day[row], digest[:16]]
    else:
        parts = ["", site, lines.day[row], source_of(lines)[row]]
    return "/".join(["import", lines.kind, *(part.translate(_PLAIN) for part in parts)])
