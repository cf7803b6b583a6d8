"""A plan with overrides: what a person decided stands to the unit, and the rest is a plan of what that leaves.

What the overrides take is read from the plan's own lines: packs that a line sends beyond what stands in for
another item, where a person decided the pair. That is taken out of stock and limits in whole packs and
millionths, and the plan without it is checked as a plan of a case without those pairs.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Case, Units
from allocator.sentence import say
from allocator.verify_facts import Facts, Positions, facts_of, find_keys, lane_rows_of
from allocator.verify_limits import check_depots, check_stops, stop_key
from allocator.verify_lines import Deliveries, check_lines, load_micro
from allocator.verify_pairs import check_pairs, check_reasons
from allocator.verify_shapes import PlanRead, ReadLines, ReadOverridden, ReadStops, refuse

__all__ = ["Decided", "check_shares_kept", "decided_in", "with_decided"]

SHARE_TOLERANCE = 1e-9  # shares are written with 12 digits

_PAIR_COLUMNS = ("site", "item", "tier", "ladder", "daily_micro", "on_hand", "in_transit", "cap")


@dataclass(frozen=True)
class Decided:
    """What overrides take: packs of an item from a source for a site; and everyone else's facts and plan."""

    source: Positions
    site: Positions
    item: Positions
    packs: Units
    facts: Facts
    plan: PlanRead


def decided_in(case: Case, plan: PlanRead) -> Decided:
    """Check what stands of overrides and every limit of the whole plan; return the plan and facts without them."""
    whole = facts_of(case)
    overridden = plan.overridden
    _check_rows(whole, overridden)
    check_pairs(whole, plan)
    check_reasons(whole, plan)
    check_lines(whole, plan.lines)
    check_depots(whole, plan)
    check_stops(whole, plan)
    own_packs = _own_packs(whole, plan)
    _check_units(whole, plan, own_packs)
    source, row, packs = _draws(whole, plan.lines, own_packs)
    item = plan.lines.item[row].astype(np.intp)
    left, rest = _left(case, plan, own_packs, (source, item, packs)), _rest(whole, plan, own_packs)
    return Decided(source, plan.lines.site[row].astype(np.intp), item, packs, left, rest)


def check_shares_kept(facts: Facts, plan: PlanRead, proposed: PlanRead) -> None:
    """Pairs that people decided on keep the fair share, rung and fill that the rule gave them in `proposed`."""
    pair, needed = find_keys(facts.pair_key, _key(facts, plan.overridden.site, plan.overridden.item))
    for column in ("fair_units", "rung", "fill"):
        now, then = (getattr(each.pairs, column)[pair[needed]] for each in (plan, proposed))
        wrong = ~(np.abs(now - then) <= SHARE_TOLERANCE * np.maximum(1.0, np.abs(then)))
        if bool(wrong.any()):
            row = int(np.argmax(wrong))
            refuse(
                say(
                    "pairs.csv, site {site}, item {item}: {column} is {found}, but was {expected} before the override.",
                    **facts.pair_name(int(pair[needed][row])),
                    column=column,
                    found=float(now[row]),
                    expected=float(then[row]),
                )
            )


def with_decided(sent: Deliveries, decided: Decided) -> Deliveries:
    """Return what is drawn from every source: by the rest, and by overrides (of no pair)."""
    return replace(
        sent,
        source=np.concatenate([sent.source, decided.source]).astype(np.int32),
        site=np.concatenate([sent.site, decided.site]).astype(np.int32),
        by=np.concatenate([sent.by, decided.item]).astype(np.int32),
        packs=np.concatenate([sent.packs, decided.packs]),
        pair=np.concatenate([sent.pair, np.full(len(decided.source), -1, dtype=np.intp)]),
        ratio_micro=np.concatenate([sent.ratio_micro, np.full(len(decided.source), MICRO, dtype=np.int64)]),
    )


def _key(facts: Facts, site: NDArray[Any], item: NDArray[Any]) -> Units:
    return np.asarray(site.astype(np.int64) * max(1, len(facts.case.items)) + item, dtype=np.int64)


def _place(facts: Facts, overridden: ReadOverridden, row: int) -> dict[str, Any]:
    case = facts.case
    return {"site": case.sites.code[overridden.site[row]], "item": case.items.code[overridden.item[row]]}


def _check_rows(facts: Facts, overridden: ReadOverridden) -> None:
    """Each pair is overridden once, to whole packs, and to no more than it may receive."""
    key = _key(facts, overridden.site, overridden.item)
    if not bool(np.all(key[1:] > key[:-1])):
        row = int(np.argmax(key[1:] <= key[:-1])) + 1
        refuse(say("overrides.csv, row {row}: rows are doubled or not sorted by site and item.", row=row + 2))
    pack = facts.case.items.pack_units[overridden.item]
    broken = (overridden.units < 0) | (overridden.units % pack != 0)
    if bool(broken.any()):
        row = int(np.argmax(broken))
        refuse(
            say(
                "overrides.csv, site {site}, item {item}: {units} units are no whole packs of {pack_units}.",
                **_place(facts, overridden, row),
                units=int(overridden.units[row]),
                pack_units=int(pack[row]),
            )
        )
    pair, found = find_keys(facts.pair_key, key)
    cap = np.full(len(key), -1, dtype=np.int64)
    cap[found] = facts.cap[pair[found]]
    over = (cap >= 0) & (overridden.units > cap)
    if bool(over.any()):
        row = int(np.argmax(over))
        refuse(
            say(
                "overrides.csv, site {site}, item {item}: {units} units; needs.max_units allows {limit}.",
                **_place(facts, overridden, row),
                units=int(overridden.units[row]),
                limit=int(cap[row]),
            )
        )


def _own_packs(facts: Facts, plan: PlanRead) -> Units:
    """Return for each line the packs that an override sends with it, less what stands in for another item."""
    lines, subs = plan.lines, plan.substituted
    decided = find_keys(_key(facts, plan.overridden.site, plan.overridden.item), _key(facts, lines.site, lines.item))[1]
    n_items = max(1, len(facts.case.items))
    line, found = find_keys(
        stop_key(facts, lines.depot, lines.site) * n_items + lines.item,
        stop_key(facts, subs.depot, subs.site) * n_items + subs.by,
    )
    own = lines.packs.copy()
    np.subtract.at(own, line[found], subs.packs[found])
    return np.where(decided, np.maximum(own, 0), 0)


def _check_units(facts: Facts, plan: PlanRead, own_packs: Units) -> None:
    """Lines bring what a person decided, to the unit, and pairs.csv says so."""
    overridden, lines = plan.overridden, plan.lines
    key = _key(facts, overridden.site, overridden.item)
    place, found = find_keys(key, _key(facts, lines.site, lines.item))
    brought = np.zeros(len(key), dtype=np.int64)
    np.add.at(brought, place[found], (own_packs * facts.case.items.pack_units[lines.item])[found])
    pair, needed = find_keys(facts.pair_key, key)
    said = overridden.units.astype(np.float64)
    said[needed] = plan.pairs.units[pair[needed]]
    for name, amount in (("lines.csv", brought.astype(np.float64)), ("pairs.csv", said)):
        wrong = amount != overridden.units
        if bool(wrong.any()):
            row = int(np.argmax(wrong))
            refuse(
                say(
                    "overrides.csv, site {site}, item {item}: a person decided {units} units, {file} brings {found}.",
                    **_place(facts, overridden, row),
                    units=int(overridden.units[row]),
                    file=name,
                    found=float(amount[row]),
                )
            )


def _draws(facts: Facts, lines: ReadLines, own_packs: Units) -> tuple[Positions, Positions, Units]:
    """Return (source, line, packs) of what overrides take: the longest life needed first, as lines are told apart."""
    left = facts.packs.copy()
    earmarked = facts.source_earmark != ""
    found: list[tuple[int, int, int]] = []
    rows = np.flatnonzero(own_packs)
    needed = facts.life_needed[lines.site]
    reach: dict[int, Units] = {}
    for row in rows[np.lexsort((lines.depot[rows], lines.item[rows], lines.site[rows], -needed[rows]))].tolist():
        days = int(needed[row])
        if days not in reach:
            alike = facts.life_needed[facts.route_site] == days
            reach[days] = np.bincount(facts.route_source[alike], minlength=len(left))
        site, item, due = int(lines.site[row]), int(lines.item[row]), int(own_packs[row])
        open_to = facts.route_source[facts.first_route[site] : facts.first_route[site + 1]]
        parts = open_to[facts.source_depot[open_to] == lines.depot[row]].astype(np.intp)
        order = np.lexsort((parts, facts.source_life[parts], reach[days][parts], ~earmarked[parts]))
        for source in parts[order].tolist():
            taken = min(due, int(left[source, item]))
            if taken:
                left[source, item] -= taken
                due -= taken
                found.append((source, row, taken))
        if due:
            codes = facts.case.sites.code
            refuse(
                say(
                    "overrides.csv, site {site}, item {item}: {depot} has {missing} packs too few for it.",
                    site=codes[site],
                    item=facts.case.items.code[item],
                    depot=codes[lines.depot[row]],
                    missing=due,
                )
            )
    table = np.array(found, dtype=np.int64).reshape(len(found), 3)
    return table[:, 0].astype(np.intp), table[:, 1].astype(np.intp), table[:, 2]


def _left(case: Case, plan: PlanRead, own_packs: Units, taken: tuple[Positions, Positions, Units]) -> Facts:
    """Return the facts of everyone else: fewer pairs, and what overrides leave of stock and of every limit."""
    facts = facts_of(case, plan.proof.closed)
    lines, n_sites = plan.lines, len(case.sites)
    decided = find_keys(_key(facts, plan.overridden.site, plan.overridden.item), facts.pair_key)[1]
    packs = facts.packs.copy()
    source, item, number = taken
    np.subtract.at(packs, (source, item), number)
    lane, _ = lane_rows_of(facts, lines.depot, lines.site)
    kg_of_lines, m3_of_lines = facts.pack_kg[lines.item], facts.pack_m3[lines.item]
    visits = np.unique(stop_key(facts, lines.depot, lines.site)[own_packs > 0]) // max(1, n_sites)
    return replace(
        facts,
        **{name: getattr(facts, name)[~decided] for name in _PAIR_COLUMNS},
        packs=packs,
        kg_limit=_less(facts.kg_limit, load_micro(lines.depot, own_packs, kg_of_lines, n_sites)),
        m3_limit=_less(facts.m3_limit, load_micro(lines.depot, own_packs, m3_of_lines, n_sites)),
        stop_limit=_less(facts.stop_limit, np.bincount(visits, minlength=n_sites)),
        lane_kg_limit=_less(facts.lane_kg_limit, load_micro(lane, own_packs, kg_of_lines, len(case.lanes))),
    )


def _less(limit: Units, used: NDArray[Any]) -> Units:
    return np.where(limit < 0, -1, np.maximum(0, limit - used)).astype(np.int64)


def _rest(facts: Facts, plan: PlanRead, own_packs: Units) -> PlanRead:
    """Return the plan without what overrides send; its stops are those that its lines make."""
    decided = find_keys(
        _key(facts, plan.overridden.site, plan.overridden.item), _key(facts, plan.pairs.site, plan.pairs.item)
    )[1]
    packs = plan.lines.packs - own_packs
    rows = np.flatnonzero(packs)
    items = facts.case.items
    lines = replace(
        plan.lines.take(rows),
        packs=packs[rows],
        units=packs[rows] * items.pack_units[plan.lines.item[rows]],
        kg=packs[rows] * (facts.pack_kg[plan.lines.item[rows]] / MICRO),
    )
    none = ReadOverridden(**{field.name: getattr(plan.overridden, field.name)[:0] for field in fields(ReadOverridden)})
    pairs = plan.pairs.take(np.flatnonzero(~decided))
    return replace(plan, pairs=pairs, lines=lines, stops=_stops(facts, lines), overridden=none, lots=None)


def _stops(facts: Facts, lines: ReadLines) -> ReadStops:
    made, place = np.unique(stop_key(facts, lines.depot, lines.site), return_inverse=True)
    n_sites = max(1, len(facts.case.sites))
    kg, m3 = (
        load_micro(place, lines.packs, per_pack[lines.item], len(made)).astype(np.float64) / MICRO
        for per_pack in (facts.pack_kg, facts.pack_m3)
    )
    return ReadStops(depot=(made // n_sites).astype(np.int32), site=(made % n_sites).astype(np.int32), kg=kg, m3=m3)
