"""A job in a process of its own: what it takes too much of ends it, is said, and leaves the worker and the ledger."""

from __future__ import annotations

import os
import signal
import time

import pytest
from ledgers import a_ledger, at

from allocator.sentence import say
from models.database import reading
from models.entry import Refusal
from models.job_process import Limits, do_next_apart
from models.job_work import JobKind
from models.jobs import Outcome, ask_job, find_job

NOW = at(0)
GIBIBYTE = 1 << 30


@pytest.fixture
def ledger(tmp_path):
    made = a_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield made
    made.engine.dispose()


def ended(ledger, run, *, memory: int = 8 * GIBIBYTE, seconds: float = 60, gone=lambda: False) -> tuple[str, str]:
    """Have a job done apart; return how it stands and what it says."""
    id_ = ask_job(ledger.engine, "allocate", actor="local", at=NOW)
    kinds = {"allocate": JobKind(title=say("Allocate"), right="plan", run=run)}
    do_next_apart(ledger, kinds, lambda: NOW, Limits(memory_bytes=memory, seconds=seconds), gone=gone)
    with reading(ledger.engine) as connection:
        job = find_job(connection, id_)
    return job.state, " ".join(str(each) for each in job.says)


def test_what_comes_of_it_is_kept_as_ever(ledger):
    pid = os.getpid()
    assert ended(ledger, lambda _: Outcome(says=(say("{pid}", pid=os.getpid() != pid),))) == ("done", "True")


def test_what_is_refused_is_said(ledger):
    def run(_):
        raise Refusal(say("There is no policy."))

    assert ended(ledger, run) == ("failed", "There is no policy.")


def test_too_much_memory_fails_the_job_with_what_to_do(ledger):
    state, says = ended(ledger, lambda _: Outcome(file=bytes(4 * GIBIBYTE)), memory=2 * GIBIBYTE)

    assert (state, "not enough memory" in says, "Ask for less" in says) == ("failed", True, True)


@pytest.mark.parametrize("with_what", [signal.SIGKILL, signal.SIGABRT])
def test_a_process_that_dies_fails_its_job_at_once_and_the_worker_goes_on(ledger, with_what):
    state, says = ended(ledger, lambda _: os.kill(os.getpid(), with_what))

    assert (state, f"signal {int(with_what)}" in says, "8,192 MiB" in says) == ("failed", True, True)
    assert ended(ledger, lambda _: Outcome(says=(say("Kept."),))) == ("done", "Kept.")


def test_too_much_time_ends_it_and_all_that_it_started(ledger, tmp_path):
    def run(_):
        if os.fork() == 0:
            time.sleep(2)
            (tmp_path / "still there").touch()
        time.sleep(60)

    began = time.monotonic()
    state, says = ended(ledger, run, seconds=0.3)

    assert (state, "took longer than the 1 minutes" in says) == ("failed", True)
    assert time.monotonic() - began < 10
    time.sleep(2)
    assert not (tmp_path / "still there").exists()


def test_a_worker_that_nobody_wants_any_more_gives_its_job_back(ledger):
    signal_before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            ended(ledger, lambda _: time.sleep(60), gone=lambda: True)
    finally:
        signal.signal(signal.SIGTERM, signal_before)

    with reading(ledger.engine) as connection:
        job = find_job(connection, 1)
    assert (job.state, job.tries) == ("waiting", 0)
