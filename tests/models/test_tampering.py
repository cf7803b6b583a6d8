"""Tampering is found, by the ledger itself or by a head kept elsewhere; honest work is not called so.

`make tampering` makes 5,000 attempts and as many honest changes on SQLite, and some hundred on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.tampered_stage import Stage, memory_stage
from benchmarks.tampered_world import World, a_world
from benchmarks.tampering import Outcome, honest, run_attempts
from models import audit as audit_module

FIRST = 100_000
"""Seeds of the tests are others than those of the long run."""


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    return a_world(tmp_path_factory.mktemp("tampered"), documents=3, seed=FIRST, others=0)


@pytest.fixture(scope="module")
def stage(world, tmp_path_factory) -> Iterator[Stage]:
    scratch: Path = tmp_path_factory.mktemp("stage")
    with memory_stage(world, scratch) as made:
        yield made


def _by(outcomes: dict[tuple[str, str, str], Outcome], letter: str) -> Outcome:
    total = Outcome()
    for (who, _, _), each in outcomes.items():
        if who.startswith(f"({letter})"):
            total.tried += each.tried
            total.inside += each.inside
            total.outside += each.outside
            total.witness += each.witness
            total.missed += each.missed
    return total


@pytest.mark.spoils_ledgers
def test_every_attempt_is_found_and_who_has_key_or_backup_by_what_was_kept_elsewhere_alone(world, stage):
    outcomes = run_attempts(world, stage, 50, first=FIRST)
    found = {letter: _by(outcomes, letter) for letter in "abcde"}

    assert sum(each.tried for each in found.values()) == 50
    assert [line for each in found.values() for line in each.missed] == []
    # The control: were heads kept elsewhere not compared, nobody would know of these.
    assert min(found[letter].outside.total() for letter in "cde") >= 1
    assert found["a"].outside.total() == 0
    outside = [each.outside.total() for each in found.values()]
    assert [each.witness for each in found.values()] == outside, "the witness refuses what only a head told"


@pytest.mark.spoils_ledgers
def test_honest_work_is_not_called_tampering(world, stage):
    done, alarms = honest(world, stage, range(FIRST, FIRST + 13))

    assert (done.total(), alarms) == (13, [])


@pytest.mark.spoils_ledgers
def test_control_an_audit_without_one_of_its_checks_misses_some(world, stage, monkeypatch):
    """Master data and its versions are not looked at: what a writer altered there is told by nothing else."""
    monkeypatch.setattr(audit_module, "check_kept", lambda _: None)
    monkeypatch.setattr(audit_module, "audit_versions", lambda *_, **__: (None, 0, None))

    assert _by(run_attempts(world, stage, 20, first=FIRST, only="(a)"), "a").missed
