"""What waits for somebody, as whoever looks at plans should see it first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from allocator.sentence import Sentence, say
from commands.named import with_names
from commands.on_ledger import Desk
from commands.recall_view import open_recall_word

if TYPE_CHECKING:
    import sqlalchemy as sa

    from models.beyond import Surplus
    from models.countersigning import Emergency
    from models.entry import LotKey
    from models.open_matters import OpenMatters
    from models.open_notes import OpenNote

__all__ = ["beyond_word", "confirm_days_of", "find_open", "open_json", "show_open"]

_SHOWN = 10


def find_open(desk: Desk, day: dt.date | None = None) -> OpenMatters:
    """Return what is open on a day, today where none is said, by the policy in force."""
    from models.database import reading
    from models.days import day_of
    from models.open_matters import open_matters

    day = day or day_of(desk.now, desk.ledger.zone)
    with reading(desk.ledger.engine) as connection:
        return open_matters(connection, desk.ledger.zone, day=day, confirm_days=confirm_days_of(connection))


def confirm_days_of(connection: sa.Connection) -> int:
    """Return the days within which a shipment must be confirmed, by the policy in force."""
    from data.policy_kept import kept_policy
    from models.policies import policies

    versions = policies(connection)
    return kept_policy(versions[-1].toml).policy.confirm_days if versions else 1


def show_open(desk: Desk, matters: OpenMatters) -> None:
    """Print what is open, a line each, and an empty line after them."""
    from models.database import reading

    if not matters:
        return
    word = desk.session.word
    with reading(desk.ledger.engine) as connection:
        for part in _parts(desk, matters):
            for sentence in with_names(connection, part[:_SHOWN]):
                desk.session.show(word(sentence))
            if len(part) > _SHOWN:
                desk.session.show(word(say("… and {more} more; --json lists all.", more=len(part) - _SHOWN)))
    desk.session.show()


def _parts(desk: Desk, matters: OpenMatters) -> Iterator[list[Sentence]]:
    yield [_emergency(desk, each) for each in matters.emergencies]
    yield [_late(note, days) for note, days in matters.late]
    yield [_differing(note) for note in matters.differing]
    yield [beyond_word(each) for each in matters.surplus]
    yield [
        say("Document {number} was posted although an earlier day fell short, and is not explained yet.", number=number)
        for number in matters.exceptions
    ]
    yield [open_recall_word(each) for each in matters.recalls]


def _emergency(desk: Desk, each: Emergency) -> Sentence:
    from models.days import day_of

    return say(
        "Emergency issue {number} ({units:,} units from {site} to {to}, {day}, by {actor}) is not "
        "countersigned: allocator approve {number}",
        number=each.document,
        units=each.units,
        site=each.site,
        to=Sentence("{site}", {"site": each.to}),
        day=day_of(each.occurred_at, desk.ledger.zone).isoformat(),
        actor=each.actor,
    )


def _late(note: OpenNote, days: int) -> Sentence:
    from models.open_notes import how_to_confirm

    return say(
        "Note {note} to {site} is {days} days late: {units:,} units were due on {day}. Ask the site. {how}",
        note=note.number,
        site=note.to,
        days=days,
        units=note.units,
        day=note.expected.isoformat(),
        how=how_to_confirm(note),
    )


def _units_of_lots(lots: Iterable[tuple[LotKey, int]]) -> list[Sentence]:
    from models.words import lot_word

    return [
        say("{units:,} of {item} ({lot})", units=units, item=key.item, lot=lot_word(key.lot_no)) for key, units in lots
    ]


def _differing(note: OpenNote) -> Sentence:
    from models.open_notes import how_to_confirm

    return say(
        "Note {note} to {site} was confirmed with a difference that nobody has explained: {lots}. {how}",
        note=note.number,
        site=note.to,
        lots=_units_of_lots(note.lots),
        how=how_to_confirm(note),
    )


def beyond_word(surplus: Surplus) -> Sentence:
    """Say what came beyond a shipment and is not explained, and what explains it."""
    from models.beyond import how_to_settle

    return say(
        "More came to {site} than note {note} says, and nobody has explained it: {lots}. {how}",
        note=surplus.number,
        site=surplus.to,
        lots=_units_of_lots(surplus.lots),
        how=how_to_settle(surplus),
    )


def open_json(desk: Desk, matters: OpenMatters) -> dict[str, Any]:
    """Return what is open as plain JSON values."""
    from models.days import iso_of

    return {
        "emergencies": [
            vars(each) | {"occurred_at": iso_of(each.occurred_at, desk.ledger.zone)} for each in matters.emergencies
        ],
        "late": [_note_json(note) | {"days_late": days} for note, days in matters.late],
        "differing": [_note_json(note) for note in matters.differing],
        "surplus": [_surplus_json(each) for each in matters.surplus],
        "exceptions": list(matters.exceptions),
        "recalls": [vars(each) | {"since_at": iso_of(each.since_at, desk.ledger.zone)} for each in matters.recalls],
    }


def _surplus_json(surplus: Surplus) -> dict[str, Any]:
    return {
        "note": surplus.number,
        "plan": surplus.plan or None,
        "from": surplus.site or None,
        "to": surplus.to,
        "since": surplus.since.isoformat(),
        "units": surplus.units,
        "lots": [{"item": key.item, "lot": key.lot_no, "units": units} for key, units in surplus.lots],
    }


def _note_json(note: OpenNote) -> dict[str, Any]:
    return {
        "note": note.number,
        "document": note.document,
        "plan": note.plan or None,
        "from": note.site or None,
        "to": note.to,
        "expected": note.expected.isoformat(),
        "units": note.units,
        "lots": [{"item": key.item, "lot": key.lot_no, "units": units} for key, units in note.lots],
    }
