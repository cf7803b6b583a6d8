"""How everyone fares by a plan as tables to save: cover by tier, who stands lowest, what is short."""

from __future__ import annotations

import math

from allocator.case import Case
from allocator.plan import Plan
from allocator.plan_results import cover_by_tier, items_short, lowest_pairs, results_by_tier
from allocator.sentence import Named, say
from allocator.words import tier_named, unit_named
from data.tables_out import TableOut, rows_out

__all__ = ["plan_cover_tables"]

_LOWEST = 1_000


def plan_cover_tables(case: Case, plan: Plan) -> list[TableOut]:
    """Return them; of those who stand low the first thousand. Cover in days of use, of durables as a share."""
    return [_tiers(case, plan), _lowest(case, plan), _short(case, plan)]


def _tiers(case: Case, plan: Plan) -> TableOut:
    columns = (
        ("tier", say("tier"), "text"),
        ("name", say("name"), "text"),
        ("sites", say("sites"), "whole"),
        ("needs", say("needs"), "whole"),
        ("met", say("met"), "whole"),
        ("partly", say("partly"), "whole"),
        ("nothing", say("sent nothing"), "whole"),
        ("lowest_before", say("lowest before, days"), "decimal"),
        ("lowest_after", say("lowest after, days"), "decimal"),
        ("middle_before", say("middle before, days"), "decimal"),
        ("middle_after", say("middle after, days"), "decimal"),
    )
    covers = {each.tier: each for each in cover_by_tier(case, plan)}
    rows = []
    for each in results_by_tier(case, plan):
        cover = covers[each.tier]
        days = (cover.lowest_before, cover.lowest_after, cover.middle_before, cover.middle_after)
        counts = (each.sites, each.pairs, each.met, each.partly, each.nothing)
        rows.append((each.tier, tier_named(each.tier), *counts, *(None if math.isnan(day) else day for day in days)))
    return rows_out("tiers", say("By tier"), columns, rows)


def _lowest(case: Case, plan: Plan) -> TableOut:
    columns = (
        ("site", say("site"), "text"),
        ("site_name", say("site name"), "text"),
        ("item", say("item"), "text"),
        ("item_name", say("item name"), "text"),
        ("tier", say("tier"), "text"),
        ("cover", say("cover after"), "decimal"),
        ("why", say("why"), "text"),
    )
    rows = [
        (
            *(each.site, Named(each.site, each.site_name, each.site_name_zh)),
            *(each.item, Named(each.item, each.item_name, each.item_name_zh)),
            *(tier_named(each.tier), each.cover, each.reason),
        )
        for each in lowest_pairs(case, plan, most=_LOWEST)
    ]
    return rows_out("lowest", say("Who stands lowest"), columns, rows)


def _short(case: Case, plan: Plan) -> TableOut:
    columns = (
        ("item", say("item"), "text"),
        ("item_name", say("item name"), "text"),
        ("lacked", say("lacked"), "whole"),
        ("sent", say("sent"), "whole"),
        ("short", say("still short"), "whole"),
        ("unit", say("unit"), "text"),
        ("sites", say("sites short"), "whole"),
    )
    rows = [
        (
            *(each.item, Named(each.item, each.name, each.name_zh)),
            *(round(each.lacked_units), round(each.sent_units), round(each.short_units)),
            *(unit_named(each.unit), each.short_pairs),
        )
        for each in items_short(case, plan)
    ]
    return rows_out("short", say("What is short"), columns, rows)
