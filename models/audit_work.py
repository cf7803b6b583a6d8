"""The work of an audit, done here or divided among processes that read the same state of the ledger."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar

from models.audit_catalogue import Catalogue, load
from models.audit_counts import Aside
from models.audit_reading import Reader, Wholes, reader_at

__all__ = ["Bench", "Hands", "here", "processes"]

T = TypeVar("T")

WAITING_MAX = 2
"""Results that may wait for their turn, for each process: so memory stays bounded."""


@dataclass(frozen=True)
class Bench:
    """What each process works with."""

    reader: Reader
    catalogue: Catalogue
    aside: Aside

    @cached_property
    def counted_accounts(self) -> Wholes:
        """The accounts that were ever counted, sorted; kept before the first block is begun."""
        return self.aside.counted_accounts()


class Hands(Protocol):
    """Does tasks, each a function of a bench and its own arguments."""

    def begin(self, task: Callable[..., T], *arguments: Any) -> Callable[[], T]:
        """Begin a task; return what waits for its result."""
        ...

    def each(self, task: Callable[..., T], arguments: Iterable[tuple[Any, ...]]) -> Iterator[T]:
        """Do a task for each of many arguments; give the results in their order."""
        ...


class _Here:
    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def begin(self, task: Callable[..., T], *arguments: Any) -> Callable[[], T]:
        # Done when it is asked for: what came before may have found something already.
        return lambda: task(self._bench, *arguments)

    def each(self, task: Callable[..., T], arguments: Iterable[tuple[Any, ...]]) -> Iterator[T]:
        return (task(self._bench, *each) for each in arguments)


class _Processes:
    def __init__(self, pool: ProcessPoolExecutor, count: int) -> None:
        self._pool = pool
        self._count = count

    def begin(self, task: Callable[..., T], *arguments: Any) -> Callable[[], T]:
        return self._pool.submit(_at_bench, task, arguments).result

    def each(self, task: Callable[..., T], arguments: Iterable[tuple[Any, ...]]) -> Iterator[T]:
        left = iter(arguments)
        begun = deque(self.begin(task, *each) for each in itertools.islice(left, self._count * WAITING_MAX))
        while begun:
            result = begun.popleft()()
            begun.extend(self.begin(task, *each) for each in itertools.islice(left, 1))
            yield result


def here(bench: Bench) -> Hands:
    """Return hands that do every task in this process."""
    return _Here(bench)


@contextlib.contextmanager
def processes(url: str, snapshot: str, aside: Aside, count: int) -> Iterator[Hands]:
    """Give hands that divide tasks among new processes. `snapshot`: as `models.audit_reading.share` gives it."""
    # Forked children would share this one's connections.
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _set_up, (url, snapshot, aside))
    for _ in range(count):
        pool.submit(_begun)  # a pool starts a process for each task, and so now
    try:
        yield _Processes(pool, count)
    finally:
        pool.shutdown(cancel_futures=True)


_benches: list[Bench] = []
_open = contextlib.ExitStack()


def _set_up(url: str, snapshot: str, aside: Aside) -> None:
    reader = _open.enter_context(reader_at(url, snapshot))
    _benches.append(Bench(reader, load(reader), aside))


def _begun() -> None:
    """Do nothing, once the process is set up."""


def _at_bench(task: Callable[..., T], arguments: tuple[Any, ...]) -> T:
    return task(_benches[-1], *arguments)
