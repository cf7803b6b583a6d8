"""Lend a few things to many threads, first come, first served.

A queue of Python's own wakes who has waited longest, but lets whoever comes by just then take what
was meant for it: under load some thread waits for seconds.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

__all__ = ["Lending"]

T = TypeVar("T")


class Lending(Generic[T]):
    """Things that are lent to one thread each; what was given back last is lent first.

    >>> lending = Lending(["first", "second"])
    >>> with lending.lent() as holder:
    ...     holder[0]
    'second'
    """

    def __init__(self, things: list[T]) -> None:
        self._mutex = threading.Lock()
        self._idle = list(things)
        self._waiting: deque[tuple[threading.Lock, list[T]]] = deque()

    @contextlib.contextmanager
    def lent(self) -> Iterator[list[T]]:
        """Lend one thing, in a list of one: what is put in its place is given back instead of it."""
        holder = self._take()
        try:
            yield holder
        finally:
            self._give_back(holder[0])

    def take_idle(self) -> list[T]:
        """Take everything that nobody has at this moment."""
        with self._mutex:
            taken, self._idle = self._idle, []
            return taken

    def give(self, thing: T) -> None:
        """Add a thing."""
        self._give_back(thing)

    def _take(self) -> list[T]:
        with self._mutex:
            if self._idle:
                return [self._idle.pop()]
            turn, holder = threading.Lock(), list[T]()
            turn.acquire()
            self._waiting.append((turn, holder))
        turn.acquire()
        return holder

    def _give_back(self, thing: T) -> None:
        with self._mutex:
            if not self._waiting:
                self._idle.append(thing)
                return
            turn, holder = self._waiting.popleft()
        holder.append(thing)
        turn.release()
