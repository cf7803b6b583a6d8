"""Whatever the description of the API allows, or forbids, is answered as it says: no failure of ours, no other status.

`make fuzz-api` asks ten times as much and more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx
import pytest
from api_cases import Asker
from browser import served_at
from county_plans import county

from models.people import ROLES
from models.rights import RIGHTS

CASES = int(os.environ.get("API_CASES", "3"))
SEED = int(os.environ.get("API_SEED", "1"))

PLAN, DRAFT = "P2020-02-10-1", "P2020-02-11-1"
KNOWN = {
    "name": [PLAN, DRAFT],
    "site": ["CLI01", "CLI02", "HOS01", "DEP01"],
    "item": ["MASK", "SUIT"],
    "of": ["1", f"{PLAN}-001"],
    "number": [1, 2, 74, f"{PLAN}-001", f"{PLAN}-002"],
    "id_": [1, "rep", "aud"],
    "to": ["CLI01", "HOS01"],
    "shipment": [f"{PLAN}-001", f"{PLAN}-003"],
    "units": [1, 5],
    "lot": [""],
    "partner": ["S1", "SUP01"],
    "reason": ["ordered", "counted-again"],
}
"""Values that there are; others are drawn."""


@pytest.fixture(scope="module")
def asker(tmp_path_factory) -> Iterator[Asker]:
    """A county of 40 sites with a plan that was dispatched and a draft. All have a token for all that they may."""
    people = {"all": tuple(ROLES), "lin": ("logistics",), "hao": ("approver",), "rep": ("reporter T1",),
              "aud": ("auditor T1",)}  # fmt: skip
    for clerk in county(tmp_path_factory.mktemp("api"), people):
        for words, who in (
            (("allocate", "--date", "2020-02-10", "--no-workbook"), "lin"),
            (("review", PLAN), "lin"),
            (("approve", PLAN), "hao"),
            (("dispatch", PLAN), "lin"),
            (("allocate", "--date", "2020-02-11", "--no-workbook"), "lin"),
        ):
            done = clerk(*words, "--actor", who)
            assert done.exit_code == 0, done.output
        tokens = {}
        for id_, roles in people.items():
            own = {role.partition(" ")[0] for role in roles}
            scopes = [word for right in RIGHTS.values() if right.roles & own for word in ("--scope", right.name)]
            made = clerk("user", "token", id_, "--name", "all", *scopes, "--actor", "bo")
            assert made.exit_code == 0, made.output
            tokens[id_] = made.stdout.strip()
        with served_at(clerk.url) as origin:
            yield Asker(origin, tokens, KNOWN)


def test_what_the_description_allows_is_answered_as_it_says(asker):
    faults = asker.faults(allowed=True, cases=CASES, seed=SEED)

    assert "\n\n".join(faults) == ""


def test_what_it_does_not_allow_is_refused_as_it_says(asker):
    faults = asker.faults(allowed=False, cases=CASES, seed=SEED)

    assert "\n\n".join(faults) == ""
    assert {status for counts in asker.answered.values() for status in counts} >= {422}


def test_everything_that_cannot_be_read_is_named_in_the_caller_s_language(asker):
    shown = {"authorization": f"Bearer {asker.tokens['all']}"}
    address = f"{asker.origin}/api/v1/stock?limit=0&as_of=yesterday"

    assert httpx.get(address, headers=shown).json()["errors"] == [
        'as_of: "yesterday" is no day. Write it as 2020-02-10.',
        'limit: "0" is too little: 1 at least.',
    ]
    chinese = httpx.get(address, headers=shown | {"accept-language": "zh"}).json()
    assert chinese["errors"][1] == 'limit："0" 过小，至少为 1。'
