"""Programs show a token: for some rights of one person, until it ends, and never more than the person may."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from browser import NO_TLS, PASSWORD, Browser, served_at
from desk import Clerk

from models import days


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """D1 and P1 lie in county 421127; ann administers, ben reports for the county."""
    folder = tmp_path_factory.mktemp("tokens")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("ALLOCATOR_DB", f"sqlite:///{folder / 'ledger.sqlite'}")
        patch.delenv("ALLOCATOR_ACTOR", raising=False)
        clerk = Clerk(folder)
        clerk.begin()
        assert clerk("receive", "D1", "MASK", "500", "--partner", "S1").exit_code == 0
        clerk("user", "add", "ann", "--role", "administrator")
        clerk("user", "add", "ben", "--role", "reporter", "--area", "421127", "--actor", "ann")
        clerk("user", "add", "cat", "--role", "reporter", "--actor", "ann")
        assert clerk.typing(PASSWORD, "user", "password", "ben", "--actor", "ann").exit_code == 0
        yield clerk


@pytest.fixture(scope="module")
def pages(clerk) -> Iterator[str]:
    with served_at(clerk.url) as origin:
        yield origin


@pytest.fixture
def token(clerk) -> Callable[..., str]:
    """Return a new token by its name, of ben for the stock unless said otherwise."""

    def made(name: str, *words: str, of: str = "ben", scope: str = "see-stock") -> str:
        said = clerk("user", "token", of, "--name", name, "--scope", scope, *words, "--actor", "ann")
        assert said.exit_code == 0, said.output
        return said.stdout.strip()

    return made


def asked(pages: str, token: str, path: str = "/api/v1/stock") -> httpx.Response:
    return httpx.get(f"{pages}{path}", headers={"authorization": f"Bearer {token}"}, verify=NO_TLS)


def test_a_program_reads_with_a_token_what_its_person_may_and_no_page(token, pages):
    made = token("reads")

    assert [line["site"] for line in asked(pages, made).json()["lines"]] == ["D1"]
    assert asked(pages, made, "/stock").headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("wrong", ["nonsense", "a b", "allocator_" + "x" * 43])
def test_a_wrong_token_is_answered_with_401_even_beside_a_session(pages, wrong):
    browser = Browser(pages)
    browser.sign_in("ben")
    refused = browser.get("/api/v1/stock", authorization=f"Bearer {wrong}")

    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_token_is_shown_as_a_bearer_s_and_as_nothing_else(token, pages):
    said = f"Basic {token('basic')}"

    assert httpx.get(f"{pages}/api/v1/stock", headers={"authorization": said}, verify=NO_TLS).status_code == 401


def test_a_token_ends_with_its_days_when_it_is_revoked_and_with_its_person(clerk, token, pages, monkeypatch):
    kept, revoked, of_cat = token("kept"), token("revoked"), token("of cat", of="cat")
    assert clerk("user", "token", "ben", "--name", "revoked", "--revoke", "--actor", "ben").exit_code == 0
    clerk("user", "disable", "cat", "--actor", "ann")
    clerk("user", "disable", "cat", "--enable", "--actor", "ann")

    assert [asked(pages, each).status_code for each in (kept, revoked, of_cat)] == [200, 401, 401]
    later = days.now_micros() + 91 * days.DAY
    monkeypatch.setattr("web.visitors.now_micros", lambda: later)
    assert asked(pages, kept).status_code == 401


def test_a_token_is_for_its_rights_alone_and_never_for_more_than_its_person_has(clerk, token, pages):
    shipments = token("shipments", scope="see-shipments")
    assert asked(pages, shipments).status_code == 404

    refused = clerk("user", "token", "ben", "--name", "x", "--scope", "plan", "--scope", "fly", "--actor", "ann")
    assert refused.exit_code == 1
    assert "ben has not the right plan, so no token of theirs can." in refused.stderr
    assert 'There is no right "fly".' in refused.stderr

    clerk("user", "add", "dan", "--role", "reporter", "--actor", "ann")
    of_dan = token("of dan", of="dan")
    clerk("user", "role", "dan", "reporter", "--remove", "--actor", "ann")
    assert asked(pages, of_dan).status_code == 404


def test_one_s_own_tokens_are_made_and_listed_and_not_another_s(clerk, token):
    token("listed")

    assert "listed  see-stock  " in clerk("user", "token", "ben", "--actor", "ben").stdout
    assert "cat may not" in clerk("user", "token", "ben", "--actor", "cat").stderr
    assert "cat is none" in clerk("user", "token", "ben", "--name", "x", "--scope", "report", "--actor", "cat").stderr
    assert "ben has, or had, a token listed." in clerk(
        "user", "token", "ben", "--name", "listed", "--scope", "see-stock", "--actor", "ben"
    ).stderr  # fmt: skip


def test_a_session_that_writes_at_the_api_shows_its_form_token_in_a_header(pages):
    browser = Browser(pages)
    browser.sign_in("ben")
    token = browser.client.headers.pop("x-form-token")

    def cancel(**headers: str) -> int:
        return browser.client.delete("/api/v1/jobs/1", headers={"origin": pages} | headers).status_code

    assert cancel() == 403
    assert cancel(**{"x-form-token": token}) == 404
