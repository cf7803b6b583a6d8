"""docs/import.md says what happens: its workbook is made, its commands typed, every line it shows looked for."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from desk import Clerk
from typed_pages import blocks, tables_of, typed_of

PAGE = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    assert desk("init").exit_code == 0
    for name, content in tables_of(PAGE):
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert desk("import", *(path.name for path in sorted(tmp_path.glob("*.csv")))).exit_code == 0
    return desk


def write_sheet() -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Sheet1"
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    for number, line in enumerate(lines[1:], start=1):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        page.append(
            [None if cell in ("", "↑") else int(cell) if cell.isascii() and cell.isdigit() else cell for cell in cells]
        )
        for column, cell in enumerate(cells, start=1):
            if cell == "↑":
                page.merge_cells(start_row=number - 1, end_row=number, start_column=column, end_column=column)
    book.save("上报.xlsx")


def test_the_page_is_what_happens(clerk):
    write_sheet()
    exits = []
    for command, *due in blocks(PAGE):
        done = clerk(*typed_of(command))
        assert [line for line in due if line not in done.output.splitlines()] == [], done.output
        exits.append(done.exit_code)
        if "--errors" in command:
            back = openpyxl.load_workbook("退回.xlsx")
            assert back.active["E6"].value == "约40"
            back.active["E6"] = 40
            back.save("退回.xlsx")

    assert exits == [2, 4, 0, 0]
    assert clerk.held("K1", "SUIT") == {"": 40}
    assert clerk("audit", "check").exit_code == 0
