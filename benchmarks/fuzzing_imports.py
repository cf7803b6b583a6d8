"""`python -m benchmarks.fuzzing_imports`: thousands of spoilt files taken in, what is posted held against an oracle.

A file counts as wrong where anything but a refusal with a sentence, or every row as the oracle reads it, comes
of it. The control takes the same files in with a reader that was spoilt on purpose, and must find wrong ones.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import textwrap
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from unittest import mock

from click.testing import CliRunner, Result

from benchmarks.mutated_files import CATALOGUE, spoilt_file
from benchmarks.plain_reading import Row, oracle
from cli import root

__all__ = ["Found", "fuzz", "spoilt_reader"]


@dataclass
class Found:
    """What came of spoilt files: how many were posted, refused, and wrong in which way."""

    files: int = 0
    posted: int = 0
    refused: int = 0
    needless: int = 0  # refused although the oracle could read every row: careful, and no fault
    tracebacks: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


def _typed(*words: str) -> Result:
    return CliRunner().invoke(root, ["--lang", "en", *words], prog_name="allocator")


def _posted_after(number: int) -> tuple[Counter[Row], int]:
    """Return the lines of the documents after one, as rows, and the last document's number."""
    from models.ledger import open_ledger

    ledger = open_ledger(os.environ["ALLOCATOR_DB"])
    try:
        with ledger.engine.connect() as connection:
            query = "SELECT id, body FROM document WHERE id > ? ORDER BY id"
            found = connection.exec_driver_sql(query, (number,)).all()
    finally:
        ledger.engine.dispose()
    rows: Counter[Row] = Counter()
    for _, body in found:
        for line in json.loads(body)["lines"]:
            expires = "" if line["expires"] == "9999-12-31" else line["expires"]
            source = line["from"].rpartition(":")[2]
            rows[source, line["to"].rpartition(":")[2], line["item"], line["units"], line["lot"], expires] += 1
    return rows, max((each[0] for each in found), default=number)


def fuzz(folder: Path, seeds: range, *, found: Found | None = None) -> Found:
    """Take in the files of some seeds, one after the other, into a ledger in a folder."""
    found = found or Found()
    os.environ["ALLOCATOR_DB"] = f"sqlite:///{folder / 'ledger.sqlite'}"
    _typed("init")
    for name, text in CATALOGUE.items():
        (folder / name).write_text(text, encoding="utf-8")
        if _typed("import", str(folder / name)).exit_code:
            raise AssertionError(name)
    last = _posted_after(0)[1]
    begun = time.perf_counter()
    warnings.simplefilter("ignore")  # the oracle's reader warns of what it leaves out
    for seed in seeds:
        path, whole = spoilt_file(folder, seed)
        last = _judge(path, whole, last, found)
        path.unlink()
        if whole is not None:
            whole.unlink()
    found.seconds += time.perf_counter() - begun
    return found


def _judge(path: Path, whole: Path | None, last: int, found: Found) -> int:
    """Take one file in, and note what came of it; return the number of the last document."""
    try:
        answer = _typed("import", str(path))
    except BaseException as fault:  # noqa: BLE001 - a reader in another language panics past every net
        found.files += 1
        found.tracebacks.append(f"{path.name}: {fault!r}")
        return last
    found.files += 1
    is_broken = answer.exception is not None and not isinstance(answer.exception, SystemExit)
    if is_broken or answer.exit_code not in (0, 1, 2) or (answer.exit_code and not answer.stderr.strip()):
        found.tracebacks.append(f"{path.name}: exit {answer.exit_code}, {answer.exception!r}")
    rows, now_last = _posted_after(last)
    due = oracle(path)
    if due is None and whole is not None:
        # Another reader cannot open it any more: what is posted must be what it said before.
        due = oracle(whole)
    if rows and rows != due:
        found.wrong.append(f"{path.name}: posted {dict(rows)}, the file says {None if due is None else dict(due)}")
    found.posted += bool(rows)
    found.refused += not rows
    found.needless += bool(due) and whole is None and not rows
    return now_last


@contextmanager
def spoilt_reader() -> Iterator[None]:
    """Read quantities as a program would that takes no notice of units: a box as a piece."""
    from data import unit_reading

    with mock.patch.object(unit_reading, "ratios", return_value={Fraction(1)}):
        yield


_PAGE = """# Spoilt files taken in

Written by `make fuzz` (`python -m benchmarks.fuzzing_imports`); do not edit by hand. Workbooks and CSV files are spoilt
in one to three ways each: cells, headers, rows and columns changed, parts of a workbook lost, cut or flipped, entities,
bombs, far cells, merged cells, formulas, other encodings. Each is taken in by `allocator import`. What is posted must
be every row as a reader of another make reads it, or nothing and a sentence; a traceback or anything else is wrong.
The control does the same with a reader that was spoilt on purpose, and must find wrong postings.

{said}
"""


def main(arguments: list[str]) -> int:
    """Fuzz, with the control after it; 1 where anything was wrong, or the control found nothing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzzing_imports", description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--control", type=int, default=300, help="files of the control")
    parser.add_argument("--out", type=Path, help="the page to write")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="allocator-fuzz-") as folder:
        found = fuzz(Path(folder), range(asked.first, asked.first + asked.files))
    with tempfile.TemporaryDirectory(prefix="allocator-fuzz-") as folder, spoilt_reader():
        control = fuzz(Path(folder), range(asked.first, asked.first + asked.control))
    said = (
        f"{found.files:,} spoilt files in {found.seconds:.0f} s: {found.posted:,} posted as they say, "
        f"{found.refused:,} refused ({found.needless:,} of them readable), {len(found.tracebacks)} tracebacks, "
        f"{len(found.wrong)} wrong postings. "
        f"Control, a reader spoilt on purpose: {len(control.wrong)} wrong of {control.files:,}."
    )
    print(said)
    if asked.out is not None:
        asked.out.write_text(_PAGE.format(said=textwrap.fill(said, 120)), encoding="utf-8")
    for line in (*found.tracebacks, *found.wrong):
        print(line)
    return 1 if found.tracebacks or found.wrong or not control.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
