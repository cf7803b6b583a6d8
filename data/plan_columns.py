"""Every column of every table a plan's folder holds: its name, its Chinese header, what it means.

Writers, the workbook and docs/outputs.md look here; the names and their order are fixed.
"""

from __future__ import annotations

from dataclasses import dataclass

from allocator.sentence import Sentence, say

__all__ = ["PLAN_TABLES", "PlanColumn"]


@dataclass(frozen=True)
class PlanColumn:
    """One column: `name` in the file, `zh` beside it in workbooks, and what it means."""

    name: str
    zh: str
    meaning: Sentence


_DEPOT = PlanColumn("depot", "仓库编码", say("code of the site the goods leave from"))
_SITE = PlanColumn("site", "点位编码", say("code of the site the goods go to"))
_ITEM = PlanColumn("item", "物资编码", say("code of the item"))
_PACKS = PlanColumn("packs", "件数", say("whole packs"))
_UNITS = PlanColumn("units", "数量", say("base units: packs times units in a pack"))
_KG = PlanColumn("kg", "重量", say("weight in kg; empty where no weight was given"))

PLAN_TABLES: dict[str, tuple[PlanColumn, ...]] = {
    "lines": (_DEPOT, _SITE, _ITEM, _PACKS, _UNITS, _KG),
    "pairs": (
        _SITE,
        _ITEM,
        PlanColumn("tier", "级别", say("tier that the site belongs to")),
        PlanColumn("daily_units", "日用量", say("units used a day; of a durable item, the units the site must hold")),
        PlanColumn("on_hand", "现有", say("usable units counted at the site; 0 where nobody has counted")),
        PlanColumn("in_transit", "在途", say("units already under way that arrive in time")),
        PlanColumn("fair_units", "公平份额", say("the fractional fair share in units, to 12 significant digits")),
        PlanColumn("units", "送达数量", say("units delivered in whole packs, counted in the item needed")),
        PlanColumn("cover_before", "送前可用天数", say("(on hand + in transit) / daily units, before this plan")),
        PlanColumn("cover_after", "送后可用天数", say("the same with what this plan delivers")),
        PlanColumn("rung", "档", say("first rung the fair share does not complete, from 1; 0 means all are completed")),
        PlanColumn("fill", "满足度", say("how far into that rung, from 0 to 1; 1 where rung is 0")),
        PlanColumn("reason", "原因", say("key of reasons.csv")),
    ),
    "reasons": (
        PlanColumn("reason", "原因", say("key that pairs.csv refers to")),
        PlanColumn("code", "代号", say("kind of reason, for machines")),
        PlanColumn("en", "英文", say("the sentence in English")),
        PlanColumn("zh", "中文", say("the sentence in Chinese")),
    ),
    "stops": (
        _DEPOT,
        _SITE,
        PlanColumn("kg", "重量", say("weight in kg unloaded at the stop")),
        PlanColumn("m3", "体积", say("volume in m³ unloaded at the stop")),
    ),
    "lots": (
        _DEPOT,
        _SITE,
        _ITEM,
        PlanColumn("lot", "批号", say("lot to pick, first expiring first; empty where it has no number")),
        PlanColumn("units", "数量", say("units of that lot")),
    ),
    "substitutes": (
        _DEPOT,
        _SITE,
        PlanColumn("item", "物资编码", say("the item needed")),
        PlanColumn("by", "替代物资", say("the item sent instead")),
        PlanColumn("packs", "件数", say("whole packs of the item sent instead")),
        PlanColumn("units", "数量", say("units of the item sent instead")),
    ),
    "overrides": (
        _SITE,
        _ITEM,
        PlanColumn("units", "数量", say("units that the site gets because a person decided it")),
    ),
}
"""The CSV files of a plan's folder, by file name without its ending."""
