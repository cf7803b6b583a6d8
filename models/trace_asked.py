"""What an auditor asks to be traced: a lot, a document, a shipment, an item at a site; with all that is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from models.cuts import NOW, Cut
from models.tables import document, location
from models.trace import LotTrace, lots_at, lots_in, lots_numbered, trace
from models.trace_accounted import Unaccounted, unaccounted
from models.trace_around import around_document, around_shipment, around_site, shipment_of
from models.trace_steps import Source, Step, documents_of, sources_of

__all__ = ["Traced", "depots_of", "traced_site", "traced_what"]


@dataclass(frozen=True, kw_only=True)
class Traced:
    """What was asked for. `kind`: "lot", "document", "shipment" or "site"; `name`: its number or code.

    `steps`: the documents where some were asked for; `sources` and `open`: for each of the `traces`, the documents by
    which its lot came, and what of it is unaccounted for.
    """

    kind: str
    name: str
    steps: tuple[Step, ...]
    traces: tuple[LotTrace, ...]
    sources: tuple[tuple[Source, ...], ...]
    open: tuple[tuple[Unaccounted, ...], ...]

    @property
    def gap_units(self) -> int:
        """Return how many units the ledger's lines and balances differ by."""
        return sum(each.gap_units for each in self.traces)


def traced_what(connection: sa.Connection, what: str, item_code: str | None = None, cut: Cut = NOW) -> Traced | None:
    """Return what a lot, a document's number or a shipment's number leads to; None where there is none of it."""
    lots = lots_numbered(connection, what, item_code)
    if lots:
        return _told(connection, "lot", what, (), lots, trace(connection, lots, cut), cut)
    number = int(what) if what.isdecimal() and len(what) < _DIGITS else -1
    steps = documents_of(connection, number=number, cut=cut)
    shipment = shipment_of(connection, number) if steps else what
    if shipment is not None:
        steps = documents_of(connection, shipment=shipment, cut=cut) or steps
    if not steps:
        return None
    if shipment is None:
        lots = lots_in(connection, [number])
        traces = around_document(connection, number, lots, cut)
        return _told(connection, "document", what, steps, lots, traces, cut, item_code)
    lots = lots_in(connection, _senders(connection, shipment))
    traces = around_shipment(connection, shipment, lots, cut)
    return _told(connection, "shipment", shipment, steps, lots, traces, cut, item_code)


_DIGITS = 18  # what is longer is no number of a document


def traced_site(connection: sa.Connection, site: str, item_code: str, cut: Cut = NOW) -> Traced:
    """Return the way of an item to a site and on from it, lot by lot."""
    lots = lots_at(connection, site, item_code)
    return _told(connection, "site", f"{site} {item_code}", (), lots, around_site(connection, site, lots, cut), cut)


def depots_of(connection: sa.Connection) -> frozenset[str]:
    """Return the codes of the sites that are depots."""
    query = sa.select(location.c.code).where(location.c.kind == "SITE", location.c.site_kind == "warehouse")
    return frozenset(connection.execute(query).scalars())


def _senders(connection: sa.Connection, shipment: str) -> list[int]:
    return list(connection.execute(sa.select(document.c.id).where(document.c.shipment == shipment)).scalars())


def _told(
    connection: sa.Connection,
    kind: str,
    name: str,
    steps: Sequence[Step],
    lots: Sequence[int],
    traces: Sequence[LotTrace],
    cut: Cut,
    item_code: str | None = None,
) -> Traced:
    found = [
        (lot_id, each)
        for lot_id, each in zip(lots, traces, strict=True)
        if each.flows and item_code in (None, each.lot.item)
    ]
    places = {flow.from_place for _, each in found for flow in each.flows}
    all_sources = sources_of(connection, [lot_id for lot_id, _ in found], places, cut)
    sources = [_leading(all_sources.get(lot_id, ()), each) for lot_id, each in found]
    kept = tuple(each for _, each in found)
    return Traced(
        kind=kind,
        name=name,
        steps=tuple(steps),
        traces=kept,
        sources=tuple(sources),
        open=tuple(tuple(each) for each in unaccounted(connection, kept, cut)),
    )


def _leading(sources: Sequence[Source], traced: LotTrace) -> tuple[Source, ...]:
    """Return the documents by which units came that are on the way that is told."""
    told = {(flow.from_place, flow.to_place): flow.last_at for flow in traced.flows}
    return tuple(
        each for each in sources if each.occurred_at <= told.get((each.from_place, each.to_place), each.occurred_at - 1)
    )
