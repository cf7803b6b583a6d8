"""The steps of a plan on both databases: lots are reserved, sent once, given back; the books stay right."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import sqlalchemy as sa
from ledgers import at
from office import FAR, Office, refusal

from allocator.case import STATUSES
from allocator.policy import Policy, Rung
from models.database import reading, writing
from models.documents_confirm import confirm
from models.documents_undo import recall, reverse
from models.entry import Entry, Line, LotKey, Refusal
from models.followed import fates_of
from models.people import Person, add_person, people
from models.plan_events import events_of, refuse_own
from models.plan_notes import notes_of, under_way
from models.plan_reserving import Load
from models.plan_steps import When, approve, close, dispatch, review, withdraw
from models.plans import Decided, find_plan, store_plan
from models.shipment_paper import ShipmentPaper, shipment_paper
from models.snapshot import settled, snapshot
from models.tables import document
from models.versions import Stamp


@pytest.fixture
def office(each_database) -> Office:
    """A depot with 30 masks of lot A, and 20 of B and 10 of K that expire later."""
    office = Office()
    office.receive(("A", "2020-06-01", 30), ("B", FAR, 20))
    office.receive(("K", FAR, 10), day=0.1)
    return office


def a_plan(office: Office) -> str:
    decided = Decided(
        date="2020-02-11", document=2, snapshot_digest="s", policy_digest="p", versions={}, files={"lines.csv": b""}
    )
    name = store_plan(office.ledger.engine, decided, Stamp("A", at(1)))
    review(office.ledger, name, Stamp("A", at(1)))
    return name


def when(actor: str = "local", day: float = 1) -> When:
    return When(actor=actor, occurred_at=at(day), recorded_at=at(100))


def load(site: str, units: int, life_days_min: int = 0) -> Load:
    return Load(depot="D1", site=site, item="I1", units=units, life_days_min=life_days_min, arrives="2020-02-12")


def refused(act) -> str:
    with pytest.raises(Refusal) as refusal:
        act()
    return " ".join(str(sentence) for sentence in refusal.value.sentences)


def lots(office: Office, plan: str) -> dict[str, dict[str, int]]:
    with reading(office.ledger.engine) as connection:
        return {note.site: {key.lot_no: units for key, units in note.carried} for note in notes_of(connection, plan)}


def test_what_expires_first_is_reserved_first_and_nobody_else_can_take_it(office):
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 25), load("P2", 15)], when())

    assert lots(office, plan) == {"P1": {"A": 25}, "P2": {"A": 5, "B": 10}}
    assert office.held() == {
        ("D1", "B"): 10,
        ("D1", "K"): 10,
        (f"RESERVED:{plan}", "A"): 30,
        (f"RESERVED:{plan}", "B"): 10,
    }


def test_a_lot_that_expires_too_soon_is_left_and_said(office):
    plan = a_plan(office)
    said = refused(lambda: approve(office.ledger, plan, [load("P1", 40, life_days_min=200)], when()))

    assert "D1 can give 30 of the 40 units of I1 that the plan sends to P1; 10 are short." in said
    assert "At D1: Lot A of I1 (30 units) is passed over: it expires on 2020-06-01, too soon" in said
    assert lots(office, plan) == {}


def test_a_lot_that_is_passed_over_for_many_sites_is_said_once(office):
    plan = a_plan(office)
    loads = [load("P1", 40, life_days_min=200), load("P2", 10, life_days_min=200)]
    said = refused(lambda: approve(office.ledger, plan, loads, when()))

    assert "30 of the 40" in said
    assert "0 of the 10" in said
    assert said.count("Lot A of I1 (30 units) is passed over") == 1


def test_who_needs_what_lasts_is_given_it_whatever_the_order_of_the_lines(office):
    """A lasts until June and B until December: P2 comes second, and B is all that will do for it."""
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 30), load("P2", 20, life_days_min=200)], when())

    assert lots(office, plan) == {"P1": {"A": 30}, "P2": {"B": 20}}


def test_a_plan_approved_long_after_its_day_says_that_lots_may_have_expired_since(office):
    plan = a_plan(office)
    said = refused(lambda: approve(office.ledger, plan, [load("P1", 25)], when(day=400)))

    assert said.startswith(f"Plan {plan} is of 2020-02-11, and it is 2021-03-16: what was usable then may have expired")
    assert f"say so: allocator approve {plan} --date 2020-02-11" in said


def test_a_plan_is_sent_by_notes_and_closed_when_all_is_confirmed(office):
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 25), load("P2", 15)], when())
    sent = dispatch(office.ledger, plan, when(day=1.1))
    numbers = [note.number for note in sent.notes]

    assert numbers == [f"{plan}-001", f"{plan}-002"]
    assert "nothing more to send" in refused(lambda: dispatch(office.ledger, plan, when(day=1.2)))
    with reading(office.ledger.engine) as connection:
        assert under_way(connection, sent.notes) == dict(zip(numbers, (25, 15), strict=True))
    late = refused(lambda: close(office.ledger, plan, when(day=3)))
    assert f"Note {plan}-001 to P1 is late: 25 units were due on 2020-02-12 and are not confirmed." in late
    in_time = refused(lambda: close(office.ledger, plan, when(day=3), confirm_days=1))
    assert f"Note {plan}-001 to P1: 25 units are under way, due on 2020-02-12." in in_time
    for number in numbers:
        arrive(office, number)
    with reading(office.ledger.engine) as connection:
        fates = fates_of(connection, sent.notes)
    assert {key: dict(each) for key, each in fates.items()} == {
        (numbers[0], "I1"): {"under_way": 0, "delivered": 25},
        (numbers[1], "I1"): {"under_way": 0, "delivered": 15},
    }
    assert close(office.ledger, plan, when(day=3)) == 0
    assert {place for place, _ in office.held()} == {"D1", "P1", "P2"}


def arrive(office: Office, number: str) -> None:
    office.post(confirm(office.head(day=2), shipment=number, all_sound=True))


def test_each_note_leaves_in_a_transaction_of_its_own(office):
    """What stops half-way leaves whole notes behind, those already sent and those still waiting."""
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 25), load("P2", 15)], when())
    sent_at_each_commit = []

    @sa.event.listens_for(office.ledger.engine, "commit")
    def _(connection: sa.Connection) -> None:
        query = sa.select(sa.func.count()).where(document.c.type == "dispatch")
        sent_at_each_commit.append(connection.execute(query).scalar_one())

    dispatch(office.ledger, plan, when())

    assert [sent for sent in sent_at_each_commit if sent] == [1, 2]


def test_what_is_recalled_after_approval_stays_and_the_rest_goes(office):
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 40)], when())
    office.post(recall(office.head(day=1.2, reason="counterfeit"), lot_no="A", code="I1"))
    sent = dispatch(office.ledger, plan, when(day=1.3))

    assert [str(sentence) for sentence in sent.stayed] == [
        f"30 units of I1 (lot A) do not go with note {plan}-001: recalled, or no longer reserved."
    ]
    assert lots(office, plan) == {"P1": {"B": 10}}


def test_withdrawal_gives_everything_back_to_its_shelf(office):
    before = office.held()
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 45)], when())

    assert withdraw(office.ledger, plan, when(day=1.1), note="road closed") == 45
    assert office.held() == before
    with reading(office.ledger.engine) as connection:
        assert find_plan(connection, plan).status == "withdrawn"


def test_own_stock_is_used_first_where_it_is_kept_for_a_site(each_database):
    """P2 takes what is kept for it, so that P1, which may not, gets all of the rest."""
    office = Office()
    office.receive(("A", "2020-06-01", 10))
    kept = LotKey("I1", "K", FAR, "", "P2")
    line = Line("SUPPLIER:S1", "D1", kept, 10)
    office.ledger.post(
        Entry(key="kept", type="receive", actor="A", occurred_at=at(0), lines=(line,)), recorded_at=at(100)
    )
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P2", 10), load("P1", 10)], when())

    assert lots(office, plan) == {"P1": {"A": 10}, "P2": {"K": 10}}


POLICY = Policy(
    date=dt.date(2020, 2, 11),
    tiers={"frontline": ("checkpoint", "clinic")},
    ladder=(Rung(tiers=("frontline",), cover_days=1, holding_share=1),),
)


def seen_by_the_next_plan(office: Office, document: int | None = None) -> dict[str, dict[str, int]]:
    """Return the usable masks of each place, and what comes to each with the day, as a snapshot has them."""
    with settled(office.ledger.engine) as (connection, last):
        known = last if document is None else document
        case = snapshot(connection, POLICY, document=known, zone=office.ledger.zone)
    moving = case.in_transit
    usable = case.stock.status == STATUSES.index("usable")
    stock: dict[str, int] = {}
    for site, units in zip(case.stock.site[usable].tolist(), case.stock.units[usable].tolist(), strict=True):
        stock[case.sites.code[site]] = stock.get(case.sites.code[site], 0) + units
    coming: dict[str, int] = {}
    for site, units, day in zip(moving.site.tolist(), moving.units.tolist(), moving.arrives, strict=True):
        word = f"{case.sites.code[site]} {day}"
        coming[word] = coming.get(word, 0) + units
    return {"usable": stock, "coming": coming}


def test_what_an_approved_plan_keeps_for_a_site_is_coming_to_it_and_no_longer_at_the_depot(office):
    """Of 60 masks 25 are kept for P1 and 15 for P2: the next plan must not send the same again."""
    plan = a_plan(office)
    before = seen_by_the_next_plan(office)
    approve(office.ledger, plan, [load("P1", 25), load("P2", 15)], when())
    approved = seen_by_the_next_plan(office)
    dispatch(office.ledger, plan, when(day=1.1))
    sent = seen_by_the_next_plan(office)
    arrive(office, f"{plan}-001")

    assert before == {"usable": {"D1": 60}, "coming": {}}
    assert approved == {"usable": {"D1": 20}, "coming": {"P1 2020-02-12": 25, "P2 2020-02-12": 15}}
    assert sent == approved
    assert seen_by_the_next_plan(office, document=2) == before
    assert seen_by_the_next_plan(office, document=4) == approved


def test_what_was_recalled_or_given_back_comes_to_nobody(office):
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 25), load("P2", 15)], when())
    office.post(recall(office.head(day=1, reason="counterfeit"), lot_no="A", code="I1"))
    recalled = seen_by_the_next_plan(office)
    withdraw(office.ledger, plan, when(day=1.1), note="road closed")

    assert recalled["coming"] == {"P2 2020-02-12": 10}
    assert seen_by_the_next_plan(office) == {"usable": {"D1": 30}, "coming": {}}


def test_a_note_that_left_is_counted_once_while_the_rest_of_the_plan_waits(office):
    """The dispatch of P1's note was reversed: its masks lie reserved for it again."""
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 25), load("P2", 15)], when())
    kept = seen_by_the_next_plan(office)
    numbers = [note.sent.document for note in sent_notes(office, plan)]
    office.post(reverse(office.head(day=1.2, reason="never-happened"), number=numbers[0]))

    assert seen_by_the_next_plan(office) == kept


def test_a_note_whose_dispatch_was_reversed_is_sent_again(office):
    """The lorry never left: the masks lie reserved, go with the same note the next day, and P1 has them."""
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 20)], when())
    numbers = [note.sent.document for note in sent_notes(office, plan)]
    for day in (1.2, 1.4):
        office.post(reverse(office.head(day=day, reason="never-happened"), number=numbers[-1]))
        again = dispatch(office.ledger, plan, when(day=day + 0.1))
        assert [note.number for note in again.notes] == [f"{plan}-001"]
        with reading(office.ledger.engine) as connection:
            numbers += [note.sent.document for note in notes_of(connection, plan)]
    office.post(confirm(office.head(day=2), shipment=f"{plan}-001", all_sound=True))

    assert len(set(numbers)) == 3
    assert referred_to(office, "confirm") == [numbers[-1]]
    assert close(office.ledger, plan, when(day=3)) == 0
    assert office.held() == {("D1", "A"): 10, ("D1", "B"): 20, ("D1", "K"): 10, ("P1", "A"): 20}


def referred_to(office: Office, type_: str) -> list[int]:
    with reading(office.ledger.engine) as connection:
        query = sa.select(document.c.refers_to).where(document.c.type == type_).order_by(document.c.id)
        return list(connection.execute(query).scalars())


def test_a_shipment_that_never_left_has_no_paper_until_it_is_sent_again(office):
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 20)], when())
    (note,) = sent_notes(office, plan)
    number = note.sent.document
    office.post(reverse(office.head(day=1.2, reason="never-happened"), number=number))
    said = refused(lambda: paper_of(office, note.number))
    dispatch(office.ledger, plan, when(day=1.5))

    assert said == (
        f"Shipment {note.number} never left: document {number}, which sent it, was reversed by document {number + 1}. "
        "There is nothing to print."
    )
    assert paper_of(office, note.number).sent_at == at(1.5)


def paper_of(office: Office, number: str) -> ShipmentPaper:
    with reading(office.ledger.engine) as connection:
        return shipment_paper(connection, number)


def test_closing_gives_back_what_a_reversed_dispatch_left_reserved(office):
    """Nothing is left for P1 in the next plan's snapshot: the depot has its masks again."""
    before, seen = office.held(), seen_by_the_next_plan(office)
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 20)], when())
    (note,) = sent_notes(office, plan)
    office.post(reverse(office.head(day=1.2, reason="never-happened"), number=note.sent.document))

    assert close(office.ledger, plan, when(day=1.3)) == 20
    assert office.held() == before
    assert seen_by_the_next_plan(office) == seen


def test_a_note_whose_reservation_was_reversed_is_none_any_more(office):
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 20), load("P2", 5)], when())
    with reading(office.ledger.engine) as connection:
        first = notes_of(connection, plan)[0]
    office.post(reverse(office.head(day=1.1, reason="never-happened"), number=first.document))

    assert [note.number for note in dispatch(office.ledger, plan, when(day=1.2)).notes] == [f"{plan}-002"]
    arrive(office, f"{plan}-002")
    assert close(office.ledger, plan, when(day=3)) == 0
    assert {place for place, _ in office.held()} == {"D1", "P2"}


def test_nothing_goes_back_into_the_reservation_of_a_plan_that_has_ended(office):
    """Nobody would send it from there, nor give it back."""
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 20)], when())
    withdraw(office.ledger, plan, when(day=1.1), note="road closed")
    with reading(office.ledger.engine) as connection:
        number = connection.execute(sa.select(document.c.id).where(document.c.type == "unreserve")).scalar_one()
    held = office.held()
    (said,) = refusal(office, reverse(office.head(day=1.2, reason="never-happened"), number=number))

    assert said == (
        f"Document {number} cannot be reversed: 20 units would be reserved for plan {plan} again, and it is withdrawn. "
        "Record instead what happened since: allocator transfer, allocator release, or another plan with allocator "
        "allocate"
    )
    assert office.held() == held


def test_a_plan_of_which_nothing_may_go_is_not_sent_and_says_why(office):
    """Lot A ran out on 1 June: the plan stays approved, and can be withdrawn."""
    before = office.held()
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 20)], when())
    said = refused(lambda: dispatch(office.ledger, plan, when(day=200)))

    assert said == (
        f"20 units of I1 (lot A) do not go with note {plan}-001: expired on 2020-06-01. "
        f"Nothing of plan {plan} can leave. Free what it reserved with: allocator withdraw {plan}; then plan anew "
        "with: allocator allocate"
    )
    with reading(office.ledger.engine) as connection:
        assert find_plan(connection, plan).status == "approved"
        assert events_of(connection, plan)[-1].event == "approved"
    assert withdraw(office.ledger, plan, when(day=201), note="expired") == 20
    assert office.held() == before


def test_what_no_longer_lasts_long_enough_for_its_site_is_not_sent(office):
    """Approved on 11 February lot A lasted 100 days, until 1 June; on 24 February it lasts 98."""
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 30, life_days_min=100), load("P2", 10)], when())
    sent = dispatch(office.ledger, plan, when(day=14))

    assert [note.site for note in sent.notes] == ["P2"]
    [stayed] = sent.stayed
    assert str(stayed) == (
        f"30 units of I1 (lot A) do not go with note {plan}-001: they expire on 2020-06-01, and P1 needs what lasts "
        "100 days."
    )


def test_what_may_not_go_after_the_rest_went_waits_for_the_close(office):
    plan = a_plan(office)
    approve(office.ledger, plan, [load("P1", 30), load("P2", 10)], when())
    sent = dispatch(office.ledger, plan, when(day=200))
    said = refused(lambda: dispatch(office.ledger, plan, when(day=201)))

    assert [note.site for note in sent.notes] == ["P2"]
    assert said.endswith(
        f"Nothing more of plan {plan} can leave. What is still reserved is free again with: allocator close {plan}"
    )
    office.post(confirm(office.head(day=202), shipment=f"{plan}-002", all_sound=True))
    assert close(office.ledger, plan, when(day=203)) == 30


def sent_notes(office: Office, plan: str):
    dispatch(office.ledger, plan, when(day=1.1))
    with reading(office.ledger.engine) as connection:
        return notes_of(connection, plan)


def test_nobody_becomes_the_first_person_while_the_local_administrator_approves(office):
    """On PostgreSQL two could pass each other: an approval without a second person, of which the audit would speak."""
    plan = a_plan(office)
    engine = office.ledger.engine
    added = threading.Event()

    def add() -> None:
        with writing(engine) as connection:
            add_person(connection, Person(id="ann", roles=(("administrator", ""),)), Stamp("local", at(2)))
        added.set()

    with writing(engine) as connection:
        refuse_own(connection, find_plan(connection, plan), "local")
        adding = threading.Thread(target=add)
        adding.start()
        waited = not added.wait(0.5)
    adding.join()

    assert waited
    with reading(engine) as connection:
        assert [each.id for each in people(connection)] == ["ann"]
