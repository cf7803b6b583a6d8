"""Several people post at once: what is there is taken once, and one key makes one document."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from ledgers import a_ledger, at, kept_in
from office import FAR, Office, masks, moved

from models.book import Book
from models.countersigning import countersign
from models.database import writing
from models.documents import Draft, post_draft, post_draft_in
from models.documents_confirm import confirm
from models.documents_count import count
from models.documents_out import emergency_issue, issue, transfer
from models.documents_undo import recall, reverse
from models.entry import Entry, Refusal
from models.glance import Glance
from models.names import Names
from models.posting import Posted
from models.stockroom import Stockroom
from models.tables import balance, location
from models.versions import Stamp


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request, tmp_path) -> Iterator[Office]:
    with kept_in(request.param):
        # In memory there is one connection, so nobody would be at once.
        office = Office(a_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}" if request.param == "sqlite" else ""))
        yield office
        office.ledger.engine.dispose()


def at_once(office: Office, drafts: Sequence[Draft]) -> tuple[list[Posted], list[str]]:
    """Post drafts from one thread each, all starting together; return what was posted and what was refused."""
    start = threading.Barrier(len(drafts))

    def post(draft: Draft) -> Posted | Refusal:
        start.wait()
        try:
            return post_draft(office.ledger, draft, recorded_at=at(100))
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(drafts)) as pool:
        answers = list(pool.map(post, drafts))
    posted = [each for each in answers if isinstance(each, Posted)]
    return posted, [str(each.sentences[0]) for each in answers if isinstance(each, Refusal)]


def test_of_two_takes_of_the_last_5_one_succeeds(office):
    office.receive(("L", FAR, 5))

    posted, refused = at_once(office, [issue(office.head(day=1), site="D1", rows=[masks(5)]) for _ in range(2)])

    assert len(posted) == 1
    assert refused == [
        (
            "D1 has no units of I1 to give; 5 were asked for. Take them from another site, or post the missing receipt "
            "first."
        )
    ]
    assert office.held() == {("CONSUMED:D1", "L"): 5}


def test_eight_takes_of_lots_that_expire_one_after_the_other_miss_none_and_share_none(office):
    """4 lots of 5, 8 takes of 3: whoever finds one lot gone goes on to the next; 6 succeed, 2 units are left."""
    office.receive(*((f"L{n}", f"2021-0{n}-01", 5) for n in range(1, 5)))

    posted, refused = at_once(office, [issue(office.head(day=1), site="D1", rows=[masks(3)]) for _ in range(8)])

    assert (len(posted), len(refused)) == (6, 2)
    assert sum(units for (place, _), units in office.held().items() if place == "CONSUMED:D1") == 18
    assert office.held()["D1", "L4"] == 2


def test_one_key_sent_eight_times_at_once_is_one_document(office):
    office.receive(("L", FAR, 5))

    drafts = [issue(office.head(day=1, key="once"), site="D1", rows=[masks(5)]) for _ in range(8)]
    posted, refused = at_once(office, drafts)

    assert refused == []
    assert {each.id for each in posted} == {posted[0].id}
    assert sorted(each.again for each in posted) == [False] + [True] * 7


def test_a_shipment_confirmed_twice_at_once_arrives_once(office):
    office.receive(("L", FAR, 10))
    number = office.post(transfer(office.head(day=1), site="D1", to="P1", rows=[masks(10)])).shipment

    drafts = [confirm(office.head(day=2), shipment=number, all_sound=True) for _ in range(2)]
    posted, refused = at_once(office, drafts)

    assert (len(posted), len(refused)) == (1, 1)
    assert office.held() == {("P1", "L"): 10}


def test_a_document_reversed_twice_at_once_is_reversed_once(office):
    used = office.receive(("L", FAR, 10))

    drafts = [reverse(office.head(reason="entered-twice"), number=used.number) for _ in range(2)]
    posted, refused = at_once(office, drafts)

    assert len(posted) == 1
    assert refused == [f"Document {used.number} was reversed before, by document 2. Nothing is left to do."]


def test_nothing_of_a_recalled_lot_slips_away_while_others_send_it(office):
    """Four sendings race a recall: what left before it is under way no more, what came later was refused."""
    office.receive(("L", FAR, 100))
    sends = [transfer(office.head(day=1), site="D1", to="P1", rows=[masks(10)]) for _ in range(4)]

    at_once(office, [*sends, recall(office.head(day=1, reason="counterfeit"), lot_no="L")])

    held = office.held()
    assert sum(held.values()) == 100
    assert {place for place, _ in held} <= {"QUARANTINE:D1", "QUARANTINE:P1"}


@pytest.mark.spoils_ledgers
def test_the_positive_control_reading_first_and_writing_what_was_read_gives_5_away_twice(office):
    """Each of two clerks reads 5, takes them off, and writes what is left: the CHECK sees nothing wrong."""
    office.receive(("L", FAR, 5))
    of_d1 = balance.c.location == sa.select(location.c.id).where(location.c.code == "D1").scalar_subquery()

    def read() -> int:
        with office.ledger.engine.connect() as connection:
            return connection.execute(sa.select(balance.c.units).where(of_d1)).scalar_one()

    taken_units = 0
    for seen_units in [read(), read()]:
        with writing(office.ledger.engine) as connection:
            connection.execute(sa.update(balance).where(of_d1).values(units=seen_units - 5))
        taken_units += 5

    assert taken_units == 10
    assert read() == 0


def test_of_two_who_countersign_at_once_one_does(office):
    office.receive(("L", FAR, 5))
    office.post(emergency_issue(office.head(day=1, reason="ordered"), site="D1", to="P1", rows=[masks(5)]))
    start = threading.Barrier(4)

    def sign(who: str) -> str:
        start.wait()
        try:
            countersign(office.ledger, 2, Stamp(who, at(101)))
        except Refusal as refusal:
            return str(refusal.sentences[0])
        return who

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(sign, "BCDE"))
    (one,) = answers & set("BCDE")
    assert answers == {one, f"Document 2 was countersigned before, by {one}."}


# --- What changes between working a document out and posting it ---


def meanwhile(draft: Draft, *others: Callable[[], object]) -> Draft:
    """Return a draft beside which others post, each time after its lines were worked out once more."""
    waiting = list(others)

    def fill(room: Stockroom, entry: Entry) -> Entry:
        filled = draft.fill(room, entry)
        if waiting and isinstance(room.book, Glance):
            waiting.pop(0)()
        return filled

    return replace(draft, fill=fill)


def test_what_another_took_meanwhile_is_not_taken_again(office_on_postgresql):
    office = office_on_postgresql
    office.receive(("L1", "2021-01-01", 10), ("L2", "2021-02-01", 10))
    draft = issue(office.head(day=1), site="D1", rows=[masks(8)])

    other = issue(office.head(day=1), site="D1", rows=[masks(5)])
    seen = office.post(meanwhile(draft, lambda: office.post(other)))

    assert moved(seen) == [("D1", "CONSUMED:D1", "L1", 5), ("D1", "CONSUMED:D1", "L2", 3)]
    assert office.held() == {("CONSUMED:D1", "L1"): 10, ("CONSUMED:D1", "L2"): 3, ("D1", "L2"): 7}


def test_what_was_recalled_meanwhile_stays(office_on_postgresql):
    office = office_on_postgresql
    office.receive(("L1", "2021-01-01", 10), ("L2", "2021-02-01", 10))
    draft = issue(office.head(day=1), site="D1", rows=[masks(8)])

    other = recall(office.head(day=0.5, reason="counterfeit"), lot_no="L1")
    seen = office.post(meanwhile(draft, lambda: office.post(other)))

    assert moved(seen) == [("D1", "CONSUMED:D1", "L2", 8)]


def test_what_came_meanwhile_is_found_before_anything_is_refused(office_on_postgresql):
    office = office_on_postgresql
    office.receive(("L1", FAR, 3))
    draft = issue(office.head(day=1), site="D1", rows=[masks(3)])
    office.post(issue(office.head(day=1), site="D1", rows=[masks(1)]))
    coming = replace(draft, fill=lambda room, entry: _refused_first(office, draft, room, entry))

    assert moved(office.post(coming)) == [("D1", "CONSUMED:D1", "L1", 2), ("D1", "CONSUMED:D1", "L2", 1)]


def _refused_first(office: Office, draft: Draft, room: Stockroom, entry: Entry) -> Entry:
    """Work a document out; where it is refused before anything is locked, something comes that suffices."""
    try:
        return draft.fill(room, entry)
    except Refusal:
        if isinstance(room.book, Glance):
            office.receive(("L2", "2022-01-01", 5), day=0.5)
        raise


def test_a_count_that_is_worked_out_early_counts_what_is_there_when_it_is_posted(office_on_postgresql):
    office = office_on_postgresql
    office.receive(("L1", FAR, 10))
    other = issue(office.head(day=1), site="D1", rows=[masks(4)])
    draft = count(office.head(day=2), site="D1", rows=[masks(6)])

    seen = office.post(meanwhile(draft, lambda: office.post(other)))

    assert moved(seen) == [], "six are there, and six were counted"
    assert office.held() == {("CONSUMED:D1", "L1"): 4, ("D1", "L1"): 6}


def test_who_works_alone_need_not_begin_anew_for_a_place_that_another_makes_too(office_on_postgresql):
    """Both are the first to use masks at D1, where CONSUMED:D1 is yet to be made."""
    office, begun, tries = office_on_postgresql, threading.Event(), []
    office.receive(("L1", FAR, 10))
    first, second = (issue(office.head(day=1), site="D1", rows=[masks(units)]) for units in (3, 4))

    def alone(book: Book, names: Names) -> Posted:
        tries.append(len(tries))
        book.work_alone()
        begun.set()
        time.sleep(1.2)  # the other waits for longer by now than PostgreSQL waits before it looks for circles
        return post_draft_in(book, names, second, recorded_at=at(100), zone=office.ledger.zone)

    with ThreadPoolExecutor(1) as pool:
        posted = pool.submit(office.ledger.write, alone, alone=True)
        assert begun.wait(10)
        office.post(first)
        posted.result()

    assert tries == [0]
    assert office.held() == {("CONSUMED:D1", "L1"): 7, ("D1", "L1"): 3}


@pytest.fixture
def office_on_postgresql() -> Iterator[Office]:
    with kept_in("postgresql"):
        office = Office(a_ledger(""))
        yield office
        office.ledger.engine.dispose()
