"""The ledger's schema and its versions: made whole in a new ledger, carried forward in an old one.

A new ledger gets its tables from `models/tables.py` at once; an old one passes through the
migrations in `models/migrations/`. A test holds both ways to the same schema on both databases.
The first version is released and stays as it is: `python -m models.schema` says what a change of tables or guards
still lacks. docs/upgrading.md says how a version is added.
"""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.schema import CreateIndex, CreateTable

from allocator.sentence import say
from models.entry import Refusal
from models.guards import add_guards, guards_of, renew_guards
from models.tables import metadata

__all__ = [
    "HEAD",
    "REVISIONS",
    "baseline",
    "clauses_of",
    "finish_schema",
    "make_schema",
    "migrate",
    "refuse_unfinished",
    "refuse_unless_current",
    "unfinished_changes",
    "version_of",
]

REVISIONS = ("0001", "0002")
"""Every version of the schema this program knows, oldest first."""

HEAD = REVISIONS[-1]

_RELEASED = {
    "baseline_sqlite.sql": "2f0a38fad7e208c2aa0e3c6affe5144ad27b7ee731698efddcfd7cabd0199e2e",
    "baseline_postgresql.sql": "522073fd8f3e24c67e5c40bc41343c1f3b3ed23df3e37fd20a9a7d741e231387",
}
"""SHA-256 of what makes the first version, in hexadecimal: ledgers of it are in use."""

_GUARDS = "4e5810937e04f8ba8df8f07bca128537d77577bbc5fca4846dfaa02c84886c91"
"""SHA-256 of the guards of the last version, in hexadecimal: a ledger gets others only with another version."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_SEPARATOR = "\n-- next\n"
_TABLES_NAMED = 3
_VERSION = sa.table("alembic_version", sa.column("version_num", sa.Text))
_VERSION_TABLE = """
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
"""
_COLUMNS = {
    "sqlite": "SELECT made.name, part.name FROM sqlite_master AS made, pragma_table_xinfo(made.name) AS part "
    "WHERE made.type = 'table'",
    "postgresql": "SELECT relname, attname FROM pg_catalog.pg_class "
    "JOIN pg_catalog.pg_attribute ON attrelid = pg_class.oid "
    "WHERE pg_catalog.pg_table_is_visible(pg_class.oid) AND relnamespace <> 'pg_catalog'::regnamespace "
    "AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped",
}
"""What asks for the columns of every table: whoever opens a ledger does, and reading their types too takes ten times
as long."""

# Two people who make or migrate one ledger at once wait for each other.
_LOCK = "SELECT pg_advisory_xact_lock(1279345735)"


def make_schema(connection: sa.Connection) -> None:
    """Make every table and guard in an empty database, at this program's version."""
    for statement in _tables_made(connection.dialect.name, tuple(metadata.tables.values())):
        connection.exec_driver_sql(statement)
    finish_schema(connection)


@cache
def _tables_made(dialect_name: str, tables: tuple[sa.Table, ...]) -> tuple[str, ...]:
    """Return the statements that make tables and their indexes, for "sqlite" or "postgresql"."""
    dialect = registry.load(dialect_name)()
    made: list[sa.schema.ExecutableDDLElement] = []
    for table in sa.schema.sort_tables(tables):
        made += [CreateTable(table), *map(CreateIndex, sorted(table.indexes, key=lambda index: str(index.name)))]
    return tuple(str(each.compile(dialect=dialect)) for each in made)


def finish_schema(connection: sa.Connection) -> None:
    """Make the guards, and say of which version the tables are that stand there."""
    add_guards(connection)
    connection.exec_driver_sql(_VERSION_TABLE)
    connection.execute(sa.insert(_VERSION), {"version_num": HEAD})


def version_of(connection: sa.Connection) -> str | None:
    """Return the version of the schema of a ledger; None where there is no ledger."""
    there = _tables_of(connection)
    if not {"instance", "alembic_version"} <= there:
        return None
    return connection.execute(sa.select(_VERSION.c.version_num)).scalar()


def _tables_of(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


def refuse_unfinished(connection: sa.Connection, place: str) -> None:
    """Refuse a ledger that says it is of this version and lacks tables or columns of it.

    Before the first release its version followed the tables, so a ledger made by an earlier state of the program
    has the number of the first release. Nothing carries it forward.

    Raises:
        Refusal: naming some of what is missing, and how its content is kept.

    """
    there = {(name, column) for name, column in connection.exec_driver_sql(_COLUMNS[connection.dialect.name])}
    missing = sorted(set(metadata.tables) - {name for name, _ in there}) or sorted(
        f"{name}.{column.name}"
        for name, table in metadata.tables.items()
        for column in table.columns
        if (name, column.name) not in there
    )
    if missing:
        raise Refusal(
            say(
                "The ledger at {place} was made by an unfinished state of this program and lacks tables or columns of "
                "today ({tables}). Write it out with the program that made it (allocator snapshot --out CASE), and "
                "import that into a new ledger.",
                place=place,
                tables=[*missing[:_TABLES_NAMED], "…"] if len(missing) > _TABLES_NAMED else missing,
            )
        )


def refuse_unless_current(version: str | None, place: str) -> None:
    """Refuse to work where there is no ledger, or one of another version than this program's.

    `place`: its address, without a password.

    Raises:
        Refusal: there is none; it is newer or older.

    """
    if version is None:
        raise Refusal(say("There is no ledger at {place} yet. Make one with: allocator init", place=place))
    if version not in REVISIONS:
        raise Refusal(
            say(
                "The ledger at {place} was made by a newer allocator (its version is {version}, this program knows "
                "{known} at most). Install the newer one.",
                place=place,
                version=version,
                known=HEAD,
            )
        )
    if version != HEAD:
        raise Refusal(
            say(
                "The ledger at {place} is of version {version}, and this program works on {known}. "
                "Carry it forward with: allocator init",
                place=place,
                version=version,
                known=HEAD,
            )
        )


def migrate(connection: sa.Connection) -> None:
    """Carry a ledger, or an empty database, forward to this program's version within a transaction."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_LOCK)
    scripts = ScriptDirectory(str(_MIGRATIONS))
    with EnvironmentContext(
        Config(),
        scripts,
        fn=lambda revision, _: scripts._upgrade_revs("head", revision),  # noqa: SLF001 - as alembic's own `upgrade` does
    ) as environment:
        before = version_of(connection)
        environment.configure(connection=connection)
        environment.run_migrations()
    if before != HEAD:
        renew_guards(connection)


def baseline(dialect: str) -> list[str]:
    """Return the statements of the first version, for "sqlite" or "postgresql"."""
    return (_MIGRATIONS / f"baseline_{dialect}.sql").read_text(encoding="utf-8").strip().split(_SEPARATOR)


def clauses_of(statement: str) -> tuple[str, ...]:
    """Return what a statement makes, whatever the order: a column that was added later stands at the end.

    >>> clauses_of("CREATE TABLE a (x INTEGER, CHECK (x IN (1, 2))) STRICT")
    ('CREATE TABLE a', ') STRICT', 'CHECK (x IN (1, 2))', 'x INTEGER')
    """
    head, opened, body = " ".join(statement.split()).partition(" (")
    if not (opened and head.startswith("CREATE TABLE")):
        return (" ".join(statement.split()),)
    body, closed, rest = body.rpartition(")")
    clauses, depth = [""], 0
    for letter in body:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            clauses.append("")
        else:
            clauses[-1] += letter
    return (head, closed + rest, *sorted(map(str.strip, clauses)))


def unfinished_changes() -> list[str]:
    """Return what a change of the tables or guards of this program still lacks, as sentences; [] where nothing."""
    wrong = [
        f"{name} changed, and ledgers of that version are in use: put it back, and write a migration."
        for name, due in _RELEASED.items()
        if hashlib.sha256((_MIGRATIONS / name).read_bytes()).hexdigest() != due
    ]
    guards = "\n".join(statement for dialect in ("sqlite", "postgresql") for statement in guards_of(dialect))
    found = hashlib.sha256(guards.encode()).hexdigest()
    if found != _GUARDS:
        wrong.append(
            "The guards are not those of the last version. Add a version in models/migrations/versions/ and REVISIONS "
            f'(an empty `upgrade` will do: guards are renewed by themselves), then write _GUARDS = "{found}".'
        )
    differing = _differing_tables()
    if differing:
        wrong.append(
            f"Migrations do not lead to the tables of this program ({', '.join(differing)}). Add a version in "
            "models/migrations/versions/ and REVISIONS that changes them: docs/upgrading.md says how."
        )
    return wrong


def _differing_tables() -> list[str]:
    """Return which tables and indexes of a new ledger are not those of one that was carried forward, in SQLite."""
    found = []
    for make in (make_schema, migrate):
        engine = sa.create_engine("sqlite://")
        with engine.begin() as connection:
            make(connection)
            rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
            found.append({(name, clauses_of(sql)) for name, sql in rows})
        engine.dispose()
    return sorted({name for name, _ in found[0] ^ found[1]})


if __name__ == "__main__":
    sys.exit("\n".join(unfinished_changes()) or None)
