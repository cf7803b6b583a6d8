"""Read orders to be placed from a CSV file, such as the one that `allocator procure` recommends."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from allocator.case import micro
from allocator.sentence import say
from data.case_csv import read_csv_table
from data.case_workbook import open_workbook
from data.cell_codes import texts
from data.cell_values import dates, decimals, whole
from data.columns import Column, TableSpec
from data.problem_kinds import FILE_EMPTY, TABLE_EMPTY
from data.problems import CaseUnreadable, Place, ProblemList
from data.procurement_tables import ORDER_TITLES
from data.raw_table import RawTable
from data.texts import translator
from models.ordering import NewLine

__all__ = ["ORDER_LINES", "ToOrder", "read_orders"]

ORDER_LINES = TableSpec(
    name="orders",
    zh="订单",
    columns=(
        Column(name="supplier", zh="供应商编码", holds="code", required=True, meaning=say("who is asked to deliver")),
        Column(name="item", zh="物资编码", holds="code", required=True, meaning=say("the item's code")),
        Column(
            name="units",
            zh="数量",
            holds="whole",
            unit="units",
            required=True,
            above_zero=True,
            meaning=say("units ordered, in base units and not in packs"),
        ),
        Column(name="order_by", zh="最迟下单日", holds="date", meaning=say("day by which it has to be ordered")),
        Column(name="arrives", zh="到达日期", holds="date", meaning=say("day on which it is expected")),
        Column(name="site", zh="点位编码", holds="code", meaning=say("where it goes; empty: the main depot")),
        Column(name="price", zh="单价", holds="decimal", unit="yuan/unit", meaning=say("price of one unit")),
        Column(name="order", zh="订单号", holds="text", meaning=say("number of the order; empty: one is given")),
        Column(
            name="budget",
            zh="预算科目",
            holds="text",
            meaning=say("the budget that pays it; empty: the only one for its item and day; -: none"),
        ),
    ),
)
"""The columns; others in the file are passed over."""


@dataclass(frozen=True, kw_only=True)
class ToOrder:
    """One row: with whom, under which number ("" to be given), by which day (None: now)."""

    supplier: str
    number: str
    order_by: dt.date | None
    line: NewLine


class _Saved(TableSpec):
    """The same columns, also under the headings that `procure` saves them with, in both languages."""

    @cached_property
    def by_header(self) -> dict[str, Column]:
        """The columns by every header they go under."""
        words = [translator(lang) for lang in ("en", "zh")]
        saved = {word(title): self.by_name[name] for name, title, _ in ORDER_TITLES if name in self.by_name
                 for word in words}  # fmt: skip
        return saved | super().by_header


def _table(path: Path, problems: ProblemList) -> RawTable | None:
    """Read a CSV file, or the first sheet of a workbook that holds anything."""
    spec = _Saved(name=ORDER_LINES.name, zh=ORDER_LINES.zh, columns=ORDER_LINES.columns)
    if path.suffix.casefold() not in {".xlsx", ".xlsm", ".xls"}:
        return read_csv_table(path, spec, problems)
    book = open_workbook(path, problems)
    sheets = [] if book is None else book.sheets_with_cells()
    if book is None or not sheets:
        if book is not None:
            problems.add(FILE_EMPTY, Place(file=path.name))
        return None
    return book.table(sheets[0], spec, problems)


def read_orders(path: Path) -> list[ToOrder]:
    """Return the rows of a file.

    Raises:
        CaseUnreadable: every problem of the file.

    """
    problems = ProblemList()
    table = _table(path, problems)
    if table is not None and not table.rows:
        problems.add(TABLE_EMPTY, table.place(), table=ORDER_LINES.name)
    if table is None or not table.rows:
        raise CaseUnreadable(problems.problems, problems.notices)
    words = {name: texts(table, name, problems).tolist() for name in ("supplier", "item", "site", "order", "budget")}
    units = whole(table, "units", problems).tolist()
    due, arrives = (dates(table, name, problems).tolist() for name in ("order_by", "arrives"))
    prices = micro(decimals(table, "price", problems)).tolist()
    if problems:
        raise CaseUnreadable(problems.problems, problems.notices)
    return [
        ToOrder(
            supplier=words["supplier"][n],
            number=words["order"][n],
            order_by=due[n],
            line=NewLine(
                item=words["item"][n],
                units=units[n],
                site=words["site"][n],
                arrives="" if arrives[n] is None else arrives[n].isoformat(),
                price_micro=None if prices[n] < 0 else prices[n],
                budget=words["budget"][n],
            ),
        )
        for n in range(table.rows)
    ]
