"""What an officer reads on the terminal, and types again from there."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import root


def allocator(*words: str, lang: str = "en") -> Result:
    return CliRunner().invoke(root, ["--lang", lang, *words], prog_name="allocator")


@pytest.fixture(autouse=True)
def planned(tmp_path, monkeypatch):
    """Leave `case` and `the plan`, a folder with a blank in its name, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    assert allocator("sample", "ties", "--out", "case", "--sites", "10").exit_code == 0


def test_commands_to_type_next_can_be_copied_also_with_blanks_in_a_name():
    printed = allocator("plan", "case", "--out", "the plan").stdout

    assert "To check it: allocator verify case 'the plan'" in printed
    assert "To ask why: allocator why 'the plan' " in printed


def test_how_the_files_were_read_is_said_in_one_line():
    result = allocator("plan", "case", "--out", "plan")

    assert result.stderr.splitlines()[0] == f"All {len(list(Path('case').iterdir()))} files: Read as UTF-8."


def test_a_sample_takes_nobodys_place_unasked():
    """Tables that somebody keyed in have the same names as those of a sample."""
    needs = Path("case/needs.csv").read_bytes()
    Path("book.xlsx").write_bytes(b"somebody's own")

    refused = allocator("sample", "county", "--out", "case")
    book = allocator("sample", "ties", "--sites", "10", "--out", "book.xlsx")
    replaced = allocator("sample", "plenty", "--sites", "10", "--out", "case", "--replace")

    assert (refused.exit_code, book.exit_code, replaced.exit_code) == (1, 1, 0)
    assert "case is there already. Add --replace" in refused.stderr
    assert Path("book.xlsx").read_bytes() == b"somebody's own"
    assert Path("case/needs.csv").read_bytes() != needs


@pytest.mark.parametrize(
    ("spoil", "english", "chinese"),
    [
        (
            lambda text: text.replace(",1,", ",one,", 1),
            'lines.csv, row 2, column packs: "one" is not a number that may stand here.',
            "lines.csv，第 2 行，packs 列：“one”不是此处允许的数字。",
        ),
        (lambda text: text.replace("packs", "pax", 1), "lines.csv has no column packs.", "lines.csv 缺少 packs 列。"),
        (lambda _: "", "lines.csv is empty.", "lines.csv 是空的。"),
    ],
)
def test_a_plan_file_that_cannot_be_read_is_named_with_its_place(spoil, english, chinese):
    assert allocator("plan", "case", "--out", "plan").exit_code == 0
    lines = Path("plan/lines.csv")
    header, first, *rest = lines.read_text(encoding="utf-8").splitlines()
    depot, site, item, *_ = first.split(",")
    text = "\n".join([header, f"{depot},{site},{item},1,1,1", *rest])
    lines.write_text(spoil(text), encoding="utf-8")

    for lang, said in (("en", english), ("zh", chinese)):
        result = allocator("verify", "case", "plan", lang=lang)

        assert result.exit_code == 4
        assert said in result.stdout


def test_why_shows_numbers_as_people_read_them():
    assert allocator("plan", "case", "--out", "plan").exit_code == 0
    _, first, *_ = Path("plan/pairs.csv").read_text(encoding="utf-8").splitlines()
    site, item, *_ = first.split(",")

    shown = allocator("why", "plan", site, item).stdout.partition("\n\n")[0]

    assert all(len(line.partition(".")[2]) <= 2 for line in shown.splitlines())
    assert "reason" not in shown
