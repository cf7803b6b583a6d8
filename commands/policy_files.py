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
    """Save the rules of one policy, a row each, or `every` version: number, time, who put it in force, why."""
    from data.policy_kept import kept_policy
    from data.policy_tables import rules_table, versions_table
    from models.days import day_of

    zone = desk.ledger.zone
    today = day_of(desk.now, zone)
    if every:
        save_tables(desk.session, out, [versions_table(found, zone)], title=say("Policies"), day=today, desk=desk)
        return
    (policy,) = found
    facts: list[Fact] = [
        (say("policy"), policy.number),
        (say("put in force by"), policy.actor),
        (say("time"), local_time(policy.recorded_at, zone).isoformat(" ")),
    ]
    tables = [rules_table(kept_policy(policy.toml))]
    title = say("Policy {number}", number=policy.number)
    save_tables(desk.session, out, tables, title=title, day=today, filters=facts, desk=desk)


def save_changes(desk: Desk, rows: Sequence[tuple[str, str, str]], what: Sequence[str], out: Path) -> None:
    """Save what two policies say differently. `what`: which were compared, as it was typed."""
    from data.policy_tables import changes_table
    from models.days import day_of

    compared = " ".join(what) or say("the one before, the one in force")
    today = day_of(desk.now, desk.ledger.zone)
    facts: list[Fact] = [(say("compared"), compared)]
    save_tables(desk.session, out, [changes_table(rows)], title=say("What two policies say differently"), day=today,
                filters=facts, desk=desk)  # fmt: skip
