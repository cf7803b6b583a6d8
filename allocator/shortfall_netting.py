"""What can be sent before anything is bought: depots' stock, then neighbours' surplus, then orders on their way.

Rows that lack most urgently are served first, in whole packs; each step is a line on which givers and takers of one
item lie side by side, so that who gives whom how much is read off where their stretches meet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.case import Indices, Table, Units

__all__ = ["Moves", "Netted", "net_of_transfers", "packs_down", "packs_up", "side_by_side"]


@dataclass(frozen=True, kw_only=True)
class Moves(Table):
    """Who gives whom how much: positions among givers and takers, and units."""

    giver: Indices
    taker: Indices
    units: Units


@dataclass(frozen=True, kw_only=True)
class Netted:
    """What each row (S) can get, in units: from depots, from neighbours, of orders on their way; and what to buy.

    `from_depots`: by (depot stock, row); `lateral`: by (giving row, row); `ordered`: by (order, row).
    """

    central_units: Units
    lateral_units: Units
    ordered_units: Units
    buy_units: Units
    from_depots: Moves
    lateral: Moves
    ordered: Moves


def packs_up(units: Units, pack_units: Units) -> Units:
    """Return units in whole packs, rounded up.

    >>> packs_up(np.array([0, 1, 20, 21]), np.array([10, 10, 10, 10])).tolist()
    [0, 10, 20, 30]
    """
    return np.asarray(-(-units // pack_units) * pack_units)


def packs_down(units: Units, pack_units: Units) -> Units:
    """Return the whole packs in units.

    >>> packs_down(np.array([0, 9, 20, 29]), np.array([10, 10, 10, 10])).tolist()
    [0, 0, 20, 20]
    """
    return np.asarray(units // pack_units * pack_units)


def side_by_side(giver_group: Indices, gives: Units, taker_group: Indices, takes: Units) -> Moves:
    """Let givers and takers of a group meet, each in the order in which they stand; what is left over stays.

    Rows of a group need not lie together. Units below 1 take no part.

    >>> moves = side_by_side(np.array([7, 7, 9]), np.array([30, 30, 5]), np.array([7, 7, 8]), np.array([20, 25, 5]))
    >>> list(zip(moves.giver.tolist(), moves.taker.tolist(), moves.units.tolist()))
    [(0, 0, 20), (0, 1, 10), (1, 1, 15)]
    """
    groups = np.intersect1d(giver_group[gives > 0], taker_group[takes > 0])
    givers, from_, given = _on_a_line(giver_group, gives, groups)
    takers, to, taken = _on_a_line(taker_group, takes, groups)
    # Every group has as much room on the line as the smaller side fills.
    room = np.minimum(given, taken)
    start = np.concatenate([[0], np.cumsum(room)])
    give_ends = np.minimum(from_.ends, room[from_.group]) + start[from_.group]
    take_ends = np.minimum(to.ends, room[to.group]) + start[to.group]
    ends = np.unique(np.concatenate([give_ends, take_ends]))
    begins = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
    wide = ends > begins
    begins, ends = begins[wide], ends[wide]
    return Moves(
        giver=givers[np.searchsorted(give_ends, begins, side="right")].astype(np.int32),
        taker=takers[np.searchsorted(take_ends, begins, side="right")].astype(np.int32),
        units=ends - begins,
    )


@dataclass(frozen=True, kw_only=True)
class _Line:
    group: Indices
    ends: Units


def _on_a_line(group: Indices, units: Units, groups: Indices) -> tuple[Indices, _Line, Units]:
    """Return the rows of the groups in order, where each ends within its group, and each group's total."""
    rows = np.flatnonzero(np.isin(group, groups) & (units > 0))
    which = np.searchsorted(groups, group[rows]).astype(np.int32)
    order = np.argsort(which, kind="stable")
    rows, which = rows[order], which[order]
    ends = np.cumsum(units[rows])
    total = np.bincount(which, weights=units[rows], minlength=len(groups)).astype(np.int64)
    before = np.concatenate([[0], np.cumsum(total)])[which]
    return rows.astype(np.int32), _Line(group=which, ends=ends - before), total


def net_of_transfers(
    *,
    item: Indices,
    lacking_units: Units,
    surplus_units: Units,
    pack_units: Units,
    depots: Indices,
    stock: tuple[Indices, Indices, Units],
    orders: tuple[Indices, Indices, Units],
    items: int,
) -> Netted:
    """Share out what there is over rows that stand in order of urgency, and return what is left to buy.

    `lacking_units` (S,): what each row lacks; `surplus_units`: what it can give away; `pack_units`: of its item;
    `depots` (S, most): from where it can be reached, nearest first, −1 where no more. `stock`: depot, item and units
    of each depot stock; `orders`: depot (−1: any), item and units of each order that arrives in time.
    """
    left = packs_up(lacking_units, pack_units)
    stock_left = stock[2].copy()
    order_left = orders[2].copy()
    from_depots, ordered = [], []

    def key(place: Indices) -> Indices:
        # Nobody is served from nowhere: −1 becomes a group of its own that no giver has.
        return np.where(place < 0, -2 - np.arange(len(place)), place.astype(np.int64) * items + item)

    def serve(giver_group: Indices, gives: Units, taker_group: Indices, pack: Units) -> Moves:
        moves = side_by_side(giver_group, packs_down(gives, pack), taker_group, left)
        np.subtract.at(gives, moves.giver, moves.units)
        np.subtract.at(left, moves.taker, moves.units)
        return moves

    stock_pack = _pack_by_item(item, pack_units, stock[1], items)
    order_pack = _pack_by_item(item, pack_units, orders[1], items)
    for rank in range(depots.shape[1]):
        groups = stock[0].astype(np.int64) * items + stock[1]
        from_depots.append(serve(groups, stock_left, key(depots[:, rank]), stock_pack))
    near = depots[:, 0] if depots.shape[1] else np.full(len(item), -1, dtype=np.int32)
    surplus_left = surplus_units.copy()
    lateral = serve(key(near), surplus_left, key(near), pack_units)
    placed = orders[0] >= 0
    for rank in range(depots.shape[1] if placed.any() else 0):
        groups = np.where(placed, orders[0].astype(np.int64) * items + orders[1], -1)
        ordered.append(serve(groups, order_left, key(depots[:, rank]), order_pack))
    anywhere = np.where(placed, -1, orders[1].astype(np.int64))
    ordered.append(serve(anywhere, order_left, item.astype(np.int64), order_pack))
    central, on_order = _joined(from_depots), _joined(ordered)
    return Netted(
        central_units=_received(central, len(item)),
        lateral_units=_received(lateral, len(item)),
        ordered_units=_received(on_order, len(item)),
        buy_units=left,
        from_depots=central,
        lateral=lateral,
        ordered=on_order,
    )


def _pack_by_item(item: Indices, pack_units: Units, asked: Indices, items: int) -> Units:
    packs = np.ones(items, dtype=np.int64)
    packs[item] = pack_units
    return np.asarray(packs[asked])


def _joined(moves: list[Moves]) -> Moves:
    none = np.zeros(0, dtype=np.int32)
    return Moves(
        giver=np.concatenate([none, *(each.giver for each in moves)]),
        taker=np.concatenate([none, *(each.taker for each in moves)]),
        units=np.concatenate([none.astype(np.int64), *(each.units for each in moves)]),
    )


def _received(moves: Moves, rows: int) -> Units:
    return np.rint(np.bincount(moves.taker, weights=moves.units, minlength=rows)).astype(np.int64)
