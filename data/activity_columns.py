"""Every column of the tables that needs are worked out from: activity at sites, local facts, fleets."""

from __future__ import annotations

from allocator.activity import DRIVERS as KNOWN_DRIVERS
from allocator.activity import MODIFIERS
from allocator.sentence import say
from allocator.tier_rules import FACTS as KNOWN_FACTS
from data.columns import Column, TableSpec

__all__ = ["ACTIVITY_TABLES", "DRIVERS"]

_SAID_BY = Column(
    name="said_by", zh="填报单位", holds="text", meaning=say("who said it: an office or a post, not a person's name")
)

DRIVERS = TableSpec(
    name="drivers",
    zh="驱动因素",
    key=("site", "driver", "from"),
    columns=(
        Column(name="site", zh="点位编码", holds="site", required=True, meaning=say("where it is counted")),
        Column(
            name="driver",
            zh="活动指标",
            holds="choice",
            required=True,
            choices=(*KNOWN_DRIVERS, *MODIFIERS),
            meaning=say("what is counted there"),
        ),
        Column(
            name="value",
            zh="数值",
            holds="decimal",
            required=True,
            meaning=say("how many or how much; 0 where there is none any more"),
        ),
        Column(
            name="from",
            zh="起始日期",
            holds="date",
            meaning=say("day it holds from, until a later row of it; empty: it always did"),
        ),
        Column(name="to", zh="截止日期", holds="date", meaning=say("last day it holds on; empty: no end is known")),
        _SAID_BY,
    ),
)

FACTS = TableSpec(
    name="facts",
    zh="疫情信息",
    key=("place", "fact", "since"),
    columns=(
        Column(
            name="place",
            zh="地点编码",
            holds="text",
            required=True,
            meaning=say("the code of a site or an area; it speaks of all that lies in it"),
        ),
        Column(
            name="fact",
            zh="信息类别",
            holds="choice",
            required=True,
            choices=tuple(KNOWN_FACTS),
            meaning=say("what is so there"),
        ),
        Column(
            name="value",
            zh="数值",
            holds="decimal",
            required=True,
            meaning=say("how many; of a cluster 1; 0 where it has ended"),
        ),
        Column(name="since", zh="起始日期", holds="date", required=True, meaning=say("day it is so from")),
        Column(
            name="reason",
            zh="依据",
            holds="text",
            required=True,
            meaning=say("how it is known: the bulletin, the letter, the call"),
        ),
        _SAID_BY,
    ),
)

FLEETS = TableSpec(
    name="fleets",
    zh="耐用品状况",
    key=("site", "item"),
    columns=(
        Column(name="site", zh="点位编码", holds="site", required=True, meaning=say("where it is kept")),
        Column(name="item", zh="物资编码", holds="item", required=True, meaning=say("the durable item")),
        Column(
            name="held",
            zh="现有数量",
            holds="whole",
            unit="units",
            required=True,
            meaning=say("units that were there, working or not"),
        ),
        Column(
            name="working",
            zh="完好数量",
            holds="whole",
            unit="units",
            required=True,
            meaning=say("units of them that worked"),
        ),
        Column(
            name="counted_on", zh="清点日期", holds="date", required=True, meaning=say("day on which they were tried")
        ),
        Column(
            name="attrition",
            zh="月损坏率",
            holds="decimal",
            unit="share",
            most=1,
            meaning=say("share that breaks in thirty days; empty: 0.02, which is assumed"),
        ),
        _SAID_BY,
    ),
)

ACTIVITY_TABLES = (DRIVERS, FACTS, FLEETS)
"""The tables, in the order in which they are taken in."""
