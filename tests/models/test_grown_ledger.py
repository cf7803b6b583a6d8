"""The ledger that reading is measured on is one that the program itself could have written."""

from __future__ import annotations

import datetime as dt

import pytest
from servers import a_postgres_database

from benchmarks.grown_ledger import ITEMS, grown
from benchmarks.grown_writing import write_grown
from data.ledger_case import policy_in_force
from models.audit import audit
from models.days import now_micros
from models.policies import DEFAULT_POLICY
from models.sealing import origin_of, seal
from models.signing_key import key_of
from models.snapshot import settled, snapshot


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_grown_ledger_holds_to_the_last_line_and_has_stock_everywhere(database, tmp_path):
    """25,000 lines: every text, hash, balance and leaf is what the program would have recorded."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}" if database == "sqlite" else a_postgres_database()
    ledger = write_grown(url, grown(25_000))
    with settled(ledger.engine) as (connection, last):
        policy = policy_in_force(DEFAULT_POLICY, dt.date(2020, 1, 1)).policy
        case = snapshot(connection, policy, document=last, zone=ledger.zone)
        key = key_of(tmp_path / "key", name=origin_of(connection))
    seal(ledger, key=key, at=now_micros())

    assert audit(ledger, at=now_micros()).fault is None
    assert len(case.stock) == len(case.needs) == 50 * ITEMS
    assert case.stock.units.tolist() == [12] * len(case.stock)
    ledger.engine.dispose()
