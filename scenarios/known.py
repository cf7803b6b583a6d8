"""The scenarios that come with the program, and those of a user's own folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from scenarios.reading import read_scenario
from scenarios.scenario import BASELINE, Scenario

__all__ = ["LIBRARY_FOLDER", "library", "stress_files"]

LIBRARY_FOLDER = Path(__file__).parent / "library"


STRESSES_FOLDER = Path(__file__).parent / "stresses"


def stress_files() -> dict[str, Path]:
    """Return the files of the stresses that come with the program, by name.

    >>> list(stress_files())
    ['county']
    """
    return {path.stem: path for path in sorted(STRESSES_FOLDER.glob("*.toml"))}


@cache
def library() -> dict[str, Scenario]:
    """Return the scenarios that come with the program by name, the baseline first.

    >>> list(library())[:2]
    ['baseline', 'budget-halved']
    """
    read = [read_scenario(path) for path in sorted(LIBRARY_FOLDER.glob("*.toml"))]
    return {BASELINE.name: BASELINE} | {each.name: each for each in read}
