"""The door for files that go into the ledger: which tables a file, workbook, JSON file or folder holds."""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.sentence import Named
from data import import_kinds as more_kinds
from data import problem_kinds as kinds
from data.case_csv import read_csv_table
from data.columns import OTHER_TABLES, POLICY_SHEET_NAMES, TableSpec
from data.header_match import ToldHeaders, matches
from data.header_words import read_header_words
from data.import_columns import IMPORT_TABLES, KINDS_IN_ORDER
from data.nearest import nearest
from data.os_reasons import reason_of
from data.policy_file import policy_key, policy_values_of_sheets, read_policy_toml
from data.policy_places import PolicyPlaces, places_in_sheets
from data.problems import Place, ProblemList
from data.raw_table import COLUMNS_MAX, RawTable
from data.sheet_cells import SheetCells, cells_of_csv
from data.sheet_header import Readers
from data.sheet_reading import SheetRead, guess_kind, read_sheet, sheet_of_table
from data.workbook_caps import IMPORT_CELLS_MAX
from models.plain_files import refuse_devices

if TYPE_CHECKING:
    from data.case_workbook import Workbook

__all__ = ["PolicyRead", "Upload", "kind_named", "plain_readers", "read_upload"]

_ZH = {other: name for name, spec in IMPORT_TABLES.items() for other in (spec.zh, spec.sheet) if other}
_TOO_MUCH = (kinds.FILE_TOO_LARGE, kinds.TOO_MANY_COLUMNS, kinds.TOO_MANY_ROWS)
_LADDER_SHEETS = ("ladder", "阶梯")


@dataclass(frozen=True)
class PolicyRead:
    """A policy as it was read: its plain values, where they stand, and the file it is the text of."""

    values: dict[str, Any]
    places: PolicyPlaces
    file: Path | None


@dataclass(frozen=True)
class Upload:
    """What one file or folder holds: tables by kind (None where one could not be read), and a policy.

    `digest`: the SHA-256 of its bytes, in hex. `reads`: how each table of a sheet or CSV file was read.
    """

    name: str
    digest: str
    tables: dict[str, RawTable | None]
    policy: PolicyRead | None = None
    reads: dict[str, SheetRead] = field(default_factory=dict)

    @property
    def rank(self) -> int:
        """Return the place of its first kind in the order in which kinds are taken in."""
        held = [*self.tables, *(["policy"] if self.policy else [])]
        return min((KINDS_IN_ORDER.index(kind) for kind in held), default=len(KINDS_IN_ORDER))


def kind_named(name: str) -> str | None:
    """Return the kind a file's or sheet's name says, English or Chinese; more may follow after it.

    >>> kind_named("receipts"), kind_named("入库2020-02-10"), kind_named("Counts_D1"), kind_named("issuesheet")
    ('receipts', 'receipts', 'counts', None)
    """
    folded = name.strip().casefold()
    for known in sorted([*IMPORT_TABLES, *_ZH], key=len, reverse=True):
        rest = folded.removeprefix(known)
        if folded.startswith(known) and not (known.isascii() and re.match("[a-z]", rest)):
            return _ZH.get(known, known)
    return None


@cache
def plain_readers() -> Readers:
    """Return what headers are read with where nothing was said of them: the shipped words."""
    return Readers(read_header_words(), ToldHeaders())


def read_upload(path: Path, kind: str | None, problems: ProblemList, readers: Readers | None = None) -> Upload | None:
    """Return what a file or folder holds, or None after a problem. `kind`: what `--as` said."""
    place = Place(file=path.name or str(path))
    try:
        if not path.exists():
            problems.add(more_kinds.UPLOAD_MISSING, Place(file=str(path)))
            return None
        refuse_devices(path)
        if path.is_dir():
            return _folder(path, problems)
        digest = _digest([path])
    except OSError as fault:
        problems.add(kinds.FILE_UNREADABLE, place, reason=reason_of(fault))
        return None
    return _file(path, kind, digest, problems, readers or plain_readers())


def _file(path: Path, kind: str | None, digest: str, problems: ProblemList, readers: Readers) -> Upload | None:
    ending = path.suffix.lower()
    if ending == ".toml" and kind in (None, "policy"):
        return Upload(path.name, digest, {}, _policy_toml(path, problems))
    if kind == "policy":
        problems.add(more_kinds.UPLOAD_AS_POLICY, Place(file=path.name))
        return None
    reader = _READERS.get(ending)
    if reader is None:
        problems.add(more_kinds.UPLOAD_FORM, Place(file=path.name))
        return None
    return reader(path, kind, digest, problems, readers)


def _digest(files: list[Path]) -> str:
    found = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            found.update(hashlib.file_digest(stream, "sha256").digest())
    return found.hexdigest()


def _json(path: Path, kind: str | None, digest: str, problems: ProblemList, _readers: Readers) -> Upload | None:
    from data.import_json import read_json_tables

    tables = read_json_tables(path, kind or kind_named(path.stem), problems)
    return None if tables is None else Upload(path.name, digest, tables)


def _csv(path: Path, kind: str | None, digest: str, problems: ProblemList, readers: Readers) -> Upload | None:
    """Read a CSV file: quickly where its headers are ours, else as the rows of a sheet."""
    kind = kind or kind_named(path.stem)
    if kind is not None and (readers.told.told or not _is_plain(path, IMPORT_TABLES[kind], readers)):
        tried = ProblemList()
        cells = cells_of_csv(path, tried)
        if any(each.kind in _TOO_MUCH for each in tried.problems):
            problems.extend(tried)
            return None
        # What cannot be parted into cells is told better by the quick reader.
        if cells is not None and len(cells.rows[0]) > 1:
            read = read_sheet(cells, kind, readers, tried)
            problems.extend(tried)
            return _of_reads(path.name, digest, {kind: read})
    if kind is not None:
        table = read_csv_table(path, IMPORT_TABLES[kind], problems)
        reads = {} if table is None else {kind: sheet_of_table(kind, table, 1)}
        return Upload(path.name, digest, {kind: table}, reads=reads)
    cells = cells_of_csv(path, problems)
    if cells is None:
        return None
    read = _guessed(cells, path.stem, readers, problems)
    if read is None and not problems:
        problems.add(more_kinds.UPLOAD_KIND, Place(file=path.name), found=path.stem, kinds=list(IMPORT_TABLES))
    return None if read is None else Upload(path.name, digest, {read.kind: read.table}, reads={read.kind: read})


def _is_plain(path: Path, spec: TableSpec, readers: Readers) -> bool:
    """Say whether the first line of a CSV file has what is due under its own name, and words for nothing else."""
    with path.open("rb") as file:
        head = file.readline(1 << 20)
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = head.decode("gb18030", errors="ignore")
    try:
        headers = next(csv.reader([text.rstrip("\r\n")]), [])
    except csv.Error:
        return False
    if len(headers) > COLUMNS_MAX:
        return True  # refused as it stands; to look for what each of a million means would take long
    found = matches(spec, headers, readers.words, readers.told)
    there = {match.column.name for match in found if match.how == "name"}
    due = {column.name for column in spec.columns if column.required}
    return due <= there <= set(spec.by_name) and len(there) == len(found)


def _guessed(cells: SheetCells, name: str, readers: Readers, problems: ProblemList) -> SheetRead | None:
    """Read a sheet whose name says no kind; None where nobody can say which it is."""
    kind = guess_kind(cells, name, readers, problems)
    if kind is None and not problems:
        spoken_of = readers.words.kinds_in(name)
        kind = next(iter(spoken_of)) if len(spoken_of) == 1 else None
    if kind is None:
        return None
    read = read_sheet(cells, kind, readers, problems, guessed=True)
    if read is not None:
        table = IMPORT_TABLES[kind]
        problems.notice(more_kinds.KIND_GUESSED, cells.place, table=Named(kind, kind, table.zh))
    return read


def _policy_toml(path: Path, problems: ProblemList) -> PolicyRead | None:
    values, places = read_policy_toml(path, problems)
    return None if values is None else PolicyRead(values, places, path)


def _folder(folder: Path, problems: ProblemList) -> Upload | None:
    files = [file for file in sorted(folder.iterdir()) if file.suffix.lower() == ".csv"]
    named = {file: _exactly(file.stem) for file in files}
    policy = folder / "policy.toml"
    used = [file for file, kind in named.items() if kind] + ([policy] if policy.exists() else [])
    tables: dict[str, RawTable | None] = {}
    first: dict[str, str] = {}
    for file, kind in named.items():
        if kind is None:
            _notice_unknown(file.stem, ".csv", folder.name, problems)
        elif kind in tables:
            _report_twice(kind, first[kind], file.name, folder.name, problems)
        else:
            first[kind] = file.name
            tables[kind] = read_csv_table(file, IMPORT_TABLES[kind], problems)
    if not used:
        problems.add(more_kinds.UPLOAD_EMPTY, Place(file=folder.name), kinds=list(IMPORT_TABLES))
        return None
    read = _policy_toml(policy, problems) if policy.exists() else None
    # What is no file is a problem already, and a pipe would be waited for.
    return Upload(folder.name, _digest([file for file in used if file.is_file()]), tables, read)


def _report_twice(kind: str, first: str, second: str, file: str, problems: ProblemList) -> None:
    problems.add(kinds.TABLE_TWICE, Place(file=file), table=kind, first=first, second=second)


def _exactly(name: str) -> str | None:
    folded = name.strip().casefold()
    return _ZH.get(folded) or (folded if folded in IMPORT_TABLES else None)


def _is_of_a_case(name: str) -> bool:
    return name.casefold() in (*OTHER_TABLES, *OTHER_TABLES.values(), *POLICY_SHEET_NAMES, *_LADDER_SHEETS)


def _notice_unknown(name: str, ending: str, file: str, problems: ProblemList) -> None:
    """Say which files or sheets are not read; those of other parts of a case are known and passed over."""
    if _is_of_a_case(name):
        return
    near = nearest(name, [*IMPORT_TABLES, *_ZH])
    if near:
        problems.notice(kinds.FILE_UNKNOWN, Place(file=file), found=name + ending, near=near + ending)
    else:
        problems.notice(kinds.FILE_UNKNOWN_FAR, Place(file=file), found=name + ending)


def _workbook(path: Path, kind: str | None, digest: str, problems: ProblemList, readers: Readers) -> Upload | None:
    from data.case_workbook import open_workbook  # not needed for other files
    from data.template_reading import is_template, template_table

    workbook = open_workbook(path, problems, cells_max=IMPORT_CELLS_MAX)
    if workbook is None:
        return None
    if is_template(workbook):
        return _template(template_table(workbook, kind, problems), path, digest)
    return _sheets(workbook, path, kind, digest, problems, readers)


def _sheets(
    workbook: Workbook, path: Path, kind: str | None, digest: str, problems: ProblemList, readers: Readers
) -> Upload | None:
    """Read the sheets of a workbook that people made: what `--as` says, what their names say, what can be guessed."""
    if kind is not None:
        return _workbook_as(workbook, kind, digest, readers, problems)
    sheets = workbook.sheets_with_cells()
    named = {name: held for name in sheets if (held := kind_named(name)) is not None}
    reads = _named_sheets(workbook, named, readers, problems)
    if not named and len(sheets) == 1 and (held := kind_named(path.stem)) is not None:
        reads = _named_sheets(workbook, {sheets[0]: held}, readers, problems)
        return _of_reads(path.name, digest, reads)
    policy = _policy_sheets(workbook, path.name, problems)
    others = [name for name in sheets if name not in named and not _is_of_a_case(name)]
    if reads or policy is not None:
        for name in others:
            _notice_unknown(name, "", path.name, problems)
        return _of_reads(path.name, digest, reads, policy)
    reads = _guessed_sheets(workbook, others, path, readers, problems)
    if reads:
        return _of_reads(path.name, digest, reads)
    if not problems:
        problems.add(more_kinds.UPLOAD_EMPTY, Place(file=path.name), kinds=list(IMPORT_TABLES))
    return None


def _template(found: tuple[str, RawTable | None] | None, path: Path, digest: str) -> Upload | None:
    """Return what a filled template holds, None where its mark tells nothing."""
    if found is None:
        return None
    kind, table = found
    reads = {} if table is None else {kind: sheet_of_table(kind, table, 1)}
    return Upload(path.name, digest, {kind: table}, reads=reads)


def _workbook_as(workbook: Any, kind: str, digest: str, readers: Readers, problems: ProblemList) -> Upload | None:
    """Read the one sheet of a workbook of which `--as` speaks."""
    sheets = workbook.sheets_with_cells()
    meant = [name for name in sheets if kind_named(name) == kind] or sheets
    if len(meant) != 1:
        problems.add(more_kinds.UPLOAD_AS_MANY, Place(file=workbook.file), sheets=sheets, due=kind)
        return None
    return _of_reads(workbook.file, digest, {kind: _sheet(workbook, meant[0], kind, readers, problems)})


def _named_sheets(
    workbook: Any, named: dict[str, str], readers: Readers, problems: ProblemList
) -> dict[str, SheetRead | None]:
    """Read the sheets that say by their names what they hold."""
    reads: dict[str, SheetRead | None] = {}
    first: dict[str, str] = {}
    for name, held in named.items():
        if held in reads:
            _report_twice(held, first[held], name, workbook.file, problems)
        else:
            first[held] = name
            reads[held] = _sheet(workbook, name, held, readers, problems)
    return reads


def _of_reads(name: str, digest: str, reads: dict[str, SheetRead | None], policy: PolicyRead | None = None) -> Upload:
    tables = {kind: None if read is None else read.table for kind, read in reads.items()}
    return Upload(name, digest, tables, policy, {kind: read for kind, read in reads.items() if read is not None})


def _sheet(workbook: Any, name: str, kind: str, readers: Readers, problems: ProblemList) -> SheetRead | None:
    cells: SheetCells | None = workbook.cells(name, problems)
    return None if cells is None else read_sheet(cells, kind, readers, problems)


def _guessed_sheets(
    workbook: Any, sheets: list[str], path: Path, readers: Readers, problems: ProblemList
) -> dict[str, SheetRead | None]:
    """Return what the sheets of a workbook hold whose names say nothing."""
    reads: dict[str, SheetRead | None] = {}
    for name in sheets:
        cells = workbook.cells(name, problems)
        own = f"{path.stem} {name}" if len(sheets) == 1 else name
        read = None if cells is None else _guessed(cells, own, readers, problems)
        if read is not None and read.kind in reads:
            _report_twice(read.kind, "", name, path.name, problems)
        elif read is not None:
            reads[read.kind] = read
        elif not problems:
            _notice_unknown(name, "", path.name, problems)
    return reads


def _policy_sheets(workbook: Any, file: str, problems: ProblemList) -> PolicyRead | None:
    from data.columns import LADDER

    sheet = next((name for name in workbook.sheets if name in POLICY_SHEET_NAMES), None)
    rows = None if sheet is None else workbook.key_values(sheet, problems)
    if sheet is None or rows is None:
        return None
    found = next((name for name in workbook.sheets if name in _LADDER_SHEETS), None)
    ladder = None if found is None else workbook.table(found, LADDER, problems)
    rungs = [] if ladder is None else [_row(ladder, row) for row in range(ladder.rows)]
    whole = Place(file=file, sheet=sheet)
    places = places_in_sheets([(policy_key(key), number) for key, _, number in rows], whole, ladder)
    return PolicyRead(policy_values_of_sheets([row[:2] for row in rows], rungs), places, None)


def _row(ladder: RawTable, row: int) -> dict[str, str]:
    return {name: column.text_at(row) for name, column in ladder.columns.items()}


_READERS = {
    ".csv": _csv,
    ".txt": _csv,
    ".json": _json,
    ".xlsx": _workbook,
    ".xlsm": _workbook,
    ".xls": _workbook,
    ".et": _workbook,
}
"""What reads a file, by its ending."""
