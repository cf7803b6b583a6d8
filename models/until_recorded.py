"""What is asked for often and takes long: worked out again only after something was recorded."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from models.database import reading
from models.plan_tables import plan_override
from models.prepared import Prepared
from models.stamped import Stamped
from models.tables import document, leaf, pending_seal, version

__all__ = ["Mark", "UntilRecorded", "catalogue_mark_of", "mark_of", "mark_query"]

Mark = tuple[int, ...]
_T = TypeVar("_T")


def mark_of(connection: sa.Connection) -> Mark:
    """Return how far a ledger is written: every fact is a document, an override, or has a version."""
    return tuple(number or 0 for number in connection.execute(_QUERIES[connection.dialect.name]).one())


def mark_query(dialect: str) -> sa.Select[Any]:
    """Return the query for the numbers of a mark; null for none."""
    return _QUERIES[dialect]


def catalogue_mark_of(connection: sa.Connection) -> Mark:
    """Return how far master data is written: each change of it is a version, and none is ever taken away.

    On PostgreSQL they are counted, as the higher number may be committed before the lower.
    """
    return (int(_VERSIONS[connection.dialect.name].scalar(connection) or 0),)


_VERSIONS = {
    "sqlite": Prepared(sa.select(sa.func.max(version.c.id))),
    "postgresql": Prepared(sa.select(sa.func.count()).select_from(version)),
}


def _query(*more: sa.ColumnElement[Any]) -> sa.Select[Any]:
    tables = (document, version, plan_override)
    return sa.select(*(sa.select(sa.func.max(each.c.id)).scalar_subquery() for each in tables), *more)


_FACTS = (
    sa.select(sa.func.coalesce(sa.func.max(leaf.c.position) + 1, 0)).scalar_subquery()
    + sa.select(sa.func.count()).select_from(pending_seal).scalar_subquery()
)

_QUERIES = {
    "sqlite": _query(),
    # Whoever drew the lower number may be committed after the higher: then all that is or waits to be sealed is more.
    "postgresql": _query(_FACTS.label("facts")),
}


class UntilRecorded:
    """Answers by their questions, each kept until something is recorded; the `most` that were asked for last.

    Safe to use from many threads. `recorded`: tells the mark of now without asking the ledger each time
    (`Watch.recorded`); None where it cannot. `mark`: reads that mark from what a connection sees.
    """

    def __init__(
        self,
        most: int,
        recorded: Callable[[], Mark | None] = lambda: None,
        *,
        mark: Callable[[sa.Connection], Mark] = mark_of,
    ) -> None:
        self._kept, self._recorded, self._mark = Stamped(most), recorded, mark

    def answer(
        self,
        connection: sa.Connection,
        question: Hashable,
        work: Callable[[], _T],
        *,
        keeps: Callable[[_T], bool] = lambda _: True,
        mend: Callable[[_T, Mark, Mark], _T | None] = lambda *_: None,
    ) -> _T:
        """Return what `work` gave for a question when the ledger stood as it stands in `connection`, or later, or now.

        What is returned is shared: nobody changes it. `keeps`: says whether an answer is small enough, and its
        question asked often enough, to be kept. `mend`: makes an answer of the one that was kept last, of its mark and
        of the one of now; None where it cannot.
        """
        now = self._recorded()
        found: _T = self._NOTHING if now is None else self._kept.find(question, now, self._NOTHING)
        if found is not self._NOTHING:
            return found
        # What is worked out is of what this connection sees, which may be older than now.
        mark = self._mark(connection)

        def mended() -> _T:
            last = self._kept.last(question)
            made = None if last is None else mend(last[1], cast("Mark", last[0]), mark)
            return work() if made is None else made

        return self._kept.answer(question, mark, mended, keeps)

    def read(self, engine: sa.Engine, question: Hashable, work: Callable[[sa.Connection], _T]) -> _T:
        """Return the same, where nothing else is read: what is kept is given without asking the ledger for anything."""
        now = self._recorded()
        found: _T = self._NOTHING if now is None else self._kept.find(question, now, self._NOTHING)
        if found is not self._NOTHING:
            return found
        with reading(engine) as connection:
            return self._kept.answer(question, self._mark(connection), lambda: work(connection))

    _NOTHING: Any = object()
