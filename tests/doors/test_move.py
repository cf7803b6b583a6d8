"""`allocator move`: every row comes along, never are both ledgers written, and a command ends what was cut off."""

from __future__ import annotations

import contextlib
import lzma
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from desk import Clerk
from servers import a_postgres_database

import models.moving
from data.head_keeping import folder_of, heads_in
from data.sealed import key_file_of
from models.database import open_database, reading, writing
from models.days import now_micros
from models.entry import Entry, Line, LotKey
from models.faults import Unavailable
from models.ledger import open_ledger
from models.ledger_file import place_of
from models.tables import document, metadata

STORED = Path(__file__).parents[1] / "upgrades"
HEAD = STORED / "head_0001.txt"
RECEIVE = ("receive", "D1", "MASK", "10", "--partner", "S1", "--actor", "wu")

on_both = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


def a_place(kind: str, folder: Path) -> str:
    """Return an address where nothing is."""
    if kind == "postgresql":
        return a_postgres_database()
    return f"sqlite:///{folder / f'{time.monotonic_ns()}.sqlite'}"


def rows_of(url: str) -> dict[str, list[Any]]:
    """Return every row of a ledger but of sessions and of the move itself."""
    engine = open_database(url, connections=1)
    with reading(engine) as connection:
        found = {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
            if table.name not in ("web_session", "ledger_move")
        }
    engine.dispose()
    return found


def writes(url: str) -> bool:
    """Say whether anybody can write there."""
    engine = open_database(url, connections=1)
    try:
        with writing(engine) as connection:
            connection.execute(sa.text("UPDATE instance SET name = name"))
    except sa.exc.IntegrityError:  # SQLite's refusal by a trigger
        return False
    except sa.exc.ProgrammingError:  # PostgreSQL's
        return False
    finally:
        engine.dispose()
    return True


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    """A clerk at the stored ledger, which has rows in every table, in SQLite; lin administers, wu is logistics."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_ACTOR", "lin")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'county.sqlite'}")
    (tmp_path / "county.sqlite").write_bytes(lzma.decompress((STORED / "ledger_0001.xz").read_bytes()))
    clerk = Clerk(tmp_path)
    assert clerk("init").exit_code == 0
    return clerk


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
def test_a_ledger_moves_with_every_row_and_its_chain_and_the_former_one_says_where(clerk, source, target, monkeypatch):
    former, place = clerk.url, a_place(target, clerk.folder)
    if source == "postgresql":
        former = a_postgres_database()
        assert clerk("move", "--to", former).exit_code == 0
        monkeypatch.setenv("ALLOCATOR_DB", former)
    assert clerk(*RECEIVE).exit_code == 0
    before = rows_of(former)
    done = clerk("move", "--to", place, "--head", str(HEAD))

    assert done.exit_code == 0, done.output
    assert "Under way: 1 jobs that wait or run, 2 reports or files that are begun. They come along." in done.stderr
    assert rows_of(former) == rows_of(place) == before
    assert (writes(former), writes(place)) == (False, True)
    refused, seen, in_chinese = clerk(*RECEIVE), clerk("stock", "--item", "MASK"), clerk(*RECEIVE, lang="zh")
    assert (refused.exit_code, seen.exit_code) == (1, 0)
    assert f"This ledger has moved to {place_of(place)}: nothing is recorded here any more" in refused.stderr
    assert "本账本已迁至" in in_chinese.stderr
    assert "has moved to" in seen.stderr
    assert clerk("audit", "check", "--head", str(HEAD)).exit_code == 0
    # The key comes along by hand; then work goes on there under the same heads.
    key, new = key_file_of(former), key_file_of(place)
    new.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(key, new)
    monkeypatch.setenv("ALLOCATOR_DB", place)
    assert clerk(*RECEIVE).exit_code == 0
    checked = clerk("audit", "check", "--head", str(HEAD))
    assert checked.exit_code == 0, checked.output
    keys = checked.stdout.partition("compare them with those you were given:")[2].partition("Heads that")[0]
    assert len(keys.split()) == 2  # the one that was stored away with the first machine, and the copied one


def test_a_witness_goes_on_with_the_heads_of_the_new_one(clerk, monkeypatch):
    (clerk.folder / "disk").mkdir()
    added = clerk("audit", "witnesses", "add", "disk", "--folder", str(clerk.folder / "disk"))
    assert added.exit_code == 0, added.output
    former, place = clerk.url, a_place("postgresql", clerk.folder)
    assert clerk("move", "--to", place).exit_code == 0
    before = heads_in(folder_of(clerk.folder / "disk", "ledger"))
    key_file_of(place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(key_file_of(former), key_file_of(place))
    monkeypatch.setenv("ALLOCATOR_DB", place)
    received, checked = clerk(*RECEIVE), clerk("audit", "check")

    assert "Alarm" not in received.stderr
    assert len(heads_in(folder_of(clerk.folder / "disk", "ledger"))) == len(before) + 1
    assert checked.exit_code == 0, checked.output
    assert f"disk: {len(rows_of(place)['leaf'])} leaves" in checked.stdout


@on_both
def test_what_was_acknowledged_while_it_moved_is_there_and_what_came_later_was_refused(clerk, kind, monkeypatch):
    place = a_place(kind, clerk.folder)
    with posting(clerk.url) as posted:
        done = clerk("move", "--to", place)
    there = set(keys_at(place))

    assert done.exit_code == 0, done.output
    assert len(posted.keys) > 0
    assert set(posted.keys) <= there
    assert posted.refused


def test_control_where_nobody_is_kept_from_writing_the_copy_lacks_something_and_is_not_taken(clerk, monkeypatch):
    place = a_place("sqlite", clerk.folder)
    monkeypatch.setattr("models.moving.freeze", lambda *_: None)
    monkeypatch.setattr("models.moving.freeze_copy", lambda _: None)
    real = models.moving.copy

    def slowly(*arguments: Any) -> None:
        real(*arguments)
        seen = len(posted.keys)
        while len(posted.keys) == seen:
            time.sleep(0.01)

    monkeypatch.setattr("models.moving.copy", slowly)
    with posting(clerk.url) as posted:
        done = clerk("move", "--to", place)

    assert done.exit_code == 4, done.output
    assert "Not whole: " in done.stdout
    assert not set(posted.keys) <= set(keys_at(place))


class Posted:
    """What others recorded meanwhile: keys that were acknowledged, and whether somebody was refused in the end."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.refused = False


@contextlib.contextmanager
def posting(url: str) -> Iterator[Posted]:
    """Have somebody post until they are refused, or the block ends."""
    posted, over, ledger = Posted(), threading.Event(), open_ledger(url)

    def post() -> None:
        while not over.is_set():
            key = f"meanwhile {len(posted.keys)}"
            line = Line("SUPPLIER:S1", "D1", LotKey("MASK", "M"), 1)
            entry = Entry(key=key, type="receive", actor="wu", occurred_at=now_micros(), lines=(line,))
            try:
                ledger.post(entry, recorded_at=now_micros())
            except Unavailable:
                posted.refused = True
                return
            posted.keys.append(key)

    thread = threading.Thread(target=post)
    thread.start()
    while not posted.keys:
        time.sleep(0.01)
    try:
        yield posted
    finally:
        over.set()
        thread.join()
        ledger.engine.dispose()


def keys_at(url: str) -> list[str]:
    engine = open_database(url, connections=1)
    with reading(engine) as connection:
        found = list(connection.execute(sa.select(document.c.idem_key)).scalars())
    engine.dispose()
    return found


# --- Cut off ------------------------------------------------------------------------------------


def killed_after(clerk: Clerk, step: str, place: str) -> None:
    """Move in a process of its own, which is killed as soon as a step is done."""
    real: Callable[..., Any] = getattr(models.moving, step)
    child = os.fork()
    if child == 0:

        def then_die(*arguments: Any, **more: Any) -> None:
            real(*arguments, **more)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(models.moving, step, then_die)
        clerk("move", "--to", place)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        *((step, "sqlite") for step in ("freeze", "freeze_copy", "copy", "differing_tables")),
        *((step, "postgresql") for step in ("freeze_copy", "differing_tables")),
    ],
)
def test_killed_before_the_former_ledger_said_so_it_is_given_up_and_tried_again(clerk, step, kind):
    place, before = a_place(kind, clerk.folder), rows_of(clerk.url)
    killed_after(clerk, step, place)
    refused = clerk(*RECEIVE)
    again = clerk("move", "--to", place)

    assert not writes(clerk.url)
    assert "is being moved to" in refused.stderr
    assert (again.exit_code, "allocator move --cancel lets it go on here" in again.stderr) == (1, True)
    if step in ("copy", "differing_tables"):
        assert not writes(place)
    given_up = clerk("move", "--cancel")
    assert given_up.exit_code == 0, given_up.output
    assert rows_of(clerk.url) == before
    assert clerk(*RECEIVE).exit_code == 0
    # A whole copy stays frozen for good, and is in the way until it is taken away; half a one is not there.
    once_more = clerk("move", "--to", place)
    assert once_more.exit_code == (1 if step in ("copy", "differing_tables") else 0), once_more.output


@on_both
def test_killed_after_the_former_ledger_said_so_the_same_command_finishes_it(clerk, kind, monkeypatch):
    place, before = a_place(kind, clerk.folder), rows_of(clerk.url)
    killed_after(clerk, "mark_moved", place)
    assert (writes(clerk.url), writes(place)) == (False, False)
    assert clerk("move", "--cancel").exit_code == 1
    with monkeypatch.context() as patch:
        patch.setenv("ALLOCATOR_DB", place)
        refused, cancelled = clerk(*RECEIVE), clerk("move", "--cancel")
    assert "This is a copy that `allocator move` has not finished" in refused.stderr
    assert cancelled.exit_code == 1

    finished, again = clerk("move", "--to", place), clerk("move", "--to", place)
    assert finished.exit_code == 0, finished.output
    assert "is finished: work goes on there." in finished.stdout
    assert again.exit_code == 1
    assert (writes(clerk.url), writes(place)) == (False, True)
    assert rows_of(place) == before


def test_a_move_that_is_given_up_by_somebody_else_ends_nowhere(clerk, monkeypatch):
    place, real = a_place("sqlite", clerk.folder), models.moving.differing_tables

    def meanwhile(*arguments: Any) -> list[str]:
        assert clerk("move", "--cancel").exit_code == 0
        return real(*arguments)

    monkeypatch.setattr("models.moving.differing_tables", meanwhile)
    done = clerk("move", "--to", place)

    assert (done.exit_code, "Somebody gave this move up meanwhile." in done.stderr) == (1, True)
    assert (writes(clerk.url), writes(place)) == (True, False)


def test_where_the_copy_does_not_hold_work_goes_on_in_the_former_ledger(clerk):
    other = HEAD.read_text(encoding="utf-8").replace("\n286\n", "\n999\n")
    (clerk.folder / "later.txt").write_text(other, encoding="utf-8")
    place = a_place("sqlite", clerk.folder)
    done = clerk("move", "--to", place, "--head", "later.txt")

    assert done.exit_code == 4, done.output
    assert "Work goes on in the former ledger." in done.stdout
    assert (writes(clerk.url), writes(place)) == (True, False)


@on_both
def test_a_backup_of_a_ledger_that_moved_can_be_worked_in_and_says_so(clerk, kind, monkeypatch):
    assert clerk("move", "--to", a_place(kind, clerk.folder)).exit_code == 0
    assert clerk("backup", "--out", "late.ledger").exit_code == 0
    place = a_place(kind, clerk.folder)
    monkeypatch.setenv("ALLOCATOR_DB", place)
    restored = clerk("restore", "late.ledger")

    assert restored.exit_code == 0, restored.output
    assert "This backup was written while or after its ledger moved to" in restored.stderr
    assert writes(place)


# --- Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("--to", "sqlite:///county.sqlite"), 1, "The ledger is at sqlite:////"),
        (("--to", "sqlite:///other.sqlite"), 1, "There is something at"),
        (("--to", "sqlite:///new.sqlite", "--actor", "wu"), 1, "may not write backups"),
        (("--to", "nowhere"), 1, "is no database address"),
        (("--to", "postgresql://localhost:1/none"), 1, "cannot be reached"),
        (("--cancel",), 1, "This ledger is in no move"),
        ((), 2, "Say where with --to URL, or --cancel"),
        (("--cancel", "--to", "sqlite:///new.sqlite"), 2, "Say where with --to URL, or --cancel"),
    ],
)
def test_what_cannot_be_is_refused_and_work_goes_on(clerk, words, status, says):
    (clerk.folder / "other.sqlite").write_text("something", encoding="utf-8")
    answer = clerk("move", *words)

    assert (answer.exit_code, says in answer.stderr) == (status, True), answer.output
    assert writes(clerk.url)
    assert not (clerk.folder / "new.sqlite").exists()


def test_on_postgresql_only_who_owns_the_tables_moves_the_ledger(clerk, monkeypatch):
    url = a_postgres_database()
    assert clerk("move", "--to", url).exit_code == 0
    engine = open_database(url, connections=1)
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE ROLE clerk_of_moves LOGIN")
        connection.exec_driver_sql(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk_of_moves"
        )
        connection.exec_driver_sql("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO clerk_of_moves")
    engine.dispose()
    address = sa.make_url(url).set(username="clerk_of_moves").render_as_string(hide_password=False)
    monkeypatch.setenv("ALLOCATOR_DB", address)
    answer = clerk("move", "--to", a_place("sqlite", clerk.folder))

    assert (answer.exit_code, "only who owns the tables of a ledger moves it" in answer.stderr) == (1, True)
    assert writes(url)
