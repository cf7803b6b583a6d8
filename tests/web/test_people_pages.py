"""Administrators change people on pages as by command, each in their areas; everybody sees to their own at /me."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from browser import NO_TLS, PASSWORD, Browser, browsers_at, is_sealed, served_at
from desk import Clerk
from two_areas import join, two_areas

WORDS = "a wholly new sentence"

TOKEN = re.compile(r"allocator_[\w-]+")


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """bo administers everywhere, lin county 421127; ben reports there, eve elsewhere; ann audits the county."""
    with two_areas(tmp_path_factory.mktemp("people")) as clerk:
        people = [
            ("lin", "administrator", "421127"),
            ("ben", "reporter", "421127"),
            ("eve", "reporter", "430000"),
            ("ann", "auditor", "421127"),
            ("pia", "auditor", "421127"),
            ("sam", "reporter", "421127"),
        ]
        join(clerk, people, password=PASSWORD)
        yield clerk


@pytest.fixture(scope="module")
def pages(clerk) -> Iterator[str]:
    with served_at(clerk.url) as origin:
        yield origin


@pytest.fixture(scope="module")
def as_(pages):
    return browsers_at(pages)


def sent(browser: Browser, address: str, **form: str) -> httpx.Response:
    return browser.post(address, {"form": browser.form_token(), **form})


def test_an_administrator_of_an_area_sees_and_saves_its_people_and_nobody_else(as_):
    page, saved = as_("lin").get("/people").text, as_("lin").get("/people.csv").text

    assert all(f'href="/people/{id_}"' in page for id_ in ("ann", "ben", "lin"))
    assert not re.search(r"\beve\b|\bbo\b|430000", page + saved)
    assert as_("lin").get("/people/eve").status_code == as_("lin").get("/people/bo").status_code == 404
    assert 'href="/people/eve"' in as_("bo").get("/people").text


def test_people_are_filtered_by_the_address(as_):
    page = as_("bo").get("/people?role=reporter&area=430000").text

    assert re.findall(r'href="/people/(\w+)"', page) == ["eve"]
    assert "Nobody fits these filters" in as_("bo").get("/people?q=nobody").text


def test_a_person_is_added_given_a_role_disabled_and_enabled(clerk, as_):
    lin = as_("lin")

    added = sent(lin, "/people", id="new", role="reporter", area="421127", name="New")
    given = sent(lin, "/people/new/give-role", role="logistics", area="421127")
    sent(lin, "/people/new/take-role", role="reporter", area="421127")
    off = sent(lin, "/people/new/disable")

    assert (added.status_code, added.url.path) == (200, "/people/new")
    assert "allocator user password new --actor lin" in added.text
    assert "logistics officer" in given.text
    assert "disabled" in off.text
    assert "New (new)  logistics 421127  disabled" in clerk("user", "list").stdout
    assert 'action="/people/new/disable"' in sent(lin, "/people/new/enable").text
    assert is_sealed(clerk.url)


@pytest.mark.parametrize(
    ("address", "form", "says"),
    [
        ("/people", {"id": "x", "role": "reporter", "area": "430000"}, "There is no area 430000."),
        ("/people", {"id": "x", "role": "administrator", "area": ""}, "A role everywhere is given"),
        ("/people", {"id": "eve", "role": "reporter", "area": "421127"}, "eve is somebody already."),
        ("/people/ben/give-role", {"role": "logistics", "area": "430000"}, "There is no area 430000."),
    ],
)
def test_what_is_refused_comes_back_with_why_and_what_was_typed(clerk, as_, address, form, says):
    before = clerk("user", "list").stdout

    refused = sent(as_("lin"), address, **form)

    assert refused.status_code == 422
    assert says in refused.text
    assert f'value="{form["area"]}"' in refused.text
    assert clerk("user", "list").stdout == before


@pytest.mark.parametrize("step", ["disable", "give-role", "end-sessions"])
def test_a_person_of_elsewhere_is_not_there_to_be_changed(clerk, as_, step):
    assert sent(as_("lin"), f"/people/eve/{step}", role="reporter", area="421127").status_code == 404
    assert "eve  reporter 430000\n" in clerk("user", "list").stdout
    assert as_("eve").get("/stock").url.path == "/stock"


def test_the_command_refuses_what_the_page_refuses(clerk):
    refused = clerk("user", "disable", "eve", "--actor", "lin")

    assert (refused.exit_code, "There is no person eve." in refused.stderr) == (1, True)


def test_an_auditor_sees_people_and_changes_nobody(as_):
    page = as_("ann").get("/people/ben").text

    assert "<form" not in page.split("<main")[1]
    assert sent(as_("ann"), "/people/ben/disable").status_code == 404


def test_an_administrator_ends_a_person_s_sessions_and_tokens(clerk, pages, as_):
    ben = Browser(pages)
    ben.sign_in("ben")
    made = clerk("user", "token", "ben", "--name", "till", "--scope", "report", "--actor", "ben")
    page = as_("lin").get("/people/ben").text
    assert "till" in page

    sent(as_("lin"), "/people/ben/end-sessions")
    after = sent(as_("lin"), "/people/ben/revoke-token", token="till")  # noqa: S106 - its name

    assert made.exit_code == 0
    assert ben.get("/stock").url.path == "/sign-in"
    assert "till" not in after.text


def test_whoever_is_disabled_and_enabled_again_signs_in_anew(clerk, pages):
    eve = Browser(pages)
    eve.sign_in("eve")
    clerk("user", "disable", "eve", "--actor", "bo")
    clerk("user", "disable", "eve", "--enable", "--actor", "bo")

    assert eve.get("/stock").url.path == "/sign-in"


def test_my_password_is_changed_with_the_old_one_and_my_other_sessions_end(pages):
    mine, other = Browser(pages), Browser(pages)
    for browser in (mine, other):
        browser.sign_in("pia")

    wrong = sent(mine, "/me/password", old="not the old one", new=WORDS, again=WORDS)
    unlike = sent(mine, "/me/password", old=PASSWORD, new=WORDS, again="another")
    weak = sent(mine, "/me/password", old=PASSWORD, new="short", again="short")
    done = sent(mine, "/me/password", old=PASSWORD, new=WORDS, again=WORDS)

    assert [each.status_code for each in (wrong, unlike, weak, done)] == [422, 422, 422, 200]
    assert "The new password holds." in done.text
    assert WORDS not in wrong.text + unlike.text + done.text
    assert other.get("/stock").url.path == "/sign-in"
    assert Browser(pages).sign_in("pia").status_code == 403
    assert Browser(pages).sign_in("pia", WORDS).url.path == "/stock"


def test_guessing_the_old_password_makes_one_wait_as_signing_in_does(clerk, pages):
    clerk("user", "add", "zoe", "--role", "reporter", "--actor", "bo")
    clerk.typing(PASSWORD, "user", "password", "zoe", "--actor", "bo")
    mine = Browser(pages)
    mine.sign_in("zoe")

    for _ in range(5):
        sent(mine, "/me/password", old="not the old one", new=WORDS, again=WORDS)

    assert "Too many wrong passwords." in sent(mine, "/me/password", old=PASSWORD, new=WORDS, again=WORDS).text


def test_one_ends_one_s_own_sessions_one_or_all_others(pages):
    mine, second, third = Browser(pages), Browser(pages), Browser(pages)
    for browser in (mine, second, third):
        browser.sign_in("sam")
    marks = re.findall(r'name="session" value="(\w+)"', mine.get("/me").text)

    sent(third, "/me/sessions", session=marks[0])
    ended = [each.get("/stock").url.path for each in (second, third)]
    sent(mine, "/me/sessions")

    assert sorted(ended) == ["/sign-in", "/stock"]
    assert [each.get("/stock").url.path for each in (mine, second, third)] == ["/stock", "/sign-in", "/sign-in"]
    assert sent(mine, "/me/sessions", session=marks[0]).status_code == 422


def test_a_token_is_made_for_rights_i_hold_shown_once_and_ended(clerk, pages):
    mine = Browser(pages)
    mine.sign_in("ben")
    form = {"name": "till", "days": "30", "scope": "see-stock"}

    made = sent(mine, "/me/tokens", **form | {"name": "shop"})
    token = TOKEN.search(made.text)[0]
    shown = {"authorization": f"Bearer {token}"}
    refused = [
        sent(mine, "/me/tokens", **form | changed).text
        for changed in ({"scope": "plan"}, {"days": "9999"}, {"days": "x"}, {"name": "shop"})
    ]

    assert httpx.get(f"{pages}/api/v1/stock", headers=shown, verify=NO_TLS).status_code == 200
    assert token not in mine.get("/me").text
    for text, says in zip(
        refused, ("has not the right plan", "1 to 366 days", "is not a number", "or had, a token"), strict=True
    ):
        assert says in text
        assert not TOKEN.search(text)
    sent(mine, "/me/tokens/end", name="shop")
    assert httpx.get(f"{pages}/api/v1/stock", headers=shown, verify=NO_TLS).status_code == 401
    assert is_sealed(clerk.url)


def test_a_page_of_one_s_own_speaks_one_s_language(as_):
    assert "我的会话" in as_("bo").get("/me?lang=zh").text
    as_("bo").get("/me?lang=en")


def test_programs_read_and_change_people_once_for_each_key(pages, as_):
    lin = as_("lin").client

    def post(address: str, key: str, **body: str) -> httpx.Response:
        return lin.post(f"/api/v1/people{address}", json=body, headers={"idempotency-key": key, "origin": pages})

    me = lin.get("/api/v1/me").json()
    one = [post("", "k1", id="api", role="reporter", area="421127").json() for _ in range(2)]
    given = post("/api/give-role", "k2", role="logistics", area="421127").json()
    refused = post("/api/give-role", "k3", role="logistics", area="430000")
    post("/api/disable", "k4")
    listed = lin.get("/api/v1/people?role=logistics").json()["people"]

    assert (me["id"], me["roles"]) == ("lin", [{"role": "administrator", "area": "421127"}])
    assert "change-people" in me["rights"]
    assert one[0] == one[1]
    assert given["roles"] == [{"role": "logistics", "area": "421127"}, {"role": "reporter", "area": "421127"}]
    assert (refused.status_code, refused.json()["title"][:24]) == (409, "There is no area 430000.")
    assert [(each["id"], each["active"]) for each in listed if each["id"] == "api"] == [("api", False)]
    assert lin.get("/api/v1/people/eve").status_code == 404
    assert post("/eve/disable", "k5").status_code == 404
