"""What people decided in some days as tables: overrides, who pays for them, steps and approvals, the policy."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import say
from data.policy_kept import differences, kept_policy
from data.replanning import Payer, payers_json, payers_of_plan
from models.days import local_time
from models.decisions import Decisions, decisions_between, sites_of_documents
from models.plan_events import step_word
from models.policies import KeptPolicy
from models.reasons import reason_named

if TYPE_CHECKING:
    from data.tables_out import TableOut

__all__ = ["Decided", "decided_between", "decided_json", "decision_tables"]


@dataclass(frozen=True, kw_only=True)
class PolicyChange:
    """A rule of the policy that a version says differently from the one before; "" where it says nothing."""

    version: KeptPolicy
    rule: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What people decided. `paid`: by plan, who gets less or more by its overrides as it stands."""

    found: Decisions
    paid: Mapping[str, Sequence[Payer]]
    changes: tuple[PolicyChange, ...]


def decided_between(
    connection: sa.Connection, first_at: int, last_at: int, *, lang: str, sees: Callable[[str], bool] | None = None
) -> Decided:
    """Return what was recorded between two instants, UTC microseconds, both included.

    `sees`: says which sites are looked at; None for all, and for what concerns no site.

    Raises:
        Refusal: files of a plan were altered.

    """
    found = decisions_between(connection, first_at, last_at)
    if sees is not None:
        found = _within(connection, found, sees)
    paid = {
        name: [each for each in payers_of_plan(connection, name, lang) if sees is None or sees(each.site.code)]
        for name in found.overridden_plans
    }
    changes = (
        PolicyChange(version=after, rule=rule, before=one or "", after=other or "")
        for before, after in found.policies
        if before is not None
        for rule, one, other in differences(kept_policy(before.toml), kept_policy(after.toml))
    )
    return Decided(found=found, paid=paid, changes=tuple(changes))


def _within(connection: sa.Connection, found: Decisions, sees: Callable[[str], bool]) -> Decisions:
    """Return decisions on some sites, and those that concern all: steps of plans, and the policy."""
    sites = sites_of_documents(connection, [int(each.number) for each in found.steps if each.what != "plan"])
    steps = (each for each in found.steps if each.what == "plan" or sees(sites.get(int(each.number), "")))
    overrides = (each for each in found.overrides if sees(each.site))
    return dataclasses.replace(found, overrides=tuple(overrides), steps=tuple(steps))


_OVERRIDES = (
    *(("plan", say("plan"), "text"), ("site", say("site"), "text"), ("item", say("item"), "text")),
    *(("proposed", say("proposed"), "whole"), ("units", say("decided"), "whole")),
    *(("reason", say("reason"), "text"), ("note", say("note"), "text"), ("actor", say("by"), "text")),
    *(("at", say("when"), "time"), ("cancelled", say("cancelled"), "text")),
)
_PAYERS = (
    *(("plan", say("plan"), "text"), ("site", say("site"), "text"), ("item", say("item"), "text")),
    *(("before", say("units before"), "decimal"), ("after", say("units after"), "decimal")),
)
_STEPS = (
    *(("what", say("what"), "text"), ("number", say("number"), "text"), ("step", say("step"), "text")),
    *(("made_by", say("made by"), "text"), ("actor", say("by"), "text"), ("at", say("when"), "time")),
    *(("another", say("by another person"), "text"), ("note", say("note"), "text")),
)
_POLICY = (
    *(("version", say("version"), "text"), ("at", say("when"), "time"), ("actor", say("by"), "text")),
    *(("rule", say("rule"), "text"), ("before", say("before"), "text"), ("after", say("after"), "text")),
)
_WHAT = {"plan": say("plan"), "document": say("document"), "emergency": say("emergency issue")}


def decision_tables(decided: Decided, zone: ZoneInfo) -> list[TableOut]:
    """Return what was decided as tables, some of which may be empty."""
    from data.tables_out import rows_out

    paid = [
        (plan, each.site.code, each.item.code, each.units_before, each.units_after)
        for plan, payers in decided.paid.items()
        for each in payers
    ]
    return [
        rows_out("overrides", say("Overrides"), _OVERRIDES, _override_rows(decided.found, zone)),
        rows_out("payers", say("Who gets less or more"), _PAYERS, paid),
        rows_out("steps", say("Steps and approvals"), _STEPS, _step_rows(decided.found, zone)),
        rows_out("policy", say("Changes of the policy"), _POLICY, _policy_rows(decided.changes, zone)),
    ]


def _override_rows(found: Decisions, zone: ZoneInfo) -> list[tuple[Any, ...]]:
    rows = []
    for each in found.overrides:
        reason = reason_named("override", each.reason)
        rows.append(
            (each.plan, each.site, each.item, each.proposed_units, each.units,
             each.reason if reason is None else reason.says, each.note, each.actor,
             local_time(each.recorded_at, zone), say("cancelled") if each.cancelled else "")
        )  # fmt: skip
    return rows


def _step_rows(found: Decisions, zone: ZoneInfo) -> list[tuple[Any, ...]]:
    yes, no = say("yes"), say("no")
    return [
        (_WHAT[each.what], each.number, step_word(each.step), each.made_by, each.actor,
         local_time(each.recorded_at, zone), yes if each.by_another else no, each.note)
        for each in found.steps
    ]  # fmt: skip


def _policy_rows(changes: Sequence[PolicyChange], zone: ZoneInfo) -> list[tuple[Any, ...]]:
    return [
        (str(each.version.number), local_time(each.version.recorded_at, zone), each.version.actor, each.rule,
         each.before or "-", each.after or "-")
        for each in changes
    ]  # fmt: skip


def decided_json(decided: Decided) -> dict[str, Any]:
    """Return what was decided as plain JSON values, in codes; times in UTC microseconds."""
    return {
        "overrides": [dataclasses.asdict(each) for each in decided.found.overrides],
        "payers": {plan: payers_json(payers) for plan, payers in decided.paid.items()},
        "steps": [dataclasses.asdict(each) | {"by_another": each.by_another} for each in decided.found.steps],
        "policy": [
            {
                "version": each.version.number,
                "actor": each.version.actor,
                "rule": each.rule,
                "before": each.before,
                "after": each.after,
            }
            for each in decided.changes
        ],
    }
