"""Read the lines of one document from a CSV file: what leaves, what comes, what was counted, what arrived.

Columns go under English or Chinese headers, as in a case; every mistake is listed at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from allocator.case import Dates
from allocator.sentence import say
from data.case_csv import read_csv_table
from data.cell_codes import texts
from data.cell_values import dates, flags, whole
from data.columns import Column, TableSpec
from data.problems import CaseUnreadable, ProblemList
from data.raw_table import RawTable
from data.texts import translator
from models.arrivals import Arrival
from models.reasons import REASONS
from models.requests import NO_LOT, Row

__all__ = ["LINE_TABLES", "CountLines", "read_arrivals", "read_count", "read_rows"]

_ITEM = Column(name="item", zh="物资编码", holds="code", required=True, meaning=say("the item's code"))
_UNITS = Column(
    name="units",
    zh="数量",
    holds="whole",
    unit="units",
    required=True,
    above_zero=True,
    meaning=say("how many, in base units, or in packs with --packs"),
)
_LOT = (
    Column(name="lot", zh="批号", holds="text", meaning=say("lot number; - for stock without one")),
    Column(name="expires", zh="有效期", holds="date", meaning=say("last day it may be used")),
)
_FOR_WHOM = (
    Column(name="fund", zh="资金来源", holds="text", meaning=say("whose money bought it")),
    Column(name="earmark", zh="专供", holds="text", meaning=say("code of the only site or area it is for")),
)

LINE_TABLES = {
    "in": TableSpec(
        name="receipt lines",
        zh="入库明细",
        columns=(
            _ITEM,
            _UNITS,
            *_LOT,
            *_FOR_WHOM,
            Column(name="unit_price", zh="单价", holds="text", meaning=say("price of one unit")),
        ),
    ),
    "out": TableSpec(name="lines", zh="明细", columns=(_ITEM, _UNITS, *_LOT, *_FOR_WHOM)),
    "count": TableSpec(
        name="count lines",
        zh="盘点明细",
        columns=(
            _ITEM,
            Column(name="units", zh="数量", holds="whole", unit="units", meaning=say("found; empty means not counted")),
            *_LOT,
            *_FOR_WHOM,
            Column(name="whole", zh="整项", holds="flag", meaning=say("yes: no other lot of the item was there")),
        ),
    ),
    "confirm": TableSpec(
        name="arrival lines",
        zh="到货明细",
        columns=(
            _ITEM,
            *_LOT,
            Column(name="sound", zh="完好", holds="whole", unit="units", meaning=say("arrived sound")),
            Column(name="damaged", zh="损坏", holds="whole", unit="units", meaning=say("arrived damaged")),
            Column(name="lost", zh="丢失", holds="whole", unit="units", meaning=say("lost on the way")),
            Column(name="held", zh="待检", holds="whole", unit="units", meaning=say("arrived, quarantined")),
            Column(name="over", zh="多到", holds="whole", unit="units", meaning=say("came beyond the note")),
            Column(
                name="over_held", zh="多到待检", holds="whole", unit="units", meaning=say("came beyond it, quarantined")
            ),
            Column(name="refused", zh="拒收", holds="whole", unit="units", meaning=say("not taken, goes back")),
            Column(name="stayed", zh="未发出", holds="whole", unit="units", meaning=say("never left the depot")),
            Column(name="instead_of", zh="代替物资", holds="text", meaning=say("the item that should have come")),
            Column(name="reason", zh="原因", holds="text", meaning=say("why it differs: a reason's code or words")),
        ),
    ),
}
"""The columns of each kind of file."""


@dataclass(frozen=True)
class CountLines:
    """The lines of a count, and the items that were counted whole."""

    rows: tuple[Row, ...]
    whole: frozenset[str]


def read_rows(path: Path, kind: str, *, in_packs: bool = False) -> list[Row]:
    """Return the lines of a document of kind "in" or "out".

    Raises:
        CaseUnreadable: every problem of the file.

    """
    problems = ProblemList()
    table = _table(path, kind, problems)
    rows = _rows(table, problems, in_packs=in_packs)
    if problems:
        raise CaseUnreadable(problems.problems, problems.notices)
    return rows


def read_count(path: Path, *, in_packs: bool = False) -> CountLines:
    """Return the lines of a count; a blank is not counted.

    Raises:
        CaseUnreadable: every problem of the file.

    """
    problems = ProblemList()
    table = _table(path, "count", problems)
    rows = _rows(table, problems, in_packs=in_packs)
    every = flags(table, "whole", problems, default=False)
    if problems:
        raise CaseUnreadable(problems.problems, problems.notices)
    return CountLines(tuple(rows), frozenset(row.item for row, is_whole in zip(rows, every, strict=True) if is_whole))


def read_arrivals(path: Path, *, in_packs: bool = False) -> list[Arrival]:
    """Return what is said of a shipment; a blank is nothing.

    Raises:
        CaseUnreadable: every problem of the file.

    """
    problems = ProblemList()
    table = _table(path, "confirm", problems)
    codes, lots = texts(table, "item", problems), texts(table, "lot", problems)
    days = dates(table, "expires", problems)
    units = {name: whole(table, name, problems) for name in _ARRIVED}
    instead, reasons = texts(table, "instead_of", problems), texts(table, "reason", problems)
    if problems:
        raise CaseUnreadable(problems.problems, problems.notices)
    return [
        Arrival(
            item=str(codes[row]),
            lot_no=_lot(str(lots[row])),
            expires=_day(days, row),
            in_packs=in_packs,
            instead_of=str(instead[row]),
            reason=_reason(str(reasons[row])),
            **{name: max(int(column[row]), 0) for name, column in units.items()},
        )
        for row in range(table.rows)
    ]


_ARRIVED = ("sound", "damaged", "lost", "held", "over", "over_held", "refused", "stayed")


def _reason(written: str) -> str:
    """Return the code of a reason that is written as its code or in words; what is none stays, to be refused."""
    for reason in REASONS["confirm"]:
        if written in (reason.code, translator("zh")(reason.says), translator("en")(reason.says)):
            return reason.code
    return written


def _table(path: Path, kind: str, problems: ProblemList) -> RawTable:
    table = read_csv_table(path, LINE_TABLES[kind], problems)
    if table is None:
        raise CaseUnreadable(problems.problems, problems.notices)
    return table


def _rows(table: RawTable, problems: ProblemList, *, in_packs: bool) -> list[Row]:
    columns = {name: texts(table, name, problems) for name in ("item", "lot", "fund", "earmark", "unit_price")}
    days, units = dates(table, "expires", problems), whole(table, "units", problems)

    def made() -> Iterator[Row]:
        for row in range(table.rows):
            said = {name: str(column[row]) for name, column in columns.items()}
            yield Row(
                item=said["item"],
                quantity=None if units[row] < 0 else int(units[row]),
                in_packs=in_packs,
                lot_no=_lot(said["lot"]),
                expires=_day(days, row),
                owner_fund=said["fund"] or None,
                earmark=said["earmark"] or None,
                details={"unit_price": said["unit_price"]} if said["unit_price"] else {},
            )

    return list(made())


def _lot(written: str) -> str | None:
    return "" if written == NO_LOT else written or None


def _day(days: Dates, row: int) -> str | None:
    return None if np.isnat(days[row]) else str(days[row])
