"""Pick lists: one sheet for each depot, stop by stop, to load a lorry by and to have signed.

Each line names the packs to load; where lots are known, the lot and its last day of use stand
beside it, the first expiring first, with a row of their own for every further lot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from allocator.case import Case, Indices, Units
from allocator.plan import Plan
from allocator.sentence import say
from data.csv_text import plain_numbers, taken
from data.sheet_rows import append_rows, blank_cell, number_cells, rows_of_cells, text_cells
from data.workbook_looks import HEADING_POINTS, PlanBook, both
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
_WIDTHS = (8, 10, 10, 10, 16, 12, 12, 9, 26)
_HEADING_ROW = 3
_BLOCK_STOPS = 1 << 14
_LINE_POINTS, _STOP_POINTS = 15, 24  # a stop's own row has room for a signature
_TITLE_POINTS = 60
_PRINTED_POINTS = (780, 490)  # width and height of an A4 page across, inside its margins, less a little
_BREAKS_MAX = 1_023
"""Page breaks a sheet may have, by Excel."""
_BOX = "☐"

Rows = NDArray[np.integer]


@dataclass(frozen=True)
class _Stops:
    """Some stops of one depot: each one's site, and where its lines start and end in `Plan.lines`."""

    depot: int
    site: Rows
    first: Rows
    last: Rows

    def part(self, begin: int, end: int) -> _Stops:
        """Return the stops from `begin` up to `end`."""
        rows = slice(begin, end)
        return _Stops(self.depot, self.site[rows], self.first[rows], self.last[rows])


def write_pick_lists(out: PlanBook, *, rows_max: int = ROWS_MAX) -> None:
    """Add one sheet for each depot that sends anything; more where a sheet is full."""
    picks = _Picks(out.plan, out.case)
    for depot in np.unique(out.plan.lines.depot):
        stops = _stops_of(out.plan, int(depot))
        rows = 1 + picks.rows_before[stops.last] - picks.rows_before[stops.first]
        for number, (begin, end) in enumerate(_parts(rows, rows_max - _HEADING_ROW - 1), start=1):
            _write_sheet(out, picks, stops.part(begin, end), number)


def _stops_of(plan: Plan, depot: int) -> _Stops:
    begin, end = np.searchsorted(plan.lines.depot, [depot, depot + 1])
    sites = plan.lines.site[begin:end]
    first = begin + np.flatnonzero(np.diff(sites, prepend=-1))
    return _Stops(depot, plan.lines.site[first], first, np.append(first[1:], end))


def _parts(rows: Rows, rows_max: int) -> Iterator[tuple[int, int]]:
    """Return which stops go on each sheet (or page): as many as its rows hold, never a stop on two."""
    total = np.concatenate([[0], np.cumsum(rows)])
    begin = 0
    while begin < len(rows):
        end = int(np.searchsorted(total, total[begin] + rows_max, side="right")) - 1
        # A stop longer than a sheet cannot be: it has one row for each lot of each item.
        yield begin, max(end, begin + 1)
        begin = max(end, begin + 1)


class _Picks:
    """What a row of a pick list says: lines, the lots of each line, and what is sent instead of what."""

    def __init__(self, plan: Plan, case: Case) -> None:
        lots, lines, self.case = plan.lots, plan.lines, case
        self.lines, self.lots = lines, lots
        line_keys = self._keys(lines.depot, lines.site, lines.item)
        lot_keys = self._keys(lots.depot, lots.site, lots.item)
        self.first_lot = np.searchsorted(lot_keys, line_keys, side="left")
        self.lots_of_line = np.searchsorted(lot_keys, line_keys, side="right") - self.first_lot
        self.rows_before = np.concatenate([[0], np.cumsum(np.maximum(1, self.lots_of_line))])
        self.instead = self._instead(plan, line_keys)
        self._days = _days_of_lots(case)

    def _keys(self, depot: Indices, site: Indices, item: Indices) -> Units:
        return (depot.astype(np.int64) * len(self.case.sites) + site) * len(self.case.items) + item

    def _instead(self, plan: Plan, line_keys: Units) -> Any:
        """Return what to say beside each line that is sent instead of another item; None where none is."""
        sent = plan.substituted
        if not len(sent):
            return None
        keys = self._keys(sent.depot, sent.site, sent.by)
        order = np.argsort(keys, kind="stable")
        sent, keys = sent.take(order), keys[order]
        # One line may stand in for several items: the first of each line, then the second, and so on.
        turn = np.arange(len(keys)) - np.searchsorted(keys, keys, side="left")
        codes = taken(pa.array(self.case.items.code, pa.string()), sent.item)
        notes = pc.binary_join_element_wise("  (", plain_numbers(sent.units), " instead of 代替 ", codes, ")", "")
        said = pa.array([""], pa.string()).take(pa.array(np.zeros(len(line_keys), dtype=np.int8)))
        for number in range(int(turn.max()) + 1):
            rows = np.flatnonzero(turn == number)
            place = np.searchsorted(line_keys, keys[rows])
            mask = np.zeros(len(line_keys), dtype=bool)
            mask[place] = True
            longer = pc.binary_join_element_wise(taken(said, place), taken(notes, rows), "")
            said = pc.replace_with_mask(said, pa.array(mask), longer)
        return said

    def days_of(self, depot: int, items: Indices, lots: Any) -> Any:
        """Return the last day of use of each lot, as texts."""
        encoded = pc.dictionary_encode(lots)
        names = encoded.dictionary.to_pylist()
        pair = items.astype(np.int64) * max(1, len(names)) + encoded.indices.to_numpy(zero_copy_only=False)
        distinct, which = np.unique(pair, return_inverse=True)
        found = [divmod(one, max(1, len(names))) for one in distinct.tolist()]
        days = [self._days.get((depot, item, names[name]), "") for item, name in found]
        return taken(pa.array(days, pa.string()), which)


def _days_of_lots(case: Case) -> dict[tuple[int, int, str], str]:
    """Return the last day of use of each lot at each depot; "…" after it where later ones are mixed in."""
    stock = case.stock
    gives = np.zeros(len(case.sites), dtype=bool)
    gives[case.lanes.depot] = True
    rows = np.flatnonzero((stock.status == 0) & ~np.isnat(stock.expires) & gives[stock.site])
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


def _write_sheet(out: PlanBook, picks: _Picks, stops: _Stops, number: int) -> None:
    code = out.case.sites.code[stops.depot]
    ending = f" {number}" if number > 1 else ""
    widths = (6, out.item_width, *_WIDTHS)
    sheet = out.new_sheet(f"Pick 拣货 {code}{ending}", widths, heading_row=_HEADING_ROW)
    _write_head(out, sheet, stops)
    _break_pages(sheet, picks, stops, widths)
    row = _HEADING_ROW + 1
    for begin in range(0, len(stops.site), _BLOCK_STOPS):
        block = stops.part(begin, begin + _BLOCK_STOPS)
        row = append_rows(sheet, row, _block(out, picks, block, row, begin), columns=len(_HEADINGS))


def _break_pages(sheet: Any, picks: _Picks, stops: _Stops, widths: Sequence[float]) -> None:
    """Break pages between stops, so that no stop's goods stand on two of them.

    The sheet stays fitted to the width of its page, for fonts differ; the breaks are set for the
    widest that Excel's own font comes out, so that a page is full or nearly so.
    """
    # Seven pixels for a character and five for a column's edges, three quarters of a point each.
    width_points = sum(0.75 * (7 * width + 5) for width in widths)
    scale_percent = min(100, int(100 * _PRINTED_POINTS[0] / width_points))
    room_points = int(_PRINTED_POINTS[1] * 100 / scale_percent) - HEADING_POINTS
    line_rows = picks.rows_before[stops.last] - picks.rows_before[stops.first]
    points = line_rows * _LINE_POINTS + _STOP_POINTS
    points[0] += _TITLE_POINTS
    pages = [begin for begin, _ in _parts(points, room_points)]
    if len(pages) <= _BREAKS_MAX:
        rows_before = np.concatenate([[0], np.cumsum(line_rows + 1)])
        sheet.set_h_pagebreaks([_HEADING_ROW + 1 + int(rows_before[page]) for page in pages[1:]])


def _write_head(out: PlanBook, sheet: Any, stops: _Stops) -> None:
    looks, lines = out.looks, out.plan.lines
    span = slice(int(stops.first[0]), int(stops.last[-1]))
    facts = say(
        "{stops} stops, {packs} packs, {kg} kg",
        stops=f"{len(stops.site):,}",
        packs=f"{int(lines.packs[span].sum()):,}",
        kg=f"{float(np.nansum(lines.kg[span])):,.1f}",
    )
    title = f"Pick list 拣货单  {out.site_label(stops.depot)}  {out.case.policy.date.isoformat()}"
    sheet.write_string(0, 0, title, looks.title)
    sheet.write_string(1, 0, both(facts), looks.note)
    blanks = ("Picked by 拣货人", "Driver 司机", "Vehicle 车号", "Time 时间")
    sheet.write_string(2, 0, "    ".join(f"{blank} ______________" for blank in blanks))
    write_cells(sheet, _HEADING_ROW, _HEADINGS, looks.heading)


def _block(out: PlanBook, picks: _Picks, stops: _Stops, first_row: int, stops_before: int) -> Any:
    """Return the finished rows of some stops: each stop's own row and, under it, its lines."""
    span = slice(int(stops.first[0]), int(stops.last[-1]))
    counts = np.maximum(1, picks.lots_of_line[span])
    # Every stop pushes what follows one row down.
    stop_of_line = np.repeat(np.arange(len(stops.site)), stops.last - stops.first)
    line_rows = np.repeat(stop_of_line + 1, counts) + np.arange(int(counts.sum()))
    stop_rows = picks.rows_before[stops.first] - picks.rows_before[stops.first[0]] + np.arange(len(stops.site))
    rows = pa.concat_arrays(
        [
            rows_of_cells(first_row + stop_rows, _stop_cells(out, stops, stops_before), points=_STOP_POINTS),
            rows_of_cells(first_row + line_rows, _line_cells(out, picks, stops, span, counts), points=_LINE_POINTS),
        ]
    )
    return taken(rows, np.argsort(np.concatenate([stop_rows, line_rows]), kind="stable"))


def _stop_cells(out: PlanBook, stops: _Stops, stops_before: int) -> list[Any]:
    looks = out.looks
    areas = pa.array(out.case.sites.area[stops.site], pa.string())
    areas = pc.if_else(pc.equal(areas, ""), "", pc.binary_join_element_wise("  [", areas, "]", ""))
    places = pc.binary_join_element_wise(out.site_labels(stops.site), areas, "")
    span = slice(int(stops.first[0]), int(stops.last[-1]))
    kg = np.add.reduceat(np.nan_to_num(out.plan.lines.kg[span]), stops.first - stops.first[0])
    blank, sign = blank_cell(looks.stop), text_cells(["Signature 签字:"], looks.stop)[0].as_py()
    return [
        number_cells(stops_before + 1 + np.arange(len(stops.site)), looks.stop_whole),
        text_cells(places, looks.stop),
        *[blank] * 3,
        number_cells(np.round(kg, 6), looks.stop_decimal),
        text_cells(_distances(out.case, stops), looks.stop),
        *[blank] * 3,
        sign,
    ]


def _distances(case: Case, stops: _Stops) -> Any:
    """Return how far each stop is from its depot, as texts; "" where the lane does not say."""
    lanes = case.lanes
    first, last = np.searchsorted(lanes.depot, [stops.depot, stops.depot + 1])
    km = lanes.km[first + np.searchsorted(lanes.site[first:last], stops.site)]
    shown = plain_numbers(np.round(km, 1))
    return pc.if_else(pc.equal(shown, ""), "", pc.binary_join_element_wise(shown, " km", ""))


def _line_cells(out: PlanBook, picks: _Picks, stops: _Stops, span: slice, counts: Rows) -> list[Any]:
    """Return the cells of some lines, one row for each lot; packs stand on a line's first row only."""
    looks, lines, lots = out.looks, picks.lines, picks.lots
    line = np.repeat(np.arange(span.start, span.stop), counts)
    turn = np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)
    first, has_lot = turn == 0, picks.lots_of_line[line] > 0
    item = lines.item[line]
    lot = np.where(has_lot, picks.first_lot[line] + turn, 0)
    lot_texts, lot_units = pa.array([""], pa.string()).take(pa.array(lot * 0)), np.full(len(line), np.nan)
    if len(lots):
        lot_texts = pc.if_else(pa.array(has_lot), pa.array(lots.lot[lot], pa.string()), "")
        lot_units = np.where(has_lot, lots.units[lot], np.nan)
    days = picks.days_of(stops.depot, item, lot_texts)
    labels = taken(pa.array(out.item_labels, pa.string()), item)
    if picks.instead is not None:
        labels = pc.binary_join_element_wise(labels, taken(picks.instead, line), "")
    box = text_cells([_BOX], looks.box)[0].as_py()
    return [
        blank_cell(looks.text),
        text_cells(labels, looks.text),
        number_cells(np.where(first, lines.packs[line], np.nan), looks.whole),
        number_cells(np.where(first, lines.units[line], np.nan), looks.whole),
        taken(text_cells(out.unit_labels, looks.text), item),
        number_cells(np.where(first, np.round(lines.kg[line], 6), np.nan), looks.decimal),
        text_cells(lot_texts, looks.text),
        text_cells(days, looks.text),
        number_cells(lot_units, looks.whole),
        box,
        blank_cell(looks.text),
    ]
