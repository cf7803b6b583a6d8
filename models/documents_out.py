"""Documents by which stock leaves for where it is used: issued at a site, or sent to another.

Which lots leave is chosen here (`models/lots_out.py`), unless a lot was said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from allocator.sentence import Sentence, say
from models.days import clock_of, day_of
from models.documents import Draft, entry_of
from models.documents_aside import check_reason
from models.entry import Entry, Line, LotKey, Refusal
from models.lots_out import Choice, Terms, choose
from models.requests import NO_LOT, Head, Row, head_asked
from models.stockroom import Stockroom, lots_named
from models.words import place_word

__all__ = ["TooFew", "emergency_issue", "issue", "shipment_number", "transfer"]


class TooFew(Refusal):
    """Fewer units can leave than were asked for, though some may."""


def issue(head: Head, *, site: str, rows: Sequence[Row], life_days_min: int = 0, partial: bool = False) -> Draft:
    """Return the use of supplies at a site. `partial`: where there are too few, take what there is."""
    asked = head_asked("issue", head, rows, site=site, life_days_min=life_days_min, partial=partial)

    def fill(room: Stockroom, entry: Entry) -> Entry:
        return _filled(room, entry, rows, site, site, f"CONSUMED:{site}", life_days_min, partial=partial)

    return Draft(entry_of("issue", head, asked, site=site), fill, head.explains, early=True)


def transfer(head: Head, *, site: str, to: str, rows: Sequence[Row], **terms: Any) -> Draft:
    """Return the sending of supplies from one site to another: under way until the other confirms.

    `terms`: as in `_sending`.

    Raises:
        Refusal: it would go where it is.

    """
    return _sending("transfer", head, site=site, to=to, rows=rows, **terms)


def emergency_issue(head: Head, *, site: str, to: str, rows: Sequence[Row], **terms: Any) -> Draft:
    """Return supplies that leave before any plan, with the reason: a transfer that another person countersigns later.

    `terms`: as in `_sending`.

    Raises:
        Refusal: it would go where it is, or the reason is none of those there are.

    """
    check_reason("emergency", head)
    return _sending("emergency", head, site=site, to=to, rows=rows, **terms)


def _sending(
    type_: str,
    head: Head,
    *,
    site: str,
    to: str,
    rows: Sequence[Row],
    arrives: str = "",
    life_days_min: int = 0,
    partial: bool = False,
) -> Draft:
    """Return a document that puts supplies under way.

    `arrives`: ISO day on which it is expected, "" where nobody said; `life_days_min`: days a lot must have left;
    `partial`: where there are too few, send what there is.
    """
    if to == site:
        raise Refusal(say("{site} cannot send to itself. Name another site.", site=site))
    terms = {"arrives": arrives, "life_days_min": life_days_min, "partial": partial}
    asked = head_asked(type_, head, rows, site=site, to=to, **terms)
    number = shipment_number(head.key)
    details = {"to": to} | ({"arrives": arrives} if arrives else {})

    def fill(room: Stockroom, entry: Entry) -> Entry:
        room.know((row.item for row in rows), places=[site, to])
        return _filled(room, entry, rows, site, to, f"IN_TRANSIT:{number}", life_days_min, partial=partial)

    draft = entry_of(type_, head, asked, site=site, shipment=number, details=details)
    return Draft(draft, fill, head.explains, early=True)


_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # those that are not mistaken for one another


def shipment_number(key: str) -> str:
    """Return the number of the shipment that a document with this key sends: short enough to be read out.

    >>> shipment_number("k1"), shipment_number("k2")
    ('T-FWT3ZWA', 'T-5YTWQF5')
    """
    bits = int.from_bytes(hashlib.sha256(key.encode()).digest()[:5])
    return "T-" + "".join(_LETTERS[(bits >> 5 * n) & 31] for n in range(7))


def _filled(
    room: Stockroom,
    entry: Entry,
    rows: Sequence[Row],
    place: str,
    goes_to: str,
    target: str,
    life_days_min: int,
    *,
    partial: bool,
) -> Entry:
    """Return a document with the lots that were chosen, and what is short and was passed over in its details."""
    room.know((row.item for row in rows), places=[place])
    room.look_at([place, f"QUARANTINE:{place}"], (row.item for row in rows))
    day = day_of(entry.occurred_at, room.zone)
    terms = Terms(day=day, site=goes_to, area=room.area_of(goes_to), life_days_min=life_days_min)
    lines: list[Line] = []
    short: list[dict[str, Any]] = []
    passed: dict[LotKey, dict[str, Any]] = {}
    wrong: list[Sentence] = []
    for row in rows:
        units = room.units_of(row)
        choice = _chosen(room, row, place, units, terms)
        for key, taken in choice.picks:
            room.take(place, key, taken)
            lines.append(Line(place, target, key, taken))
        for each in choice.passed:
            passed[each.key] = _told(each.key) | {"units": each.units, "why": each.why}
        if choice.short_units:
            short.append({"item": row.item, "asked": units, "short": choice.short_units})
            wrong += _too_few(room, place, row, units, choice)
    if wrong and not (partial and lines):
        raise TooFew(*wrong) if lines else Refusal(*wrong)
    details = dict(entry.details)
    details |= {"short": short} if short else {}
    details |= {"passed_over": list(passed.values())} if passed else {}
    return replace(entry, lines=tuple(lines), details=details)


def _chosen(room: Stockroom, row: Row, place: str, units: int, terms: Terms) -> Choice:
    """Return the lots for one line.

    Raises:
        Refusal: the lot that was said does not lie there.

    """
    shelf, held_back = room.shelf(place, row.item), room.shelf(f"QUARANTINE:{place}", row.item)
    meant = [each for each in shelf if row.names(each.key)]
    held_back = [each for each in held_back if row.names(each.key)]
    if shelf and not meant and not held_back:
        raise Refusal(
            say(
                "{site} holds no lot {lot} of {item}. It holds: {lots}. "
                "Say one of these, or leave the lot to the program.",
                site=place_word(place),
                lot=row.lot_no or NO_LOT,
                item=row.item,
                lots=lots_named(shelf),
            )
        )
    return choose(meant, units, terms, quarantined=held_back)


def _told(key: LotKey) -> dict[str, Any]:
    return {"item": key.item, "lot": key.lot_no, "expires": key.expires, "earmark": key.earmark}


def _too_few(room: Stockroom, place: str, row: Row, units: int, choice: Choice) -> list[Sentence]:
    found = units - choice.short_units
    if found:
        first = say(
            "{site} can give {found} of the {asked} units of {item} that were asked for; {short} are short. "
            "Take {found} or fewer, or post the missing receipt first.",
            site=place_word(place),
            found=found,
            asked=units,
            item=row.item,
            short=choice.short_units,
        )
    else:
        first = say(
            "{site} has no units of {item} to give; {asked} were asked for. "
            "Take them from another site, or post the missing receipt first.",
            site=place_word(place),
            item=row.item,
            asked=units,
        )
    now_units = sum(each.units for each in room.shelf(place, row.item, spare=False) if row.names(each.key))
    then_units = sum(each.units for each in room.shelf(place, row.item) if row.names(each.key))
    later = say(
        "{site} holds {now} now, but only {then} of them could be spared on every day since {time}.",
        site=place_word(place),
        now=now_units + found,
        time=clock_of(room.at, room.zone),
        then=then_units + found,
    )
    return [first, *([later] if now_units > then_units else []), *(each.sentence for each in choice.passed)]
