"""A lot from its source to the last site: every flow between two places, and where its units are now."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from models.entry import LotKey
from models.locations import SIGNS, kind_of
from models.tables import balance, document, item, location, lot, move

__all__ = ["Flow", "LotTrace", "Step", "documents_of", "lots_in", "lots_numbered", "trace"]

_AT_ONCE = 500  # lots in one statement


@dataclass(frozen=True)
class Flow:
    """`units` that went from one place to another, by so many documents, between two instants (UTC microseconds).

    `depth`: how many flows lie between a source and it.
    """

    from_place: str
    to_place: str
    units: int
    documents: int
    first_at: int
    last_at: int
    depth: int = 0


@dataclass(frozen=True)
class LotTrace:
    """One lot. `flows`: upstream first; `held`: units by place, where any are left, sinks too.

    `gap_units`: what its flows do not add up to: 0, unless the ledger was altered.
    """

    lot: LotKey
    flows: tuple[Flow, ...]
    held: dict[str, int]
    gap_units: int

    @property
    def came_units(self) -> int:
        """Return the units that came from sources, less those that went back."""
        return -sum(units for place, units in _net(self.flows).items() if SIGNS[kind_of(place)] < 0)


@dataclass(frozen=True)
class Step:
    """A document that has to do with what is traced. `reported`: who told it and how (`models/reporting.py`)."""

    number: int
    type: str
    occurred_at: int
    site: str
    units: int
    reported: Mapping[str, str] = field(default_factory=dict)
    papers: Mapping[str, str] = field(default_factory=dict)


def lots_numbered(connection: sa.Connection, lot_no: str, item_code: str | None = None) -> list[int]:
    """Return the lots of a number, by id; of one item where it is said."""
    query = sa.select(lot.c.id).join(item, item.c.id == lot.c.item).where(lot.c.lot_no == lot_no)
    if item_code is not None:
        query = query.where(item.c.code == item_code)
    return list(connection.execute(query.order_by(item.c.code, lot.c.id)).scalars())


def lots_in(connection: sa.Connection, documents: Iterable[int]) -> list[int]:
    """Return the lots that documents moved, by id."""
    query = sa.select(move.c.lot).where(move.c.document.in_(list(documents))).distinct().order_by(move.c.lot)
    return list(connection.execute(query).scalars())


def documents_of(connection: sa.Connection, *, number: int | None = None, shipment: str | None = None) -> list[Step]:
    """Return a document, or those of a shipment, with what they refer to, reverse, or are reversed by."""
    first = document.c.id == number if shipment is None else document.c.shipment == shipment
    rows = connection.execute(sa.select(document.c.id, document.c.refers_to, document.c.reverses).where(first)).all()
    if not rows:
        return []
    own = [row.id for row in rows]
    near = {*own, *(row.refers_to for row in rows), *(row.reverses for row in rows)} - {None}
    later = sa.or_(document.c.refers_to.in_(own), document.c.reverses.in_(own))
    near |= set(connection.execute(sa.select(document.c.id).where(later)).scalars())
    units = sa.select(sa.func.coalesce(sa.func.sum(move.c.units), 0)).where(move.c.document == document.c.id)
    query = (
        sa.select(
            document.c.id,
            document.c.type,
            document.c.occurred_at,
            sa.func.coalesce(location.c.code, ""),
            sa.cast(units.scalar_subquery(), sa.BigInteger),
            document.c.body,
        )
        .outerjoin(location, location.c.id == document.c.site)
        .where(document.c.id.in_(near))
        .order_by(document.c.id)
    )
    return [
        Step(number, type_, at, site, units, *_said_of(json.loads(body)["details"]))
        for number, type_, at, site, units, body in connection.execute(query)
    ]


def _said_of(details: Mapping[str, Any]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return who reported a document and how, and the papers that came with it."""
    papers = {name: details[name] for name in ("order", "reference", "certificate", "standard") if details.get(name)}
    return details.get("reported", {}), papers


def trace(connection: sa.Connection, lots: Sequence[int]) -> list[LotTrace]:
    """Return the way of lots, by id, each from its sources to where it is."""
    found: list[LotTrace] = []
    for start in range(0, len(lots), _AT_ONCE):
        some = lots[start : start + _AT_ONCE]
        flows, held, keys = _flows(connection, some), _held(connection, some), _keys(connection, some)
        found += [_traced(keys[each], flows[each], held[each]) for each in some]
    return found


def _flows(connection: sa.Connection, lots: Sequence[int]) -> dict[int, list[Flow]]:
    source, target = location.alias(), location.alias()
    sums = (
        sa.select(
            move.c.lot,
            move.c.from_location,
            move.c.to_location,
            sa.cast(sa.func.sum(move.c.units), sa.BigInteger).label("units"),
            sa.func.count(sa.distinct(move.c.document)).label("documents"),
            sa.func.min(move.c.at).label("first_at"),
            sa.func.max(move.c.at).label("last_at"),
        )
        .where(move.c.lot.in_(lots))
        .group_by(move.c.lot, move.c.from_location, move.c.to_location)
        .subquery()
    )
    c = sums.c
    query = (
        sa.select(c.lot, source.c.code, target.c.code, c.units, c.documents, c.first_at, c.last_at)
        .join(source, source.c.id == c.from_location)
        .join(target, target.c.id == c.to_location)
    )
    found: dict[int, list[Flow]] = defaultdict(list)
    for lot_id, *flow in connection.execute(query):
        found[lot_id].append(Flow(*flow))
    return found


def _held(connection: sa.Connection, lots: Sequence[int]) -> dict[int, dict[str, int]]:
    query = (
        sa.select(balance.c.lot, location.c.code, balance.c.units)
        .join(location, location.c.id == balance.c.location)
        .where(balance.c.lot.in_(lots), balance.c.units > 0)
        .order_by(location.c.code)
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for lot_id, place, units in connection.execute(query):
        found[lot_id][place] = units
    return found


def _keys(connection: sa.Connection, lots: Sequence[int]) -> dict[int, LotKey]:
    query = (
        sa.select(lot.c.id, item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark)
        .join(item, item.c.id == lot.c.item)
        .where(lot.c.id.in_(lots))
    )
    return {lot_id: LotKey(*key) for lot_id, *key in connection.execute(query)}


def _traced(key: LotKey, flows: list[Flow], held: dict[str, int]) -> LotTrace:
    net = _net(flows)
    wrong = {place: units - held.get(place, 0) for place, units in net.items() if SIGNS[kind_of(place)] > 0}
    wrong |= {place: -units for place, units in held.items() if place not in net}
    return LotTrace(key, _upstream_first(flows), held, sum(abs(units) for units in wrong.values()))


def _net(flows: Iterable[Flow]) -> dict[str, int]:
    """Return what each place has more after the flows."""
    net: dict[str, int] = defaultdict(int)
    for flow in flows:
        net[flow.from_place] -= flow.units
        net[flow.to_place] += flow.units
    return net


def _upstream_first(flows: list[Flow]) -> tuple[Flow, ...]:
    """Return the flows by how far from a source they begin, then by when."""
    following: dict[str, list[str]] = defaultdict(list)
    for flow in flows:
        following[flow.from_place].append(flow.to_place)
    reached = sorted(place for place in following if SIGNS[kind_of(place)] < 0)
    depth = dict.fromkeys(reached, 0)
    for place in reached:  # grows while it is gone through
        for after in following[place]:
            if after not in depth:
                depth[after] = depth[place] + 1
                reached.append(after)
    far = len(depth)
    placed = (
        Flow(f.from_place, f.to_place, f.units, f.documents, f.first_at, f.last_at, depth.get(f.from_place, far))
        for f in flows
    )
    return tuple(sorted(placed, key=lambda f: (f.depth, f.first_at, f.from_place, f.to_place)))
