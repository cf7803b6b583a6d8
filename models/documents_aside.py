"""Documents about stock that is not as it should be: adjusted, written off, quarantined, released, returned.

They never choose a lot: where a place holds several, the one that is meant must be said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from allocator.sentence import Sentence, say
from models.documents import Draft, entry_of
from models.documents_in import the_lot
from models.entry import Entry, Line, LotKey, Refusal
from models.locations import kind_of, owner_of
from models.reasons import REASONS, Reason, reason_named
from models.requests import NO_LOT, Head, Row, head_asked
from models.stockroom import OnShelf, Stockroom, lots_named
from models.words import place_word, type_word

__all__ = ["adjust", "check_reason", "give_back", "quarantine", "release", "return_to", "writeoff"]


def adjust(head: Head, *, site: str, rows: Sequence[Row], more: bool) -> Draft:
    """Return a correction of a site's stock, upwards (`more`) or downwards, with its reason."""
    reason = check_reason("adjust", head)
    asked = head_asked("adjust", head, rows, site=site, more=more)
    sink = reason.to if reason.to in ("COUNT_SHORT", "OUTSIDE") else "COUNT_SHORT"

    def fill(room: Stockroom, entry: Entry) -> Entry:
        if not more:
            return _moved(room, entry, rows, site, sink)
        room.know((row.item for row in rows), places=[site])
        lines = (Line("COUNT_GAIN", site, _lot_held(room, site, row), room.units_of(row)) for row in rows)
        return replace(entry, lines=tuple(lines))

    return Draft(entry_of("adjust", head, asked, site=site), fill, head.explains)


def writeoff(head: Head, *, site: str, rows: Sequence[Row], from_quarantine: bool = False) -> Draft:
    """Return the loss of stock; the reason says whether it was lost, damaged or destroyed."""
    reason = check_reason("writeoff", head)
    asked = head_asked("writeoff", head, rows, site=site, from_quarantine=from_quarantine)
    place = f"QUARANTINE:{site}" if from_quarantine else site
    return _move("writeoff", head, asked, rows, site, place, reason.to)


def quarantine(head: Head, *, site: str, rows: Sequence[Row]) -> Draft:
    """Return the setting aside of stock at a site, until it is released, written off or returned."""
    check_reason("quarantine", head)
    asked = head_asked("quarantine", head, rows, site=site)
    return _move("quarantine", head, asked, rows, site, site, f"QUARANTINE:{site}")


def release(head: Head, *, site: str, rows: Sequence[Row]) -> Draft:
    """Return the release of stock from a site's quarantine; what is recalled is not released."""
    check_reason("release", head)
    asked = head_asked("release", head, rows, site=site)

    def check(each: OnShelf) -> None:
        if each.recalled:
            raise Refusal(
                say(
                    "Lot {lot} of {item} was recalled and stays in quarantine. "
                    "End the recall first with: allocator recall {lot} --item {code} --end",
                    lot=each.key.lot_no or NO_LOT,
                    item=each.key.item,
                    code=each.key.item,
                )
            )

    return _move("release", head, asked, rows, site, f"QUARANTINE:{site}", site, check)


def return_to(head: Head, *, site: str, partner: str, rows: Sequence[Row], from_quarantine: bool = False) -> Draft:
    """Return stock to the partner it came from; never more than came."""
    check_reason("return", head)
    asked = head_asked("return", head, rows, site=site, partner=partner, from_quarantine=from_quarantine)
    place = f"QUARANTINE:{site}" if from_quarantine else site

    def fill(room: Stockroom, entry: Entry) -> Entry:
        room.know((row.item for row in rows), places=[site], partners=[partner])
        return _moved(room, entry, rows, place, room.partner_place(partner))

    draft = entry_of("return", head, asked, site=site, details={"partner": partner})
    return Draft(draft, fill, head.explains)


def give_back(head: Head, *, site: str, rows: Sequence[Row]) -> Draft:
    """Return to a site's stock what was taken for use there and not used."""
    check_reason("return", head)
    asked = head_asked("return", head, rows, site=site, unused=True)
    return _move("return", head, asked, rows, site, f"CONSUMED:{site}", site)


def check_reason(type_: str, head: Head) -> Reason:
    """Return the reason of a document.

    Raises:
        Refusal: it is none of those that there are for its type; they are named.

    """
    reason = reason_named(type_, head.reason)
    if reason is None:
        raise Refusal(
            say(
                '"{found}" is no reason for a document of type {type}. Give one of: {reasons}.',
                found=head.reason,
                type=type_word(type_),
                reasons=[each.code for each in REASONS[type_]],
            )
        )
    return reason


def _move(
    type_: str,
    head: Head,
    asked: dict[str, object],
    rows: Sequence[Row],
    site: str,
    place: str,
    target: str,
    check: Callable[[OnShelf], None] = lambda _: None,
) -> Draft:
    def fill(room: Stockroom, entry: Entry) -> Entry:
        return _moved(room, entry, rows, place, target, check)

    return Draft(entry_of(type_, head, asked, site=site), fill, head.explains)


def _moved(
    room: Stockroom,
    entry: Entry,
    rows: Iterable[Row],
    place: str,
    target: str,
    check: Callable[[OnShelf], None] = lambda _: None,
) -> Entry:
    """Return a document that moves the lots that were meant from one place to another."""
    rows = list(rows)
    room.know((row.item for row in rows), places=[place])
    lines: list[Line] = []
    for row in rows:
        for each, units in _meant(room, row, place):
            check(each)
            room.take(place, each.key, units)
            lines.append(Line(place, target, each.key, units))
    return replace(entry, lines=tuple(lines))


def _meant(room: Stockroom, row: Row, place: str) -> list[tuple[OnShelf, int]]:
    """Return the lot that a line means with its units, or every lot where it means them all.

    Raises:
        Refusal: nothing of it lies there, or several lots do and none was said.

    """
    # Posting refuses a day that falls short, and names it.
    shelf = room.shelf(place, row.item, spare=False)
    meant = [each for each in shelf if row.names(each.key)]
    if not meant and shelf:
        raise Refusal(
            say(
                "{site} holds no lot {lot} of {item}. It holds: {lots}. Say one of these.",
                site=place_word(place),
                lot=row.lot_no or NO_LOT,
                item=row.item,
                lots=lots_named(shelf),
            )
        )
    if not meant and kind_of(place) == "CONSUMED":
        raise Refusal(
            say(
                "Nothing of {item} is booked as used at {site}, so none can come back. Check site and item.",
                site=owner_of(place),
                item=row.item,
            )
        )
    if not meant:
        raise Refusal(
            say(
                "{site} holds no {item}, so nothing of it can be moved. Check site and item.",
                site=place_word(place),
                item=row.item,
            )
        )
    if row.quantity is None or room.units_of(row) == sum(each.units for each in meant):
        return [(each, each.units) for each in meant]
    if len(meant) > 1:
        raise Refusal(_several(place, row, meant))
    return [(meant[0], room.units_of(row))]


def _several(place: str, row: Row, lots: Sequence[OnShelf]) -> Sentence:
    return say(
        "{site} holds several lots of {item}: {lots}. Say which one is meant, with its lot number "
        "and, where that is not enough, its expiry.",
        site=place_word(place),
        item=row.item,
        lots=lots_named(lots),
    )


def _lot_held(room: Stockroom, site: str, row: Row) -> LotKey:
    """Return the lot that a line adds to: the one that lies there, else as it was said."""
    meant = [each for each in room.shelf(site, row.item) if row.names(each.key)]
    if len(meant) > 1:
        raise Refusal(_several(site, row, meant))
    return meant[0].key if meant else the_lot(room, row)
