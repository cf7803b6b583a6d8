"""Shipments as tables: how each stands, and what became of the lots of one."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from allocator.sentence import say
from data.tables_out import TableOut, rows_out
from models.days import local_time
from models.shipment_account import ShipmentLine
from models.shipments_listed import STATES, ListedShipment
from models.tables import NO_EXPIRY
from models.words import type_word

__all__ = ["account_table", "shipments_table"]

_SHIPMENTS = (
    ("shipment", say("shipment"), "text"),
    ("state", say("state"), "text"),
    ("from", say("from"), "text"),
    ("to", say("to"), "text"),
    ("expected", say("expected"), "date"),
    ("days_late", say("days late"), "whole"),
    ("units", say("units sent"), "whole"),
    ("open", say("under way"), "whole"),
    ("beyond", say("beyond the note"), "whole"),
    ("sent", say("sent"), "time"),
    ("type", say("type"), "text"),
    ("plan", say("plan"), "text"),
)
_ACCOUNT = (
    ("item", say("item"), "text"),
    ("lot", say("lot"), "text"),
    ("expires", say("expires"), "date"),
    ("sent", say("units sent"), "whole"),
    ("arrived", say("arrived"), "whole"),
    ("set_aside", say("set aside"), "whole"),
    ("damaged", say("damaged"), "whole"),
    ("lost", say("lost"), "whole"),
    ("stayed", say("never left"), "whole"),
    ("went_back", say("went back"), "whole"),
    ("beyond", say("beyond the note"), "whole"),
    ("under_way", say("under way"), "whole"),
)


def shipments_table(rows: Sequence[ListedShipment], zone: ZoneInfo) -> TableOut:
    """Return shipments as a table, in their order."""
    cells = [
        (
            each.number,
            STATES[each.state],
            each.site,
            each.to,
            each.expected,
            each.days_late or None,
            each.sent_units,
            each.open_units or None,
            each.beyond_units or None,
            local_time(each.sent_at, zone),
            type_word(each.type),
            each.plan,
        )
        for each in rows
    ]
    return rows_out("shipments", say("Shipments"), _SHIPMENTS, cells)


def account_table(lines: Sequence[ShipmentLine]) -> TableOut:
    """Return what was sent and what became of it, a lot a row."""
    parts = ("arrived", "set_aside", "damaged", "lost", "stayed", "went_back", "beyond", "under_way")
    cells = [
        (
            line.lot.item,
            line.lot.lot_no,
            "" if line.lot.expires == NO_EXPIRY else line.lot.expires,
            line.sent,
            *(getattr(line, part) or None for part in parts),
        )
        for line in lines
    ]
    return rows_out("account", say("What was sent, and what became of it"), _ACCOUNT, cells)
