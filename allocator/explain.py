"""Why every pair gets what it gets: one sentence each, few of them, from the step that stopped it.

Ten million pairs share some hundreds of sentences: pairs are first put together by what a reason
may depend on (`explain_groups`), then each such outcome is worded once.
"""

from __future__ import annotations

import numpy as np

from allocator.case import Floats, Indices
from allocator.explain_groups import (
    Closed,
    Kind,
    Outcomes,
    Rounding,
    closed_of,
    groups_of,
    lane_groups_of,
    open_problem,
    outcomes_of,
)
from allocator.explain_steps import StepReasons
from allocator.explain_unreached import OtherReasons, passed_over
from allocator.explain_words import Names
from allocator.need import Problem
from allocator.plan import Reason
from allocator.sentence import Sentence, say
from allocator.shares import FairShares

__all__ = ["reasons_of"]


def reasons_of(problem: Problem, shares: FairShares, units: Floats) -> tuple[tuple[Reason, ...], Indices]:
    """Return the distinct reasons, and for each pair the position of its own.

    `units`: what is delivered to each pair, in units of the item needed. Codes: `complete`,
    `held_enough`, `no_promise` (ladder); `supply`, `truck_kg`, `truck_m3`, `lane_kg`, `cap` (what
    ran out); `whole_pack` (the share is less than a pack); `no_road`, `no_stock`, `reserve`
    (nothing is open); `passed_over` (stops).
    """
    opened = open_problem(problem, shares)
    closed = closed_of(problem, shares)
    groups, nameless = groups_of(opened, shares)
    roads = lane_groups_of(problem) if bool(np.any(shares.step < -1)) else None
    sets = (groups, nameless, roads[0] if roads else None, closed)
    outcomes, outcome_of_pair = outcomes_of(problem, shares, units, sets)
    stopped = StepReasons(opened, groups, shares.steps, outcomes).reasons()
    others = OtherReasons(problem, outcomes, closed, roads)
    names = Names(problem)
    found: list[Reason] = []
    for row in range(len(outcomes)):
        reason = stopped[row] if row in stopped else others.reason(row)
        found.append(_with_remarks(reason, outcomes, row, closed, names))
    reasons, position = _distinct(found)
    return reasons, position[outcome_of_pair]


def _with_remarks(reason: Reason, outcomes: Outcomes, row: int, closed: Closed, names: Names) -> Reason:
    """Add what whole packs, given up roads and missing counts have to do with it."""
    code, sentence = reason.code, reason.sentence
    rounding, item = Rounding(outcomes.rounding[row]), int(outcomes.item[row])
    remark = _pack_remark(rounding, int(names.case.items.pack_units[item]))
    if rounding == Rounding.NONE:
        code = "whole_pack"
    remarks = [] if remark is None else [remark]
    lost = int(outcomes.closed[row])
    if lost and outcomes.kind[row] != Kind.PASSED_OVER and closed.could_serve[lost, item]:
        remarks.append(passed_over(names, closed.roads[lost]))
    if not outcomes.counted[row]:
        remarks.append(say("Nobody has counted this item here, so 0 on hand is assumed."))
    for remark in remarks:
        sentence = say("{sentence} {remark}", sentence=sentence, remark=remark)
    return Reason(code, sentence)


def _pack_remark(rounding: Rounding, pack_units: int) -> Sentence | None:
    if pack_units == 1:
        return _unit_remark(rounding)
    if rounding == Rounding.NONE:
        return say(
            "This site's share is less than one pack of {pack:,}; whole packs go where they lift lower sites.",
            pack=pack_units,
        )
    if rounding == Rounding.MORE:
        return say("Counted in whole packs of {pack:,}, this site stands above that.", pack=pack_units)
    if rounding == Rounding.LESS:
        return say("Counted in whole packs of {pack:,}, this site stays below that.", pack=pack_units)
    if rounding == Rounding.GIFT:
        return say("One of the last whole packs of {pack:,} still comes here.", pack=pack_units)
    return None


def _unit_remark(rounding: Rounding) -> Sentence | None:
    """Say the same of items that are sent one by one."""
    if rounding == Rounding.NONE:
        return say("This site's share is less than one; they go where they lift lower sites.")
    if rounding == Rounding.MORE:
        return say("Counted in whole ones, this site stands above that.")
    if rounding == Rounding.LESS:
        return say("Counted in whole ones, this site stays below that.")
    if rounding == Rounding.GIFT:
        return say("One of the last ones still comes here.")
    return None


def _distinct(found: list[Reason]) -> tuple[tuple[Reason, ...], Indices]:
    number: dict[tuple[str, str], int] = {}
    reasons: list[Reason] = []
    position = np.zeros(len(found), dtype=np.int32)
    for row, reason in enumerate(found):
        key = (reason.code, repr(reason.sentence))
        if key not in number:
            number[key] = len(reasons)
            reasons.append(reason)
        position[row] = number[key]
    return tuple(reasons), position
