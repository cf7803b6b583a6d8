"""Questions asked very often: put together once for each of their forms, so that each time only values are given.

Putting a statement of several parts together costs SQLAlchemy more than its answer takes the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

__all__ = ["answers"]


def answers(
    connection: sa.Connection,
    build: Callable[..., sa.Select[Any]],
    form: tuple[Any, ...],
    values: Mapping[str, Any],
) -> sa.CursorResult[Any]:
    """Return the answers to a question of some form.

    `build`: puts the statement together from the form alone, a function of a module; what `values` gives are
    bound parameters of these names in it.
    """
    compiled = _compiled(connection.dialect, build, form)
    given = compiled.construct_params(dict(values))
    if compiled.positional:
        return connection.exec_driver_sql(compiled.string, tuple(given[name] for name in compiled.positiontup or ()))
    return connection.exec_driver_sql(compiled.string, given)


@lru_cache(maxsize=256)  # forms are few; a dialect is one engine's own
def _compiled(
    dialect: sa.Dialect, build: Callable[..., sa.Select[Any]], form: tuple[Any, ...]
) -> sa.sql.compiler.SQLCompiler:
    compiled = build(*form).compile(dialect=dialect)
    assert isinstance(compiled, sa.sql.compiler.SQLCompiler)  # noqa: S101 - a statement, not a schema
    return compiled
