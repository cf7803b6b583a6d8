"""Seeded corruptions of a plan, each of which breaks a promise that the checker knows.

A corruption is a function (plan, rng) -> plan, or None where the plan offers nothing of the kind.
Each alters exactly one thing, and so much that no equally good plan results.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from allocator.case import Case
from allocator.verify_facts import facts_of
from allocator.verify_shapes import PlanRead, ReadStep

Corruption = Callable[[PlanRead, Case, np.random.Generator], PlanRead | None]


def changed(table: Any, column: str, row: int, value: Any) -> Any:
    """Return a table with one cell altered."""
    values = getattr(table, column).copy()
    values[row] = value
    return dataclasses.replace(table, **{column: values})


def _pick(rng: np.random.Generator, rows: Any) -> int | None:
    rows = np.flatnonzero(rows)
    return int(rows[rng.integers(len(rows))]) if len(rows) else None


def _pairs(plan: PlanRead, row: int | None, column: str, value: Any) -> PlanRead | None:
    return None if row is None else dataclasses.replace(plan, pairs=changed(plan.pairs, column, row, value))


def fair_units_altered(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A pair's fair share raised by more than the tolerance."""
    row = _pick(rng, plan.pairs.fair_units >= 0)
    daily = plan.pairs.daily_units
    return (
        row if row is None else _pairs(plan, row, "fair_units", plan.pairs.fair_units[row] + 0.01 * max(1, daily[row]))
    )


def fill_altered(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A pair said to stand elsewhere in its rung."""
    row = _pick(rng, plan.pairs.rung > 0)
    return row if row is None else _pairs(plan, row, "fill", (plan.pairs.fill[row] + 0.37) % 1.0)


def rung_altered(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A pair said to have completed its ladder."""
    row = _pick(rng, plan.pairs.rung > 0)
    plan_two = _pairs(plan, row, "rung", 0)
    return plan_two if plan_two is None or row is None else _pairs(plan_two, row, "fill", 1.0)


def on_hand_altered(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A site said to hold more than was counted."""
    row = _pick(rng, plan.pairs.on_hand >= 0)
    return row if row is None else _pairs(plan, row, "on_hand", plan.pairs.on_hand[row] + 3)


def in_transit_altered(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """More said to be under way than is."""
    row = _pick(rng, plan.pairs.in_transit >= 0)
    return row if row is None else _pairs(plan, row, "in_transit", plan.pairs.in_transit[row] + 2)


def daily_altered(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A site said to use more than it reported."""
    row = _pick(rng, plan.pairs.daily_units > 0)
    return row if row is None else _pairs(plan, row, "daily_units", plan.pairs.daily_units[row] + 0.1)


def tier_altered(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A pair moved to another tier."""
    row = _pick(rng, plan.pairs.tier >= 0)
    return row if row is None else _pairs(plan, row, "tier", 1 - plan.pairs.tier[row])


def reason_lost(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A pair without a reason."""
    return _pairs(plan, _pick(rng, plan.pairs.reason_known), "reason_known", False)  # noqa: FBT003


def pair_dropped(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A pair left out of the plan."""
    row = _pick(rng, plan.pairs.daily_units > 0)
    if row is None:
        return None
    return dataclasses.replace(plan, pairs=plan.pairs.take(np.delete(np.arange(len(plan.pairs)), row)))


def pack_added(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A pack more on a line, told everywhere it shows but for the pair."""
    row = _pick(rng, plan.lines.packs > 0)
    return None if row is None else _line_packs(plan, case, row, 1)


def pack_removed(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A pack less on a line, told everywhere it shows but for the pair."""
    row = _pick(rng, plan.lines.packs > 1)
    return None if row is None else _line_packs(plan, case, row, -1)


def _line_packs(plan: PlanRead, case: Case, row: int, more: int) -> PlanRead:
    item = int(plan.lines.item[row])
    packs = int(plan.lines.packs[row]) + more
    lines = changed(plan.lines, "packs", row, packs)
    lines = changed(lines, "units", row, packs * int(case.items.pack_units[item]))
    lines = changed(lines, "kg", row, packs * float(np.nan_to_num(case.items.pack_kg[item])))
    return dataclasses.replace(plan, lines=lines)


def line_dropped(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A line left out."""
    row = _pick(rng, plan.lines.packs > 0)
    if row is None:
        return None
    return dataclasses.replace(plan, lines=plan.lines.take(np.delete(np.arange(len(plan.lines)), row)))


def pack_given_up(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A pack taken back honestly: lines, stops, pair and covers all agree, but somebody now lacks it."""
    # Beside substitutes a pair may do without a pack: 21 of 1 and 10 of 3 units make 51, and 50 are enough.
    told = plan.substituted
    mixed = {(int(s), int(i)) for what in (told.item, told.by) for s, i in zip(told.site, what, strict=True)}
    rows = [
        n
        for n, key in enumerate(zip(plan.lines.site.tolist(), plan.lines.item.tolist(), strict=True))
        if plan.lines.packs[n] > 1 and key not in mixed
    ]
    if not rows:
        return None
    return _carried(plan, case, rows[rng.integers(len(rows))], -1)


def packs_moved(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """All packs of a line but one taken to another site of the same depot and item, told in lines, stops and pairs.

    Only from a site whose fair share stands lower than the other's, so that the plan is worse for it.
    """
    lines, told = plan.lines, plan.substituted
    if len(told):
        return None
    pair_at = {key: n for n, key in enumerate(zip(plan.pairs.site.tolist(), plan.pairs.item.tolist(), strict=True))}
    place = np.where(plan.pairs.rung > 0, plan.pairs.rung - 1 + plan.pairs.fill, np.inf)
    rows = [
        (one, other)
        for one in range(len(lines))
        for other in range(len(lines))
        if one != other
        and lines.packs[one] > 2
        and lines.depot[one] == lines.depot[other]
        and lines.item[one] == lines.item[other]
        and _place_of(place, pair_at, lines, one) < _place_of(place, pair_at, lines, other)
    ]
    if not rows:
        return None
    one, other = rows[rng.integers(len(rows))]
    moved = int(lines.packs[one]) - 1
    return _carried(_carried(plan, case, one, -moved), case, other, moved)


def _carried(plan: PlanRead, case: Case, row: int, more: int) -> PlanRead:
    """Return the plan with so many packs more on a line, told in its line, stop and pair."""
    depot, site, item = (int(getattr(plan.lines, name)[row]) for name in ("depot", "site", "item"))
    stop = int(np.flatnonzero((plan.stops.depot == depot) & (plan.stops.site == site))[0])
    kg, m3 = (float(np.nan_to_num(weight[item])) for weight in (case.items.pack_kg, case.items.pack_m3))
    stops = changed(plan.stops, "kg", stop, plan.stops.kg[stop] + more * kg)
    stops = changed(stops, "m3", stop, plan.stops.m3[stop] + more * m3)
    pair = int(np.flatnonzero((plan.pairs.site == site) & (plan.pairs.item == item))[0])
    units = plan.pairs.units[pair] + more * int(case.items.pack_units[item])
    held = plan.pairs.on_hand[pair] + plan.pairs.in_transit[pair]
    pairs = changed(plan.pairs, "units", pair, units)
    pairs = changed(pairs, "cover_after", pair, (held + units) / plan.pairs.daily_units[pair])
    return dataclasses.replace(_line_packs(plan, case, row, more), stops=stops, pairs=pairs)


def _place_of(place: Any, pair_at: dict[tuple[int, int], int], lines: Any, row: int) -> float:
    return float(place[pair_at[int(lines.site[row]), int(lines.item[row])]])


def units_moved(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """Units of one pair told at another."""
    item = plan.pairs.item
    rows = [
        (a, b) for a in np.flatnonzero(plan.pairs.units > 0).tolist() for b in np.flatnonzero(item == item[a]) if a != b
    ]
    if not rows:
        return None
    one, other = rows[rng.integers(len(rows))]
    pack = int(case.items.pack_units[item[one]])
    pairs = changed(plan.pairs, "units", one, plan.pairs.units[one] - pack)
    return dataclasses.replace(plan, pairs=changed(pairs, "units", other, pairs.units[other] + pack))


def stop_dropped(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A stop left out."""
    row = _pick(rng, plan.stops.site >= 0)
    if row is None:
        return None
    return dataclasses.replace(plan, stops=plan.stops.take(np.delete(np.arange(len(plan.stops)), row)))


def stop_weight_altered(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A stop said to weigh more."""
    row = _pick(rng, plan.stops.site >= 0)
    return (
        None if row is None else dataclasses.replace(plan, stops=changed(plan.stops, "kg", row, plan.stops.kg[row] + 1))
    )


def _step(plan: PlanRead, rng: np.random.Generator, alter: Callable[[ReadStep], ReadStep]) -> PlanRead | None:
    steps = list(plan.proof.steps)
    if not steps:
        return None
    at = int(rng.integers(len(steps)))
    steps[at] = alter(steps[at])
    return dataclasses.replace(plan, proof=dataclasses.replace(plan.proof, steps=tuple(steps)))


def level_shifted(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A freeze told at another fill."""
    return _step(
        plan, rng, lambda step: dataclasses.replace(step, fill=step.fill + (1e-3 if step.fill < 0.9 else -1e-3))
    )


def freezes_altered(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A freeze of one pair more than it is."""
    return _step(plan, rng, lambda step: dataclasses.replace(step, freezes=step.freezes + 1))


def step_dropped(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A freeze left out."""
    steps = list(plan.proof.steps)
    if not steps:
        return None
    steps.pop(int(rng.integers(len(steps))))
    return dataclasses.replace(plan, proof=dataclasses.replace(plan.proof, steps=tuple(steps)))


def step_doubled(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A freeze told twice."""
    steps = list(plan.proof.steps)
    if not steps:
        return None
    at = int(rng.integers(len(steps)))
    steps.insert(at, steps[at])
    return dataclasses.replace(plan, proof=dataclasses.replace(plan.proof, steps=tuple(steps)))


def prices_dropped(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A freeze with no price at all."""
    return _step(plan, rng, lambda step: dataclasses.replace(step, supply=(), kg=(), m3=(), lane_kg=(), cap=()))


def price_negative(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A price below nothing."""
    return _step(
        plan,
        rng,
        lambda step: dataclasses.replace(
            step,
            supply=tuple((*row[:-1], -row[-1]) for row in step.supply),
            kg=tuple((*row[:-1], -row[-1]) for row in step.kg),
            m3=tuple((*row[:-1], -row[-1]) for row in step.m3),
            lane_kg=tuple((*row[:-1], -row[-1]) for row in step.lane_kg),
            cap=tuple((*row[:-1], -row[-1]) for row in step.cap),
        ),
    )


def price_changed(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A price trebled at a source from which somebody draws who could draw on another priced one.

    Elsewhere prices of parts of the network that do not touch may be scaled apart, and prove as much.
    """
    choices = []
    for at, step in enumerate(plan.proof.steps):
        priced = {row[:2] for row in step.supply}
        for n, (label, item, _) in enumerate(step.supply):
            shared = [
                row
                for row in plan.proof.flow
                if (row.source, row.by or row.item) == (label, item)
                and row.units > 1
                and any((other, item) in priced and other != label for other in row.open_sources)
            ]
            if shared and not (step.gap or step.kg or step.m3 or step.lane_kg or step.cap or len(case.substitutes)):
                choices.append((at, n))
    if not choices:
        return None
    at, n = choices[int(rng.integers(len(choices)))]
    steps, supply = list(plan.proof.steps), list(plan.proof.steps[at].supply)
    supply[n] = (*supply[n][:-1], 3 * supply[n][-1])
    steps[at] = dataclasses.replace(steps[at], supply=tuple(supply))
    return dataclasses.replace(plan, proof=dataclasses.replace(plan.proof, steps=tuple(steps)))


def price_added(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A price on stock that the fair shares do not use up: it blocks nobody."""
    used: dict[tuple[str, str], float] = {}
    ratio = {
        (case.items.code[i], case.items.code[b]): float(r)
        for i, b, r in zip(case.substitutes.item, case.substitutes.by, case.substitutes.units_per_unit, strict=True)
    }
    for row in plan.proof.flow:
        key = (row.source, row.by or row.item)
        used[key] = used.get(key, 0.0) + row.units * ratio.get((row.item, row.by), 1.0)
    facts = facts_of(case, plan.proof.closed)
    spare = [
        (label, code)
        for n, label in enumerate(facts.source_label)
        for i, code in enumerate(case.items.code)
        if facts.packs[n, i] * int(case.items.pack_units[i]) > used.get((label, code), 0.0) + 1
    ]
    if not spare:
        return None
    label, code = spare[int(rng.integers(len(spare)))]

    def priced(step: ReadStep) -> ReadStep:
        most = max(row[-1] for rows in (step.supply, step.kg, step.m3, step.lane_kg, step.cap) for row in rows)
        others = tuple(row for row in step.supply if row[:2] != (label, code))
        return dataclasses.replace(step, supply=(*others, (label, code, 100 * most)))

    return _step(plan, rng, priced)


def gap_hidden(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A gap in a plan that calls itself exact."""
    return _step(plan, rng, lambda step: dataclasses.replace(step, gap=0.5))


def flow_altered(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A flow row that brings more."""
    rows = list(plan.proof.flow)
    if not rows:
        return None
    at = int(rng.integers(len(rows)))
    rows[at] = dataclasses.replace(rows[at], units=rows[at].units * 1.01 + 0.1)
    return dataclasses.replace(plan, proof=dataclasses.replace(plan.proof, flow=tuple(rows)))


def flow_dropped(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A flow row left out."""
    rows = [row for row in plan.proof.flow if row.units > 0.01]
    if not rows:
        return None
    rows.pop(int(rng.integers(len(rows))))
    return dataclasses.replace(plan, proof=dataclasses.replace(plan.proof, flow=tuple(rows)))


def flow_from_elsewhere(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A flow row from a source that is not open to its catchment."""
    rows = list(plan.proof.flow)
    if not rows:
        return None
    at = int(rng.integers(len(rows)))
    rows[at] = dataclasses.replace(rows[at], source="nowhere")
    return dataclasses.replace(plan, proof=dataclasses.replace(plan.proof, flow=tuple(rows)))


def lane_given_up(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A lane said to be closed for a stop limit, though it is used."""
    row = _pick(rng, plan.lines.packs > 0)
    if row is None:
        return None
    codes = case.sites.code
    lane = (codes[plan.lines.depot[row]], codes[plan.lines.site[row]], "max_stops")
    closed = (*plan.proof.closed, lane)
    return dataclasses.replace(plan, proof=dataclasses.replace(plan.proof, closed=closed))


def sent_from_elsewhere(plan: PlanRead, case: Case, rng: np.random.Generator) -> PlanRead | None:
    """A line told to come from a site that is no depot of its own."""
    row = _pick(rng, plan.lines.packs > 0)
    if row is None:
        return None
    roads = set(zip(case.lanes.depot.tolist(), case.lanes.site.tolist(), strict=True))
    wrong = [d for d in range(len(case.sites)) if (d, int(plan.lines.site[row])) not in roads]
    if not wrong:
        return None
    return dataclasses.replace(plan, lines=changed(plan.lines, "depot", row, wrong[int(rng.integers(len(wrong)))]))


ALL: dict[str, Corruption] = {
    name: value
    for name, value in list(globals().items())
    if callable(value)
    and not name.startswith("_")
    and getattr(value, "__annotations__", {}).get("rng")
    and name != "changed"
}
