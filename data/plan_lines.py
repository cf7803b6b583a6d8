"""A kept plan line by line: what was proposed, what a person decided, and what stands, side by side."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from allocator.sentence import Named, Sentence, say
from data.csv_cells import named_rows
from data.stored_plan import CONFLICTS
from data.tables_out import TableOut, rows_out
from models.plan_overrides import standing
from models.plans import FINAL, plan_files
from models.reasons import reason_named

__all__ = ["SORTS", "LinesAsked", "PlanLine", "asked_lines", "lines_table", "plan_lines"]

_LINES, _PAIRS = "lines.csv", "pairs.csv"
_FILES = (_LINES, _PAIRS, FINAL + _LINES, FINAL + _PAIRS, FINAL + CONFLICTS)

_Key = tuple[str, str, str]
_Rows = list[dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class PlanLine:
    """What goes from a depot to a site of one item, as it is sent; `depot`: "" where nothing goes any more.

    `override_units`: what a person decided for the site and item, None where nobody did; over all its depots.
    `tier` and covers (days of use, of durables a share) are of the site's need; None where it is sent without one.
    `conflict`: why an override does not fit any more.
    """

    site: str
    item: str
    depot: str
    tier: str
    proposed_units: int
    override_units: int | None
    final_units: int
    cover_before: float | None
    cover_after: float | None
    reason: Sentence | None = None
    actor: str = ""
    note: str = ""
    conflict: str = ""


def plan_lines(connection: sa.Connection, name: str, lang: str) -> list[PlanLine]:
    """Return the lines of a kept plan by site, item and depot; conflicts are worded in a language."""
    files = {file: content.decode("utf-8") for file, content in plan_files(connection, name, _FILES).items()}
    decided = {(each.site, each.item): each for each in standing(connection, name)}
    proposed = _units(files[_LINES])
    final = _units(files[FINAL + _LINES]) if FINAL + _LINES in files else proposed
    conflicts = {(row["site"], row["item"]): str(row[lang]) for row in json.loads(files.get(FINAL + CONFLICTS, "[]"))}
    needs = {(row["site"], row["item"]): row for row in _rows(files.get(FINAL + _PAIRS, files[_PAIRS]))}
    tiers = {site: row["tier"] for (site, _), row in needs.items()}

    def lines() -> Iterator[PlanLine]:
        for site, item, depot in _keys(proposed, final, decided):
            own, need = decided.get((site, item)), needs.get((site, item))
            reason = reason_named("override", own.reason) if own else None
            yield PlanLine(
                site=site,
                item=item,
                depot=depot,
                tier=need["tier"] if need else tiers.get(site, ""),
                proposed_units=proposed.get((site, item, depot), 0),
                override_units=own.units if own else None,
                final_units=final.get((site, item, depot), 0),
                cover_before=float(need["cover_before"]) if need else None,
                cover_after=float(need["cover_after"]) if need else None,
                reason=reason.says if reason else None,
                actor=own.actor if own else "",
                note=own.note if own else "",
                conflict=conflicts.get((site, item), ""),
            )

    return list(lines())


def _keys(proposed: Iterable[_Key], final: Iterable[_Key], decided: Mapping[tuple[str, str], object]) -> list[_Key]:
    keys = {*proposed, *final}
    # An override to nothing of what nobody proposed has no line of its own.
    keys |= {(*pair, "") for pair in decided.keys() - {key[:2] for key in keys}}
    return sorted(keys)


def _units(text: str) -> dict[_Key, int]:
    return {(row["site"], row["item"], row["depot"]): int(row["units"]) for row in _rows(text)}


def _rows(text: str) -> _Rows:
    return list(named_rows(io.StringIO(text, newline="")))


@dataclass(frozen=True, kw_only=True)
class LinesAsked:
    """Which lines of a plan, and in which order. "" for no filter; `sort`: a key of `SORTS`, "-" before it: downwards.

    `overridden`: only what a person decided; `sites`: only these, None for all.
    """

    site: str = ""
    item: str = ""
    tier: str = ""
    depot: str = ""
    overridden: bool = False
    sort: str = ""
    sites: Container[str] | None = None


SORTS: Mapping[str, Callable[[PlanLine], Any]] = {
    "site": lambda line: line.site,
    "item": lambda line: line.item,
    "tier": lambda line: line.tier,
    "depot": lambda line: line.depot,
    "proposed": lambda line: line.proposed_units,
    "final": lambda line: line.final_units,
    "change": lambda line: line.final_units - line.proposed_units,
    # What is sent without a need has no cover: it comes last either way round.
    "cover": lambda line: line.cover_after if line.cover_after is not None else math.inf,
}
"""What lines are sorted by; equal ones stay by site, item and depot."""


def asked_lines(lines: Iterable[PlanLine], asked: LinesAsked) -> list[PlanLine]:
    """Return the lines that are asked for, in their order; an unknown order is that of sites."""
    found = [
        line
        for line in lines
        if asked.site in ("", line.site)
        and asked.item in ("", line.item)
        and asked.tier in ("", line.tier)
        and asked.depot in ("", line.depot)
        and (line.override_units is not None or not asked.overridden)
        and (asked.sites is None or line.site in asked.sites)
    ]
    key = SORTS.get(asked.sort.removeprefix("-"))
    return found if key is None else sorted(found, key=key, reverse=asked.sort.startswith("-"))


_COLUMNS = (
    ("site", say("site"), "text"),
    ("site_name", say("site name"), "text"),
    ("item", say("item"), "text"),
    ("item_name", say("item name"), "text"),
    ("depot", say("depot"), "text"),
    ("proposed_units", say("proposed"), "whole"),
    ("override_units", say("override"), "whole"),
    ("final_units", say("final"), "whole"),
    ("reason", say("reason"), "text"),
    ("actor", say("by"), "text"),
    ("conflict", say("conflict"), "text"),
    ("note", say("note"), "text"),
)


def lines_table(lines: Iterable[PlanLine], names: tuple[Mapping[str, Named], Mapping[str, Named]]) -> TableOut:
    """Return lines as a table to save. `names`: of sites and of items, by code."""
    sites, items = names

    def cells(line: PlanLine) -> tuple[Any, ...]:
        named = {"site_name": sites.get(line.site, ""), "item_name": items.get(line.item, "")}
        known = vars(line) | named | {"reason": line.reason or ""}
        return tuple(known[name] for name, _, _ in _COLUMNS)

    return rows_out("lines", say("Lines"), _COLUMNS, [cells(line) for line in lines])
