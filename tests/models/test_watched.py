"""Whether anything was written to a ledger since is told at once, whoever wrote it, on both databases."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
import sqlalchemy as sa
from ledgers import a_ledger, at
from servers import an_empty_postgres_ledger

from models.database import reading, writing
from models.ledger import Ledger, create
from models.people import LOCAL, Person, add_person
from models.stamped import Stamped
from models.until_recorded import catalogue_mark_of
from models.versions import Stamp, record_versions
from models.watched import Watch, WhileUnchanged


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request, tmp_path):
    if request.param == "sqlite":
        made = create(f"sqlite:///{tmp_path / 'ledger.sqlite'}", name="test")
    else:
        made = an_empty_postgres_ledger(0, timezone="UTC")
    yield made
    made.engine.dispose()


def _add(ledger: Ledger, id_: str) -> None:
    with writing(ledger.engine) as connection:
        add_person(connection, Person(id=id_, roles=(("administrator", ""),)), Stamp(LOCAL if id_ == "a" else "a", 1))


def test_it_stays_the_same_until_somebody_commits_and_is_another_then(ledger):
    watch = Watch(ledger.engine)
    before = [watch.state(), watch.state(), watch.recorded()]
    _add(ledger, "a")
    after = [watch.state(), watch.recorded()]
    watch.close()

    assert before[0] == before[1] != after[0]
    assert before[2] != after[1]
    assert watch.state() is None, "it is closed"


def test_what_is_not_committed_changes_nothing(ledger):
    watch = Watch(ledger.engine)
    with writing(ledger.engine) as connection:
        add_person(connection, Person(id="a", roles=(("administrator", ""),)), Stamp(LOCAL, 1))
        recorded = watch.recorded()
        connection.rollback()
    assert watch.recorded() == recorded
    watch.close()


def test_another_process_is_noticed(tmp_path):
    made = create(f"sqlite:///{tmp_path / 'ledger.sqlite'}", name="test")
    watch = Watch(made.engine)
    before = watch.state()
    words = ("-m", "allocator", "--db", str(made.engine.url), "user", "add", "ann", "--role", "administrator")
    subprocess.run([sys.executable, *words], check=True, capture_output=True)

    assert watch.state() != before
    watch.close()


def test_a_connection_that_was_cut_is_opened_anew(ledger):
    if ledger.engine.dialect.name == "sqlite":
        pytest.skip("a file is not cut")
    watch = Watch(ledger.engine)
    recorded = watch.recorded()
    with ledger.engine.connect() as connection:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        connection.execute(sa.text(f"{cut} AND datname = current_database()"))

    assert watch.recorded() is None, "it says nothing where it cannot know"
    assert watch.recorded() == recorded
    watch.close()


def test_in_memory_nothing_is_known():
    assert Watch(a_ledger().engine).state() is None


def test_an_answer_is_kept_until_anything_is_written(ledger):
    watch, worked = Watch(ledger.engine), []
    kept = WhileUnchanged(8, watch)

    def ask() -> int:
        return kept.answer("how often", lambda: worked.append(at(0)) or len(worked))

    before = [ask(), ask()]
    _add(ledger, "a")
    assert (before, ask()) == ([1, 1], 2)
    watch.close()


def test_nobody_waits_for_another_question():
    kept, let_go = Stamped(8), threading.Event()
    slow = threading.Thread(target=lambda: kept.answer(0, "stamp", lambda: let_go.wait(10)))
    slow.start()
    assert kept.answer(1, "stamp", lambda: "at once") == "at once"
    let_go.set()
    slow.join()
    assert kept.find(0, "stamp") is True
    assert kept.find(0, "another stamp") is None


def test_versions_are_noticed_whoever_is_committed_first(ledger):
    if ledger.engine.dialect.name == "sqlite":
        pytest.skip("one writes after the other")
    watch, told = Watch(ledger.engine), []
    _add(ledger, "a")
    for n in range(3):
        told.append(watch.catalogue())
        # The lower numbers are drawn first and committed last, by as many rows as are counted each time and more.
        with writing(ledger.engine) as early:
            record_versions(early, "site", ((f"early {n} {row}", {}) for row in range(120)), Stamp("a", 1))
            with writing(ledger.engine) as late:
                record_versions(late, "site", ((f"late {n} {row}", {}) for row in range(120)), Stamp("a", 1))
            told += [watch.catalogue(), watch.catalogue()]
    told.append(watch.catalogue())
    watch.close()
    with reading(ledger.engine) as connection:
        own = catalogue_mark_of(connection)

    counts = [mark[0] for mark in told]
    assert [later - counts[0] for later in counts] == [0, 120, 120, 240, 360, 360, 480, 600, 600, 720]
    assert own == told[-1], "what it is told by, and what answers are kept under, are one number"
