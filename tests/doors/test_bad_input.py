"""Bad tables, as people send them: each is answered with its place, what was found and how to mend it.

The command is typed as a user types it; it ends with status 2, and nothing is written. What it says in both
languages stands in bad_input.txt; `UPDATE_GOLDEN=1 pytest tests/doors/test_bad_input.py` writes that anew.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from spoilt_cases import SOUND, Spoil, bomb, cell, put, sound_folder, sound_workbook, wrote

from cli import root

GOLDEN = Path(__file__).with_name("bad_input.txt")
SECOND_RUNG = '[[ladder]]\ntiers = ["frontline"]\ncover_days = 1\nholding_share = 0.5\n'


def ten_thousand_columns(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["needs"].append([f"c{n}" for n in range(10_000)])
    book.save(path)


FOLDERS: dict[str, Spoil] = {
    "an empty file": wrote("needs.csv", ""),
    "every file empty": lambda folder: [path.write_bytes(b"") for path in folder.iterdir()],
    "UTF-16 without its mark": wrote("needs.csv", SOUND["needs.csv"].encode("utf-16-le")),
    "Latin-1": wrote("sites.csv", SOUND["sites.csv"].replace("kind,tier", "kind,café").encode("latin-1")),
    "leading zeros lost": put("needs.csv", "0042", "42"),
    "a code as 1.23E+11": put("needs.csv", "0042", "1.23E+11"),
    "a new code as 4.21127E+11": put("sites.csv", "Clinic", "4.21127E+11"),
    "a code as a date": put("needs.csv", "0042", "3-Jan"),
    "a code in full width": put("needs.csv", "0042", "００４２"),
    "a date as a number": wrote("stock.csv", "site,item,units,expires\nD1,mask,300,43871\n"),
    "the plan's date as a number": put("policy.toml", "2020-02-10", "43871"),
    "10^14 units": put("stock.csv", "300", str(10**14)),
    "10^14 as Excel writes it": put("needs.csv", "mask,20", "mask,1E+14"),
    "a policy that is not TOML": wrote("policy.toml", "date: 2020-02-10\n"),
    "a policy with the day first": put("policy.toml", "2020-02-10", "10.02.2020"),
    "two depots with one code": put("sites.csv", "Clinic,clinic,", "Clinic,clinic,\nD1,warehouse,"),
    "two rows of limits for one depot": wrote("depots.csv", "depot,max_kg\nD1,5\nD1,6\n"),
    "a column under a name like its own": put("needs.csv", "daily_units", "daily_unit"),
    "a column missing, and an unknown one": put("stock.csv", "units", "colour"),
    "words for a number": put("stock.csv", "mask,300", "mask,about 40"),
    "ten thousands": put("stock.csv", "mask,300", "mask,1.2万"),
    "an item that does not exist": put("needs.csv", "0042,mask", "0042,maks"),
    "a need twice": put("needs.csv", "Clinic,mask", "0042,mask"),
    "a negative need": put("needs.csv", "mask,20", "mask,-20"),
    "an infinite need": put("needs.csv", "mask,20", "mask,inf"),
    "a need that is no number": put("needs.csv", "mask,20", "mask,NaN"),
    "a pack of 0": put("items.csv", "piece,10", "piece,0"),
    "a lane to nowhere": put("lanes.csv", "D1,Clinic", "D1,nowhere"),
    "an unknown tier": put("sites.csv", "clinic,", "clinic,frontlin"),
    "a ladder that never rises": wrote("policy.toml", SOUND["policy.toml"] + SECOND_RUNG),
    "a blank where a value is due": put("needs.csv", "mask,20", "mask,"),
}
WORKBOOKS: dict[str, Spoil] = {
    "an empty file": lambda path: path.write_bytes(b""),
    "leading zeros lost": cell("needs", "A2", 42),
    "a code of 18 digits as a number": cell("needs", "A2", 421127199001011200),
    "a code as a date": cell("needs", "A2", dt.date(2020, 3, 1)),
    "a date in a column of numbers": cell("needs", "C2", dt.date(2020, 3, 1)),
    "a date as a number": cell("policy", "B1", 43871),
    "10,000 columns": ten_thousand_columns,
    "a zip bomb": bomb,
    "a stray cell far below": cell("needs", "Z1048000", 1),
    "two depots with one code": cell("sites", "A4", "D1"),
}


def refused(case: Path, folder: Path, lang: str) -> list[str]:
    """Return what is said, but for how files were read; nothing is written, and the status is 2."""
    before = sorted(folder.rglob("*"))

    result = CliRunner().invoke(root, ["--lang", lang, "plan", case.name, "--out", "plan"], prog_name="allocator")

    assert (result.exit_code, result.stdout) == (2, "")
    assert sorted(folder.rglob("*")) == before
    said = result.stderr.splitlines()
    assert said[-1].endswith({"en": "Nothing was written.", "zh": "没有写入任何文件。"}[lang])
    return [line for line in said[:-1] if "Read as" not in line and "：按 " not in line]


def golden() -> dict[str, list[str]]:
    """Return the sentences of each heading in the file beside this one."""
    blocks = GOLDEN.read_text(encoding="utf-8").strip().split("\n\n")
    return {head: lines for head, *lines in (block.splitlines() for block in blocks)}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Return what is said of every spoilt case, English sentences first, by heading."""
    found = {}
    for form, spoilt in (("folder", FOLDERS), ("workbook", WORKBOOKS)):
        for name, spoil in spoilt.items():
            folder = tmp_path_factory.mktemp("bad")
            case = folder / ("case" if form == "folder" else "case.xlsx")
            if form == "folder":
                sound_folder(case)
            else:
                sound_workbook(case)
            spoil(case)
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(folder)
                found[f"# {form}: {name}"] = [line for lang in ("en", "zh") for line in refused(case, folder, lang)]
    if os.environ.get("UPDATE_GOLDEN"):
        text = "\n\n".join("\n".join([head, *lines]) for head, lines in found.items())
        GOLDEN.write_text(f"{text}\n", encoding="utf-8")
    return found


@pytest.mark.parametrize(
    "head", [*(f"# folder: {name}" for name in FOLDERS), *(f"# workbook: {name}" for name in WORKBOOKS)]
)
def test_bad_input_gets_its_sentence_in_both_languages(answers, head):
    assert answers[head] == golden()[head]


def test_full_width_numbers_are_read_and_said(tmp_path, monkeypatch):
    """They mean one thing only, so nobody has to type them again."""
    monkeypatch.chdir(tmp_path)
    wrote("needs.csv", SOUND["needs.csv"].replace("20", "２０"))(sound_folder(tmp_path / "case"))

    result = CliRunner().invoke(root, ["--lang", "en", "plan", "case", "--out", "plan"], prog_name="allocator")

    assert result.exit_code == 0
    said = 'needs.csv, column daily_units: Full-width digits are read as ordinary ones, first "２０".'
    assert said in result.stderr.splitlines()


BOUNDED = """
import contextlib, re, resource, sys
from pathlib import Path
from data.case_files import CaseUnreadable, read_case

def most_kilobytes():
    # What getrusage says on Linux may be the most of the process that started this one.
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)

before = most_kilobytes()
with contextlib.suppress(CaseUnreadable):
    read_case(Path(sys.argv[1]))
print(most_kilobytes() - before)
"""


FAR = ("SF1000000", "Z1048000")


@pytest.mark.parametrize("spoil", [bomb, ten_thousand_columns, *(cell("needs", each, 1) for each in FAR)])
def test_what_is_refused_takes_little_memory(tmp_path, spoil):
    """60,000,000 bytes in a bomb, or 500,000,000 empty cells up to one far out, are never unpacked at once."""
    case = tmp_path / "case.xlsx"
    sound_workbook(case)
    spoil(case)

    assert kilobytes_for(case, BOUNDED) < 120_000


def test_control_without_the_look_at_it_a_workbook_of_8_kilobytes_takes_some_hundred_megabytes(tmp_path):
    """Here one cell makes the reader set 6,000,000 aside; one at Z1048000 would be 27,000,000."""
    case = tmp_path / "case.xlsx"
    sound_workbook(case)
    cell("needs", "CV60000", 1)(case)

    assert case.stat().st_size < 10_000
    assert kilobytes_for(case, BOUNDED) < 120_000
    unlooked = "from data import workbook_caps; workbook_caps.SPARSE_MAX = 10**9\n"
    assert kilobytes_for(case, unlooked + BOUNDED) > 120_000


def kilobytes_for(case: Path, script: str) -> int:
    read = subprocess.run([sys.executable, "-c", script, case], capture_output=True, text=True, check=True)
    return int(read.stdout)
