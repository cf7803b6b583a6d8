"""Exchanges: whole packs moved until nobody could give one up and still stand above who lacks it.

Three kinds (docs/formulation): within one item, through any chain of sites that switch depots;
taking a pack nobody uses, through such a chain, within the limits; and giving up a pack of another
item whose weight or room is needed. Each raises the sorted positions, so exchanges end.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from allocator.board import NOBODY, Board
from allocator.catchment import Network
from allocator.lane_swaps import swap_on_lanes
from allocator.trades import Trade
from allocator.view import Giver, View, chain_of, give_up, receive, spare

__all__ = ["settle"]

_NEAR = 1e-9


def settle(network: Network, trades: list[Trade]) -> None:
    """Exchange packs of the trades, in place, until no exchange improves."""
    board = Board(network, trades)
    views = [View(board, side) for side in board.sides]
    unsettled = set(range(len(views)))
    while unsettled:
        while unsettled:
            number = min(unsettled)
            unsettled.discard(number)
            if _settle_item(board, views[number]):
                unsettled |= _others(board, number)
        if _swap_weights(board, views) | swap_on_lanes(board, views):
            # A lighter pack for a heavier one leaves room on the truck for any item.
            unsettled = set(range(len(views)))
    board.write_back()


def _others(board: Board, number: int) -> set[int]:
    """Return the items a change of this one may concern: through a lane it frees, or a pair it serves."""
    if len(board.lane_left):
        return set(range(len(board.sides))) - {number}
    mine = board.sides[number].needs
    return {n for n, side in enumerate(board.sides) if n != number and not mine.isdisjoint(side.needs)}


def _settle_item(board: Board, view: View) -> bool:
    """Take unused packs and exchange of one item until nothing improves; tell if anything changed."""
    changed = False
    view.look()
    while _return_excess(board, view) or _take_unused(board, view) or _exchange(board, view):
        changed = True
        view.look()
    return changed


def _return_excess(board: Board, view: View) -> bool:
    """Take back a pack from a pair whose ladder is complete without it (a larger substitute filled it)."""
    side = view.side
    for cell in np.flatnonzero(side.last_at == np.inf).tolist():
        give_up(board, view, cell, int(np.flatnonzero(view.holds[cell])[0]))
        return True
    return False


def _take_unused(board: Board, view: View) -> bool:
    ends = spare(board, view.side)
    cell = view.lowest(ends) if bool(ends.any()) else NOBODY
    if cell == NOBODY:
        return False
    receive(board, view, cell, int(np.flatnonzero(ends & view.can[cell])[0]))
    return True


def _exchange(board: Board, view: View) -> bool:
    """Let the highest giver pass a pack to the lowest receiver it can reach, if that improves."""
    side = view.side
    best = np.where(view.holds, side.last_at[:, None], -np.inf).max(axis=0, initial=-np.inf)
    offered = np.where(view.can, best[None, :], -np.inf).max(axis=1, initial=-np.inf)
    hopeful = np.flatnonzero(np.isfinite(side.next_at) & (offered >= side.next_at - _NEAR))
    for cell in sorted(hopeful.tolist(), key=lambda c: (side.next_at[c], c)):
        ends = view.can[cell]
        giver = view.highest(ends)
        if giver != NOBODY and view.last(giver).key > view.next(cell).key:
            end = int(np.flatnonzero(ends & view.holds[giver])[0])
            give_up(board, view, giver, end)
            receive(board, view, cell, end)
            return True
    return False


def _swap_weights(board: Board, views: list[View]) -> set[int]:
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


def _swap_at(board: Board, views: list[View], depot: int) -> set[int]:
    """Make the best swap at one depot; return the items it touched, nothing where none improves."""
    givers = [(giver, n) for n, view in enumerate(views) if (giver := view.giver_for(depot))]
    givers.sort(key=lambda giver: giver[0].pack.key, reverse=True)
    for number, view in enumerate(views):
        needy = view.neediest(depot) - _NEAR
        for giver, other in givers:
            if giver.pack.at < needy:
                break  # givers come highest first, and even the lowest receiver stands above this one
            if other == number:
                continue
            gives = board.sides[other].by
            ends = spare(board, view.side, kg=int(board.pack_kg[gives]), m3=int(board.pack_m3[gives]))
            ends &= board.depot[view.side.sources] == depot
            receiver = view.lowest(ends) if bool(ends.any()) else NOBODY
            if receiver != NOBODY and giver.pack.key > view.next(receiver).key:
                _release(board, views[other], giver, depot)
                receive(board, view, receiver, int(np.flatnonzero(ends & view.can[receiver])[0]))
                return {number, other} | _others(board, number) | _others(board, other)
    return set()


def _release(board: Board, view: View, giver: Giver, depot: int) -> None:
    """Give a pack up and pass the free place on to the depot that needs it."""
    side = view.side
    starts = np.flatnonzero(board.depot[side.sources] == depot)
    chain = chain_of(view, starts, giver.end)
    give_up(board, view, giver.cell, giver.end)
    for here, there in pairwise(chain):
        mover = view.mover(here, there)
        board.load(side, mover, here, -1)
        board.load(side, mover, there, 1)
