"""Whether every hard limit is kept: everything is added again, in whole millionths."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Units
from allocator.sentence import say
from allocator.verify_facts import Facts, find_keys, lane_rows_of
from allocator.verify_lines import Deliveries, load_micro
from allocator.verify_shapes import PlanRead, refuse

__all__ = ["check_depots", "check_received", "check_stops", "stop_key"]


def check_depots(facts: Facts, plan: PlanRead) -> None:
    """Each depot's kg, m3 and stops, and each lane's kg, stay within their limits."""
    lines, n_sites = plan.lines, len(facts.case.sites)
    codes = facts.case.sites.code
    for what, per_pack, limit in (("kg", facts.pack_kg, facts.kg_limit), ("m3", facts.pack_m3, facts.m3_limit)):
        load = load_micro(lines.depot, lines.packs, per_pack[lines.item], n_sites)
        over = (limit >= 0) & (load > limit)
        if bool(over.any()):
            depot = int(np.argmax(over))
            refuse(
                say(
                    "lines.csv: {depot} sends {load} {what} in all; its limit is {limit}.",
                    depot=codes[depot],
                    load=int(load[depot]) / MICRO,
                    what=what,
                    limit=int(limit[depot]) / MICRO,
                )
            )
    lane, _ = lane_rows_of(facts, lines.depot, lines.site)
    load = load_micro(lane, lines.packs, facts.pack_kg[lines.item], len(facts.case.lanes))
    over = (facts.lane_kg_limit >= 0) & (load > facts.lane_kg_limit)
    if bool(over.any()):
        row = int(np.argmax(over))
        refuse(
            say(
                "lines.csv: {load} kg go from {depot} to {site}; that lane carries {limit}.",
                load=int(load[row]) / MICRO,
                depot=codes[facts.case.lanes.depot[row]],
                site=codes[facts.case.lanes.site[row]],
                limit=int(facts.lane_kg_limit[row]) / MICRO,
            )
        )


def stop_key(facts: Facts, depot: NDArray[Any], site: NDArray[Any]) -> Units:
    """Return one whole number for each depot and site, ascending in that order."""
    return np.asarray(depot.astype(np.int64) * max(1, len(facts.case.sites)) + site, dtype=np.int64)


def check_stops(facts: Facts, plan: PlanRead) -> None:
    """stops.csv lists each depot and site of the lines once, with kg and m3; no depot makes too many."""
    lines, stops = plan.lines, plan.stops
    made, place = np.unique(stop_key(facts, lines.depot, lines.site), return_inverse=True)
    listed = stop_key(facts, stops.depot, stops.site)
    if len(made) != len(listed) or bool(np.any(made != listed)):
        _refuse_stop_keys(facts, made, listed)
    for what, per_pack, column in (("kg", facts.pack_kg, stops.kg), ("m3", facts.pack_m3, stops.m3)):
        load = load_micro(place, lines.packs, per_pack[lines.item], len(made)).astype(np.float64) / MICRO
        wrong = ~(np.abs(np.nan_to_num(column) - load) <= 1e-9 * np.maximum(1.0, load))
        if bool(wrong.any()):
            row = int(np.argmax(wrong))
            refuse(
                say(
                    "stops.csv, {depot} to {site}: {found} {what}, but its lines add up to {expected}.",
                    **_stop_place(facts, int(listed[row])),
                    found=float(column[row]),
                    what=what,
                    expected=float(load[row]),
                )
            )
    count = np.bincount(stops.depot, minlength=len(facts.case.sites))
    over = (facts.stop_limit >= 0) & (count > facts.stop_limit)
    if bool(over.any()):
        depot = int(np.argmax(over))
        refuse(
            say(
                "stops.csv: {depot} makes {count} stops; its limit is {limit}.",
                depot=facts.case.sites.code[depot],
                count=int(count[depot]),
                limit=int(facts.stop_limit[depot]),
            )
        )


def _stop_place(facts: Facts, key: int) -> dict[str, Any]:
    depot, site = divmod(key, max(1, len(facts.case.sites)))
    return {"depot": facts.case.sites.code[depot], "site": facts.case.sites.code[site]}


def _refuse_stop_keys(facts: Facts, made: Units, listed: Units) -> None:
    missing, extra = np.setdiff1d(made, listed), np.setdiff1d(listed, made)
    if len(missing):
        refuse(
            say(
                "stops.csv has no stop from {depot} at {site}, but lines.csv does.",
                **_stop_place(facts, int(missing[0])),
            )
        )
    if len(extra):
        refuse(
            say("stops.csv has a stop from {depot} at {site} that no line needs.", **_stop_place(facts, int(extra[0])))
        )
    refuse(say("stops.csv: rows are doubled or not sorted by depot and site."))


def check_received(facts: Facts, plan: PlanRead, sent: Deliveries) -> None:
    """pairs.units is what the lines bring; caps hold; over-filling is by less than the last pack."""
    wrong = np.abs(plan.pairs.units - sent.units) > 1e-9 * np.maximum(1.0, sent.units)
    wrong |= np.isnan(plan.pairs.units)
    if bool(wrong.any()):
        pair = int(np.argmax(wrong))
        refuse(
            say(
                "pairs.csv, site {site}, item {item}: {found} units, but the lines bring {expected}.",
                **facts.pair_name(pair),
                found=float(plan.pairs.units[pair]),
                expected=float(sent.units[pair]),
            )
        )
    _check_caps(facts, sent)
    _check_overfill(facts, sent)


def _check_caps(facts: Facts, sent: Deliveries) -> None:
    over = (facts.cap >= 0) & (sent.own_units > facts.cap)
    for pair in sent.replaced:
        over[pair] = bool(facts.cap[pair] >= 0) and sent.exact(pair) > int(facts.cap[pair])
    if bool(over.any()):
        pair = int(np.argmax(over))
        refuse(
            say(
                "pairs.csv, site {site}, item {item}: {found} units are sent; needs.max_units allows {limit}.",
                **facts.pair_name(pair),
                found=float(sent.units[pair]),
                limit=int(facts.cap[pair]),
            )
        )


def _check_overfill(facts: Facts, sent: Deliveries) -> None:
    """Without its largest pack, every pair that receives anything stands below its ladder's top."""
    pack = facts.case.items.pack_units[facts.item]
    before = facts.held + sent.own_units - pack
    over = np.zeros(len(facts.site), dtype=bool)
    for number, ladder in enumerate(facts.ladders):
        here = np.flatnonzero((facts.ladder == number) & (sent.own_units > 0))
        if len(here):
            over[here] = _reaches(before[here], facts.daily_micro[here], ladder.top)
    for pair, last in _largest_packs(facts, sent).items():
        top = facts.ladders[facts.ladder[pair]].top
        rest = int(facts.held[pair]) + sent.exact(pair) - last
        over[pair] = rest >= top * Fraction(int(facts.daily_micro[pair]), MICRO)
    if bool(over.any()):
        pair = int(np.argmax(over))
        refuse(
            say(
                "pairs.csv, site {site}, item {item}: {units} units are sent, a whole pack or more above the "
                "ladder's top.",
                **facts.pair_name(pair),
                units=float(sent.units[pair]),
            )
        )


def _reaches(units: Units, daily_micro: Units, cover: Fraction) -> NDArray[Any]:
    """Return where units >= daily use x cover, exactly."""
    large = max(float(np.abs(units).max(initial=0)) * MICRO, float(daily_micro.max(initial=0)))
    kind: Any = np.int64 if large * max(cover.numerator, cover.denominator) < 2.0**62 else object
    left = units.astype(kind) * (MICRO * cover.denominator)
    return np.asarray(left >= daily_micro.astype(kind) * cover.numerator, dtype=bool)


def _largest_packs(facts: Facts, sent: Deliveries) -> dict[int, Fraction]:
    """Return the largest pack, in units of the item needed, of each pair that gets substitutes."""
    if not sent.replaced:
        return {}
    some = np.array(sorted(sent.replaced))
    _, mixed = find_keys(some, sent.pair)
    largest: dict[int, Fraction] = {}
    for draw in np.flatnonzero(mixed).tolist():
        pair = int(sent.pair[draw])
        gain = Fraction(int(facts.case.items.pack_units[sent.by[draw]]) * MICRO, int(sent.ratio_micro[draw]))
        largest[pair] = max(largest.get(pair, gain), gain)
    return largest
