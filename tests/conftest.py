"""Every test may import what lies in tests/support; every ledger a test touches is replayed after it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))

import compiled
import replayed

replayed.watch()
compiled.compile_once()


# What is made while tests are collected stays; looking through all of it again and again takes a seventh of that time.
gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Look for what can be thrown away from here on, among what the tests make."""
    gc.enable()
    gc.freeze()


@pytest.fixture(params=["sqlite", "postgresql"])
def each_database(request) -> Iterator[str]:
    """Run a test once on each database; ledgers of `tests/support/ledgers.py` are made there."""
    from ledgers import kept_in

    with kept_in(request.param):
        yield request.param


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin to note which ledgers this test touches."""
    replayed.forget()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Rebuild the balances of what was touched, once no fixture holds a connection any more."""
    result = yield
    faults = replayed.replay_touched()
    if faults and not item.get_closest_marker("spoils_ledgers"):
        pytest.fail("Balances are not the sum of their lines:\n" + "\n".join(faults), pytrace=False)
    return result
