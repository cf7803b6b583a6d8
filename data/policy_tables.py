"""Policies as tables that are saved and shown: the rules of one, every version, what two say differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from allocator.sentence import Named, say
from allocator.words import tier_named
from data.policy_kept import KeptRules, rules_of
from data.tables_out import TableOut, rows_out
from models.days import local_time
from models.policies import KeptPolicy

__all__ = ["changes_table", "rules_table", "tried_tables", "versions_table"]


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


def tried_tables(told: Mapping[str, Any], names: tuple[Mapping[str, Named], Mapping[str, Named]]) -> list[TableOut]:
    """Return who gains and who loses by another policy, and how each tier fares. `told`: what came of trying it."""
    moved = (
        *(("site", say("site"), "text"), ("site_name", say("site name"), "text")),
        *(("item", say("item"), "text"), ("item_name", say("item name"), "text")),
        *(("units_before", say("units before"), "whole"), ("units_after", say("units after"), "whole")),
        *(("cover_before", say("cover before"), "decimal"), ("cover_after", say("cover after"), "decimal")),
    )
    rows = [
        (
            *(each["site"], names[0].get(each["site"]), each["item"], names[1].get(each["item"])),
            *(each[name] for name in ("units_before", "units_after", "cover_before", "cover_after")),
        )
        for each in (*told["losers"], *told["gainers"][::-1])
    ]
    fares = (
        ("needs", say("needs")),
        ("met", say("met")),
        ("lowest", say("lowest cover")),
        ("middle", say("middle cover")),
    )
    by_tier = [
        (tier_named(each["tier"]), title, *((each[side] or {}).get(name) for side in ("before", "after")))
        for each in told["tiers"]
        for name, title in fares
    ]
    columns = (
        *(("tier", say("tier"), "text"), ("figure", say("figure"), "text")),
        *(("before", say("in force"), "decimal"), ("after", say("the other"), "decimal")),
    )
    return [
        rows_out("moved", say("Who gains and who loses"), moved, rows),
        rows_out("tiers", say("By tier"), columns, by_tier),
    ]
