"""`allocator init`, as a person runs it."""

from __future__ import annotations

import json
import os
import sqlite3
import stat

import pytest
from click.testing import CliRunner, Result
from servers import a_postgres_database

from cli import root


def allocator(*words: str) -> Result:
    return CliRunner().invoke(root, ["--lang", "en", *words], prog_name="allocator")


def test_a_ledger_is_made_once_for_its_owner_alone_and_then_there_is_nothing_to_do(tmp_path):
    db = f"sqlite:///{tmp_path / 'mine' / 'ledger.sqlite'}"

    first = allocator("init", "--db", db, "--name", "River county")
    second = allocator("init", "--db", db)

    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert first.stdout.startswith(f"Made a ledger called River county at {db}. Its days begin and end in Asia")
    assert second.stdout == f"The ledger River county is at {db}, of this program's version; nothing to do.\n"
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "mine" / "ledger.sqlite").stat().st_mode) == 0o600


def test_without_db_the_ledger_lies_in_the_users_own_data_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("ALLOCATOR_DB", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))

    answer = json.loads(allocator("init", "--json").stdout)

    assert answer["schema"] == "allocator.init/1"
    assert list(tmp_path.rglob("ledger.sqlite"))
    assert answer["place"].startswith(f"sqlite:///{tmp_path}")


def test_what_a_ledger_was_made_with_stays(tmp_path):
    db = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    allocator("init", "--db", db)

    refused = allocator("init", "--db", db, "--timezone", "UTC", "--name", "other")

    assert refused.exit_code == 1
    assert "The ledger's time zone is Asia/Shanghai, and stays so." in refused.stderr
    assert "The ledger's name is ledger, and stays so." in refused.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--timezone", "Mars/One"], 'There is no time zone "Mars/One". Write one such as Asia/Shanghai'),
        (["--db", "mysql://localhost/x"], "A ledger cannot be kept in mysql."),
        (["--db", "nonsense"], "nonsense is no database address."),
        (["--db", "postgresql//ann:secret@host/x"], "postgresql//ann:***@host/x is no database address."),
        (["--db", "sqlite:////proc/none/ledger.sqlite"], "/proc/none/ledger.sqlite cannot be written"),
        (["--db", "postgresql://localhost:1/x"], "cannot be reached"),
    ],
)
def test_what_cannot_be_made_is_refused_with_a_sentence(tmp_path, words, says):
    refused = allocator("init", "--db", f"sqlite:///{tmp_path / 'ledger.sqlite'}", *words)

    assert refused.exit_code == 1
    assert says in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_another_programs_database_is_left_alone(tmp_path):
    file = tmp_path / "other.sqlite"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE recipe (name TEXT)")
    other.close()

    refused = allocator("init", "--db", f"sqlite:///{file}")

    assert refused.exit_code == 1
    assert "holds something else than a ledger (a table recipe)" in refused.stderr


def test_a_ledger_on_postgresql_is_made_and_found_again():
    db = a_postgres_database()

    first, second = allocator("init", "--db", db), allocator("init", "--db", db)

    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert "nothing to do" in second.stdout
