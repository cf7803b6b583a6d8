"""Shipments of which something is under way still: those nobody has confirmed, and those that arrived with differences.

A shipment is expected on the day its document says, else as many hours after it left as its road takes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.case import MICRO
from allocator.sentence import Sentence, say
from models.cuts import ALL, NOW, held_by
from models.days import DAY, day_of
from models.entry import LotKey
from models.locations import owner_of
from models.reversal import was_reversed
from models.shipments import SENDS
from models.tables import balance, document, item, lane, location, lot

__all__ = ["OpenNote", "days_late", "how_to_confirm", "open_notes"]

_AT_ONCE = 500  # so that no statement passes a database's limit of variables


@dataclass(frozen=True, kw_only=True)
class OpenNote:
    """A shipment with the `lots` that are under way still. `document`: what sent it; `plan`: "" where none did.

    `expected`: the day on which it should arrive. `differs_since`: the day of the first receipt of some of it, since
    when the rest is a difference that nobody has explained; None where nothing was confirmed.
    """

    number: str
    document: int
    plan: str
    site: str
    to: str
    expected: dt.date
    lots: tuple[tuple[LotKey, int], ...]
    differs_since: dt.date | None

    @property
    def units(self) -> int:
        """The units that are under way."""
        return sum(units for _, units in self.lots)


def days_late(note: OpenNote, day: dt.date, confirm_days: int) -> int:
    """Return how many days a shipment is late on a day; 0 where it is not, or was confirmed.

    It is late once more than `confirm_days` have passed since the day on which it was expected.
    """
    late = (day - note.expected).days - confirm_days
    return max(0, late) if note.differs_since is None else 0


def how_to_confirm(note: OpenNote) -> Sentence:
    """Say the command that accounts for a shipment: it arrived, or, where some of it did, its first open item is lost.

    >>> lots = ((LotKey("GOWN", "A", "9999-12-31"), 2), (LotKey("GOWN", "B", "9999-12-31"), 1))
    >>> day = dt.date(2020, 2, 10)
    >>> note = OpenNote(number="T", document=1, plan="", site="D", to="P", expected=day, lots=lots, differs_since=day)
    >>> str(how_to_confirm(note)).partition(": ")[2]
    'allocator confirm T GOWN --lost 3 --reason lost-on-the-way'
    """
    if note.differs_since is None:
        return say("When it has arrived: allocator confirm {note} --all", note=note.number)
    first = note.lots[0][0].item
    # All of an item at once: then its lots need not be told apart.
    return say(
        "Confirm the rest when it arrives, or say what became of it: "
        "allocator confirm {note} {code} --lost {units} --reason lost-on-the-way",
        note=note.number,
        code=first,
        units=sum(units for key, units in note.lots if key.item == first),
    )


def open_notes(
    connection: sa.Connection, zone: ZoneInfo, *, until: int | None = None, shipment: str | None = None
) -> list[OpenNote]:
    """Return the shipments sent `until` then (UTC microseconds) of which something is under way, the oldest first."""
    lots = _under_way(connection, shipment)
    found: list[OpenNote] = []
    numbers = sorted(lots)
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        received_at = _received_at(connection, some)
        sent = [(row, json.loads(row.body)) for row in _sent(connection, some, until)]
        hours_micro = _hours_micro(connection, [body for _, body in sent if not body["details"].get("arrives")])
        for row, body in sent:
            site, to, arrives = body["site"] or "", body["details"].get("to", ""), body["details"].get("arrives")
            takes = hours_micro.get((site, to), 0) * (DAY // 24) // MICRO
            at = received_at.get(row.shipment)
            found.append(
                OpenNote(
                    number=row.shipment,
                    document=row.id,
                    plan=row.allocation or "",
                    site=site,
                    to=to,
                    expected=dt.date.fromisoformat(arrives) if arrives else day_of(row.occurred_at + takes, zone),
                    lots=tuple(lots[row.shipment]),
                    differs_since=None if at is None else day_of(at, zone),
                )
            )
    return sorted(found, key=lambda note: (note.expected, note.document))


def _under_way(connection: sa.Connection, shipment: str | None) -> dict[str, list[tuple[LotKey, int]]]:
    key = (item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark)
    query = (
        held_by(ALL, NOW, kinds=("IN_TRANSIT",), empty=False)
        .with_only_columns(location.c.code, balance.c.units, *key)
        .join(location, location.c.id == balance.c.location)
        .join(lot, lot.c.id == balance.c.lot)
        .join(item, item.c.id == lot.c.item)
        .order_by(location.c.code, item.c.code, lot.c.expires, lot.c.lot_no)
    )
    if shipment is not None:
        query = query.where(location.c.code == f"IN_TRANSIT:{shipment}")
    lots: dict[str, list[tuple[LotKey, int]]] = defaultdict(list)
    for code, units, *parts in connection.execute(query):
        lots[owner_of(code)].append((LotKey(*parts), units))
    return lots


def _sent(connection: sa.Connection, numbers: Sequence[str], until: int | None) -> Iterable[sa.Row[tuple[object, ...]]]:
    columns = [document.c[name] for name in ("id", "shipment", "allocation", "occurred_at", "body")]
    query = sa.select(*columns).where(document.c.shipment.in_(numbers), document.c.type.in_(SENDS), ~was_reversed())
    if until is not None:
        query = query.where(document.c.occurred_at <= until)
    return connection.execute(query.order_by(document.c.id)).all()


def _received_at(connection: sa.Connection, numbers: Sequence[str]) -> dict[str, int]:
    """Return when (UTC microseconds) the first receipt that stands of each of some shipments happened."""
    query = (
        sa.select(document.c.shipment, sa.func.min(document.c.occurred_at))
        .where(document.c.shipment.in_(numbers), document.c.type == "confirm", ~was_reversed())
        .group_by(document.c.shipment)
    )
    return {number: at for number, at in connection.execute(query) if number is not None}


def _hours_micro(connection: sa.Connection, bodies: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    """Return the hours, in millionths, that the road of each of some documents takes, by the codes of its ends."""
    depot, site = location.alias(), location.alias()
    query = (
        sa.select(depot.c.code, site.c.code, lane.c.hours_micro)
        .join_from(lane, depot, depot.c.id == lane.c.depot)
        .join(site, site.c.id == lane.c.site)
        .where(depot.c.code.in_({body["site"] or "" for body in bodies}))
        .where(site.c.code.in_({body["details"].get("to", "") for body in bodies}))
    )
    return {(start, end): hours or 0 for start, end, hours in connection.execute(query)} if bodies else {}
