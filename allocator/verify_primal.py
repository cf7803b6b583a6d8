"""Whether the flow of the proof is one routing of the fair shares that keeps every limit.

Without it the steps alone could be forged: they show that nobody can be lifted further, not that
what is promised can be sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Floats, Units
from allocator.sentence import say
from allocator.verify_classes import Groups, Nodes, groups_of, nodes_of, uses_of
from allocator.verify_facts import Facts, Positions
from allocator.verify_shapes import PlanRead, ReadFlow, refuse

__all__ = ["FLOW_TOLERANCE", "check_flow"]

FLOW_TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True)
class _Flow:
    """Flow rows in positions. `part`: the group, or `groups + n` for the nth pair with rows of its own."""

    part: Positions
    source: Positions
    by: Positions
    units: Floats
    sent: Floats
    site: Positions


def check_flow(facts: Facts, plan: PlanRead) -> None:
    """Refuse a flow that does not bring the fair shares, or breaks a limit."""
    _check_caps(facts, plan)
    nodes = nodes_of(facts, np.zeros(len(facts.site), dtype=bool))
    groups = groups_of(facts, nodes)
    flow, alone = _read(facts, plan, nodes, groups)
    part_of_pair = groups.of_pair.astype(np.int64)
    part_of_pair[alone] = len(groups.node) + np.arange(len(alone))
    n_parts = len(groups.node) + len(alone)
    shared = part_of_pair >= 0
    due = _sums(part_of_pair[shared], plan.pairs.fair_units[shared], n_parts)
    got = _sums(flow.part, flow.units, n_parts)
    wrong = np.abs(got - due) > FLOW_TOLERANCE * np.maximum(1.0, due)
    if bool(wrong.any()):
        part = int(np.argmax(wrong))
        pair = int(np.argmax(part_of_pair == part))
        refuse(
            say(
                "proof.json, flow: the pairs that share the sources of site {site}, item {item}, receive {found} "
                "units; their fair shares add up to {expected}.",
                **facts.pair_name(pair),
                found=float(got[part]),
                expected=float(due[part]),
            )
        )
    _check_supply(facts, flow)
    _check_trucks(facts, flow)
    _check_lanes(facts, plan, flow, (part_of_pair, due))


def _check_caps(facts: Facts, plan: PlanRead) -> None:
    slack = FLOW_TOLERANCE * np.maximum(1.0, plan.pairs.daily_units)
    over = (facts.cap >= 0) & (plan.pairs.fair_units > facts.cap + slack)
    if bool(over.any()):
        pair = int(np.argmax(over))
        refuse(
            say(
                "pairs.csv, site {site}, item {item}: fair_units is {found}; needs.max_units allows {limit}.",
                **facts.pair_name(pair),
                found=float(plan.pairs.fair_units[pair]),
                limit=int(facts.cap[pair]),
            )
        )


def _read(facts: Facts, plan: PlanRead, nodes: Nodes, groups: Groups) -> tuple[_Flow, Positions]:
    labels = facts.source_label
    node_at = {
        (item, tuple(sorted(labels[list(sources)]))): n
        for n, (item, sources) in enumerate(zip(nodes.item, nodes.open_sources, strict=True))
    }
    tiers = {name: n for n, name in enumerate(facts.case.policy.tier_names)}
    group_at = {
        (int(n), int(ladder) // 2): g for g, (n, ladder) in enumerate(zip(groups.node, groups.ladder, strict=True))
    }
    pair_at = _pairs_named(facts, plan.proof.flow)
    alone: dict[int, int] = {}
    ratio_of = {(item, by): ratio / MICRO for item, uses in enumerate(uses_of(facts)) for by, ratio in uses}
    source_at = {label: n for n, label in enumerate(labels)}
    items, rows = facts.case.item_index, []
    for number, row in enumerate(plan.proof.flow, start=1):
        item, source = items.get(row.item, -1), source_at.get(row.source, -1)
        by = items.get(row.by, -1) if row.by else item
        node = node_at.get((item, tuple(sorted(row.open_sources))), -1)
        group = group_at.get((node, tiers.get(row.tier, -1)), -1)
        ratio = ratio_of.get((item, by), 0.0)
        pair = pair_at.get((row.site, row.item), -1) if row.site else -1
        known = (
            group >= 0 and row.source in row.open_sources and source >= 0 and ratio > 0 and row.units >= -FLOW_TOLERANCE
        )
        if not known or (row.site and (pair < 0 or groups.of_pair[pair] != group)):
            refuse(
                say(
                    "proof.json, flow row {row}: no pairs of item {item} and tier {tier} are served by {sources}, or "
                    "not from {source}.",
                    row=number,
                    item=row.item,
                    tier=row.tier,
                    sources=", ".join(row.open_sources),
                    source=row.source,
                )
            )
        part = group if pair < 0 else len(groups.node) + alone.setdefault(pair, len(alone))
        site = -1 if pair < 0 else int(facts.site[pair])
        rows.append((part, source, by, site, row.units, row.units * ratio))
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 6)
    part_of, source_of, by_of, site_of = (table[:, n].astype(np.intp) for n in range(4))
    flow = _Flow(part=part_of, source=source_of, by=by_of, site=site_of, units=table[:, 4], sent=table[:, 5])
    return flow, np.array(list(alone), dtype=np.intp)


def _pairs_named(facts: Facts, flow: tuple[ReadFlow, ...]) -> dict[tuple[str, str], int]:
    """Return the pairs that flow rows name by their site."""
    sites, items, n_items = facts.case.site_index, facts.case.item_index, len(facts.case.items)
    named = {(row.site, row.item) for row in flow if row.site in sites and row.item in items}
    ordered = sorted(named)
    keys = np.array([sites[site] * n_items + items[item] for site, item in ordered], dtype=np.int64)
    place = np.searchsorted(facts.pair_key, keys)
    safe = np.minimum(place, max(0, len(facts.pair_key) - 1))
    found = (facts.pair_key[safe] == keys) if len(facts.pair_key) else np.zeros(len(keys), dtype=bool)
    return {key: int(p) for key, p, there in zip(ordered, place, found, strict=True) if there}


def _sums(place: NDArray[Any], amounts: Floats, size: int) -> Floats:
    """Add amounts at places."""
    return np.bincount(place, weights=amounts, minlength=size).astype(np.float64)


def _over(used: Floats, limit: Floats) -> int:
    """Return the first place where more is used than the limit, or -1."""
    over = (limit >= 0) & (used > limit + FLOW_TOLERANCE * np.maximum(1.0, limit))
    return int(np.argmax(over)) if bool(over.any()) else -1


def _check_supply(facts: Facts, flow: _Flow) -> None:
    n_items = max(1, len(facts.case.items))
    used = _sums(flow.source * n_items + flow.by, flow.sent, facts.packs.size)
    limit: Floats = (facts.packs * facts.case.items.pack_units).astype(np.float64).ravel()
    at = _over(used, limit)
    if at >= 0:
        source, item = divmod(at, n_items)
        refuse(
            say(
                "proof.json, flow: {source} sends {found} units of {item}; {limit} may leave.",
                source=facts.source_label[source],
                found=float(used[at]),
                item=facts.case.items.code[item],
                limit=float(limit[at]),
            )
        )


def _check_trucks(facts: Facts, flow: _Flow) -> None:
    depot, pack_units = facts.source_depot[flow.source], facts.case.items.pack_units[flow.by]
    for what, per_pack, limits in (("kg", facts.pack_kg, facts.kg_limit), ("m3", facts.pack_m3, facts.m3_limit)):
        each = per_pack[flow.by] / MICRO / pack_units
        used = _sums(depot, flow.sent * each, len(limits))
        at = _over(used, _decimals(limits))
        if at >= 0:
            refuse(
                say(
                    "proof.json, flow: {depot} sends {found} {what}; its limit is {limit}.",
                    depot=facts.case.sites.code[at],
                    found=float(used[at]),
                    what=what,
                    limit=float(limits[at] / MICRO),
                )
            )


def _decimals(limits: Units) -> Floats:
    return np.where(limits < 0, -1.0, limits / MICRO)


def _check_lanes(facts: Facts, plan: PlanRead, flow: _Flow, parts: tuple[NDArray[np.int64], Floats]) -> None:
    """Each lane's kg, where every pair of a part draws from each source in its part's proportion."""
    part_of_pair, due = parts
    if not bool(np.any(facts.lane_kg_limit[facts.route_lane] >= 0)):
        return
    limited_site = np.zeros(len(facts.case.sites), dtype=bool)
    limited_site[facts.route_site[facts.lane_kg_limit[facts.route_lane] >= 0]] = True
    pairs = np.flatnonzero(limited_site[facts.site] & (part_of_pair >= 0) & (plan.pairs.fair_units > 0))
    order = np.argsort(flow.part, kind="stable")
    start = np.searchsorted(flow.part[order], np.arange(len(due) + 1))
    count = np.diff(start)[part_of_pair[pairs]]
    which = np.repeat(np.arange(len(pairs)), count)
    offset = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    row = order[start[part_of_pair[pairs]][which] + offset]
    pair = pairs[which]
    share = plan.pairs.fair_units[pair] / np.maximum(due[part_of_pair[pair]], 1e-300)
    kg = flow.sent[row] * share * facts.pack_kg[flow.by[row]] / MICRO / facts.case.items.pack_units[flow.by[row]]
    n_sites = len(facts.case.sites)
    lanes = facts.case.lanes
    lane_key = lanes.depot.astype(np.int64) * n_sites + lanes.site
    lane = np.searchsorted(lane_key, facts.source_depot[flow.source[row]].astype(np.int64) * n_sites + facts.site[pair])
    used = _sums(lane, kg, len(lanes))
    at = _over(used, _decimals(facts.lane_kg_limit))
    if at >= 0:
        refuse(
            say(
                "proof.json, flow: {found} kg go from {depot} to {site}; that lane carries {limit}.",
                found=float(used[at]),
                depot=facts.case.sites.code[lanes.depot[at]],
                site=facts.case.sites.code[lanes.site[at]],
                limit=float(facts.lane_kg_limit[at] / MICRO),
            )
        )
