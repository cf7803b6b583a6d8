"""The ledger's schema and its versions: made whole in a new ledger, carried forward in an old one.

A new ledger gets its tables from `models/tables.py` at once; an old one passes through the
migrations in `models/migrations/`. A test holds both ways to the same schema on both databases.
Until the first release the baseline follows the tables: `python -m models.schema` writes it anew.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import sqlalchemy as sa

from allocator.sentence import say
from models.entry import Refusal
from models.guards import add_guards, guards_of
from models.tables import metadata

__all__ = [
    "HEAD",
    "REVISIONS",
    "baseline",
    "finish_schema",
    "make_schema",
    "migrate",
    "refuse_unfinished",
    "refuse_unless_current",
    "version_of",
]

REVISIONS = ("0001",)
"""Every version of the schema this program knows, oldest first."""

HEAD = REVISIONS[-1]

_MIGRATIONS = Path(__file__).parent / "migrations"
_SEPARATOR = "\n-- next\n"
_TABLES_NAMED = 3
_VERSION = sa.table("alembic_version", sa.column("version_num", sa.Text))
_VERSION_TABLE = """
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
"""
# Two people who make or migrate one ledger at once wait for each other.
_LOCK = "SELECT pg_advisory_xact_lock(1279345735)"


def make_schema(connection: sa.Connection) -> None:
    """Make every table and guard in an empty database, at this program's version."""
    metadata.create_all(connection)
    finish_schema(connection)


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

    Until the first release the baseline follows the tables, so a ledger made by an earlier state of the program
    has the number of today. Nothing was released, so nothing carries it forward.

    Raises:
        Refusal: naming some of what is missing, and how its content is kept.

    """
    there = {
        name: {column["name"] for column in columns}
        for (_, name), columns in sa.inspect(connection).get_multi_columns().items()
    }
    missing = sorted(set(metadata.tables) - there.keys()) or sorted(
        f"{name}.{column.name}"
        for name, table in metadata.tables.items()
        for column in table.columns
        if column.name not in there[name]
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
        environment.configure(connection=connection)
        environment.run_migrations()


def baseline(dialect: str) -> list[str]:
    """Return the statements of the first version, for "sqlite" or "postgresql"."""
    return _baseline_file(dialect).read_text(encoding="utf-8").strip().split(_SEPARATOR)


def _baseline_file(dialect: str) -> Path:
    return _MIGRATIONS / f"baseline_{dialect}.sql"


def _statements_of_tables(dialect: str) -> list[str]:
    """Return what `make_schema` does, as statements."""
    statements: list[str] = []
    address = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}[dialect]
    own = sa.make_url(address).get_dialect()()
    engine = sa.create_mock_engine(address, lambda ddl, *_, **__: statements.append(str(ddl.compile(dialect=own))))
    metadata.create_all(engine, checkfirst=False)
    # SQLAlchemy keeps a table's indexes in a set: without an order each run would write another file.
    runs = itertools.groupby(map(str.strip, statements), key=lambda statement: statement.startswith("CREATE INDEX"))
    ordered = [statement for is_index, run in runs for statement in (sorted(run) if is_index else run)]
    return [*ordered, *(statement.strip() for statement in guards_of(dialect))]


def write_baselines() -> None:
    """Write the baseline anew from the tables; only before the first release."""
    for dialect in ("sqlite", "postgresql"):
        lines = [line.rstrip() for line in _SEPARATOR.join(_statements_of_tables(dialect)).splitlines()]
        _baseline_file(dialect).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_baselines()
