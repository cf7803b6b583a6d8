"""The ledger's schema: the same whether it is made at once or by every migration, and of one version."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from servers import a_postgres_database

from models.copying import copy_ledger
from models.database import open_database, reading, writing
from models.entry import Refusal
from models.ledger import create, open_ledger
from models.making import make_or_migrate
from models.migrations.versions import baseline as first
from models.schema import HEAD, REVISIONS, clauses_of, make_schema, migrate, unfinished_changes, version_of
from models.tables import metadata

POSTGRES_PARTS = (
    "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns",
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
)
MEND = "models/tables.py or guards.py changed: `python -m models.schema` says what is lacking"


def parts_of(engine: sa.Engine) -> list[tuple[str, ...]]:
    """Return everything a database holds beside rows, each part spelt on one line, columns in no order."""
    asked = POSTGRES_PARTS if engine.dialect.name == "postgresql" else ("SELECT name, sql FROM sqlite_master",)
    with engine.connect() as connection:
        rows = [row for query in asked for row in connection.exec_driver_sql(query)]
    return sorted(tuple(part for cell in row for part in clauses_of(str(cell))) for row in rows)


@pytest.mark.parametrize("address", [lambda: "sqlite://", a_postgres_database], ids=["sqlite", "postgresql"])
def test_migrations_lead_to_the_schema_that_is_made_at_once(address):
    made, migrated = open_database(address()), open_database(address())
    with writing(made) as connection:
        make_schema(connection)
    with writing(migrated) as connection:
        migrate(connection)
        migrate(connection)  # once more changes nothing

    assert parts_of(migrated) == parts_of(made), MEND
    assert any("never_" in part[0] for part in parts_of(made))
    with migrated.connect() as connection:
        assert version_of(connection) == HEAD
    made.dispose()
    migrated.dispose()


@pytest.mark.parametrize("address", [lambda: "sqlite://", a_postgres_database], ids=["sqlite", "postgresql"])
def test_a_copy_has_the_schema_that_is_made_at_once(address):
    made, copied = create(address(), name="county"), open_database(address())
    with reading(made.engine) as source, writing(copied) as target:
        copy_ledger(source, target)

    assert parts_of(copied) == parts_of(made.engine)
    made.engine.dispose()
    copied.dispose()


def test_every_version_is_named_and_the_first_has_none_before_it():
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory("models/migrations")
    assert tuple(step.revision for step in scripts.walk_revisions())[::-1] == REVISIONS
    assert (first.revision, first.down_revision) == (REVISIONS[0], None)


def with_version(url: str, version: str) -> None:
    engine = open_database(url)
    with writing(engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    engine.dispose()


@pytest.mark.parametrize("address", [None, a_postgres_database], ids=["sqlite", "postgresql"])
@pytest.mark.parametrize(
    ("statement", "lacking"),
    [("DROP TABLE budget", "budget"), ("ALTER TABLE offer RENAME COLUMN until TO ends", "offer.until")],
    ids=["table", "column"],
)
def test_a_ledger_that_lacks_something_of_today_is_refused_by_whoever_opens_it(address, statement, lacking, tmp_path):
    url = address() if address else f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    create(url, name="county").engine.dispose()
    engine = open_database(url)
    with writing(engine) as connection:
        connection.execute(sa.text(statement))
    engine.dispose()

    for opens in (lambda: open_ledger(url), lambda: make_or_migrate(url, made_at=0)):
        with pytest.raises(Refusal, match=rf"unfinished state .* lacks tables or columns of today \(.*{lacking}.*\)"):
            opens()


def test_a_ledger_of_a_newer_program_is_refused_and_left_alone(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    create(url, name="county").engine.dispose()
    with_version(url, "9999")

    with pytest.raises(Refusal, match=r"made by a newer allocator \(its version is 9999, .* Install the newer one"):
        open_ledger(url)
    with pytest.raises(Refusal, match="made by a newer allocator"):
        make_or_migrate(url, made_at=0)


def test_a_ledger_of_an_older_program_is_refused_until_it_is_carried_forward(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    create(url, name="county").engine.dispose()
    with_version(url, "0000")
    monkeypatch.setattr("models.schema.REVISIONS", ("0000", *REVISIONS))

    with pytest.raises(Refusal, match=r"of version 0000, .* Carry it forward with: allocator init"):
        open_ledger(url)


def test_opening_a_ledger_that_is_not_there_makes_no_file(tmp_path):
    with pytest.raises(Refusal, match=r"There is no ledger at .* yet. Make one with: allocator init"):
        open_ledger(f"sqlite:///{tmp_path / 'none' / 'ledger.sqlite'}")
    assert list(tmp_path.iterdir()) == []


def test_every_change_of_tables_and_guards_has_its_version():
    assert unfinished_changes() == []


def test_control_a_table_without_a_version_is_named():
    later = sa.Table("later", metadata, sa.Column("id", sa.Integer, primary_key=True))
    try:
        (wrong,) = unfinished_changes()
    finally:
        metadata.remove(later)

    assert wrong.startswith("Migrations do not lead to the tables of this program (later). Add a version in")


def test_control_a_guard_that_changed_and_a_version_that_was_written_anew_are_named(monkeypatch):
    monkeypatch.setattr("models.schema.guards_of", lambda dialect: [dialect])
    monkeypatch.setattr("models.schema._RELEASED", {"baseline_sqlite.sql": "another"})

    assert [each.partition(":")[0].partition(". Add")[0] for each in unfinished_changes()] == [
        "baseline_sqlite.sql changed, and ledgers of that version are in use",
        "The guards are not those of the last version",
    ]
