"""What pages record is sealed after their answer, also where many record at once; what is not sealed fails nothing."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.database import reading, writing
from models.entry import Entry, Line, LotKey
from models.ledger import Ledger, create
from models.sealing import is_pending
from models.tables import item, location, tree_head
from web.sealer import Sealer


@pytest.fixture
def ledger(tmp_path) -> Ledger:
    made = create(f"sqlite:///{tmp_path / 'ledger.sqlite'}", name="county")
    with writing(made.engine) as connection:
        connection.execute(location.insert(), {"code": "D1", "kind": "SITE", "sign": 1})
        connection.execute(item.insert(), {"code": "I1", "unit": "piece", "pack_units": 1, "use": "consumable"})
    return made


def post(ledger: Ledger, key: str) -> None:
    entry = Entry(key=key, type="opening", actor="A", occurred_at=0, lines=(Line("OPENING", "D1", LotKey("I1"), 5),))
    ledger.post(entry, recorded_at=0)


def heads(ledger: Ledger) -> list[int]:
    with reading(ledger.engine) as connection:
        assert not is_pending(connection)
        return list(connection.execute(sa.select(tree_head.c.size).order_by(tree_head.c.size)).scalars())


def wake(sealer: Sealer) -> None:
    """Do what an answer does once it is sent."""
    asyncio.run(sealer.wake())


def test_what_many_record_at_once_is_sealed_under_few_heads(ledger, tmp_path):
    sealer = Sealer(ledger, f"sqlite:///{tmp_path / 'ledger.sqlite'}")

    def answered(number: int) -> None:
        post(ledger, f"k{number}")
        wake(sealer)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(answered, range(40)))
    sealer.close()

    # Forty documents and the version that records the key: the first at once, the others while it rested, together.
    assert heads(ledger)[-1] == 41
    assert len(heads(ledger)) < 20
    assert (tmp_path / "ledger.sqlite.key").exists()


def test_who_comes_while_another_is_sealed_does_not_wait_and_is_sealed_all_the_same(ledger, tmp_path, monkeypatch):
    sealer = Sealer(ledger, f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    began, may_end, calls = threading.Event(), threading.Event(), []

    def slowly(*_: object) -> None:
        calls.append(None)
        began.set()
        assert may_end.wait(5)

    monkeypatch.setattr("web.sealer.seal_all", slowly)
    wake(sealer)
    assert began.wait(5)
    wake(sealer)  # returns at once, though the thread is at work
    assert len(calls) == 1
    may_end.set()
    sealer.close()

    assert len(calls) == 2, "the thread looked again before it ended"


def test_a_key_that_cannot_be_made_is_told_to_the_log_and_seals_later(ledger, tmp_path, caplog):
    post(ledger, "k1")
    key = Path(tmp_path / "ledger.sqlite.key")
    key.mkdir()

    Sealer(ledger, f"sqlite:///{tmp_path / 'ledger.sqlite'}")()
    assert "recorded, but not sealed yet" in caplog.text

    key.rmdir()
    Sealer(ledger, f"sqlite:///{tmp_path / 'ledger.sqlite'}")()
    assert heads(ledger) == [2]


def test_what_the_database_refuses_fails_no_answer_and_the_next_one_seals_it(ledger, tmp_path, caplog, monkeypatch):
    post(ledger, "k1")
    sealer = Sealer(ledger, f"sqlite:///{tmp_path / 'ledger.sqlite'}")

    def busy(*_: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr("web.sealer.seal_all", busy)
        sealer()
    assert "recorded, but not sealed yet" in caplog.text

    sealer()
    assert heads(ledger) == [2]
