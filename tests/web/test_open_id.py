"""People sign in through a provider of their own: a real process that answers over HTTP, honestly or not."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest
from browser import NO_TLS, PASSWORD, Browser, free_port, served_at
from desk import Clerk
from provider import CLIENT, SECRET, ProviderProcess, provider_at
from two_areas import at_desk, join

from data.open_id import Provider
from data.serve_settings import OpenId


@pytest.fixture(scope="module")
def provider() -> Iterator[ProviderProcess]:
    with provider_at(free_port()) as made:
        yield made


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """ann reports; off is disabled; a@b.example is somebody's id too."""
    with at_desk(tmp_path_factory.mktemp("open-id")) as clerk:
        clerk.begin()
        join(clerk, [("ann", "reporter", ""), ("off", "reporter", ""), ("a@b.example", "reporter", "")])
        clerk.typing(PASSWORD, "user", "password", "ann", "--actor", "bo")
        assert clerk("user", "disable", "off", "--actor", "bo").exit_code == 0
        (clerk.folder / "secret.txt").write_text(f"{SECRET}\n")
        yield clerk


def settings(clerk: Clerk, issuer: str, **more: str) -> OpenId:
    return OpenId(issuer=issuer, client_id=CLIENT, secret_file=str(clerk.folder / "secret.txt"), **more)


@pytest.fixture(scope="module")
def pages(clerk, provider) -> Iterator[str]:
    with served_at(clerk.url, open_id=settings(clerk, provider.issuer)) as origin:
        yield origin


@pytest.fixture(autouse=True)
def honest(provider) -> None:
    provider.says()


def came_back(pages: str, to: str = "/stock") -> tuple[Browser, httpx.Response]:
    browser = Browser(pages)
    return browser, browser.get(f"/sign-in/openid?to={to}")


def refused(answer: httpx.Response, says: str) -> None:
    """Nobody is signed in, why is said, and the page asks again."""
    assert (answer.status_code, says in answer.text) == (403, True), answer.text
    assert "session" not in answer.cookies
    assert 'href="/sign-in/openid?to=' in answer.text


def test_whoever_the_provider_vouches_for_is_signed_in_and_sees_the_page_that_was_asked_for(pages, provider):
    browser, answer = came_back(pages, to="/stock?item=MASK")

    assert (answer.status_code, str(answer.url)) == (200, f"{pages}/stock?item=MASK")
    assert ">ann</a>" in answer.text
    asked = provider.asked()[-1]
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == ("code", "S256", "openid")
    assert asked["redirect_uri"] == f"{pages}/sign-in/openid/back"
    assert SECRET not in str(provider.asked())
    assert "signing-in" not in browser.client.cookies


def test_the_page_to_sign_in_offers_both_and_a_password_still_opens(pages):
    asked = Browser(pages).get("/stock")

    assert "Sign in through 127.0.0.1" in asked.text
    assert 'name="password"' in asked.text
    assert Browser(pages).sign_in("ann").url.path == "/stock"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"nonce": "another"}, "invalid_claim: nonce"),
        ({"nonce": None}, "missing_claim: nonce"),
        ({"aud": "another"}, "invalid_claim: aud"),
        ({"aud": "another", "azp": CLIENT}, "invalid_claim: aud"),
        ({"aud": [CLIENT, "another"]}, "missing_claim: azp"),
        ({"iss": "https://id.example"}, "invalid_claim: iss"),
        ({"exp": 1_600_000_000}, "expired_token"),
        ({"exp": None}, "missing_claim: exp"),
        ({"iat": 9_000_000_000}, "invalid_claim"),
        ({"signed_by": "stranger"}, "invalid_key_id"),
        ({"signed_by": "stranger", "kid": "first"}, "bad_signature"),
        ({"alg": "none"}, "alg"),
    ],
    ids=str,
)
def test_what_is_not_proven_signs_nobody_in(pages, provider, said, why):
    provider.says(**said)

    _, answer = came_back(pages)

    refused(answer, "is not proven")
    assert why in answer.text


@pytest.mark.parametrize("id_", ["nobody", "off", "local", ""])
def test_nobody_is_added_and_nobody_disabled_let_in_by_signing_in(clerk, pages, provider, id_):
    before = clerk("user", "list").stdout
    provider.says(sub=id_)

    _, answer = came_back(pages)

    refused(answer, f"There is no active person {id_} here." if id_ else "not proven")
    assert clerk("user", "list").stdout == before


def kept_aside(pages: str) -> tuple[Browser, str]:
    """Return a browser that was sent to the provider, and where the provider sends it back to."""
    browser = Browser(pages)
    browser.client.follow_redirects = False
    there = browser.get("/sign-in/openid?to=/stock").headers["location"]
    return browser, httpx.get(there, verify=NO_TLS).headers["location"]


def test_a_browser_that_did_not_begin_is_not_signed_in_as_somebody_else(pages):
    _, theirs = kept_aside(pages)

    refused(Browser(pages).get(theirs), "was not begun in this browser")


@pytest.mark.parametrize("spoil", ["state", "cookie", "missing"])
def test_a_state_or_a_cookie_that_is_not_the_one_begun_with_is_refused(pages, spoil):
    browser, back = kept_aside(pages)
    if spoil == "cookie":
        kept = browser.client.cookies["signing-in"]
        browser.client.cookies.set("signing-in", ("A" if kept[0] != "A" else "B") + kept[1:])
        browser.client.cookies.delete("signing-in", domain="127.0.0.1")
    elif spoil == "state":
        back = f"{back}x"
    else:
        back = back.split("&state=")[0]

    refused(browser.get(back), "was not begun in this browser")


def test_a_code_opens_once(pages):
    browser, back = kept_aside(pages)
    cookie = browser.client.cookies["signing-in"]
    assert browser.get(back).headers["location"] == "/stock"

    again = browser.client.get(back, headers={"cookie": f"signing-in={cookie}"})

    refused(again, "The sign-in service refused (invalid_grant).")


def test_a_sign_in_that_took_more_than_ten_minutes_is_begun_anew(pages, monkeypatch):
    browser, back = kept_aside(pages)
    later = (int(time.time()) + 601) * 1_000_000
    monkeypatch.setattr("web.open_id_page.now_micros", lambda: later)

    refused(browser.get(back), "was not begun in this browser, or too long ago")


def test_what_the_provider_refuses_is_said_by_its_code_alone(pages, provider):
    provider.says(error="access_denied")
    refused(came_back(pages)[1], "The sign-in service refused (access_denied).")

    provider.says(error="<b>Call 555</b>")
    refused(came_back(pages)[1], "The sign-in service refused (error).")


def test_nobody_is_sent_elsewhere_after_signing_in(pages):
    assert came_back(pages, to="//evil.example/")[1].url.path == "/today"


def test_another_claim_names_the_person_and_an_address_only_once_it_is_verified(clerk, provider):
    with served_at(clerk.url, open_id=settings(clerk, provider.issuer, claim="email")) as origin:
        provider.says(sub="x", email="a@b.example", email_verified=True)
        assert ">a@b.example</a>" in came_back(origin)[1].text
        provider.says(sub="x", email="a@b.example")
        refused(came_back(origin)[1], "no verified email")


def test_without_passwords_only_the_provider_lets_in(clerk, provider):
    with served_at(clerk.url, open_id=settings(clerk, provider.issuer), passwords=False) as origin:
        assert 'name="password"' not in Browser(origin).get("/sign-in").text
        assert Browser(origin).sign_in("ann").status_code == 404
        browser, entered = came_back(origin)
        assert entered.url.path == "/stock"
        assert "My password" not in browser.get("/me").text


def test_the_cookie_over_tls_is_for_this_host_alone(clerk, provider):
    with served_at(clerk.url, open_id=settings(clerk, provider.issuer), secure=True) as origin:
        answer = httpx.get(f"{origin}/sign-in/openid", verify=NO_TLS)

    assert answer.headers["set-cookie"].startswith("__Host-signing-in=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure", "Max-Age=600"} <= set(
        answer.headers["set-cookie"].split("; ")
    )
    assert "redirect_uri=https%3A%2F%2F127.0.0.1" in answer.headers["location"]


def test_a_provider_that_is_silent_or_another_is_said_and_passwords_still_open(clerk, provider):
    with served_at(clerk.url, open_id=settings(clerk, f"http://127.0.0.1:{free_port()}")) as origin:
        answer = Browser(origin).get("/sign-in/openid")
        assert (answer.status_code, "gives no answer that can be used" in answer.text) == (503, True)
        assert Browser(origin).sign_in("ann").url.path == "/stock"
    provider.says(issuer="https://id.example")
    with served_at(clerk.url, open_id=settings(clerk, provider.issuer)) as origin:
        assert Browser(origin).get("/sign-in/openid").status_code == 503


def test_a_new_key_of_the_provider_is_asked_for(clerk, provider):
    now = [100.0]
    asks = Provider(settings(clerk, provider.issuer), clock=lambda: now[0])

    def claims() -> str:
        begun = asks.begin(redirect_uri="http://127.0.0.1:1/back")
        code = httpx.get(begun.address, verify=NO_TLS).headers["location"].split("code=")[1].split("&")[0]
        said = asks.finish(
            redirect_uri="http://127.0.0.1:1/back", code=code, nonce=begun.nonce, verifier=begun.verifier
        )
        return str(said["sub"])

    assert claims() == "ann"
    provider.says(signed_by="second", published=["first", "second"])
    now[0] += 60
    assert claims() == "ann"


def test_without_a_provider_its_addresses_are_not_there(clerk):
    with served_at(clerk.url) as origin:
        assert Browser(origin).get("/sign-in/openid").status_code == 404
        assert Browser(origin).get("/sign-in/openid/back?code=x&state=y").status_code == 404


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--oidc-issuer", "https://id.example"], "together; one is missing"),
        (["--no-passwords"], "nobody could sign in"),
        (
            ["--oidc-issuer", "http://id.example", "--oidc-client-id", "x", "--oidc-client-secret-file", "secret.txt"],
            "must begin with https://",
        ),
        (
            ["--oidc-issuer", "https://id.example", "--oidc-client-id", "x", "--oidc-client-secret-file", "empty.txt"],
            "empty.txt is empty.",
        ),
    ],
)
def test_what_cannot_be_served_is_said_before(clerk, words, says):
    (clerk.folder / "empty.txt").write_text("\n")

    said = clerk("serve", *words)

    assert (said.exit_code, says in said.stderr) == (2, True), said.stderr
