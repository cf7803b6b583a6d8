"""Spoilt files by the hundred: a refusal with a sentence, or every row as the file plainly says it, and nothing else.

`make fuzz` tries thousands; each file is made from its seed, so that one that failed is easily made again.
"""

from __future__ import annotations

import pytest

from benchmarks.fuzzing_imports import fuzz, spoilt_reader

FILES = 120
CONTROL = 30


@pytest.fixture(autouse=True)
def own_ledger(monkeypatch, tmp_path):
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", "")
    return tmp_path


def test_no_spoilt_file_ends_in_a_traceback_or_posts_what_it_does_not_say(own_ledger):
    found = fuzz(own_ledger, range(20_000, 20_000 + FILES))

    assert (found.tracebacks, found.wrong) == ([], [])
    assert found.posted > FILES / 5  # the rest of the promise is easily kept by refusing everything


def test_a_reader_that_takes_no_notice_of_units_is_found_out(own_ledger):
    with spoilt_reader():
        found = fuzz(own_ledger, range(20_000, 20_000 + CONTROL))

    assert found.wrong
