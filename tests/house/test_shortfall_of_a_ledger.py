"""`allocator shortfall` on a ledger: what is held, used and counted there is what it reports."""

from __future__ import annotations

import json

import numpy as np
import pytest
from case_ledger import ledger_of
from click.testing import CliRunner, Result
from ledgers import Book

from cli import root
from data.samples import make_sample
from models.entry import LotKey

DATE = "2020-02-13"


@pytest.fixture
def counted(tmp_path, monkeypatch) -> tuple[str, str, int]:
    """Return a site, item and count: a county whose count of that stock found a third fewer than the books say."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    monkeypatch.setenv("ALLOCATOR_DB", url)
    case = make_sample("county", sites=20, items=3)
    book = Book(ledger_of(case, url))
    stock = case.stock
    needed = case.needs.site.astype(np.int64) * len(case.items) + case.needs.item
    mine = stock.site.astype(np.int64) * len(case.items) + stock.item
    rows = np.flatnonzero((stock.units >= 30) & np.isin(mine, needed) & (stock.status == 0))
    row = rows[0]
    site, item = str(case.sites.code[stock.site[row]]), str(case.items.code[stock.item[row]])
    expires = "" if np.isnat(stock.expires[row]) else str(stock.expires[row])
    key = LotKey(item, str(stock.lot[row]), expires) if expires else LotKey(item, str(stock.lot[row]))
    found = int(stock.units[row]) * 2 // 3
    book.count({key: found, None: 0}, day=1, place=site, item=item)
    book.ledger.engine.dispose()
    return site, item, found


def shortfall(*words: str, lang: str = "en") -> Result:
    return CliRunner().invoke(root, ["--lang", lang, "shortfall", "--date", DATE, *words], prog_name="allocator")


def test_stock_and_counts_of_the_ledger_are_reported(counted):
    site, item, found = counted
    told = json.loads(shortfall("--json").stdout)
    (row,) = [row for row in told["rows"] if (row["site"], row["item"]) == (site, item)]

    assert row["usable_units"] == found
    assert "opening balance does not hold" in row["doubts"]
    assert [each["kind"] for each in told["problems"] if each["site"] == site].count("broken opening balance") == 1


def test_the_same_in_chinese(counted):
    site, item, _ = counted

    assert "期初数对不上" in shortfall("--site", site, "--item", item, lang="zh").stdout
