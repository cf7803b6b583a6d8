"""A case in, a plan out: the one door to both engines."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from allocator.case import Case, Indices
from allocator.explain import reasons_of
from allocator.explain_nothing import why_nothing
from allocator.lots import lots_of
from allocator.memory import first_among_equals, in_the_way
from allocator.need import Problem, needs_of
from allocator.overrides import Conflict, Fixed, Override, fixed_by
from allocator.plan import Lines, NothingToSend, Plan, PlanPairs, Reason, Stops, Substituted
from allocator.price import price_of_fairness
from allocator.proof import Proof
from allocator.sentence import Sentence, say
from allocator.shares import FairShares, Shipments
from allocator.summary import summarise
from allocator.versions import versions_of

__all__ = ["ENGINES", "allocate", "allocate_with"]

ENGINES = ("fast", "reference")
_NAMED_MOST = 20
_NAMED_OLD_MOST = 5


def allocate(case: Case, engine: str = "fast", solver: str | None = None, *, explained: bool = True) -> Plan:
    """Return the plan of a case.

    `engine`: "fast", or "reference" (slow and obviously right) with a `solver` PuLP knows.
    Not `explained`, it has neither reasons nor what fairness costs, which take most of the time of a small plan:
    for runs of which only the numbers are looked at.
    Raises `NothingToSend` where not one unit can be sent to a pair that needs it, and
    `ValueError` for an engine that does not exist.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine {engine!r} is neither of {', '.join(ENGINES)}")
    seconds: dict[str, float] = {}
    began = time.process_time()
    problem = needs_of(case)
    seconds["need"] = time.process_time() - began
    _refuse_nothing(problem)
    shares, shipments = _solved(problem, engine, solver, seconds)
    if not len(shipments):
        raise NothingToSend(why_nothing(problem))
    began = time.process_time()
    shipments, passed_on = first_among_equals(problem, shipments)
    made_by = {"engine": engine, **versions_of(engine, solver)}
    plan = _plan(problem, shares, shipments, made_by, explained=explained)
    plan = replace(plan, notes=plan.notes + _remembered(problem, passed_on))
    seconds["plan"] = time.process_time() - began
    plan.timings["cpu_seconds"] = seconds  # type: ignore[index]
    return plan


def allocate_with(
    case: Case, overrides: Sequence[Override], *, proposed: Plan, engine: str = "fast", solver: str | None = None
) -> tuple[Plan, tuple[Conflict, ...]]:
    """Return the plan in which overrides stand and everyone else is planned anew, and the overrides that do not fit.

    `proposed`: the plan without them, of the same case. The proof covers the pairs that nobody overrode;
    an overridden pair keeps the fair share the rule gave it, and says that a person decided.
    """
    problem = needs_of(case)
    fixed = fixed_by(problem, overrides, proposed=proposed)
    seconds: dict[str, float] = {}
    made_by = {"engine": engine, **versions_of(engine, solver)}
    if len(fixed.rest.pairs) and len(fixed.rest.routes):
        shares, shipments = _solved(fixed.rest, engine, solver, seconds)
        shipments, passed_on = first_among_equals(fixed.rest, shipments)
        rest = _plan(fixed.rest, shares, shipments, made_by)
        rest = replace(rest, notes=rest.notes + _remembered(fixed.rest, passed_on))
    else:
        shipments = fixed.shipments.take(np.zeros(0, dtype=np.intp))
        rest = replace(proposed, pairs=proposed.pairs.take(np.zeros(0, dtype=np.intp)), proof=Proof((), (), ()))
    together = _together(shipments, fixed.shipments)
    lines = _lines(problem, together)
    pairs, reasons = _with_decided(problem, rest, fixed, proposed)
    stops = _stops(case, lines)
    summary = summarise(case, pairs, lines, stops, problem)
    summary |= made_by | {key: rest.summary[key] for key in ("exact", "left_out", "price_of_fairness")}
    final = replace(
        rest,
        pairs=pairs,
        lines=lines,
        substituted=_substituted(problem, together),
        stops=stops,
        lots=lots_of(problem, together),
        reasons=reasons,
        overridden=fixed.overridden,
        summary=summary | {"overrides": len(fixed.overridden)},
        timings={"cpu_seconds": seconds},
    )
    return final, fixed.conflicts


def _together(one: Shipments, two: Shipments) -> Shipments:
    """Return both, sorted; they share no pair."""
    names = [field.name for field in fields(Shipments)]
    both = Shipments(**{name: np.concatenate([getattr(one, name), getattr(two, name)]) for name in names})
    return both.take(np.lexsort((both.by, both.item, both.site, both.source)))


def _with_decided(problem: Problem, rest: Plan, fixed: Fixed, proposed: Plan) -> tuple[PlanPairs, tuple[Reason, ...]]:
    """Return the pairs of both, those that a person decided with what they get and their own reason."""
    decided = proposed.pairs.take(fixed.pairs)
    sent = fixed.shipments
    keys = sent.site.astype(np.int64) * len(problem.case.items) + sent.item
    own = decided.site.astype(np.int64) * len(problem.case.items) + decided.item
    place = np.searchsorted(own, keys)
    there = np.append(own, -1)[place] == keys
    units = np.bincount(
        place[there],
        weights=(sent.packs * problem.case.items.pack_units[sent.item])[there],
        minlength=len(own),
    ).astype(np.float64)
    reason = Reason("override", say("A person decided what this site gets of this item; the override says why."))
    decided = replace(decided, units=units, reason=np.full(len(own), len(rest.reasons), dtype=np.int32))
    names = [field.name for field in fields(PlanPairs)]
    both = PlanPairs(**{name: np.concatenate([getattr(rest.pairs, name), getattr(decided, name)]) for name in names})
    reasons = (*rest.reasons, reason) if len(own) else rest.reasons
    return both.take(np.lexsort((both.item, both.site))), reasons


def _solved(
    problem: Problem, engine: str, solver: str | None, seconds: dict[str, float]
) -> tuple[FairShares, Shipments]:
    if engine == "fast":
        from allocator import fast

        return fast.solve(problem, timings=seconds)
    from allocator import reference

    began = time.process_time()
    solved = reference.solve(problem, solver or "cbc")
    seconds["reference"] = time.process_time() - began
    return solved


def _refuse_nothing(problem: Problem) -> None:
    """Raise `NothingToSend`, with the reasons, where no engine could send anything."""
    if not (len(problem.pairs) and len(problem.sources) and len(problem.routes)):
        raise NothingToSend(why_nothing(problem))


def _plan(
    problem: Problem, shares: FairShares, shipments: Shipments, made_by: dict[str, Any], *, explained: bool = True
) -> Plan:
    case = problem.case
    lines = _lines(problem, shipments)
    units = _delivered(problem, shipments)
    reasons, reason = reasons_of(problem, shares, units) if explained else _no_reasons(problem)
    pairs = PlanPairs(
        site=problem.pairs.site,
        item=problem.pairs.item,
        tier=problem.pairs.tier,
        daily_units=problem.pairs.daily_units,
        on_hand=problem.pairs.on_hand,
        in_transit=problem.pairs.in_transit,
        fair_units=shares.fair_units,
        units=units,
        rung=shares.rung,
        fill=shares.fill,
        reason=reason,
        counted=problem.pairs.counted,
    )
    stops = _stops(case, lines)
    summary = summarise(case, pairs, lines, stops, problem)
    summary |= made_by | {"exact": shares.exact, "left_out": problem.left_out}
    if explained:
        summary["price_of_fairness"] = price_of_fairness(problem, lines, units)
    return Plan(
        pairs=pairs,
        lines=lines,
        substituted=_substituted(problem, shipments),
        stops=stops,
        lots=lots_of(problem, shipments),
        reasons=reasons,
        proof=Proof(shares.flow, shares.steps, shares.closed),
        summary=summary,
        timings={},
        notes=_notes(problem) + _gone_short(problem, pairs),
    )


def _no_reasons(problem: Problem) -> tuple[tuple[Reason, ...], Indices]:
    return (), np.full(len(problem.pairs), -1, dtype=np.int32)


def _notes(problem: Problem) -> tuple[Sentence, ...]:
    notes = []
    uncounted = int(np.sum(~problem.pairs.counted))
    if uncounted:
        notes.append(
            say(
                "Needs that nobody has counted stock for, planned as if nothing were on hand: {count:,}.",
                count=uncounted,
            )
        )
    if problem.left_out:
        notes.append(
            say("Needs that nobody has counted stock for, left out of this plan: {count:,}.", count=problem.left_out)
        )
    return (*notes, *_stale(problem.case))


def _remembered(problem: Problem, passed_on: int) -> tuple[Sentence, ...]:
    """Say whether anybody went first among equals for having been short, by a policy that remembers."""
    hindered = in_the_way(problem)
    if hindered is not None:
        return (hindered,)
    if not passed_on:
        return ()
    return (
        say(
            "Packs that went first to who was short on {days} or more days in a row, among those who stand alike: "
            "{count:,}.",
            days=problem.case.policy.memory_days,
            count=passed_on,
        ),
    )


def _stale(case: Case) -> tuple[Sentence, ...]:
    """Say which needs were reported longer ago than the policy allows, oldest first."""
    needs = case.needs
    age = (np.datetime64(case.policy.date, "D") - needs.reported_on).astype("timedelta64[D]").astype(np.int64)
    rows = np.flatnonzero(~np.isnat(needs.reported_on) & (age > case.policy.stale_days) & (needs.daily_units > 0))
    if not len(rows):
        return ()
    oldest = rows[np.argsort(-age[rows], kind="stable")][:_NAMED_OLD_MOST]
    named = "; ".join(f"{case.sites.code[needs.site[r]]} {case.items.code[needs.item[r]]} {age[r]}" for r in oldest)
    return (
        say(
            "Needs reported more than {days} days before the plan's date: {count:,}; ask these first "
            "(site, item, days): {named}.",
            count=len(rows),
            days=case.policy.stale_days,
            named=named + ("; …" if len(rows) > len(oldest) else ""),
        ),
    )


def _gone_short(problem: Problem, pairs: PlanPairs) -> tuple[Sentence, ...]:
    """Say whom the policy let go short of their ladder to save a stop."""
    case = problem.case
    if case.policy.stop_tolerance_packs <= 0:
        return ()
    rows = np.flatnonzero((pairs.rung == 0) & (pairs.units < pairs.fair_units - 1e-6))
    if not len(rows):
        return ()
    named = "; ".join(
        f"{case.sites.code[pairs.site[row]]} {case.items.code[pairs.item[row]]} "
        f"{pairs.fair_units[row] - pairs.units[row]:g}"
        for row in rows[:_NAMED_MOST]
    )
    return (
        say(
            "To save stops, needs past their first rung go short of their fair share: {count:,} "
            "(site, item, units: {named}).",
            count=len(rows),
            named=named + ("; …" if len(rows) > _NAMED_MOST else ""),
        ),
    )


def _merged(*keys: Indices, packs: Any) -> tuple[list[Indices], Any]:
    """Add up packs of rows with the same keys; return the keys and the sums, sorted."""
    if not len(packs):
        return [key.astype(np.int32) for key in keys], packs
    order = np.lexsort(keys[::-1])
    sorted_keys = [key[order] for key in keys]
    new = np.ones(len(order), dtype=bool)
    new[1:] = np.any([key[1:] != key[:-1] for key in sorted_keys], axis=0)
    first = np.flatnonzero(new)
    return [key[first].astype(np.int32) for key in sorted_keys], np.add.reduceat(packs[order], first)


def _lines(problem: Problem, shipments: Shipments) -> Lines:
    items, depot = problem.case.items, problem.sources.depot[shipments.source]
    (depot, site, item), packs = _merged(depot, shipments.site, shipments.by, packs=shipments.packs)
    kg = np.rint(packs * np.rint(np.nan_to_num(items.pack_kg)[item] * 1e6)) / 1e6
    return Lines(depot=depot, site=site, item=item, packs=packs, units=packs * items.pack_units[item], kg=kg)


def _substituted(problem: Problem, shipments: Shipments) -> Substituted:
    some = shipments.take(np.flatnonzero(shipments.item != shipments.by))
    depot = problem.sources.depot[some.source]
    (depot, site, item, by), packs = _merged(depot, some.site, some.item, some.by, packs=some.packs)
    units = packs * problem.case.items.pack_units[by]
    return Substituted(depot=depot, site=site, item=item, by=by, packs=packs, units=units)


def _stops(case: Case, lines: Lines) -> Stops:
    """Add up weight and room of every visit, in whole millionths."""
    new = np.ones(len(lines), dtype=bool)
    new[1:] = (lines.depot[1:] != lines.depot[:-1]) | (lines.site[1:] != lines.site[:-1])
    first = np.flatnonzero(new)
    m3 = np.rint(np.nan_to_num(case.items.pack_m3)[lines.item] * 1e6).astype(np.int64) * lines.packs
    kg = np.rint(lines.kg * 1e6).astype(np.int64)
    return Stops(
        depot=lines.depot[first],
        site=lines.site[first],
        kg=np.add.reduceat(kg, first) / 1e6,
        m3=np.add.reduceat(m3, first) / 1e6,
    )


def _delivered(problem: Problem, shipments: Shipments) -> Any:
    """Return units of need delivered to each pair."""
    case, pairs = problem.case, problem.pairs
    n_items = len(case.items)
    key = pairs.site.astype(np.int64) * n_items + pairs.item
    place = np.searchsorted(key, shipments.site.astype(np.int64) * n_items + shipments.item)
    units = (shipments.packs * case.items.pack_units[shipments.by]).astype(np.float64)
    subs = case.substitutes
    ratio = {(int(i), int(b)): float(r) for i, b, r in zip(subs.item, subs.by, subs.units_per_unit, strict=True)}
    for row in np.flatnonzero(shipments.item != shipments.by):
        units[row] /= ratio[int(shipments.item[row]), int(shipments.by[row])]
    return np.bincount(place, weights=units, minlength=len(pairs))
