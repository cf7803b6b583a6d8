"""Policies as tables that are saved and shown: the rules of one, every version, what two say differently."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from allocator.sentence import say
from data.policy_kept import KeptRules, rules_of
from data.tables_out import TableOut, rows_out
from models.days import local_time
from models.policies import KeptPolicy

__all__ = ["changes_table", "rules_table", "versions_table"]


def rules_table(policy: KeptRules) -> TableOut:
    """Return the rules of a policy, a row each."""
    said = (("rule", say("rule"), "text"), ("value", say("value"), "text"))
    return rows_out("rules", say("Rules"), said, rules_of(policy))


def versions_table(found: Sequence[KeptPolicy], zone: ZoneInfo) -> TableOut:
    """Return versions of the policy: number, time, who put it in force, why, its text."""
    columns = (
        ("number", say("policy"), "whole"),
        ("actor", say("put in force by"), "text"),
        ("recorded_at", say("time"), "time"),
        ("reason", say("reason"), "text"),
        ("toml", say("text"), "text"),
    )
    rows = [(each.number, each.actor, local_time(each.recorded_at, zone), each.reason, each.toml) for each in found]
    return rows_out("policies", say("Policies"), columns, rows)


def changes_table(rows: Sequence[tuple[str, str, str]]) -> TableOut:
    """Return what two policies say differently."""
    columns = (("rule", say("rule"), "text"), ("before", say("before"), "text"), ("after", say("after"), "text"))
    return rows_out("changes", say("Changes"), columns, rows)
