"""Leximin as the textbook defines it, with GLOP: an oracle that shares no code with the engines.

At each level: lift all as far as they go together, then ask of each pair in turn, by a program of
its own, whether it alone could go further. Who could not is frozen. No dual price is read.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from ortools.linear_solver import pywraplp

from allocator.need import Problem

_STUCK = 1e-6


class Network:
    """One GLOP model: amounts per open way, limits, and a receipt per pair."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.received: list[list[pywraplp.Variable]] = [[] for _ in range(len(problem.pairs))]
        self.use: dict[tuple, dict] = {}
        self.most: dict[tuple, float] = {}
        for pair in range(len(problem.pairs)):
            for route in np.flatnonzero(problem.routes.site == problem.pairs.site[pair]):
                self._ways(pair, int(route))
        for key, uses in self.use.items():
            row = self.solver.Constraint(-self.solver.infinity(), self.most[key])
            for variable, amount in uses.items():
                row.SetCoefficient(variable, amount)
        for pair, variables in enumerate(self.received):
            if problem.pairs.cap[pair] >= 0 and variables:
                self.solver.Add(sum(variables) <= float(problem.pairs.cap[pair]))

    def _ways(self, pair: int, route: int) -> None:
        problem, case = self.problem, self.problem.case
        item, source = int(problem.pairs.item[pair]), int(problem.routes.source[route])
        accepted = [(item, 1.0)] + [
            (int(case.substitutes.by[n]), float(case.substitutes.units_per_unit[n]))
            for n in np.flatnonzero(case.substitutes.item == item)
        ]
        for by, ratio in accepted:
            packs, pack_units = int(problem.packs[source, by]), int(case.items.pack_units[by])
            if packs < 1:
                continue
            way = self.solver.NumVar(0, self.solver.infinity(), "")
            self.received[pair].append(way)
            self._limit(("supply", source, by), way, ratio, packs * pack_units)
            kg = ratio * case.items.pack_kg[by] / pack_units
            m3 = ratio * case.items.pack_m3[by] / pack_units
            lane = int(problem.routes.lane[route])
            self._limit(("lane", lane), way, kg, case.lanes.max_kg[lane])
            depot = case.lanes.depot[lane]
            for row in np.flatnonzero(case.depots.depot == depot):
                limits = case.depots
                self._limit(("kg", depot), way, kg, limits.max_kg[row])
                self._limit(("m3", depot), way, m3, limits.max_m3[row])
                if limits.vehicles[row] >= 0:
                    self._limit(("fleet", depot), way, kg, limits.vehicles[row] * limits.vehicle_kg[row])

    def _limit(self, key: tuple, way: pywraplp.Variable, amount: float, most: float) -> None:
        if not np.isnan(most):
            self.use.setdefault(key, {})[way] = float(amount)
            self.most[key] = float(most)


def textbook_shares(problem: Problem) -> np.ndarray:
    """Return the fair units of every pair, found without any dual price."""
    net = Network(problem)
    pairs, policy = problem.pairs, problem.case.policy
    daily = [Fraction(int(u), 1_000_000) for u in pairs.daily_micro]
    ladder = [
        {
            step.rung: (
                float(daily[p] * step.base) - int(pairs.held[p]),
                float(daily[p] * (step.top - step.base)),
            )
            for step in policy.tier_steps(
                policy.tier_names[pairs.tier[p]], durable=bool(problem.case.items.durable[pairs.item[p]])
            )
        }
        for p in range(len(pairs))
    ]
    keep = [net.solver.Constraint(0.0, net.solver.infinity()) for _ in range(len(pairs))]
    lift = [net.solver.Constraint(-net.solver.infinity(), net.solver.infinity()) for _ in range(len(pairs))]
    level = net.solver.NumVar(0.0, 1.0, "level")
    for p, ways in enumerate(net.received):
        for way in ways:
            keep[p].SetCoefficient(way, 1.0)
            lift[p].SetCoefficient(way, 1.0)
    free = {p for p in range(len(pairs)) if net.received[p]}
    guarantee = np.zeros(len(pairs))
    for rung in range(1, len(policy.ladder) + 1):
        _climb(net, ladder, rung, free, guarantee, (keep, lift, level))
    return guarantee


def _climb(net, ladder, rung, free, guarantee, rows) -> None:
    """Climb one rung: `guarantee` and `free` change in place."""
    keep, lift, level = rows
    infinity = net.solver.infinity()
    rising = {p for p in free if rung in ladder[p]}
    kept = np.zeros(len(guarantee))
    while rising:
        for p in range(len(guarantee)):
            kept[p] = guarantee[p]
            floor, slope = ladder[p].get(rung, (0.0, 0.0))
            lift[p].SetLb(floor if p in rising else -infinity)
            lift[p].SetCoefficient(level, -slope if p in rising else 0.0)
        best = _solve(net, [level], keep, kept)
        asked = {p: max(guarantee[p], ladder[p][rung][0] + best * ladder[p][rung][1], 0.0) for p in rising}
        if best >= 1 - 1e-9:
            for p in rising:
                guarantee[p] = max(asked[p], 0.0)
            return
        for p in range(len(guarantee)):
            lift[p].SetLb(-infinity)
            kept[p] = asked.get(p, guarantee[p])
        # Who is above the level anyway is not stuck by it; the others are asked one by one.
        stuck = {
            p
            for p in rising
            if _solve(net, net.received[p], keep, kept) <= asked[p] + _STUCK * max(1.0, ladder[p][rung][1])
        }
        assert stuck, "a level at which nobody is stuck"
        for p in stuck:
            guarantee[p] = asked[p]
        free -= stuck
        rising -= stuck


def _solve(net, maximised, keep, kept) -> float:
    """Maximise a sum while every pair keeps its amount, less as few last digits as GLOP needs."""
    objective = net.solver.Objective()
    objective.Clear()
    for variable in maximised:
        objective.SetCoefficient(variable, 1.0)
    objective.SetMaximization()
    for shave in (0.0, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8):
        for row, units in zip(keep, kept, strict=True):
            row.SetLb(float(units) * (1 - shave))
        if net.solver.Solve() == pywraplp.Solver.OPTIMAL:
            return sum(variable.solution_value() for variable in maximised)
    raise AssertionError("GLOP finds no plan that keeps what was reached")
