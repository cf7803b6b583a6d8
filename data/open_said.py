"""What waits for somebody, in sentences and as plain values, as whoever begins the day should see it first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from data.policy_kept import kept_policy
from models.beyond import Surplus, how_to_settle
from models.countersigning import Emergency
from models.days import day_of, iso_of
from models.entry import LotKey
from models.open_matters import OpenMatters, open_matters
from models.open_notes import OpenNote, how_to_confirm
from models.policies import policies
from models.recalls import OpenRecall
from models.words import lot_word

__all__ = ["beyond_word", "confirm_days_of", "open_on", "open_plain", "open_sentences"]


def open_on(connection: sa.Connection, zone: ZoneInfo, day: dt.date) -> OpenMatters:
    """Return what is open on a day, by the policy in force."""
    return open_matters(connection, zone, day=day, confirm_days=confirm_days_of(connection))


def confirm_days_of(connection: sa.Connection) -> int:
    """Return the days within which a shipment must be confirmed, by the policy in force."""
    versions = policies(connection)
    return kept_policy(versions[-1].toml).policy.confirm_days if versions else 1


def open_sentences(matters: OpenMatters, zone: ZoneInfo) -> Iterator[list[Sentence]]:
    """Give what is open, a list of sentences for each sort, with the command that settles it."""
    yield [_emergency(each, zone) for each in matters.emergencies]
    yield [_late(note, days) for note, days in matters.late]
    yield [_differing(note) for note in matters.differing]
    yield [beyond_word(each) for each in matters.surplus]
    yield [
        say(
            "Document {number} was posted although an earlier day fell short, and is not explained yet.",
            number=each.document,
        )
        for each in matters.exceptions
    ]
    yield [_recall(each) for each in matters.recalls]


def _emergency(each: Emergency, zone: ZoneInfo) -> Sentence:
    return say(
        "Emergency issue {number} ({units:,} units from {site} to {to}, {day}, by {actor}) is not "
        "countersigned: allocator approve {number}",
        number=each.document,
        units=each.units,
        site=each.site,
        to=Sentence("{site}", {"site": each.to}),
        day=day_of(each.occurred_at, zone).isoformat(),
        actor=each.actor,
    )


def _late(note: OpenNote, days: int) -> Sentence:
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
    return [
        say("{units:,} of {item} ({lot})", units=units, item=key.item, lot=lot_word(key.lot_no)) for key, units in lots
    ]


def _differing(note: OpenNote) -> Sentence:
    return say(
        "Note {note} to {site} was confirmed with a difference that nobody has explained: {lots}. {how}",
        note=note.number,
        site=note.to,
        lots=_units_of_lots(note.lots),
        how=how_to_confirm(note),
    )


def beyond_word(surplus: Surplus) -> Sentence:
    """Say what came beyond a shipment and is not explained, and what explains it."""
    return say(
        "More came to {site} than note {note} says, and nobody has explained it: {lots}. {how}",
        note=surplus.number,
        site=surplus.to,
        lots=_units_of_lots(surplus.lots),
        how=how_to_settle(surplus),
    )


def _recall(each: OpenRecall) -> Sentence:
    return say(
        "Recalled lot {lot} of {item} (document {number}): {units:,} units at {sites:,} sites are not accounted for: "
        "allocator recall {lot} --item {code} --status",
        lot=each.lot_no or "-",
        item=each.item,
        code=each.item,
        number=each.document,
        units=each.units,
        sites=each.sites,
    )


def open_plain(matters: OpenMatters, zone: ZoneInfo) -> dict[str, Any]:
    """Return what is open as plain values, as JSON holds them."""
    return {
        "emergencies": [vars(each) | {"occurred_at": iso_of(each.occurred_at, zone)} for each in matters.emergencies],
        "late": [_note_plain(note) | {"days_late": days} for note, days in matters.late],
        "differing": [_note_plain(note) for note in matters.differing],
        "surplus": [_surplus_plain(each) for each in matters.surplus],
        "exceptions": [each.document for each in matters.exceptions],
        "recalls": [_recall_plain(each, zone) for each in matters.recalls],
    }


def _recall_plain(each: OpenRecall, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "item": each.item,
        "lot_no": each.lot_no,
        "document": each.document,
        "since_at": iso_of(each.since_at, zone),
        "units": each.units,
        "sites": each.sites,
    }


def _surplus_plain(surplus: Surplus) -> dict[str, Any]:
    return {
        "note": surplus.number,
        "plan": surplus.plan or None,
        "from": surplus.site or None,
        "to": surplus.to,
        "since": surplus.since.isoformat(),
        "units": surplus.units,
        "lots": [{"item": key.item, "lot": key.lot_no, "units": units} for key, units in surplus.lots],
    }


def _note_plain(note: OpenNote) -> dict[str, Any]:
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
