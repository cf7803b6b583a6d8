"""A look at one item on the board: who can reach which source, directly or through others."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from allocator.board import NOBODY, Board, Side
from allocator.case import Bools
from allocator.frontier import Pack

__all__ = ["Giver", "View", "chain_of", "give_up", "receive", "spare"]

_NEAR = 1e-9


@dataclass(frozen=True)
class Giver:
    """The pack that an item would give up for a depot's truck: whose it is, and at which source it lies."""

    pack: Pack
    cell: int
    end: int


@dataclass
class View:
    """Who can reach which source of an item, directly or through others switching depots."""

    board: Board
    side: Side

    def __post_init__(self) -> None:
        depot = self.board.depot[self.side.sources]
        # Parts of one depot's stock: who switches between them stays on the same lorry, lane and stop.
        self.beside = (depot[:, None] == depot) & ~np.eye(len(depot), dtype=bool)
        self.holds = np.zeros(self.side.flow.shape, dtype=bool)
        self.room = ~self.holds
        self._seen: dict[int, tuple[int, Giver | None, float]] = {}
        self.look(afresh=True)

    def look(self, *, afresh: bool = False) -> None:
        """See the item as it is now."""
        room, holds = self.board.room(self.side), self.side.flow > 0
        if not afresh and np.array_equal(holds, self.holds) and np.array_equal(room, self.room):
            return  # packs moved, but nobody came to hold or lost the last pack of a source
        self.side.turn += 1
        self.room, self.holds = room, holds
        self.edge = _leads(self.holds, self.room)
        if bool(self.beside.any()):
            self.edge |= self.beside & _leads(self.holds, self.side.open)
        self.reach = _closure(self.edge)
        self.can = (self.room.astype(np.float32) @ self.reach.astype(np.float32)) > 0

    def mover(self, here: int, there: int) -> int:
        """Return a cell that could switch a pack of its own from one source to another."""
        may = self.side.open if self.beside[here, there] else self.room
        return int(np.flatnonzero(self.holds[:, here] & may[:, there])[0])

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
        return int(min(close.tolist(), key=lambda c: (self.next(c).key, c)))

    def highest(self, ends: Bools) -> int:
        """Return the cell with the highest last key that holds packs at these sources, or `NOBODY`."""
        at = np.where(self.holds[:, ends].any(axis=1), self.side.last_at, -np.inf)
        top = float(at.max(initial=-np.inf))
        if top == -np.inf:
            return NOBODY
        close = np.flatnonzero(at >= top - _NEAR)
        return int(max(close.tolist(), key=lambda c: (self.last(c).key, -c)))

    def giver_for(self, depot: int) -> Giver | None:
        """Return the highest pack whose giving up frees weight at a depot, directly or through a chain."""
        return self._at(depot)[1]

    def neediest(self, depot: int) -> float:
        """Return where the lowest cell stands that could use an unused pack of a depot, were there room."""
        return self._at(depot)[2]

    def _at(self, depot: int) -> tuple[int, Giver | None, float]:
        seen = self._seen.get(depot)
        if seen is None or seen[0] != self.side.turn:
            mine = self.board.depot[self.side.sources] == depot
            seen = self._seen[depot] = (self.side.turn, self._giver_for(mine), self._neediest(mine))
        return seen

    def _giver_for(self, mine: Bools) -> Giver | None:
        ends = np.asarray(self.reach[mine].any(axis=0), dtype=bool)
        cell = self.highest(ends)
        if cell == NOBODY:
            return None
        return Giver(self.last(cell), cell, int(np.flatnonzero(ends & self.holds[cell])[0]))

    def _neediest(self, mine: Bools) -> float:
        ends = mine & (self.board.packs_left[self.side.sources, self.side.by] > 0)
        return float(self.side.next_at[self.can[:, ends].any(axis=1)].min(initial=np.inf))

    def next(self, cell: int) -> Pack:
        """Return the pack that a cell would receive next. Raises where it wants none."""
        return _there(self.side.frontier[cell].next)

    def last(self, cell: int) -> Pack:
        """Return the pack that a cell would give up. Raises where it has none."""
        return _there(self.side.frontier[cell].last)


def _there(pack: Pack | None) -> Pack:
    if pack is None:
        raise ArithmeticError("a pack that was seen is not there")
    return pack


def _leads(holds: Bools, room: Bools) -> Bools:
    """Return [here, there]: a cell that holds packs of one source could draw on the other."""
    return np.asarray((holds.T.astype(np.float32) @ room.astype(np.float32)) > 0)


def _closure(edge: Bools) -> Bools:
    """Return reachability, each source reaching itself."""
    reach = edge | np.eye(len(edge), dtype=bool)
    while True:
        wider = (reach.astype(np.float32) @ reach.astype(np.float32)) > 0
        if bool(np.array_equal(wider, reach)):
            return reach
        reach = wider


def spare(board: Board, side: Side, *, kg: int = 0, m3: int = 0) -> Bools:
    """Return the sources of an item with an unused pack and room for it, were so much weight freed."""
    by, depot = side.by, board.depot[side.sources]
    return np.asarray(
        (board.packs_left[side.sources, by] > 0)
        & (board.kg_left[depot] + kg >= board.pack_kg[by])
        & (board.m3_left[depot] + m3 >= board.pack_m3[by]),
        dtype=bool,
    )


def give_up(board: Board, view: View, cell: int, source: int) -> None:
    """Take from a cell the pack it received last, and put it back at a source."""
    row = view.last(cell).row
    board.load(view.side, cell, source, -1)
    board.give(view.side, cell, row, -1)


def receive(board: Board, view: View, cell: int, end: int) -> None:
    """Give a cell its next pack, drawn from `end` through the shortest chain of switching cells."""
    side = view.side
    row = view.next(cell).row
    chain = chain_of(view, np.flatnonzero(view.room[cell]), end)
    for here, there in pairwise(chain):
        mover = view.mover(here, there)
        board.load(side, mover, here, -1)
        board.load(side, mover, there, 1)
    board.load(side, cell, chain[0], 1)
    board.give(side, cell, row, 1)


def chain_of(view: View, starts: NDArray[np.intp], end: int) -> list[int]:
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
