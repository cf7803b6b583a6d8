"""What somebody typed or scanned of a shipment that came: read line by line, and told how it differs from its note."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from allocator.sentence import Sentence, say
from data.quantities import units_in
from data.scanned_lines import ScannedLine, rows_of
from models.arrivals import Arrival
from models.requests import NO_LOT, Row
from models.shipment_account import ShipmentLine
from models.tables import NO_EXPIRY
from models.words import lot_word

__all__ = ["BOXES", "NotedLine", "ReadArrivals", "TypedArrival", "noted_lines", "read_typed_arrivals", "with_scanned"]

BOXES = {
    "sound": say("Arrived sound"),
    "damaged": say("Damaged"),
    "missing": say("Missing"),
    "lost": say("Lost on the way"),
    "held": say("Set aside"),
    "refused": say("Not taken, goes back"),
    "stayed": say("Never left"),
    "over": say("Beyond the note"),
}
"""The numbers of a line, in the order in which they are asked for."""

_NOTED = ("sound", "damaged", "lost", "held", "refused", "stayed")
"""Those that become of units of the note; what is `missing` is said by no document: it stays under way."""


@dataclass(frozen=True, kw_only=True)
class NotedLine:
    """A lot that a shipment still carries, in base units. `expires`: ISO day, `NO_EXPIRY` where it never does."""

    item: str
    lot_no: str
    expires: str
    units: int


@dataclass(frozen=True, kw_only=True)
class TypedArrival:
    """One line as it was typed; `noted`: a line of the note, else `instead` says in place of what it came, if anything.

    `lot` and `expires`: as the note says them, or typed: "-" for no lot number, "" where nobody said.
    """

    item: str = ""
    lot: str = ""
    expires: str = ""
    sound: str = ""
    damaged: str = ""
    missing: str = ""
    lost: str = ""
    held: str = ""
    refused: str = ""
    stayed: str = ""
    over: str = ""
    instead: str = ""
    reason: str = ""
    noted: bool = True


@dataclass(frozen=True, kw_only=True)
class ReadArrivals:
    """What was said. `faults`: by field and line, such as "sound-0"; `differences`: told before it is recorded."""

    arrivals: tuple[Arrival, ...] = ()
    differences: tuple[Sentence, ...] = ()
    faults: Mapping[str, Sentence] = field(default_factory=dict)


def noted_lines(lines: Iterable[ShipmentLine]) -> list[NotedLine]:
    """Return the lots that are under way as a form asks about them: whose money bought them is not asked."""
    units: dict[tuple[str, str, str], int] = {}
    for line in lines:
        if line.under_way > 0:
            key = (line.lot.item, line.lot.lot_no, line.lot.expires)
            units[key] = units.get(key, 0) + line.under_way
    return [NotedLine(item=item, lot_no=lot, expires=day, units=each) for (item, lot, day), each in units.items()]


def read_typed_arrivals(typed: Sequence[TypedArrival], noted: Sequence[NotedLine]) -> ReadArrivals:
    """Return what the lines say; `noted`: what the shipment still carries, in the order of the typed lines of it."""
    faults: dict[str, Sentence] = {}
    arrivals: list[Arrival] = []
    told: list[Sentence] = []
    for number, line in enumerate(typed):
        units = _units(line, number, faults)
        own = noted[number] if line.noted and number < len(noted) else None
        if not line.noted and not any(units.values()) and not line.item.strip():
            continue
        wrong = _faults_of(line, units, own)
        faults |= {f"{name}-{number}": sentence for name, sentence in wrong.items() if f"{name}-{number}" not in faults}
        arrival = _arrival(line, units, own)
        if sum((*arrival.noted, *arrival.beyond)):
            arrivals.append(arrival)
        told += _differences(arrival, 0 if own is None else own.units)
    if not arrivals and not faults:
        faults["sound-0"] = say("Say what arrived, or what became of it.")
    return ReadArrivals(arrivals=tuple(arrivals), differences=tuple(told), faults=faults)


def _units(line: TypedArrival, number: int, faults: dict[str, Sentence]) -> dict[str, int]:
    units: dict[str, int] = {}
    for name in BOXES:
        text = getattr(line, name).strip()
        read = units_in(text) if text else 0
        units[name] = read if isinstance(read, int) else 0
        if isinstance(read, Sentence):
            faults[f"{name}-{number}"] = read
    return units


def _faults_of(line: TypedArrival, units: Mapping[str, int], own: NotedLine | None) -> dict[str, Sentence]:
    """Return what of a line cannot be, by field."""
    found: dict[str, Sentence] = {}
    if own is None:
        if not line.item.strip():
            found["item"] = say("Say which item came.")
        elif not units["sound"]:
            found["sound"] = say("Say how many came.")
        if line.expires and not _is_day(line.expires):
            found["expires"] = say('"{found}" is not a day. Write it as 2020-02-10.', found=line.expires)
    else:
        found |= _sums(units, own.units, said_missing=bool(line.missing.strip()))
    differs = any(units[name] for name in ("damaged", "lost", "refused", "stayed", "over")) or own is None
    if differs and not line.reason:
        found["reason"] = say("Say why it differs from the note.")
    return found


def _sums(units: Mapping[str, int], noted: int, *, said_missing: bool) -> dict[str, Sentence]:
    said = sum(units[name] for name in _NOTED)
    if said > noted:
        return {
            "sound": say(
                "This makes {said:,}, and {noted:,} are under way. What came beyond them belongs under “Beyond the "
                "note”.",
                said=said,
                noted=noted,
            )
        }
    if said_missing and said + units["missing"] != noted:
        return {
            "missing": say(
                "With the missing ones this makes {said:,}, and {noted:,} are under way. Count again, or leave this "
                "empty.",
                said=said + units["missing"],
                noted=noted,
            )
        }
    if units["over"] and said < noted:
        return {"over": say("Nothing came beyond the note while {left:,} of it are missing.", left=noted - said)}
    return {}


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _arrival(line: TypedArrival, units: Mapping[str, int], own: NotedLine | None) -> Arrival:
    if own is None:
        lot = line.lot.strip()
        which = Row(item=line.item.strip(), quantity=None, lot_no="" if lot == NO_LOT else lot or None,
                    expires=line.expires or None)  # fmt: skip
        came = units["sound"]
        units = {"sound": came} if line.instead else {"over": came}
    else:
        which = Row(item=own.item, quantity=None, lot_no=own.lot_no, expires=own.expires)
    said = Arrival(item=which.item, lot_no=which.lot_no, expires=which.expires, reason=line.reason)
    numbers: dict[str, Any] = {name: each for name, each in units.items() if name != "missing"}
    return replace(said, instead_of=line.instead if own is None else "", **numbers)


def _differences(arrival: Arrival, noted: int) -> Iterator[Sentence]:
    """Tell in what a line differs from the note, and what that does."""
    which = say("{item} ({lot})", item=arrival.item, lot=lot_word(arrival.lot_no or ""))
    left = noted - sum(arrival.noted)
    if left > 0:
        yield say(
            "{units:,} of {which} are missing: they stay open until somebody says what became of them.",
            units=left, which=which,
        )  # fmt: skip
    said = {**{name: getattr(arrival, name) for name in _MEANS}, "over": arrival.over}
    if arrival.instead_of:
        yield say(
            "{units:,} of {which} came in place of {other}, and stay open until it is explained where they came from.",
            units=arrival.sound, which=which, other=arrival.instead_of,
        )  # fmt: skip
    for name, message in _MEANS.items():
        if said[name]:
            yield Sentence(message.message, {"units": said[name], "which": which})


_MEANS = {
    "damaged": say("{units:,} of {which} arrived damaged, and are no longer in stock."),
    "lost": say("{units:,} of {which} are lost."),
    "held": say("{units:,} of {which} are set aside until they are released."),
    "refused": say("{units:,} of {which} go back, as a shipment of their own."),
    "stayed": say("{units:,} of {which} never left, and are in stock where they were sent from."),
    "over": say("{units:,} of {which} came beyond the note, and stay open until it is explained where they came from."),
}


def with_scanned(
    typed: Sequence[TypedArrival], noted: Sequence[NotedLine], scanned: Iterable[ScannedLine]
) -> list[TypedArrival]:
    """Return the lines with what was scanned in them: what of the note was not scanned has not arrived.

    A lot that is not on the note stands in a line of its own; what was scanned of a lot beyond the note, beside it.
    """
    left = dict.fromkeys(range(len(noted)), 0)
    more: list[TypedArrival] = []
    for row in rows_of(scanned):
        at = _line_of(noted, row.item, row.lot_no, row.expires)
        if at is None:
            more.append(
                TypedArrival(item=row.item, lot=row.lot_no or "", expires=row.expires or "", sound=str(row.quantity),
                             noted=False)
            )  # fmt: skip
        else:
            left[at] += row.quantity or 0
    filled = [
        replace(line, sound=str(min(left[at], noted[at].units)), over=str(max(left[at] - noted[at].units, 0) or ""))
        for at, line in enumerate(typed[: len(noted)])
    ]
    return [*filled, *more]


def _line_of(noted: Sequence[NotedLine], item: str, lot_no: str | None, expires: str | None) -> int | None:
    """Return the line of the note that a scanned lot is of; None where it is none of them, or may be several."""
    found = [
        at
        for at, line in enumerate(noted)
        if line.item == item
        and lot_no in (None, line.lot_no)
        and (expires is None or line.expires in (expires, NO_EXPIRY))
    ]
    return found[0] if len(found) == 1 else None
