"""The steps of a plan's life that move stock: approval reserves, dispatch sends, withdrawal and closing give back.

Approval is one transaction, all or nothing. Each note is sent by one document under a key of its own, some
dozens in a transaction: what was interrupted is done again and sends nothing twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from allocator.sentence import Sentence, say
from models.database import writing
from models.days import day_of
from models.entry import Entry, Line, LotKey, Refusal
from models.ledger import Ledger
from models.lots_out import lasts
from models.names import Names
from models.open_notes import how_to_confirm, open_notes
from models.plan_events import lock_plan, record_event, refuse_own, refuse_unless
from models.plan_notes import PlanNote, left_by_depot, notes_of, reserved_now, under_way
from models.plan_reserving import Load, Short, choose_lots, reserve_entries
from models.plans import StoredPlan
from models.posting import Book, post_many
from models.stockroom import Stockroom
from models.versions import Stamp

__all__ = [
    "Approved",
    "Dispatched",
    "When",
    "approve",
    "close",
    "dispatch",
    "of_another_day",
    "review",
    "told",
    "withdraw",
]

_LISTED_MOST = 20

_Going = tuple[PlanNote, tuple[tuple[LotKey, int], ...]]


@dataclass(frozen=True, kw_only=True)
class When:
    """Who does something to a plan; when it happened and when it is recorded, in UTC microseconds."""

    actor: str
    occurred_at: int
    recorded_at: int

    @property
    def stamp(self) -> Stamp:
        """Who and when, as facts about plans say it."""
        return Stamp(self.actor, self.recorded_at)


class NotEnough(Refusal):
    """Stock that a plan sends is not there any more. `short`: each line."""

    def __init__(self, short: Sequence[Short], plan: str, *, planned: dt.date, today: dt.date) -> None:
        sentences = [*of_another_day(plan, planned=planned, today=today), *told(short)]
        sentences.append(
            say(
                "Plan {plan} cannot be approved as it is: its depots have less than it sends. Plan the day anew with "
                "allocator allocate (overrides are kept), override these lines, or send what there is with --partial.",
                plan=plan,
            )
        )
        super().__init__(*sentences)
        self.short = tuple(short)


def of_another_day(plan: str, *, planned: dt.date, today: dt.date) -> list[Sentence]:
    """Say where a plan's day is past, so that its stock may have expired; nothing on its day or before."""
    if today <= planned:
        return []
    return [
        say(
            "Plan {plan} is of {planned}, and it is {today}: what was usable then may have expired since. If it is "
            "approved as of its day, say so: allocator approve {plan} --date {planned}",
            plan=plan,
            planned=planned.isoformat(),
            today=today.isoformat(),
        )
    ]


def told(short: Sequence[Short]) -> list[Sentence]:
    """Say which lines are short, and then each lot once that was passed over for them."""
    sentences = [each.sentence for each in short[:_LISTED_MOST]]
    if len(short) > _LISTED_MOST:
        sentences.append(say("… and {count:,} lines more.", count=len(short) - _LISTED_MOST))
    lots = list({str(passed): passed for each in short for passed in each.passed}.values())
    sentences += lots[:_LISTED_MOST]
    if len(lots) > _LISTED_MOST:
        sentences.append(say("… and {count:,} lots more.", count=len(lots) - _LISTED_MOST))
    return sentences


@dataclass(frozen=True)
class Approved:
    """How many notes, and what is short where that was allowed."""

    notes: int
    units: int
    short: tuple[Short, ...]


@dataclass(frozen=True)
class Dispatched:
    """The notes that were sent, and lots that were reserved and could not go, with the reason."""

    notes: tuple[PlanNote, ...]
    stayed: tuple[Sentence, ...]


def review(ledger: Ledger, plan: str, stamp: Stamp, *, note: str = "") -> None:
    """Note that a plan was looked at.

    Raises:
        Refusal: it is no draft.

    """
    with writing(ledger.engine) as connection:
        refuse_unless(lock_plan(connection, plan), "reviewed")
        record_event(connection, plan, "reviewed", stamp, note=note)


def approve(
    ledger: Ledger, plan: str, loads: Sequence[Load], when: When, *, note: str = "", partial: bool = False
) -> Approved:
    """Approve a plan and reserve its lots, so that nothing else can take them. `loads`: its lines.

    `partial`: where there are too few, reserve what there is.

    Raises:
        Refusal: it is not reviewed; who approves drafted or overrode it; stock no longer suffices.

    """

    def work(book: Book, names: Names) -> Approved:
        stored = lock_plan(book.connection, plan)
        refuse_unless(stored, "approved")
        refuse_own(book.connection, stored, when.actor)
        room = Stockroom(book, ledger.zone, when.occurred_at)
        loaded = choose_lots(room, loads, dt.date.fromisoformat(stored.date))
        entries = reserve_entries(plan, loads, loaded, actor=when.actor, occurred_at=when.occurred_at)
        if loaded.short and not (partial and entries):
            today = day_of(when.occurred_at, ledger.zone)
            raise NotEnough(loaded.short, plan, planned=dt.date.fromisoformat(stored.date), today=today)
        reserved = [entry for _, entry in entries]
        post_many(book, names, reserved, recorded_at=when.recorded_at, zone=ledger.zone)
        record_event(book.connection, plan, "approved", when.stamp, note=note)
        units = sum(line.units for _, entry in entries for line in entry.lines)
        return Approved(len(entries), units, loaded.short)

    return ledger.write(work)


def withdraw(ledger: Ledger, plan: str, when: When, *, note: str) -> int:
    """Withdraw a plan that is not on its way yet; what was reserved is free again. Return how many units are.

    Raises:
        Refusal: it cannot be withdrawn any more, or no note says why it is.

    """
    if not note:
        raise Refusal(say("Say with --note why plan {plan} is withdrawn.", plan=plan))

    def work(book: Book, names: Names) -> int:
        refuse_unless(lock_plan(book.connection, plan), "withdrawn")
        units = _give_back(book, names, plan, when, ledger.zone)
        record_event(book.connection, plan, "withdrawn", when.stamp, note=note)
        return units

    return ledger.write(work)


def close(ledger: Ledger, plan: str, when: When, *, note: str = "", confirm_days: int = 0) -> int:
    """Close a plan of which everything is accounted for; return the units that were reserved and never sent.

    `confirm_days`: days after it was due by which a note must be confirmed; from then on it is late.

    Raises:
        Refusal: notes are open, those that are late first.

    """

    def work(book: Book, names: Names) -> int:
        refuse_unless(lock_plan(book.connection, plan), "closed")
        due_before = day_of(when.occurred_at, ledger.zone) - dt.timedelta(days=confirm_days)
        _refuse_open(book, plan, due_before.isoformat(), ledger.zone)
        units = _give_back(book, names, plan, when, ledger.zone)
        record_event(book.connection, plan, "closed", when.stamp, note=note)
        return units

    return ledger.write(work)


def _refuse_open(book: Book, plan: str, due_before: str, zone: ZoneInfo) -> None:
    """Refuse to close a plan while notes are open; those that were `due_before` a day (ISO) are late."""
    notes = notes_of(book.connection, plan)
    units = under_way(book.connection, notes)
    still = sorted((note for note in notes if note.number in units), key=lambda note: (note.arrives, note.number))
    if not still:
        return
    sentences = [_open(note, units[note.number], due_before) for note in still[:_LISTED_MOST]]
    if len(still) > _LISTED_MOST:
        sentences.append(say("… and {count:,} notes more.", count=len(still) - _LISTED_MOST))
    first = next(each for each in open_notes(book.connection, zone) if each.number == still[0].number)
    sentences.append(
        say("Plan {plan} stays open until each of them is confirmed. {how}", plan=plan, how=how_to_confirm(first))
    )
    raise Refusal(*sentences)


def _open(note: PlanNote, units: int, due_before: str) -> Sentence:
    values = {"note": note.number, "site": note.site, "units": units, "day": note.arrives}
    if note.arrives < due_before:
        return say("Note {note} to {site} is late: {units} units were due on {day} and are not confirmed.", **values)
    return say("Note {note} to {site}: {units} units are under way, due on {day}.", **values)


def _give_back(book: Book, names: Names, plan: str, when: When, zone: ZoneInfo) -> int:
    """Put what is still reserved back on the shelves it was reserved from; return the units."""
    held = reserved_now(book.connection, plan)
    left = left_by_depot(notes_of(book.connection, plan), held)
    entries = [
        Entry(
            key=f"unreserve {plan} {depot}",
            type="unreserve",
            actor=when.actor,
            occurred_at=when.occurred_at,
            site=depot,
            lines=tuple(Line(f"RESERVED:{plan}", depot, key, units) for key, units in sorted(lots.items())),
            allocation=plan,
        )
        for depot, lots in sorted(left.items())
    ]
    post_many(book, names, entries, recorded_at=when.recorded_at, zone=zone)
    return sum(line.units for entry in entries for line in entry.lines)


def dispatch(ledger: Ledger, plan: str, when: When, *, depot: str = "") -> Dispatched:
    """Send the notes of an approved plan that are not sent yet, or those of one depot.

    What expired or was recalled since it was reserved, or no longer lasts as long as its site needs, stays, and
    is said.

    Raises:
        Refusal: the plan is not approved, or nothing (more) of it may go.

    """

    def begin(book: Book, names: Names) -> tuple[list[Entry], Dispatched]:
        """Note that the plan is on its way, and send the first of its notes."""
        stored = lock_plan(book.connection, plan)
        refuse_unless(stored, "dispatched")
        waiting = [each for each in notes_of(book.connection, plan) if each.sent is None and depot in ("", each.depot)]
        if not waiting:
            raise Refusal(_nothing_to_send(plan, depot))
        going, stayed = _fit(book, plan, waiting, day_of(when.occurred_at, ledger.zone))
        if not going:
            raise Refusal(*stayed, _nothing_may_go(stored))
        record_event(book.connection, plan, "dispatched", when.stamp, note=depot)
        entries = [_dispatched(plan, note, lots, when) for note, lots in going]
        post_many(book, names, entries[:1], recorded_at=when.recorded_at, zone=ledger.zone)
        return entries, Dispatched(tuple(note for note, _ in going), tuple(stayed))

    entries, done = ledger.write(begin)
    for entry in entries[1:]:
        ledger.post(entry, recorded_at=when.recorded_at)
    return done


def _nothing_to_send(plan: str, depot: str) -> Sentence:
    if depot:
        return say("Plan {plan} has nothing more to send from {depot}.", plan=plan, depot=depot)
    return say("Plan {plan} has nothing more to send.", plan=plan)


def _nothing_may_go(stored: StoredPlan) -> Sentence:
    if stored.status == "approved":
        return say(
            "Nothing of plan {plan} can leave. Free what it reserved with: allocator withdraw {plan}; then plan anew "
            "with: allocator allocate",
            plan=stored.id,
        )
    return say(
        "Nothing more of plan {plan} can leave. What is still reserved is free again with: allocator close {plan}",
        plan=stored.id,
    )


def _fit(book: Book, plan: str, notes: Sequence[PlanNote], day: dt.date) -> tuple[list[_Going], list[Sentence]]:
    """Return the notes of which something may still go on a day, with those lots, and what may not."""
    held = reserved_now(book.connection, plan)
    going: list[_Going] = []
    stayed: list[Sentence] = []
    for note in notes:
        lots: list[tuple[LotKey, int]] = []
        for key, units in note.lots:
            values = {"item": key.item, "lot": key.lot_no or "-", "note": note.number}
            there = min(units, held.get(key, 0))
            held[key] = held.get(key, 0) - there
            if units > there:
                gone = units - there
                stayed.append(
                    say("{units} units of {item} (lot {lot}) do not go with note {note}: recalled, or no longer "
                        "reserved.", units=gone, **values)
                )  # fmt: skip
            if there and key.expires < day.isoformat():
                stayed.append(
                    say("{units} units of {item} (lot {lot}) do not go with note {note}: expired on {day}.",
                        units=there, day=key.expires, **values)
                )  # fmt: skip
            elif there and not lasts(key, day, note.life_days_min):
                stayed.append(
                    say("{units} units of {item} (lot {lot}) do not go with note {note}: they expire on {day}, and "
                        "{site} needs what lasts {days} days.",
                        units=there, day=key.expires, site=note.site, days=note.life_days_min, **values)
                )  # fmt: skip
            elif there:
                lots.append((key, there))
        if lots:
            going.append((note, tuple(lots)))
    return going, stayed


def _dispatched(plan: str, note: PlanNote, lots: Sequence[tuple[LotKey, int]], when: When) -> Entry:
    # Sent again after a reversal it is another document, and needs a key of its own.
    again = f" again {note.sent_in_vain}" if note.sent_in_vain else ""
    return Entry(
        key=f"dispatch {note.number}{again}",
        type="dispatch",
        actor=when.actor,
        occurred_at=when.occurred_at,
        site=note.depot,
        lines=tuple(Line(f"RESERVED:{plan}", f"IN_TRANSIT:{note.number}", key, units) for key, units in lots),
        refers_to=note.document,
        allocation=plan,
        shipment=note.number,
        details={"to": note.site, "arrives": note.arrives},
        asked={"type": "dispatch", "note": note.number},
    )
