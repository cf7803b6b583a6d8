"""Read one CSV file of a case: its encoding, its shape, its columns as texts.

Every column is read dictionary-encoded, so that ten million rows cost a few bytes each and every
distinct text is looked at once.
"""

from __future__ import annotations

import codecs
import csv
import io
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from allocator.sentence import Sentence, say
from data import problem_kinds as kinds
from data.columns import TableSpec
from data.csv_text import meant_texts
from data.os_reasons import reason_of
from data.problems import MANY_MORE, SHOWN_PER_KIND, Kind, Place, ProblemList
from data.raw_table import ROWS_MAX, RawTable, match_headers, raw_column
from models.plain_files import refuse_devices

__all__ = ["CSV_BYTES_MAX", "read_csv_table", "read_text"]

CSV_BYTES_MAX = 2_000_000_000
"""Bytes a CSV file may have."""

_BLOCK_BYTES = 16 << 20
_ENCODING_MARKS = (
    (codecs.BOM_UTF8, "utf-8", say("UTF-8 with a byte-order mark")),
    (codecs.BOM_UTF16_LE, "utf-16-le", say("UTF-16")),
    (codecs.BOM_UTF16_BE, "utf-16-be", say("UTF-16")),
)
_WORKBOOK_MARKS = (b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1"))
_SEPARATORS = {
    ";": say("semicolons"),
    "\t": say("tabs"),
    "|": say("vertical bars"),
    "，": say("full-width commas"),
    "；": say("full-width semicolons"),
}


def read_text(
    path: Path, problems: ProblemList, *, bytes_max: int = CSV_BYTES_MAX, empty: Kind = kinds.FILE_EMPTY
) -> bytes | None:
    """Return a text file's content as UTF-8, or None after a problem; says which encoding was found.

    `empty`: what to report where nothing is in the file.
    """
    place = Place(file=path.name)
    try:
        size = refuse_devices(path)
        if size > bytes_max:
            problems.add(kinds.FILE_TOO_LARGE, place, found=f"{size:,}", limit=f"{bytes_max:,}")
            return None
        content = path.read_bytes()
    except OSError as fault:
        problems.add(kinds.FILE_UNREADABLE, place, reason=reason_of(fault))
        return None
    # Stripping copies the whole, so the head is asked first.
    if not content[:4096].strip() and not content.strip():
        problems.add(empty, place)
        return None
    if content.startswith(_WORKBOOK_MARKS):
        problems.add(kinds.FILE_IS_WORKBOOK, place, ending=path.suffix)
        return None
    return _as_utf8(content, place, problems)


def _as_utf8(content: bytes, place: Place, problems: ProblemList) -> bytes | None:
    encoding, name, start = "utf-8", say("UTF-8"), 0
    for mark, marked_encoding, marked_name in _ENCODING_MARKS:
        if content.startswith(mark):
            encoding, name, start = marked_encoding, marked_name, len(mark)
    if encoding == "utf-8":
        position = content.find(b"\0")
        if position >= 0:
            problems.add(kinds.NUL_BYTES, place, position=position + 1)
            return None
    fault = _first_fault(content, encoding)
    unmarked = encoding == "utf-8" and not start
    if fault is not None and unmarked and _first_fault(content, "gb18030") is None:
        encoding, name, fault = "gb18030", Sentence("GB18030"), None
    if fault is not None:
        problems.add(kinds.ENCODING, place, position=fault + 1)
        return None
    problems.notice(kinds.READ_AS, place, warns=False, encoding=name)
    if encoding == "utf-8":
        return content[start:]  # bytes are not copied where start is 0
    return content[start:].decode(encoding).encode()


def _first_fault(content: bytes, encoding: str) -> int | None:
    """Return the position of the first byte that is no text in an encoding, or None.

    In blocks, because a decoded copy of the whole may be several times as large as the file.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(content), _BLOCK_BYTES):
        end = start + _BLOCK_BYTES
        try:
            decoder.decode(content[start:end], final=end >= len(content))
        except UnicodeDecodeError as fault:
            return start + fault.start
    return None


class _Rows:
    """Where the rows of a CSV file stand, counted as a spreadsheet counts them (1 is the header)."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self.skipped: list[int] = []  # records left out because their number of cells is wrong

    def number(self, row: int) -> int:
        """Return the row number of the row that was read as number `row`, from 0."""
        record = row + 2
        while True:
            shifted = row + 2 + bisect_right(self.skipped, record)
            if shifted == record:
                return self.of_record(record)
            record = shifted

    def of_record(self, record: int) -> int:
        """Return the row number of a record; records do not count blank lines, rows do."""
        lines = self._record_rows
        return lines[record - 1] if lines else record

    @cached_property
    def _record_rows(self) -> list[int]:
        content = self._text
        ends = (b"\n\n", b"\r\n\r\n", b"\r\r")
        if not content.startswith((b"\n", b"\r")) and not any(end in content for end in ends):
            return []
        rows = csv.reader(io.StringIO(content.decode(), newline=""))
        return [number for number, cells in enumerate(rows, start=1) if cells]


def _header(text: bytes) -> list[str]:
    head = text[: 1 << 20].decode(errors="ignore")
    return next((cells for cells in csv.reader(io.StringIO(head, newline="")) if cells), [])


def _shape_fault(headers: list[str], text: bytes, place: Place, problems: ProblemList) -> bool:
    """Report a wrong separator or an open quotation mark; True where the rows cannot be read."""
    if len(headers) == 1:
        for separator, found in _SEPARATORS.items():
            if separator in headers[0]:
                problems.add(kinds.DELIMITER, place, found=found)
                return True
    if text.count(b'"') % 2:
        lines = text.split(b"\n")
        odd = next(number for number, line in enumerate(lines, start=1) if line.count(b'"') % 2)
        problems.add(kinds.QUOTE_OPEN, Place(file=place.file, row=odd))
        return True
    return False


def _parsed(text: bytes, names: list[str], wanted: list[str], ragged: Callable[[pa_csv.InvalidRow], str]) -> pa.Table:
    code = pa.dictionary(pa.int32(), pa.string())
    quoted = b'"' in text
    return pa_csv.read_csv(
        pa.BufferReader(text),
        read_options=pa_csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
        parse_options=pa_csv.ParseOptions(newlines_in_values=quoted, invalid_row_handler=ragged),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, code),
            include_columns=wanted,
            # Only nothing is nothing: "NA" may be somebody's code.
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            check_utf8=False,
        ),
    )


def _meant(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column without the ' that keeps spreadsheets from working its texts out."""
    chunks = [
        pa.DictionaryArray.from_arrays(chunk.indices, meant_texts(chunk.dictionary)) if len(chunk.dictionary) else chunk
        for chunk in cells.chunks
    ]
    return pa.chunked_array(chunks, cells.type)


def _report_ragged(ragged: list[tuple[int, int, int]], rows: _Rows, place: Place, problems: ProblemList) -> None:
    """Report rows (record, cells found, cells due) that are too short or too long, those alike as one."""
    alike: dict[tuple[int, int], list[int]] = {}
    for record, found, due in ragged:
        alike.setdefault((found, due), []).append(record)
    if problems.every:
        for record, found, due in ragged:
            problems.add(kinds.ROW_RAGGED, Place(file=place.file, row=rows.of_record(record)), found=found, due=due)
        return
    for (found, due), records in list(alike.items())[:SHOWN_PER_KIND]:
        first = Place(file=place.file, row=rows.of_record(records[0]))
        problems.add(kinds.ROW_RAGGED, first, more=len(records) - 1, found=found, due=due)
    rest = sum(map(len, list(alike.values())[SHOWN_PER_KIND:]))
    if rest:
        problems.add(MANY_MORE, place, count=rest)


def read_csv_table(path: Path, spec: TableSpec, problems: ProblemList) -> RawTable | None:
    """Read one table; None where it could not be read at all (its problems say why)."""
    place = Place(file=path.name)
    text = read_text(path, problems)
    if text is None:
        return None
    headers = _header(text)
    if _shape_fault(headers, text, place, problems):
        return None
    matched = match_headers(spec, headers, place, problems)
    if matched is None:
        return None
    rows = _Rows(text)
    ragged: list[tuple[int, int, int]] = []

    def skip(row: pa_csv.InvalidRow) -> str:
        ragged.append((row.number, row.actual_columns, row.expected_columns))
        return "skip"

    try:
        table = _parsed(text, headers, [headers[position] for position in matched], skip)
    except pa.ArrowInvalid as fault:
        problems.add(kinds.CSV_BROKEN, place, reason=str(fault).splitlines()[0][:200])
        return None
    if table.num_rows > ROWS_MAX:
        problems.add(kinds.TOO_MANY_ROWS, place, found=f"{table.num_rows:,}", limit=f"{ROWS_MAX:,}")
        return None
    rows.skipped = [number for number, _, _ in ragged]
    _report_ragged(ragged, rows, place, problems)
    columns = {
        column.name: raw_column(column, headers[position].strip(), "", _meant(table.column(headers[position])))
        for position, column in matched.items()
    }
    return RawTable(spec, path.name, "", columns, table.num_rows, rows.number).without_blank_rows()
