"""The same case gives the same bytes: whatever the threads, the hash seed, the language, the zone or the day."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import root

ROOT = Path(__file__).resolve().parents[2]
MACHINES = [
    {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC"},
    {"OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "7", "LC_ALL": "zh_CN.UTF-8", "TZ": "Asia/Shanghai"},
    {"OMP_NUM_THREADS": "4", "PYTHONHASHSEED": "99", "LC_ALL": "tr_TR.UTF-8", "TZ": "America/New_York"},
]


def files_of(folder: Path, case: str, machine: dict[str, str], *words: str) -> dict[str, bytes]:
    """Return the plan's files, but for the one that tells seconds, as a machine of this kind writes them."""
    out = folder / f"plan{machine['PYTHONHASHSEED']}"
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
    done = subprocess.run(
        [sys.executable, "-m", "allocator", "plan", case, "--out", out.name, *words],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(ROOT)} | machine,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return {path.name: path.read_bytes() for path in out.iterdir() if path.name != "timings.json"}


def mixed(case: Path, copy: Path) -> None:
    """Write the case once more with the rows of every table in another order, and line ends of another system."""
    copy.mkdir()
    for path in case.iterdir():
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            head, *rows = text.splitlines()
            random.Random(7).shuffle(rows)
            text = "\r\n".join([head, *rows, ""])
        (copy / path.name).write_bytes(text.encode())


@pytest.mark.parametrize(
    ("sample", "others", "words"),
    [
        ("county", MACHINES[1:], ()),
        ("stop-limits", MACHINES[1:2], ()),
        ("substitutes", MACHINES[1:2], ("--engine", "reference", "--solver", "highs")),
    ],
)
def test_every_machine_writes_the_same_plan_to_the_byte(tmp_path, sample, others, words):
    case = tmp_path / "case"
    sites = "12" if words else "60"
    CliRunner().invoke(root, ["sample", sample, "--out", str(case), "--sites", sites, "--items", "4"])
    mixed(case, tmp_path / "mixed")

    first = files_of(tmp_path, "case", MACHINES[0], *words)

    assert {"plan.xlsx", "pairs.csv", "lines.csv", "proof.json", "summary.json", "reasons.csv"} <= set(first)
    for machine in others:
        assert files_of(tmp_path, "mixed", machine, *words) == first
