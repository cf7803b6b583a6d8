"""The keys of a policy, with what they are called in Chinese and what they mean."""

from __future__ import annotations

from allocator.sentence import Sentence, say

__all__ = ["POLICY_KEYS"]

POLICY_KEYS: dict[str, tuple[str, Sentence]] = {
    "date": ("日期", say("the day the plan is for; no clock is read")),
    "reserve_share": ("储备比例", say("share of each depot's usable stock that is kept back")),
    "max_hours": ("最长小时", say("lanes slower than this do not count")),
    "stale_days": ("过时天数", say("reports older than this many days are flagged")),
    "uncounted": ("未盘点", say('a needed item nobody has counted: "zero" on hand, or "leave_out" of the plan')),
    "min_drop_kg": ("最小停靠重量", say("lighter stops are not made, except for the first rung")),
    "stop_tolerance_packs": (
        "停靠容差件数",
        say("packs a pair past the first rung may go short to save a stop"),
    ),
    "transfer_above_days": ("调出天数", say("sites may give what they hold above this cover; 0 means never")),
    "shelf_days_min": ("最短剩余天数", say("shelf life in days a lot must have left to be sent")),
    "confirm_days": (
        "确认期限天数",
        say("days after it is expected by which a shipment must be confirmed, or it is late"),
    ),
    "memory_days": (
        "短缺优先天数",
        say("whoever was short on this many days in a row goes first among equals; 0 means nobody does"),
    ),
    "stale_stock": (
        "过时库存",
        say('stock of a site that reported longer ago than stale_days: "keep" the books, or "estimate" its use'),
    ),
    "shelf_days": (
        "各类点位剩余天数",
        say("shelf life in days per kind of site, before shelf_days_min; in a workbook one row shelf_days.KIND each"),
    ),
    "uncertified": (
        "无合格证",
        say('what is received without a quality certificate: "usable", or "quarantine" until it comes'),
    ),
    "reserve": ("储备", say("reserve share per item; in a workbook one row reserve.ITEM each")),
    "tiers": ("级别", say("kinds of site per tier; in a workbook one row tiers.TIER each")),
    "ladder": ("阶梯", say("the rungs, in order; in a workbook the sheet ladder")),
}
"""Keys of policy.toml and of the sheet `policy`, with their Chinese names and meaning."""
