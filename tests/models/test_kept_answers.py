"""What a program asks under a key is done once: asked again it is told what came of it, however it asks."""

from __future__ import annotations

import errno
import threading
import time

import pytest
import sqlalchemy as sa
from ledgers import a_ledger, at

from allocator.sentence import say
from models import kept_answers
from models.entry import Refusal
from models.kept_answers import once

pytestmark = pytest.mark.usefixtures("each_database")


class Asking:
    """Programs that ask for work, each time of which is counted."""

    def __init__(self) -> None:
        self.engine, self.times = a_ledger().engine, 0

    def __call__(
        self, *, actor: str = "ann", key: str = "k1", asked: bytes = b"send 5", day: float = 1, work=None
    ) -> tuple[int, str]:
        return once(self.engine, actor, key, asked, work or self.work, at=at(day))

    def work(self) -> tuple[int, str]:
        self.times += 1
        return 200, f"done {self.times}"

    def refused(self, **more: bytes) -> str:
        with pytest.raises(Refusal) as refusal:
            self(**more)
        return str(refusal.value.sentences[0])


@pytest.fixture
def ask() -> Asking:
    return Asking()


def test_asked_again_the_same_is_answered_and_nothing_is_done(ask):
    assert [ask(), ask()] == [(200, "done 1")] * 2


def test_keys_are_each_person_s_own(ask):
    assert [ask(actor="ann"), ask(actor="ben"), ask(key="k2")] == [(200, "done 1"), (200, "done 2"), (200, "done 3")]


def test_a_key_that_was_used_for_something_else_is_refused(ask):
    ask()

    assert "was used for something else" in ask.refused(asked=b"send 6")
    assert ask.times == 1


@pytest.mark.parametrize("fault", [Refusal(say("There is too little.")), ZeroDivisionError()])
def test_what_was_refused_or_failed_may_be_asked_again_under_its_key(ask, fault):
    def fails():
        raise fault

    with pytest.raises(type(fault)):
        ask(work=fails)

    assert ask() == (200, "done 1")


@pytest.mark.parametrize("fails", [True, False])
def test_what_became_of_a_key_is_kept_once_the_disk_has_room_again(ask, monkeypatch, fails):
    """The disk is full when the work ends: what failed is asked again, what was done is told as done, and stays so."""
    full = sa.exc.OperationalError("UPDATE", {}, OSError(errno.ENOSPC, "No space left on device"))
    full.orig.sqlite_errorcode = 13

    def work():
        done = ask.work()
        monkeypatch.setattr(kept_answers, "_write", no_room)
        if fails:
            raise full
        return done

    def no_room(*_: object) -> None:
        raise full

    if fails:
        with pytest.raises(sa.exc.OperationalError):
            ask(work=work)
    else:
        assert ask(work=work) == (200, "done 1")
    monkeypatch.undo()

    assert [ask(), ask()] == [(200, "done 2" if fails else "done 1")] * 2


def test_while_it_is_done_it_is_not_done_again(ask):
    said = []

    def meanwhile():
        said.append(ask.refused())
        return ask.work()

    assert ask(work=meanwhile) == (200, "done 1")
    assert "is being done, or was cut off" in said[0]


def test_an_answer_is_kept_for_two_days(ask):
    assert [ask(day=1), ask(day=3), ask(day=3 + 1 / 24)] == [(200, "done 1"), (200, "done 1"), (200, "done 2")]


def test_many_at_once_under_one_key_do_it_once(ask):
    begin, said = threading.Barrier(8), []

    def slowly():
        time.sleep(0.1)
        return ask.work()

    def asks() -> None:
        begin.wait()
        try:
            said.append(ask(work=slowly)[1])
        except Refusal as refusal:
            said.append(str(refusal.sentences[0])[:20])

    threads = [threading.Thread(target=asks) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ask.times == 1
    assert sorted(set(said)) in (["What was asked under", "done 1"], ["done 1"])
    assert len(said) == 8
