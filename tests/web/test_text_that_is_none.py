"""A NUL in a text, which PostgreSQL neither keeps nor looks for, is a value that cannot be read: no failure of ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import PASSWORD, Browser, served_at
from desk import Clerk
from servers import a_postgres_database


@pytest.fixture(scope="module")
def bo(tmp_path_factory) -> Iterator[Browser]:
    """Bo at the pages of a ledger on PostgreSQL, with the roles that read and report."""
    folder = tmp_path_factory.mktemp("nul")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("ALLOCATOR_DB", a_postgres_database())
        patch.delenv("ALLOCATOR_ACTOR", raising=False)
        clerk = Clerk(folder)
        clerk.begin()
        assert clerk("receive", "P1", "MASK", "40", "--partner", "S1").exit_code == 0
        clerk("user", "add", "bo", "--role", "administrator")
        for role in ("logistics", "auditor"):
            clerk("user", "role", "bo", role, "--actor", "bo")
        clerk.typing(PASSWORD, "user", "password", "bo", "--actor", "bo")
        with served_at(clerk.url) as origin:
            browser = Browser(origin)
            assert browser.sign_in("bo").status_code == 200
            yield browser


@pytest.mark.parametrize(
    "address",
    [
        *("/stock?site=%00", "/audit/documents?person=%00", "/audit/trace?of=%00", "/plans/%00", "/shipments/%00"),
        *("/api/v1/stock?site=a%00b", "/api/v1/documents?type=%00", "/api/v1/trace?of=%00", "/api/v1/plans/%00"),
    ],
)
def test_it_is_refused_where_it_is_asked_for(bo, address):
    assert bo.get(address).status_code == 422


def test_it_is_refused_where_it_is_to_be_recorded(bo):
    refused = bo.client.post(
        "/api/v1/documents",
        json={"type": "issue", "site": "P1", "lines": [{"item": "MASK", "units": 1}], "note": "\x00"},
        headers={"idempotency-key": "nul"},
    )

    assert refused.status_code == 422
    assert bo.get("/api/v1/stock?site=P1").json()["lines"][0]["units"] == 40
