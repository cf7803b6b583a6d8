"""Complete leximin of the ladder, the way it is defined: lift all, see who is stuck, freeze, go on.

One linear program per level. Its dual prices say who is stuck and prove it: whoever has a positive
price could rise only if somebody who stands no higher fell. With `fill` free in both directions
the prices always name somebody (Σ price · slope = 1), so no separate blocking program is needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pulp

from allocator.case import Bools, Floats, Indices
from allocator.need import Problem
from allocator.proof import FlowRow, Step
from allocator.reference.formulation import Formulation, Ways, formulate, requirement_of_pair, ways_of
from allocator.reference.ladder import Ladder, ladder_of
from allocator.reference.prices import Prices, price_of_pair, prices_of, sharpened, value_of
from allocator.reference.solvers import SolverFailed, optimise
from allocator.shares import FairShares

__all__ = ["fair_shares", "first_level"]

K = TypeVar("K")

# Frozen amounts enter the next program smaller by the first of these shares with which the solver
# finds it feasible: CBC writes eight digits, and many large amounts lift a few small ones far. The
# level itself is recomputed from the prices and the exact amounts.
_SHAVES = (1e-12, 1e-9, 1e-8, 1e-7, 1e-6)
_COMPLETE = 1.0 - 1e-9
# A step's prices prove its level when they miss by no more than this (docs/proof.md).
_GAP_MOST = 1e-6
# Prices that put the level further than this from the solver's own prove nothing.
_FILL_APART_MOST = 1e-4
_LAST_DIGIT = 1e-16


@dataclass
class Climb:
    """How far the ladder has been climbed."""

    guarantee_units: Floats
    frozen: Bools
    step_of: Indices
    steps: list[Step]
    exact: bool = True


def fair_shares(
    problem: Problem,
    solver: str = "cbc",
    ways: Ways | None = None,
    closed: tuple[tuple[str, str, str], ...] = (),
) -> FairShares:
    """Return the fair shares with their proof. `ways`: those left open, all by default; `closed`: the rest.

    Raises `SolverUnknown` or `SolverFailed`.
    """
    ways = ways_of(problem) if ways is None else ways
    form, ladder = formulate(problem, ways), ladder_of(problem)
    count = len(problem.pairs)
    closed_out = ~np.isin(np.arange(count), ways.pair)
    climb = Climb(
        guarantee_units=np.zeros(count),
        frozen=closed_out.copy(),
        step_of=np.full(count, -1, dtype=np.int32),
        steps=[],
    )
    for rung in range(ladder.rungs):
        _climb_rung(form, ladder, rung, climb, solver)
    rung_of, fill = ladder.standing(climb.guarantee_units)
    step_of = np.where(rung_of == 0, -1, climb.step_of)
    return FairShares(
        fair_units=climb.guarantee_units,
        rung=rung_of,
        fill=fill,
        step=np.where(closed_out & (rung_of > 0), -2, step_of).astype(np.int32),
        steps=tuple(climb.steps),
        flow=_flow(form, climb.guarantee_units, solver),
        exact=climb.exact,
        closed=closed,
    )


def first_level(problem: Problem) -> pulp.LpProblem:
    """Return the linear program of the first level, for any auditor's own solver (`--export`)."""
    form, ladder = formulate(problem, ways_of(problem)), ladder_of(problem)
    nothing = np.zeros(len(problem.pairs))
    open_pairs = np.isin(np.arange(len(problem.pairs)), form.ways.pair)
    rungs = (rung for rung in range(ladder.rungs) if np.any(ladder.lifts(rung) & open_pairs))
    return _level(form, ladder, next(rungs, 0), nothing, ~open_pairs)


def _climb_rung(form: Formulation, ladder: Ladder, rung: int, climb: Climb, solver: str) -> None:
    """Freeze level after level until the rest reach the rung's top, which becomes their guarantee."""
    while np.any(ladder.lifts(rung) & ~climb.frozen):
        fill, prices = _lift_all(form, ladder, rung, climb, solver)
        if fill >= _COMPLETE:
            break
        _freeze(form, ladder, rung, fill, prices, climb)
    reached = ladder.required_units(rung, 1.0, climb.guarantee_units, climb.frozen)
    climb.guarantee_units = reached


def _lift_all(form: Formulation, ladder: Ladder, rung: int, climb: Climb, solver: str) -> tuple[float, Prices]:
    """Return the fill all can reach together, and the prices that prove it.

    Where the prices disagree with the solver's own level (CBC calls a ray of an infeasible program
    optimal), a slightly easier program is tried; at the last, the solver's level stands, with its gap.
    """
    solved, prices = 0.0, Prices({}, {}, {}, {}, {})
    for shave in _SHAVES:
        less = shave * (climb.guarantee_units + form.problem.pairs.held)
        kept_units = np.where(climb.guarantee_units > 0, climb.guarantee_units - less, 0.0)
        try:
            optimise(_level(form, ladder, rung, kept_units, climb.frozen), solver)
        except SolverFailed:
            if shave == _SHAVES[-1]:
                raise
            continue
        solved, prices = float(form.fill.value()), sharpened(form, prices_of(form))
        fill = _recomputed_fill(form, ladder, rung, climb, prices)
        if abs(fill - min(solved, 1.0)) <= _FILL_APART_MOST:
            return fill, prices
    return solved, prices


def _level(form: Formulation, ladder: Ladder, rung: int, kept_units: Floats, frozen: Bools) -> pulp.LpProblem:
    """Lift everybody of the rung as far as all can go together.

    max C · fill, where C = Σ slope: at 100,000 sites the prices of a bare `fill` would fall below
    the solver's tolerance. Guarantees are kept, whoever they belong to.
    """
    model = pulp.LpProblem(f"rung_{rung + 1}", pulp.LpMaximize)
    lifted = ladder.lifts(rung) & ~frozen
    model += pulp.LpAffineExpression([(form.fill, float(ladder.slope_units[rung, lifted].sum()))])
    for row in form.limit_rows():
        model += row
    for row in requirement_of_pair(form, kept_units, np.zeros(len(kept_units))):
        model += row
    floor, slope = ladder.floor_units[rung], ladder.slope_units[rung]
    for row in requirement_of_pair(form, np.where(lifted, floor, 0.0), np.where(lifted, slope, 0.0)):
        model += row
    return model


def _recomputed_fill(form: Formulation, ladder: Ladder, rung: int, climb: Climb, prices: Prices) -> float:
    """Return the fill at which Σ price · requirement(fill) = Σ price · limit: exact, given the prices.

    The sum is convex and rises with the fill, so Newton's steps from the rung's top fall to the
    root. Above the top it does not matter how far: the rung is complete.
    """
    fill = 1.0
    price, value = price_of_pair(form, prices), value_of(form, prices)
    lifted = ladder.lifts(rung) & ~climb.frozen
    for _ in range(100):
        asked = ladder.required_units(rung, fill, climb.guarantee_units, climb.frozen)
        surplus = math.fsum(price * asked) - value
        floor, slope = ladder.floor_units[rung], ladder.slope_units[rung]
        rising = lifted & (floor + fill * slope >= np.maximum(climb.guarantee_units, 0.0)) & (price > 0)
        total = float((price * slope)[rising].sum())
        if total <= 0 or abs(surplus) <= 1e-15 * max(abs(value), 1.0):
            break
        if fill == 1.0 and surplus < 0:
            return 1.0
        lower = fill - surplus / total
        if abs(lower - fill) <= _LAST_DIGIT:
            break
        fill = lower
    return fill


def _freeze(form: Formulation, ladder: Ladder, rung: int, fill: float, prices: Prices, climb: Climb) -> None:
    """Freeze every unfrozen pair with a positive price, whatever its rung, and write the step down."""
    before = climb.steps[-1] if climb.steps else None
    # Levels only rise within a rung; the last digit must not say otherwise.
    fill = max(fill, before.fill if before and before.rung == rung + 1 else 0.0)
    price = price_of_pair(form, prices)
    stuck = ~climb.frozen & (price > 0)
    asked = ladder.required_units(rung, fill, climb.guarantee_units, climb.frozen)
    lifted = ladder.lifts(rung) & ~climb.frozen
    if not np.any(stuck):
        raise SolverFailed("", f"rung {rung + 1}", "no prices")
    miss = abs(math.fsum(price * asked) - value_of(form, prices))
    gap = miss / float((price * ladder.slope_units[rung])[lifted].sum())
    climb.guarantee_units = np.where(stuck, asked, climb.guarantee_units)
    climb.step_of[stuck] = len(climb.steps)
    climb.frozen |= stuck
    exact = gap <= _GAP_MOST
    climb.exact &= exact
    climb.steps.append(_step(form, rung + 1, fill, int(stuck.sum()), prices, gap=0.0 if exact else gap))


def _step(form: Formulation, rung: int, fill: float, freezes: int, prices: Prices, gap: float) -> Step:
    """Return the step with codes for positions."""
    case, pairs = form.problem.case, form.problem.pairs
    site, item, label = case.sites.code, case.items.code, form.problem.sources.label
    return Step(
        rung=rung,
        fill=fill,
        freezes=freezes,
        supply={(label[k], item[j]): price for (k, j), price in prices.supply.items()},
        kg={site[d]: price for d, price in prices.kg.items()},
        m3={site[d]: price for d, price in prices.m3.items()},
        lane_kg={(site[d], site[s]): price for (d, s), price in prices.lane_kg.items()},
        cap={(site[pairs.site[p]], item[pairs.item[p]]): price for p, price in prices.cap.items()},
        gap=gap,
    )


def _flow(form: Formulation, fair_units: Floats, solver: str) -> tuple[FlowRow, ...]:
    """Return one routing of the fair amounts, summed by catchment and tier."""
    ways = form.ways
    if not len(ways) or not np.any(fair_units > 0):
        return ()
    # As large a share of all amounts as fits: 1, but for the solver's last digits. Never infeasible.
    model = pulp.LpProblem("routing", pulp.LpMaximize)
    model += pulp.LpAffineExpression([(form.fill, 1.0)])
    model += pulp.LpConstraint(pulp.LpAffineExpression([(form.fill, 1.0)]), pulp.LpConstraintLE, "whole", 1.0)
    for row in [*form.limit_rows(), *requirement_of_pair(form, np.zeros(len(fair_units)), fair_units)]:
        model += row
    optimise(model, solver)
    sent = np.array([variable.value() or 0.0 for variable in form.send])
    sent = np.where(fair_units[ways.pair] > 0, np.maximum(sent, 0.0), 0.0)
    received = np.bincount(ways.pair, weights=sent, minlength=len(fair_units))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(received > 0, fair_units / received, 0.0)
    return _flow_rows(form, sent * share[ways.pair])


def _flow_rows(form: Formulation, sent: Floats) -> tuple[FlowRow, ...]:
    ways, problem = form.ways, form.problem
    case, label = problem.case, problem.sources.label
    tiers = case.policy.tier_names
    own_limits = {site for _, site in form.limits.lane_kg}
    sources_of: dict[int, set[str]] = {}
    for pair, source in zip(ways.pair.tolist(), ways.source.tolist(), strict=True):
        sources_of.setdefault(pair, set()).add(label[source])
    catchment = {pair: tuple(sorted(labels)) for pair, labels in sources_of.items()}
    sums: dict[tuple[tuple[str, ...], str, str, str, str, str], list[float]] = {}
    for way in np.flatnonzero(sent > 0).tolist():
        pair, site, by = int(ways.pair[way]), int(ways.site[way]), int(ways.by[way])
        item = int(problem.pairs.item[pair])
        key = (
            catchment[pair],
            case.items.code[item],
            tiers[problem.pairs.tier[pair]],
            label[ways.source[way]],
            case.sites.code[site] if site in own_limits else "",
            case.items.code[by] if by != item else "",
        )
        sums.setdefault(key, []).append(float(sent[way]))
    return tuple(
        FlowRow(open_sources, item, tier, source, math.fsum(units), site=site, by=by)
        for (open_sources, item, tier, source, site, by), units in sorted(sums.items())
    )
