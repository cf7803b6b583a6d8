"""From the levels of classes to the fair share of every pair, and the proof in codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats
from allocator.catchment import Network
from allocator.leximin import Levels
from allocator.limits import KG, LANE_KG, M3, SUPPLY
from allocator.need import Pairs
from allocator.proof import FlowRow, Step
from allocator.shares import FairShares

__all__ = ["COMPLETE", "NO_SOURCE", "ladder_place", "shares_of"]

COMPLETE, NO_SOURCE = -1, -2


@dataclass(frozen=True)
class _Place:
    """A freeze's place in the proof: rung, fill, caps before limits, then the order found."""

    rung: int
    fill: float
    kind: int
    number: int


def shares_of(levels: Levels) -> FairShares:
    """Return every pair's fair share, where it stands on the ladder, and what stopped it."""
    pairs, class_of_pair = levels.network.problem.pairs, levels.class_of_pair
    share = np.zeros(len(pairs))
    known = class_of_pair >= 0
    cover = np.where(known, levels.cover[class_of_pair], 0.0) if len(levels.cover) else np.zeros(len(pairs))
    np.maximum(pairs.daily_units * cover - pairs.held, 0.0, out=share)
    stopped = (
        np.where(known, levels.freeze[class_of_pair], NO_SOURCE)
        if len(levels.cover)
        else np.full(len(pairs), NO_SOURCE)
    )
    capped = np.flatnonzero((pairs.cap >= 0) & known & (pairs.cap < share))
    share[capped] = pairs.cap[capped]
    rung, fill = ladder_place(levels.network, (pairs.held + share) / pairs.daily_units, cover, share)
    caps = _cap_freezes(levels, class_of_pair, capped)
    places = [_Place(f.rung, f.fill, 1, n) for n, f in enumerate(levels.freezes)]
    places += [_Place(r, f, 0, n) for n, (r, f, _) in enumerate(caps)]
    places.sort(key=lambda place: (place.rung, place.fill, place.kind, place.number))
    steps, of_freeze, of_cap = [], np.full(len(levels.freezes), -1), np.full(len(caps), -1)
    freezes = _freeze_counts(levels, class_of_pair, capped)
    for at, place in enumerate(places):
        if place.kind:
            of_freeze[place.number] = at
            steps.append(_limit_step(levels, place.number, int(freezes[place.number])))
        else:
            of_cap[place.number] = at
            steps.append(_cap_step(pairs, levels.network, caps[place.number]))
    step = np.where(stopped >= 0, of_freeze[np.maximum(stopped, 0)], stopped) if len(of_freeze) else stopped
    for n, (_, _, rows) in enumerate(caps):
        step[rows] = of_cap[n]
    return FairShares(
        fair_units=share,
        rung=rung,
        fill=fill,
        step=step.astype(np.int32),
        steps=tuple(steps),
        flow=_flow_rows(levels),
    )


def ladder_place(network: Network, stands_at: Floats, level: Floats, share: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Return (rung, fill) of each pair from its cover; 0 and 1 where its ladder is complete.

    Where a pair receives its class's level exactly, that level is used instead of the cover worked
    back from units, so that rounding cannot move a pair across a rung.
    """
    pairs, policy = network.problem.pairs, network.problem.case.policy
    durable = network.problem.case.items.durable[pairs.item]
    uncapped = (share > 0) & ((pairs.cap < 0) | (share < pairs.cap))
    cover = np.where(uncapped, level, stands_at)
    rung, fill = np.zeros(len(pairs), dtype=np.int8), np.ones(len(pairs))
    for tier, name in enumerate(policy.tier_names):
        for use in (False, True):
            rows = np.flatnonzero((pairs.tier == tier) & (durable == use))
            for step in reversed(policy.tier_steps(name, durable=use)):
                base, top = float(step.base), float(step.top)
                below = rows[cover[rows] < top]
                rung[below] = step.rung
                fill[below] = np.clip((cover[below] - base) / (top - base), 0.0, 1.0)
    return rung, fill


def _cap_freezes(
    levels: Levels, class_of_pair: NDArray[np.int32], capped: NDArray[np.intp]
) -> list[tuple[int, float, NDArray[np.intp]]]:
    """Return (rung, fill, pairs) for pairs their own cap stopped below their class's level."""
    pairs, classes = levels.network.problem.pairs, levels.classes
    if not len(capped):
        return []
    own = class_of_pair[capped]
    cover = (pairs.held + pairs.cap)[capped] / pairs.daily_units[capped]
    inside = (
        (classes.base[:, own] <= cover) & (cover < classes.top[:, own]) & (classes.top[:, own] > classes.base[:, own])
    )
    rung = np.argmax(inside, axis=0)
    base, top = classes.base[rung, own], classes.top[rung, own]
    fill = (cover - base) / (top - base)
    freeze = levels.freeze[own]
    for number, found in enumerate(levels.freezes):
        mine = (freeze == number) & (rung + 1 == found.rung)
        fill[mine] = np.minimum(fill[mine], found.fill)
    fill = np.minimum(fill, np.nextafter(1.0, 0.0))
    keep = inside.any(axis=0)
    _, first, group = np.unique(np.stack([rung[keep], fill[keep]]), axis=1, return_index=True, return_inverse=True)
    kept, order = np.flatnonzero(keep), np.argsort(group.ravel(), kind="stable")
    parts = np.split(capped[kept[order]], np.cumsum(np.bincount(group.ravel()))[:-1])
    return [(int(rung[kept[f]]) + 1, float(fill[kept[f]]), rows) for f, rows in zip(first, parts, strict=True)]


def _freeze_counts(levels: Levels, class_of_pair: NDArray[np.int32], capped: NDArray[np.intp]) -> NDArray[np.int64]:
    n = len(levels.classes.cell)
    members = np.bincount(class_of_pair[class_of_pair >= 0], minlength=n)
    members -= np.bincount(class_of_pair[capped], minlength=n)
    stopped = levels.freeze >= 0
    return np.bincount(levels.freeze[stopped], weights=members[stopped], minlength=len(levels.freezes)).astype(np.int64)


def _cap_step(pairs: Pairs, network: Network, cap: tuple[int, float, NDArray[np.intp]]) -> Step:
    sites, items = network.problem.case.sites.code, network.problem.case.items.code
    rung, fill, rows = cap
    prices = {(sites[pairs.site[row]], items[pairs.item[row]]): 1.0 for row in rows}
    return Step(rung=rung, fill=fill, freezes=len(rows), supply={}, kg={}, m3={}, lane_kg={}, cap=prices)


def _limit_step(levels: Levels, number: int, freezes: int) -> Step:
    found, limits, network = levels.freezes[number], levels.limits, levels.network
    sites, items = network.problem.case.sites.code, network.problem.case.items.code
    labels = network.problem.sources.label
    prices: dict[int, dict] = {SUPPLY: {}, KG: {}, M3: {}, LANE_KG: {}}  # type: ignore[type-arg]
    for row, price in zip(found.limit_rows, found.limit_prices, strict=True):
        kind, first, second = int(limits.kind[row]), limits.first[row], limits.second[row]
        if kind == SUPPLY:
            key: str | tuple[str, str] = (labels[first], items[second])
        elif kind == LANE_KG:
            key = (sites[network.lane_depot[first]], sites[network.lane_site[first]])
        else:
            key = sites[first]
        prices[kind][key] = float(price)
    return Step(
        rung=found.rung,
        fill=found.fill,
        freezes=freezes,
        supply=prices[SUPPLY],
        kg=prices[KG],
        m3=prices[M3],
        lane_kg=prices[LANE_KG],
        cap={},
    )


def _flow_rows(levels: Levels) -> tuple[FlowRow, ...]:
    """Return one routing of the fair amounts, by catchment, item, tier and source."""
    network, classes = levels.network, levels.classes
    every = np.arange(len(classes.cell))
    amount = levels.curves.requirement(every, levels.cover)
    sent = np.bincount(network.ways.cell, weights=levels.way_flow, minlength=len(network.cells)).astype(np.float64)
    scale = np.divide(1.0, sent, out=np.zeros_like(sent), where=sent > 0)
    case, labels = network.problem.case, network.problem.sources.label.tolist()
    items, sites, tiers = case.items.code.tolist(), case.sites.code, case.policy.tier_names
    opened = [tuple(labels[source] for source in sources) for sources in network.open_sources]
    some = np.flatnonzero(amount > 0)
    cells, shares = classes.cell[some], amount[some] * scale[classes.cell[some]]
    columns = (cells.tolist(), classes.tier[some].tolist(), shares.tolist())
    first, flow = network.first_way.tolist(), levels.way_flow.tolist()
    by_of, source_of = network.ways.by.tolist(), network.ways.source.tolist()
    item_of, site_of = network.cells.item.tolist(), network.cells.site.tolist()
    rows = []
    for cell, tier, share in zip(*columns, strict=True):
        item, site = item_of[cell], site_of[cell]
        for way in range(first[cell], first[cell + 1]):
            units = share * flow[way]
            if units <= 0:
                continue
            rows.append(
                FlowRow(
                    open_sources=opened[cell],
                    item=items[item],
                    tier=tiers[tier],
                    source=labels[source_of[way]],
                    units=units,
                    site=sites[site] if site >= 0 else "",
                    by=items[by_of[way]] if by_of[way] != item else "",
                )
            )
    return tuple(rows)
