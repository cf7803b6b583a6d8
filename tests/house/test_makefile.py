"""`make demo` on machines that lack something says what, in a line; and the Makefile is one that make 3.81 reads."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="this machine has no make")


def made(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    return subprocess.run(
        ["make", "demo", f"PYTHON={python}"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def script(path: Path, *lines: str) -> str:
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@needs_make
def test_without_the_venv_module_the_line_that_mends_it_is_printed(tmp_path):
    """Debian's python3 is such a one; what it left half made is taken away again."""
    python = script(
        tmp_path / "debian",
        'if [ "$1" = "-m" ]; then mkdir .venv; echo "No module named ensurepip" >&2; exit 1; fi',
        f'exec "{sys.executable}" "$@"',
    )

    done = made(tmp_path, python)

    assert done.returncode != 0
    assert "On Debian and Ubuntu this mends it: sudo apt install python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()


@needs_make
@pytest.mark.parametrize(("python", "said"), [("", "No Python 3.11 or newer found."), ("old", "is no Python 3.11")])
def test_without_a_fitting_python_it_says_so(tmp_path, python, said):
    done = made(tmp_path, python and script(tmp_path / python, "exit 1"))

    assert done.returncode != 0
    assert said in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_nothing_in_the_makefile_is_newer_than_make_3_81():
    """macOS still brings 3.81, of 2006."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")

    newer = r"\.ONESHELL|::=|!=|\$\((?:file|guile) |^define .*=|\.RECIPEPREFIX|^undefine"
    assert re.findall(newer, text, re.MULTILINE) == []
