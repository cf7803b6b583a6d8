"""kill -9 at random moments, a dozen times; `make faults` does it some hundred times on each database."""

from __future__ import annotations

import pytest

from benchmarks.ledger_kills import kills_on_postgres, kills_on_sqlite

KILLS = {"sqlite": kills_on_sqlite, "postgresql": kills_on_postgres}


@pytest.mark.parametrize("database", list(KILLS))
def test_what_was_acknowledged_is_there_whole_and_nothing_else_is_half_there(database, tmp_path):
    found = KILLS[database](tmp_path, 12)
    if found is None:
        pytest.skip("PostgreSQL is not here: no wheel for this machine")

    assert found.faults == []
    assert found.rounds == 12
    assert found.acknowledged > 12


def test_a_writer_that_acknowledges_before_it_posts_is_caught(tmp_path):
    found = kills_on_sqlite(tmp_path, 3, careless=True)

    assert any("lost" in fault for fault in found.faults)
