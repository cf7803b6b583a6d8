"""Sign in, be known on every page, sign out; what another site sends is refused."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from browser import PASSWORD, Browser, served_at
from desk import Clerk

from models.ledger import create


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    """A ledger with an auditor, ann, who has a password, and ben, who has none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    clerk = Clerk(tmp_path)
    clerk.begin(_people)
    return clerk


def _people(clerk: Clerk) -> None:
    assert clerk("user", "add", "ann", "--role", "administrator").exit_code == 0
    assert clerk("user", "add", "ben", "--role", "auditor", "--actor", "ann").exit_code == 0
    assert clerk.typing(PASSWORD, "user", "password", "ann", "--actor", "ann").exit_code == 0


@pytest.fixture
def pages(clerk) -> Iterator[str]:
    with served_at(clerk.url) as origin:
        yield origin


def test_who_has_not_signed_in_is_asked_to_and_then_sees_the_page_that_was_asked_for(clerk, pages):
    browser = Browser(pages)

    asked = browser.get("/stock?item=MASK")
    entered = browser.sign_in("ann", to="/stock?item=MASK")

    assert asked.url.path == "/sign-in"
    assert 'name="to" value="/stock?item=MASK"' in asked.text
    assert (entered.status_code, str(entered.url)) == (200, f"{pages}/stock?item=MASK")
    assert "ann" in entered.text


@pytest.mark.parametrize(("id_", "password"), [("ann", "something else entirely"), ("nobody", PASSWORD), ("ben", "")])
def test_a_wrong_id_and_a_wrong_password_are_answered_alike(clerk, pages, id_, password):
    refused = Browser(pages).sign_in(id_, password)

    assert refused.status_code == 403
    assert "This id and this password do not belong together. Check both." in refused.text


def test_five_wrong_passwords_make_even_the_right_one_wait(clerk, pages):
    browser = Browser(pages)
    for _ in range(5):
        browser.sign_in("ann", "something else entirely")

    waits = browser.sign_in("ann")

    assert waits.status_code == 403
    assert "Too many wrong passwords. Try again in 30 seconds." in waits.text


def test_signing_out_ends_the_session_for_whoever_kept_its_token(clerk, pages):
    browser, thief = Browser(pages), Browser(pages)
    browser.sign_in("ann")
    thief.client.cookies.set("session", browser.client.cookies["session"])
    assert thief.get("/stock").url.path == "/stock"

    left = browser.post("/sign-out", {"form": browser.form_token()})

    assert left.url.path == "/sign-in"
    assert browser.get("/stock").url.path == thief.get("/stock").url.path == "/sign-in"


def test_signing_in_as_another_ends_the_session_before(clerk, pages):
    clerk.typing(PASSWORD, "user", "password", "ben", "--actor", "ann")
    browser, thief = Browser(pages), Browser(pages)
    browser.sign_in("ann")
    thief.client.cookies.set("session", browser.client.cookies["session"])

    browser.sign_in("ben")

    assert "ben" in browser.get("/stock").text
    assert thief.get("/stock").url.path == "/sign-in"


def test_a_new_password_and_disabling_end_every_session_of_the_person(clerk, pages):
    first, second = Browser(pages), Browser(pages)
    clerk.typing(PASSWORD, "user", "password", "ben", "--actor", "ann")
    for browser in (first, second):
        browser.sign_in("ben")

    clerk.typing("a wholly new sentence", "user", "password", "ben", "--actor", "ben")
    assert first.get("/stock").url.path == "/sign-in"

    second.sign_in("ben", "a wholly new sentence")
    clerk("user", "disable", "ben", "--actor", "ann")
    assert second.get("/stock").url.path == "/sign-in"


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}],
)
def test_a_form_that_another_site_sends_is_refused(clerk, pages, headers):
    browser = Browser(pages)
    browser.sign_in("ann")

    refused = browser.post("/sign-out", {"form": browser.form_token()}, **headers)

    assert refused.status_code == 403
    assert browser.get("/stock").url.path == "/stock"


def test_a_form_without_its_token_is_refused(clerk, pages):
    browser = Browser(pages)
    browser.sign_in("ann")

    assert browser.post("/sign-out", {"form": "0" * 64}).status_code == 403
    assert browser.get("/stock").url.path == "/stock"


@pytest.mark.parametrize("to", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_nobody_is_sent_elsewhere_after_signing_in(clerk, pages, to):
    entered = Browser(pages).sign_in("ann", to=to)

    assert str(entered.url).startswith(f"{pages}/")


def test_over_tls_the_cookie_is_for_this_host_alone(clerk):
    with served_at(clerk.url, secure=True) as origin:
        form = {"id": "ann", "password": PASSWORD}
        answer = httpx.post(f"{origin}/sign-in", data=form, headers={"origin": origin})

    assert answer.headers["set-cookie"].startswith("__Host-session=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(answer.headers["set-cookie"].split("; "))
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_before_anybody_has_a_password_the_page_says_what_to_type(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    create(url, name="county").engine.dispose()

    with served_at(url) as origin:
        assert "allocator user password ID --actor ID" in Browser(origin).get("/").text


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "A password has 12 to 128 characters; this one has 5."),
        ("abababababab", "This password is easily guessed"),
        ("ann and her cat", "This password is easily guessed"),
        ("Password2020!", "This password is among the first that are tried"),
        ("qwertyuiop123", "This password is among the first that are tried"),
        ("Allocator@2026", "This password is among the first that are tried"),
    ],
)
def test_a_weak_password_is_refused(clerk, pages, password, says):
    refused = clerk.typing(password, "user", "password", "ann", "--actor", "ann")

    assert (refused.exit_code, says in refused.stderr) == (1, True)
    assert Browser(pages).sign_in("ann").url.path == "/stock"


def test_only_an_administrator_sets_another_person_s_password(clerk):
    refused = clerk.typing("ten bottles of alcohol", "user", "password", "ann", "--actor", "ben")

    assert (refused.exit_code, "ben is none" in refused.stderr) == (1, True)
