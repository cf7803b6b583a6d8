"""Exchanges on one lane: a site gives up a pack of one item so that its lane can carry another."""

from __future__ import annotations

from itertools import product

import numpy as np

from allocator.board import Board
from allocator.view import View, give_up, receive, spare

__all__ = ["swap_on_lanes"]

_NEAR = 1e-9


def swap_on_lanes(board: Board, views: list[View]) -> set[int]:
    """Swap packs of two items on lanes that are full, wherever that improves; return the items touched."""
    touched: set[int] = set()
    users = _users(views, len(board.lane_left))
    for here in users:
        moved = _swap_on(board, views, here)
        while moved:
            touched |= moved
            moved = _swap_on(board, views, here)
    return touched


def _users(views: list[View], lanes: int) -> list[list[tuple[int, int, int]]]:
    """Return for each lane limit the (view, cell, source) links it carries."""
    users: list[list[tuple[int, int, int]]] = [[] for _ in range(lanes)]
    for number, view in enumerate(views):
        for cell, source in zip(*np.nonzero(view.side.lane >= 0), strict=True):
            users[view.side.lane[cell, source]].append((number, int(cell), int(source)))
    return users


def _swap_on(board: Board, views: list[View], users: list[tuple[int, int, int]]) -> set[int]:
    for (n, cell, source), (m, taker, _) in product(users, users):
        giver_side, taker_side = views[n].side, views[m].side
        same = (n, cell) == (m, taker)
        if same or giver_side.flow[cell, source] <= 0 or taker_side.frontier[taker].next is None:
            continue
        if giver_side.last_at[cell] < taker_side.next_at[taker] - _NEAR:
            continue
        gives, takes = giver_side.frontier[cell], taker_side.frontier[taker]
        improves = gives.last is not None and takes.next is not None and gives.last.key > takes.next.key
        if improves and _try(board, views, (n, cell, source), (m, taker)):
            return {n, m}
    return set()


def _try(board: Board, views: list[View], giver: tuple[int, int, int], taker: tuple[int, int]) -> bool:
    """Take the giver's pack off; if the taker's then fits, make the swap, else put it back."""
    side, view = views[giver[0]].side, views[taker[0]]
    board.load(side, giver[1], giver[2], -1)
    view.look()
    ends = spare(board, view.side) & view.can[taker[1]]
    board.load(side, giver[1], giver[2], 1)
    if not bool(ends.any()):
        view.look()
        return False
    give_up(board, views[giver[0]], giver[1], giver[2])
    receive(board, view, taker[1], int(np.flatnonzero(ends)[0]))
    views[giver[0]].look()
    view.look()
    return True
