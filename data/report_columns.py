"""Every column of a monthly stock report."""

from __future__ import annotations

from allocator.sentence import Sentence, say
from data.columns import UNITS_MAX, Column, TableSpec

__all__ = ["REPORTS"]


def _units(name: str, zh: str, meaning: Sentence, *, required: bool = False) -> Column:
    return Column(name=name, zh=zh, holds="whole", unit="units", required=required, meaning=meaning)


REPORTS = TableSpec(
    name="reports",
    zh="月度库存报表",
    key=("site", "item", "month"),
    columns=(
        Column(name="site", zh="点位编码", holds="site", required=True, meaning=say("who reports")),
        Column(name="item", zh="物资编码", holds="item", required=True, meaning=say("what is reported")),
        Column(
            name="month",
            zh="月份",
            holds="text",
            required=True,
            meaning=say("the month, as 2020-02; or its number, where a column year stands beside it"),
        ),
        Column(name="year", zh="年份", holds="text", meaning=say("the year, where the month is a number alone")),
        _units("opening", "期初库存数", say("units there when the month began")),
        _units("received", "本月入库", say("units that came")),
        _units("distributed", "本月发放", say("units used or handed out"), required=True),
        Column(
            name="adjustment",
            zh="本月调整",
            holds="decimal",
            unit="units",
            least=-UNITS_MAX,
            meaning=say("units found (above zero) or lost (below zero)"),
        ),
        _units("closing", "期末库存数", say("units there when the month ended")),
        Column(
            name="stockout_days",
            zh="断货天数",
            holds="whole",
            unit="days",
            meaning=say("days without stock"),
        ),
        _units("ordered", "本月申请", say("units asked for")),
    ),
)
