"""The judge of findings: when a finding is true, when a planted wrong is found."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from benchmarks.wrongdoing_judge import judge
from benchmarks.wrongdoing_truth import Wrong
from benchmarks.wrongdoing_world import FIRST_DAY


@dataclass(frozen=True, kw_only=True)
class Told:
    rule: str
    first: int
    last: int
    subject: str = ""
    sites: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    documents: tuple[int, ...] = ()

    @property
    def first_day(self):
        return FIRST_DAY + dt.timedelta(days=self.first)

    @property
    def last_day(self):
        return FIRST_DAY + dt.timedelta(days=self.last)


def _verdict(wrong, finding):
    judged = judge([wrong], [finding])
    return ("true" if not judged.false else "false", "found" if not judged.missed else "missed")


DIVERSION = Wrong(kind="diversion", first_day=50, last_day=80, size=1, sites=["P1"], items=["MASK"], persons=["lin"])


@pytest.mark.parametrize(
    ("finding", "verdict"),
    [
        (Told(rule="use_far", first=60, last=70, sites=("P1",), items=("MASK",)), ("true", "found")),
        (Told(rule="use_far", first=60, last=70, sites=("P1",)), ("true", "found")),
        (Told(rule="use_far", first=60, last=70, sites=("P1",), items=("GEL",)), ("false", "missed")),
        (Told(rule="use_far", first=60, last=70, sites=("P2",), items=("MASK",)), ("false", "missed")),
        (Told(rule="use_far", first=60, last=70, sites=("P1", "P2")), ("true", "found")),
        (Told(rule="use_far", first=60, last=70, sites=("P1", "P2", "P3")), ("false", "missed")),
        (Told(rule="use_far", first=90, last=90, sites=("P1",)), ("true", "found")),
        (Told(rule="use_far", first=91, last=99, sites=("P1",)), ("false", "missed")),
        (Told(rule="use_far", first=20, last=46, sites=("P1",)), ("false", "missed")),
        (Told(rule="use_far", first=60, last=70, persons=("lin",)), ("true", "found")),
        (Told(rule="needs_jump", first=60, last=70, sites=("P1",), items=("MASK",)), ("false", "missed")),
    ],
)
def test_a_finding_is_true_where_it_names_the_place_the_thing_and_the_days(finding, verdict):
    assert _verdict(DIVERSION, finding) == verdict


def test_a_finding_of_traces_is_true_and_does_not_yet_find_the_wrong():
    """Invented tens do not agree with counts; a variance says so, and not that the reports are invented."""
    rounded = Wrong(kind="rounded", first_day=10, last_day=60, size=1, sites=["P1"])

    assert _verdict(rounded, Told(rule="count_variance", first=30, last=30, sites=("P1",))) == ("true", "missed")
    assert _verdict(rounded, Told(rule="count_variance", first=99, last=99, sites=("P1",))) == ("true", "missed")
    assert _verdict(rounded, Told(rule="count_variance", first=101, last=101, sites=("P1",))) == ("false", "missed")
    assert _verdict(rounded, Told(rule="round_numbers", first=30, last=30, sites=("P1",))) == ("true", "found")


def test_a_pair_is_found_only_by_naming_both():
    pair = Wrong(kind="approving-pair", first_day=0, last_day=180, size=1, persons=["lin", "wu"])

    assert _verdict(pair, Told(rule="approval_pair", first=0, last=9, persons=("wu", "lin"))) == ("true", "found")
    assert _verdict(pair, Told(rule="approval_pair", first=0, last=9, persons=("lin", "he"))) == ("false", "missed")


def test_a_torn_book_is_found_by_its_name():
    gap = Wrong(kind="number-gaps", first_day=0, last_day=9, size=1, sites=["D1"], more={"book": "IN"})

    assert _verdict(gap, Told(rule="number_gaps", first=3, last=4, subject="D1IN-")) == ("true", "found")
    assert _verdict(gap, Told(rule="number_gaps", first=3, last=4, subject="D1OUT-")) == ("false", "missed")


def test_documents_that_are_the_wrong_find_it_and_others_do_not():
    ghost = Wrong(kind="ghost-receipts", first_day=0, last_day=9, size=1, documents=[5, 9], partners=["S9"])
    rule = "receipt_without_source"

    assert _verdict(ghost, Told(rule=rule, first=3, last=4, documents=(5, 6))) == ("true", "found")
    assert _verdict(ghost, Told(rule=rule, first=3, last=4, documents=(6, 7, 9))) == ("false", "missed")
    assert _verdict(ghost, Told(rule=rule, first=3, last=4, subject="D1<S9")) == ("true", "found")


def test_saying_one_thing_often_gains_nothing():
    """Four findings about one wrong count once beside two that are false."""
    true = [Told(rule="use_far", first=day, last=day, sites=("P1",)) for day in (55, 60, 65, 70)]
    false = [Told(rule="use_far", first=day, last=day, sites=("P7",)) for day in (55, 60)]
    judged = judge([DIVERSION], [*true, *false])

    assert (len(judged.findings) - len(judged.false), judged.distinct, len(judged.false)) == (4, 1, 2)
    assert judged.by_rule() == {"use_far": (6, 4)}
