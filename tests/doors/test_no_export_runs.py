"""No file that the program writes holds a text that a spreadsheet works out: every command and page that writes one.

What writes files is found in the program itself; a new command or page needs an example below.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import click
import openpyxl
import pytest
import xlsxwriter
from browser import PASSWORD, Browser, served_at
from docs_scripts import ROOT, loaded
from formula_ledger import TYPED, formula_ledger
from two_areas import at_desk

from benchmarks.hostile_commands import commands
from web.saved_tables import TYPES

GETS = [path for method, path, _ in loaded(ROOT / "docs" / "write_rights.py").routes_asked() if method == "GET"]
SAVED = [path for path in GETS if "{ending}" in path]
ENDINGS = (".xlsx", ".csv", ".zip", "")
OWN = re.compile(r"=([A-Z]+[0-9]+|SUM\([A-Z]+[0-9]+:[A-Z]+[0-9]+\)|[-+])+")
"""The formulas that we write ourselves: cells added and taken off."""

WRITES = {"--out", "--errors", "--routes"}
READS = {
    *("--case", "--file", "--folder", "--from", "--head", "--key-file", "--lexicon", "--oidc-client-secret-file"),
    *("--scan", "--secret-file", "--state", "--tls-cert", "--tls-key", "--words"),
    "--export",  # a programme for solvers
}
"""Options that take a file: what is written there, and what is read."""

NO_TABLES = {
    **dict.fromkeys(("demo", "sample"), "what it writes is all its own"),
    **dict.fromkeys(("backup", "audit witnesses send", "witness"), "a form of its own, for programs"),
}

LINES = """
audit export --out {out}
audit findings list --out {out}
audit trace =L1 --out {out}
forecast --item =MASK --out {out}
import wrong.csv --as sites --errors {out}
import sound.csv --as sites --dry-run --out {out}
notes {plan} --out {out}.pdf --routes {out}
order budgets --out {out}
order list --all --out {out}
order show =PO-1 --out {out}
order suppliers --out {out}
plan case --out {out}
plans --out {out}
policy diff other.toml --out {out}
policy show --out {out}
procure --weeks 2 --out {out}
recall =L1 --item =MASK --status --out {out}
report day --date 2020-02-11 --out {out}
report decisions --out {out}
report donation --public --out {out}
scenario compare half-the-stock --out {out}
scenario list --out {out}
scenario run half-the-stock --out {out}
scenario stress county --draws 2 --processes 1 --out {out}
shortfall --out {out}
show {plan} --lines --out {out}
snapshot --out {out}
statements said.txt --site +P1 --out {out}
stock --out {out}
template counts --out {out}
user list --out {out}
"""
"""Each command that writes tables, with each option that names a file to write."""

PAGES: dict[str, str] = {
    "/audit/trace{ending}": "/audit/trace{ending}?of=%3DL1",
    "/audit/documents/{number}/lines{ending}": "/audit/documents/1/lines{ending}",
    "/catalogue{ending}": "/catalogue{ending}?what=items",
    "/orders/{number}/order{ending}": "/orders/%3DPO-1/order{ending}",
    "/plans/{name}/cover{ending}": "/plans/{plan}/cover{ending}",
    "/plans/{name}/lines{ending}": "/plans/{plan}/lines{ending}",
    "/orders{ending}": "/orders{ending}?ended=yes",
    "/shipments{ending}": "/shipments{ending}?state=settled",
}
VALUES = {"code": "=MASK", "number": "1", "id_": "1", "kind": "counts", "step": "review"}
ELSEWHERE = {"/policy/tried/{id_}/who{ending}": "needs a worker; codes and numbers by the same writer"}
SILENT = {
    *("audit findings list --out {out}", "policy diff other.toml --out {out}", "policy show --out {out}"),
    *("scenario list --out {out}", "scenario stress county --draws 2 --processes 1 --out {out}"),
    *("/audit/findings{ending}", "/jobs{ending}", "/plans{ending}", "/plans/{name}/cover{ending}", "/policy{ending}"),
}
"""What holds nothing that people type."""


def faults_in(name: str, content: bytes) -> Iterator[str]:
    """Give the cells of a file, or of files packed in it, that a spreadsheet would work out."""
    if name.endswith(".csv"):
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
            yield from (f"{name}: {cell!r}" for cell in row if _is_formula(cell))
    elif name.endswith(".xlsx"):
        for sheet in openpyxl.load_workbook(io.BytesIO(content)):
            for cell in (cell for row in sheet.iter_rows() for cell in row):
                if cell.data_type == "f" and not OWN.fullmatch(str(cell.value)):
                    yield f"{name}, {sheet.title} {cell.coordinate}: {cell.value!r}"
    elif name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            for part in parts.namelist():
                yield from faults_in(part, parts.read(part))


def _is_formula(cell: str) -> bool:
    return len(cell) > 1 and cell[0] in "=+-@\t\r" and not re.fullmatch(r"[-+]?[0-9.]+", cell)


@pytest.fixture(scope="module")
def ground(tmp_path_factory) -> Iterator[SimpleNamespace]:
    """The ledger, its clerk, what things are called in it, and lin's browser."""
    folder = tmp_path_factory.mktemp("formulas")
    with at_desk(folder) as clerk, pytest.MonkeyPatch.context() as patch:
        names = formula_ledger(clerk)
        patch.setenv("ALLOCATOR_ACTOR", "lin")
        assert clerk.typing(PASSWORD, "user", "password", "lin").exit_code == 0
        assert clerk("snapshot", "--out", "case").exit_code == 0
        clerk.write(wrong="site,name,lat\n=X,=1+cmd,north\n", sound="site,name,kind\n=X,=1+cmd,clinic\n")
        (folder / "other.toml").write_text(
            clerk("policy", "show").stdout.replace("stale_days = 3", "stale_days = 9"), encoding="utf-8"
        )
        (folder / "said.txt").write_text("=1+cmd 口罩200个\n", encoding="utf-8")
        with served_at(clerk.url, public=True) as origin:
            browser = Browser(origin)
            assert browser.sign_in("lin").status_code == 200
            yield SimpleNamespace(clerk=clerk, folder=folder, names=names, browser=browser)


def holds_typed(contents: list[bytes]) -> bool:
    """Whether anything of what was typed stands in files; in CSV files where there are any, for a workbook says who."""
    plain = [content for content in contents if not content.startswith(b"PK")]
    for content in contents:
        if not plain:
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                plain += [parts.read(part) for part in parts.namelist()]
    return any(TYPED.search(content.decode("utf-8", "replace")) for content in plain)


def test_every_command_that_writes_a_file_has_an_example():
    found = {
        (" ".join(names), each.opts[0])
        for names, made in commands()
        for each in made.params
        if isinstance(each, click.Option) and isinstance(each.type, click.Path)
    }
    due = {(name, option) for name, option in found if option in WRITES and name not in NO_TABLES}
    lines = LINES.strip().splitlines()

    assert {option for _, option in found} == WRITES | READS
    assert [each for each in due if not any(each[0] in line and f"{each[1]} " in line for line in lines)] == []


@pytest.mark.parametrize("line", LINES.strip().splitlines())
def test_no_command_writes_what_a_spreadsheet_works_out(ground, tmp_path, line):
    files: list[Path] = []
    for number, ending in enumerate(ENDINGS):
        out = tmp_path / str(number) / f"out{ending}"
        out.parent.mkdir()
        answer = ground.clerk(*(word.format(out=out, **ground.names) for word in line.split()))
        written = [path for path in out.parent.rglob("*") if path.is_file()]
        assert written or answer.exit_code == 2, answer.output
        files += written
        if out.is_dir():
            break  # a folder, whatever it is called
    contents = {path.name: path.read_bytes() for path in files}

    assert [fault for name, content in contents.items() for fault in faults_in(name, content)] == []
    assert holds_typed(list(contents.values())) != (line in SILENT), list(contents)


@pytest.mark.parametrize("path", [path for path in SAVED if path not in ELSEWHERE])
def test_no_page_gives_what_a_spreadsheet_works_out(ground, path):
    contents: list[bytes] = []
    for ending in (".xlsx", ".csv"):
        answer = ground.browser.get(address(ground, path, ending))
        assert answer.status_code == 200, answer.url
        assert answer.headers["content-type"] == TYPES[ending]
        assert list(faults_in(ending, answer.content)) == []
        contents.append(answer.content)
    assert holds_typed(contents) != (path in SILENT)


def test_what_else_is_given_as_a_table_is_none_either(ground):
    given = {}
    for path in set(GETS) - set(SAVED):
        answer = ground.browser.get(address(ground, path, ""))
        ending = next((name for name, kind in TYPES.items() if answer.headers["content-type"] == kind), "")
        if ending in (".xlsx", ".csv"):
            given[path] = list(faults_in(ending, answer.content))

    assert given == {"/api/v1/imports/templates/{kind}": [], "/reports/templates/{kind}.xlsx": []}


def address(ground: SimpleNamespace, path: str, ending: str) -> str:
    return PAGES.get(path, path).format_map({**VALUES, **ground.names, "name": ground.names["plan"], "ending": ending})


def test_what_is_marked_against_spreadsheets_is_read_as_it_was_typed(ground):
    """A case and its plan say ' before such codes; planning, checking and asking why know them by what was typed."""
    done = [
        ground.clerk(*words)
        for words in (
            ("plan", "case", "--out", "planned"),
            ("verify", "case", "planned"),
            ("why", "planned", "+P1", "=MASK"),
        )
    ]
    assert [each.exit_code for each in done] == [0, 0, 0], [each.output for each in done]
    assert "site: +P1" in done[2].stdout
    assert "\n'+P1,'=MASK," in (ground.folder / "case" / "needs.csv").read_text(encoding="utf-8")


def test_the_judge_of_files_sees_formulas(tmp_path):
    """The control: what a careless writer makes is found, in workbooks, in CSV files and packed."""
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        book.add_worksheet().write(0, 0, "=1+1")
    careless = (tmp_path / "x.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as parts:
        parts.writestr("x.xlsx", careless)
        parts.writestr("y.csv", "a\n'=1\n-5\n-\n\t=1\n")

    assert len(list(faults_in("x.xlsx", careless))) == 1
    assert len(list(faults_in("x.zip", (tmp_path / "x.zip").read_bytes()))) == 2
