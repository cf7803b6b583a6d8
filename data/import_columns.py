"""Every column of every table that goes into the ledger, beside those that a case has too.

One table here is one kind of upload: a CSV file of its name, a sheet of its name, a list in a JSON
file. docs/import-format.md is generated from it.
"""

from __future__ import annotations

from dataclasses import replace

from allocator.sentence import Sentence, say
from data.activity_columns import ACTIVITY_TABLES
from data.columns import TABLES, Column, TableSpec
from data.import_gtins import GTINS
from data.planning_columns import BUDGETS, HISTORY, OFFERS, ORDERS, SUPPLIERS
from data.report_columns import REPORTS

__all__ = ["IMPORT_TABLES", "KINDS_IN_ORDER"]


def _number(what: Sentence) -> Column:
    return Column(name="number", zh="单号", holds="text", meaning=what)


_DAY = Column(
    name="day", zh="日期", holds="date", meaning=say("day on which it happened; empty: the day of the import")
)
_ITEM = Column(name="item", zh="物资编码", holds="item", required=True, meaning=say("the item's code"))
_UNITS = Column(
    name="units",
    zh="数量",
    holds="whole",
    unit="units",
    required=True,
    above_zero=True,
    meaning=say("units, in base units and not in packs"),
)
_EXPIRES = Column(
    name="expires", zh="有效期", holds="date", meaning=say("last day it may be used; empty: it never expires")
)
_STATUS = Column(
    name="status",
    zh="状态",
    holds="choice",
    choices=("usable", "quarantine"),
    meaning=say("usable (default), or quarantine: not to be used before it is released"),
)
_REPORTED = (
    Column(
        name="reported_by",
        zh="报告人",
        holds="text",
        meaning=say("who told it to whoever wrote it down: a person's id, a site, or a function such as duty-officer"),
    ),
    Column(
        name="by",
        zh="报告方式",
        holds="text",
        meaning=say("how it was told: telephone, message, radio, paper, in-person"),
    ),
)
_FUND = Column(name="fund", zh="资金来源", holds="text", meaning=say("whose money bought it"))
_EARMARK = Column(
    name="earmark", zh="专供", holds="text", meaning=say("code of the only site or area these units are for")
)


def _site(meaning: Sentence) -> Column:
    return Column(name="site", zh="点位编码", holds="site", required=True, meaning=meaning)


def _lot(meaning: Sentence) -> Column:
    return Column(name="lot", zh="批号", holds="text", meaning=meaning)


AREAS = TableSpec(
    name="areas",
    zh="区划",
    key=("area",),
    columns=(
        Column(name="area", zh="区划代码", holds="code", required=True, meaning=say("the area's own code")),
        Column(name="name", zh="名称", holds="text", meaning=say("name in English or as commonly written")),
        Column(name="name_zh", zh="中文名称", holds="text", meaning=say("name in Chinese")),
        Column(
            name="parent",
            zh="上级区划",
            holds="text",
            meaning=say("the area it lies in; empty: the one whose code is the longest beginning of its own"),
        ),
    ),
)

PARTNERS = TableSpec(
    name="partners",
    zh="往来单位",
    key=("partner",),
    columns=(
        Column(name="partner", zh="单位编码", holds="code", required=True, meaning=say("the partner's own code")),
        Column(
            name="kind",
            zh="单位类型",
            holds="choice",
            required=True,
            choices=("supplier", "donor", "upper_level"),
            meaning=say("who sells (supplier), gives (donor) or allots from above (upper_level)"),
        ),
        Column(name="name", zh="名称", holds="text", meaning=say("name in English or as commonly written")),
        Column(name="name_zh", zh="中文名称", holds="text", meaning=say("name in Chinese")),
    ),
)

MEASURES = TableSpec(
    name="measures",
    zh="计量换算",
    key=("item", "unit", "of"),
    columns=(
        _ITEM,
        Column(name="unit", zh="单位", holds="text", required=True, meaning=say("unit of which one holds the amount")),
        Column(
            name="amount",
            zh="折合数量",
            holds="decimal",
            required=True,
            above_zero=True,
            meaning=say("how many of the other unit are in one: 1 箱 = 2000 只; of a density 1 升 = 0.789 千克"),
        ),
        Column(name="of", zh="折合单位", holds="text", required=True, meaning=say("the other unit")),
    ),
)

OPENING = TableSpec(
    name="opening",
    zh="期初库存",
    columns=(
        _site(say("where it lies")),
        _ITEM,
        Column(
            name="units",
            zh="数量",
            holds="whole",
            unit="units",
            required=True,
            meaning=say("units that were there; 0: looked for, and none was there"),
        ),
        _lot(say("lot number")),
        _EXPIRES,
        _STATUS,
        _FUND,
        _EARMARK,
        _DAY,
        _number(say("number of the sheet, where a site's opening stock comes on several")),
    ),
)

RECEIPTS = TableSpec(
    name="receipts",
    zh="入库",
    columns=(
        _number(say("number of the receipt; the same number is received once")),
        _DAY,
        Column(
            name="partner",
            zh="来源单位",
            holds="text",
            required=True,
            meaning=say("code of who sold, gave or allotted it"),
        ),
        _site(say("where it went")),
        _ITEM,
        _UNITS,
        _lot(say("lot number")),
        _EXPIRES,
        _STATUS,
        _FUND,
        _EARMARK,
        Column(name="unit_price", zh="单价", holds="decimal", meaning=say("price of one unit")),
        Column(
            name="reference", zh="凭证号", holds="text", meaning=say("number of the order, gift letter or allotment")
        ),
        Column(name="certificate", zh="合格证号", holds="text", meaning=say("number of the quality certificate")),
        Column(
            name="standard", zh="执行标准", holds="text", meaning=say("standard it was made to, such as GB 19083-2010")
        ),
        *_REPORTED,
    ),
)

ISSUES = TableSpec(
    name="issues",
    zh="出库",
    columns=(
        _number(say("number of the issue slip; the same number is issued once")),
        _DAY,
        _site(say("where it was used")),
        _ITEM,
        _UNITS,
        _lot(say("lot number, - for stock without one; empty: first expiring first")),
        Column(name="expires", zh="有效期", holds="date", meaning=say("where two lots have one number: which of them")),
        Column(name="purpose", zh="用途说明", holds="text", meaning=say("what it was used for")),
        *_REPORTED,
    ),
)

COUNTS = TableSpec(
    name="counts",
    zh="盘点",
    columns=(
        _number(say("number of the count sheet; the same sheet is counted once")),
        _DAY,
        _site(say("where it was counted")),
        _ITEM,
        Column(
            name="units",
            zh="数量",
            holds="whole",
            unit="units",
            meaning=say("units found; empty: not counted, which is not 0"),
        ),
        _lot(say("lot number, - for stock without one; empty: the whole item was counted")),
        Column(name="expires", zh="有效期", holds="date", meaning=say("where two lots have one number: which of them")),
        *_REPORTED,
    ),
)

_PLACED = replace(
    ORDERS,
    columns=(
        *ORDERS.columns,
        Column(
            name="budget",
            zh="预算科目",
            holds="text",
            meaning=say("the budget that pays it, of which it is taken off; empty: none"),
        ),
    ),
)

_SPENDABLE = replace(
    BUDGETS,
    columns=tuple(
        replace(column, meaning=say("money for orders of these days in all; orders that name it are taken off"))
        if column.name == "amount"
        else column
        for column in BUDGETS.columns
    ),
)

_OF_A_CASE = ("items", "sites", "depots", "lanes", "substitutes", "needs", "stock", "in_transit")

IMPORT_TABLES = {
    table.name: table
    for table in (
        *(TABLES[name] for name in _OF_A_CASE),
        *(AREAS, PARTNERS, MEASURES, REPORTS),
        *(SUPPLIERS, *ACTIVITY_TABLES),
        *(GTINS, HISTORY, OFFERS, _PLACED, _SPENDABLE),
        *(OPENING, RECEIPTS, ISSUES, COUNTS),
    )
}
"""Every kind of table that goes into the ledger, by name."""

KINDS_IN_ORDER = (
    "areas",
    "items",
    "sites",
    "depots",
    "lanes",
    "substitutes",
    "partners",
    "suppliers",
    "needs",
    "drivers",
    "facts",
    "fleets",
    "measures",
    "gtins",
    "history",
    "offers",
    "budgets",
    "reports",
    "policy",
    "opening",
    "stock",
    "in_transit",
    "orders",
    "receipts",
    "issues",
    "counts",
)
"""The order in which kinds are taken in: what others refer to comes first."""
