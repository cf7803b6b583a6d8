"""Why every pair gets what it gets: one sentence each, few of them, from the step that stopped it.

Ten million pairs share some hundreds of sentences: pairs are first put together by what a reason
may depend on (`explain_groups`), then each such outcome is worded once.
"""

from __future__ import annotations

from dataclasses import dataclass

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
from allocator.what_if import WhatIf

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
    what_if = WhatIf(problem, shares)
    stopped = StepReasons(opened, groups, shares.steps, outcomes, outcome_of_pair, what_if).reasons()
    others = OtherReasons(problem, outcomes, closed, roads)
    names = Names(problem)
    found = [stopped[row] if row in stopped else others.reason(row) for row in range(len(outcomes))]
    reasons, position = _distinct(
        names, found, [_remarks_on(outcomes, row, closed, names) for row in range(len(outcomes))]
    )
    return reasons, position[outcome_of_pair]


@dataclass(frozen=True)
class _Remarks:
    """What is added to a reason: what whole packs did (and how large one is), roads lost, no count."""

    rounding: Rounding
    pack_units: int
    lost: tuple[tuple[int, str], ...]
    counted: bool


def _remarks_on(outcomes: Outcomes, row: int, closed: Closed, names: Names) -> _Remarks:
    rounding, item, lost = Rounding(outcomes.rounding[row]), int(outcomes.item[row]), int(outcomes.closed[row])
    remarked = outcomes.kind[row] != Kind.PASSED_OVER and closed.could_serve[lost, item]
    return _Remarks(
        rounding=rounding,
        pack_units=0 if rounding == Rounding.AS_IS else int(names.case.items.pack_units[item]),
        lost=closed.roads[lost] if remarked else (),
        counted=bool(outcomes.counted[row]),
    )


def _with_remarks(reason: Reason, remarks: _Remarks, names: Names) -> Reason:
    """Add what whole packs, given up roads and missing counts have to do with it."""
    said = [_pack_remark(remarks.rounding, remarks.pack_units)]
    if remarks.lost:
        said.append(passed_over(names, remarks.lost))
    if not remarks.counted:
        said.append(say("Nobody has counted this item here, so 0 on hand is assumed."))
    sentence = reason.sentence
    for remark in said:
        if remark is not None:
            sentence = say("{sentence} {remark}", sentence=sentence, remark=remark)
    return Reason("whole_pack" if remarks.rounding == Rounding.NONE else reason.code, sentence)


def _pack_remark(rounding: Rounding, pack_units: int) -> Sentence | None:
    if pack_units == 1:
        return _unit_remark(rounding)
    if rounding == Rounding.NONE:
        return say(
            "This site's share is less than one pack of {pack:,}; any site that could give one up for it would then "
            "stand no higher.",
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
        return say(
            "This site's share is less than one; any site that could give one up for it would then stand no higher."
        )
    if rounding == Rounding.MORE:
        return say("Counted in whole ones, this site stands above that.")
    if rounding == Rounding.LESS:
        return say("Counted in whole ones, this site stays below that.")
    if rounding == Rounding.GIFT:
        return say("One of the last ones still comes here.")
    return None


def _distinct(names: Names, found: list[Reason], remarks: list[_Remarks]) -> tuple[tuple[Reason, ...], Indices]:
    """Return the distinct reasons with their remarks, and each outcome's position among them."""
    same: dict[tuple[str, str], Reason] = {}
    first: dict[int, Reason] = {}
    for reason in found:
        if id(reason) not in first:
            first[id(reason)] = same.setdefault((reason.code, repr(reason.sentence)), reason)
    number: dict[tuple[int, _Remarks], int] = {}
    reasons: list[Reason] = []
    position = np.zeros(len(found), dtype=np.int32)
    for row, (reason, remark) in enumerate(zip(found, remarks, strict=True)):
        key = (id(first[id(reason)]), remark)
        if key not in number:
            number[key] = len(reasons)
            reasons.append(_with_remarks(first[id(reason)], remark, names))
        position[row] = number[key]
    return tuple(reasons), position
