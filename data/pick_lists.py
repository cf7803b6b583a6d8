"""Pick lists: one sheet for each depot, stop by stop, to load a lorry by and to have signed.

Each line names the packs to load; where lots are known, the lot and its last day of use stand
beside it, the first expiring first, with a row of their own for every further lot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from allocator.case import Case, Indices, Units
from allocator.plan import Plan
from allocator.sentence import say
from data.workbook_looks import PlanBook, both
from data.workbook_out import ROWS_MAX, write_cells

__all__ = ["write_pick_lists"]

_HEADINGS = (
    "No. 序",
    "Item 物资",
    "Packs 件数",
    "Units 数量",
    "Unit 单位",
    "kg 重量",
    "Lot 批号",
    "Use by 有效期",
    "Units of lot 该批数量",
    "Loaded 装车",
    "Received 收讫",
)
_WIDTHS = (6, 42, 8, 10, 9, 10, 16, 12, 10, 9, 22)
_HEADING_ROW = 3
_BOX = "☐"


@dataclass(frozen=True)
class _Stop:
    """One stop of a sheet: the rows of `Plan.lines` to unload there, and what the stop weighs."""

    site: int
    first: int
    last: int
    kg: float


def write_pick_lists(out: PlanBook, *, rows_max: int = ROWS_MAX) -> None:
    """Add one sheet for each depot that sends anything; more where a sheet is full."""
    lines = out.plan.lines
    lots = _LotsOfLines(out.plan, out.case)
    for depot in np.unique(lines.depot):
        first, last = np.searchsorted(lines.depot, [depot, depot + 1])
        stops = list(_stops(out.plan, int(first), int(last)))
        for number, part in enumerate(_parts(stops, lots, rows_max - _HEADING_ROW - 1), start=1):
            _write_sheet(out, lots, int(depot), part, number)


def _stops(plan: Plan, first: int, last: int) -> Iterator[_Stop]:
    sites = plan.lines.site[first:last]
    starts = np.flatnonzero(np.diff(sites, prepend=-1))
    weights = np.add.reduceat(np.nan_to_num(plan.lines.kg[first:last]), starts)
    ends = np.append(starts[1:], last - first)
    for start, end, kg in zip(starts.tolist(), ends.tolist(), weights.tolist(), strict=True):
        yield _Stop(site=int(sites[start]), first=first + start, last=first + end, kg=kg)


def _parts(stops: list[_Stop], lots: _LotsOfLines, rows_max: int) -> Iterator[list[_Stop]]:
    """Return the stops of each sheet: as many as its rows hold, never a stop on two sheets."""
    part: list[_Stop] = []
    used = 0
    for stop in stops:
        rows = 1 + lots.rows_of(stop.first, stop.last)
        if part and used + rows > rows_max:
            yield part
            part, used = [], 0
        part.append(stop)
        used += rows
    if part:
        yield part


class _LotsOfLines:
    """Which rows of `Plan.lots` belong to each line, and the last day of use of each of them."""

    def __init__(self, plan: Plan, case: Case) -> None:
        lots, lines, size = plan.lots, plan.lines, len(case.items)
        self.lots = lots
        keys = _keys(lots.depot, lots.site, lots.item, len(case.sites), size)
        line_keys = _keys(lines.depot, lines.site, lines.item, len(case.sites), size)
        self.first = np.searchsorted(keys, line_keys, side="left")
        self.last = np.searchsorted(keys, line_keys, side="right")
        self._days = _days_of_lots(case)

    def rows_of(self, first: int, last: int) -> int:
        """Return how many rows some lines take: one each, or one for every lot."""
        return int(np.maximum(1, self.last[first:last] - self.first[first:last]).sum())

    def cells(self, line: int, depot: int) -> list[tuple[str, str, int | None]]:
        """Return lot, last day of use and units for each row of a line."""
        rows = range(int(self.first[line]), int(self.last[line]))
        if not rows:
            return [("", "", None)]
        lots = self.lots
        return [
            (lots.lot[row], self._days.get((depot, int(lots.item[row]), lots.lot[row]), ""), int(lots.units[row]))
            for row in rows
        ]


def _keys(depot: Indices, site: Indices, item: Indices, sites: int, items: int) -> Units:
    return (depot.astype(np.int64) * sites + site) * items + item


def _days_of_lots(case: Case) -> dict[tuple[int, int, str], str]:
    """Return the last day of use of each lot at each depot; "…" after it where later ones are mixed in."""
    stock = case.stock
    at_depot = np.isin(stock.site, case.lanes.depot)
    rows = np.flatnonzero((stock.status == 0) & ~np.isnat(stock.expires) & at_depot)
    rows = rows[stock.expires[rows] >= np.datetime64(case.policy.date, "D")]
    days: dict[tuple[int, int, str], str] = {}
    # A case's stock is sorted, so the first day met is the earliest.
    for row in rows.tolist():
        key = (int(stock.site[row]), int(stock.item[row]), stock.lot[row])
        day = str(stock.expires[row])
        known = days.setdefault(key, day)
        if not known.startswith(day):
            days[key] = f"{known.removesuffix('…')}…"
    return days


def _write_sheet(out: PlanBook, lots: _LotsOfLines, depot: int, stops: list[_Stop], number: int) -> None:
    code = out.case.sites.code[depot]
    ending = f" {number}" if number > 1 else ""
    sheet = out.new_sheet(f"Pick 拣货 {code}{ending}", _WIDTHS)
    sheet.repeat_rows(_HEADING_ROW)
    sheet.freeze_panes(_HEADING_ROW + 1, 0)
    _write_head(out, sheet, depot, stops)
    instead = _instead_of(out, depot)
    row = _HEADING_ROW + 1
    for position, stop in enumerate(stops, start=1):
        row = _write_stop(out, sheet, lots, depot, stop, position, row, instead)


def _write_head(out: PlanBook, sheet: Any, depot: int, stops: list[_Stop]) -> None:
    looks, lines = out.looks, out.plan.lines
    span = slice(stops[0].first, stops[-1].last)
    facts = say(
        "{stops} stops, {packs} packs, {kg} kg",
        stops=f"{len(stops):,}",
        packs=f"{int(lines.packs[span].sum()):,}",
        kg=f"{float(np.nansum(lines.kg[span])):,.1f}",
    )
    title = f"Pick list 拣货单  {out.site_label(depot)}  {out.case.policy.date.isoformat()}"
    sheet.write_string(0, 0, title, looks.title)
    sheet.write_string(1, 0, both(facts), looks.note)
    blanks = ("Picked by 拣货人", "Driver 司机", "Vehicle 车号", "Time 时间")
    sheet.write_string(2, 0, "    ".join(f"{blank} ______________" for blank in blanks))
    write_cells(sheet, _HEADING_ROW, _HEADINGS, looks.heading)


def _write_stop(
    out: PlanBook,
    sheet: Any,
    lots: _LotsOfLines,
    depot: int,
    stop: _Stop,
    position: int,
    row: int,
    instead: dict[tuple[int, int], str],
) -> int:
    """Write one stop's rows from `row` on and return the row after them."""
    looks, case, lines = out.looks, out.case, out.plan.lines
    area = case.sites.area[stop.site]
    place = out.site_label(stop.site) + (f"  [{area}]" if area else "")
    head = (position, place, None, None, None, round(stop.kg, 2), None, None, None, None, "Signature 签字:")
    write_cells(sheet, row, head, styles=[looks.stop] * 5 + [looks.stop_decimal] + [looks.stop] * 5)
    styles = _line_styles(out)
    for line in range(stop.first, stop.last):
        item = int(lines.item[line])
        what = out.item_labels[item] + instead.get((stop.site, item), "")
        amount = (int(lines.packs[line]), int(lines.units[line]), case.items.unit[item], float(lines.kg[line]))
        for lot in lots.cells(line, depot):
            row += 1
            write_cells(sheet, row, ("", what, *amount, *lot, _BOX, ""), styles=styles)
            # A further lot of the same line repeats the item but not the packs, so that sums stay right.
            amount = (None, None, None, None)  # type: ignore[assignment]
    return row + 1


def _line_styles(out: PlanBook) -> list[Any]:
    looks = out.looks
    numbers = [looks.whole, looks.whole, looks.text, looks.decimal]
    return [looks.text, looks.text, *numbers, looks.text, looks.text, looks.whole, looks.box, looks.text]


def _instead_of(out: PlanBook, depot: int) -> dict[tuple[int, int], str]:
    """Return what to say beside a line that is sent instead of another item, by site and item sent."""
    sent = out.plan.substituted
    notes: dict[tuple[int, int], str] = {}
    for row in np.flatnonzero(sent.depot == depot).tolist():
        key = (int(sent.site[row]), int(sent.by[row]))
        code = out.case.items.code[sent.item[row]]
        notes[key] = notes.get(key, "") + f"  ({int(sent.units[row])} instead of 代替 {code})"
    return notes
