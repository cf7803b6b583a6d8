"""The notes of an approved plan: one for each depot and site, its lots reserved, then sent, then received.

Each note is one `reserve` document; the `dispatch` that sends it refers to it. Both say the note's number,
which is the shipment's too. A dispatch that was reversed sent nothing: its note waits to be sent again.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from models.entry import LotKey
from models.reversal import was_reversed
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
    """A note: `lots` with units as they were reserved by `document`. `arrives`: the ISO day it is expected.

    `sent`: None while it waits; `sent_in_vain`: how many dispatches of it were reversed. `life_days_min`: days
    its lots must have left when they leave.
    """

    number: str
    depot: str
    site: str
    arrives: str
    document: int
    lots: tuple[tuple[LotKey, int], ...]
    sent: Sent | None = None
    sent_in_vain: int = 0
    life_days_min: int = 0

    @property
    def carried(self) -> tuple[tuple[LotKey, int], ...]:
        """The lots that go, or went, with it."""
        return self.lots if self.sent is None else self.sent.lots


def notes_of(connection: sa.Connection, plan: str) -> list[PlanNote]:
    """Return the notes of a plan by number; none before it is approved.

    A note whose reservation was reversed is none any more, unless it was sent before.
    """
    sent, in_vain = _sent(connection, plan)
    notes: list[PlanNote] = []
    for number, body, undone in _documents(connection, plan, "reserve"):
        said = body["details"]
        note = said["note_number"]
        if undone and note not in sent:
            continue
        notes.append(
            PlanNote(
                number=note,
                depot=body["site"],
                site=said["to"],
                arrives=said["arrives"],
                document=number,
                lots=_lots(body),
                sent=sent.get(note),
                sent_in_vain=in_vain[note],
                life_days_min=said.get("life_days_min", 0),
            )
        )
    return sorted(notes, key=lambda note: (len(note.number), note.number))


def _sent(connection: sa.Connection, plan: str) -> tuple[dict[str, Sent], Counter[str]]:
    """Return what sent each note, by its number, and how many dispatches of each were reversed."""
    sent: dict[str, Sent] = {}
    in_vain: Counter[str] = Counter()
    for number, body, undone in _documents(connection, plan, "dispatch"):
        if undone:
            in_vain[body["shipment"]] += 1
        else:
            sent[body["shipment"]] = Sent(document=number, lots=_lots(body))
    return sent, in_vain


def _documents(connection: sa.Connection, plan: str, type_: str) -> Iterator[tuple[int, dict[str, Any], bool]]:
    """Return the id and the body of each document of a type that a plan has, and whether it was reversed."""
    query = (
        sa.select(document.c.id, document.c.body, was_reversed())
        .where(document.c.allocation == plan, document.c.type == type_)
        .order_by(document.c.id)
    )
    for number, body, undone in connection.execute(query):
        yield number, json.loads(body), bool(undone)


def _lots(body: Mapping[str, Any]) -> tuple[tuple[LotKey, int], ...]:
    names = ("item", "lot", "expires", "fund", "earmark")
    return tuple((LotKey(*(line[name] for name in names)), line["units"]) for line in body["lines"])


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
