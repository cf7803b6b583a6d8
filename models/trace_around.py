"""A document or a shipment upstream and downstream: only what is on it, its lots' way to it, and where they went.

Units of one lot are not told apart. Where others of the lot came to the same place, what is said of where they went
holds for all of them; `Mixed` says how many those are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import sqlalchemy as sa

from models.cuts import NOW, Cut
from models.locations import SIGNS, STORES, kind_of, owner_of
from models.tables import document, location, move
from models.trace import Flow, LotTrace, Mixed, flows_of, net_of, trace, upstream_first

__all__ = ["around_document", "around_shipment", "around_site", "shipment_of"]


def shipment_of(connection: sa.Connection, number: int) -> str | None:
    """Return the shipment that a document belongs to, None where it belongs to none."""
    return connection.execute(sa.select(document.c.shipment).where(document.c.id == number)).scalar()


def around_shipment(connection: sa.Connection, number: str, lots: Sequence[int], cut: Cut = NOW) -> list[LotTrace]:
    """Return the way of what is on a shipment, lot by lot; `lots`: those that its documents moved, by id."""
    own = {f"IN_TRANSIT:{number}", f"SURPLUS:{number}"}
    query = sa.select(location.c.id).where(location.c.code.in_(own))
    places = list(connection.execute(query).scalars())
    sent = _bound(connection, sa.func.max, move.c.to_location, places, lots)
    left = _bound(connection, sa.func.min, move.c.from_location, places, lots)
    spans = _Spans(connection, lots, cut, before=sent or 0, after=left)
    return [
        _around(traced, _touching(traced, own), own, spans, lot_id)
        for lot_id, traced in zip(lots, trace(connection, lots, cut), strict=True)
    ]


def around_document(connection: sa.Connection, number: int, lots: Sequence[int], cut: Cut = NOW) -> list[LotTrace]:
    """Return the way of what a document moved, lot by lot."""
    own = _of_document(connection, number)
    spans = _Spans(connection, lots, cut, before=number - 1, after=number + 1)
    return [
        _around(traced, own.get(lot_id, []), set(), spans, lot_id)
        for lot_id, traced in zip(lots, trace(connection, lots, cut), strict=True)
    ]


def around_site(connection: sa.Connection, site: str, lots: Sequence[int], cut: Cut = NOW) -> list[LotTrace]:
    """Return the way of lots to a site and on from it, lot by lot."""
    own = {site, f"QUARANTINE:{site}", f"CONSUMED:{site}"}
    spans = _Spans(connection, lots, cut, before=None, after=0)
    return [
        _around(traced, _touching(traced, own), own, spans, lot_id)
        for lot_id, traced in zip(lots, trace(connection, lots, cut), strict=True)
    ]


def _touching(traced: LotTrace, places: Collection[str]) -> list[Flow]:
    return [flow for flow in traced.flows if flow.from_place in places or flow.to_place in places]


class _Spans:
    """The flows of lots before and after what is traced.

    `before`: the last document of the first ones, None for any; `after`: the first of the others, None for none.
    """

    def __init__(
        self, connection: sa.Connection, lots: Sequence[int], cut: Cut, *, before: int | None, after: int | None
    ) -> None:
        most = min((each for each in (before, cut.document) if each is not None), default=None)
        self.before = flows_of(connection, lots, Cut(cut.at, most))
        self.after = {} if after is None else flows_of(connection, lots, cut, since=after)


def _around(traced: LotTrace, own: Sequence[Flow], places: Collection[str], spans: _Spans, lot_id: int) -> LotTrace:
    """Return the part of a lot's way that leads to its `own` flows and on from them; `places`: between these."""
    senders = {flow.from_place for flow in own} - set(places)
    receivers = {flow.to_place for flow in own} - set(places)
    up, passed = _reaching(spans.before.get(lot_id, []), senders, places)
    down, reached = _going_on(spans.after.get(lot_id, []), receivers, {*places, *passed})
    flows = (
        *(replace(flow, part="up") for flow in upstream_first(up)),
        *(replace(flow, part="own") for flow in upstream_first(own, senders)),
        *(replace(flow, part="down") for flow in upstream_first(down, receivers)),
    )
    ended = net_of([*own, *down])
    held = {
        place: units
        for place, units in traced.held.items()
        if kind_of(place) in STORES and (place in reached or place in places)
    }
    held |= {place: units for place, units in ended.items() if units > 0 and _is_sink(place)}
    return replace(
        traced,
        flows=flows,
        held=dict(sorted(held.items())),
        own_units=_own_units(own, places),
        mixed=_mixed(traced.flows, own, receivers),
        at_ends=_at(traced.flows, receivers),
    )


def _is_sink(place: str) -> bool:
    return SIGNS[kind_of(place)] > 0 and kind_of(place) not in STORES


def _own_units(own: Iterable[Flow], places: Collection[str]) -> int:
    """Return the units that went into what is traced, or, of a document that is no shipment, all it moved."""
    return sum(flow.units for flow in own if not places or (flow.from_place not in places))


def _mixed(flows: Iterable[Flow], own: Iterable[Flow], receivers: Iterable[str]) -> tuple[Mixed, ...]:
    came, mine = _into(flows), _into(own)
    return tuple(
        Mixed(place=place, own_units=mine[place], came_units=came[place])
        for place in sorted(receivers)
        if kind_of(place) in STORES and came.get(place, 0) > mine[place]
    )


def _at(flows: Iterable[Flow], receivers: Iterable[str]) -> tuple[Flow, ...]:
    sites = {owner_of(place) for place in receivers if kind_of(place) in ("SITE", "QUARANTINE")}
    there = sites | {f"QUARANTINE:{site}" for site in sites}
    return tuple(flow for flow in flows if flow.from_place in there or flow.to_place in there)


def _into(flows: Iterable[Flow]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for flow in flows:
        sums[flow.to_place] = sums.get(flow.to_place, 0) + flow.units
    return sums


def _reaching(flows: Iterable[Flow], ends: Iterable[str], but: Collection[str]) -> tuple[list[Flow], set[str]]:
    """Return the flows by which units may have come to some places, and all places they passed."""
    into: dict[str, list[Flow]] = {}
    for flow in flows:
        if not {flow.from_place, flow.to_place} & set(but):
            into.setdefault(flow.to_place, []).append(flow)
    seen = {place for place in ends if SIGNS[kind_of(place)] > 0}
    todo, found = sorted(seen), []
    for place in todo:  # grows while it is gone through
        for flow in into.get(place, []):
            found.append(flow)
            if flow.from_place not in seen:
                seen.add(flow.from_place)
                if SIGNS[kind_of(flow.from_place)] > 0:
                    todo.append(flow.from_place)
    return found, seen


def _going_on(flows: Iterable[Flow], begins: Iterable[str], stops: Collection[str]) -> tuple[list[Flow], set[str]]:
    """Return the flows by which units may have gone on, and all places they reached; none goes on from `stops`."""
    out: dict[str, list[Flow]] = {}
    for flow in flows:
        out.setdefault(flow.from_place, []).append(flow)
    seen = {place for place in begins if SIGNS[kind_of(place)] > 0}
    todo, found = sorted(seen - set(stops)), []
    for place in todo:  # grows while it is gone through
        for flow in out.get(place, []):
            found.append(flow)
            if flow.to_place not in seen and kind_of(flow.to_place) in (*STORES, "CONSUMED"):
                seen.add(flow.to_place)
                if flow.to_place not in stops:
                    todo.append(flow.to_place)
    return found, seen


def _bound(
    connection: sa.Connection, which: object, end: sa.Column[int], places: Sequence[int], lots: Sequence[int]
) -> int | None:
    """Return the first or last document that moved lots at one end to or from places."""
    query = sa.select(which(move.c.document)).where(move.c.lot.in_(lots), end.in_(places))  # type: ignore[operator]
    return connection.execute(query).scalar()


def _of_document(connection: sa.Connection, number: int) -> dict[int, list[Flow]]:
    """Return the lines of a document as flows, by lot."""
    source, target = location.alias(), location.alias()
    query = (
        sa.select(
            move.c.lot,
            source.c.code,
            target.c.code,
            sa.cast(sa.func.sum(move.c.units), sa.BigInteger),
            sa.func.min(move.c.at),
            sa.func.max(move.c.at),
        )
        .join_from(move, source, source.c.id == move.c.from_location)
        .join(target, target.c.id == move.c.to_location)
        .where(move.c.document == number)
        .group_by(move.c.lot, source.c.code, target.c.code)
        .order_by(source.c.code, target.c.code)
    )
    found: dict[int, list[Flow]] = {}
    for lot_id, from_place, to_place, units, first_at, last_at in connection.execute(query):
        found.setdefault(lot_id, []).append(Flow(from_place, to_place, units, 1, first_at, last_at))
    return found
