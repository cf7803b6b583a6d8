"""Background jobs as people see them: their own, how far they are, what came of them; a worker that does them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import PASSWORD, Browser, served_at
from desk import Clerk

from allocator.sentence import say
from models.days import now_micros
from models.jobs import Job, Outcome, ask_job, claim_job, end_job, tell_progress
from models.ledger import Ledger, open_ledger


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """Bo administers, da only county 421127; ann plans, cy plans too."""
    folder = tmp_path_factory.mktemp("jobs")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("ALLOCATOR_DB", f"sqlite:///{folder / 'ledger.sqlite'}")
        patch.delenv("ALLOCATOR_ACTOR", raising=False)
        clerk = Clerk(folder)
        clerk.begin()
        clerk("user", "add", "bo", "--role", "administrator")
        for id_ in ("ann", "cy"):
            clerk("user", "add", id_, "--role", "logistics", "--actor", "bo")
        clerk("user", "add", "da", "--role", "administrator", "--area", "421127", "--actor", "bo")
        for id_ in ("bo", "ann", "cy", "da"):
            clerk.typing(PASSWORD, "user", "password", id_, "--actor", "bo")
        yield clerk


@pytest.fixture(scope="module")
def ledger(clerk) -> Iterator[Ledger]:
    ledger = open_ledger(clerk.url)
    yield ledger
    ledger.engine.dispose()


@pytest.fixture(scope="module")
def pages(clerk) -> Iterator[str]:
    with served_at(clerk.url) as origin:
        yield origin


@pytest.fixture(scope="module")
def ann(pages) -> Browser:
    return signed_in(pages, "ann")


def signed_in(pages: str, id_: str) -> Browser:
    browser = Browser(pages)
    assert browser.sign_in(id_).status_code == 200
    return browser


def asked(ledger: Ledger, kind: str = "of a test") -> int:
    return ask_job(ledger.engine, kind, actor="ann", at=now_micros())


def begun(ledger: Ledger, kind: str) -> Job:
    job = claim_job(ledger.engine, [kind], at=now_micros())
    assert job is not None
    return job


def test_a_job_is_seen_by_who_asked_and_by_administrators(ledger, pages, ann):
    id_ = asked(ledger)

    assert f'href="/jobs/{id_}"' in ann.get("/jobs").text
    assert f'href="/jobs/{id_}"' in signed_in(pages, "bo").get("/jobs").text
    for other in (signed_in(pages, "cy"), signed_in(pages, "da")):
        assert "No job yet" in other.get("/jobs").text
        assert [other.get(f"{place}/{id_}").status_code for place in ("/jobs", "/api/v1/jobs")] == [404, 404]
        assert other.client.delete(f"/api/v1/jobs/{id_}").status_code == 404
    assert ann.get(f"/api/v1/jobs/{id_}").json()["state"] == "waiting"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_what_came_of_a_job_is_shown_here_and_nowhere_else(ledger, ann, elsewhere):
    id_ = asked(ledger, "of a link")
    end_job(ledger.engine, begun(ledger, "of a link"), "done", Outcome(result={"to": elsewhere}), at=now_micros())

    assert elsewhere not in ann.get(f"/jobs/{id_}").text


def test_a_page_tells_how_far_it_is_what_came_of_it_and_where(ledger, ann):
    id_ = asked(ledger, "to be told of")
    job = begun(ledger, "to be told of")
    tell_progress(ledger.engine, job, at=now_micros(), share=0.4, doing=say("Deciding who gets what"))

    running = ann.get(f"/jobs/{id_}")
    assert ("40 %" in running.text, "Deciding who gets what" in running.text) == (True, True)
    assert ann.get(f"/api/v1/jobs/{id_}").json()["share"] == 0.4

    done = Outcome(result={"to": "/plans/P1"}, file_name="a.csv", file=b"a,b")
    end_job(ledger.engine, job, "done", done, at=now_micros())

    ended = ann.get(f"/jobs/{id_}").text
    assert 'href="/plans/P1"' in ended
    assert "<progress" not in ended
    assert ann.get(f"/jobs/{id_}/file").content == b"a,b"
    assert ann.get(f"/api/v1/jobs/{id_}").json()["result"] == {"to": "/plans/P1"}


def test_a_job_is_cancelled_by_a_form_and_by_programs(ledger, ann):
    first, second = asked(ledger), asked(ledger)

    assert "cancelled" in ann.post(f"/jobs/{first}/cancel", {"form": ann.form_token()}).text
    assert ann.client.delete(f"/api/v1/jobs/{second}").json()["state"] == "cancelled"


def test_another_site_cancels_nothing(ledger, ann):
    id_ = asked(ledger)

    assert ann.post(f"/jobs/{id_}/cancel", {"form": "0" * 64}).status_code == 403
    assert ann.client.delete(f"/api/v1/jobs/{id_}", headers={"origin": "https://evil.example"}).status_code == 403
    assert ann.get(f"/api/v1/jobs/{id_}").json()["state"] == "waiting"


def test_the_worker_leaves_what_it_does_not_know_and_ends_once_nothing_waits(clerk, ledger, ann):
    id_ = asked(ledger, "of another program")

    assert clerk("worker", "--once").exit_code == 0
    assert ann.get(f"/api/v1/jobs/{id_}").json()["state"] == "waiting"
