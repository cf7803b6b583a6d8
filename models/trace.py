"""A lot from its source to the last site: every flow between two places, and where its units are now.

What is reserved lies where it was reserved, so a flow that passes through a reservation is told from the depot;
only what is still reserved is told as such.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from models.cuts import NOW, Cut
from models.entry import LotKey
from models.locations import SIGNS, kind_of
from models.tables import balance, item, location, lot, move
from models.trace_reserved import Flow, without_reserving

__all__ = [
    "Flow",
    "LotTrace",
    "Mixed",
    "flows_of",
    "keys_of",
    "lots_at",
    "lots_in",
    "lots_numbered",
    "net_of",
    "trace",
    "upstream_first",
]

_AT_ONCE = 500  # lots in one statement
_PLACES_AT_ONCE = 1_000


@dataclass(frozen=True, kw_only=True)
class Mixed:
    """A place to which units of one lot came by several ways: `own_units` by what is traced, `came_units` in all."""

    place: str
    own_units: int
    came_units: int


@dataclass(frozen=True)
class LotTrace:
    """One lot. `flows`: upstream first; `held`: units by place, where any are left, sinks too.

    `gaps`: by place, what its flows and its balance differ by: empty, unless the ledger was altered. Where a document
    or a shipment was asked for, `own_units` are its units, `mixed` says where other units of the lot came too, and
    `at_ends` are all flows of the lot, at any time, where it went; else they are None and empty.
    """

    lot: LotKey
    flows: tuple[Flow, ...]
    held: dict[str, int]
    gaps: Mapping[str, int] = field(default_factory=dict)
    own_units: int | None = None
    mixed: tuple[Mixed, ...] = ()
    at_ends: tuple[Flow, ...] = ()

    @property
    def gap_units(self) -> int:
        """Return how many units flows and balances differ by, over all places."""
        return sum(abs(units) for units in self.gaps.values())

    @property
    def came_units(self) -> int:
        """Return the units that came from sources, less those that went back."""
        return -sum(units for place, units in net_of(self.flows).items() if SIGNS[kind_of(place)] < 0)


def lots_numbered(connection: sa.Connection, lot_no: str, item_code: str | None = None) -> list[int]:
    """Return the lots of a number, by id; of one item where it is said."""
    query = sa.select(lot.c.id).join(item, item.c.id == lot.c.item).where(lot.c.lot_no == lot_no)
    if item_code is not None:
        query = query.where(item.c.code == item_code)
    return list(connection.execute(query.order_by(item.c.code, lot.c.id)).scalars())


def lots_at(connection: sa.Connection, site: str, item_code: str) -> list[int]:
    """Return the lots of an item that ever were at a site or in its quarantine, by id."""
    query = (
        sa.select(balance.c.lot)
        .join(lot, lot.c.id == balance.c.lot)
        .join(item, item.c.id == lot.c.item)
        .join(location, location.c.id == balance.c.location)
        .where(location.c.code.in_([site, f"QUARANTINE:{site}"]), item.c.code == item_code)
        .distinct()
        .order_by(balance.c.lot)
    )
    return list(connection.execute(query).scalars())


def lots_in(connection: sa.Connection, documents: Iterable[int]) -> list[int]:
    """Return the lots that documents moved, by id."""
    query = sa.select(move.c.lot).where(move.c.document.in_(list(documents))).distinct().order_by(move.c.lot)
    return list(connection.execute(query).scalars())


def trace(connection: sa.Connection, lots: Sequence[int], cut: Cut = NOW) -> list[LotTrace]:
    """Return the way of lots, by id, each from its sources to where it is, or was under a cut."""
    found: list[LotTrace] = []
    for start in range(0, len(lots), _AT_ONCE):
        some = lots[start : start + _AT_ONCE]
        flows, keys = flows_of(connection, some, cut), keys_of(connection, some)
        held = _held(connection, some) if cut.is_now else {}
        found += [_traced(keys[each], flows.get(each, []), held.get(each, {}), cut) for each in some]
    return found


def flows_of(connection: sa.Connection, lots: Sequence[int], cut: Cut = NOW, since: int = 0) -> dict[int, list[Flow]]:
    """Return the flows of lots, by id, under a cut, of documents from `since` on."""
    within = [move.c.lot.in_(lots), *cut.within(move), *([move.c.document >= since] if since else [])]
    query = (
        sa.select(
            move.c.lot,
            move.c.from_location,
            move.c.to_location,
            sa.cast(sa.func.sum(move.c.units), sa.BigInteger).label("units"),
            sa.func.count(sa.distinct(move.c.document)).label("documents"),
            sa.func.min(move.c.at).label("first_at"),
            sa.func.max(move.c.at).label("last_at"),
        )
        .where(*within)
        .group_by(move.c.lot, move.c.from_location, move.c.to_location)
    )
    rows = connection.execute(query).all()
    codes = codes_of(connection, {place for row in rows for place in row[1:3]})
    found: dict[int, list[Flow]] = defaultdict(list)
    for lot_id, source, target, *flow in rows:
        found[lot_id].append(Flow(codes[source], codes[target], *flow))
    return without_reserving(connection, found, within)


def codes_of(connection: sa.Connection, places: Iterable[int]) -> dict[int, str]:
    """Return the codes of locations, by id.

    Looked up rather than joined: PostgreSQL goes through all locations, of which every shipment is one, to join some.
    """
    ids = sorted(places)
    found: dict[int, str] = {}
    for start in range(0, len(ids), _PLACES_AT_ONCE):
        query = sa.select(location.c.id, location.c.code).where(location.c.id.in_(ids[start : start + _PLACES_AT_ONCE]))
        found |= {row.id: row.code for row in connection.execute(query)}
    return found


def _held(connection: sa.Connection, lots: Sequence[int]) -> dict[int, dict[str, int]]:
    query = sa.select(balance.c.lot, balance.c.location, balance.c.units)
    rows = connection.execute(query.where(balance.c.lot.in_(lots), balance.c.units > 0)).all()
    codes = codes_of(connection, {row[1] for row in rows})
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for lot_id, place, units in sorted(rows, key=lambda row: codes[row[1]]):
        found[lot_id][codes[place]] = units
    return found


def keys_of(connection: sa.Connection, lots: Sequence[int]) -> dict[int, LotKey]:
    """Return lots in words, by id."""
    query = (
        sa.select(lot.c.id, item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark)
        .join(item, item.c.id == lot.c.item)
        .where(lot.c.id.in_(lots))
    )
    return {lot_id: LotKey(*key) for lot_id, *key in connection.execute(query)}


def _traced(key: LotKey, flows: list[Flow], held: dict[str, int], cut: Cut) -> LotTrace:
    net = net_of(flows)
    if not cut.is_now:
        there = {place: units for place, units in sorted(net.items()) if units > 0 and SIGNS[kind_of(place)] > 0}
        return LotTrace(key, upstream_first(flows), there)
    wrong = {place: units - held.get(place, 0) for place, units in net.items() if SIGNS[kind_of(place)] > 0}
    wrong |= {place: -units for place, units in held.items() if place not in net}
    return LotTrace(key, upstream_first(flows), held, {place: units for place, units in wrong.items() if units})


def net_of(flows: Iterable[Flow]) -> dict[str, int]:
    """Return what each place has more after the flows."""
    net: dict[str, int] = defaultdict(int)
    for flow in flows:
        net[flow.from_place] -= flow.units
        net[flow.to_place] += flow.units
    return net


def upstream_first(flows: Iterable[Flow], begin: Iterable[str] | None = None) -> tuple[Flow, ...]:
    """Return the flows by how far from a source (or where they `begin`) they start, then by when."""
    flows = list(flows)
    following: dict[str, list[str]] = defaultdict(list)
    for flow in flows:
        following[flow.from_place].append(flow.to_place)
    sources = (place for place in following if SIGNS[kind_of(place)] < 0)
    reached = sorted(sources if begin is None else set(begin))
    depth = dict.fromkeys(reached, 0)
    for place in reached:  # grows while it is gone through
        for after in following[place]:
            if after not in depth:
                depth[after] = depth[place] + 1
                reached.append(after)
    far = len(depth)
    # Made anew rather than by `replace`, which takes four times as long; a hot lot has thousands.
    placed = (
        Flow(
            f.from_place, f.to_place, f.units, f.documents, f.first_at, f.last_at, depth.get(f.from_place, far), f.part
        )
        for f in flows
    )
    return tuple(sorted(placed, key=lambda f: (f.depth, f.first_at, f.from_place, f.to_place)))
