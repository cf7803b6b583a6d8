"""What the database itself sees to: nobody changes or deletes a fact in any way it knows; PostgreSQL posts.

SQLite's REPLACE deletes without a word unless `recursive_triggers` is on, so inserting over a row
that is there is refused too; PostgreSQL's row triggers do not see TRUNCATE, so it has its own.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.routine import routine_statements
from models.tables import FACTS, metadata

__all__ = ["add_guards", "guards_of"]

_SAYS = "the ledger is written once: reverse the document instead"


def guards_of(dialect: str) -> list[str]:
    """Return the statements that make the guards, and PostgreSQL's routine, for "sqlite" or "postgresql"."""
    return _sqlite() if dialect == "sqlite" else _postgres()


def add_guards(connection: sa.Connection) -> None:
    """Make the guards in a new database."""
    for statement in guards_of(connection.dialect.name):
        connection.exec_driver_sql(statement)


def _sqlite() -> list[str]:
    forbidden = f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
    statements: list[str] = []
    for name in FACTS:
        key = " AND ".join(f"{column.name} = NEW.{column.name}" for column in metadata.tables[name].primary_key)
        there = f"EXISTS (SELECT 1 FROM {name} WHERE {key})"  # noqa: S608 - names of our own tables
        statements += [
            f"CREATE TRIGGER never_update_{name} BEFORE UPDATE ON {name} {forbidden}",
            f"CREATE TRIGGER never_delete_{name} BEFORE DELETE ON {name} {forbidden}",
            f"CREATE TRIGGER never_replace_{name} BEFORE INSERT ON {name} WHEN {there} {forbidden}",
        ]
    return statements


def _postgres() -> list[str]:
    refuses = f"$$ BEGIN RAISE EXCEPTION '{_SAYS}'; END $$"
    settings = "RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp"
    statements = [f"CREATE FUNCTION refuse_change() {settings} AS {refuses}"]
    for name in FACTS:
        calls = "EXECUTE FUNCTION refuse_change()"
        statements += [
            f"CREATE TRIGGER never_change_{name} BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW {calls}",
            f"CREATE TRIGGER never_truncate_{name} BEFORE TRUNCATE ON {name} FOR EACH STATEMENT {calls}",
        ]
    return statements + routine_statements()
