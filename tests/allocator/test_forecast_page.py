"""docs/forecast.md shows what the code does: its worked answer is run, and its table is one that is read."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import numpy as np
from spoilt_cases import sound_folder

from data.planning_files import read_planning

PAGE = Path(__file__).parents[2] / "docs" / "forecast.md"


def test_the_worked_answer_is_what_the_code_gives():
    failures, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")

    assert tried > 25
    assert failures == 0


def test_the_table_on_the_page_is_read_as_it_says(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    rows = [re.split(r"\s*\|\s*", line)[1:-1] for line in text.splitlines() if re.match(r"\| (site|Gate) \|", line)]
    folder = tmp_path / "case"
    sound_folder(folder)
    sites = (folder / "sites.csv").read_text(encoding="utf-8")
    (folder / "sites.csv").write_text(sites.rstrip() + "\nGate,checkpoint,\n", encoding="utf-8")
    table = "\n".join(",".join(row).replace("MASK", "mask") for row in rows)
    (folder / "history.csv").write_text(table + "\n", encoding="utf-8")

    history = read_planning(folder).planning.history

    np.testing.assert_array_equal(history.units, [[210, 105, np.nan, 230]])
    assert history.stockout.tolist() == [[0, 0.5, 0, 0]]
    np.testing.assert_array_equal(history.held, [[400, 0, np.nan, np.nan]])
