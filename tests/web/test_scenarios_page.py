"""The library of scenarios on a page: what each supposes, in the reader's language, for whoever may try them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from browser import PASSWORD, Browser, served_at
from desk import Clerk

from scenarios.known import library
from scenarios.scenario import BASELINE


@pytest.fixture(scope="module")
def signed_in(tmp_path_factory) -> Iterator[Callable[[str], Browser]]:
    """Return a browser in which somebody has signed in: lo sends, re only reports."""
    folder = tmp_path_factory.mktemp("scenarios")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("ALLOCATOR_DB", f"sqlite:///{folder / 'ledger.sqlite'}")
        patch.delenv("ALLOCATOR_ACTOR", raising=False)
        clerk = Clerk(folder)
        assert clerk("init").exit_code == 0
        clerk("user", "add", "bo", "--role", "administrator")
        for id_, role in (("lo", "logistics"), ("re", "reporter")):
            clerk("user", "add", id_, "--role", role, "--actor", "bo")
            assert clerk.typing(PASSWORD, "user", "password", id_, "--actor", "bo").exit_code == 0
        with served_at(clerk.url) as origin:

            def browser(id_: str) -> Browser:
                made = Browser(origin)
                assert made.sign_in(id_).status_code == 200
                return made

            yield browser


def test_every_scenario_is_listed_and_tells_what_it_supposes(signed_in):
    browser = signed_in("lo")
    listed = browser.get("/scenarios").text
    told = {each["name"]: each for each in browser.get("/api/v1/scenarios").json()["scenarios"]}

    assert set(told) == set(library())
    assert all(f'href="/scenarios/{name}"' in listed for name in library() if name != BASELINE.name)
    one = browser.get("/scenarios/holiday-return?lang=zh").text
    assert library()["holiday-return"].says_zh in one
    assert 'name="scenario" value="holiday-return"' in one
    assert told["holiday-return"]["changes"]


def test_there_is_no_page_of_what_is_no_scenario_and_none_for_reporters(signed_in):
    assert signed_in("lo").get("/scenarios/nothing").status_code == 404
    assert signed_in("re").get("/scenarios").status_code == 404
