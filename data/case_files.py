"""The door in: read a case from a folder of CSV files or from one workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from allocator.case import Case
from allocator.policy import Policy
from data import problem_kinds as kinds
from data.case_checks import (
    check_policy,
    check_repeats,
    check_rungs_say,
    check_tiers,
    check_weights,
    notice_doubts,
)
from data.case_csv import read_csv_table
from data.case_tables import case_tables
from data.columns import OTHER_TABLES, POLICY_SHEET_NAMES, TABLES, TABLES_OF_PLAN, TableSpec
from data.nearest import nearest
from data.need_keys import NEED_KEYS
from data.os_reasons import reason_of
from data.planning_columns import HISTORY
from data.policy_file import POLICY_FILE, policy_key, policy_values_of_sheets, read_policy_toml
from data.policy_places import PolicyPlaces, places_in_sheets
from data.policy_values import policy_from
from data.problems import CaseUnreadable, Notice, Place, ProblemList
from data.raw_table import RawTable

__all__ = ["CaseUnreadable", "Files", "ReadCase", "case_of", "find_files", "read_case"]

_PLAN_MARKS = ("pairs.csv", "lines.csv", "proof.json")


@dataclass(frozen=True)
class ReadCase:
    """A case as read, and what a reader of it should know."""

    case: Case
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class Files:
    """What was found: raw tables (None where unreadable), the policy's plain values and their places."""

    raw: dict[str, RawTable | None]
    policy: dict[str, Any] | None
    places: PolicyPlaces


def read_case(path: Path) -> ReadCase:
    """Read a case folder or workbook.

    Raises `CaseUnreadable` with everything that is wrong in every table.
    """
    problems = ProblemList()
    files = find_files(path, TABLES_OF_PLAN, problems)
    case = None if files is None else case_of(files, problems)
    if case is None:
        raise CaseUnreadable(problems.problems, problems.notices)
    return ReadCase(case, tuple(problems.notices))


def find_files(path: Path, specs: Sequence[TableSpec], problems: ProblemList) -> Files | None:
    """Return the tables of a case folder or workbook, of these kinds; None where it cannot be looked into."""
    try:
        return _found(Path(path), specs, problems)
    except OSError as fault:
        # Files are opened with care one by one; what is left is a folder that may not be looked into.
        problems.add(kinds.FILE_UNREADABLE, Place(file=str(path)), reason=reason_of(fault))
        return None


def case_of(files: Files, problems: ProblemList) -> Case | None:
    """Return the case that some files are; None after any problem in them, which is added to the others."""
    tables = case_tables(files.raw, problems)
    raw = {name: table for name, table in files.raw.items() if table is not None}
    check_repeats(tables, raw, problems)
    read = None if files.policy is None else policy_from(files.policy, files.places, problems)
    policy: Policy | None = None
    unread = [] if files.policy is None else [key for key in NEED_KEYS if key in files.policy]
    if unread:
        # The needs of a case are what its table says.
        problems.notice(kinds.NEED_RULES_UNREAD, files.places.of(unread[0]), rules=unread)
    if read is not None:
        policy, unsaid = read
        if "items" in raw and "sites" in raw:
            check_rungs_say(unsaid, tables, files.places, problems)
            check_policy(policy, tables, files.places, problems)
            check_tiers(policy, tables, raw, problems)
            check_weights(policy, tables, raw, problems)
    if problems or policy is None:
        return None
    notice_doubts(policy, tables, raw, problems)
    columns = {field.name: getattr(tables, field.name) for field in fields(tables)}
    return Case.canonical(policy=policy, **columns)


def _found(path: Path, specs: Sequence[TableSpec], problems: ProblemList) -> Files | None:
    place = Place(file=path.name or str(path))
    if path.is_dir():
        return _folder(path, specs, problems)
    if not path.exists():
        problems.add(kinds.CASE_MISSING, Place(file=str(path)))
        return None
    if path.suffix.lower() not in (".xlsx", ".xlsm", ".xls"):
        problems.add(kinds.CASE_FORM, place)
        return None
    return _workbook(path, specs, problems)


def _folder(folder: Path, specs: Sequence[TableSpec], problems: ProblemList) -> Files | None:
    files = [file for file in sorted(folder.iterdir()) if file.suffix.lower() == ".csv"]
    named = {spec.name: [file for file in files if file.stem.casefold() in (spec.name, spec.zh)] for spec in specs}
    policy_path = folder / POLICY_FILE
    if not any(named.values()) and not policy_path.exists():
        if all((folder / name).exists() for name in _PLAN_MARKS):
            place = Place(file=folder.name or str(folder))
            problems.add(kinds.CASE_IS_PLAN, place, found=list(_PLAN_MARKS))
            return None
        needed = [f"{spec.name}.csv" for spec in TABLES_OF_PLAN if spec.required]
        problems.add(kinds.CASE_EMPTY, Place(file=folder.name or str(folder)), tables=[*needed, POLICY_FILE])
        return None
    read: dict[str, RawTable | None] = {}
    for spec in specs:
        found = named[spec.name]
        if len(found) > 1:
            _report_two(spec, found[0].name, found[1].name, folder.name, problems)
            read[spec.name] = None
        elif found:
            read[spec.name] = read_csv_table(found[0], spec, problems)
        elif spec.required:
            _report_missing(spec, f"{spec.name}.csv", problems)
    _report_unknown([file.stem for file in files], ".csv", folder.name, problems)
    policy, places = None, PolicyPlaces(Place(file=POLICY_FILE))
    if policy_path.exists():
        policy, places = read_policy_toml(policy_path, problems)
    else:
        problems.add(kinds.POLICY_MISSING, Place(file=folder.name), file=POLICY_FILE)
    _report_no_rows(read, problems)
    return Files(read, policy, places)


def _workbook(path: Path, specs: Sequence[TableSpec], problems: ProblemList) -> Files | None:
    from data.case_workbook import open_workbook  # not needed for folders

    workbook = open_workbook(path, problems)
    if workbook is None:
        return None
    read: dict[str, RawTable | None] = {}
    for spec in (*specs, TABLES["ladder"]):
        found = [name for name in workbook.sheets if name in (spec.name, spec.zh, spec.sheet_name)]
        if len(found) > 1:
            _report_two(spec, found[0], found[1], path.name, problems)
            read[spec.name] = None
        elif found:
            read[spec.name] = workbook.table(found[0], spec, problems)
        elif spec.required:
            _report_missing(spec, path.name, problems)
    _report_unknown(workbook.sheets_with_cells(), "", path.name, problems)
    ladder = read.pop("ladder", None)
    sheet = next((name for name in workbook.sheets if name in POLICY_SHEET_NAMES), None)
    _report_no_rows(read, problems)
    if sheet is None:
        problems.add(kinds.POLICY_MISSING, Place(file=path.name), file="policy")
        return Files(read, None, PolicyPlaces(Place(file=path.name)))
    whole = Place(file=path.name, sheet=sheet)
    rows = workbook.key_values(sheet, problems)
    if rows is None:
        return Files(read, None, PolicyPlaces(whole))
    rungs = [] if ladder is None else list(_rungs(ladder))
    values = policy_values_of_sheets([row[:2] for row in rows], rungs)
    places = places_in_sheets([(policy_key(key), number) for key, _, number in rows], whole, ladder)
    return Files(read, values, places)


def _rungs(ladder: RawTable) -> Iterator[dict[str, str]]:
    for row in range(ladder.rows):
        yield {name: column.text_at(row) for name, column in ladder.columns.items()}


def _report_two(spec: TableSpec, first: str, second: str, file: str, problems: ProblemList) -> None:
    problems.add(kinds.TABLE_TWICE, Place(file=file), table=spec.name, first=first, second=second)


def _report_missing(spec: TableSpec, file: str, problems: ProblemList) -> None:
    required = [column.name for column in spec.columns if column.required]
    place = Place(file=file)
    problems.add(kinds.TABLE_MISSING, place, table=spec.name, table_zh=spec.zh, columns=required)


def _report_no_rows(read: dict[str, RawTable | None], problems: ProblemList) -> None:
    # A case may need nothing, hold nothing or reach nothing; but without items and sites it is none.
    for name in ("items", "sites"):
        table = read.get(name)
        if table is not None and not table.rows:
            problems.add(kinds.TABLE_EMPTY, table.place(), table=name)


def _report_unknown(names: list[str], ending: str, file: str, problems: ProblemList) -> None:
    known = [name for spec in TABLES.values() for name in (spec.name, spec.zh)]
    known += [*OTHER_TABLES, *OTHER_TABLES.values(), *POLICY_SHEET_NAMES, HISTORY.sheet_name]
    for name in names:
        if name.casefold() not in known:
            near = nearest(name, known)
            if near:
                problems.notice(kinds.FILE_UNKNOWN, Place(file=file), found=name + ending, near=near + ending)
            else:
                problems.notice(kinds.FILE_UNKNOWN_FAR, Place(file=file), found=name + ending)
