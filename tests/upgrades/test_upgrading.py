"""A ledger of each released version, stored with rows in every table, is carried forward whole, or not touched."""

from __future__ import annotations

import contextlib
import lzma
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from desk import Clerk
from servers import a_postgres_database

from models.database import open_database, reading, writing
from models.making import make_or_migrate
from models.schema import HEAD, REVISIONS, baseline, version_of

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MIGRATIONS = ROOT / "models" / "migrations"
OLD = REVISIONS[:-1]

Rows = dict[str, list[tuple[Any, ...]]]

on_both = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


def stored(version: str, folder: Path) -> Path:
    """Put a stored ledger where it can be written to."""
    file = folder / f"{version}.sqlite"
    file.write_bytes(lzma.decompress((HERE / f"ledger_{version}.xz").read_bytes()))
    return file


def an_old_ledger(version: str, kind: str, folder: Path) -> str:
    """Return the address of a ledger as a program of that version left it."""
    file = stored(version, folder)
    if kind == "sqlite":
        return f"sqlite:///{file}"
    assert version == "0001"
    url = a_postgres_database()
    engine = open_database(url, connections=1)
    with writing(engine) as connection:
        for statement in baseline("postgresql"):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        _fill(connection, file)
    engine.dispose()
    return url


def _fill(connection: sa.Connection, file: Path) -> None:
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    source, tables = open_database(f"sqlite:///{file}", connections=1), sa.MetaData()
    tables.reflect(connection)
    with reading(source) as seen:
        for table in tables.sorted_tables:
            rows = [dict(row) for row in seen.execute(sa.select(table)).mappings()]
            if rows:
                connection.execute(table.insert(), rows)
            own = table.autoincrement_column
            if own is not None and rows:
                last = sa.select(sa.func.max(own)).scalar_subquery()
                connection.execute(
                    sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(table.name, own.name), last))
                )
    source.dispose()


def rows_of(url: str) -> Rows:
    """Return every row of every table that is there, whatever this program thinks of it."""
    engine, tables = open_database(url, connections=1), sa.MetaData()
    with reading(engine) as connection:
        tables.reflect(connection)
        found = {
            name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
            for name, table in tables.tables.items()
        }
    engine.dispose()
    return {name: rows for name, rows in found.items() if name != "alembic_version"}


def version_at(url: str) -> str | None:
    engine = open_database(url, connections=1)
    with reading(engine) as connection:
        found = version_of(connection)
    engine.dispose()
    return found


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_ACTOR", "lin")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    return Clerk(tmp_path)


def test_a_ledger_of_each_released_version_is_stored_with_rows_in_every_table_that_holds_facts(tmp_path):
    for version in OLD:
        rows = rows_of(f"sqlite:///{stored(version, tmp_path)}")

        assert {name for name, found in rows.items() if not found} <= {"pending_seal", "sender_header", "ledger_move"}
        assert len(rows["leaf"]) > 256


@on_both
@pytest.mark.parametrize("version", OLD)
def test_an_old_ledger_is_carried_forward_with_every_row_and_goes_on(version, kind, clerk, monkeypatch):
    url = an_old_ledger(version, kind, clerk.folder)
    before = rows_of(url)
    monkeypatch.setenv("ALLOCATOR_DB", url)
    refused = clerk("stock")
    done = clerk("init")
    again = clerk("init")
    after = rows_of(url)

    assert "Carry it forward with: allocator init" in refused.stderr
    assert f"forward from version {version} to {HEAD}" in done.stdout, done.output
    assert "nothing to do" in again.stdout
    assert {name: after[name] for name in before} == before
    # The head that was kept elsewhere before is a head of what it is now, and more is recorded upon it.
    checked = ("audit", "check", "--head", str(HERE / f"head_{version}.txt"))
    assert clerk(*checked).exit_code == 0
    more = clerk("receive", "D1", "MASK", "10", "--partner", "S1", "--lot", "L9", "--actor", "wu")
    assert more.exit_code == 0, more.output
    assert clerk(*checked).exit_code == 0


@on_both
@pytest.mark.parametrize("version", OLD)
def test_a_backup_of_an_older_version_is_restored_into_this_one_and_stays_as_it_is(version, kind, clerk, monkeypatch):
    file = stored(version, clerk.folder)
    content, before = file.read_bytes(), rows_of(f"sqlite:///{file}")
    file.write_bytes(content)
    place = a_postgres_database() if kind == "postgresql" else f"sqlite:///{clerk.folder / 'restored.sqlite'}"
    monkeypatch.setenv("ALLOCATOR_DB", place)
    done = clerk("restore", str(file), "--head", str(HERE / f"head_{version}.txt"))
    after = rows_of(place)

    assert done.exit_code == 0, done.output
    assert f"is of version {version}; what is restored is carried forward to {HEAD}" in done.stderr
    assert file.read_bytes() == content
    forgotten = {"web_session", "api_token", "job"}
    assert {name: after[name] for name in before if name not in forgotten} == {
        name: rows for name, rows in before.items() if name not in forgotten
    }


# --- A migration that does not come to its end ---------------------------------------------------

BROKEN = """
import os, signal
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9999", "HEAD"

def upgrade():
    op.create_table("half", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO half (id) VALUES (1)")
    op.execute("UPDATE person SET name = 'half'")
    op.add_column("item", sa.Column("half", sa.Text, nullable=False, server_default=""))
    os.kill(os.getpid(), signal.SIGKILL) if os.environ.get("KILLED") else 1 / 0
"""

KILLED = """
import sys
from pathlib import Path
import models.making, models.schema
models.schema._MIGRATIONS = Path(sys.argv[1])
for module in (models.making, models.schema):
    module.REVISIONS, module.HEAD = (*module.REVISIONS, "9999"), "9999"
models.making.make_or_migrate(sys.argv[2], made_at=0)
"""


@pytest.fixture
def broken(tmp_path) -> Path:
    """Return migrations the last of which changes tables and rows, and then does not end."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "broken.py").write_text(BROKEN.replace("HEAD", HEAD), encoding="utf-8")
    return folder


@contextlib.contextmanager
def left_as_it_was(url: str) -> Iterator[None]:
    before, version = rows_of(url), version_at(url)
    yield
    assert version_at(url) == version
    assert rows_of(url) == before
    make_or_migrate(url, made_at=0)
    after = rows_of(url)
    assert {name: after[name] for name in before} == before


@on_both
def test_a_migration_that_fails_leaves_the_old_ledger(kind, tmp_path, broken, monkeypatch):
    url = an_old_ledger("0001", kind, tmp_path)
    with left_as_it_was(url), monkeypatch.context() as patch:
        patch.setattr("models.schema._MIGRATIONS", broken)
        for module in ("models.making", "models.schema"):
            patch.setattr(f"{module}.REVISIONS", (*REVISIONS, "9999"))
            patch.setattr(f"{module}.HEAD", "9999")
        with pytest.raises(ZeroDivisionError):
            make_or_migrate(url, made_at=0)


@on_both
def test_a_program_that_is_killed_in_a_migration_leaves_the_old_ledger(kind, tmp_path, broken, monkeypatch):
    url = an_old_ledger("0001", kind, tmp_path)
    monkeypatch.setenv("KILLED", "1")
    with left_as_it_was(url):
        killed = subprocess.run([sys.executable, "-c", KILLED, broken, url], cwd=ROOT, check=False, capture_output=True)
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()


def test_control_a_migration_that_commits_on_its_way_leaves_half(tmp_path, broken, monkeypatch):
    url = an_old_ledger("0001", "sqlite", tmp_path)
    file = broken / "versions" / "broken.py"
    file.write_text(file.read_text().replace("    os.kill", '    op.execute("COMMIT")\n    os.kill'), encoding="utf-8")
    monkeypatch.setenv("KILLED", "1")
    subprocess.run([sys.executable, "-c", KILLED, broken, url], cwd=ROOT, check=False, capture_output=True)

    assert "half" in rows_of(url)
