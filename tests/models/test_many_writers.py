"""Many writers at once: nothing sold twice, no balance adrift, every refusal one that had to be.

Each control takes one precaution away and must be caught by the same laws. In full size this is
`python -m benchmarks.ledger_rush`.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
from servers import a_postgres_database

from benchmarks.ledger_laws import faults_of
from benchmarks.ledger_rush import hot, retried, rush, spread, stocked, takes
from models import posting_direct, posting_postgres, routine
from models.days import now_micros
from models.entry import Entry
from models.ledger import Ledger, open_ledger
from models.posting_direct import DirectPost

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.sqlite'}" if request.param == "sqlite" else a_postgres_database()


@pytest.fixture(params=["routine", "statements"])
def postgres(request, monkeypatch) -> str:
    """PostgreSQL by its routine, and by the statements that are used where care is needed."""
    if request.param == "statements":
        monkeypatch.setattr(DirectPost, "post", lambda *_, **__: None)
    return a_postgres_database()


@pytest.mark.parametrize("writers", [8, 32])
def test_of_many_takes_of_the_same_lots_exactly_as_many_succeed_as_there_are_units(address, writers):
    found, faults = hot(address, writers=writers, attempts=400)

    assert faults == []
    assert found.posted == 100


def test_takes_of_lots_in_any_order_neither_oversell_nor_wait_for_each_other_for_ever(address):
    found, faults = spread(address, writers=16, attempts=400)

    assert faults == []
    assert found.posted > 100


def test_careful_statements_keep_the_same_laws(postgres):
    _, faults = spread(postgres, writers=8, attempts=150)

    assert faults == []


def test_every_key_is_one_document_however_often_it_is_submitted(address):
    found, faults = retried(address, writers=16, submissions=960, keys=120)

    assert faults == []
    assert found.posted == 960


def test_a_retry_is_answered_with_its_document_although_it_took_the_last_unit(address):
    ledger, keys = stocked(address, lots=1, units=1)
    found = rush(ledger, takes(keys, 1, lots_each=1) * 60, writers=16)
    ledger.engine.dispose()

    assert (found.posted, len(found.answers["take-0"])) == (60, 1)


def test_several_processes_write_one_file(tmp_path):
    """Each with threads of its own; the file's lock is all they share."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    ledger, _ = stocked(url, lots=2, units=100)
    script = (
        "import dataclasses, sys; from benchmarks.ledger_rush import rush, takes; from models.entry import LotKey;"
        "from models.ledger import open_ledger;"
        "ledger = open_ledger(sys.argv[1]); keys = [LotKey('I1', f'L{n:04}') for n in range(2)];"
        "entries = [dataclasses.replace(e, key=sys.argv[2] + e.key) for e in takes(keys, 100, lots_each=1)];"
        "found = rush(ledger, entries, writers=4); print(found.posted, sum(found.refused.values()), found.errors)"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", script, url, f"{n}-"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for n in range(3)
    ]
    said = [child.communicate(timeout=120)[0].split(maxsplit=2) for child in children]

    assert faults_of(ledger.engine) == []
    assert sum(int(posted) for posted, _, _ in said) == 200
    assert sum(int(refused) for _, refused, _ in said) == 100
    assert {errors.strip() for _, _, errors in said} == {"Counter()"}


def most_overtaken(ledgers: Sequence[Ledger], entries: Sequence[Entry]) -> int:
    """Let a thread for each ledger post its share; return by how many others the unluckiest document was overtaken.

    That is how many were recorded between its asking and its turn: a wait without a clock.
    """
    mutex, left = threading.Lock(), iter(entries)
    answered, worst = 1, 0  # the opening balance is there

    def write(ledger: Ledger) -> None:
        nonlocal answered, worst
        for _ in range(len(entries) // len(ledgers)):
            with mutex:
                entry, before = next(left), answered
            number = ledger.post(entry, recorded_at=now_micros()).id
            with mutex:
                answered += 1
                worst = max(worst, number - 1 - before)

    threads = [threading.Thread(target=write, args=(ledger,)) for ledger in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return worst


@pytest.mark.parametrize("together", [True, False], ids=["one writes for all", "control: each for itself"])
def test_nobody_waits_while_many_others_are_served(tmp_path, together):
    """One writer serves eight askers in their order. Eight writers of one file, which their median hides, do not."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    ledger, keys = stocked(url, lots=20, units=10**6)
    ledgers = [ledger if together else open_ledger(url) for _ in range(8)]

    worst = most_overtaken(ledgers, takes(keys, 320, lots_each=4))
    for each in ledgers:
        each.engine.dispose()

    assert (worst < 5 * 8) is together


# --- Controls: without the precaution the same laws are broken -----------------------------------


def faults_of_takes(url: str, *, lots: int, units: int, attempts: int, lots_each: int) -> list[str]:
    ledger, keys = stocked(url, lots=lots, units=units)
    rush(ledger, takes(keys, attempts, lots_each=lots_each), writers=16)
    faults = faults_of(ledger.engine)
    ledger.engine.dispose()
    return faults


@pytest.mark.spoils_ledgers
def test_control_reading_then_writing_loses_what_others_wrote(monkeypatch):
    monkeypatch.setattr(DirectPost, "post", lambda *_, **__: None)
    monkeypatch.setattr(posting_postgres, "_LOCK", posting_postgres._LOCK.replace("FOR UPDATE OF balance", ""))
    read_units = posting_postgres._ADD.replace("balance.units + change.units", "change.units")
    monkeypatch.setattr(posting_postgres, "_ADD", read_units)
    monkeypatch.setattr(posting_postgres.PostgresBook, "_add", written_as_read)

    faults = faults_of_takes(a_postgres_database(), lots=1, units=1000, attempts=200, lots_each=1)

    assert any(fault.startswith(("drift", "oversold")) for fault in faults)


def written_as_read(self, rows) -> None:
    changes = [(*account, self._held[account].units, at) for account, (_, _, at) in rows.changes.items()]
    self._cursor.execute(posting_postgres._ADD, [list(column) for column in zip(*changes, strict=True)])


def test_control_an_id_drawn_before_the_locks_puts_running_balances_out_of_order(monkeypatch):
    drawn_first = changed_routine(
        ("    is_late boolean := false;", "    is_late boolean := false; early bigint;"),
        ("    outcome := 'posted';\n", "    outcome := 'posted'; early := nextval('public.document_id_seq');\n"),
        ("AS d (\n        idem_key", "AS d (\n        id, idem_key"),
        ("VALUES (\n        p_key", "VALUES (\n        early, p_key"),
    )
    monkeypatch.setattr(routine, "ROUTINE", drawn_first)

    faults = faults_of_takes(a_postgres_database(), lots=1, units=1000, attempts=300, lots_each=1)

    assert {fault.partition(":")[0] for fault in faults} == {"disorder"}


def test_control_accounts_locked_in_any_order_meet_in_circles(monkeypatch):
    """The same takes, with 0 deadlocks in ascending order: PostgreSQL counts those it had to break."""
    sorted_, unsorted_ = (quick_to_break(a_postgres_database()) for _ in range(2))
    sizes = {"lots": 6, "units": 1000, "attempts": 30, "lots_each": 5}

    assert faults_of_takes(sorted_, **sizes) == []
    assert deadlocks(sorted_) == 0

    rng = random.Random(1)
    monkeypatch.setattr(posting_direct, "sorted", lambda rows: rng.sample(list(rows), len(rows)), raising=False)
    assert faults_of_takes(unsorted_, **sizes) == []  # each is tried again, at a price
    assert deadlocks(unsorted_) > 0


def quick_to_break(url: str) -> str:
    """Let the server look for circles after a twentieth of its second."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET deadlock_timeout = '50ms'")
    return url


def deadlocks(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(40):  # the server's count comes a little later
            (number,) = connection.execute(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            ).fetchone() or (0,)
            if number:
                break
            time.sleep(0.05)
    return number


def changed_routine(*changes: tuple[str, str]) -> str:
    text = routine.ROUTINE
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text
