"""The fast engine: leximin over catchments, whole packs, few stops. One path for any size."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from allocator.catchment import network_of
from allocator.exchange import settle
from allocator.fair import shares_of
from allocator.leximin import Levels, level_all
from allocator.need import Problem, without_roads
from allocator.shares import FairShares, Shipments
from allocator.stop_swaps import pass_stops_on
from allocator.stops import ship
from allocator.tolerance import spare_stops
from allocator.trades import deal_trades
from allocator.visits import Road, review

__all__ = ["solve"]

_T = TypeVar("_T")


def solve(problem: Problem, *, timings: dict[str, float] | None = None) -> tuple[FairShares, Shipments]:
    """Return the fair shares with their proof, and the whole packs to ship.

    Roads that a stop limit or a minimum drop rules out are closed and the rest is solved again,
    until none is left to close. `timings` collects CPU seconds per stage.
    """
    clock = _Clock(timings)

    def again(closed: dict[Road, str], settled: set[Road]) -> _Settled:
        return _reviewed(problem, closed, settled, clock)

    plan = pass_stops_on(
        problem,
        again({}, set()),
        shipments_of=lambda plan: plan.shipments,
        closed_of=lambda plan: plan.closed,
        again=again,
    )
    shipments = clock("visits", partial(spare_stops, plan.levels.network, plan.shipments))
    shares = clock("shares", lambda: shares_of(plan.levels))
    code = problem.case.sites.code
    roads = tuple(sorted((code[depot], code[site], why) for (depot, site), why in plan.closed.items()))
    return replace(shares, closed=roads), shipments


@dataclass(frozen=True)
class _Settled:
    """A plan that reviews leave as it is, and the roads it does without."""

    levels: Levels
    shipments: Shipments
    closed: Mapping[Road, str]


def _reviewed(problem: Problem, closed: Mapping[Road, str], settled: set[Road], clock: _Clock) -> _Settled:
    """Solve and review until the review has nothing to change."""
    while True:
        open_problem = without_roads(problem, closed) if closed else problem
        network = clock("network", partial(network_of, open_problem))
        levels = clock("leximin", partial(level_all, network))
        shipments = _ship(levels, clock)
        change = clock("visits", partial(review, problem, shipments, closed, settled))
        if not change:
            return _Settled(levels, shipments, closed)
        closed = {road: why for road, why in closed.items() if road not in change.reopen} | dict(change.close)


def _ship(levels: Levels, clock: _Clock) -> Shipments:
    trades, final = clock("packs", lambda: deal_trades(levels))
    if not final:
        clock("exchanges", lambda: settle(levels.network, trades))
    return clock("stops", lambda: ship(levels.network, trades))


class _Clock:
    """Adds up CPU seconds per stage."""

    def __init__(self, seconds: dict[str, float] | None) -> None:
        self._seconds = {} if seconds is None else seconds

    def __call__(self, stage: str, work: Callable[[], _T]) -> _T:
        began = time.process_time()
        result = work()
        self._seconds[stage] = self._seconds.get(stage, 0.0) + time.process_time() - began
        return result
