"""`allocator statements --offers`: tables of what donors offer, read for a person who asks them back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.sentence import say
from commands.plan_view import table
from commands.session import Session
from commands.table_files import one_text, save_tables

if TYPE_CHECKING:
    from data.offers_made import OfferRow
    from data.tables_out import TableOut

__all__ = ["show_offers"]

_SHOWN = 40


def show_offers(session: Session, rows: Sequence[OfferRow], out: Path | None, *, day: dt.date) -> None:
    """Show what was offered and what of it is doubtful; `out`: save all of it."""
    word = session.word
    if out is not None:
        save_tables(session, out, [_table(rows)], title=say("Offers"), day=day)
    session.show_json("allocator.offers_made/1", {"offers": [_plain(session, row) for row in rows]})
    session.show(
        word(
            say(
                "{rows:,} offers: {sound:,} to be used as they stand; {units:,} without a quantity that can be meant, "
                "{places:,} without a known place, {items:,} without a clear item.",
                rows=len(rows),
                sound=sum(not row.flags for row in rows),
                units=sum(row.offer.units is None for row in rows),
                places=sum(row.offer.place is None and bool(row.offer.place_written) for row in rows),
                items=sum(len(row.items) != 1 for row in rows),
            )
        )
    )
    doubtful = [row for row in rows if row.flags]
    titles = (say("row"), say("donor"), say("item"), say("units"), say("place"), say("to ask"))
    if doubtful:
        session.show()
        for line in table([[word(title) for title in titles], *(_cells(session, row) for row in doubtful[:_SHOWN])],
                          left=len(titles)):  # fmt: skip
            session.show(line)
    if len(doubtful) > _SHOWN:
        session.show(word(say("… and {more} more; --out FILE saves all.", more=len(doubtful) - _SHOWN)))


def _cells(session: Session, row: OfferRow) -> tuple[str, ...]:
    from data.problems import legible

    offer = row.offer
    units = f"{offer.units:,}" if offer.units is not None else f"? {legible(offer.written)}"
    item = row.items[0] if len(row.items) == 1 else f"? {legible(offer.item)}"
    place = offer.place or (f"? {legible(offer.place_written)}" if offer.place_written else "")
    return str(row.row), legible(row.donor), item, units, place, " ".join(session.word(flag) for flag in row.flags)


def _plain(session: Session, row: OfferRow) -> dict[str, Any]:
    offer = row.offer
    return {
        "row": row.row,
        "donor": row.donor or None,
        "item": row.items[0] if len(row.items) == 1 else None,
        "item_written": offer.item,
        "units": offer.units,
        "quantity_written": offer.written,
        "place": offer.place,
        "place_written": offer.place_written,
        "asks": [session.word(flag) for flag in row.flags],
    }


def _table(rows: Sequence[OfferRow]) -> TableOut:
    from data.tables_out import ColumnOut, TableOut

    columns: list[tuple[str, Any, str, list[Any]]] = [
        ("row", say("row"), "whole", [row.row for row in rows]),
        ("donor", say("donor"), "text", [row.donor for row in rows]),
        ("item", say("item"), "text", [row.items[0] if len(row.items) == 1 else "" for row in rows]),
        ("units", say("units"), "whole", [row.offer.units for row in rows]),
        ("place", say("place"), "text", [row.offer.place or "" for row in rows]),
        ("item_written", say("item as written"), "text", [row.offer.item for row in rows]),
        ("quantity_written", say("quantity as written"), "text", [row.offer.written for row in rows]),
        ("place_written", say("place as written"), "text", [row.offer.place_written for row in rows]),
        ("asks", say("to ask"), "text", [one_text(row.flags) for row in rows]),
    ]
    made = (ColumnOut(name=name, title=title, holds=holds, values=values) for name, title, holds, values in columns)
    return TableOut(name="offers", title=say("Offers"), columns=tuple(made))
