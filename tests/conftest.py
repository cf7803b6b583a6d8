"""Every test may import what lies in tests/support; every ledger a test touches is replayed after it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent / "support"))

import compiled
import replayed

replayed.watch()
compiled.compile_once()

# How long a drawn case takes is told by the machine's other work too: by a deadline laws failed on a busy one.
settings.register_profile("allocator", deadline=None)
settings.load_profile("allocator")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Collect; what that makes stays, and looking through all of it again and again takes a seventh of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
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
