"""What waits for somebody: notes that are late, differences nobody explained, and until when they are shown."""

from __future__ import annotations

import datetime as dt

import pytest
from office import FAR, Office, masks

from models.database import reading, writing
from models.documents_aside import writeoff
from models.documents_confirm import Arrival, confirm
from models.documents_in import receive
from models.documents_out import transfer
from models.documents_undo import reverse
from models.open_matters import open_matters
from models.tables import lane


@pytest.fixture
def office(each_database) -> Office:
    """A depot with 50 masks; 20 left for P1 on 11 February, expected on the 13th."""
    office = Office()
    office.receive(("L", FAR, 50))
    office.post(sent(office, "P1", arrives="2020-02-13"))
    return office


def sent(office: Office, to: str, **said: str):
    return transfer(office.head(day=1, key=f"to {to}"), site="D1", to=to, rows=[masks(20)], **said)


def found(office: Office, day: int, confirm_days: int = 1):
    with reading(office.ledger.engine) as connection:
        return open_matters(connection, office.ledger.zone, day=dt.date(2020, 2, day), confirm_days=confirm_days)


def late(office: Office, day: int, confirm_days: int = 1) -> list[tuple[str, int, int]]:
    return [(note.to, note.units, days) for note, days in found(office, day, confirm_days).late]


def arrived(office: Office, note: str, *, day: int = 3, **said: int | str) -> None:
    arrival = Arrival(item="I1", **{name: units for name, units in said.items() if name != "reason"})
    office.post(confirm(office.head(day=day, reason=said.get("reason", "")), shipment=note, arrivals=[arrival]))


@pytest.mark.parametrize(
    ("day", "confirm_days", "days"),
    [(13, 0, None), (14, 0, 1), (14, 1, None), (15, 1, 1), (20, 1, 6)],
)
def test_a_note_is_late_when_the_policys_days_after_it_was_expected_have_passed(office, day, confirm_days, days):
    assert late(office, day, confirm_days) == ([] if days is None else [("P1", 20, days)])


def test_where_nobody_said_when_it_arrives_it_is_expected_as_long_after_it_left_as_its_road_takes(office):
    """It left at noon of the 11th and the road to P2 takes 30 hours: the 12th, so it is late from the 14th."""
    with writing(office.ledger.engine) as connection:
        connection.execute(lane.insert(), {"depot": 1, "site": 3, "hours_micro": 30_000_000})
    office.post(sent(office, "P2"))

    assert late(office, 13) == []
    assert late(office, 14) == [("P2", 20, 1)]


def test_a_difference_stays_until_somebody_explains_it_and_is_not_late(office):
    (note,) = (note.number for note, _ in found(office, 20).late)
    arrived(office, note, sound=16, damaged=3, reason="wet")
    open_ = found(office, 20)
    arrived(office, note, lost=1, reason="lost-on-the-way")

    assert open_.late == ()
    assert [(each.to, each.units, [key.lot_no for key, _ in each.lots]) for each in open_.differing] == [
        ("P1", 1, ["L"])
    ]
    assert len(found(office, 20)) == 0


def test_a_difference_is_open_from_the_day_of_the_first_receipt_that_stands(office):
    """Confirmed on the 13th and again on the 14th: until the 12th it was simply under way, and is not late."""
    (note,) = (note.number for note, _ in found(office, 20).late)
    arrived(office, note, sound=16)
    arrived(office, note, day=4, sound=1)

    assert [len(found(office, day, 0)) for day in (11, 12)] == [0, 0]
    assert [each.differs_since for each in found(office, 13).differing] == [dt.date(2020, 2, 13)]

    office.post(reverse(office.head(reason="wrong-site"), number=3))

    assert len(found(office, 13)) == 0
    assert [each.differs_since for each in found(office, 14).differing] == [dt.date(2020, 2, 14)]


def test_what_was_confirmed_by_mistake_is_late_again(office):
    (note,) = (note.number for note, _ in found(office, 20).late)
    arrived(office, note, sound=16)
    office.post(reverse(office.head(reason="wrong-site"), number=3))

    assert late(office, 20) == [("P1", 20, 6)]


def test_a_day_speaks_of_what_had_happened_by_its_end(office):
    office.post(sent(office, "P2", arrives="2020-02-11"))

    assert late(office, 10, 0) == []
    assert [to for to, _, _ in late(office, 20)] == ["P2", "P1"]  # the oldest first


def test_an_exception_is_open_until_it_is_explained(office):
    """Two of lot M, which came on the 13th, were lost on the 11th: a receipt is missing."""
    office.receive(("M", FAR, 5), day=3)
    lost = {"site": "D1", "rows": [masks(2, "M")]}
    posted = office.post(writeoff(office.head(day=1, reason="lost", exception=True, note="paper"), **lost))
    before = [each.document for each in found(office, 20).exceptions]
    office.post(receive(office.head(explains=posted.number), site="D1", partner="N1", rows=[masks(2, "M")]))

    assert (before, found(office, 20).exceptions) == ([posted.number], ())
