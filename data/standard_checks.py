"""Standards that receipts name, checked against the items they came as."""

from __future__ import annotations

from data import import_kinds as more_kinds
from data.import_files import Upload
from data.problems import ProblemList
from data.raw_table import RawTable
from data.standards import is_for, remark_on, standards_in
from data.statement_items import kinds_of_item
from models.import_names import CalledItem, NamesKnown

__all__ = ["report_standards"]


def report_standards(upload: Upload, names: NamesKnown, problems: ProblemList) -> None:
    """Report receipts under a standard of another kind of item; say what was replaced or is not known."""
    table = upload.tables.get("receipts")
    if table is None or not {"standard", "item"} <= set(table.columns):
        return
    seen: set[tuple[str, str]] = set()
    for row in range(table.rows):
        pair = (table.columns["item"].text_at(row), table.columns["standard"].text_at(row))
        if pair[1] and pair not in seen:
            seen.add(pair)
            _check(table, row, names.items.get(pair[0]), problems)


def _check(table: RawTable, row: int, item: CalledItem | None, problems: ProblemList) -> None:
    written, code = table.columns["standard"].text_at(row), table.columns["item"].text_at(row)
    place = table.place(row, "standard")
    found = standards_in(written)
    if not found:
        problems.notice(more_kinds.STANDARD_UNREAD, place, found=written)
    kinds = set() if item is None else kinds_of_item(item)
    for standard in found:
        if is_for(standard, kinds) is False:
            problems.add(more_kinds.STANDARD_OTHER, place, standard=str(standard), item=code)
            continue
        remark = remark_on(standard)
        if remark is not None:
            problems.notice(more_kinds.STANDARD_REMARK, place, remark=remark)
