"""The background job that tries another policy: the same day planned under both, and who gains and who loses by it.

Nothing of it is kept as a plan. What comes of it are numbers and codes, which its page words for its reader.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from typing import Any

from allocator.allocate import allocate
from allocator.case import Case
from allocator.plan import NothingToSend, Plan
from allocator.plan_results import cover_by_tier, results_by_tier
from allocator.sentence import say
from data.problems import CaseUnreadable
from data.replanning import Payer, payers
from data.snapshot_taken import Taken, take_under
from models.database import reading
from models.days import day_of
from models.entry import Refusal
from models.job_work import Work
from models.jobs import Outcome
from models.policies import policy_of

__all__ = ["SHOWN", "try_policy"]

SHOWN = 100
"""Those who lose most, and those who gain most, as many of each as are kept."""


def try_policy(work: Work) -> Outcome:
    """Plan a day under the policy in force and under another. Arguments: `day` (ISO; today without), `toml`, `number`.

    `number`: that of the policy it is compared with.

    Raises:
        Refusal: the day cannot be planned under one of them, everything that is wrong at once; nothing can be sent.

    """
    ledger, said = work.ledger, work.arguments
    day = dt.date.fromisoformat(said["day"]) if said.get("day") else day_of(work.now, ledger.zone)
    work.tell(0.0, say("Taking the snapshot of {day}", day=day.isoformat()))
    with reading(ledger.engine) as connection:
        before = policy_of(connection, int(said["number"])).toml
    try:
        old, new = take_under(ledger, day, (before, str(said["toml"])))
    except CaseUnreadable as unreadable:
        raise Refusal(*(problem.sentence for problem in unreadable.problems)) from None
    work.tell(0.2, say("Deciding who gets what"))
    planned_old = _planned(old)
    work.tell(0.6, say("Deciding who gets what under the new policy"))
    planned_new = _planned(new)
    changes = payers(new.case, planned_old, planned_new)
    told = say(
        "Who gains and who loses on {day}, from documents up to {document}.", day=day.isoformat(), document=old.document
    )
    return Outcome(
        says=(told,),
        result={
            "day": day.isoformat(),
            "document": old.document,
            "tiers": list(_tiers(old.case, planned_old, new.case, planned_new)),
            "losers": [_told(each) for each in changes if _difference(each) < 0][:SHOWN],
            "gainers": [_told(each) for each in changes[::-1] if _difference(each) > 0][:SHOWN],
            "lose": sum(_difference(each) < 0 for each in changes),
            "gain": sum(_difference(each) > 0 for each in changes),
            "to": f"/policy/tried/{work.job.id}",
        },
    )


def _planned(taken: Taken) -> Plan:
    try:
        return allocate(taken.case)
    except NothingToSend as nothing:
        raise Refusal(nothing.sentence) from None


def _tiers(old: Case, before: Plan, new: Case, after: Plan) -> Iterator[dict[str, Any]]:
    """Give how each tier fares under both; a tier that one of them does not know has nothing there."""
    both = _fares(old, before), _fares(new, after)
    for tier in dict.fromkeys([*both[0], *both[1]]):
        yield {"tier": tier, "before": both[0].get(tier), "after": both[1].get(tier)}


def _fares(case: Case, plan: Plan) -> dict[str, dict[str, float | None]]:
    covers = {each.tier: each for each in cover_by_tier(case, plan)}
    return {
        each.tier: {
            "sites": each.sites,
            "needs": each.pairs,
            "met": each.met,
            "lowest": _number(covers[each.tier].lowest_after),
            "middle": _number(covers[each.tier].middle_after),
        }
        for each in results_by_tier(case, plan)
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _difference(each: Payer) -> float:
    return each.units_after - each.units_before


def _told(each: Payer) -> dict[str, Any]:
    return {
        "site": each.site.code,
        "item": each.item.code,
        "units_before": round(each.units_before),
        "units_after": round(each.units_after),
        "cover_before": round(each.cover_before, 6),
        "cover_after": round(each.cover_after, 6),
    }
