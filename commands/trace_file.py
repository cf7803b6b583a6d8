"""`allocator audit trace --out FILE`: documents, the way of each lot, and what is still where, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from allocator.sentence import say
from commands.table_files import local_time

if TYPE_CHECKING:
    from data.tables_out import TableOut
    from models.trace import LotTrace, Step

__all__ = ["trace_tables"]

_LOT = (("lot", say("lot"), "text"), ("item", say("item"), "text"), ("expires", say("expires"), "date"))
_FLOWS = (
    *_LOT,
    ("from", say("from"), "text"),
    ("to", say("to"), "text"),
    ("first", say("first"), "time"),
    ("last", say("last"), "time"),
    ("documents", say("documents"), "whole"),
    ("units", say("units"), "whole"),
)
_HELD = (*_LOT, ("place", say("place"), "text"), ("units", say("units"), "whole"))
_STEPS = (
    ("document", say("document"), "text"),
    ("type", say("type"), "text"),
    ("time", say("time"), "time"),
    ("site", say("site"), "text"),
    ("units", say("units"), "whole"),
)


def trace_tables(steps: Sequence[Step], traces: Sequence[LotTrace], zone: ZoneInfo) -> list[TableOut]:
    """Return what was traced as tables; documents only where some were asked for."""
    from data.tables_out import rows_out
    from models.locations import STORES, kind_of
    from models.tables import NO_EXPIRY
    from models.words import place_word, type_word

    lots = [
        (each, (each.lot.lot_no, each.lot.item, "" if each.lot.expires == NO_EXPIRY else each.lot.expires))
        for each in traces
    ]
    flows = [
        (
            *lot,
            place_word(flow.from_place),
            place_word(flow.to_place),
            local_time(flow.first_at, zone),
            local_time(flow.last_at, zone),
            flow.documents,
            flow.units,
        )
        for each, lot in lots
        for flow in each.flows
    ]
    held = [
        (*lot, place_word(place), units)
        for each, lot in lots
        for place, units in each.held.items()
        if kind_of(place) in STORES
    ]
    tables = [
        rows_out("flows", say("Way of the lots"), _FLOWS, flows),
        rows_out("held", say("Still there"), _HELD, held),
    ]
    if steps:
        rows = [
            (str(step.number), type_word(step.type), local_time(step.occurred_at, zone), step.site, step.units)
            for step in steps
        ]
        tables.append(rows_out("documents", say("Documents"), _STEPS, rows))
    return tables
