"""`allocator audit trace --out FILE`: documents, the way of each lot, and what became of it, as tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from allocator.sentence import Sentence, say
from data.papers import papers_said
from data.trace_words import END_WORDS, why_word
from models.days import local_time

if TYPE_CHECKING:
    from data.tables_out import TableOut
    from models.trace import LotTrace
    from models.trace_account import AccountLine
    from models.trace_asked import Traced
    from models.trace_steps import Step

__all__ = ["account_table", "trace_json", "trace_tables"]

_LOT = (("lot", say("lot"), "text"), ("item", say("item"), "text"), ("expires", say("expires"), "date"))
_FLOWS = (
    *_LOT,
    ("part", say("part"), "text"),
    ("from", say("from"), "text"),
    ("to", say("to"), "text"),
    ("first", say("first"), "time"),
    ("last", say("last"), "time"),
    ("documents", say("documents"), "whole"),
    ("units", say("units"), "whole"),
)
_PLACES = (
    *_LOT,
    ("place", say("place"), "text"),
    ("came", say("came"), "whole"),
    ("went", say("went"), "whole"),
    ("left", say("left there"), "whole"),
)
_HELD = (*_LOT, ("place", say("place"), "text"), ("units", say("units"), "whole"))
_BECAME = (*_LOT, ("became", say("what became of it"), "text"), ("units", say("units"), "whole"))
_SOURCES = (
    *_LOT,
    ("document", say("document"), "text"),
    ("time", say("time"), "time"),
    ("from", say("from"), "text"),
    ("to", say("to"), "text"),
    ("units", say("units"), "whole"),
    ("papers", say("papers"), "text"),
    ("reversed", say("reversed"), "text"),
)
_OPEN = (*_LOT, ("place", say("place"), "text"), ("units", say("units"), "whole"), ("why", say("why"), "text"))
_STEPS = (
    ("document", say("document"), "text"),
    ("type", say("type"), "text"),
    ("time", say("time"), "time"),
    ("site", say("site"), "text"),
    ("units", say("units"), "whole"),
)
_ACCOUNT = (
    ("document", say("document"), "text"),
    ("type", say("type"), "text"),
    ("time", say("time"), "time"),
    ("recorded", say("recorded"), "time"),
    ("lot", say("lot"), "text"),
    ("other", say("from or to"), "text"),
    ("units", say("units"), "whole"),
    ("after", say("then there"), "whole"),
)
_PARTS = {"up": say("how it came"), "own": say("here"), "down": say("where it went"), "": say("all of it")}


def trace_tables(traced: Traced, zone: ZoneInfo) -> list[TableOut]:
    """Return what was traced as tables; documents only where some were asked for."""
    from data.tables_out import rows_out
    from models.words import place_word

    tables = [
        rows_out("flows", say("Way of the lots"), _FLOWS, list(_flows(traced, zone))),
        rows_out("places", say("Every place"), _PLACES, list(_places(traced))),
        rows_out("held", say("Still there"), _HELD, list(_held(traced))),
        rows_out("became", say("What became of it"), _BECAME, list(_became(traced))),
        rows_out("sources", say("Where it came from"), _SOURCES, list(_sources(traced, zone))),
        rows_out(
            "unaccounted",
            say("Unaccounted for"),
            _OPEN,
            [
                (*_lot(each), place_word(one.place), one.units, why_word(one))
                for each, found in zip(traced.traces, traced.open, strict=True)
                for one in found
            ],
        ),
    ]
    return [*tables, _documents(traced.steps, zone)] if traced.steps else tables


def account_table(lines: Sequence[AccountLine], zone: ZoneInfo) -> TableOut:
    """Return an item at a site, line by line, as a table."""
    from data.tables_out import rows_out
    from models.words import place_word, type_word

    rows = [
        (
            str(line.document),
            type_word(line.type),
            local_time(line.occurred_at, zone),
            local_time(line.recorded_at, zone),
            line.lot_no,
            place_word(line.other),
            line.units,
            line.after_units,
        )
        for line in lines
    ]
    return rows_out("account", say("Line by line"), _ACCOUNT, rows)


def _lot(each: LotTrace) -> tuple[str, str, str]:
    from models.tables import NO_EXPIRY

    return each.lot.lot_no, each.lot.item, "" if each.lot.expires == NO_EXPIRY else each.lot.expires


def _flows(traced: Traced, zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    from models.words import place_word

    for each in traced.traces:
        for flow in each.flows:
            yield (
                *_lot(each),
                _PARTS[flow.part],
                place_word(flow.from_place),
                place_word(flow.to_place),
                local_time(flow.first_at, zone),
                local_time(flow.last_at, zone),
                flow.documents,
                flow.units,
            )


def _places(traced: Traced) -> Iterator[tuple[Any, ...]]:
    """Return what came to and went from every place by the flows that are told; the rest is there."""
    from models.words import place_word

    for each in traced.traces:
        sums: dict[str, list[int]] = {}
        for flow in each.flows:
            sums.setdefault(flow.from_place, [0, 0])[1] += flow.units
            sums.setdefault(flow.to_place, [0, 0])[0] += flow.units
        for place, (came, went) in sums.items():
            yield (*_lot(each), place_word(place), came, went, came - went)


def _held(traced: Traced) -> Iterator[tuple[Any, ...]]:
    from models.locations import STORES, kind_of
    from models.words import place_word

    for each in traced.traces:
        for place, units in each.held.items():
            if kind_of(place) in STORES:
                yield (*_lot(each), place_word(place), units)


def _became(traced: Traced) -> Iterator[tuple[Any, ...]]:
    from models.trace_accounted import ends_of

    for each in traced.traces:
        for sort, units in ends_of(each).items():
            yield (*_lot(each), END_WORDS[sort], units)


def _sources(traced: Traced, zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    from models.words import place_word

    for each, sources in zip(traced.traces, traced.sources, strict=True):
        for source in sources:
            papers = papers_said(source.papers)
            yield (
                *_lot(each),
                str(source.document),
                local_time(source.occurred_at, zone),
                place_word(source.from_place),
                place_word(source.to_place),
                source.units,
                Sentence("{papers}", {"papers": papers}) if papers else "",
                say("reversed") if source.reversed else "",
            )


def _documents(steps: Sequence[Step], zone: ZoneInfo) -> TableOut:
    from data.tables_out import rows_out
    from models.words import type_word

    rows = [
        (str(step.number), type_word(step.type), local_time(step.occurred_at, zone), step.site, step.units)
        for step in steps
    ]
    return rows_out("documents", say("Documents"), _STEPS, rows)


def trace_json(traced: Traced, account: Sequence[AccountLine]) -> dict[str, Any]:
    """Return what was traced as plain JSON values."""
    from models.trace_accounted import ends_of

    lots = [
        dataclasses.asdict(each)
        | {
            "came_units": each.came_units,
            "gap_units": each.gap_units,
            "became": ends_of(each),
            "sources": [dataclasses.asdict(source) for source in sources],
            "unaccounted": [dataclasses.asdict(one) for one in found],
        }
        for each, sources, found in zip(traced.traces, traced.sources, traced.open, strict=True)
    ]
    return {
        "kind": traced.kind,
        "name": traced.name,
        "documents": [dataclasses.asdict(step) for step in traced.steps],
        "account": [dataclasses.asdict(line) for line in account],
        "lots": lots,
    }
