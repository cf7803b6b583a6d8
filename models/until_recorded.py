"""What is asked for often and takes long: worked out again only after something was recorded."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import sqlalchemy as sa

from models.plan_tables import plan_override
from models.tables import document, version

__all__ = ["Mark", "UntilRecorded", "mark_of"]

Mark = tuple[int, ...]
_T = TypeVar("_T")


def mark_of(connection: sa.Connection) -> Mark:
    """Return how far a ledger is written: every fact is a document, an override, or has a version."""
    tables = (document, version, plan_override)
    return tuple(connection.execute(sa.select(sa.func.max(each.c.id))).scalar() or 0 for each in tables)


class UntilRecorded:
    """Answers by their questions, each kept until something is recorded; the `most` that were asked for last.

    Safe to use from many threads: who come together with one question ask the ledger once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._mark: Mark | None = None
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def answer(
        self,
        connection: sa.Connection,
        question: Hashable,
        work: Callable[[], _T],
        *,
        keeps: Callable[[_T], bool] = lambda _: True,
    ) -> _T:
        """Return what `work` gave for a question when the ledger stood as it stands in `connection`, or gives now.

        What is returned is shared: nobody changes it. `keeps`: says whether an answer is small enough, and its
        question asked often enough, to be kept.
        """
        mark = mark_of(connection)
        with self._lock:
            if self._mark != mark:
                self._kept.clear()
                self._mark = mark
            if question in self._kept:
                self._kept.move_to_end(question)
                found: _T = self._kept[question]
                return found
            found = work()
            if keeps(found):
                self._kept[question] = found
                if len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            return found
