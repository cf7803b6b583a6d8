"""Findings are accepted, opened and closed by people; the database itself keeps who opened or mends from closing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa
from ledgers import at
from office import Office, refusal_at_once
from tampering import KEY, audited, said, tamper

from allocator.finding import Evidence, finding_of
from allocator.sentence import say
from models.database import reading, writing
from models.finding_events import accept, close, events_by, open_item
from models.finding_states import standing
from models.finding_tables import finding_event
from models.sealing import seal
from models.tables import person
from models.versions import Stamp

THIRD_HAND = "a finding is closed by a person who neither opened it nor was to mend it"
TODAY = dt.date(2020, 5, 21)


def evidence(*days: int):
    first = dt.date(2020, 2, 10)
    return [
        Evidence(day=first + dt.timedelta(days=day), said=say("seen"), document=1, site="P1", person="keeper")
        for day in days
    ]


def finding(*days: int):
    return finding_of("shrinkage", "keeper", evidence(*days), strength=5, sentence=say("It goes missing."))


FOUND = finding(1, 2)


@pytest.fixture
def office(each_database) -> Office:
    office = Office()
    office.receive(("L", "2021-03-01", 50))
    with writing(office.ledger.engine) as connection:
        connection.execute(sa.insert(person), [{"id": id_} for id_ in ("ann", "bo", "cy", "keeper")])
    return office


def by(who: str, day: float = 101) -> Stamp:
    return Stamp(who, at(day))


def opened(office: Office) -> None:
    open_item(office.ledger, FOUND, by("ann"), owner="bo", due=dt.date(2020, 6, 1), note="recount")


def state(office: Office, *findings: object, today: dt.date = TODAY) -> list[tuple[str, str]]:
    with reading(office.ledger.engine) as connection:
        decided = events_by(connection)
    return [(each.id, each.state) for each in standing(findings, decided, today=today)]


def test_a_finding_is_new_until_somebody_accepts_it_and_comes_back_with_more_evidence(office):
    assert state(office, FOUND) == [(FOUND.id, "new")]
    accept(office.ledger, FOUND, by("ann"), reason="papers-seen")

    assert state(office, FOUND) == [(FOUND.id, "accepted")]
    assert state(office, finding(1, 2, 9)) == [(FOUND.id, "again")]
    assert state(office, finding(1, 1, 2)) == [(FOUND.id, "again")]


def test_it_keeps_its_number_where_its_first_day_moves(office):
    accept(office.ledger, FOUND, by("ann"), reason="papers-seen")

    assert finding(2).id != FOUND.id
    assert state(office, finding(2)) == [(FOUND.id, "accepted")]
    assert state(office, finding(40, 41)) == [(finding(40).id, "new"), (FOUND.id, "accepted")]


def test_opened_it_is_late_after_its_day_and_closed_by_a_third_person(office):
    opened(office)
    assert state(office, FOUND) == [(FOUND.id, "open")]
    assert state(office, FOUND, today=dt.date(2020, 6, 2)) == [(FOUND.id, "late")]

    for who in ("ann", "bo"):
        assert "Have another person look and close it." in refusal_at_once(
            lambda who=who: close(office.ledger, FOUND, by(who), proof="recounted")
        )
    close(office.ledger, FOUND, by("cy"), proof="recounted, document 7")
    assert state(office, FOUND) == [(FOUND.id, "closed")]


def test_what_is_open_and_found_no_more_can_be_closed_by_its_number(office):
    opened(office)
    assert state(office) == [(FOUND.id, "open")]
    close(office.ledger, FOUND.id, by("cy"), proof="sheet.pdf", proof_sha256="ab" * 32)
    assert state(office) == [(FOUND.id, "closed")]


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda office: accept(office.ledger, FOUND, by("ann"), reason="so"), "is no reason to accept a finding"),
        (lambda office: accept(office.ledger, FOUND, by("ann"), reason="other"), "needs a note"),
        (
            lambda office: accept(office.ledger, FOUND, by("keeper"), reason="reserve"),
            f"Finding {FOUND.id} names keeper, who therefore cannot decide on it.",
        ),
        (
            lambda office: open_item(office.ledger, FOUND, by("ann"), owner="nobody", due=TODAY),
            "nobody cannot mend it: there is no active person of this id.",
        ),
        (
            lambda office: open_item(office.ledger, FOUND, by("ann"), owner="bo", due=dt.date(2020, 5, 1)),
            "2020-05-01 is past.",
        ),
        (lambda office: close(office.ledger, FOUND, by("cy"), proof="x"), "is not open, so it cannot be closed."),
        (
            lambda office: (opened(office), close(office.ledger, FOUND, by("cy"), proof=" ")),
            "Say with --evidence what shows",
        ),
        (
            lambda office: (opened(office), close(office.ledger, FOUND, by("keeper"), proof="all is well")),
            "names keeper",
        ),
        (
            lambda office: (opened(office), accept(office.ledger, FOUND, by("cy"), reason="emergency")),
            f"It ends when another person closes it: allocator audit findings close {FOUND.id} --evidence TEXT",
        ),
        (lambda office: (opened(office), opened(office)), "is open already: bo is to mend it by 2020-06-01."),
    ],
)
def test_what_may_not_be_decided_is_told_why(office, act, says):
    assert says in refusal_at_once(lambda: act(office))


@pytest.mark.parametrize("event", ["closed", "accepted"])
@pytest.mark.parametrize("who", ["ann", "bo"])
def test_the_database_itself_refuses_an_end_by_who_opened_it_or_was_to_mend_it(office, who, event):
    opened(office)
    with reading(office.ledger.engine) as connection:
        row = dict(connection.execute(sa.select(finding_event)).mappings().one())
    row |= {"id": 2, "event": event, "actor": who}
    with pytest.raises(sa.exc.DBAPIError, match=THIRD_HAND), writing(office.ledger.engine) as connection:
        connection.execute(sa.insert(finding_event), row)


def test_only_the_last_opening_says_who_may_not_close(office):
    opened(office)
    close(office.ledger, FOUND, by("cy"), proof="recounted")
    more = replace(FOUND, evidence=FOUND.evidence * 2)
    open_item(office.ledger, more, by("cy"), owner="bo", due=dt.date(2020, 7, 1))
    close(office.ledger, more, by("ann"), proof="recounted again")

    assert state(office, more) == [(FOUND.id, "closed")]


def test_the_audit_passes_what_was_decided_and_finds_what_was_altered(office):
    opened(office)
    close(office.ledger, FOUND, by("cy"), proof="recounted")
    seal(office.ledger, key=KEY, at=at(102))
    tamper(office.ledger, "DELETE FROM person")  # written past the program by this test
    assert said(audited(office.ledger, at=at(102))) == ("", "")

    tamper(office.ledger, "UPDATE finding_event SET proof = 'x' WHERE id = 2")
    assert said(audited(office.ledger, at=at(102)))[0] == "kept"
    tamper(office.ledger, "UPDATE finding_event SET actor = 'bo', proof = 'recounted' WHERE id = 2")
    check, sentence = said(audited(office.ledger, at=at(102)))
    assert (check, sentence) == (
        "approver",
        f"Finding {FOUND.id} was closed by bo, who opened it or was to mend it.",
    )
