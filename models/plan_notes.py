"""The notes of an approved plan: one for each depot and site, its lots reserved, then sent, then received.

Each note is one `reserve` document; the `dispatch` that sends it refers to it. Both say the note's number,
which is the shipment's too.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from models.entry import LotKey
from models.tables import balance, document, item, location, lot

__all__ = ["PlanNote", "Sent", "left_by_depot", "notes_of", "reserved_now", "under_way"]

_AT_ONCE = 500  # codes in one statement


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The document that sent a note, and the lots with units that left."""

    document: int
    lots: tuple[tuple[LotKey, int], ...]


@dataclass(frozen=True, kw_only=True)
class PlanNote:
    """A note: `lots` with units as they were reserved by `document`. `arrives`: the ISO day it is expected."""

    number: str
    depot: str
    site: str
    arrives: str
    document: int
    lots: tuple[tuple[LotKey, int], ...]
    sent: Sent | None = None

    @property
    def carried(self) -> tuple[tuple[LotKey, int], ...]:
        """The lots that go, or went, with it."""
        return self.lots if self.sent is None else self.sent.lots


def notes_of(connection: sa.Connection, plan: str) -> list[PlanNote]:
    """Return the notes of a plan by number; none before it is approved."""
    query = (
        sa.select(document.c.id, document.c.type, document.c.shipment, document.c.body)
        .where(document.c.allocation == plan, document.c.type.in_(("reserve", "dispatch")))
        .order_by(document.c.id)
    )
    reserved: list[tuple[int, dict[str, object], tuple[tuple[LotKey, int], ...]]] = []
    sent: dict[str, Sent] = {}
    for row in connection.execute(query):
        body = json.loads(row.body)
        lots = tuple(_lot(line) for line in body["lines"])
        if row.type == "reserve":
            reserved.append((row.id, {"depot": body["site"], **body["details"]}, lots))
        else:
            sent[row.shipment] = Sent(document=row.id, lots=lots)
    notes = [
        PlanNote(
            number=str(said["note_number"]),
            depot=str(said["depot"]),
            site=str(said["to"]),
            arrives=str(said["arrives"]),
            document=number,
            lots=lots,
            sent=sent.get(str(said["note_number"])),
        )
        for number, said, lots in reserved
    ]
    return sorted(notes, key=lambda note: (len(note.number), note.number))


def _lot(line: dict[str, object]) -> tuple[LotKey, int]:
    key = LotKey(*(str(line[name]) for name in ("item", "lot", "expires", "fund", "earmark")))
    return key, int(str(line["units"]))


def under_way(connection: sa.Connection, notes: Sequence[PlanNote]) -> dict[str, int]:
    """Return the units of each note that nobody has accounted for yet, by number; only notes that have any."""
    found: dict[str, int] = {}
    for start in range(0, len(notes), _AT_ONCE):
        codes = [f"IN_TRANSIT:{note.number}" for note in notes[start : start + _AT_ONCE]]
        query = (
            sa.select(location.c.code, sa.func.sum(balance.c.units))
            .join(balance, balance.c.location == location.c.id)
            .where(location.c.code.in_(codes), balance.c.units > 0)
            .group_by(location.c.code)
        )
        found |= {code.partition(":")[2]: int(units) for code, units in connection.execute(query)}
    return found


def reserved_now(connection: sa.Connection, plan: str) -> dict[LotKey, int]:
    """Return what still lies reserved for a plan, by lot."""
    query = (
        sa.select(item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark, balance.c.units)
        .join_from(balance, location, location.c.id == balance.c.location)
        .join(lot, lot.c.id == balance.c.lot)
        .join(item, item.c.id == lot.c.item)
        .where(location.c.code == f"RESERVED:{plan}", balance.c.units > 0)
    )
    return {LotKey(*row[:5]): int(row[5]) for row in connection.execute(query)}


def left_by_depot(notes: Iterable[PlanNote], held: dict[LotKey, int]) -> dict[str, dict[LotKey, int]]:
    """Return what is still reserved, by the depot on whose shelves it lies and by lot.

    What was reserved for a note and did not leave with it; less where a recall has taken it away.
    """
    rest = dict(held)
    left: dict[str, dict[LotKey, int]] = defaultdict(lambda: defaultdict(int))
    for note in notes:
        gone = dict(note.sent.lots) if note.sent else {}
        for key, units in note.lots:
            stays = min(units - gone.get(key, 0), rest.get(key, 0))
            if stays > 0:
                left[note.depot][key] += stays
                rest[key] -= stays
    return left
