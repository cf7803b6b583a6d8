"""Counts: what was found of a lot, or of a whole item. A blank is not counted, never zero.

A count stands at the time it was made: what happened before is in what was found, what happened
later is not. Where stock moved since the sheet was printed, that is shown and asked about; the count
neither adds nor hides it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.days import clock_of
from models.documents import Draft, entry_of
from models.documents_in import the_lot
from models.entry import Counted, Entry, Refusal
from models.requests import NO_LOT, Head, Row, head_asked
from models.stockroom import Stockroom, lots_named
from models.tables import document, item, location, lot, move
from models.words import lot_word, type_word

__all__ = ["Sheet", "StockMoved", "count"]

_SHOWN_MAX = 10


class StockMoved(Refusal):
    """Stock moved since the sheet was printed, and nobody said that this is known."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The sheet a count was written on: the last document it knew, or when it was printed (UTC microseconds).

    `moves_known`: the person who counts was shown what moved since.
    """

    document: int | None = None
    printed_at: int | None = None
    moves_known: bool = False


def count(
    head: Head, *, site: str, rows: Sequence[Row], whole: Collection[str] = (), sheet: Sheet | None = None
) -> Draft:
    """Return a count at a site. `whole`: items of which every lot was counted; others of their lots were not there.

    Raises:
        Refusal: nothing was counted, or a blank stands among the lots of a whole item.

    """
    found = [row for row in rows if row.quantity is not None]
    blank = sorted({row.item for row in rows if row.quantity is None} & set(whole))
    if blank:
        raise Refusal(
            *(
                say(
                    "{item} is said to be counted whole, but a line of it is blank, which means not counted. "
                    "Write 0 where nothing was found, or do not say that the whole item was counted.",
                    item=code,
                )
                for code in blank
            )
        )
    on_sheet = None if sheet is None else [sheet.document, sheet.printed_at]
    asked = head_asked("count", head, found, site=site, whole=sorted(whole), sheet=on_sheet)

    def fill(room: Stockroom, entry: Entry) -> Entry:
        room.know({row.item for row in found} | set(whole), places=[site])
        if sheet is not None and not sheet.moves_known:
            _refuse_if_moved(room, site, _lots_meant(found, whole), sheet, entry)
        room.look_at([site], (row.item for row in found))
        counted = [each for row in found for each in _counted(room, site, row, whole=row.item in whole)]
        _refuse_twice(site, counted)
        counted += [Counted(site, code, None, 0) for code in sorted(whole)]
        return replace(entry, counted=tuple(counted))

    return Draft(entry_of("count", head, asked, site=site), fill, head.explains, early=sheet is None)


def _lots_meant(rows: Sequence[Row], whole: Collection[str]) -> dict[str, set[str] | None]:
    """Return the lot numbers that a count speaks of by item; None: it may speak of any."""
    meant: dict[str, set[str] | None] = dict.fromkeys(whole)
    for row in rows:
        lots = meant.setdefault(row.item, set())
        if row.lot_no is None:
            meant[row.item] = None
        elif lots is not None:
            lots.add(row.lot_no)
    return meant


def _counted(room: Stockroom, site: str, row: Row, *, whole: bool) -> list[Counted]:
    """Return what one line says: of the lot it names, or of the only one there is."""
    units = 0 if row.quantity == 0 else room.units_of(row)
    meant = [each for each in room.shelf(site, row.item) if row.names(each.key)]
    if not units and whole and row.lot_no is None:
        return []  # "whole" says it: none of any lot
    if len(meant) > 1:
        raise Refusal(
            say(
                "{site} holds several lots of {item}: {lots}. Say what was found of each lot; "
                "if nothing was found of any, say 0 and that the whole item was counted.",
                site=site,
                item=row.item,
                lots=lots_named(meant),
            )
        )
    key = meant[0].key if meant else the_lot(room, row)
    return [Counted(site, row.item, key, units)]


def _refuse_twice(site: str, counted: Sequence[Counted]) -> None:
    times = Counter(row.lot for row in counted)
    twice = [key for key, number in times.items() if number > 1 and key is not None]
    if twice:
        raise Refusal(
            *(
                say(
                    "Lot {lot} of {item} is counted twice at {site}. Add the two up and write one line.",
                    lot=key.lot_no or NO_LOT,
                    item=key.item,
                    site=site,
                )
                for key in sorted(twice)
            )
        )


def _refuse_if_moved(
    room: Stockroom, site: str, lots: Mapping[str, set[str] | None], sheet: Sheet, entry: Entry
) -> None:
    moves = _moves_since(room, site, lots, sheet)
    if not moves:
        return
    more = [say("… and {count} more.", count=len(moves) - _SHOWN_MAX)] if len(moves) > _SHOWN_MAX else []
    raise StockMoved(
        say("Stock moved at {site} since the sheet was printed:", site=site),
        *moves[:_SHOWN_MAX],
        *more,
        say(
            "The count would stand at {time}: what happened up to then is part of what was found, what happened "
            "later is not. Give the time at which it was counted with --at, and confirm with --moves-known.",
            time=clock_of(entry.occurred_at, room.zone),
        ),
    )


def _moves_since(room: Stockroom, site: str, lots: Mapping[str, set[str] | None], sheet: Sheet) -> list[Sentence]:
    """Return what moved at a site since a sheet was printed, in the order in which it was recorded."""
    own = sa.select(location.c.id).where(location.c.code == site).scalar_subquery()
    known = document.c.id > sheet.document if sheet.document is not None else document.c.recorded_at > sheet.printed_at
    query = (
        sa.select(
            document.c.id,
            document.c.type,
            document.c.occurred_at,
            item.c.code,
            lot.c.lot_no,
            move.c.units,
            (move.c.to_location == own).label("came"),
        )
        .join_from(document, move, move.c.document == document.c.id)
        .join(lot, lot.c.id == move.c.lot)
        .join(item, item.c.id == lot.c.item)
        .where(known, item.c.code.in_(list(lots)), move.c.counters.is_(None))
        .where(sa.or_(move.c.from_location == own, move.c.to_location == own))
        .order_by(document.c.id, move.c.line)
    )
    return [
        _moved(row, clock_of(row.occurred_at, room.zone))
        for row in room.connection.execute(query)
        if row.lot_no in (lots[row.code] or {row.lot_no})
    ]


def _moved(row: sa.Row[tuple[object, ...]], time: str) -> Sentence:
    values = {
        "number": row.id,
        "type": type_word(row.type),
        "time": time,
        "units": row.units,
        "item": row.code,
        "lot": lot_word(row.lot_no),
    }
    if row.came:
        return say("Document {number} ({type}, {time}): {units} units of {item} ({lot}) came.", **values)
    return say("Document {number} ({type}, {time}): {units} units of {item} ({lot}) went.", **values)
