"""Write docs/third-party.md: what a deployment is made of, and under which licences."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = Path(__file__).with_name("third-party.md")

HEAD = """\
# Third-party notices

Made by `make docs` from requirements.txt and what each distribution says of itself; a test compares
the two lists. The full licence texts come with each distribution, in its `*.dist-info` folder.

| distribution | version | licence | also carries |
|---|---|---|---|
"""

CARRIES = {
    "highspy": "HiGHS (MIT)",
    "numpy": "OpenBLAS (BSD-3-Clause)",
    "ortools": "HiGHS (MIT), SCIP (Apache-2.0), CBC and CLP (EPL-2.0), Abseil (Apache-2.0)",
    "pulp": "CBC (EPL-2.0), started as a program of its own",
    "pyarrow": "Apache Arrow C++ and what its NOTICE lists",
}
"""What a wheel holds beside its own code; a distribution's metadata does not say."""

SHORTEST = 60
"""A longer licence field is the whole text; its classifier names it."""


def locked_versions() -> dict[str, list[str]]:
    """Return the locked versions of each distribution (several where Python's version decides)."""
    versions: dict[str, list[str]] = {}
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", line):
            versions.setdefault(found[1], []).append(found[2])
    return versions


def licence_of(name: str) -> str:
    """Return a distribution's licence in its own words."""
    about = importlib.metadata.metadata(name)
    named = about.get("License-Expression") or about.get("License") or ""
    if named and len(named) < SHORTEST:
        return named
    classifiers = about.get_all("Classifier") or []
    return ", ".join(c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License ::")) or "see its folder"


def page() -> str:
    """Return the whole page."""
    rows = [
        f"| {name} | {', '.join(versions)} | {licence_of(name)} | {CARRIES.get(name, '')} |"
        for name, versions in sorted(locked_versions().items())
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
