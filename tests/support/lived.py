"""A county's day, lived once for all workers of a run: `allocator demo` takes half a minute of CPU."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest
from docs_scripts import ROOT, loaded

__all__ = ["DEMO", "PRINTED", "a_county_s_day"]

DEMO = "allocator demo"
PRINTED = "printed.txt"


def a_county_s_day(factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which `allocator demo` was typed at a fresh process; what it printed lies beside.

    Copy what is to be changed: others look into this folder too.
    """
    own = factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / "county-s-day"
    with (shared / "county-s-day.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / PRINTED).exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            with pytest.MonkeyPatch.context() as patch:
                # Whoever asks first may have a ledger of their own by then.
                patch.delenv("ALLOCATOR_DB", raising=False)
                told = loaded(ROOT / "docs" / "write_readme.py").printed(DEMO, folder)
            (folder / PRINTED).write_text(told, encoding="utf-8")
    return folder
