"""Where that came from which a shipment brought beyond its note: the explanation that closes the matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from allocator.sentence import say
from models.beyond import open_surplus
from models.days import clock_of
from models.documents import Draft, entry_of
from models.documents_aside import check_reason
from models.documents_confirm import what_sent
from models.entry import Entry, Line, LotKey, Refusal
from models.requests import NO_LOT, Head, Row, said_in
from models.stockroom import Stockroom

__all__ = ["settle"]


def settle(head: Head, *, shipment: str, row: Row | None = None, other: str = "", partner: str = "") -> Draft:
    """Return the explanation of what came beyond a shipment; `row`: of which item or lot, None for all of it.

    The reason says where it came from: the shelf that it was loaded from, the `other` shipment in which it is missing,
    the `partner` who gave it on the way, what a count has found missing, or nobody knows where.

    Raises:
        Refusal: no reason of the list is given, or not what the reason asks for.

    """
    reason = check_reason("settle", head)
    for is_due, is_said, option in (
        (reason.to == "IN_TRANSIT", bool(other), "--other"),
        (reason.to == "PARTNER", bool(partner), "--partner"),
    ):
        if is_due and not is_said:
            raise Refusal(say("The reason {reason} needs {option}.", reason=head.reason, option=option))
        if is_said and not is_due:
            raise Refusal(say("{option} does not go with the reason {reason}.", reason=head.reason, option=option))
    asked = {
        "type": "settle",
        "shipment": shipment,
        "row": None if row is None else asdict(row),
        "other": other,
        "partner": partner,
        "head": said_in(head),
    }

    def fill(room: Stockroom, entry: Entry) -> Entry:
        sent = what_sent(room.connection, shipment)
        room.know(() if row is None else [row.item], partners=[partner] if partner else [])
        source = {
            "SITE": sent.site,
            "IN_TRANSIT": f"IN_TRANSIT:{other}",
            "PARTNER": room.partner_place(partner) if partner else "",
        }.get(reason.to, reason.to)
        if other:
            what_sent(room.connection, other)
        if not source:
            raise Refusal(
                say(
                    "Nobody said from where shipment {shipment} came. Give another reason: {reasons}.",
                    shipment=shipment,
                    reasons=["counted-missing", "found"],
                )
            )
        lines = (Line(source, f"SURPLUS:{shipment}", key, units) for key, units in _meant(room, entry, shipment, row))
        return replace(entry, site=sent.to, lines=tuple(lines), refers_to=entry.refers_to or sent.document)

    draft = entry_of("settle", head, asked, site=None, shipment=shipment)
    return Draft(draft, fill, head.explains)


def _meant(room: Stockroom, entry: Entry, shipment: str, row: Row | None) -> Sequence[tuple[LotKey, int]]:
    """Return the lots that are explained, with how many units of each."""
    lots = _unexplained(room, entry, shipment, row)
    if row is None or row.quantity is None:
        return lots
    asked, left = room.units_of(row), sum(units for _, units in lots)
    if asked > left:
        raise Refusal(
            say(
                "Only {left} units of {item} came beyond shipment {shipment} and are not explained, so {asked} cannot "
                "be. Explain {left} or fewer.",
                left=left,
                item=row.item,
                shipment=shipment,
                asked=asked,
            )
        )
    if len(lots) > 1 and asked < left:
        raise Refusal(
            say(
                "Several lots of {item} came beyond shipment {shipment}: {lots}. Say with --lot which one.",
                item=row.item,
                shipment=shipment,
                lots=[f"{key.lot_no or NO_LOT}: {units}" for key, units in lots],
            )
        )
    return lots if asked == left else [(lots[0][0], asked)]


def _unexplained(room: Stockroom, entry: Entry, shipment: str, row: Row | None) -> Sequence[tuple[LotKey, int]]:
    """Return the lots that came beyond a shipment and are not explained, of what is asked about."""
    found = next(iter(open_surplus(room.connection, room.zone, shipment=shipment)), None)
    lots = [] if found is None else [each for each in found.lots if row is None or row.names(each[0])]
    if found is None or not lots:
        which = say("Nothing") if row is None else say("Nothing of {item}", item=row.item)
        raise Refusal(
            say(
                "{which} came beyond shipment {shipment} that is not explained. What is open is listed by: "
                "allocator plans",
                which=which,
                shipment=shipment,
            )
        )
    if entry.occurred_at < found.at:
        raise Refusal(
            say(
                "What came beyond shipment {shipment} was found at {time}. Explain it as of then or later.",
                shipment=shipment,
                time=clock_of(found.at, room.zone),
            )
        )
    return lots
