"""Published free text of Hubei hospitals (not in this repository): each row known by its hash, each answer by hand."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest

from data.statements import Said, read_statement

FILE = Path(__file__).parents[3] / "shared/data/real/wuhan2020/demand_of_hubei_freetext_part.csv"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="shared/data is not beside the clone")

KEY = {
    "35fc393172e7": "lasts 7d; SUIT need 1000; GOGGLES need 1000; RESPIRATOR need 5000",
    "4422464b5497": (
        "RESPIRATOR have 500; SURGICAL_MASK have 7000; GOGGLES have 0; FACE_SHIELD have 60; GOGGLES need 500; "
        "FACE_SHIELD need 1000; SURGICAL_MASK need 20000; RESPIRATOR need 2000"
    ),
    "38c55561e66e": "SUIT need 50000; GOGGLES need 50000; RESPIRATOR need 50000; SURGICAL_MASK need 50000",
    "d26c5e3da505": "SUIT need 1000; GOGGLES need 1000; RESPIRATOR need 1000; SURGICAL_MASK need 1000",
    "0b21cfc0a763": "GOGGLES need 18",
    "44b85e04bff6": "RESPIRATOR need 1000; GOGGLES need 100",
    "a523799e7704": "GOGGLES need 100~200",
    "e469d46dd1d2": "RESPIRATOR need 1000",
    "5e45081fe911": "RESPIRATOR need 500",
    "281d10056764": "GOGGLES need 200",
    "84b02f25c2d0": "GOGGLES need 200",
}
"""What the rows with numbers say, by hand; every other row counts nothing."""


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


COLUMNS = ("progress_text", "items_text", "spec_text")


def rows() -> list[str]:
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        return [row[column] for row in csv.DictReader(file) for column in COLUMNS if row[column]]


def shown(said: Said) -> str:
    name = f"{said.item} {said.meaning}" if said.item else said.meaning
    if said.days is not None:
        return f"{name} {said.days:g}d"
    return f"{name} {said.low}" if said.low == said.high else f"{name} {said.low}~{said.high}"


def test_every_number_goes_to_its_item_and_nothing_else_becomes_one():
    found = {}
    for text in rows():
        numbered = [shown(said) for said in read_statement(text) if not said.person]
        if numbered:
            found[digest(text)] = "; ".join(numbered)

    assert found == KEY


def test_what_is_marked_sure_stands_in_the_key():
    for text in rows():
        answers = KEY.get(digest(text), "").split("; ")
        for asked_for in ("", "need"):
            sure = [said for said in read_statement(text, asked_for=asked_for) if said.confidence == "high"]
            assert [shown(said) for said in sure if shown(said) not in answers] == []


def test_every_item_without_a_number_is_left_to_a_person():
    """By hand: goggles have a number, respirators and gowns have none; a list of items says nothing of how many."""
    text = next(each for each in rows() if digest(each) == "0b21cfc0a763")

    assert [(said.item, said.person) for said in read_statement(text)] == [
        ("GOGGLES", False),
        ("RESPIRATOR", True),
        ("GOWN", True),
    ]
