"""Workbooks of Excel 97 and WPS are read as any other; what cannot be is refused without a word too many.

counts.xls was made by LibreOffice from an invented table of two counts.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from desk import Clerk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.case_workbook import open_workbook
from data.problems import ProblemList

OLD = Path(__file__).with_name("counts.xls")


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    desk.begin()
    return desk


@pytest.mark.parametrize("name", ["counts.xls", "counts.et", "盘点.xls"])
def test_it_is_taken_in(clerk, name):
    shutil.copyfile(OLD, name)
    taken = clerk("import", name)

    assert taken.exit_code == 0, taken.output
    assert f"{name}: counts: 1 document with 2 lines posted; 0 were there already." in taken.stdout
    assert "nothing new" in clerk("import", name).stdout


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 6_000), st.binary(min_size=1, max_size=40), st.integers(0, 6_144))
def test_a_spoilt_one_is_read_or_refused_and_never_a_traceback(tmp_path, at, junk, length):
    content = OLD.read_bytes()
    spoilt = (content[:at] + junk + content[at + len(junk) :])[: max(length, 520)]
    path = tmp_path / "spoilt.xls"
    path.write_bytes(spoilt)
    problems = ProblemList()
    book = open_workbook(path, problems)

    assert (book is None) == bool(problems.problems)
    for sheet in book.sheets if book else ():
        book.cells(sheet, problems)
