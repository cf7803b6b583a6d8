"""Which programs made a plan: names and versions, for the summary and the auditor."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

__all__ = ["versions_of"]

_PARTS = {"fast": ("numpy", "highspy", "ortools"), "reference": ("numpy", "pulp", "ortools")}


def versions_of(engine: str, solver: str | None) -> dict[str, object]:
    """Return the solver's name and the versions of everything an engine used.

    >>> versions_of("fast", None)["solver"]
    'highs'
    """
    used = {name: _version(name) for name in ("supplies-allocator", *_PARTS[engine])}
    return {
        "solver": "highs" if engine == "fast" else solver or "cbc",
        "versions": {"python": platform.python_version(), **used},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "source"
