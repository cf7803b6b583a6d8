"""Queries that are asked of every document: put together once, and asked of the driver itself.

Through SQLAlchemy a small question costs ten times what the database takes to answer it, and a writer asks a dozen
of them while all others wait for its lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.visitors import iterate

__all__ = ["Prepared", "ask"]

_Compiled = tuple[str, dict[str, Any], tuple[str, ...] | None]


class Prepared:
    """A query whose columns and parameters are whole numbers, texts and bytes, which drivers take as they are.

    A parameter made with `expanding=True` is a list, for IN; all others are single values.

    >>> from models.tables import item
    >>> code = Prepared(sa.select(item.c.code).where(item.c.id.in_(sa.bindparam("ids", expanding=True))))
    >>> engine = sa.create_engine("sqlite://")
    >>> item.create(engine)
    >>> with engine.connect() as connection:
    ...     code.rows(connection, ids=[1, 2])
    []
    """

    def __init__(self, query: sa.Select[*tuple[Any, ...]]) -> None:
        self._query = query
        asked = [each for each in iterate(query) if isinstance(each, sa.BindParameter) and each.required]
        self._lists = frozenset(each.key for each in asked if each.expanding)
        self._single = frozenset(each.key for each in asked if not each.expanding)
        self._compiled: dict[tuple[object, ...], _Compiled] = {}

    def rows(self, connection: sa.Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of an answer.

        Raises:
            sqlalchemy.exc.DBAPIError: as where SQLAlchemy asks.

        """
        lists = {name: _padded(values.pop(name)) for name in self._lists}
        lengths = {name: len(each) for name, each in lists.items()}
        dialect = connection.dialect
        kind = (dialect.name, *lengths.items())
        text, more, ordered = self._compiled.get(kind) or self._compile(kind, dialect, lengths)
        named = more | values
        for name, each in lists.items():
            named |= {f"{name}_{n}": value for n, value in enumerate(each, 1)}
        given = named if ordered is None else tuple(named[name] for name in ordered)
        return ask(connection, text, given)

    def first(self, connection: sa.Connection, **values: Any) -> tuple[Any, ...] | None:
        """Return the first row of an answer, None where there is none."""
        return next(iter(self.rows(connection, **values)), None)

    def scalar(self, connection: sa.Connection, **values: Any) -> Any:
        """Return the first column of the first row, None where there is none."""
        row = self.first(connection, **values)
        return None if row is None else row[0]

    def _compile(self, kind: tuple[object, ...], dialect: sa.Dialect, lengths: dict[str, int]) -> _Compiled:
        """Return the text for lists of these lengths, the query's own values, and the order of its parameters."""
        lists = {name: [0] * length for name, length in lengths.items()}
        compiled: Any = self._query.compile(dialect=dialect)
        made = compiled.construct_expanded_state(lists | dict.fromkeys(self._single, 0))
        ordered = tuple(made.positiontup) if compiled.positional else None
        self._compiled[kind] = (made.statement, dict(made.parameters), ordered)
        return self._compiled[kind]


def ask(connection: sa.Connection, text: str, given: Any) -> list[tuple[Any, ...]]:
    """Return the rows of an answer to a question in the driver's own words.

    Raises:
        sqlalchemy.exc.DBAPIError: as where SQLAlchemy asks; a connection that was lost goes back to no pool.

    """
    cursor: Any = connection.connection.cursor()
    try:
        cursor.execute(text, given)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    except connection.dialect.dbapi.Error as error:  # type: ignore[union-attr] # one that is connected has a driver
        raise _wrapped(connection, text, given, error) from error
    finally:
        cursor.close()
    return found


def _padded(values: Sequence[Any]) -> list[Any]:
    """Return a list with its last value again and again, to a length of which there are few: each is a text kept."""
    return [*values, *([values[-1]] * ((1 << (len(values) - 1).bit_length()) - len(values)))] if values else []


def _wrapped(connection: sa.Connection, text: str, given: Any, error: Exception) -> sa.exc.StatementError:
    """Return the error that SQLAlchemy would raise for one of the driver's."""
    dialect: Any = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection, None)
    if lost:
        connection.invalidate(error)
    made: sa.exc.StatementError = sa.exc.DBAPIError.instance(
        text, given, error, dialect.dbapi.Error, connection_invalidated=lost, dialect=dialect
    )
    return made
