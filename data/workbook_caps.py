"""Look through a workbook before it is opened, and refuse what cannot be opened safely.

A workbook is a zip of XML parts. A few kilobytes can unpack to gigabytes, one cell far out makes a
reader set aside the whole rectangle up to it, and XML can define its own endless texts. All parts
are streamed once, with limits, and their checksums hold afterwards; so what is opened later is
what was looked at.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from allocator.sentence import say
from data import problem_kinds as kinds
from data.os_reasons import reason_of
from data.problems import Kind, Place, ProblemList
from data.raw_table import COLUMNS_MAX
from data.workbook_texts import bytes_named, text_lengths

__all__ = [
    "CELLS_MAX",
    "ENTRIES_MAX",
    "IMPORT_CELLS_MAX",
    "SHEET_ROWS_MAX",
    "SWELL_MAX",
    "UNPACKED_BYTES_MAX",
    "SheetPart",
    "inspect",
]

WORKBOOK_BYTES_MAX = 200_000_000
"""Bytes a workbook may have as a file."""
UNPACKED_BYTES_MAX = 2_000_000_000
"""Bytes all its parts may have together."""
SWELL_MAX = 250
"""How many times its own size a workbook of some size may unpack to."""
ENTRIES_MAX = 2_000
"""Parts a workbook may have."""
SHEET_ROWS_MAX = 1_048_576
"""Rows a sheet may have; spreadsheets allow no more."""
CELLS_MAX = 30_000_000
"""Cells in the rectangle from A1 to the last cell of a sheet."""
IMPORT_CELLS_MAX = 4_000_000
"""The same of a workbook that others send: with it the whole process stays below 512 MB."""
TEXT_BYTES_A_CELL = 64
"""Bytes of text for each cell that a sheet may have: what all cells come to once each has its own text."""
SPARSE_MAX = 20
"""How many times its own cells that rectangle may hold, once it is large: a reader sets all of it aside."""

_SPARSE_FROM_CELLS = 2_000_000
_COLUMNS_NEAR, _ROWS_NEAR, _ROWS_HIGH = 26, 1_050_000, 99_999

_SWELL_FROM_BYTES = 20_000_000
_CHUNK_BYTES = 8 << 20
_NAMING_PARTS = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
_NAMING_BYTES_MAX = 1_000_000
_OLE_MARK = bytes.fromhex("d0cf11e0a1b11ae1")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

# Nearly every cell of a real sheet stands in columns A to Z and above row 100,000, else above row 1,050,000; a
# fast search tells the pieces that hold any other cell. Those sheets are measured cell by cell, and those with so
# few cells that the rectangle may be much larger.
_LOW_CELL = re.compile(rb'<c r="(?![A-Z][1-9]\d{0,4}")')
_FAR_CELL = re.compile(rb'<c r="(?![A-Z](?:[1-9]\d{0,5}|10[0-4]\d{4})")')
_ANY_CELL = re.compile(rb'<c r="([A-Z]{1,8})([1-9]\d*)"')
_STRANGE_CELL = re.compile(rb'<c(?:[>/\n\t\r]| (?!r="))')
_ERROR_CELL = re.compile(rb"<c r=\"([A-Z]+\d+)\"[^>]*\bt=\"e\"")
_UNCOUNTED_FORMULA = re.compile(
    rb"<c r=\"([A-Z]+\d+)\"[^>]*>\s*<f(?:/>|[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)


@dataclass
class SheetPart:
    """What the look at one sheet's part found; addresses are "" where there is no such cell."""

    cells: int = 0
    longest_text: int = 0
    error_cell: str = ""
    uncounted_formula: str = ""


class _Refused(Exception):
    """The workbook is not opened; the problem has been added."""


def inspect(path: Path, problems: ProblemList, *, cells_max: int = CELLS_MAX) -> dict[str, SheetPart] | None:
    """Return the sheets of a workbook by name, or None where it is refused (the problems say why)."""
    place = Place(file=path.name)
    try:
        size = _size_of(path, place, problems)
        with zipfile.ZipFile(path) as archive:
            return _looked_through(archive, size, place, problems, cells_max)
    except _Refused:
        return None
    except OSError as fault:
        problems.add(kinds.FILE_UNREADABLE, place, reason=reason_of(fault))
    except KeyError:
        # A zip without the parts every workbook has: another program's document, or a jar.
        problems.add(kinds.WORKBOOK_NONE, place)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as fault:
        problems.add(kinds.WORKBOOK_BROKEN, place, reason=str(fault))
    except ET.ParseError as fault:
        problems.add(kinds.WORKBOOK_BROKEN, place, reason=str(fault))
    return None


def _size_of(path: Path, place: Place, problems: ProblemList) -> int:
    """Return a workbook's bytes; raise `_Refused` where it is none, or too large."""
    size = path.stat().st_size
    with path.open("rb") as file:
        mark = file.read(len(_OLE_MARK))
    if size > WORKBOOK_BYTES_MAX:
        problems.add(kinds.FILE_TOO_LARGE, place, found=f"{size:,}", limit=f"{WORKBOOK_BYTES_MAX:,}")
    elif not size:
        problems.add(kinds.FILE_EMPTY, place)
    elif mark == _OLE_MARK or path.suffix.lower() == ".xls":
        problems.add(kinds.WORKBOOK_OLD, place)
    elif not zipfile.is_zipfile(path):
        problems.add(kinds.WORKBOOK_NONE, place)
    else:
        return size
    raise _Refused


def _looked_through(
    archive: zipfile.ZipFile, size: int, place: Place, problems: ProblemList, cells_max: int
) -> dict[str, SheetPart]:
    entries = archive.infolist()
    if len(entries) > ENTRIES_MAX:
        problems.add(kinds.WORKBOOK_ENTRIES, place, found=len(entries), limit=ENTRIES_MAX)
        raise _Refused
    if any(entry.flag_bits & 1 for entry in entries):
        problems.add(kinds.WORKBOOK_OLD, place)
        raise _Refused
    unpacked_max = min(UNPACKED_BYTES_MAX, max(_SWELL_FROM_BYTES, size * SWELL_MAX))
    parts: dict[str, SheetPart] = {}
    unpacked = 0
    for entry in entries:
        for measure in (False, True):
            look = _PartLook(archive, entry.filename, place, problems, measure=measure, cells_max=cells_max)
            for piece, length in _pieces(archive, entry):
                unpacked += 0 if measure else length
                if unpacked > unpacked_max:
                    problems.add(kinds.WORKBOOK_SWELLS, place, limit=f"{unpacked_max:,}", ratio=SWELL_MAX)
                    raise _Refused
                look.at(piece)
            parts[entry.filename] = look.part
            if measure:
                look.refuse_if_sparse()
            elif not look.may_be_large:
                break
    _refuse_texts(archive, parts, place, problems, bytes_max=TEXT_BYTES_A_CELL * cells_max)
    return _by_sheet_name(archive, parts)


def _refuse_texts(
    archive: zipfile.ZipFile, parts: dict[str, SheetPart], place: Place, problems: ProblemList, *, bytes_max: int
) -> None:
    """Refuse a workbook whose cells come to too much text: counted cell by cell only where it might be."""
    longest = max((part.longest_text for part in parts.values()), default=0)
    if longest * sum(part.cells for part in parts.values()) <= bytes_max:
        return

    def pieces(name: str) -> Iterator[bytes]:
        return (piece for piece, _ in _pieces(archive, archive.getinfo(name)))

    holding = [name for name, part in parts.items() if part.longest_text]
    lengths = [length for name in holding for length in text_lengths(pieces(name))]
    if sum(bytes_named(pieces(name), lengths) for name, part in parts.items() if part.cells) > bytes_max:
        problems.add(kinds.WORKBOOK_TEXTS, place, limit=f"{bytes_max:,}", longest=f"{longest:,}")
        raise _Refused


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
    """Yield a part piece by piece, cut where a tag begins, so that no tag is cut in two."""
    kept = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            joined = kept + chunk
            cut = joined.rfind(b"<c", 1)
            if cut <= 0:
                cut = max(joined.rfind(b"<"), 0) or len(joined)
            kept = joined[cut:]
            yield joined[:cut], len(chunk)
    yield kept, 0


class _PartLook:
    """Looks at one part, piece by piece, and refuses what no honest workbook holds."""

    def __init__(
        self,
        archive: zipfile.ZipFile,
        name: str,
        place: Place,
        problems: ProblemList,
        *,
        measure: bool,
        cells_max: int,
    ) -> None:
        self._cells_max = cells_max
        self._archive = archive
        self._name, self._place, self._problems, self._measure = name, place, problems, measure
        self.part = SheetPart()
        self._reaches_low = self._reaches_far = False
        self._is_sheet = self._is_texts = False
        self._last_row = self._last_column = 0

    @property
    def may_be_large(self) -> bool:
        """Say whether the sheet's rectangle may be larger than its cells account for, so that it is to be measured."""
        if self._reaches_low and self._cells_max < _COLUMNS_NEAR * _ROWS_NEAR:
            return True
        rows = _ROWS_NEAR if self._reaches_low else _ROWS_HIGH
        return self._reaches_far or 0 < self.part.cells * SPARSE_MAX < _COLUMNS_NEAR * rows

    def refuse_if_sparse(self) -> None:
        """Refuse a sheet that was measured and is large although hardly anything stands in it."""
        size = self._last_row * self._last_column
        if size > max(_SPARSE_FROM_CELLS, self.part.cells * SPARSE_MAX):
            self._place = replace(self._place, sheet=_sheet_of(self._archive, self._name))
            found, size_said = f"{self.part.cells:,}", f"{size:,}"
            self._refuse(kinds.SHEET_SPARSE, row=f"{self._last_row:,}", cells=size_said, found=found)

    def at(self, piece: bytes) -> None:
        """Look at the next piece."""
        if piece.startswith(_UTF16_MARKS):
            reason = say("a part of it is not UTF-8")
            self._refuse(kinds.WORKBOOK_BROKEN, reason=reason)
        if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
            self._refuse(kinds.WORKBOOK_ENTITIES, part=self._name)
        if not self._is_sheet and b"sheetData" in piece:
            self._is_sheet = True
            if b":sheetData" in piece:
                self._refuse(kinds.SHEET_ADDRESSES, part=self._name)
        if self._is_sheet:
            self._at_cells(piece)
        self._is_texts = self._is_texts or b"<sst" in piece
        if self._is_texts:
            self.part.longest_text = max(self.part.longest_text, *map(len, piece.split(b"</si>")))

    def _at_cells(self, piece: bytes) -> None:
        if _STRANGE_CELL.search(piece):
            self._refuse(kinds.SHEET_ADDRESSES, part=self._name)
        cells = piece.count(b'<c r="')
        self.part.cells += cells
        if self._reaches_low or _LOW_CELL.search(piece):
            self._reaches_low = True
            self._reaches_far = self._reaches_far or _FAR_CELL.search(piece) is not None
        if self._measure:
            addresses = _ANY_CELL.findall(piece)
            if len(addresses) != cells:
                self._refuse(kinds.SHEET_ADDRESSES, part=self._name)
            farthest = {letters: max(digits, key=_as_row) for letters, digits in _by_column(addresses).items()}
            for letters, digits in farthest.items():
                self._reach(letters, digits)
        if not self.part.error_cell and b't="e"' in piece:
            self.part.error_cell = _first_address(_ERROR_CELL, piece)
        if not self.part.uncounted_formula and b"<f" in piece:
            self.part.uncounted_formula = _first_address(_UNCOUNTED_FORMULA, piece)

    def _reach(self, letters: bytes, digits: bytes) -> None:
        row = _as_row(digits)
        column = _column_number(letters)
        self._last_row, self._last_column = max(self._last_row, row), max(self._last_column, column)
        too_many = self._last_row * self._last_column > self._cells_max
        if row > SHEET_ROWS_MAX or column > COLUMNS_MAX or too_many:
            cell = (letters + digits)[:20].decode(errors="replace")
            cells = f"{self._cells_max:,}"
            limits: dict[str, Any] = {"columns": COLUMNS_MAX, "rows": f"{SHEET_ROWS_MAX:,}", "cells": cells}
            self._place = replace(self._place, sheet=_sheet_of(self._archive, self._name))
            self._refuse(kinds.SHEET_TOO_WIDE, cell=cell, **limits)

    def _refuse(self, kind: Kind, **values: Any) -> None:
        self._problems.add(kind, self._place, **values)
        raise _Refused


def _first_address(pattern: re.Pattern[bytes], piece: bytes) -> str:
    match = pattern.search(piece)
    return match[1].decode() if match else ""


def _by_column(addresses: list[tuple[bytes, bytes]]) -> dict[bytes, set[bytes]]:
    rows: dict[bytes, set[bytes]] = {}
    for letters, digits in addresses:
        rows.setdefault(letters, set()).add(digits)
    return rows


def _as_row(digits: bytes) -> int:
    return int(digits[:12])


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters[:8].upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _by_sheet_name(archive: zipfile.ZipFile, parts: dict[str, SheetPart]) -> dict[str, SheetPart]:
    # No document type is left in any part, so the standard library's parser is safe here.
    texts = [archive.read(name) for name in _NAMING_PARTS]
    return {name: parts.get(part, SheetPart()) for name, part in _parts_by_sheet_name(*texts)}


def _sheet_of(archive: zipfile.ZipFile, part: str) -> str:
    """Return the name of a part's sheet, to say it in a refusal; the part's own where that is not safe."""
    try:
        texts = []
        for name in _NAMING_PARTS:
            with archive.open(name) as stream:
                texts.append(stream.read(_NAMING_BYTES_MAX))
        # These may not have been looked through yet: one that defines texts of its own is not parsed.
        if not any(b"<!" in text for text in texts):
            return next((name for name, at in _parts_by_sheet_name(*texts) if at == part), part)
    except (KeyError, ET.ParseError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        pass
    return part


def _parts_by_sheet_name(workbook: bytes, relations: bytes) -> Iterator[tuple[str, str]]:
    targets = {link.get("Id"): link.get("Target", "") for link in ET.fromstring(relations)}  # noqa: S314
    for element in ET.fromstring(workbook).iter():  # noqa: S314
        if element.tag.rpartition("}")[2] != "sheet":
            continue
        link = next((value for key, value in element.attrib.items() if key.endswith("}id")), "")
        target = targets.get(link, "")
        yield element.get("name", ""), target.lstrip("/") if target.startswith("/") else f"xl/{target}"
