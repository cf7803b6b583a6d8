"""Run programs as a fresh machine would: nothing of the tests' own process helps."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

__all__ = ["DECOY", "DECOYS", "ROOT", "run"]

ROOT = Path(__file__).resolve().parents[2]

DECOYS = ("models", "data")
"""Names of packages that somebody else's distributions have, too."""

DECOY = 'raise ImportError("somebody else\'s package")\n'


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder and return what became of it."""
    # Nothing of this process may help: neither the clone on the path nor the language of this machine.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COV_"))}
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=environment | {"LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
