"""kill -9 and power cuts at random moments, a few dozen; `make faults` makes thousands of each.

A power cut is simulated on SQLite, whose files and settings are the ledger's own; PostgreSQL is refused where its
settings may lose what it acknowledged (tests/models/test_guards.py).
"""

from __future__ import annotations

import pytest

from benchmarks.database_cuts import database_cuts
from benchmarks.ledger_kills import kills_on_postgres, kills_on_sqlite
from benchmarks.ledger_power_cuts import power_cuts
from benchmarks.ledger_seal_kills import sealers_killed_on_postgres, sealers_killed_on_sqlite

KILLS = {"sqlite": kills_on_sqlite, "postgresql": kills_on_postgres}
SEALERS_KILLED = {"sqlite": sealers_killed_on_sqlite, "postgresql": sealers_killed_on_postgres}


@pytest.mark.parametrize("database", list(KILLS))
def test_what_was_acknowledged_is_there_whole_and_nothing_else_is_half_there(database, tmp_path):
    found = KILLS[database](tmp_path, 12)
    if found is None:
        pytest.skip("PostgreSQL is not here: no wheel for this machine")

    assert found.faults == []
    # The tenth round kills the server itself, which leaves its pid file behind and starts again all the same.
    assert (found.rounds, found.servers) == (12, database == "postgresql")
    assert found.acknowledged > 12


@pytest.mark.parametrize("database", list(KILLS))
def test_control_a_writer_that_acknowledges_before_it_posts_is_caught(database, tmp_path):
    found = KILLS[database](tmp_path, 3, careless=True)
    if found is None:
        pytest.skip("PostgreSQL is not here: no wheel for this machine")

    assert any("lost" in fault for fault in found.faults)


def test_whatever_of_its_unflushed_writes_a_power_cut_takes_what_was_acknowledged_is_there_whole(tmp_path):
    found = power_cuts(tmp_path, 50)

    assert found.faults == []
    assert (found.states, found.audited, found.in_checkpoints > 0) == (50, 1, True)
    assert found.acknowledged > 1_000


@pytest.mark.parametrize(("synchronous", "what"), [(1, "lost"), (0, "damaged")])
def test_control_with_fewer_flushes_a_power_cut_loses_documents_or_the_file(tmp_path, synchronous, what):
    """NORMAL flushes no commit, so acknowledged documents are gone; OFF flushes nothing, so the file itself is."""
    found = power_cuts(tmp_path, 30, synchronous=synchronous)
    assert found.in_checkpoints > 0

    assert any(f": {what}: " in fault for fault in found.faults)


@pytest.mark.parametrize("database", list(SEALERS_KILLED))
def test_a_sealer_that_is_killed_forgets_nothing_and_every_head_it_said_stays_true(database, tmp_path):
    found = SEALERS_KILLED[database](tmp_path, 5)
    if found is None:
        pytest.skip("PostgreSQL is not here: no wheel for this machine")

    assert found.faults == []
    # The fifth round kills the server itself.
    assert (found.rounds, found.servers) == (5, database == "postgresql")
    assert found.heads >= 5
    assert found.leaves > 10


def test_control_a_sealer_that_takes_away_what_waits_before_it_is_sealed_is_caught(tmp_path):
    found = sealers_killed_on_sqlite(tmp_path, 6, careless=True)

    assert any("forgotten" in fault for fault in found.faults)


def test_who_writes_while_connections_and_the_server_are_cut_off_loses_nothing_and_soon_records_again(tmp_path):
    found = database_cuts(tmp_path, 3, serves=False)
    if found is None:
        pytest.skip("PostgreSQL is not here: no wheel for this machine")

    assert found.faults == []
    assert found.cuts.total() == 3
    assert found.acknowledged > 10
    assert found.waits > 0


def test_control_who_acknowledges_before_posting_loses_what_a_cut_takes(tmp_path):
    found = database_cuts(tmp_path, 1, serves=False, careless=True)
    if found is None:
        pytest.skip("PostgreSQL is not here: no wheel for this machine")

    assert any(fault.startswith("lost: key ") for fault in found.faults)
