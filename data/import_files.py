"""The door for files that go into the ledger: which tables a file, workbook, JSON file or folder holds."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data import import_kinds as more_kinds
from data import problem_kinds as kinds
from data.case_csv import read_csv_table
from data.columns import OTHER_TABLES, POLICY_SHEET_NAMES
from data.import_columns import IMPORT_TABLES, KINDS_IN_ORDER
from data.nearest import nearest
from data.os_reasons import reason_of
from data.policy_file import policy_key, policy_values_of_sheets, read_policy_toml
from data.policy_places import PolicyPlaces, places_in_sheets
from data.problems import Place, ProblemList
from data.raw_table import RawTable

__all__ = ["UPLOAD_KINDS", "PolicyRead", "Upload", "kind_named", "read_upload"]

UPLOAD_KINDS = KINDS_IN_ORDER
"""What `--as` may say."""

_ZH = {spec.zh: name for name, spec in IMPORT_TABLES.items()}
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

    `digest`: the SHA-256 of its bytes, in hex.
    """

    name: str
    digest: str
    tables: dict[str, RawTable | None]
    policy: PolicyRead | None = None

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


def read_upload(path: Path, kind: str | None, problems: ProblemList) -> Upload | None:
    """Return what a file or folder holds, or None after a problem. `kind`: what `--as` said."""
    place = Place(file=path.name or str(path))
    try:
        if not path.exists():
            problems.add(more_kinds.UPLOAD_MISSING, Place(file=str(path)))
            return None
        if path.is_dir():
            return _folder(path, problems)
        digest = _digest([path])
    except OSError as fault:
        problems.add(kinds.FILE_UNREADABLE, place, reason=reason_of(fault))
        return None
    return _file(path, kind, digest, problems)


def _file(path: Path, kind: str | None, digest: str, problems: ProblemList) -> Upload | None:
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
    return reader(path, kind, digest, problems)


def _digest(files: list[Path]) -> str:
    found = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            found.update(hashlib.file_digest(stream, "sha256").digest())
    return found.hexdigest()


def _json(path: Path, kind: str | None, digest: str, problems: ProblemList) -> Upload | None:
    from data.import_json import read_json_tables

    tables = read_json_tables(path, kind or kind_named(path.stem), problems)
    return None if tables is None else Upload(path.name, digest, tables)


def _csv(path: Path, kind: str | None, digest: str, problems: ProblemList) -> Upload | None:
    kind = kind or kind_named(path.stem)
    if kind is None:
        problems.add(more_kinds.UPLOAD_KIND, Place(file=path.name), found=path.stem, kinds=list(IMPORT_TABLES))
        return None
    return Upload(path.name, digest, {kind: read_csv_table(path, IMPORT_TABLES[kind], problems)})


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
    return Upload(folder.name, _digest(used), tables, read)


def _report_twice(kind: str, first: str, second: str, file: str, problems: ProblemList) -> None:
    problems.add(kinds.TABLE_TWICE, Place(file=file), table=kind, first=first, second=second)


def _exactly(name: str) -> str | None:
    folded = name.strip().casefold()
    return _ZH.get(folded) or (folded if folded in IMPORT_TABLES else None)


def _notice_unknown(name: str, ending: str, file: str, problems: ProblemList) -> None:
    """Say which files or sheets are not read; those of other parts of a case are known and passed over."""
    if name.casefold() in (*OTHER_TABLES, *OTHER_TABLES.values(), *POLICY_SHEET_NAMES, *_LADDER_SHEETS):
        return
    near = nearest(name, [*IMPORT_TABLES, *_ZH])
    if near:
        problems.notice(kinds.FILE_UNKNOWN, Place(file=file), found=name + ending, near=near + ending)
    else:
        problems.notice(kinds.FILE_UNKNOWN_FAR, Place(file=file), found=name + ending)


def _workbook(path: Path, kind: str | None, digest: str, problems: ProblemList) -> Upload | None:
    from data.case_workbook import Workbook, open_workbook  # not needed for other files

    workbook: Workbook | None = open_workbook(path, problems)
    if workbook is None:
        return None
    sheets = workbook.sheets_with_cells()
    if kind is not None:
        meant = [name for name in sheets if kind_named(name) == kind] or sheets
        if len(meant) != 1:
            problems.add(more_kinds.UPLOAD_AS_MANY, Place(file=path.name), sheets=sheets, due=kind)
            return None
        return Upload(path.name, digest, {kind: workbook.table(meant[0], IMPORT_TABLES[kind], problems)})
    tables: dict[str, RawTable | None] = {}
    first: dict[str, str] = {}
    for name in sheets:
        held = kind_named(name)
        if held is None:
            _notice_unknown(name, "", path.name, problems)
        elif held in tables:
            _report_twice(held, first[held], name, path.name, problems)
        else:
            first[held] = name
            tables[held] = workbook.table(name, IMPORT_TABLES[held], problems)
    policy = _policy_sheets(workbook, path.name, problems)
    if not tables and policy is None:
        problems.add(more_kinds.UPLOAD_EMPTY, Place(file=path.name), kinds=list(IMPORT_TABLES))
        return None
    return Upload(path.name, digest, tables, policy)


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
}
"""What reads a file, by its ending."""
