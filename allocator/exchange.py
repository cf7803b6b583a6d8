"""Exchanges: whole packs moved until nobody could give one up and still stand above who lacks it.

Three kinds (docs/formulation): within one item, through any chain of sites that switch depots;
taking a pack nobody uses, through such a chain, within the limits; and giving up a pack of another
item whose weight or room is needed. Each raises the sorted positions, so exchanges end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.board import NOBODY, Board, Key, Side
from allocator.case import Bools
from allocator.catchment import Network
from allocator.trades import Trade

__all__ = ["settle"]

_NEAR = 1e-9


def settle(network: Network, trades: list[Trade]) -> None:
    """Exchange packs of the trades, in place, until no exchange improves."""
    board = Board(network, trades)
    views = [_View(board, side) for side in board.sides]
    unsettled = set(range(len(views)))
    while unsettled:
        while unsettled:
            number = min(unsettled)
            unsettled.discard(number)
            if _settle_item(board, views[number]):
                unsettled |= _others(board, number)
        unsettled |= _swap_weights(board, views)
    board.write_back()


def _others(board: Board, number: int) -> set[int]:
    """Return the items that pairs served by this one may also receive."""
    mine = {trade.item for trade in board.sides[number].trades}
    return {
        n for n, side in enumerate(board.sides) if n != number and any(trade.item in mine for trade in side.trades)
    }


@dataclass
class _View:
    """Who can reach which source of an item, directly or through others switching depots."""

    board: Board
    side: Side

    def __post_init__(self) -> None:
        self.look()

    def look(self) -> None:
        """See the item as it is now."""
        side = self.side
        self.room = self.board.room(side)
        self.holds = side.flow > 0
        self.edge = (self.holds.T.astype(np.float32) @ self.room.astype(np.float32)) > 0
        self.reach = _closure(self.edge)
        self.can = (self.room.astype(np.float32) @ self.reach.astype(np.float32)) > 0

    def receivers(self, ends: Bools) -> NDArray[np.intp]:
        """Return cells that want a pack and can reach any of these sources, lowest first."""
        cells = np.flatnonzero(np.isfinite(self.side.next_at) & self.can[:, ends].any(axis=1))
        return cells[np.argsort(self.side.next_at[cells], kind="stable")]

    def lowest(self, ends: Bools) -> int:
        """Return the cell with the lowest next key that can reach these sources, or `NOBODY`."""
        cells = self.receivers(ends)
        if not len(cells):
            return NOBODY
        at = self.side.next_at[cells]
        close = cells[at <= at[0] + _NEAR]
        return int(min(close.tolist(), key=lambda c: (self.side.frontier[c].next_key, c)))

    def highest(self, ends: Bools) -> int:
        """Return the cell with the highest last key that holds packs at these sources, or `NOBODY`."""
        at = np.where(self.holds[:, ends].any(axis=1), self.side.last_at, -np.inf)
        top = float(at.max(initial=-np.inf))
        if top == -np.inf:
            return NOBODY
        close = np.flatnonzero(at >= top - _NEAR)
        return int(max(close.tolist(), key=lambda c: (self.side.frontier[c].last_key, -c)))


def _closure(edge: Bools) -> Bools:
    """Return reachability, each source reaching itself."""
    reach = edge | np.eye(len(edge), dtype=bool)
    while True:
        wider = (reach.astype(np.float32) @ reach.astype(np.float32)) > 0
        if bool(np.array_equal(wider, reach)):
            return reach
        reach = wider


def _settle_item(board: Board, view: _View) -> bool:
    """Take unused packs and exchange of one item until nothing improves; tell if anything changed."""
    changed = False
    view.look()
    while _take_unused(board, view) or _exchange(board, view):
        changed = True
        view.look()
    return changed


def _spare(board: Board, side: Side, *, kg: int = 0, m3: int = 0) -> Bools:
    """Return the sources of an item with an unused pack and room for it, were so much weight freed."""
    by, depot = side.by, board.depot[side.sources]
    return np.asarray(
        (board.packs_left[side.sources, by] > 0)
        & (board.kg_left[depot] + kg >= board.pack_kg[by])
        & (board.m3_left[depot] + m3 >= board.pack_m3[by]),
        dtype=bool,
    )


def _take_unused(board: Board, view: _View) -> bool:
    ends = _spare(board, view.side)
    cell = view.lowest(ends) if bool(ends.any()) else NOBODY
    if cell == NOBODY:
        return False
    _receive(board, view, cell, int(np.flatnonzero(ends & view.can[cell])[0]))
    return True


def _exchange(board: Board, view: _View) -> bool:
    """Let the highest giver pass a pack to the lowest receiver it can reach, if that improves."""
    side = view.side
    best = np.where(view.holds, side.last_at[:, None], -np.inf).max(axis=0, initial=-np.inf)
    offered = np.where(view.can, best[None, :], -np.inf).max(axis=1, initial=-np.inf)
    hopeful = np.flatnonzero(np.isfinite(side.next_at) & (offered >= side.next_at - _NEAR))
    for cell in sorted(hopeful.tolist(), key=lambda c: (side.next_at[c], c)):
        ends = view.can[cell]
        giver = view.highest(ends)
        if giver != NOBODY and side.frontier[giver].last_key > side.frontier[cell].next_key:
            end = int(np.flatnonzero(ends & view.holds[giver])[0])
            _give_up(board, side, giver, end)
            _receive(board, view, cell, end)
            return True
    return False


def _give_up(board: Board, side: Side, cell: int, source: int) -> None:
    row = side.frontier[cell].last_row
    board.load(side, cell, source, -1)
    board.give(side, cell, row, -1)


def _receive(board: Board, view: _View, cell: int, end: int) -> None:
    """Give a cell its next pack, drawn from `end` through the shortest chain of switching cells."""
    side = view.side
    row = side.frontier[cell].next_row
    chain = _chain(view, np.flatnonzero(view.room[cell]), end)
    for here, there in zip(chain[:-1], chain[1:], strict=True):
        mover = int(np.flatnonzero(view.holds[:, here] & view.room[:, there])[0])
        board.load(side, mover, here, -1)
        board.load(side, mover, there, 1)
    board.load(side, cell, chain[0], 1)
    board.give(side, cell, row, 1)


def _chain(view: _View, starts: NDArray[np.intp], end: int) -> list[int]:
    """Return a shortest path of sources from any start to the end."""
    before = {int(s): NOBODY for s in starts}
    frontier = list(before)
    while end not in before:
        found = []
        for source in frontier:
            for other in np.flatnonzero(view.edge[source]).tolist():
                if other not in before:
                    before[other] = source
                    found.append(other)
        if not found:
            raise ArithmeticError("a chain of sites that was seen is not there")
        frontier = found
    chain = [end]
    while before[chain[0]] != NOBODY:
        chain.insert(0, before[chain[0]])
    return chain


def _swap_weights(board: Board, views: list[_View]) -> set[int]:
    """Let a pack of one item make room on a truck for a pack of another, wherever that improves."""
    tight = np.flatnonzero(np.isfinite(board.network.kg_limit) | np.isfinite(board.network.m3_limit))
    touched: set[int] = set()
    for depot in tight.tolist():
        moved = _swap_at(board, views, depot)
        while moved:
            touched |= moved
            for number in moved:
                views[number].look()
            moved = _swap_at(board, views, depot)
    return touched


def _swap_at(board: Board, views: list[_View], depot: int) -> set[int]:
    """Make the best swap at one depot; return the items it touched, nothing where none improves."""
    givers = [(key, n, cell, end) for n, view in enumerate(views) for key, cell, end in _givers(board, view, depot)]
    givers.sort(key=lambda giver: giver[0], reverse=True)
    for number, view in enumerate(views):
        by = view.side.by
        needy = float(view.side.next_at.min(initial=np.inf)) - _NEAR
        for key, other, cell, end in givers:
            gives = board.sides[other].by
            if float(key[0]) < needy:
                break  # givers come highest first, and even the lowest receiver stands above this one
            if other == number:
                continue
            ends = _spare(board, view.side, kg=int(board.pack_kg[gives]), m3=int(board.pack_m3[gives]))
            ends &= board.depot[view.side.sources] == depot
            receiver = view.lowest(ends) if bool(ends.any()) else NOBODY
            if receiver != NOBODY and key > view.side.frontier[receiver].next_key:
                _release(board, views[other], cell, end, depot)
                _receive(board, view, receiver, int(np.flatnonzero(ends & view.can[receiver])[0]))
                return {number, other} | _others(board, number) | _others(board, other)
    return set()


def _givers(board: Board, view: _View, depot: int) -> list[tuple[Key, int, int]]:
    """Return (key, cell, source it gives at) of an item's best giver that frees weight at a depot."""
    mine = board.depot[view.side.sources] == depot
    ends = view.reach[mine].any(axis=0)
    cell = view.highest(ends)
    if cell == NOBODY:
        return []
    return [(view.side.frontier[cell].last_key, cell, int(np.flatnonzero(ends & view.holds[cell])[0]))]


def _release(board: Board, view: _View, cell: int, end: int, depot: int) -> None:
    """Give a pack up at `end` and pass the free place on to the depot that needs it."""
    side = view.side
    starts = np.flatnonzero(board.depot[side.sources] == depot)
    chain = _chain(view, starts, end)
    _give_up(board, side, cell, end)
    for here, there in zip(chain[:-1], chain[1:], strict=True):
        mover = int(np.flatnonzero(view.holds[:, here] & view.room[:, there])[0])
        board.load(side, mover, here, -1)
        board.load(side, mover, there, 1)
