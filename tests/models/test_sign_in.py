"""Sessions end after a shift or two idle hours; waiting doubles with each wrong password, whoever is guessed at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from ledgers import a_ledger, at

from benchmarks.hostile_watch import forget_peak, peak_mebibytes
from models.database import reading, writing
from models.entry import Refusal
from models.passwords import is_right, set_password
from models.people import Person, add_person
from models.sign_in import sign_in, sign_out, signed_in_person
from models.sign_in_tables import password, sign_in_failure, web_session
from models.tables import version
from models.versions import Stamp

pytestmark = pytest.mark.usefixtures("each_database")

RIGHT = "five masks and a thermometer"
HOUR = 1 / 24


@pytest.fixture
def ledger():
    """A ledger with an administrator, ann."""
    made = a_ledger()
    with writing(made.engine) as connection:
        add_person(connection, Person(id="ann", roles=(("administrator", ""),)), Stamp("local", at(0)))
        set_password(connection, "ann", RIGHT, Stamp("ann", at(0)))
    return made


def refused(ledger, id_: str, typed: str, *, day: float) -> str:
    with pytest.raises(Refusal) as refusal:
        sign_in(ledger, id_, typed, at=at(day))
    return str(refusal.value.sentences[0])


@pytest.mark.parametrize(
    ("pages_at_hours", "still_in"),
    [
        ((1, 2.9, 4.8), True),
        ((2.1,), False),
        ((1.9, 3.8, 5.7, 7.6, 9.5, 11.4), True),
        ((1.9, 3.8, 5.7, 7.6, 9.5, 11.4, 12.1), False),
    ],
)
def test_a_session_lasts_a_shift_and_no_longer_than_two_hours_without_a_page(ledger, pages_at_hours, still_in):
    token = sign_in(ledger, "ann", RIGHT, at=at(1))

    seen = [signed_in_person(ledger, token, at=at(1 + hours * HOUR)) for hours in pages_at_hours]

    assert all(person is not None and person.id == "ann" for person in seen[:-1])
    assert (seen[-1] is not None) == still_in


@pytest.mark.parametrize("id_", ["ann", "nobody"])
def test_from_the_fifth_wrong_password_on_one_waits_twice_as_long_each_time(ledger, id_):
    second = 1 / 86400
    for _ in range(5):
        assert "do not belong together" in refused(ledger, id_, "wrong", day=1)

    assert refused(ledger, id_, RIGHT, day=1) == "Too many wrong passwords. Try again in 30 seconds."
    assert "do not belong together" in refused(ledger, id_, "wrong", day=1 + 31 * second)
    assert refused(ledger, id_, RIGHT, day=1 + 31 * second) == "Too many wrong passwords. Try again in 60 seconds."


def test_the_right_password_ends_the_count_and_a_day_forgets_it(ledger):
    for _ in range(4):
        refused(ledger, "ann", "wrong", day=1)
    sign_in(ledger, "ann", RIGHT, at=at(1))
    refused(ledger, "nobody", "wrong", day=1)
    refused(ledger, "somebody", "wrong", day=3)

    with reading(ledger.engine) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(sign_in_failure)).scalar() == 1


def test_neither_a_password_nor_a_token_is_kept_and_no_change_of_either_says_it(ledger):
    token = sign_in(ledger, "ann", RIGHT, at=at(1))

    with reading(ledger.engine) as connection:
        kept = [connection.execute(sa.select(table)).all() for table in (password, web_session, version)]
    assert RIGHT not in repr(kept)
    assert token not in repr(kept)
    assert kept[0][0].hash.startswith("$argon2id$")


def test_who_signed_out_is_nobody(ledger):
    token = sign_in(ledger, "ann", RIGHT, at=at(1))
    sign_out(ledger, token)

    assert signed_in_person(ledger, token, at=at(1)) is None
    assert signed_in_person(ledger, "another", at=at(1)) is None


def test_a_dozen_who_sign_in_at_once_hold_no_connection_and_take_the_memory_of_two(ledger, monkeypatch):
    """Each password takes 46 MiB to look at; a dozen strangers took half a gigabyte, and every connection."""
    held: list[int] = []

    def looked_at(kept: str | None, typed: str) -> bool:
        held.append(ledger.engine.pool.checkedout())
        return is_right(kept, typed)

    monkeypatch.setattr("models.sign_in.is_right", looked_at)
    sign_in(ledger, "ann", RIGHT, at=at(1))
    forget_peak("self")
    before = peak_mebibytes("self")

    with ThreadPoolExecutor(12) as pool:
        signed_in = list(pool.map(lambda _: sign_in(ledger, "ann", RIGHT, at=at(1)), range(12)))

    assert len(set(signed_in)) == 12
    assert peak_mebibytes("self") - before < 3 * 46
    assert held[0] == 0
