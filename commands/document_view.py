"""Show one document: what moved, what is left, what there is to say about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from allocator.sentence import Sentence, say
from commands.plan_view import labelled, table
from commands.session import Session

if TYPE_CHECKING:
    from models.documents_read import SeenDocument

__all__ = ["show_document"]


def show_document(
    session: Session, seen: SeenDocument, notes: Sequence[Sentence], *, zone: ZoneInfo, again: bool = False
) -> None:
    """Print a document for people, or as JSON."""
    from data.document_tables import document_json, headlines

    told = document_json(seen, notes, zone=zone, word=session.word)
    session.show_json("allocator.document/1", {"again": again} | told)
    if session.as_json:
        return
    for sentence in headlines(seen, zone):
        session.show(session.word(sentence))
    _show_table(session, seen)
    if notes:
        session.show()
    for note in notes:
        session.show(session.word(note))
    if seen.type in ("transfer", "emergency", "sendback") and seen.under_way:
        session.show()
        session.show(session.word(_how_to_confirm(seen)))
        session.show(
            session.word(say("To print its note: allocator notes {shipment} --out note.pdf", shipment=seen.shipment))
        )


def _how_to_confirm(seen: SeenDocument) -> Sentence:
    return say(
        "Shipment {shipment} is under way to {site}. When it arrives: allocator confirm {shipment} --all",
        shipment=seen.shipment,
        site=seen.details["to"],
    )


def _show_table(session: Session, seen: SeenDocument) -> None:
    """Print what moved, or what was counted, without the columns in which nothing stands."""
    from data.document_tables import document_table

    found = document_table(seen)
    if not found.rows:
        return
    session.show()
    columns = [(each, [_cell(session, seen, each.name, value) for value in each.values]) for each in found.columns]
    kept = [(each, cells) for each, cells in columns if any(cells)]
    texts = sum(each.holds != "whole" and each.name != "price" for each, _ in kept)
    titles = [session.word(each.title) for each, _ in kept]
    for line in table([titles, *map(list, zip(*(cells for _, cells in kept), strict=True))], left=texts):
        session.show(f"  {line}")


def _cell(session: Session, seen: SeenDocument, column: str, value: Any) -> str:
    if column == "item":
        name = seen.names.get(value)
        return value if name is None else labelled(value, name.name, name.name_zh, lang=session.lang)
    if column == "difference" and value:
        return f"{value:+,}"
    if isinstance(value, int):
        return f"{value:,}"
    return session.word(value) if isinstance(value, Sentence) else value or ""
