"""`python -m benchmarks.importing_workbooks`: what a workbook of 20,000 messy rows takes to preview and to take in."""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl

from benchmarks.machine import machine

ROWS = 20_000
RUNS = 5
_PAGE = """# Importing workbooks

Written by `make bench-import` (`python -m benchmarks.importing_workbooks`); do not edit by hand. A workbook of {rows}
rows of receipts, twenty to a number: a title, Chinese headers, names for all codes, quantities in boxes and tens of
thousands, lots with dates; a ledger of 300 sites in SQLite. Each is a whole command with its start, its modules
compiled once as where it is installed; {runs} times, the median is shown. At their start {load:.1f} processes waited
for {cores} cores, and these had priority {priority} (0 is anybody's, less goes first): beyond one process a core all
seconds, those of the processor too, are those of a busy machine.

{machine}

| what | seconds | seconds of the processor | promised |
|---|---|---|---|
{table}

`make fuzz` takes in 5,000 spoilt files and holds what is posted against a reader of another make:
[what came of it](benchmarks-fuzzing.md).
"""
_HEADER = ("序号", "入库单号", "入库日期", "供应商", "收货单位", "物资名称", "入库数量", "单位", "批号", "有效期")
_UNITS = (("", ""), ("", "箱"), ("万只", ""), ("箱", ""), ("只", "只"))


def _write_workbook(path: Path, rows: int) -> None:
    """Write receipts with a title, names for codes, and quantities in boxes and tens of thousands."""
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("Sheet1")
    page.append(["防疫物资入库登记"])
    page.append(_HEADER)
    for n in range(rows):
        behind, beside = _UNITS[n % len(_UNITS)]
        units = f"{n % 89 + 1}{behind}" if behind else n % 89 + 1
        place, what = f"第{n // 20 % 300}卡口", f"物资{n % 20}"
        page.append([n, f"R{n // 20}", "2026-02-10", "甲公司", place, what, units, beside, f"L{n % 50}", "2030-01-01"])
    book.save(path)


def _write_catalogue(folder: Path) -> list[str]:
    items = [f"I{n},物资{n},只,1,consumable\n" for n in range(20)]
    tables = {
        "items.csv": "item,name_zh,unit,pack_units,use\n" + "".join(items),
        "sites.csv": "site,kind,name_zh\n" + "".join(f"P{n},checkpoint,第{n}卡口\n" for n in range(300)),
        "partners.csv": "partner,kind,name_zh\nS1,supplier,甲公司\n",
        "measures.csv": "item,unit,amount,of\n" + "".join(f"I{n},箱,{50 + n},只\n" for n in range(20)),
    }
    for name, text in tables.items():
        (folder / name).write_text(text, encoding="utf-8")
    return list(tables)


def _timed(folder: Path, *words: str) -> tuple[float, float]:
    """Return the seconds and the processor's seconds of one command, its start among them."""
    # Where modules are never kept compiled, every start compiles all of them anew, which no user's does.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "allocator", "--lang", "en", *words],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{folder}: {done.stderr}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _preview(folder: Path, book: Path) -> str:
    runs = [_timed(folder, "import", str(book), "--dry-run") for _ in range(RUNS)]
    return _row("preview (`--dry-run`, tried in the ledger and taken back)", runs, "2")


def _imports(folder: Path, book: Path) -> Iterator[str]:
    """Measure what is taken in, each time into the ledger as it was before, and then the same again."""
    ledger, before = folder / "ledger.sqlite", folder / "before.sqlite"
    runs, again = [], []
    for _ in range(RUNS):
        with sqlite3.connect(ledger) as now, sqlite3.connect(before) as kept:
            now.backup(kept)
        now.close()
        kept.close()
        runs.append(_timed(folder, "import", str(book)))
        again.append(_timed(folder, "import", str(book)))
        for ending in ("-wal", "-shm"):
            ledger.with_name(ledger.name + ending).unlink(missing_ok=True)
        before.replace(ledger)
    yield _row("import", runs, "10")
    yield _row("the same file again", again, "")


def _row(what: str, runs: Sequence[tuple[float, float]], promised: str) -> str:
    seconds, processor = (statistics.median(column) for column in zip(*runs, strict=True))
    return f"| {what} | {seconds:.1f} | {processor:.1f} | {promised} |"


def main(arguments: list[str]) -> int:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.importing_workbooks", description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    asked = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="allocator-import-") as name:
        folder = Path(name)
        os.environ["ALLOCATOR_DB"] = f"sqlite:///{folder / 'ledger.sqlite'}"
        _timed(folder, "init")
        for table in _write_catalogue(folder):
            _timed(folder, "import", str(folder / table))
        book = folder / "feb.xlsx"
        _write_workbook(book, asked.rows)
        _timed(folder, "import", str(book), "--dry-run")
        rows = [_preview(folder, book), *_imports(folder, book)]
    text = _PAGE.format(
        rows=f"{asked.rows:,}",
        load=load,
        cores=os.cpu_count(),
        runs=RUNS,
        priority=os.getpriority(os.PRIO_PROCESS, 0),
        machine="; ".join(f"{name}: {said}" for name, said in machine().items()),
        table="\n".join(rows),
    )
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
