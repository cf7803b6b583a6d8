"""A plan of a tree of depots, as a folder: what goes down, by packs and lots, and the plan of each depot's case."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from allocator.allocate import allocate
from allocator.case import Case
from allocator.depot_tree import DepotTree
from allocator.level_cases import LotsDown
from allocator.plan import NothingToSend, Plan
from allocator.sentence import Sentence, say
from allocator.upper_levels import SentDown
from data.case_digest import with_case_digest
from data.csv_cells import meant, write_rows
from data.plan_files import write_plan

__all__ = ["DOWN", "DOWN_LOTS", "PARTS", "down_lots_text", "folder_of", "planned_part", "read_down", "write_down"]

DOWN, DOWN_LOTS, PARTS = "down.csv", "down-lots.csv", "depots"
_HEADER = ("depot", "to", "item", "packs", "units", "kg")
_BYTES_MAX = 200_000_000


def folder_of(folder: Path, code: str) -> Path:
    """Return where a depot's own plan lies; a code that no folder may be called is spelt in hexadecimal."""
    safe = code.isascii() and code.replace("-", "").replace("_", "").isalnum()
    return folder / PARTS / (code if safe else f"x{code.encode().hex()}")


def write_down(folder: Path, case: Case, tree: DepotTree, sent: SentDown, lots: LotsDown) -> None:
    """Write what goes down, rows sorted by their keys."""
    code, item = case.sites.code[tree.depot], case.items.code
    pack, kg = case.items.pack_units, case.items.pack_kg
    rows = [
        (code[depot], code[to], item[at], packs, packs * int(pack[at]), _plain(packs * float(kg[at])))
        for depot, to, at, packs in zip(
            sent.depot.tolist(), sent.to.tolist(), sent.item.tolist(), sent.packs.tolist(), strict=True
        )
    ]
    _write(folder / DOWN, _HEADER, sorted(rows))
    (folder / DOWN_LOTS).write_text(down_lots_text(case, tree, lots), encoding="utf-8")


def down_lots_text(case: Case, tree: DepotTree, lots: LotsDown) -> str:
    """Return the lots that go down as CSV."""
    code, item = case.sites.code[tree.depot], case.items.code
    days = np.where(np.isnat(lots.expires), "", lots.expires.astype(str))
    rows = zip(code[lots.depot], code[lots.to], item[lots.item], lots.lot, days, lots.units.tolist(), strict=True)
    lines = [("depot", "to", "item", "lot", "expires", "units"), *sorted(rows)]
    text = io.StringIO(newline="")
    write_rows(text, lines)
    return text.getvalue()


def _plain(number: float) -> str:
    return "" if np.isnan(number) else f"{number:.12g}"


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        write_rows(file, [header, *rows])


def read_down(folder: Path, case: Case, tree: DepotTree) -> SentDown | Sentence:
    """Return what a folder says goes down, or the first thing in the file that cannot be."""
    path = folder / DOWN
    if path.stat().st_size > _BYTES_MAX:
        return say("{file} is too large to be what it says.", file=DOWN)
    number = {str(code): n for n, code in enumerate(case.sites.code[tree.depot])}
    columns: tuple[list[int], ...] = ([], [], [], [])
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            if tuple(next(reader, ())) != _HEADER:
                return say("{file} does not have the columns {columns}.", file=DOWN, columns=list(_HEADER))
            for row in reader:
                depot, to, item, packs, units, _ = map(meant, row)
                at = case.item_index[item]
                for column, value in zip(columns, (number[depot], number[to], at, int(packs)), strict=True):
                    column.append(value)
                if int(units) != int(packs) * int(case.items.pack_units[at]):
                    return say("{file}, row {row}: units are not packs × pack size.", file=DOWN, row=reader.line_num)
    except (ValueError, KeyError, csv.Error, UnicodeDecodeError):
        return say("{file} cannot be read: a row names no depot, item or whole number.", file=DOWN)
    depot_at, to_at, item_at = (np.array(column, dtype=np.int32) for column in columns[:3])
    return SentDown(depot=depot_at, to=to_at, item=item_at, packs=np.array(columns[3], dtype=np.int64))


def planned_part(code: str, case: Case, folder: Path) -> tuple[str, Plan | None]:
    """Plan a depot's own case and write it to its folder; no plan where nothing can be sent, and then no folder."""
    try:
        plan = with_case_digest(allocate(case), case)
    except NothingToSend:
        return code, None
    place = folder_of(folder, code)
    place.mkdir(parents=True)
    write_plan(plan, case, place, xlsx=False)
    return code, plan
