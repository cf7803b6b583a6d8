"""A small ledger with every sort of file that there is of it, for programs that spoil them."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from benchmarks import corruptible
from cli import root

__all__ = ["PASSWORD", "World", "world"]

PASSWORD = "five masks and a thermometer"  # noqa: S105 - of people who are nobody

RECEIPTS = (
    "number,date,from,site,item,units,lot,expires\nF1,2020-02-10,S1,D1,MASK,10,A1,2030-01-01\n"
    "F1,2020-02-10,S1,D1,SUIT,5,,\nF2,2020-02-11,N1,P1,MASK,7,A2,2030-01-01\n"
)
STATEMENT = "我院现有医用外科口罩200个，防护服30套，每天消耗口罩约40个，急需N95口罩500只。联系人：张三 13800000000\n"
_STRESS = '[stress]\nseed = 7\n\n[[draw]]\nchange = "demand"\nitem = "MASK"\nfactor = { low = 0.8, high = 1.4 }\n'


@dataclass(frozen=True)
class World:
    """The folder with all of it: `here` is where commands are typed, `kept` holds sound files of every sort."""

    folder: Path
    known: dict[str, str]

    @property
    def here(self) -> Path:
        """Where the ledger lies."""
        return self.folder / "here"

    @property
    def kept(self) -> Path:
        """Where the sound files lie."""
        return self.here / "kept"


@contextlib.contextmanager
def world() -> Iterator[World]:
    """Make such a folder, which is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="allocator-hostile-"))
    try:
        (folder / "here").mkdir()
        corruptible.make(folder / "here")
        made = World(folder, _known(folder / "here"))
        _files(made)
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _known(here: Path) -> dict[str, str]:
    """Return names that later commands need."""
    with corruptible.at_ledger_in(here):
        plan = re.search(r"P20[0-9-]+", _type("plans"))
    assert plan is not None  # noqa: S101 - the story allocates
    return {"plan": plan[0], "shipment": f"{plan[0]}-001"}


def _files(made: World) -> None:
    kept = made.kept
    kept.mkdir()
    texts = {
        "receipts.csv": RECEIPTS, "statement.txt": STATEMENT, "stress.toml": _STRESS, "secret": "a secret of some length\n",
        "lexicon.csv": "word,item\n口罩,MASK\n", "words.csv": "header,column\n件数,units\n",
    }  # fmt: skip
    for name, text in texts.items():
        (kept / name).write_text(text, encoding="utf-8")
    with corruptible.at_ledger_in(made.here):
        _type("template", "receipts", "--out", "kept/template.xlsx")
        _type("snapshot", "--out", "kept/case", "--date", "2020-02-12")
        _type("plan", "kept/case", "--out", "kept/planned")
        _type("backup", "--out", "kept/backup", "--actor", "lin")
        _type("sample", "county", "--out", "kept/case.xlsx", "--sites", "20", "--items", "3")
        (kept / "policy.toml").write_text(_type("policy", "show"), encoding="utf-8")
        (kept / "scenario.toml").write_text(_type("scenario", "show", "half-the-stock", "--toml"), encoding="utf-8")
        _type("stock", "--out", "kept/stock.xlsx")
    shutil.copy(made.here / "all.zip", kept / "export.zip")
    shutil.copytree(made.here / "bank", kept / "bank")
    shutil.copytree(made.here / "stick", kept / "stick")
    for name, source in (("answer", "answer.txt"), ("request", "request.txt")):
        shutil.copy(made.here / source, kept / name)
    head = next(path for path in (kept / "stick").rglob("*") if path.is_file() and path.stat().st_size)
    shutil.copy(head, kept / "head")
    _receipts_book(kept / "receipts.xlsx")
    shutil.copy(made.here / "ledger.sqlite", kept / "ledger-file")


def _receipts_book(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    page = book.active
    assert page is not None  # noqa: S101 - a new workbook has a sheet
    page.title = "receipts"
    for line in RECEIPTS.splitlines():
        page.append(line.split(","))
    book.save(path)


def _type(*words: str) -> str:
    done = CliRunner().invoke(root, ["--lang", "en", *words], prog_name="allocator")
    if done.exit_code:
        raise ValueError(f"{words}: {done.output}{done.exception!r}")
    return done.stdout
