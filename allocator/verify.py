"""The checker: whether a plan keeps every promise, by arithmetic that an auditor can follow.

It reads case and plan, derives everything else again, imports no solver and shares no code with
the engines. What is proven, and how, is told in docs/proof.md.
"""

from __future__ import annotations

from allocator.case import Case
from allocator.sentence import Sentence
from allocator.verify_facts import facts_of
from allocator.verify_levels import check_levels
from allocator.verify_limits import check_depots, check_received, check_stops
from allocator.verify_lines import deliveries_of
from allocator.verify_lots import check_lots
from allocator.verify_overrides import check_shares_kept, decided_in, with_decided
from allocator.verify_packs import check_packs
from allocator.verify_pairs import check_pairs, check_reasons
from allocator.verify_primal import check_flow
from allocator.verify_roads import Roads
from allocator.verify_shapes import DoesNotHold, PlanRead, plan_read_of
from allocator.verify_stops import check_closed, check_drops, check_visits

__all__ = ["PlanRead", "plan_read_of", "verify"]


def verify(case: Case, plan: PlanRead, *, proposed: PlanRead | None = None) -> Sentence | None:
    """Return the first thing in a plan that does not hold, with its place; None where all holds.

    In this order: what could not be read; the pairs and their numbers; lines, stock, roads and
    every limit; lots; the steps of the proof and the fair shares they give; their flow; the
    fairness of whole packs; stops. Of a plan with overrides first what people decided and every
    limit of the whole, then the plan without it against what it leaves. `proposed`: the plan before
    it was overridden, where it is there: whom people decided on must keep the fair share of that one.
    """
    if plan.fault is not None:
        return plan.fault
    try:
        _check(case, plan)
        if proposed is not None:
            check_shares_kept(facts_of(case), plan, proposed)
    except DoesNotHold as found:
        return found.sentence
    return None


def _check(case: Case, plan: PlanRead) -> None:
    decided = decided_in(case, plan) if len(plan.overridden) else None
    if decided is None:
        facts, rest = facts_of(case, plan.proof.closed), plan
        check_pairs(facts, plan)
        check_reasons(facts, plan)
    else:
        facts, rest = decided.facts, decided.plan
    sent = deliveries_of(facts, rest)
    check_depots(facts, rest)
    check_stops(facts, rest)
    check_received(facts, rest, sent)
    check_lots(facts, plan, sent if decided is None else with_decided(sent, decided))
    check_closed(facts, rest)
    check_levels(facts, rest)
    check_flow(facts, rest)
    roads = Roads(facts, rest, sent)
    check_packs(roads)
    check_drops(roads)
    check_visits(roads, rest)
