"""One byte changed in a sealed fact, an export or a head is found and named; `make corruptions` tries 10,500."""

from __future__ import annotations

import pytest

from benchmarks.corruptible import Made, make
from benchmarks.corruptions import MEANINGLESS, Found, Rows, spoil_exports, spoil_heads, spoil_rows
from data.audit_checker import Check
from models import audit as audit_module
from models import audit_tree as tree_module
from models.tables import metadata

FIRST = 100_000
"""Seeds of the tests are others than those of the long run."""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Made:
    return make(tmp_path_factory.mktemp("corruptible"))


def _wrong(found: Found) -> list[str]:
    return [*found.missed, *found.unnamed]


def test_every_table_but_those_that_say_nothing_has_rows_to_spoil(made):
    """A table without a row is one that the spoiling never reaches."""
    tables = {cell[0] for cell in Rows(made).cells()}
    empty = {"ledger_move", "sender_header", "pending_seal", "day_close", "finding_event"} | {
        name for name, column in MEANINGLESS if column == "*"
    }

    assert set(metadata.tables) - tables <= empty


def test_a_spoilt_value_of_any_row_is_found_and_named(made):
    found = spoil_rows(made, range(FIRST, FIRST + 120))

    assert found.tried > 90
    assert _wrong(found) == []


def test_a_spoilt_byte_of_an_export_or_its_zip_is_found(made, tmp_path):
    found = spoil_exports(made, range(FIRST, FIRST + 40), tmp_path)

    assert found.tried == 40
    assert _wrong(found) == []


def test_a_spoilt_byte_of_a_head_is_found(made):
    found = spoil_heads(made, range(FIRST, FIRST + 100))

    assert found.tried == 100
    assert _wrong(found) == []


@pytest.mark.parametrize(
    ("check", "least"),
    [("check_kept", 20), ("audit_plans", 2), ("audit_witnesses", 1)],
)
def test_control_an_audit_without_one_of_its_checks_misses_some(made, monkeypatch, check, least):
    answers = {
        "check_kept": None,
        "audit_plans": (None, 1),
        "audit_witnesses": (None, audit_module.Witnessed()),
    }
    monkeypatch.setattr(audit_module, check, lambda *_: answers[check])
    found = Found()
    for first in range(FIRST, FIRST + 100, 20):
        found += spoil_rows(made, range(first, first + 20))
        if len(found.missed) >= least:
            return
    pytest.fail(f"only {len(found.missed)} missed of {found.tried}")


def test_control_heads_whose_second_signature_is_not_looked_at_have_bytes_that_nobody_misses(made, monkeypatch):
    monkeypatch.setattr(tree_module, "_check_cosigned", lambda _: None)

    assert any(spoil_heads(made, [seed]).missed for seed in range(FIRST, FIRST + 100))


def test_control_an_export_whose_list_of_parts_is_not_looked_at_has_them_too(made, monkeypatch, tmp_path):
    monkeypatch.setattr(Check, "check_parts", lambda _: None)

    assert any(spoil_exports(made, [seed], tmp_path).missed for seed in range(FIRST, FIRST + 30))
