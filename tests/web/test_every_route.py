"""Every role at every address: what the table of rights says is there, and nothing of another area is in any answer.

New addresses are found in the application itself. One that takes values, or that writes, needs an example below.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import httpx
import pytest
from browser import NO_TLS, PASSWORD, Browser, served_at
from desk import Clerk
from docs_scripts import ROOT, loaded

from models.people import ROLES
from models.rights import RIGHTS

ROUTES = loaded(ROOT / "docs" / "write_rights.py").routes_asked()

ONES_OWN = (
    "GET /me",
    "GET /api/v1/me",
    "POST /me/password",
    "POST /me/sessions",
    "POST /me/tokens",
    "POST /me/tokens/end",
)

WITHOUT_RIGHT = {
    *("GET /", "GET /healthz", "GET /readyz", "GET /style"),
    *("GET /sign-in", "POST /sign-in", "POST /sign-out", "GET /sign-in/openid", "GET /sign-in/openid/back"),
    # Numbers without persons or places: to this machine, else to a token that the route itself asks for.
    "GET /metrics",
    # What a county publishes of donations, where it chose to: nobody is named in it.
    *("GET /public/donations", "GET /public/donations{ending}"),
    # One's own asks only that one has signed in.
    *ONES_OWN,
}

FAR = "ZZFAR"
"""Stands in every code and name of the other area."""

VALUES = {
    "code": "MASK",
    "ending": ".csv",
    "number": "1",
    "id_": "1",
    "name": "P2020-02-10-1",
    "step": "review",
    "kind": "count",
}
"""What stands for the values in an address, by their names."""

EXAMPLES: dict[str, str] = {
    "GET /catalogue": "/catalogue?what=sites",
    "GET /catalogue{ending}": "/catalogue.csv?what=sites",
    "GET /catalogue/sites/{code}": f"/catalogue/sites/{FAR}-E1",
    "POST /catalogue/sites/{code}": f"/catalogue/sites/{FAR}-E1",
    "POST /api/v1/orders/{number}/{step}": "/api/v1/orders/1/ship",
    "GET /api/v1/trace": "/api/v1/trace?of=L-1",
    "GET /api/v1/plans/{name}/why": "/api/v1/plans/P2020-02-10-1/why?site=P1&item=MASK",
    "GET /reports/{kind}": "/reports/count?site=P1",
    "GET /reports/templates/{kind}.xlsx": "/reports/templates/counts.xlsx",
    "GET /api/v1/imports/templates/{kind}": "/api/v1/imports/templates/counts",
    "GET /audit/findings/{number}": "/audit/findings/F-0000000",
    "POST /api/v1/people/{id_}/{step}": "/api/v1/people/1/disable",
}
"""Addresses whose example is another than those of `VALUES`."""

BODIES: dict[str, dict[str, object]] = {
    "POST /api/v1/orders": {"supplier": "S1", "lines": [{"item": "MASK", "units": 10}]},
    "POST /api/v1/orders/{number}/{step}": {"note": "x"},
    "POST /api/v1/purchase-plans": {"weeks": 4},
    "POST /api/v1/purchase-plans/{id_}/orders": {"by": "2020-02-14"},
    "POST /api/v1/scenario-runs": {"scenarios": ["half-the-stock"]},
    "POST /api/v1/people": {"id": "x", "role": "reporter", "area": "421127"},
    "POST /api/v1/people/{id_}/{step}": {"role": "reporter", "area": "421127"},
    "POST /api/v1/plans/{name}/overrides": {"site": "P1", "item": "MASK", "units": 10, "reason": "ordered"},
    "POST /api/v1/plans/{name}/{step}": {"note": "x"},
    "POST /api/v1/documents": {
        "type": "adjust",
        "direction": "up",
        "site": "P1",
        "lines": [{"item": "MASK", "units": 1}],
        "reason": "found",
    },
    "POST /api/v1/findings/{number}/accept": {"reason": "counted-again", "note": "x"},
    "POST /api/v1/findings/{number}/open": {"owner": "boss", "due": "2099-01-01", "note": "x"},
    "POST /api/v1/findings/{number}/close": {"evidence": "x", "note": "x"},
}
"""What is sent where a page or call writes: enough to be read."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Iterator[str]:
    """D1 and P1 lie in county 421127, the other site elsewhere; for each role one person of the county."""
    folder = tmp_path_factory.mktemp("routes")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("ALLOCATOR_DB", f"sqlite:///{folder / 'ledger.sqlite'}")
        patch.delenv("ALLOCATOR_ACTOR", raising=False)
        clerk = Clerk(folder)
        clerk.begin()
        for name, text in (
            ("areas", f"area,name\n430000,{FAR} county\n"),
            ("sites", f"site,name,kind,area\n{FAR}-E1,{FAR} clinic,clinic,430000\n"),
        ):
            assert clerk.take(f"{name}.csv", text, "--as", name).exit_code == 0
        for site, lot in (("P1", "L-1"), (f"{FAR}-E1", f"{FAR}-L")):
            said = ("receive", site, "MASK", "40", "--partner", "S1", "--lot", lot, "--note", lot)
            assert clerk(*said).exit_code == 0
        assert clerk("issue", f"{FAR}-E1", "MASK", "5", "--note", FAR).exit_code == 0
        assert clerk("user", "add", "boss", "--role", "administrator").exit_code == 0
        for role in ROLES:
            assert clerk("user", "add", role, "--role", role, "--area", "421127", "--actor", "boss").exit_code == 0
            assert clerk.typing(PASSWORD, "user", "password", role, "--actor", "boss").exit_code == 0
        with served_at(clerk.url) as origin:
            yield origin


@pytest.fixture(scope="module")
def browsers(pages) -> dict[str, Browser]:
    """A browser for each role, signed in, which neither follows answers nor shows the token of its forms."""
    made = {role: Browser(pages) for role in ROLES}
    for role, browser in made.items():
        assert browser.sign_in(role).status_code == 200
        browser.client.headers.pop("x-form-token", None)
        browser.client.follow_redirects = False
    return made


def address(method: str, path: str) -> str:
    said = EXAMPLES.get(f"{method} {path}")
    if said is not None:
        return said
    for name, value in VALUES.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, f"give an example for {method} {path} in EXAMPLES or VALUES"
    return path


def asked(browser: Browser, method: str, path: str) -> httpx.Response:
    body = BODIES.get(f"{method} {path}")
    headers = {"origin": browser.origin, "idempotency-key": "k"}
    if path.startswith("/api"):
        return browser.client.request(method, address(method, path), headers=headers, json=body)
    return browser.client.request(method, address(method, path), headers=headers, data=body)


def texts(answer: httpx.Response) -> str:
    """Return all there is to read in an answer, also in the parts of a workbook."""
    if not answer.content.startswith(b"PK"):
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())


def test_every_address_asks_a_right_but_for_these_few():
    assert {f"{method} {path}" for method, path, rights in ROUTES if not rights} == WITHOUT_RIGHT
    assert {right for _, _, rights in ROUTES for right in rights} <= RIGHTS.keys()


@pytest.mark.parametrize(("method", "path", "rights"), [each for each in ROUTES if each[2]], ids=str)
def test_each_role_finds_what_the_table_says_and_nothing_of_another_area(browsers, method, path, rights):
    for role, browser in browsers.items():
        answer = asked(browser, method, path)
        may = all(role in RIGHTS[right].roles for right in rights)
        found = answer.status_code
        if not may:
            assert found == 404, (role, found)
        elif method == "GET":
            # A value in the address may be of something that is not there, or not for this person.
            assert found in ((200, 303, 404) if "{" in path else (200, 303)), (role, found)
        else:
            # Without the token of its forms a page is told that another site sent this.
            assert found in ((403, 404) if "{" in path else (403,)), (role, found)
        assert FAR not in texts(answer), role


@pytest.mark.parametrize(("method", "path", "rights"), [each for each in ROUTES if each[2]], ids=str)
def test_who_has_not_signed_in_is_asked_to(pages, method, path, rights):
    if path.startswith("/api"):
        answer = asked(Browser(pages), method, path)
    else:
        form, said = BODIES.get(f"{method} {path}"), {"origin": pages}
        answer = httpx.request(method, pages + address(method, path), headers=said, data=form, verify=NO_TLS)

    assert answer.status_code == (401 if path.startswith("/api") else 303)


@pytest.mark.parametrize("said", ONES_OWN)
def test_what_is_one_s_own_is_there_for_whoever_has_signed_in_and_for_nobody_else(pages, browsers, said):
    method, _, path = said.partition(" ")
    stranger = Browser(pages)
    stranger.client.follow_redirects = False

    assert asked(stranger, method, path).status_code == (401 if path.startswith("/api") else 303)
    for role, browser in browsers.items():
        answer = asked(browser, method, path)
        assert answer.status_code == (200 if method == "GET" else 403), role
        assert FAR not in texts(answer), role
