"""`GET /api/v1/policy`: the policy in force, or an earlier one, for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from data.policy_kept import kept_policy, rules_of
from models.days import iso_of
from web.policy_page import SEE, policy_seen
from web.visitors import ledger_of, visitor_with

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["policy"])


class RuleRead(BaseModel):
    """A rule and what it says."""

    rule: str
    value: str


class PolicyRead(BaseModel):
    """A version of the policy. `toml`: its file; `rules`: all that it says, what holds unsaid too."""

    number: int
    actor: str
    recorded_at: str
    reason: str
    toml: str
    rules: list[RuleRead]


@router.get("/policy", summary="The policy")
def policy(request: Request, number: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0) -> PolicyRead:
    """Return the policy in force, or that of a number."""
    visitor_with(request, SEE)
    _, one = policy_seen(request, number)
    return PolicyRead.model_construct(
        number=one.number,
        actor=one.actor,
        recorded_at=iso_of(one.recorded_at, ledger_of(request).zone),
        reason=one.reason,
        toml=one.toml,
        rules=[RuleRead.model_construct(rule=rule, value=value) for rule, value in rules_of(kept_policy(one.toml))],
    )
