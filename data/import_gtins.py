"""GTINs of items, as a table that is taken in, and what can be wrong with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from allocator.sentence import say
from data import import_kinds as kinds
from data.cell_values import report_rows
from data.columns import Column, TableSpec
from data.problems import ProblemList
from data.raw_table import RawTable
from data.scanned import Unreadable, gtin_14

__all__ = ["GTINS", "check_gtins"]

GTINS = TableSpec(
    name="gtins",
    zh="商品条码",
    key=("gtin",),
    columns=(
        Column(
            name="gtin",
            zh="商品条码",
            holds="text",
            required=True,
            meaning=say("the digits under the bars: 8, 12, 13 or 14"),
        ),
        Column(name="item", zh="物资编码", holds="item", required=True, meaning=say("the item's code")),
        Column(
            name="units",
            zh="含数量",
            holds="decimal",
            unit="units",
            required=True,
            above_zero=True,
            meaning=say("base units in the pack that bears it"),
        ),
    ),
)

_MICRO = 10**6


def check_gtins(table: RawTable, columns: Mapping[str, Sequence[Any]], problems: ProblemList) -> None:
    """Report GTINs whose check digit is wrong or that stand twice, and packs of parts of units."""
    read = [gtin_14(text) if text else "" for text in columns["unit"]]
    seen: set[str] = set()
    wrong, twice = [], []
    for row, gtin in enumerate(read):
        if isinstance(gtin, Unreadable):
            wrong.append(row)
        elif gtin and gtin in seen:
            twice.append(row)
        elif gtin:
            seen.add(gtin)
    parts = [row for row, amount in enumerate(columns["amount_micro"]) if amount is not None and amount % _MICRO]
    for name, kind, rows in (
        ("gtin", kinds.GTIN_WRONG, wrong),
        ("gtin", kinds.GTIN_TWICE, twice),
        ("units", kinds.GTIN_PARTS, parts),
    ):
        report_rows(table, name, problems, kind, np.asarray(rows, dtype=np.int64))
