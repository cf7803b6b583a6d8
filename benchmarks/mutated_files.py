"""Receipts as files that somebody has spoilt; `plain_reading` says what each of them plainly says."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from benchmarks.plain_reading import HEADERS, NAMES, OWN, ROLES, Grid

__all__ = ["CATALOGUE", "MUTATIONS", "spoilt_file"]

CATALOGUE = {
    "items.csv": "item,name_zh,unit,pack_units,use\nMASK,口罩,只,1,consumable\nSUIT,防护服,套,1,consumable\n"
    "GLOVE,手套,双,1,consumable\n",
    "sites.csv": "site,kind,name_zh\nD1,warehouse,县仓库\nP1,checkpoint,东门卡口\nC2,clinic,城关卫生院\n",
    "partners.csv": "partner,kind,name_zh\nS1,supplier,甲公司\nN1,donor,乙基金会\n",
    "measures.csv": "item,unit,amount,of\nMASK,箱,2000,只\nMASK,盒,50,只\nSUIT,箱,25,套\nGLOVE,箱,100,双\n",
}
"""What the ledger of these files knows."""

# --- What is written -------------------------------------------------------------------------------


def _base(random_: random.Random, seed: int) -> Grid:
    """Return a sound table of receipts, its headers in the first row."""
    roles = ["number", "day", "partner", "site", "item", "units"]
    roles += [role for role in ("said_unit", "lot", "expires") if random_.random() < 0.5]
    random_.shuffle(roles)
    grid: Grid = [[random_.choice(HEADERS[role][:3]) for role in roles]]
    source = random_.choice(("S1", "N1"))
    for _ in range(random_.randint(1, 6)):
        item = random_.choice(("MASK", "SUIT", "GLOVE"))
        cells = {
            "number": f"F{seed}",
            "day": random_.choice((dt.date(2026, 2, 10), "2026-02-10", "2026年2月10日", "2026/2/10")),
            "partner": source,
            "site": random_.choice(("D1", "P1", "C2")),
            "item": item,
            "units": random_.randint(1, 900),
            "said_unit": random_.choice(("", OWN[item][0], "箱")),
            "lot": random_.choice(("", f"A{seed}", f"B-{seed}")),
            "expires": random_.choice(("", dt.date(2030, 1, 1), "2030-01-01")),
        }
        grid.append([cells[role] for role in roles])
    return grid


def _cell(change: Callable[[random.Random, Any], Any], *roles: str) -> Callable[[random.Random, Grid], None]:
    """Return a mutation of one cell under one of some headers."""

    def spoil(random_: random.Random, grid: Grid) -> None:
        places = [at for at, header in enumerate(grid[0]) if ROLES.get(header) in roles]
        if places and len(grid) > 1:
            row, at = random_.choice(grid[1:]), random_.choice(places)
            row[at] = change(random_, row[at])

    return spoil


def _any_cell(change: Callable[[random.Random, Any], Any]) -> Callable[[random.Random, Grid], None]:
    def spoil(random_: random.Random, grid: Grid) -> None:
        row = random_.choice(grid)
        at = random_.randrange(len(row))
        row[at] = change(random_, row[at])

    return spoil


def _wide(_: random.Random, cell: Any) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if char.isdigit() else char for char in str(cell))


def _shuffled_headers(random_: random.Random, grid: Grid) -> None:
    grid[0] = [random_.choice(HEADERS[ROLES[header]]) if header in ROLES else header for header in grid[0]]


def _title(random_: random.Random, grid: Grid) -> None:
    grid.insert(0, [random_.choice(("物资入库单", "2026年2月", "合计见下")), *[""] * (len(grid[0]) - 1)])


def _total(random_: random.Random, grid: Grid) -> None:
    grid.append([random_.choice(("合计", "Total", "填表人：某某")), *[""] * (len(grid[0]) - 1)])


def _twice(random_: random.Random, grid: Grid) -> None:
    grid.append(list(random_.choice(grid)))


def _drop_column(random_: random.Random, grid: Grid) -> None:
    at = random_.randrange(len(grid[0]))
    for row in grid:
        del row[at]


def _extra_column(random_: random.Random, grid: Grid) -> None:
    header = random_.choice(("备注", "序号", "库管员", "数量", "units", ""))
    for number, row in enumerate(grid):
        row.append(header if number == 0 else random_.choice(("", "x", 7)))


def _shift(random_: random.Random, grid: Grid) -> None:
    row = random_.choice(grid)
    row.insert(random_.randrange(len(row)), "")
    row.pop()


_BEHIND = ("只", "个", "箱", "盒", "双", "套", "件", "打", "万", "万只", "左右", "+")
_BEFORE = ("约", "近", "-", "+", "¥", ">", "0", "=", "１")
_NUMBERS = (-5, 0, 1e20, 10**14, 2.5, -0.0, "NaN", "inf", "", " ", "　", "一百", True)
_FORMULAS = ("=1+1", "=A1", "#N/A", '=HYPERLINK("http://x")', "@SUM(1)")
_UNITS = ("箱", "盒", "万只", "只", "件", "瓶", "托", "50只/盒", "箱(30套)")
_DAYS = ("10/02/2026", "2.10", 46063, "2026-13-40", "2999-01-01", "昨天", "20260210")
_ALMOST = ("mask", "MASK ", " MASK", "ＭＡＳＫ", "MASKS", "D1\n", "d1", "P01", "")
_HIDDEN = (chr(0x200B), chr(0xFEFF), chr(0x3000), chr(0x202E), chr(9), chr(10))


def _written(random_: random.Random, cell: Any) -> str:
    ways = (f"{cell}-{cell}", f"{cell},000", f"{cell}.0", f"{cell}.5", f"{cell}e3", f"{cell} 000", f"0x{cell}", "若干")
    return random_.choice(ways)


_CELLS = [
    _cell(lambda r, c: f"{c}{r.choice(_BEHIND)}", "units"),
    _cell(lambda r, c: f"{r.choice(_BEFORE)}{c}", "units"),
    _cell(_written, "units"),
    _cell(lambda r, _: r.choice(_NUMBERS), "units"),
    _cell(lambda r, c: r.choice(_FORMULAS) + (str(c) if isinstance(c, str) else ""), "units", "lot", "number"),
    _cell(_wide, "units", "day", "lot", "expires"),
    _cell(lambda r, _: r.choice(_UNITS), "said_unit"),
    _cell(lambda r, _: r.choice(_DAYS), "day", "expires"),
    _cell(lambda r, _: r.choice(tuple(NAMES)), "item", "site", "partner"),
    _cell(lambda r, _: r.choice(_ALMOST), "item", "site"),
    _any_cell(lambda r, c: str(c) * r.choice((2, 40, 5_000))),
    _any_cell(lambda r, c: f"{c}{r.choice(_HIDDEN)}"),
    _any_cell(lambda r, _: "".join(chr(r.choice((r.randint(32, 126), r.randint(0x4E00, 0x9FFF)))) for _ in range(9))),
]
_SHAPES = [_shuffled_headers, _title, _total, _twice, _drop_column, _extra_column, _shift]


def _sheet(random_: random.Random, grid: Grid) -> bytes:
    """Return the grid as a workbook, some cells merged."""
    book = openpyxl.Workbook()
    page: Any = book.active
    page.title = random_.choice(("receipts", "入库", "receipts 2月"))
    for row in grid:
        page.append([None if cell == "" else cell if _can_hold(cell) else "?" for cell in row])
    if random_.random() < 0.2 and len(grid) > 2:
        column = openpyxl.utils.get_column_letter(random_.randint(1, len(grid[0])))
        first = random_.randint(1, len(grid) - 1)
        page.merge_cells(f"{column}{first}:{column}{random_.randint(first + 1, len(grid))}")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _can_hold(cell: Any) -> bool:
    return not isinstance(cell, str) or (len(cell) <= 32_767 and not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", cell))


def _text(random_: random.Random, grid: Grid) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=random_.choice(",,,,;\t")).writerows(grid)
    encoding = random_.choice(("utf-8", "utf-8-sig", "gb18030", "utf-16", "latin", "big5"))
    if encoding == "latin":  # mojibake: GB18030 that somebody took for Latin
        return out.getvalue().encode("gb18030", errors="replace").decode("latin-1").encode()
    return out.getvalue().encode(encoding, errors="replace")


def _flip(random_: random.Random, content: bytes) -> bytes:
    spoilt = bytearray(content)
    for _ in range(random_.randint(1, 8)):
        spoilt[random_.randrange(len(spoilt))] = random_.randrange(256)
    return bytes(spoilt)


def _cut(random_: random.Random, content: bytes) -> bytes:
    return content[: random_.randrange(len(content))]


def _part(change: Callable[[random.Random, str, bytes], bytes | None]) -> Callable[[random.Random, bytes], bytes]:
    """Return a mutation of the parts of a workbook."""

    def spoil(random_: random.Random, content: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            chosen = random_.choice(old.namelist())
            for name in old.namelist():
                part = old.read(name)
                changed = change(random_, name, part) if name == chosen or "sheet1" in name else part
                if changed is not None:
                    new.writestr(name, changed)
        return out.getvalue()

    return spoil


def _xml(random_: random.Random, name: str, part: bytes) -> bytes | None:
    """Spoil one part: lost, cut, with entities, a bomb, a far cell, other types of cells, other numbers."""
    if "sheet1" not in name:
        return random_.choice((None, part[: len(part) // 2], part))
    entity = b'<!DOCTYPE x [<!ENTITY a "1"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return random_.choice((
        part.replace(b"<worksheet", entity + b"<worksheet", 1),
        part.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
        part.replace(b"</sheetData>", b'<row r="99"><c r="A99"><v>' + b"9" * 400_000 + b"</v></c></row></sheetData>"),
        part.replace(b"</sheetData>", b" " * 30_000_000 + b"</sheetData>"),
        part.replace(b't="s"', b't="n"', 1), part.replace(b't="n"', b't="s"', 1), part.replace(b't="n"', b't="d"', 1),
        re.sub(rb"<v>(\d)", rb"<v>-\1", part, count=1), re.sub(rb"<v>(\d+)</v>", rb"<v>\g<1>e300</v>", part, count=2),
        re.sub(rb"<v>(\d+)</v>", rb"<f>1+1</f><v></v>", part, count=1),
        re.sub(rb'r="([A-Z])(\d)"', rb'r="\1\g<2>"', part).replace(b'r="B2"', b'r="A2"'),
        part.replace(b"<c r=", b"<x:c r="), part.replace(b'<c r="', b'<c q="'), part[: len(part) // 2],
    ))  # fmt: skip


_BYTES = [_flip, _cut]
MUTATIONS = len(_CELLS) + len(_SHAPES) + len(_BYTES) + 1
"""Kinds of mutation, most of which have many forms."""


def spoilt_file(folder: Path, seed: int) -> tuple[Path, Path | None]:
    """Write a file of receipts and spoil it in one to three ways, and return it. The same seed, the same file.

    The second file is the first as it was before its bytes were spoilt, None where they were not.
    """
    random_ = random.Random(seed)
    grid = _base(random_, seed)
    for _ in range(random_.choice((0, 1, 1, 1, 2, 3))):
        random_.choice(_CELLS if random_.random() < 0.7 else _SHAPES)(random_, grid)
    is_book = random_.random() < 0.65
    content = _sheet(random_, grid) if is_book else _text(random_, grid)
    whole = None
    if random_.random() < 0.2 and content:
        whole = folder / f"whole-{seed}.{'xlsx' if is_book else 'csv'}"
        whole.write_bytes(content)
        ways: Sequence[Any] = [*_BYTES, *([_part(_xml)] * 4 if is_book else [])]
        content = random_.choice(ways)(random_, content)
    ending = "xlsx" if is_book else "csv"
    if random_.random() < 0.01:
        ending = "csv" if is_book else "xlsx"
    path = folder / f"receipts-{seed}.{ending}"
    path.write_bytes(content)
    return path, whole
