"""A plan line by line: filtered and sorted by the address, a screen at a time; why a line is as it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from allocator.sentence import Named, say
from allocator.words import tier_named
from data.plan_lines import PlanLine, lines_table
from models.database import reading
from models.plan_events import follows, status_word
from models.reasons import REASONS
from web.cursors import cursor_of
from web.kept import names_kept
from web.pages import page
from web.plan_seen import PlanSeen, lines_seen, plan_seen
from web.plan_why import why_told
from web.rows_shown import All, rows_shown
from web.saved_tables import saved_tables
from web.visitors import ledger_of

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

ROWS = 60
"""Lines of one screen: with the sheet and the script some fifty kilobytes."""

_LETTERS_MAX = 200

_HEADS = (
    ("site", say("Site"), ""),
    ("item", say("Item"), ""),
    ("tier", say("Tier"), ""),
    ("depot", say("Depot"), ""),
    ("proposed", say("Proposed"), "number"),
    ("change", say("Override"), "number"),
    ("final", say("Final"), "number"),
    ("cover", say("Cover before → after"), "number"),
)


def _asked(request: Request) -> dict[str, str | bool]:
    """Return the filters and the order that an address has."""
    said = {
        name: request.query_params.get(name, "").strip()[:_LETTERS_MAX]
        for name in ("site", "item", "tier", "depot", "sort")
    }
    overridden: dict[str, str | bool] = {"overridden": True} if request.query_params.get("overridden") else {}
    return {name: value for name, value in said.items() if value} | overridden


@router.get("/plans/{name}/lines")
def show(request: Request, name: str, start: int = 0, whole: All = "") -> Response:
    """Show the lines."""
    seen, asked = plan_seen(request, name), _asked(request)
    own, found = lines_seen(request, seen, **asked)
    each_page = rows_shown(whole, ROWS)
    start = min(max(start, 0), max(0, len(found) - 1)) // each_page * each_page
    query = {key: "1" if value is True else str(value) for key, value in asked.items()}
    turned, after = query | ({"all": "1"} if whole else {}), start + each_page
    return page(
        request,
        "plan-lines.html",
        plan=seen.plan,
        status_said=status_word(seen.plan.status),
        may_override=_may_override(seen),
        rows=_shown(request, found[start:after]),
        first=start + 1,
        last=min(after, len(found)),
        count=len(found),
        everything=len(own),
        decided=sum(line.override_units is not None for line in own),
        conflicts=[line for line in own if line.conflict],
        asked=asked,
        tiers=[(tier, tier_named(tier)) for tier in sorted({line.tier for line in own if line.tier})],
        heads=[
            (title, kind, urlencode(query | {"sort": _turned(key, asked)}), _order(key, asked))
            for key, title, kind in _HEADS
        ],
        query=urlencode(query),
        before=None if start == 0 else urlencode(turned | {"start": start - each_page}),
        after=None if after >= len(found) else urlencode(turned | {"start": after}),
        cursor=None if after >= len(found) else cursor_of(after),
        reasons=REASONS["override"],
    )


def _may_override(seen: PlanSeen) -> bool:
    return seen.visitor.may("plan") and follows(seen.plan, "overridden")


def _turned(key: str, asked: Mapping[str, str | bool]) -> str:
    return f"-{key}" if asked.get("sort") == key else key


def _order(key: str, asked: Mapping[str, str | bool]) -> str:
    sort = str(asked.get("sort", ""))
    return "" if sort.removeprefix("-") != key else "descending" if sort.startswith("-") else "ascending"


def _shown(request: Request, lines: list[PlanLine]) -> list[dict[str, Any]]:
    with reading(ledger_of(request).engine) as connection:
        sites, items = names_kept(request, connection)
    return [
        {
            "line": line,
            "site": sites.get(line.site, Named(line.site)),
            "item": items.get(line.item, Named(line.item)),
            "tier": tier_named(line.tier) if line.tier else "–",
            "pair": urlencode({"site": line.site, "item": line.item}),
        }
        for line in lines
    ]


@router.get("/plans/{name}/lines{ending}")
def save(request: Request, name: str, ending: str) -> Response:
    """Give the lines that are asked for as a file, with where they come from."""
    seen, asked = plan_seen(request, name), _asked(request)
    _, found = lines_seen(request, seen, **asked)
    with reading(ledger_of(request).engine) as connection:
        tables = [lines_table(found, names_kept(request, connection))]
    return saved_tables(
        request, seen.visitor, f"{name}-lines", ending, tables,
        title=say("Lines of plan {plan}", plan=name), day=dt.date.fromisoformat(seen.plan.date),
        filters=[
            (say("plan"), name),
            (say("status"), status_word(seen.plan.status)),
            *((say("filter"), f"{key} = {value}") for key, value in asked.items()),
        ],
    )  # fmt: skip


@router.get("/plans/{name}/why")
def why(request: Request, name: str, site: str = "", item: str = "") -> Response:
    """Say why a site got what it got of an item."""
    seen = plan_seen(request, name)
    told = why_told(request, seen, site, item)
    return page(request, "plan-why.html", status=200 if told.answer else 404, plan=seen.plan, site=site, item=item,
                told=told, may_override=_may_override(seen))  # fmt: skip
