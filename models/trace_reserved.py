"""Flows of a lot with reservations taken out: what was reserved at a depot and sent went from that depot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from models.locations import kind_of, owner_of
from models.tables import document, location, move

__all__ = ["Flow", "without_reserving"]


@dataclass(frozen=True)
class Flow:
    """`units` that went from one place to another, by so many documents, between two instants (UTC microseconds).

    `depth`: how many flows lie between a source and it. `part`: "up", "own" or "down" of a document or shipment that
    was asked for, "" where a whole lot was.
    """

    from_place: str
    to_place: str
    units: int
    documents: int
    first_at: int
    last_at: int
    depth: int = 0
    part: str = ""


def without_reserving(
    connection: sa.Connection, flows: Mapping[int, list[Flow]], within: Sequence[sa.ColumnElement[bool]]
) -> dict[int, list[Flow]]:
    """Return flows, by lot, with those through reservations told from the depots where the stock lay.

    `within`: the conditions on `move` under which the flows were read.
    """
    if not any(_is_reserved(flow) for own in flows.values() for flow in own):
        return dict(flows)
    passed = _through_reservations(connection, within)
    return {lot_id: _told(own, passed.get(lot_id, [])) for lot_id, own in flows.items()}


def _is_reserved(flow: Flow) -> bool:
    return "RESERVED" in (kind_of(flow.from_place), kind_of(flow.to_place))


_Passed = tuple[Flow, str | None]


def _through_reservations(
    connection: sa.Connection, within: Sequence[sa.ColumnElement[bool]]
) -> dict[int, list[_Passed]]:
    """Return the flows into and out of reservations, by lot, each with the depot at which the stock lies."""
    source, target, sender = location.alias(), location.alias(), location.alias()
    query = (
        sa.select(
            move.c.lot,
            source.c.code,
            target.c.code,
            sa.cast(sa.func.sum(move.c.units), sa.BigInteger),
            sa.func.count(sa.distinct(move.c.document)),
            sa.func.min(move.c.at),
            sa.func.max(move.c.at),
            sender.c.code,
        )
        .join_from(move, source, source.c.id == move.c.from_location)
        .join(target, target.c.id == move.c.to_location)
        .join(document, document.c.id == move.c.document)
        .outerjoin(sender, sender.c.id == document.c.site)
        .where(*within, sa.or_(source.c.kind == "RESERVED", target.c.kind == "RESERVED"))
        .group_by(move.c.lot, source.c.code, target.c.code, sender.c.code)
    )
    found: dict[int, list[_Passed]] = defaultdict(list)
    for lot_id, *told, sent_by in connection.execute(query):
        flow = Flow(*told)
        found[lot_id].append((flow, _depot(flow, sent_by)))
    return found


def _depot(flow: Flow, sent_by: str | None) -> str | None:
    other = flow.from_place if kind_of(flow.to_place) == "RESERVED" else flow.to_place
    return owner_of(other) if kind_of(other) in ("SITE", "QUARANTINE") else sent_by


def _told(flows: Iterable[Flow], passed: Iterable[_Passed]) -> list[Flow]:
    """Return the flows of one lot; as they are where some of what passed lay nobody knows where."""
    passed = list(passed)
    rests: dict[tuple[str, str], list[Flow]] = defaultdict(list)
    on: list[Flow] = []
    for flow, depot in passed:
        if depot is None:
            return list(flows)
        if kind_of(flow.to_place) == "RESERVED":
            rests[depot, flow.to_place].append(flow)
            on.append(replace(flow, to_place=depot))
        else:
            rests[depot, flow.from_place].append(replace(flow, units=-flow.units))
            on.append(replace(flow, from_place=depot))
    left: list[Flow] = []
    for (depot, reserved), each in rests.items():
        units = sum(flow.units for flow in each)
        if units < 0:
            return list(flows)
        came = [flow for flow in each if flow.units > 0]
        if units:
            left.append(replace(_together(came), from_place=depot, to_place=reserved, units=units))
    direct = [flow for flow in flows if not _is_reserved(flow)]
    moved = [flow for flow in on if flow.from_place != flow.to_place]
    return _merged([*direct, *moved, *left])


def _together(flows: Sequence[Flow]) -> Flow:
    return replace(
        flows[0],
        units=sum(flow.units for flow in flows),
        documents=sum(flow.documents for flow in flows),
        first_at=min(flow.first_at for flow in flows),
        last_at=max(flow.last_at for flow in flows),
    )


def _merged(flows: Iterable[Flow]) -> list[Flow]:
    """Return flows with those between the same two places added up."""
    same: dict[tuple[str, str], list[Flow]] = defaultdict(list)
    for flow in flows:
        same[flow.from_place, flow.to_place].append(flow)
    return [_together(each) for each in same.values()]
