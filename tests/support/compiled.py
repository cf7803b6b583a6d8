"""Statements are compiled once for all ledgers of a process: a test opens some, and each engine would begin anew.

A server that stays up does the same, with the one engine it has. What is compiled depends on the kind of database,
its driver and its version, and on nothing else of an engine.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

__all__ = ["compile_once"]

_KEPT_MOST = 5_000


class _Kept(dict[Any, Any]):
    """Compiled statements by what was compiled, whichever engine asked."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_named(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        if len(self) >= _KEPT_MOST:
            self.clear()
        super().__setitem__(_named(key), compiled)


_kept = _Kept()


def _named(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *rest = key
    return (dialect.name, dialect.dbapi, dialect.server_version_info, *rest)


def compile_once() -> None:
    """Let every engine that connects from now on look there first."""
    sa.event.listen(sa.Engine, "engine_connect", _share)


def _share(connection: sa.Connection) -> None:
    engine = connection.engine
    if "compiled_cache" not in engine.get_execution_options():
        engine.update_execution_options(compiled_cache=_kept)
        connection.execution_options(compiled_cache=_kept)
