"""Every table of the pages saves as a file, and prints whole."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from browser import PASSWORD, Browser, browsers_at, served_at
from openpyxl import load_workbook
from two_areas import join, two_areas

from models.days import now_micros
from models.jobs import ask_job
from models.ledger import open_ledger

LOTS = 120


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    """lo sees a depot that holds 120 lots of ten masks each, and has asked for a job."""
    with two_areas(tmp_path_factory.mktemp("saved")) as clerk:
        rows = "".join(f"MASK,10,L{number:03}\n" for number in range(LOTS))
        (clerk.folder / "gifts.csv").write_text(f"item,units,lot\n{rows}", encoding="utf-8")
        assert clerk("receive", "D1", "--partner", "S1", "--from", "gifts.csv").exit_code == 0
        join(clerk, (("lo", "logistics", ""),), password=PASSWORD)
        ledger = open_ledger(clerk.url)
        ask_job(ledger.engine, "of a test", actor="lo", at=now_micros())
        ledger.engine.dispose()
        with served_at(clerk.url) as origin:
            yield browsers_at(origin)("lo")


def rows_of(browser: Browser, address: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(browser.get(address).text.removeprefix("\ufeff"))))


def test_a_long_table_is_turned_and_prints_whole_on_one_page(browser):
    turned, whole = browser.get("/stock").text, browser.get("/stock?all=1").text

    assert "All rows, to print" in turned
    assert (turned.count("L119"), whole.count("L119"), whole.count("L000")) == (0, 1, 1)
    assert "Rows after" not in whole
    assert browser.get("/audit/documents?all=1").status_code == 200


def test_jobs_plans_and_the_lines_of_a_document_are_saved(browser):
    number = re.search(r'href="/audit/documents/(\d+)"', browser.get("/audit/documents?site=D1").text)
    assert number is not None

    assert [row[1] for row in rows_of(browser, "/jobs.csv")] == ["title", "of a test"]
    assert len(rows_of(browser, "/plans.csv")) == 1
    assert "L119" in browser.get(f"/audit/documents/{number[1]}/lines.csv").text
    for address in ("/jobs", "/plans", f"/audit/documents/{number[1]}/lines"):
        assert load_workbook(io.BytesIO(browser.get(f"{address}.xlsx").content)).sheetnames
    assert browser.get("/audit/documents/999999/lines.csv").status_code == 404
