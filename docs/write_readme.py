"""Run the commands shown in README.md and README.zh.md and write what they print below them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", ROOT / "README.zh.md")
CONSOLE = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)


def printed(command: str, folder: Path) -> str:
    """Return what a command prints on stdout; `make demo` is what it runs, once everything is installed."""
    words = command.replace("make demo", "allocator demo").split()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command} ends with {done.returncode}: {done.stderr}")
    return done.stdout


def executed(page: str, folder: Path, *, run: Callable[[str, Path], str] = printed) -> str:
    """Return a page with every console block run anew, all in one folder."""

    def run_block(block: re.Match[str]) -> str:
        commands = [line for line in block[0].splitlines() if line.startswith("$ ")]
        return "".join(f"{line}\n{run(line[2:], folder)}" for line in commands)

    return CONSOLE.sub(run_block, page)


if __name__ == "__main__":
    for path in PAGES:
        with tempfile.TemporaryDirectory() as fresh:
            told = executed(path.read_text(encoding="utf-8"), Path(fresh))
        path.write_text(told, encoding="utf-8")
