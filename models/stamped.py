"""Answers that are kept as long as what they were made from bears the same stamp."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar

__all__ = ["Keeping", "Stamped", "read_anew"]

_T = TypeVar("_T")


class Keeping(Protocol):
    """What gives again what it gave for a question, as long as that still holds."""

    def __call__(self, question: Hashable, work: Callable[[], _T], /) -> _T:
        """Return the answer to a question; `work` reads it."""


def read_anew(_: Hashable, work: Callable[[], _T], /) -> _T:
    """Keep nothing."""
    return work()


_STRIPES = 16
_NOTHING = object()


class Stamped:
    """Answers by their questions, each with the stamp it was given under; the `most` that were asked for last.

    Safe to use from many threads: who come together with one question work it out once, and hardly anybody else waits
    for them. What is returned is shared: nobody changes it.

    >>> kept = Stamped(8)
    >>> [kept.answer("one", stamp, lambda: [stamp]) for stamp in (1, 1, 2)]
    [[1], [1], [2]]
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._working = [threading.Lock() for _ in range(_STRIPES)]
        self._kept: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()

    def find(self, question: Hashable, stamp: Hashable, otherwise: Any = None) -> Any:
        """Return what is kept for a question under a stamp, else something else."""
        with self._lock:
            found = self._kept.get(question)
            if found is None or found[0] != stamp:
                return otherwise
            self._kept.move_to_end(question)
            return found[1]

    def last(self, question: Hashable) -> tuple[Hashable, Any] | None:
        """Return the stamp and the answer that a question was given last, whether it still holds or not."""
        with self._lock:
            return self._kept.get(question)

    def answer(
        self, question: Hashable, stamp: Hashable, work: Callable[[], _T], keeps: Callable[[_T], bool] = lambda _: True
    ) -> _T:
        """Return what is kept for a question under a stamp, else what `work` gives now.

        `keeps`: says whether an answer is small enough, and its question asked often enough, to be kept.
        """
        with self._working[hash(question) % _STRIPES]:
            found: _T = self.find(question, stamp, _NOTHING)
            if found is _NOTHING:
                found = work()
                if keeps(found):
                    self._keep(question, stamp, found)
            return found

    def _keep(self, question: Hashable, stamp: Hashable, found: Any) -> None:
        with self._lock:
            self._kept[question] = (stamp, found)
            self._kept.move_to_end(question)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
