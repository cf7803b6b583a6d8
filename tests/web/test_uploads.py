"""Files that come through a page or the API: looked at first, sent back marked, taken in whole and once."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator

import httpx
import openpyxl
import pytest
from browser import PASSWORD, Browser, browsers_at, is_sealed, served_at
from day_round import begun
from desk import Clerk

RIGHT = "site,item,lot,expires,units\nP1,MASK,A1,2099-01-01,38\n"
WRONG = "site,item,lot,expires,units\nP1,MASK,A1,2099-01-01,about 40\nP1,MASKE,A1,2099-01-01,3\n"


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """P1 holds 40 masks of lot A1; ann reports for its county, cy for another."""
    yield from begun(tmp_path_factory.mktemp("uploads"))


@pytest.fixture(scope="module")
def browser(clerk) -> Iterator[Callable[[str], Browser]]:
    with served_at(clerk.url) as origin:
        yield browsers_at(origin)


def uploaded(browser: Browser, name: str, content: str | bytes, **more: str) -> httpx.Response:
    files = {"file": (name, content.encode() if isinstance(content, str) else content)}
    form = {"form": browser.form_token(), **more}
    return browser.client.post("/reports/upload", data=form, files=files, headers={"origin": browser.origin})


def book(text: str, sheet: str = "counts") -> bytes:
    made, out = openpyxl.Workbook(), io.BytesIO()
    made.active.title = sheet
    for line in text.splitlines():
        made.active.append(line.split(","))
    made.save(out)
    return out.getvalue()


def test_a_wrong_file_is_shown_with_its_faults_and_comes_back_marked(clerk, browser):
    ann = browser("ann")
    page = uploaded(ann, "counts.xlsx", book(WRONG))

    for said in ("about 40", "MASKE", "What is wrong", "First rows as they are read"):
        assert said in page.text, said
    assert "Take it in" not in page.text
    saved = ann.get(f"{page.url.path}/marked.xlsx")
    cells = [cell for sheet in openpyxl.load_workbook(io.BytesIO(saved.content)) for row in sheet for cell in row]
    assert {cell.coordinate for cell in cells if cell.comment} >= {"E2", "B3"}
    taken = ann.post(page.url.path, {"form": ann.form_token(), "do": "take"})
    assert (taken.status_code, clerk.held("P1")) == (422, {"A1": 40})


def test_a_right_file_is_looked_at_then_taken_in_once(clerk, browser):
    ann = browser("ann")
    page = uploaded(ann, "盘点.csv", RIGHT)
    assert "1 document with 1 line" in page.text
    assert clerk.held("P1") == {"A1": 40}, "it was only looked at"

    taken, again = (ann.post(page.url.path, {"form": ann.form_token(), "do": "take"}) for _ in range(2))

    assert "taken in" in taken.text
    assert "everything in it is there already" in again.text
    assert clerk.held("P1") == {"A1": 38}
    assert is_sealed(clerk.url)


def test_nobody_sees_what_another_sent_and_what_is_forgotten_is_gone(browser):
    page = uploaded(browser("ann"), "counts.csv", RIGHT)

    assert browser("lo").get(page.url.path).status_code == 404
    gone = browser("ann").post(page.url.path, {"form": browser("ann").form_token(), "do": "drop"})
    assert gone.url.path == "/reports/upload"
    assert browser("ann").get(page.url.path).status_code == 404


def test_of_one_person_only_the_last_three_are_kept(browser):
    paths = [uploaded(browser("ann"), f"counts-{n}.csv", RIGHT).url.path for n in range(4)]

    assert [browser("ann").get(path).status_code for path in paths] == [404, 200, 200, 200]


def test_a_site_of_another_area_and_a_table_that_takes_another_right_are_refused(clerk, browser):
    far = uploaded(browser("ann"), "counts.csv", RIGHT.replace("P1", "E1"))
    assert "There is no site E1" in far.text
    items = uploaded(browser("ann"), "items.csv", "item,name,unit,pack_units,use\nGOWN,gown,piece,1,consumable\n")
    assert "change sites, items and roads" in items.text
    assert "Take it in" not in far.text + items.text


@pytest.mark.parametrize(("name", "content"), [("", ""), ("counts.csv", ""), ("x.exe", "MZ"), ("counts.xlsx", "PK")])
def test_what_is_no_table_is_refused_in_words(browser, name, content):
    page = uploaded(browser("ann"), name, content)

    assert page.status_code in (200, 422)
    assert 'role="alert"' in page.text


def test_workbooks_to_fill_in_list_only_sites_within_reach(browser):
    offered = browser("cy").get("/reports/upload").text
    assert "/reports/templates/counts.xlsx" in offered
    assert "/reports/templates/items.xlsx" not in offered, "who reports changes no catalogue"
    found = openpyxl.load_workbook(io.BytesIO(browser("cy").get("/reports/templates/counts.xlsx").content))
    said = {str(cell.value) for sheet in found for row in sheet for cell in row if cell.value}

    assert any(re.match(r"E1\b", text) for text in said)
    assert not any(re.match(r"(P1|D1)\b", text) for text in said)
    assert browser("cy").get("/reports/templates/nothing.xlsx").status_code == 404


def test_a_program_tries_a_file_then_takes_it_in_once_for_its_key(clerk, browser):
    lo = browser("lo")
    issued = "number,day,site,item,lot,expires,units\nN1,2020-02-05,D1,MASK,A1,2099-01-01,7\n"

    def sent(query: str, key: str, content: str = issued) -> httpx.Response:
        headers = {"origin": lo.origin, "idempotency-key": key, "content-type": "application/octet-stream"}
        return lo.client.post(f"/api/v1/imports?name=issues.csv{query}", content=content.encode(), headers=headers)

    before = clerk.held("D1")
    tried = sent("&try=1", "k1").json()
    assert (tried["kept"], tried["documents"], clerk.held("D1")) == (False, {"issues": 1}, before)
    first, again = sent("", "k1"), sent("", "k1")
    assert first.json() == again.json() | {}
    assert clerk.held("D1")["A1"] == before["A1"] - 7
    assert sent("", "k2").json()["nothing_new"] is True
    wrong = sent("", "k3", issued.replace("MASK", "MASKE"))
    assert (wrong.status_code, wrong.headers["content-type"]) == (409, "application/problem+json")
    assert "MASKE" in wrong.text
    form = lo.client.post(
        "/api/v1/imports?try=1", files={"file": ("issues.csv", issued)},
        headers={"origin": lo.origin, "idempotency-key": "k4"},
    )  # fmt: skip
    assert form.json()["nothing_new"] is True


def test_a_token_takes_in_only_what_its_scopes_are_for(clerk, browser):
    printed = clerk("user", "token", "lo", "--name", "scanner", "--scope", "report", "--scope", "see-catalogue",
                    "--days", "3", "--actor", "bo")  # fmt: skip
    token = re.search(r"\S{30,}", printed.stdout)
    assert token is not None, printed.output
    headers = {"authorization": f"Bearer {token[0]}", "idempotency-key": "t1"}
    origin = browser("lo").origin

    items = httpx.post(f"{origin}/api/v1/imports?name=items.csv", content="item,unit\nGOWN,piece\n", headers=headers)
    counts = httpx.post(f"{origin}/api/v1/imports?name=counts.csv&try=1", content=RIGHT, headers=headers)

    assert (items.status_code, counts.status_code) == (409, 200), (items.text, counts.text)
    assert PASSWORD not in items.text
