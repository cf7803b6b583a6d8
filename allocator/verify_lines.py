"""What is sent, read back as draws: so many packs of an item, from one source, for one pair.

Lines merge a depot's free and earmarked packs, and packs of every shelf life. They are told apart again by
serving those first who need the longest life, each from the narrowest earmark, and of that from what lasts
just long enough; any other way to tell them apart can be turned into this one by swaps of like packs.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Floats, Indices, Units, micro
from allocator.sentence import say
from allocator.verify_facts import Facts, Positions, find_keys, lane_rows_of
from allocator.verify_shapes import PlanRead, ReadLines, refuse

__all__ = ["Deliveries", "check_lines", "deliveries_of", "load_micro"]


_Draws = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]  # source, part, packs


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """What the lines bring, pair by pair and source by source.

    Draws: `source`, `site`, `pair`, `by`, `packs` (of `by`), `ratio_micro` (units of `by` for one unit
    needed, millionths). `own_units`: whole units of the item itself, per pair; `replaced`: units
    needed that substitutes meet, exactly, for the few pairs that get any. `units`: both, as floats.
    """

    source: Indices
    site: Indices
    pair: Positions
    by: Indices
    packs: Units
    ratio_micro: Units
    own_units: Units
    replaced: dict[int, Fraction]
    units: Floats

    def exact(self, pair: int) -> Fraction:
        """Return the units a pair receives, exactly, in units of the item needed."""
        return int(self.own_units[pair]) + self.replaced.get(pair, Fraction(0))


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """Parts of lines: packs of `by` from a depot for one pair."""

    depot: Indices
    pair: Positions
    by: Indices
    packs: Units
    ratio_micro: Units


def load_micro(place: NDArray[Any], packs: Units, per_pack: Units, size: int) -> NDArray[Any]:
    """Return Σ packs × millionths per pack at each place, exactly, whatever the size."""
    bound = float(packs.astype(np.float64) @ per_pack.astype(np.float64)) if len(packs) else 0.0
    kind: Any = np.int64 if bound < 2.0**62 else object
    total = np.zeros(size, dtype=kind)
    np.add.at(total, place, packs.astype(kind) * per_pack.astype(kind))
    return total


def deliveries_of(facts: Facts, plan: PlanRead) -> Deliveries:
    """Check that lines are whole packs on open lanes for needs that exist, and read them as draws."""
    lines = plan.lines
    check_lines(facts, lines)
    parts = _parts(facts, plan, _line_key(facts, lines.depot, lines.site, lines.item))
    draws = _by_source(facts, parts)
    return _deliveries(facts, parts, draws)


def check_lines(facts: Facts, lines: ReadLines) -> None:
    """Check that lines are sorted, of whole packs, and on lanes that are open."""
    key = _line_key(facts, lines.depot, lines.site, lines.item)
    if not bool(np.all(key[1:] > key[:-1])):
        row = int(np.argmax(key[1:] <= key[:-1])) + 1
        refuse(say("lines.csv, row {row}: rows are doubled or not sorted by depot, site and item.", row=row + 2))
    _check_packs(facts, lines)
    _check_lanes(facts, lines)


def _line_key(facts: Facts, depot: Indices, site: Indices, item: Indices) -> Units:
    n_sites, n_items = max(1, len(facts.case.sites)), max(1, len(facts.case.items))
    return (depot.astype(np.int64) * n_sites + site) * n_items + item


def _place(facts: Facts, depot: int, site: int, item: int) -> dict[str, Any]:
    codes = facts.case.sites.code
    return {"depot": codes[depot], "site": codes[site], "item": facts.case.items.code[item]}


def _line_place(facts: Facts, lines: ReadLines, row: int) -> dict[str, Any]:
    return _place(facts, int(lines.depot[row]), int(lines.site[row]), int(lines.item[row]))


def _check_packs(facts: Facts, lines: ReadLines) -> None:
    pack_units = facts.case.items.pack_units[lines.item]
    expected = np.where(lines.packs < 2**31, lines.packs, 0) * pack_units
    wrong = (lines.packs < 1) | ((lines.packs < 2**31) & (lines.units != expected))
    wrong |= (lines.packs >= 2**31) & (lines.units // pack_units != lines.packs)
    if bool(wrong.any()):
        row = int(np.argmax(wrong))
        refuse(
            say(
                "lines.csv, {depot} to {site}, item {item}: {packs} packs and {units} units are not whole packs of "
                "{pack_units}.",
                **_line_place(facts, lines, row),
                packs=int(lines.packs[row]),
                units=int(lines.units[row]),
                pack_units=int(pack_units[row]),
            )
        )
    kg = lines.packs * (facts.pack_kg[lines.item] / MICRO)
    wrong = ~(np.abs(np.nan_to_num(lines.kg) - kg) <= 1e-9 * np.maximum(1.0, kg))
    if bool(wrong.any()):
        row = int(np.argmax(wrong))
        refuse(
            say(
                "lines.csv, {depot} to {site}, item {item}: {kg} kg, but {packs} packs weigh {expected} kg.",
                **_line_place(facts, lines, row),
                kg=float(lines.kg[row]),
                packs=int(lines.packs[row]),
                expected=float(kg[row]),
            )
        )


def _check_lanes(facts: Facts, lines: ReadLines) -> None:
    lane, found = lane_rows_of(facts, lines.depot, lines.site)
    allowed = found.copy()
    allowed[found] = facts.lane_counts[lane[found]] & ~facts.lane_closed[lane[found]]
    if not bool(allowed.all()):
        row = int(np.argmin(allowed))
        refuse(
            say(
                "lines.csv, {depot} to {site}, item {item}: no lane is open from there to there.",
                **_line_place(facts, lines, row),
            )
        )


def _parts(facts: Facts, plan: PlanRead, line_key: Units) -> _Parts:
    """Split lines into what is sent as itself and what is sent instead of something else."""
    lines, subs = plan.lines, plan.substituted
    line, found = find_keys(line_key, _line_key(facts, subs.depot, subs.site, subs.by))
    ratio = _ratios(facts, subs.item, subs.by)
    bad = ~found | (subs.packs < 1) | (ratio <= 0)
    bad |= subs.units != subs.packs * facts.case.items.pack_units[subs.by]
    if bool(bad.any()):
        row = int(np.argmax(bad))
        refuse(
            say(
                "substitutes.csv, {depot} to {site}, item {item}: {by} is not sent there in that amount, or is not "
                "listed as a substitute.",
                **_place(facts, int(subs.depot[row]), int(subs.site[row]), int(subs.item[row])),
                by=facts.case.items.code[subs.by[row]],
            )
        )
    own_packs = lines.packs.copy()
    np.subtract.at(own_packs, line, subs.packs)
    if bool(np.any(own_packs < 0)):
        row = int(np.argmax(own_packs < 0))
        refuse(
            say(
                "substitutes.csv, {depot} to {site}: more packs of {item} are used instead of others than lines.csv "
                "sends.",
                **_line_place(facts, lines, row),
            )
        )
    own = np.flatnonzero(own_packs > 0)
    return _Parts(
        depot=np.concatenate([lines.depot[own], subs.depot]),
        pair=_pairs_served(
            facts, np.concatenate([lines.site[own], subs.site]), np.concatenate([lines.item[own], subs.item])
        ),
        by=np.concatenate([lines.item[own], subs.by]),
        packs=np.concatenate([own_packs[own], subs.packs]),
        ratio_micro=np.concatenate([np.full(len(own), MICRO, dtype=np.int64), ratio]),
    )


def _ratios(facts: Facts, item: Indices, by: Indices) -> Units:
    """Return units of `by` for one unit of `item`, in millionths; 0 where it is not listed."""
    listed = facts.case.substitutes
    n_items = max(1, len(facts.case.items))
    keys = listed.item.astype(np.int64) * n_items + listed.by
    place, found = find_keys(keys, item.astype(np.int64) * n_items + by)
    ratio = np.zeros(len(item), dtype=np.int64)
    ratio[found] = micro(listed.units_per_unit)[place[found]]
    return ratio


def _pairs_served(facts: Facts, site: Indices, item: Indices) -> Positions:
    n_items = max(1, len(facts.case.items))
    pair, found = find_keys(facts.pair_key, site.astype(np.int64) * n_items + item)
    if not bool(found.all()):
        row = int(np.argmin(found))
        refuse(
            say(
                "lines.csv sends {item} to {site}, which has no need of it.",
                site=facts.case.sites.code[site[row]],
                item=facts.case.items.code[item[row]],
            )
        )
    return pair


def _by_source(facts: Facts, parts: _Parts) -> _Draws:
    """Assign packs to sources: the longest life needed first, then the narrowest earmark, then the shortest life.

    Serving those who need most first leaves the widest choice to the others: to them all that is left of one
    earmark is alike. Among those who need the same the earmarks are nested, and the narrowest is no loss.
    """
    left, spare = parts.packs.copy(), facts.packs.copy()
    draws: list[_Draws] = []
    order = np.argsort(parts.depot, kind="stable")
    depots = parts.depot[order]
    site_of = facts.site[parts.pair]
    needed = facts.life_needed[site_of]
    several = bool(facts.case.policy.shelf_days)
    asked = np.unique(needed)[::-1]
    for days in asked.tolist():
        reach = np.bincount(facts.route_source[facts.life_needed[facts.route_site] == days], minlength=len(spare))
        free = facts.source_earmark == ""
        for source in np.lexsort((facts.source_life, reach, free)).tolist():
            if (free[source] and not several) or 0 <= facts.source_life[source] < days:
                continue
            depot = facts.source_depot[source]
            rows = order[np.searchsorted(depots, depot, "left") : np.searchsorted(depots, depot, "right")]
            rows = rows[(left[rows] > 0) & (needed[rows] == days) & _reached(facts, site_of[rows], source)]
            for item in np.flatnonzero(spare[source]).tolist() if len(rows) else ():
                here = rows[parts.by[rows] == item]
                before = np.cumsum(left[here]) - left[here]
                taken = np.clip(spare[source, item] - before, 0, left[here])
                left[here] -= taken
                spare[source, item] -= int(taken.sum())
                some = taken > 0
                draws.append((np.full(int(some.sum()), source), here[some], taken[some]))
    rest = np.flatnonzero(left > 0)
    if several and len(rest):
        _refuse_too_short(facts, parts, left)
    draws.append((_free_source(facts)[parts.depot[rest]], rest, left[rest]))
    source, part, packs = (np.concatenate(column) for column in zip(*draws, strict=True))
    _check_supply(facts, parts, (source, part, packs))
    return source, part, packs


def _free_source(facts: Facts) -> NDArray[np.int64]:
    """Return the source at each site that no earmark reserves, -1 where there is none."""
    free = np.full(len(facts.case.sites) + 1, -1, dtype=np.int64)
    unmarked = np.flatnonzero(facts.source_earmark == "")
    free[facts.source_depot[unmarked]] = unmarked
    return free


def _refuse_too_short(facts: Facts, parts: _Parts, left: Units) -> None:
    """Refuse packs for which a depot has too few that last as long as the sites need and are not kept for others."""
    row = int(np.argmax(left > 0))
    days = int(facts.life_needed[facts.site[parts.pair[row]]])
    alike = (parts.depot == parts.depot[row]) & (parts.by == parts.by[row])
    alike &= facts.life_needed[facts.site[parts.pair]] >= days
    refuse(
        say(
            "lines.csv: {depot} sends {packs} packs of {item} to sites that need {days} days of shelf life left or "
            "more; {missing} of them are not there for these sites.",
            depot=facts.case.sites.code[parts.depot[row]],
            item=facts.case.items.code[parts.by[row]],
            packs=int(parts.packs[alike].sum()),
            days=days,
            missing=int(left[alike].sum()),
        )
    )


def _reached(facts: Facts, site: Indices, source: int) -> Bools:
    n_sources = max(1, len(facts.packs))
    keys = facts.route_site.astype(np.int64) * n_sources + facts.route_source
    return find_keys(keys, site.astype(np.int64) * n_sources + source)[1]


def _check_supply(facts: Facts, parts: _Parts, draws: _Draws) -> None:
    source, part, packs = draws
    none = source < 0
    n_items = max(1, len(facts.case.items))
    drawn = np.zeros(len(facts.packs) * n_items, dtype=np.int64)
    np.add.at(drawn, (source * n_items + parts.by[part])[~none], packs[~none])
    over = drawn > facts.packs.ravel()
    if bool(none.any()):
        row = int(part[np.argmax(none)])
        depot, item, has = int(parts.depot[row]), int(parts.by[row]), 0
        sent = int(packs[none & (parts.depot[part] == depot) & (parts.by[part] == item)].sum())
    elif bool(over.any()):
        at = int(np.argmax(over))
        number, item = divmod(at, n_items)
        depot, has, sent = int(facts.source_depot[number]), int(facts.packs[number, item]), int(drawn[at])
    else:
        return
    refuse(
        say(
            "lines.csv: {depot} sends {packs} packs of {item} that no earmark reserves, but only {available} may "
            "leave.",
            depot=facts.case.sites.code[depot],
            item=facts.case.items.code[item],
            packs=sent,
            available=has,
        )
    )


def _deliveries(facts: Facts, parts: _Parts, draws: _Draws) -> Deliveries:
    source, part, packs = draws
    units = parts.packs * facts.case.items.pack_units[parts.by]
    own_units = np.zeros(len(facts.site), dtype=np.int64)
    itself = parts.by == facts.item[parts.pair]
    np.add.at(own_units, parts.pair[itself], units[itself])
    replaced: dict[int, Fraction] = {}
    for row in np.flatnonzero(~itself).tolist():
        pair = int(parts.pair[row])
        met = Fraction(int(units[row]) * MICRO, int(parts.ratio_micro[row]))
        replaced[pair] = replaced.get(pair, Fraction(0)) + met
    delivered = own_units.astype(np.float64)
    if replaced:
        delivered[list(replaced)] += [float(met) for met in replaced.values()]
    return Deliveries(
        source=source.astype(np.int32),
        site=facts.site[parts.pair[part]],
        pair=parts.pair[part],
        by=parts.by[part],
        packs=packs,
        ratio_micro=parts.ratio_micro[part],
        own_units=own_units,
        replaced=replaced,
        units=delivered,
    )
