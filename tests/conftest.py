"""Every test may import what lies in tests/support."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))


@pytest.fixture(params=["sqlite", "postgresql"])
def each_database(request) -> Iterator[str]:
    """Run a test once on each database; ledgers of `tests/support/ledgers.py` are made there."""
    from ledgers import kept_in

    with kept_in(request.param):
        yield request.param
