"""Every column of the tables that forecasts and purchases are worked out from.

They stand beside the tables of a case, which `plan` reads without them, and go into the ledger too.
"""

from __future__ import annotations

from allocator.sentence import Sentence, say
from data.columns import Column, TableSpec

__all__ = ["BUDGETS", "HISTORY", "OFFERS", "ORDERS", "PLANNING_TABLES", "SUPPLIERS"]

_ITEM = Column(name="item", zh="物资编码", holds="item", required=True, meaning=say("the item's code"))
_FROM = Column(name="from", zh="起始日期", holds="date", meaning=say("first day it holds on; empty: it always did"))
_TO = Column(name="to", zh="截止日期", holds="date", meaning=say("last day it holds on; empty: no end is known"))


def _supplier(meaning: Sentence) -> Column:
    return Column(name="supplier", zh="供应商编码", holds="supplier", required=True, meaning=meaning)


HISTORY = TableSpec(
    name="history",
    zh="历史用量",
    # Excel keeps the name History for itself.
    sheet="use_history",
    key=("site", "item", "date"),
    columns=(
        Column(name="site", zh="点位编码", holds="site", required=True, meaning=say("where it was used")),
        _ITEM,
        Column(
            name="date",
            zh="日期",
            holds="date",
            required=True,
            meaning=say("the day, or the first day of the week or month, in which it was used"),
        ),
        Column(
            name="units",
            zh="用量",
            holds="decimal",
            unit="units",
            meaning=say("units used from that day to the next row's; empty: nobody reported, which is not 0"),
        ),
        Column(
            name="stockout",
            zh="缺货比例",
            holds="decimal",
            unit="share",
            most=1,
            meaning=say("share of the time in which none was there to be used; empty: 0"),
        ),
        Column(
            name="held",
            zh="期末库存",
            holds="decimal",
            unit="units",
            meaning=say(
                "units on hand at the end: no use of an empty shelf says nothing of demand; empty: nobody counted"
            ),
        ),
    ),
)

SUPPLIERS = TableSpec(
    name="suppliers",
    zh="供应商",
    key=("supplier",),
    columns=(
        Column(name="supplier", zh="供应商编码", holds="code", required=True, meaning=say("the supplier's own code")),
        Column(name="name", zh="名称", holds="text", meaning=say("name in English or as commonly written")),
        Column(name="name_zh", zh="中文名称", holds="text", meaning=say("name in Chinese")),
    ),
)

OFFERS = TableSpec(
    name="offers",
    zh="报价",
    key=("supplier", "item", "from"),
    columns=(
        _supplier(say("who sells it")),
        _ITEM,
        Column(
            name="price",
            zh="单价",
            holds="decimal",
            unit="yuan/unit",
            required=True,
            meaning=say("price of one unit, delivered"),
        ),
        Column(
            name="lead_days",
            zh="交货天数",
            holds="whole",
            unit="days",
            required=True,
            most=730,
            meaning=say("days from the order to the arrival"),
        ),
        Column(
            name="units_per_week",
            zh="周供应量",
            holds="whole",
            unit="units/week",
            meaning=say("most it can deliver in a week; empty: no limit is known"),
        ),
        Column(
            name="min_units",
            zh="最小订量",
            holds="whole",
            unit="units",
            meaning=say("least that can be ordered at a time; empty: any number"),
        ),
        _FROM,
        _TO,
    ),
)

ORDERS = TableSpec(
    name="orders",
    zh="订单",
    key=("order", "item", "site"),
    columns=(
        Column(
            name="order",
            zh="订单号",
            holds="text",
            required=True,
            meaning=say("the order's number; its rows are its lines"),
        ),
        _supplier(say("who was asked to deliver")),
        _ITEM,
        Column(
            name="units",
            zh="数量",
            holds="whole",
            unit="units",
            required=True,
            above_zero=True,
            meaning=say("units ordered, in base units and not in packs"),
        ),
        Column(
            name="arrives",
            zh="到达日期",
            holds="date",
            meaning=say("day it is expected; empty: when the offer's lead days have passed"),
        ),
        Column(
            name="status",
            zh="订单状态",
            holds="choice",
            choices=("ordered", "planned", "shipped", "arrived", "cancelled"),
            meaning=say("how it stands; empty: ordered. What is only planned is not under way"),
        ),
        Column(
            name="site",
            zh="点位编码",
            holds="site",
            meaning=say("where it goes; empty: the depot with the most lanes"),
        ),
        Column(name="ordered_on", zh="下单日期", holds="date", meaning=say("day on which it was ordered")),
        Column(
            name="arrived_units",
            zh="已到数量",
            holds="whole",
            unit="units",
            meaning=say("units of them that have arrived and lie in stock; empty: none, or all where it has arrived"),
        ),
        Column(name="price", zh="单价", holds="decimal", unit="yuan/unit", meaning=say("price of one unit")),
    ),
)

BUDGETS = TableSpec(
    name="budgets",
    zh="预算",
    key=("bucket",),
    columns=(
        Column(name="bucket", zh="预算科目", holds="text", required=True, meaning=say("name or code of the budget")),
        Column(
            name="amount",
            zh="金额",
            holds="decimal",
            unit="yuan",
            required=True,
            meaning=say("money that may still be spent on orders of these days"),
        ),
        _FROM,
        _TO,
        Column(
            name="items",
            zh="适用物资",
            holds="text",
            meaning=say("codes of the items it may be spent on, separated by spaces or commas; empty: all"),
        ),
    ),
)

PLANNING_TABLES = (HISTORY, SUPPLIERS, OFFERS, ORDERS, BUDGETS)
"""The tables, in the order in which they are read."""
