"""`allocator policy show --out` and `policy diff --out`: rules, versions and changes as tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.sentence import say
from commands.on_ledger import Desk
from commands.table_files import Fact, save_tables
from models.days import local_time

if TYPE_CHECKING:
    from models.policies import KeptPolicy

__all__ = ["save_changes", "save_policies"]


def save_policies(desk: Desk, found: Sequence[KeptPolicy], out: Path, *, every: bool) -> None:
    """Save the rules of one policy, a row each, or `every` version: number, time, who put it in force."""
    from data.policy_kept import kept_policy, rules_of
    from data.tables_out import rows_out
    from models.days import day_of

    zone = desk.ledger.zone
    today = day_of(desk.now, zone)
    if every:
        columns = (
            ("number", say("policy"), "whole"),
            ("actor", say("put in force by"), "text"),
            ("recorded_at", say("time"), "time"),
            ("toml", say("text"), "text"),
        )
        rows = [(each.number, each.actor, local_time(each.recorded_at, zone), each.toml) for each in found]
        tables = [rows_out("policies", say("Policies"), columns, rows)]
        save_tables(desk.session, out, tables, title=say("Policies"), day=today, desk=desk)
        return
    (policy,) = found
    said = (("rule", say("rule"), "text"), ("value", say("value"), "text"))
    tables = [rows_out("rules", say("Rules"), said, rules_of(kept_policy(policy.toml)))]
    title = say("Policy {number}", number=policy.number)
    facts: list[Fact] = [
        (say("policy"), policy.number),
        (say("put in force by"), policy.actor),
        (say("time"), local_time(policy.recorded_at, zone).isoformat(" ")),
    ]
    save_tables(desk.session, out, tables, title=title, day=today, filters=facts, desk=desk)


def save_changes(desk: Desk, rows: Sequence[tuple[str, str, str]], what: Sequence[str], out: Path) -> None:
    """Save what two policies say differently. `what`: which were compared, as it was typed."""
    from data.tables_out import rows_out
    from models.days import day_of

    columns = (("rule", say("rule"), "text"), ("before", say("before"), "text"), ("after", say("after"), "text"))
    compared = " ".join(what) or say("the one before, the one in force")
    tables = [rows_out("changes", say("Changes"), columns, rows)]
    today = day_of(desk.now, desk.ledger.zone)
    facts: list[Fact] = [(say("compared"), compared)]
    save_tables(desk.session, out, tables, title=say("What two policies say differently"), day=today, filters=facts,
                desk=desk)  # fmt: skip
