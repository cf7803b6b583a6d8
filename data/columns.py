"""Every column of every table of a case, in one place.

Readers, writers, templates, documentation and messages all look here: what a column is called in
English and Chinese, whether it is required, what kind of value it holds, in which unit, and what
it means. The column tables of docs/case-format.md are generated from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from allocator.activity_words import DRIVER_WORDS, FACT_WORDS
from allocator.sentence import Sentence, say

__all__ = [
    "CHOICES_ZH",
    "FLAGS",
    "KINDS_ZH",
    "POLICY_SHEET_NAMES",
    "TABLES",
    "TABLES_OF_PLAN",
    "UNITS_MAX",
    "Column",
    "TableSpec",
]

UNITS_MAX = 10**12
"""No number in a case may be larger. Real offers of 10^14 masks turned out to be typing errors."""

KINDS_ZH = {
    "卡口": "checkpoint",
    "检查点": "checkpoint",
    "诊所": "clinic",
    "卫生院": "clinic",
    "医院": "hospital",
    "隔离点": "isolation",
    "社区": "community",
    "学校": "school",
    "企业": "enterprise",
    "机关": "office",
    "仓库": "warehouse",
}
"""Kinds of site as a Chinese workbook may write them; any other text is a kind of its own."""

CHOICES_ZH = {
    "消耗品": "consumable",
    "耐用品": "durable",
    "可用": "usable",
    "隔离": "quarantine",
    "过期": "expired",
    "损坏": "damaged",
    "供应商": "supplier",
    "捐赠": "donor",
    "捐赠方": "donor",
    "上级": "upper_level",
    "计划": "planned",
    "已下单": "ordered",
    "已发货": "shipped",
    "已到货": "arrived",
    "已取消": "cancelled",
    **{zh: word for word, zh in {**DRIVER_WORDS, **FACT_WORDS}.items()},
}
"""Chinese words accepted for a fixed choice."""

FLAGS = {
    **dict.fromkeys(("true", "yes", "y", "1", "open", "是", "通", "通行", "有"), True),
    **dict.fromkeys(("false", "no", "n", "0", "closed", "否", "断", "不通", "无"), False),
}
"""Words read as yes and no."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of one table.

    `holds`: "code" (a new code), "item", "site" or "supplier" (refers to one), "text", "choice", "whole",
    "decimal", "date" or "flag". `least`, `most`: bounds of a number; `above_zero`: zero is refused.
    """

    name: str
    zh: str
    holds: str
    meaning: Sentence
    required: bool = False
    unit: str = ""
    choices: tuple[str, ...] = ()
    least: float = 0
    most: float = UNITS_MAX
    above_zero: bool = False


@dataclass(frozen=True, kw_only=True)
class TableSpec:
    """One table: its name is the CSV file's stem and the sheet's name, unless `sheet` is another.

    `required`: a plan cannot be made without the table. `key`: the columns that say which row is which.
    """

    name: str
    zh: str
    columns: tuple[Column, ...]
    required: bool = False
    key: tuple[str, ...] = ()
    sheet: str = ""

    @property
    def sheet_name(self) -> str:
        """The English name of its sheet in a workbook."""
        return self.sheet or self.name

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by English name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def by_header(self) -> dict[str, Column]:
        """The columns by every header they go under, English and Chinese."""
        return {header: column for column in self.columns for header in (column.name, column.zh)}

    @cached_property
    def by_both(self) -> dict[str, Column]:
        """The columns by both names one after the other, as templates have them."""
        return {f"{column.name} {column.zh}": column for column in self.columns}


def _item(meaning: Sentence, name: str = "item", zh: str = "物资编码", *, required: bool = True) -> Column:
    return Column(name=name, zh=zh, holds="item", meaning=meaning, required=required)


def _site(meaning: Sentence, name: str = "site", zh: str = "点位编码") -> Column:
    return Column(name=name, zh=zh, holds="site", meaning=meaning, required=True)


_NAME = Column(name="name", zh="名称", holds="text", meaning=say("name in English or as commonly written"))
_NAME_ZH = Column(name="name_zh", zh="中文名称", holds="text", meaning=say("name in Chinese"))

ITEMS = TableSpec(
    name="items",
    zh="物资",
    required=True,
    key=("item",),
    columns=(
        Column(name="item", zh="物资编码", holds="code", required=True, meaning=say("the item's own code")),
        _NAME,
        _NAME_ZH,
        Column(
            name="unit",
            zh="单位",
            holds="text",
            required=True,
            meaning=say("base unit that everything is counted in: piece, bottle, pair"),
        ),
        Column(
            name="pack_units",
            zh="包装数",
            holds="whole",
            unit="units",
            required=True,
            least=1,
            meaning=say("units in the smallest pack that is shipped"),
        ),
        Column(name="pack_kg", zh="件重", holds="decimal", unit="kg", meaning=say("weight of one pack")),
        Column(name="pack_m3", zh="体积", holds="decimal", unit="m³", meaning=say("volume of one pack")),
        Column(
            name="use",
            zh="用途",
            holds="choice",
            required=True,
            choices=("consumable", "durable"),
            meaning=say("used up (consumable), or held and kept (durable)"),
        ),
    ),
)

SITES = TableSpec(
    name="sites",
    zh="点位",
    required=True,
    key=("site",),
    columns=(
        Column(name="site", zh="点位编码", holds="code", required=True, meaning=say("the site's own code")),
        _NAME,
        _NAME_ZH,
        Column(
            name="kind",
            zh="类型",
            holds="text",
            required=True,
            meaning=say(
                "what sort of place it is: checkpoint, clinic, hospital, isolation, community, school, "
                "enterprise, office, warehouse, or a word of your own that the policy's tiers name"
            ),
        ),
        Column(name="area", zh="区划代码", holds="text", meaning=say("code of the area the site lies in")),
        Column(name="lat", zh="纬度", holds="decimal", unit="°", least=-90, most=90, meaning=say("latitude")),
        Column(name="lon", zh="经度", holds="decimal", unit="°", least=-180, most=180, meaning=say("longitude")),
        Column(name="tier", zh="级别", holds="text", meaning=say("the site's tier, where its kind should not decide")),
    ),
)

NEEDS = TableSpec(
    name="needs",
    zh="需求",
    required=True,
    key=("site", "item"),
    columns=(
        _site(say("who needs it")),
        _item(say("what is needed")),
        Column(
            name="daily_units",
            zh="日用量",
            holds="decimal",
            unit="units/day",
            required=True,
            meaning=say("units used a day; of a durable item, the units the site must hold"),
        ),
        Column(name="reported_on", zh="填报日期", holds="date", meaning=say("day the figure was reported")),
        Column(
            name="max_units",
            zh="上限",
            holds="whole",
            unit="units",
            meaning=say("never send more than this in this plan"),
        ),
        Column(
            name="days_short",
            zh="连续短缺天数",
            holds="whole",
            unit="days",
            meaning=say("days in a row before this plan on which the site had less than its first promise"),
        ),
    ),
)

STOCK = TableSpec(
    name="stock",
    zh="库存",
    required=True,
    key=("site", "item", "lot", "expires", "status", "earmark"),
    columns=(
        _site(say("where it lies")),
        _item(say("what lies there")),
        Column(
            name="units",
            zh="数量",
            holds="whole",
            unit="units",
            required=True,
            meaning=say("units counted, in base units and not in packs"),
        ),
        Column(name="lot", zh="批号", holds="text", meaning=say("lot number")),
        Column(name="expires", zh="有效期", holds="date", meaning=say("last day it may be used")),
        Column(
            name="status",
            zh="状态",
            holds="choice",
            choices=("usable", "quarantine", "expired", "damaged"),
            meaning=say("only usable, unexpired stock counts; empty means usable"),
        ),
        Column(
            name="earmark",
            zh="专供",
            holds="text",
            meaning=say("code of the only site or area these units are for"),
        ),
    ),
)

IN_TRANSIT = TableSpec(
    name="in_transit",
    zh="在途",
    columns=(
        _site(say("where it is going")),
        _item(say("what is under way")),
        Column(name="units", zh="数量", holds="whole", unit="units", required=True, meaning=say("units under way")),
        Column(name="arrives", zh="到达日期", holds="date", required=True, meaning=say("day it is expected to arrive")),
    ),
)

LANES = TableSpec(
    name="lanes",
    zh="线路",
    required=True,
    key=("depot", "site"),
    columns=(
        _site(say("where the road starts: the site code of a warehouse"), "depot", "仓库编码"),
        _site(say("where the road leads")),
        Column(
            name="open", zh="是否通行", holds="flag", meaning=say("whether the road is open today; empty means yes")
        ),
        Column(name="km", zh="公里", holds="decimal", unit="km", meaning=say("length of the road")),
        Column(name="hours", zh="小时", holds="decimal", unit="h", meaning=say("driving time")),
        Column(
            name="max_kg",
            zh="限重",
            holds="decimal",
            unit="kg",
            meaning=say("most that may travel this road in the plan; empty means no limit"),
        ),
    ),
)

DEPOTS = TableSpec(
    name="depots",
    zh="仓库",
    key=("depot",),
    columns=(
        _site(say("the warehouse's site code"), "depot", "仓库编码"),
        Column(name="max_kg", zh="日发运重量", holds="decimal", unit="kg", meaning=say("most it can send in a day")),
        Column(name="max_m3", zh="日发运体积", holds="decimal", unit="m³", meaning=say("most it can send in a day")),
        Column(name="max_stops", zh="最多停靠", holds="whole", unit="stops", meaning=say("most sites it can visit")),
        Column(
            name="vehicles",
            zh="车辆数",
            holds="whole",
            unit="vehicles",
            meaning=say("vehicles it has today; with vehicle_kg they limit the day's weight"),
        ),
        Column(name="vehicle_kg", zh="单车载重", holds="decimal", unit="kg", meaning=say("what one vehicle carries")),
        Column(name="shift_hours", zh="班次小时", holds="decimal", unit="h", meaning=say("length of a driver's shift")),
        Column(name="stop_minutes", zh="停靠分钟", holds="decimal", unit="min", meaning=say("time one stop takes")),
    ),
)

SUBSTITUTES = TableSpec(
    name="substitutes",
    zh="替代",
    key=("item", "by"),
    columns=(
        _item(say("the item needed")),
        _item(say("the item that may be used instead"), "by", "替代物资"),
        Column(
            name="units_per_unit",
            zh="替代比例",
            holds="decimal",
            unit="units/unit",
            required=True,
            above_zero=True,
            meaning=say("units of the substitute that do the work of one unit needed"),
        ),
    ),
)

LADDER = TableSpec(
    name="ladder",
    zh="阶梯",
    columns=(
        Column(
            name="tiers",
            zh="级别",
            holds="text",
            required=True,
            meaning=say("tiers this rung lifts, separated by spaces or commas"),
        ),
        Column(
            name="cover_days",
            zh="覆盖天数",
            holds="decimal",
            unit="days",
            meaning=say("consumables: days of use on hand after delivery"),
        ),
        Column(
            name="holding_share",
            zh="持有比例",
            holds="decimal",
            unit="share",
            meaning=say("durables: share of the required holding"),
        ),
    ),
)

TABLES_OF_PLAN = (ITEMS, SITES, NEEDS, STOCK, IN_TRANSIT, LANES, DEPOTS, SUBSTITUTES)
"""The tables `plan` reads, in the order they are read."""

TABLES = {table.name: table for table in (*TABLES_OF_PLAN, LADDER)}

OTHER_TABLES = {
    "history": "历史用量",
    "drivers": "驱动因素",
    "facts": "疫情信息",
    "fleets": "耐用品状况",
    "sources": "需求来源",
    "activity": "活动测算",
    "unusual": "异常需求",
    "raised": "级别提高",
    "estimates": "库存推算",
    "suppliers": "供应商",
    "offers": "报价",
    "orders": "订单",
    "budgets": "预算",
}
"""Tables of forecasts, procurement and scenarios, and of where needs come from: known, and not read by `plan`."""

POLICY_SHEET_NAMES = ("policy", "规则")
