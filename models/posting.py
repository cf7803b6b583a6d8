"""Post documents: validated, whole or not at all, once for each key, on either database.

The order is always: look up the key; lock the accounts (in ascending order); look up the key again,
for another may have posted it meanwhile; work out counts and what is back-dated; refuse what cannot
be; only then draw the document's id and write. Drawing the id first would put running balances out
of order although every total was right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import say
from models.book import NEVER, Book, Held, Posted, Ready
from models.canonical import digest_of
from models.careful import LATEST, Account, Shift, absorbed_by, count_shifts, counter_shifts, lots_at
from models.enough import (
    NegativeOnDay,
    NotEnoughStock,
    TooManyUnits,
    refuse_if_earlier_day_short,
    refuse_if_short,
    shifts_of,
)
from models.entry import Entry, Line, LotKey, Refusal, check
from models.fitness import refuse_unfit
from models.locations import COUNT_GAIN, COUNT_SHORT
from models.names import Names, Placed, difference_accounts, known, place, unknown
from models.prepared import Prepared
from models.reversal import refuse_unmirrored
from models.tables import balance, document, item, location, lot

__all__ = [
    "Book",
    "Held",
    "KeyUsedOtherwise",
    "NegativeOnDay",
    "NotEnoughStock",
    "Posted",
    "Ready",
    "TooManyUnits",
    "accounts_of",
    "make_ready",
    "post_in",
    "post_many",
    "post_ready",
    "prepare",
]


class KeyUsedOtherwise(Refusal):
    """The key of a retry belongs to another document."""

    def __init__(self, key: str) -> None:
        super().__init__(
            say("The key {key} was used for a document that says something else. Give a new key.", key=key)
        )


def post_in(book: Book, names: Names, entry: Entry, *, recorded_at: int, zone: ZoneInfo) -> Posted:
    """Post one document within the transaction of `book`.

    `names`: those of this transaction.

    Raises:
        Refusal: with the reason; nothing was written.

    """
    # What was asked may be known already although its lines are yet to be worked out.
    posted = _posted_before(book, entry.key, entry.request_hash)
    if posted is None:
        posted = post_ready(book, make_ready(book, names, entry, recorded_at=recorded_at), zone)
        book.flush()
    return posted


def _posted_before(book: Book, key: str, request_hash: Callable[[], bytes]) -> Posted | None:
    """Return the document with a key, None where there is none. `request_hash`: of what is asked now.

    Raises:
        KeyUsedOtherwise: it says something else.

    """
    found = book.find_key(key)
    if found is None:
        return None
    if found[1] != request_hash():
        raise KeyUsedOtherwise(key)
    return Posted(found[0], key, again=True)


def make_ready(book: Book, names: Names, entry: Entry, *, recorded_at: int) -> Ready:
    """Return a document by ids, before anything is locked.

    Raises:
        Refusal: it could never be posted, or speaks of what does not exist.

    """
    asked = entry
    check(entry)
    # Counter-lines are worked out anew, for the counts they stood at may have been reversed since.
    if any(line.counters is not None for line in entry.lines):
        entry = replace(entry, lines=tuple(line for line in entry.lines if line.counters is None))
    connection = book.connection
    if any(unknown(names, entry)):
        book.enter()
    lines = place(connection, names, entry)
    items = _item_ids(connection, {row.item for row in entry.counted if row.lot is None})
    _refuse_unknown_document(connection, entry.refers_to)
    body = entry.body()
    body_hash = digest_of(body)
    return Ready(
        entry=entry,
        lines=lines,
        site=known(names.location(entry.site))[0] if entry.site else None,
        counted=[
            (known(names.location(row.location))[0], *_lot_ids(names, row.lot, items.get(row.item, -1)), row.units)
            for row in entry.counted
        ],
        marks=[(known(names.lot(mark.lot))[0], mark.mark) for mark in entry.marks],
        recorded_at=recorded_at,
        request_hash=body_hash if asked is entry and entry.asked is None else asked.request_hash(),
        body=body,
        body_hash=body_hash,
    )


def post_many(book: Book, names: Names, entries: Sequence[Entry], *, recorded_at: int, zone: ZoneInfo) -> list[Posted]:
    """Post documents within the transaction of `book`, which reads at once what each of them will ask.

    Raises:
        Refusal: why the first that cannot be posted cannot.

    """
    ready = [make_ready(book, names, each, recorded_at=recorded_at) for each in entries]
    prepare(book, ready)
    return [post_ready(book, each, zone) for each in ready]


def prepare(book: Book, documents: Sequence[Ready]) -> None:
    """Lock the accounts of many documents at once, and read what posting each of them will ask."""
    accounts: dict[Account, int] = {}
    for each in documents:
        accounts |= accounts_of(book, each)[0]
    book.prepare(documents, accounts)


def post_ready(book: Book, ready: Ready, zone: ZoneInfo) -> Posted:
    """Post a document that was made ready in the same transaction; `flush` of the book puts it into the database.

    Raises:
        Refusal: with the reason; nothing was written.

    """
    entry = ready.entry
    accounts, counted = accounts_of(book, ready)
    held = book.lock(accounts)
    posted = _posted_before(book, entry.key, lambda: ready.request_hash)
    if posted is not None:
        return posted
    refuse_unfit(book, entry, zone)
    late = _late(ready, held)
    if late.is_back_dated or ready.counted or entry.reverses is not None:
        book.flush()
    if entry.reverses is not None:
        refuse_unmirrored(book.connection, entry, ready.lines, ready.marks)
    more = _further_lines(book, ready, late, held)
    if more:
        ready = _with_lines(book, ready, more)
        accounts = accounts | ready.accounts
        held = book.lock(accounts)
    # The earliest day that would fall short says more than the balance of today.
    if not entry.exception and (more or late.is_back_dated):
        refuse_if_earlier_day_short(book, ready, held, zone)
    refuse_if_short(ready, held)
    return Posted(book.write(ready, counted), entry.key, entry=ready.entry)


def _refuse_unknown_document(connection: sa.Connection, number: int | None) -> None:
    if number is None or connection.execute(sa.select(document.c.id).where(document.c.id == number)).first():
        return
    raise Refusal(say("There is no document {number}. Check its number.", number=number))


def _lot_ids(names: Names, key: LotKey | None, item_id: int) -> tuple[int, int | None]:
    if key is None:
        return item_id, None
    lot_id, own_item = known(names.lot(key))
    return own_item, lot_id


def _item_ids(connection: sa.Connection, codes: set[str]) -> dict[str, int]:
    if not codes:
        return {}
    found: dict[str, int] = dict(_ITEMS.rows(connection, codes=list(codes)))
    wrong = sorted(codes - found.keys())
    if wrong:
        raise Refusal(
            *(say("There is no item {code}. Check the code, or import the item first.", code=code) for code in wrong)
        )
    return found


_ITEMS = Prepared(sa.select(item.c.code, item.c.id).where(item.c.code.in_(sa.bindparam("codes", expanding=True))))


def accounts_of(book: Book, ready: Ready) -> tuple[dict[Account, int], set[Account]]:
    """Return every account a document touches, with its sign, and those among them that it counts."""
    if not ready.counted and not ready.marks:
        return ready.accounts, set()
    counted: set[Account] = set()
    whole = {location_id for location_id, _, lot_id, _ in ready.counted if lot_id is None}
    if whole:
        book.flush()
        book.close_places(whole)
    for location_id, item_id, lot_id, _ in ready.counted:
        lots = lots_at(book.connection, location_id, item_id) if lot_id is None else [lot_id]
        counted |= {(location_id, each) for each in lots}
    return ready.accounts | dict.fromkeys(counted, 1) | _accounts_of_marks(book, ready), counted


def _accounts_of_marks(book: Book, ready: Ready) -> dict[Account, int]:
    """Return every account of lots that are recalled or cleared: nothing may leave them in the meantime."""
    if not ready.marks:
        return {}
    book.flush()
    query = sa.select(balance.c.location, balance.c.lot, balance.c.sign)
    rows = book.connection.execute(query.where(balance.c.lot.in_({lot_id for lot_id, _ in ready.marks})))
    return {(row.location, row.lot): row.sign for row in rows}


class _Late(NamedTuple):
    """What a document finds later than itself on its accounts."""

    is_back_dated: bool
    pairs: dict[tuple[int, int], int]
    """(location, item) of accounts that may have been counted later, and since when."""


def _late(ready: Ready, held: Mapping[Account, Held]) -> _Late:
    """Return what may stand later than a document.

    An account on which nothing happened later was not counted later either, unless it is new: a count of a whole
    item speaks of lots that come to light after it too.
    """
    is_back_dated = False
    pairs: dict[tuple[int, int], int] = {}
    for line in ready.lines:
        at = line.at
        for place_id in (line.from_id, line.to_id):
            last_at = held[place_id, line.lot].last_at
            if last_at > at or last_at == NEVER:
                is_back_dated |= last_at > at
                pair = (place_id, line.item)
                pairs[pair] = min(at, pairs.get(pair, at))
    return _Late(is_back_dated, pairs)


def _held_then(held: Mapping[Account, Held], at: int) -> Callable[[Account], int | None]:
    """Return what tells the units of a locked account at an instant; None where something happened on it later."""

    def units(account: Account) -> int | None:
        own = held.get(account)
        return own.units if own is not None and own.last_at <= at else None

    return units


def _further_lines(book: Book, ready: Ready, late: _Late, held: Mapping[Account, Held]) -> list[Placed]:
    """Return the differences of a document's counts, what its reversal gives back, and its counter-lines."""
    connection = book.connection
    entry = ready.entry
    more: list[Placed] = []
    spoken = _spoken_of(book.names, entry)
    if ready.counted:
        shifts = count_shifts(connection, ready.counted, entry.occurred_at, _held_then(held, entry.occurred_at))
        more += _difference_lines(book, shifts, spoken)
    if entry.reverses is not None:
        more += _given_back(connection, entry.reverses)
    lines = [*ready.lines, *more]
    if entry.reverses is not None or _was_counted_since(book, late, more):
        book.flush()
        items = {line.lot: line.item for line in lines}
        order = LATEST if entry.reverses is None else entry.reverses
        shifts = counter_shifts(connection, shifts_of(lines, order=order), items, undone=entry.reverses)
        more += _difference_lines(book, shifts, spoken)
    return more


def _was_counted_since(book: Book, late: _Late, more: Sequence[Placed]) -> bool:
    """Say whether anything that a document touches was counted at its time or later, by another."""
    if late.pairs and book.counted_at(late.pairs) > min(late.pairs.values()):
        return True
    pairs = {(place_id, line.item) for line in more for place_id in (line.from_id, line.to_id)}
    return bool(pairs) and book.counted_at(pairs) >= min(line.at for line in more)


class _Spoken(NamedTuple):
    """What a document speaks of, by ids: codes of places, lots, and the items of lots."""

    codes: dict[int, str]
    lots: dict[int, LotKey]
    items: dict[int, int]


def _spoken_of(names: Names, entry: Entry) -> _Spoken:
    """Return what is known of all that a document names, so that the database need not be asked back."""
    codes = {COUNT_GAIN, COUNT_SHORT, *(row.location for row in entry.counted)}
    codes |= {end for line in entry.lines for end in (line.from_location, line.to_location)}
    places = {found[0]: code for code in codes if (found := names.location(code)) is not None}
    keys = {line.lot for line in entry.lines} | {row.lot for row in entry.counted if row.lot is not None}
    lots = [(key, found) for key in keys if (found := names.lot(key)) is not None]
    return _Spoken(places, {found[0]: key for key, found in lots}, dict(found for _, found in lots))


def _difference_lines(book: Book, shifts: Iterable[Shift], spoken: _Spoken) -> list[Placed]:
    """Return the lines that change stores by these shifts, against the accounts of counting differences."""
    shifts = list(shifts)
    if not shifts:
        return []
    gain, short = difference_accounts(book.connection, book.names)
    items, lots = spoken.items, {shift.account[1] for shift in shifts}
    if lots - items.keys():
        items = dict(_ITEMS_OF_LOTS.rows(book.connection, lots=list(lots)))
    lines: list[Placed] = []
    for shift in shifts:
        place_id, lot_id = shift.account
        ends = (gain, -1, place_id, 1) if shift.units > 0 else (place_id, 1, short, 1)
        lines.append(Placed(*ends, lot_id, items[lot_id], abs(shift.units), shift.at, shift.counters))
    return lines


_ITEMS_OF_LOTS = Prepared(sa.select(lot.c.id, lot.c.item).where(lot.c.id.in_(sa.bindparam("lots", expanding=True))))


def _given_back(connection: sa.Connection, reversed_id: int) -> list[Placed]:
    """Return the mirrored counter-lines of other documents that stand at a count which is being reversed."""
    net = absorbed_by(connection, reversed_id)
    items: dict[int, int] = dict(_ITEMS_OF_LOTS.rows(connection, lots=list({row[2] for row in net})))
    query = sa.select(location.c.id, location.c.sign).where(location.c.id.in_({id_ for row in net for id_ in row[:2]}))
    signs = {row.id: row.sign for row in connection.execute(query)}
    return [
        Placed(to_id, signs[to_id], from_id, signs[from_id], lot_id, items[lot_id], units, at, reversed_id)
        for from_id, to_id, lot_id, units, at in net
    ]


def _with_lines(book: Book, ready: Ready, more: Sequence[Placed]) -> Ready:
    """Return the document with further lines, in its text too; what was asked stays what it was."""
    codes, keys = _codes_of(book.connection, more, _spoken_of(book.names, ready.entry))
    lines = tuple(
        Line(codes[line.from_id], codes[line.to_id], keys[line.lot], line.units, line.at, line.counters)
        for line in more
    )
    entry = replace(ready.entry, lines=(*ready.entry.lines, *lines))
    body = entry.body()
    return replace(ready, entry=entry, lines=[*ready.lines, *more], body=body, body_hash=digest_of(body))


def _codes_of(
    connection: sa.Connection, lines: Sequence[Placed], spoken: _Spoken
) -> tuple[dict[int, str], dict[int, LotKey]]:
    codes, keys = spoken.codes, spoken.lots
    ids, lots = {id_ for line in lines for id_ in (line.from_id, line.to_id)}, {line.lot for line in lines}
    if ids - codes.keys():
        codes = dict(_CODES.rows(connection, ids=list(ids)))
    if lots - keys.keys():
        keys = {row[0]: LotKey(*row[1:]) for row in _KEYS.rows(connection, lots=list(lots))}
    return codes, keys


_CODES = Prepared(
    sa.select(location.c.id, location.c.code).where(location.c.id.in_(sa.bindparam("ids", expanding=True)))
)
_KEYS = Prepared(
    sa.select(lot.c.id, item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark)
    .join(item, item.c.id == lot.c.item)
    .where(lot.c.id.in_(sa.bindparam("lots", expanding=True)))
)
