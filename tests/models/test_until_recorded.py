"""What pages ask often is worked out once until something is recorded, and never told after that."""

from __future__ import annotations

import threading

import sqlalchemy as sa
from ledgers import a_ledger, at
from office import Office

from models.database import reading, writing
from models.people import LOCAL, Person, add_person
from models.tables import move
from models.until_recorded import UntilRecorded
from models.versions import Stamp


class Asked:
    """Asks a ledger how many lines it has, and counts how often that is worked out."""

    def __init__(self, office: Office, most: int = 8) -> None:
        self.office, self.kept, self.worked = office, UntilRecorded(most), 0

    def __call__(self, question: str = "lines", *, keeps: bool = True) -> object:
        with reading(self.office.ledger.engine) as connection:

            def work() -> list[int]:
                self.worked += 1
                return [connection.execute(sa.select(sa.func.count()).select_from(move)).scalar_one()]

            return self.kept.answer(connection, question, work, keeps=lambda _: keeps)


def test_it_is_worked_out_once_until_a_document_is_recorded():
    office = Office()
    asked = Asked(office)
    office.receive(("L1", None, 10))

    before = [asked(), asked()]
    office.receive(("L2", None, 5))

    assert before[0] is before[1]
    assert (before[0], asked()) == ([1], [2])
    assert asked.worked == 2


def test_a_change_of_master_data_is_seen_too():
    office = Office()
    asked = Asked(office)
    asked()
    with writing(office.ledger.engine) as connection:
        add_person(connection, Person(id="bo", roles=(("administrator", ""),)), Stamp(LOCAL, at(1)))
    asked()

    assert asked.worked == 2


def test_what_was_asked_longest_ago_is_forgotten_and_what_is_not_worth_it_never_kept():
    asked = Asked(Office(), most=2)
    for question in ("a", "b", "a", "c", "a", "b"):
        asked(question)
    assert asked.worked == 4, "b was forgotten for c"
    for _ in range(2):
        asked("large", keeps=False)
    assert asked.worked == 6


def test_who_come_together_with_one_question_ask_the_ledger_once(tmp_path):
    asked = Asked(Office(a_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")))
    together = [threading.Thread(target=asked) for _ in range(8)]
    for each in together:
        each.start()
    for each in together:
        each.join()

    assert asked.worked == 1
