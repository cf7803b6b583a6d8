"""Documents of a list as a table."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from allocator.sentence import say
from data.tables_out import TableOut, rows_out
from models.days import local_time
from models.documents_listed import ListedDocument
from models.words import type_word

__all__ = ["listed_table"]

_COLUMNS = (
    ("document", say("document"), "text"),
    ("type", say("type"), "text"),
    ("site", say("site"), "text"),
    ("units", say("units"), "whole"),
    ("time", say("happened"), "time"),
    ("recorded", say("recorded"), "time"),
    ("actor", say("posted by"), "text"),
    ("approver", say("approved by"), "text"),
    ("shipment", say("shipment"), "text"),
    ("plan", say("plan"), "text"),
    ("refers_to", say("refers to"), "text"),
    ("state", say("state"), "text"),
)


def listed_table(rows: Sequence[ListedDocument], zone: ZoneInfo) -> TableOut:
    """Return documents as a table, in their order."""
    cells = [
        (
            str(each.number),
            type_word(each.type),
            each.site,
            each.units,
            local_time(each.occurred_at, zone),
            local_time(each.recorded_at, zone),
            each.actor,
            each.approver,
            each.shipment,
            each.plan,
            str(each.reverses or each.refers_to or ""),
            say("reversed") if each.reversed else "",
        )
        for each in rows
    ]
    return rows_out("documents", say("Documents"), _COLUMNS, cells)
