"""Documents by which stock comes in: received from a partner, or there when the ledger was opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from allocator.sentence import say
from models.documents import Draft, entry_of
from models.entry import Entry, Line, LotKey, Refusal
from models.locations import kind_of
from models.requests import Head, Row, head_asked
from models.stockroom import Stockroom
from models.tables import NO_EXPIRY

__all__ = ["AllToCome", "opening", "receive", "said_of_lines", "the_lot"]

SOURCES = {"SUPPLIER": "procurement", "DONOR": "donation", "UPPER_LEVEL": "allotment"}
"""How supplies come, by the kind of partner."""


@dataclass(frozen=True)
class AllToCome:
    """Lines that are worked out when they are posted: all that is still to come of an order.

    `like`: what was said of the one line (its lot, expiry, price), with item "" and no quantity; `rows_of` gives
    the lines within the transaction.
    """

    like: Row
    rows_of: Callable[[Stockroom], Sequence[Row]]


def receive(
    head: Head,
    *,
    site: str,
    partner: str,
    rows: Sequence[Row] | AllToCome,
    reference: str = "",
    certificate: str = "",
    standard: str = "",
    into_quarantine: bool = False,
    order: str = "",
) -> Draft:
    """Return the receipt of supplies that were bought, donated or allotted from above.

    What a row's details hold (`unit_price`) is kept with its line. `into_quarantine`: not to be used
    before it is released, as where no quality certificate came with it. `order`: the order that it counts
    against (`models/order_receipts.py`), of which `AllToCome` may be received.
    """
    facts = {"partner": partner, "reference": reference, "certificate": certificate}
    if order:
        facts["order"] = order
    facts |= {"standard": standard} if standard else {}
    said = [rows.like] if isinstance(rows, AllToCome) else rows
    asked = head_asked("receive", head, said, site=site, into_quarantine=into_quarantine, **facts)

    def fill(room: Stockroom, entry: Entry) -> Entry:
        own = rows.rows_of(room) if isinstance(rows, AllToCome) else rows
        room.know((row.item for row in own), places=[site], partners=[partner])
        source = room.partner_place(partner)
        lines = _lines(room, own, source, f"QUARANTINE:{site}" if into_quarantine else site)
        details = {**entry.details, "source": SOURCES[kind_of(source)], **{k: v for k, v in facts.items() if v}}
        return replace(entry, lines=lines, details=details | said_of_lines(own, lines))

    early = not isinstance(rows, AllToCome)
    return Draft(entry_of("receive", head, asked, site=site), fill, head.explains, early=early)


def opening(head: Head, *, site: str, rows: Sequence[Row], in_quarantine: bool = False) -> Draft:
    """Return what a site held when the ledger was opened."""
    asked = head_asked("opening", head, rows, site=site, in_quarantine=in_quarantine)

    def fill(room: Stockroom, entry: Entry) -> Entry:
        room.know((row.item for row in rows), places=[site])
        target = f"QUARANTINE:{site}" if in_quarantine else site
        return replace(entry, lines=_lines(room, rows, "OPENING", target))

    return Draft(entry_of("opening", head, asked, site=site), fill, head.explains)


def _lines(room: Stockroom, rows: Sequence[Row], source: str, target: str) -> tuple[Line, ...]:
    room.look_for(rows)
    return tuple(Line(source, target, the_lot(room, row), room.units_of(row)) for row in rows)


def the_lot(room: Stockroom, row: Row) -> LotKey:
    """Return the lot that comes in: as it was said, with the expiry that a lot of this number is known to have.

    Raises:
        Refusal: lots of this number with different expiries are known, and none was said.

    """
    key = row.as_new_lot()
    if not row.lot_no or row.expires is not None:
        return key
    known = replace(row, owner_fund=None, earmark=None)
    expiries = sorted({each.expires for each in room.known_lots(known)})
    if len(expiries) > 1:
        raise Refusal(
            say(
                "There are lots {lot} of {item} with different expiry dates: {days}. Say which one is meant.",
                lot=row.lot_no,
                item=row.item,
                days=[say("never") if day == NO_EXPIRY else day for day in expiries],
            )
        )
    return key._replace(expires=expiries[0]) if expiries else key


def said_of_lines(rows: Sequence[Row], lines: Sequence[Line]) -> dict[str, Any]:
    """Return what was said of single lines, for the document's details."""
    said = [
        {"item": line.lot.item, "lot": line.lot.lot_no, **row.details}
        for row, line in zip(rows, lines, strict=True)
        if row.details
    ]
    return {"lines": said} if said else {}
