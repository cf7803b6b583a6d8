"""Naive checks of whole packs by the definition, and brute force: no code shared with the engines.

Sends are dicts {(source, site, item, by): packs}.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

from allocator.need import Problem
from allocator.shares import Shipments

Send = dict[tuple[int, int, int, int], int]


def sends_of(shipments: Shipments) -> Send:
    """Return shipments as a dict."""
    rows = zip(shipments.source, shipments.site, shipments.item, shipments.by, shipments.packs, strict=True)
    return {tuple(int(v) for v in row[:4]): int(row[4]) for row in rows}


class Rules:
    """The limits and the ladder of a problem, read plainly."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        case, pairs = problem.case, problem.pairs
        self.pair_of = {(int(s), int(i)): p for p, (s, i) in enumerate(zip(pairs.site, pairs.item, strict=True))}
        self.lane = {
            (int(k), int(s)): int(n)
            for k, s, n in zip(problem.routes.source, problem.routes.site, problem.routes.lane, strict=True)
        }
        self.ratio = {(int(i), int(i)): Fraction(1) for i in range(len(case.items))}
        subs = case.substitutes
        for i, j, r in zip(subs.item, subs.by, subs.units_per_unit, strict=True):
            self.ratio[int(i), int(j)] = Fraction(round(float(r) * 10**6), 10**6)
        self.daily = [Fraction(int(u), 10**6) for u in pairs.daily_micro]
        names = case.policy.tier_names
        self.steps = [
            case.policy.tier_steps(names[int(t)], durable=bool(case.items.durable[i]))
            for t, i in zip(pairs.tier, pairs.item, strict=True)
        ]
        self.ways = [
            (k, s, i, j)
            for (k, s) in self.lane
            for (s2, i) in self.pair_of
            if s2 == s
            for (i2, j) in self.ratio
            if i2 == i and problem.packs[k, j] > 0
        ]

    def gain(self, item: int, by: int) -> Fraction:
        """Return the units of need one pack meets."""
        return int(self.problem.case.items.pack_units[by]) / self.ratio[item, by]

    def received(self, send: Send) -> dict[int, Fraction]:
        """Return units received by every pair."""
        total = {p: Fraction(0) for p in self.pair_of.values()}
        for (_, s, i, j), n in send.items():
            total[self.pair_of[s, i]] += n * self.gain(i, j)
        return total

    def position(self, pair: int, units: Fraction) -> tuple[int, Fraction]:
        """Return (first rung not completed, how far into it)."""
        has = units + int(self.problem.pairs.held[pair])
        for step in self.steps[pair]:
            if has < step.top * self.daily[pair]:
                return step.rung, (has / self.daily[pair] - step.base) / (step.top - step.base)
        return 1000, Fraction(0)

    def faults(self, send: Send) -> list[str]:
        """Return every limit that a plan breaks; nothing where all are kept."""
        problem, case = self.problem, self.problem.case
        found = [f"{way} is no open way" for way, n in send.items() if way not in self.ways or n < 0]
        drawn: dict[tuple[int, int], int] = {}
        kg, m3, lane_kg = {}, {}, {}
        stops: dict[int, set[int]] = {}
        for (k, s, _, j), n in send.items():
            depot = int(problem.sources.depot[k])
            drawn[k, j] = drawn.get((k, j), 0) + n
            weight, room = (
                Fraction(round(np.nan_to_num(x) * 10**6), 10**6) * n
                for x in (case.items.pack_kg[j], case.items.pack_m3[j])
            )
            kg[depot] = kg.get(depot, 0) + weight
            m3[depot] = m3.get(depot, 0) + room
            lane_kg[self.lane[k, s]] = lane_kg.get(self.lane[k, s], 0) + weight
            stops.setdefault(depot, set()).add(s)
        found += [f"supply {k}" for k, n in drawn.items() if n > problem.packs[k]]
        found += [f"lane {n}" for n, w in lane_kg.items() if w > _limit(case.lanes.max_kg[n])]
        for row, depot in enumerate(case.depots.depot.tolist()):
            found += [f"kg {depot}"] * (kg.get(depot, 0) > _limit(case.depots.max_kg[row]))
            found += [f"m3 {depot}"] * (m3.get(depot, 0) > _limit(case.depots.max_m3[row]))
            most = int(case.depots.max_stops[row])
            found += [f"stops {depot}"] * (0 <= most < len(stops.get(depot, ())))
        for pair, units in self.received(send).items():
            cap = int(problem.pairs.cap[pair])
            found += [f"cap {pair}"] * (0 <= cap < units)
        return found


def _limit(value: float) -> Fraction | float:
    return float("inf") if np.isnan(value) else Fraction(round(value * 10**6), 10**6)


def routings(rules: Rules, packs: dict[tuple[int, int], int]) -> list[Send]:
    """Return every way to send these packs of each (site, item) without substitutes: tiny cases only."""
    options = []
    for (s, i), n in packs.items():
        froms = [way for way in rules.ways if way[1] == s and way[2] == i and way[3] == i]
        splits = [c for c in itertools.product(range(n + 1), repeat=len(froms)) if sum(c) == n]
        options.append([dict(zip(froms, split, strict=True)) for split in splits])
    sends = []
    for choice in itertools.product(*options):
        send = {way: n for part in choice for way, n in part.items() if n}
        if not rules.faults(send):
            sends.append(send)
    return sends


def all_pack_vectors(rules: Rules, most: int = 60_000) -> list[dict[tuple[int, int], int]] | None:
    """Return every feasible number of packs per (site, item), or None where there are too many.

    A pair takes packs until its ladder is complete, so it is over-filled by its last pack only.
    """
    ranges = []
    for (_, i), pair in rules.pair_of.items():
        top = 0
        cap = int(rules.problem.pairs.cap[pair])
        size = rules.gain(i, i)
        while rules.position(pair, top * size)[0] < 1000 and (cap < 0 or (top + 1) * size <= cap) and top <= most:
            top += 1
        ranges.append(range(top + 1))
    if np.prod([float(len(r)) for r in ranges]) > most:
        return None
    vectors = (dict(zip(rules.pair_of, counts, strict=True)) for counts in itertools.product(*ranges))
    return [packs for packs in vectors if routings_exist(rules, packs)]


def routings_exist(rules: Rules, packs: dict[tuple[int, int], int]) -> bool:
    """Return whether one item's packs can be supplied (Hall's condition): no kg, m3 or lane limits here."""
    sites = [key for key, n in packs.items() if n]
    for size in range(1, len(sites) + 1):
        for some in itertools.combinations(sites, size):
            sources = {way[0] for way in rules.ways if (way[1], way[2]) in some and way[3] == way[2]}
            supply = sum(int(rules.problem.packs[k, some[0][1]]) for k in sources)
            if sum(packs[key] for key in some) > supply:
                return False
    return True


def pack_fair_vectors(rules: Rules, vectors: list[dict[tuple[int, int], int]]) -> list[dict[tuple[int, int], int]]:
    """Return the vectors that no addition and no exchange of one pack improves, by the definition."""
    known = {tuple(v.values()) for v in vectors}
    keys = list(rules.pair_of)
    return [v for v in vectors if not _improvable(rules, keys, list(v.values()), known)]


def _improvable(rules: Rules, keys, counts: list[int], known: set[tuple[int, ...]]) -> bool:
    def pos(n: int, count: int):
        return rules.position(rules.pair_of[keys[n]], count * rules.gain(keys[n][1], keys[n][1]))

    for q in range(len(keys)):
        more = counts.copy()
        more[q] += 1
        if tuple(more) in known:
            return True
        for p in range(len(keys)):
            if p == q or counts[p] == 0:
                continue
            swapped = more.copy()
            swapped[p] -= 1
            if tuple(swapped) in known:
                then, now = pos(p, counts[p] - 1), pos(q, counts[q])
                if then > now or (then == now and pos(q, counts[q] + 1) > pos(p, counts[p])):
                    return True
    return False


def improving_exchange(rules: Rules, send: Send) -> str | None:
    """Return an exchange of one pack that improves a plan (kinds 1 to 3, chains of up to two switches)."""
    received = rules.received(send)
    pos = {p: rules.position(p, units) for p, units in received.items()}
    givers: list[tuple] = [None] + [way for way, n in send.items() if n]
    for giver in givers:
        for taker in rules.ways:
            q = rules.pair_of[taker[1], taker[2]]
            if pos[q][0] == 1000:
                continue
            gain = rules.gain(taker[2], taker[3])
            if giver is not None:
                p = rules.pair_of[giver[1], giver[2]]
                then = rules.position(p, received[p] - rules.gain(giver[2], giver[3]))
                lifted = then > pos[q] or (then == pos[q] and rules.position(q, received[q] + gain) > pos[p])
                if p == q or not lifted:
                    continue
            if any(not rules.faults(after) for after in _after(rules, send, giver, taker)):
                return f"{giver} gives, {taker} takes"
    return None


def _after(rules: Rules, send: Send, giver, taker):
    """Yield the plan after an exchange, directly and with one or two sites switching sources."""
    plan = dict(send)
    if giver is not None:
        plan[giver] -= 1
    plan[taker] = plan.get(taker, 0) + 1
    yield _kept(plan)
    for first in _switches(rules, plan, taker[3], taker):
        yield _kept(first)
        for second in _switches(rules, first, taker[3], taker):
            yield _kept(second)


def _switches(rules: Rules, plan: Send, item: int, taker):
    for way, n in list(plan.items()):
        if n > (way == taker) and way[3] == item:
            for other in rules.ways:
                if other[1:] == way[1:] and other[0] != way[0]:
                    moved = dict(plan)
                    moved[way] -= 1
                    moved[other] = moved.get(other, 0) + 1
                    yield moved


def _kept(plan: Send) -> Send:
    return {way: n for way, n in plan.items() if n}
