"""Documents within reach: one that speaks of a site elsewhere is refused as if that site were not there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from allocator.sentence import say
from models.documents import Draft
from models.documents_confirm import what_sent
from models.entry import Entry, Refusal
from models.rights import Reach
from models.stockroom import Stockroom, UnknownCodes
from models.tables import document

__all__ = ["refuse_beyond", "sites_of", "within_reach"]


def refuse_beyond(reach: Reach, sites: Iterable[str]) -> None:
    """Refuse sites that are out of reach.

    Raises:
        UnknownCodes: those, said as sites that do not exist are.

    """
    beyond = sorted({site for site in sites if site and not reach.holds(site)})
    if beyond:
        raise UnknownCodes([("site", site) for site in beyond])


def sites_of(entry: Entry) -> set[str]:
    """Return the sites that a document names."""
    asked: Any = entry.asked or {}
    return {site for site in (entry.site, asked.get("site"), asked.get("to")) if site}


def within_reach(draft: Draft, reach: Reach) -> Draft:
    """Return a document that can be posted only where all it speaks of is within reach.

    Raises:
        Refusal: it names a site beyond; or it recalls a lot, which concerns every site.

    """
    if reach.everywhere:
        return draft
    if draft.entry.type == "recall":
        raise Refusal(
            say("A recall concerns every site: it takes the role everywhere. Have somebody recall the lot who has it.")
        )
    refuse_beyond(reach, sites_of(draft.entry))

    def fill(room: Stockroom, entry: Entry) -> Entry:
        _refuse_unseen(room.connection, reach, entry)
        return draft.fill(room, entry)

    return replace(draft, fill=fill)


def _refuse_unseen(connection: sa.Connection, reach: Reach, entry: Entry) -> None:
    """Refuse a shipment or a document of another site, before anything is said of what is in it."""
    if entry.reverses is not None:
        body = connection.execute(sa.select(document.c.body).where(document.c.id == entry.reverses)).scalar()
        site = None if body is None else json.loads(body)["site"]
        if site is None or not reach.holds(site):
            raise Refusal(say("There is no document {number}. Check its number.", number=entry.reverses))
    elif (
        entry.site is None and entry.shipment is not None and not reach.holds(what_sent(connection, entry.shipment).to)
    ):
        raise Refusal(say("There is no shipment {shipment}. Check the number on its note.", shipment=entry.shipment))
