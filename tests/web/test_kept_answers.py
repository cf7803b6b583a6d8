"""What the server keeps is never told to anybody whom it does not concern, nor after it has changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import PASSWORD, Browser, served_at
from desk import Clerk
from two_areas import at_desk, join, two_areas

STOCK = """number,day,partner,site,item,lot,expires,units
1,2020-02-01,S1,D1,MASK,A1,2099-01-01,1200
2,2020-02-01,S1,E1,TENT,,,7
"""
ALL, FAR, NONE = [("D1", "MASK"), ("E1", "TENT")], [("E1", "TENT")], []


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A ledger that each test changes in a copy of its own."""
    folder = tmp_path_factory.mktemp("made")
    with two_areas(folder) as clerk:
        assert clerk.take("receipts.csv", STOCK).exit_code == 0
        join(clerk, (("ann", "logistics", ""), ("cy", "reporter", "430000")), password=PASSWORD)
    return folder


@pytest.fixture
def clerk(made, tmp_path) -> Iterator[Clerk]:
    shutil.copytree(made, tmp_path / "own")
    with at_desk(tmp_path / "own") as clerk:
        yield clerk


@pytest.fixture
def pages(clerk) -> Iterator[str]:
    with served_at(clerk.url) as origin:
        yield origin


def signed_in(pages: str, id_: str) -> Browser:
    made = Browser(pages)
    assert made.sign_in(id_).status_code == 200
    return made


def stock(browser: Browser) -> list[tuple[str, str]] | int:
    answer = browser.client.get("/api/v1/stock")
    if not answer.is_success:
        return answer.status_code
    return [(line["site"], line["item"]) for line in answer.json()["lines"]]


def test_two_people_with_warm_answers_each_see_their_own_areas_alone(pages):
    ann, cy = signed_in(pages, "ann"), signed_in(pages, "cy")
    assert [(stock(ann), stock(cy)) for _ in range(3)] == [(ALL, FAR)] * 3
    assert [("D1" in each.get("/stock").text) for each in (ann, cy, ann, cy)] == [True, False, True, False]


def test_a_role_that_is_taken_away_is_obeyed_by_the_next_request(clerk, pages):
    ann = signed_in(pages, "ann")
    assert [stock(ann), stock(ann)] == [ALL, ALL]
    clerk("user", "role", "ann", "reporter", "--area", "430000", "--actor", "bo")
    clerk("user", "role", "ann", "logistics", "--remove", "--actor", "bo")
    assert stock(ann) == FAR
    assert "D1" not in ann.get("/stock").text
    clerk("user", "role", "ann", "reporter", "--area", "430000", "--remove", "--actor", "bo")
    assert stock(ann) == 404


def test_whoever_is_disabled_is_out_at_once_with_the_token_of_their_program(clerk, pages):
    ann = signed_in(pages, "ann")
    token = clerk("user", "token", "ann", "--name", "feed", "--scope", "see-stock", "--actor", "ann").stdout.split()[-1]
    program = Browser(pages)
    program.client.headers["authorization"] = f"Bearer {token}"
    assert [stock(ann), stock(program), stock(program)] == [ALL, ALL, ALL]
    clerk("user", "disable", "ann", "--actor", "bo")
    assert (stock(ann), stock(program)) == (401, 401)


def test_a_site_that_moves_to_another_area_is_seen_there_from_then_on(clerk, pages):
    cy = signed_in(pages, "cy")
    assert [stock(cy), stock(cy)] == [FAR, FAR]
    moved = clerk.take("moved.csv", "site,kind,area\nE1,clinic,421127\n", "--as", "sites", "--actor", "bo")
    assert moved.exit_code == 0, moved.output
    assert stock(cy) == NONE


def test_who_has_an_answer_is_told_that_it_still_holds_until_it_does_not(clerk, pages):
    ann, cy = signed_in(pages, "ann"), signed_in(pages, "cy")
    had = ann.client.get("/api/v1/stock").headers["etag"]
    again = {"if-none-match": had}
    assert ann.client.get("/api/v1/stock", headers=again).status_code == 304
    assert cy.client.get("/api/v1/stock", headers=again).status_code == 200, "hers is another"
    lot = ("--lot", "A1", "--expires", "2099-01-01")
    done = clerk("receive", "D1", "MASK", "10", "--partner", "S1", *lot, "--actor", "ann")
    assert done.exit_code == 0, done.output
    assert ann.client.get("/api/v1/stock", headers=again).json()["lines"][0]["units"] == 1210
