"""How long a refusal to sign in takes does not tell whether there is such a person; `benchmarks/sign_in_timing.py`."""

from __future__ import annotations

import pytest
from browser import served_at

from benchmarks.sign_in_timing import measured, people_for, told_apart
from models import passwords, sign_in
from models.ledger import create

ROUNDS, ROUNDS_OF_CONTROL = 28, 16


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> str:
    made = f"sqlite:///{tmp_path_factory.mktemp('sign-in') / 'ledger.sqlite'}"
    ledger = create(made, name="county")
    people_for(ledger, ROUNDS)
    ledger.engine.dispose()
    return made


def test_neither_an_unknown_id_nor_a_disabled_person_is_told_by_the_time(url):
    with served_at(url) as origin:
        assert told_apart(measured(origin, ROUNDS)) == []


def test_control_whoever_answers_early_where_nobody_has_a_password_is_told_apart(url, monkeypatch):
    def early(kept: str | None, typed: str) -> bool:
        return kept is not None and passwords.is_right(kept, typed)

    monkeypatch.setattr(sign_in, "is_right", early)
    with served_at(url) as origin:
        told = {pair[:2] for pair in told_apart(measured(origin, ROUNDS_OF_CONTROL))}

    assert ("nobody", "wrong password") in told
