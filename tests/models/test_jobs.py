"""Background jobs: done once, by one worker; begun anew where it died; cancelled, kept, forgotten."""

from __future__ import annotations

import itertools
import threading
import time

import pytest
import sqlalchemy as sa
from ledgers import a_ledger, at

from allocator.sentence import say
from models.database import reading, writing
from models.entry import Refusal
from models.job_tables import job as jobs
from models.job_work import JobKind, do_next
from models.jobs import (
    KEPT_DAYS,
    WAITING_MAX,
    ClaimLost,
    Outcome,
    ask_cancel,
    ask_job,
    claim_job,
    end_job,
    file_of_job,
    find_job,
    give_back,
    jobs_of,
    refuse_unless_held,
    tell_progress,
)

pytestmark = pytest.mark.usefixtures("each_database")

MINUTE = 60_000_000
NOW = at(0)


@pytest.fixture
def ledger():
    return a_ledger()


def stands(ledger, id_: int):
    with reading(ledger.engine) as connection:
        return find_job(connection, id_)


def asked(ledger, kind: str = "allocate", actor: str = "local", key: str = "", **arguments: str) -> int:
    return ask_job(ledger.engine, kind, actor=actor, at=NOW, key=key, arguments=arguments)


def kind(run) -> dict[str, JobKind]:
    return {"allocate": JobKind(title=say("Allocate"), right="plan", run=run)}


def done(ledger, run) -> str:
    """Ask for one job, let a worker do it, and return how it stands."""
    id_ = asked(ledger)
    do_next(ledger, kind(run), lambda: NOW)
    return stands(ledger, id_).state


def test_a_job_is_done_with_what_was_asked_for_and_keeps_what_came_of_it(ledger):
    id_ = asked(ledger, day="2020-02-10")

    def run(work):
        work.tell(0.5, say("Planning {day}", day=work.arguments["day"]))
        half = stands(ledger, id_)
        assert (half.share, str(half.says[0])) == (0.5, "Planning 2020-02-10")
        return Outcome(says=(say("Kept."),), result={"to": "/plans/P1"}, file_name="a.csv", file=b"a,b")

    do_next(ledger, kind(run), lambda: NOW)
    ended = stands(ledger, id_)

    assert (ended.state, ended.share, ended.result, str(ended.says[0])) == ("done", 1.0, {"to": "/plans/P1"}, "Kept.")
    with reading(ledger.engine) as connection:
        assert file_of_job(connection, id_) == b"a,b"
    assert do_next(ledger, kind(run), lambda: NOW) is None


def test_what_the_ledger_refuses_is_kept_as_its_sentences(ledger):
    def run(_):
        raise Refusal(say("There is no policy."), say("Set one."))

    id_ = asked(ledger)
    do_next(ledger, kind(run), lambda: NOW)

    assert (stands(ledger, id_).state, [str(each) for each in stands(ledger, id_).says]) == (
        "failed",
        ["There is no policy.", "Set one."],
    )


def test_a_fault_of_the_program_fails_the_job_without_any_of_it(ledger):
    assert done(ledger, lambda _: 1 / 0) == "failed"
    with reading(ledger.engine) as connection:
        assert "The program failed here" in str(jobs_of(connection, None)[0].says[0])


def test_a_result_that_is_too_large_is_refused(ledger):
    assert done(ledger, lambda _: Outcome(file=bytes(17 * 2**20))) == "failed"


def test_who_may_not_do_it_any_more_has_nothing_done(ledger):
    id_ = asked(ledger, actor="ann")

    do_next(ledger, kind(lambda _: pytest.fail("it began")), lambda: NOW)

    assert stands(ledger, id_).state == "failed"


def test_two_workers_never_have_one_job_and_the_first_asked_for_is_the_first(ledger):
    first, second = asked(ledger), asked(ledger)
    claims = [claim_job(ledger.engine, ["allocate"], at=NOW) for _ in range(3)]

    assert [claim and claim.id for claim in claims] == [first, second, None]


def test_many_workers_at_once_do_each_job_once(ledger):
    count = 12
    for _ in range(count):
        ask_job(ledger.engine, "allocate", actor=f"p{_}", at=NOW)
    claimed: list[int] = []

    def work() -> None:
        while (job := claim_job(ledger.engine, ["allocate"], at=NOW)) is not None:
            claimed.append(job.id)
            end_job(ledger.engine, job, "done", Outcome(), at=NOW)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(claimed) == len(set(claimed)) == count


def test_a_job_of_which_nothing_is_heard_begins_anew_and_the_dead_worker_keeps_nothing(ledger):
    id_ = asked(ledger)
    dead = claim_job(ledger.engine, ["allocate"], at=NOW)
    tell_progress(ledger.engine, dead, at=NOW + MINUTE, share=0.5)
    assert claim_job(ledger.engine, ["allocate"], at=NOW + 2 * MINUTE) is None, "it gave a sign of life"

    again = claim_job(ledger.engine, ["allocate"], at=NOW + 3 * MINUTE)

    assert (again.id, again.tries, again.share) == (id_, 2, 0.0)
    assert not end_job(ledger.engine, dead, "done", Outcome(), at=NOW)
    with pytest.raises(ClaimLost):
        tell_progress(ledger.engine, dead, at=NOW)
    with pytest.raises(ClaimLost), writing(ledger.engine) as connection:
        refuse_unless_held(connection, dead)
    assert end_job(ledger.engine, again, "done", Outcome(), at=NOW)


def test_a_job_that_kills_its_workers_fails_after_three(ledger):
    id_ = asked(ledger)
    for times in range(4):
        claim_job(ledger.engine, ["allocate"], at=NOW + 2 * times * MINUTE)

    assert stands(ledger, id_).state == "failed"
    assert "Its worker ended 3 times" in str(stands(ledger, id_).says[0])


def test_a_worker_that_is_told_to_end_gives_its_job_back_uncounted(ledger):
    id_ = asked(ledger)

    def run(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do_next(ledger, kind(run), lambda: NOW)

    assert (stands(ledger, id_).state, stands(ledger, id_).tries) == ("waiting", 0)


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_when_its_worker_looks_up(ledger):
    waits = asked(ledger)
    ask_cancel(ledger.engine, waits, at=NOW)
    assert stands(ledger, waits).state == "cancelled"

    def run(work):
        ask_cancel(ledger.engine, work.job.id, at=NOW)
        work.tell(0.5, say("Planning"))
        pytest.fail("it went on")

    assert done(ledger, run) == "cancelled"
    ask_cancel(ledger.engine, waits, at=NOW)
    assert stands(ledger, waits).state == "cancelled", "what has ended stays as it is"


def test_what_was_to_be_cancelled_when_its_worker_died_is_cancelled_and_not_begun_anew(ledger):
    id_ = asked(ledger)
    claim_job(ledger.engine, ["allocate"], at=NOW)
    ask_cancel(ledger.engine, id_, at=NOW)

    assert claim_job(ledger.engine, ["allocate"], at=NOW + 2 * MINUTE) is None
    assert stands(ledger, id_).state == "cancelled"


def test_a_worker_gives_signs_of_life_while_its_job_only_computes(ledger, monkeypatch):
    monkeypatch.setattr("models.job_work._SIGN_EVERY", 0.01)
    id_, clock = asked(ledger), itertools.count(NOW, MINUTE // 2)

    def run(work):
        until = time.monotonic() + 5
        while lease(ledger, id_) < NOW + 3 * MINUTE and time.monotonic() < until:
            time.sleep(0.01)
        return Outcome(result={"lease": lease(ledger, id_)})

    do_next(ledger, kind(run), lambda: next(clock))

    assert stands(ledger, id_).result["lease"] >= NOW + 3 * MINUTE


def lease(ledger, id_: int) -> int:
    with reading(ledger.engine) as connection:
        return connection.execute(sa.select(jobs.c.lease_until).where(jobs.c.id == id_)).scalar_one()


def test_asked_twice_under_one_key_it_is_one_job(ledger):
    assert asked(ledger, key="k1") == asked(ledger, key="k1")
    assert asked(ledger, key="k1") != asked(ledger, key="k2")
    assert asked(ledger, key="k1") != asked(ledger, key="k1", actor="ann")
    assert asked(ledger, key="k1") != asked(ledger, "shortfall", key="k1")


def test_no_more_than_so_many_wait(ledger):
    for _ in range(10):
        asked(ledger, actor="ann")
    with pytest.raises(Refusal, match="10 of your jobs wait already"):
        asked(ledger, actor="ann")
    for count in range(WAITING_MAX - 10):
        asked(ledger, actor=f"p{count}")
    with pytest.raises(Refusal, match="100 jobs wait already"):
        asked(ledger, actor="ben")


def test_what_ended_is_forgotten_after_some_days(ledger):
    id_ = asked(ledger)
    end_job(ledger.engine, claim_job(ledger.engine, ["allocate"], at=NOW), "done", Outcome(), at=NOW)

    ask_job(ledger.engine, "allocate", actor="local", at=at(KEPT_DAYS))
    assert stands(ledger, id_) is not None
    ask_job(ledger.engine, "allocate", actor="local", at=at(KEPT_DAYS + 1))
    assert stands(ledger, id_) is None


def test_one_s_own_jobs_are_one_s_own(ledger):
    asked(ledger, actor="ann")
    asked(ledger, actor="ben")
    job = claim_job(ledger.engine, ["allocate"], at=NOW)
    give_back(ledger.engine, job)

    with reading(ledger.engine) as connection:
        assert [each.actor for each in jobs_of(connection, "ann")] == ["ann"]
        assert [each.actor for each in jobs_of(connection, None)] == ["ben", "ann"]
