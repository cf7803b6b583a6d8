"""`allocator backup` and `allocator restore`: whole, proved, encrypted, into either database; and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import stat
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa
from desk import Clerk
from servers import a_postgres_database

from models.database import is_sqlite, open_database, reading, writing
from models.days import micros
from models.ledger import open_ledger
from models.tables import api_token, document, metadata

RECEIPTS = """number,day,partner,site,item,lot,expires,units
1,2020-02-01,S1,D1,MASK,A1,2099-01-01,1200
2,2020-02-02,S1,D1,MASK,B2,2099-06-01,300
"""


on_both = pytest.mark.parametrize("clerk", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def clerk(tmp_path, monkeypatch, request) -> Clerk:
    """A clerk at a ledger with two receipts and a person who has a token; in SQLite unless a test says otherwise."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    url = (
        a_postgres_database()
        if getattr(request, "param", "") == "postgresql"
        else f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    )
    monkeypatch.setenv("ALLOCATOR_DB", url)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    clerk = Clerk(tmp_path)
    clerk.begin(_at_work)
    return clerk


def _at_work(clerk: Clerk) -> None:
    assert clerk.take("receipts.csv", RECEIPTS).exit_code == 0
    assert clerk("user", "add", "ann", "--role", "administrator").exit_code == 0
    assert clerk("user", "add", "lo", "--role", "logistics", "--actor", "ann").exit_code == 0
    assert clerk("user", "token", "ann", "--name", "feed", "--scope", "see-stock", "--actor", "ann").exit_code == 0


def rows_of(url: str) -> dict[str, list[tuple]]:
    """Return every row of a ledger that is no session, token or job, by table."""
    engine = open_database(url, connections=1)
    with reading(engine) as connection:
        found = {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
            if table.name not in ("web_session", "api_token", "job")
        }
    engine.dispose()
    return found


def elsewhere(kind: str, folder: Path) -> str:
    return a_postgres_database() if kind == "postgresql" else f"sqlite:///{folder / 'restored.sqlite'}"


@on_both
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_ledger_comes_back_whole_in_either_database_and_goes_on(clerk, kind, monkeypatch):
    written = clerk("backup", "--out", "kept/county.ledger")
    before, place = rows_of(clerk.url), elsewhere(kind, clerk.folder)
    monkeypatch.setenv("ALLOCATOR_DB", place)
    restored = clerk("restore", "kept/county.ledger")

    assert written.exit_code == 0, written.output
    assert "holds the whole ledger, replayed from the file. Documents: 2; lines: 2" in written.stdout
    assert restored.exit_code == 0, restored.output
    assert "The ledger stands at" in restored.stdout
    assert rows_of(place) == before
    # Numbers go on where they ended, under a key of its own, and nothing is amiss.
    more = clerk.take("more.csv", RECEIPTS.replace("\n1,", "\n3,").replace("\n2,", "\n4,"), "--actor", "lo")
    assert more.exit_code == 0, more.output
    assert clerk.held() == {"A1": 2400, "B2": 600}
    assert clerk("audit", "check").exit_code == 0


def test_what_lies_beside_the_file_is_nothing_and_it_is_its_owners_alone(clerk):
    (clerk.folder / "kept").mkdir()
    assert clerk("backup", "--out", "kept/county.ledger").exit_code == 0
    again = clerk("backup", "--out", "kept/county.ledger", "--json")

    (file,) = (clerk.folder / "kept").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(again.stdout)["numbers"]["documents"] == 2


def test_what_a_killed_backup_left_beside_the_file_is_taken_away_by_the_next(clerk):
    """A process that is no more left one folder; another is of a process that runs, here our own, and stays."""
    gone = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True, check=True).stdout.strip()
    left, others = (Path(f".backup-{platform.node()}-{process}-x1y2z3") for process in (gone, os.getpid()))
    for folder in (left, others):
        folder.mkdir()
        (folder / "ledger.sqlite").write_bytes(b"half")

    assert clerk("backup", "--out", "b.ledger", "--actor", "ann").exit_code == 0
    assert (left.exists(), others.exists()) == (False, True)


def test_sessions_and_tokens_do_not_come_back(clerk, monkeypatch):
    clerk("backup", "--out", "county.ledger")
    monkeypatch.setenv("ALLOCATOR_DB", elsewhere("sqlite", clerk.folder))
    clerk("restore", "county.ledger")

    engine = open_database(clerk.url)
    with reading(engine) as connection:
        assert connection.execute(sa.select(api_token.c.name, api_token.c.revoked)).all() == [("feed", 1)]
    engine.dispose()


def test_under_a_secret_it_is_of_no_use_without(clerk, monkeypatch):
    (clerk.folder / "secret").write_text("a secret of a county\n", encoding="utf-8")
    (clerk.folder / "other").write_text("a secret of a bureau\n", encoding="utf-8")
    written = clerk("backup", "--out", "county.backup", "--secret-file", "secret")
    monkeypatch.setenv("ALLOCATOR_DB", elsewhere("sqlite", clerk.folder))
    content = (clerk.folder / "county.backup").read_bytes()
    without, wrong = clerk("restore", "county.backup"), clerk("restore", "county.backup", "--secret-file", "other")
    right = clerk("restore", "county.backup", "--secret-file", "secret")

    assert written.exit_code == 0, written.output
    assert b"SQLite" not in content
    assert b"MASK" not in content
    assert (without.exit_code, wrong.exit_code, right.exit_code) == (2, 1, 0)
    assert "county.backup is encrypted. Give its secret with --secret-file." in without.stderr
    assert "It cannot be decrypted" in wrong.stderr


def test_nothing_is_restored_over_what_is_there(clerk):
    clerk("backup", "--out", "county.ledger")
    before = rows_of(clerk.url)
    answer = clerk("restore", "county.ledger")

    assert answer.exit_code == 1
    assert "There is something at" in answer.stderr
    assert rows_of(clerk.url) == before


def test_a_backup_that_was_altered_is_not_restored(clerk, monkeypatch):
    clerk("backup", "--out", "county.ledger")
    _altered(f"sqlite:///{clerk.folder / 'county.ledger'}")
    place = elsewhere("sqlite", clerk.folder)
    monkeypatch.setenv("ALLOCATOR_DB", place)
    answer = clerk("restore", "county.ledger")

    assert answer.exit_code == 4
    assert "Nothing was made." in answer.stdout
    assert not (clerk.folder / "restored.sqlite").exists()


def test_an_old_backup_does_not_pass_for_a_new_one(clerk, monkeypatch):
    clerk("backup", "--out", "old.ledger")
    clerk.take("more.csv", RECEIPTS.replace("\n1,", "\n3,").replace("\n2,", "\n4,"), "--actor", "lo")
    (clerk.folder / "head.txt").write_text(_newest_head(clerk.url), encoding="utf-8")
    monkeypatch.setenv("ALLOCATOR_DB", elsewhere("sqlite", clerk.folder))
    old = clerk("restore", "old.ledger", "--head", "head.txt")

    assert old.exit_code == 4
    assert "By the head in head.txt the ledger had" in old.stdout


@on_both
def test_a_ledger_that_does_not_hold_is_written_and_said_not_to(clerk):
    _altered(clerk.url)
    answer = clerk("backup", "--out", "county.ledger")

    assert answer.exit_code == 4
    assert "does not hold" in answer.stdout
    assert (clerk.folder / "county.ledger").exists()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.ledger", None, "none.ledger cannot be read"),
        ("words.ledger", b"no ledger at all, but some words", "cannot be opened as a ledger"),
        ("empty.ledger", b"", "There is no ledger at"),
    ],
)
def test_what_is_no_backup_is_refused(clerk, monkeypatch, name, content, says):
    if content is not None:
        (clerk.folder / name).write_bytes(content)
    monkeypatch.setenv("ALLOCATOR_DB", elsewhere("sqlite", clerk.folder))
    answer = clerk("restore", name)

    assert answer.exit_code in (1, 2)
    assert says in answer.stderr
    assert "Traceback" not in answer.output
    assert not (clerk.folder / "restored.sqlite").exists()


def test_only_administrators_write_backups(clerk):
    answer = clerk("backup", "--out", "county.ledger", "--actor", "lo")

    assert answer.exit_code == 1
    assert not (clerk.folder / "county.ledger").exists()


def _newest_head(url: str) -> str:
    ledger = open_ledger(url)
    with reading(ledger.engine) as connection:
        (note,) = connection.execute(sa.text("SELECT checkpoint FROM tree_head ORDER BY size DESC LIMIT 1")).one()
    ledger.engine.dispose()
    return str(note)


def _altered(url: str) -> None:
    """Change a document as somebody would who takes the guards away and puts them back."""
    engine = open_database(url, connections=1)
    with writing(engine) as connection:
        if is_sqlite(connection):
            guards = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
            for name, _ in guards:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            guards = []
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.execute(sa.update(document).where(document.c.id == 1).values(reason="gift"))
        for _, made in guards:
            connection.exec_driver_sql(made)
    engine.dispose()


# --- Kept in a folder ---------------------------------------------------------------------------


def nights(clerk: Clerk, monkeypatch, *days: int, words: tuple[str, ...] = ()) -> list[str]:
    """Back up in the folder at noon of days of the year 2030, keeping two; return what the last one said."""
    said = []
    for day in days:
        at = micros(dt.datetime(2030, 1, 1, 12, tzinfo=dt.UTC) + dt.timedelta(days=day))
        monkeypatch.setattr("models.days.now_micros", lambda at=at: at)
        said.append(clerk("backup", "--out", "kept", "--keep", "2 daily", *words).output)
    monkeypatch.undo()
    return said


@pytest.fixture
def at_desk(clerk, monkeypatch) -> Clerk:
    """The same clerk, whose surroundings stay when a test sets the clock and takes that back."""
    kept = dict(os.environ)
    monkeypatch.undo()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(clerk.folder)
        for name in ("ALLOCATOR_DB", "XDG_DATA_HOME"):
            patch.setenv(name, kept[name])
        patch.delenv("ALLOCATOR_ACTOR", raising=False)
        yield clerk


def kept_files(clerk: Clerk) -> list[str]:
    return sorted(each.name for each in (clerk.folder / "kept").iterdir())


def test_a_folder_keeps_as_many_as_are_wanted_and_nothing_else_is_touched(at_desk, monkeypatch):
    (at_desk.folder / "kept").mkdir()
    (at_desk.folder / "kept" / "letters.docx").write_text("mine", encoding="utf-8")
    (at_desk.folder / "kept" / "ledger-2029-01-01T120000Z.ledger").write_text("mine too", encoding="utf-8")
    said = nights(at_desk, monkeypatch, 0, 1, 2)
    dry = at_desk("backup", "--out", "kept", "--keep", "1 daily", "--dry-run")

    assert "Kept: 2 backups. Taken away: ledger-2030-01-01T120000Z.ledger." in said[-1]
    assert kept_files(at_desk) == [
        "backups.json",
        *("ledger-2029-01-01T120000Z.ledger", "ledger-2030-01-02T120000Z.ledger", "ledger-2030-01-03T120000Z.ledger"),
        "letters.docx",
    ]
    assert dry.exit_code == 0
    assert "Nothing was written." in dry.stdout


def test_nothing_goes_on_a_day_on_which_the_new_one_does_not_hold(at_desk, monkeypatch):
    nights(at_desk, monkeypatch, 0, 1)
    _altered(at_desk.url)
    said = nights(at_desk, monkeypatch, 2, 3)

    assert "does not hold" in said[-1]
    assert [name[7:17] for name in kept_files(at_desk)[1:]] == ["2030-01-01", "2030-01-02", "2030-01-03", "2030-01-04"]


def test_a_backup_of_another_ledger_in_the_same_folder_is_not_this_ones(at_desk, monkeypatch):
    nights(at_desk, monkeypatch, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLOCATOR_DB", f"sqlite:///{at_desk.folder / 'other.sqlite'}")
        assert at_desk("init", "--name", "other").exit_code == 0
        nights(at_desk, monkeypatch, 1, 2, 3)

    assert kept_files(at_desk) == [
        "backups.json",
        *("ledger-2030-01-01T120000Z.ledger", "other-2030-01-03T120000Z.ledger", "other-2030-01-04T120000Z.ledger"),
    ]


def test_where_the_list_is_spoilt_the_backup_is_written_and_nothing_goes(at_desk, monkeypatch):
    nights(at_desk, monkeypatch, 0, 1)
    (at_desk.folder / "kept" / "backups.json").write_text("spoilt", encoding="utf-8")
    (said,) = nights(at_desk, monkeypatch, 2)

    assert "holds the whole ledger" in said
    assert "is no list of backups, so nothing is taken away" in said
    assert len(kept_files(at_desk)) == 4


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("--out", "kept", "--keep", "all"), 1, "does not say which backups to keep"),
        (("--out", "receipts.csv", "--keep", "2 daily"), 2, "is a file. With --keep name a folder"),
        (("--out", "kept", "--dry-run"), 2, "--dry-run belongs to --keep"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_writes_nothing(clerk, words, status, says):
    answer = clerk("backup", *words)

    assert (answer.exit_code, says in answer.stderr) == (status, True), answer.output
    assert not (clerk.folder / "kept").exists()
