"""Post documents: validated, whole or not at all, once for each key, on either database.

The order is always: look up the key; lock the accounts (in ascending order); work out counts and
what is back-dated; refuse what cannot be; only then draw the document's id and write. Drawing the
id first would put running balances out of order although every total was right.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import say
from models.careful import LATEST, Account, Shift, absorbed_by, count_shifts, counter_shifts, lots_at, low_point
from models.days import day_of
from models.entry import Entry, Line, LotKey, Refusal, check
from models.fitness import refuse_unfit
from models.names import Names, Placed, difference_accounts, known, place
from models.reversal import refuse_unmirrored
from models.shortages import short_sentence
from models.tables import UNITS_MAX, item, location, lot
from models.words import lot_word, place_word

__all__ = [
    "Book",
    "Held",
    "KeyUsedOtherwise",
    "NegativeOnDay",
    "NotEnoughStock",
    "Posted",
    "Ready",
    "TooManyUnits",
    "post_in",
]


class NotEnoughStock(Refusal):
    """An account holds fewer units than would leave it."""

    def __init__(self, *, site: str, item: str, lot: str, held_units: int, asked_units: int) -> None:
        super().__init__(short_sentence(place=site, item=item, lot=lot, held_units=held_units, asked_units=asked_units))
        self.held_units = held_units
        self.asked_units = asked_units


class NegativeOnDay(Refusal):
    """A back-dated document would make an earlier balance negative."""

    def __init__(self, *, site: str, item: str, lot: str, day: dt.date, short_units: int) -> None:
        super().__init__(
            say(
                "{site} would have held {short} units of {item} ({lot}) too few on {day}. "
                "Correct the date or the quantity, or post what is missing before that day first.",
                site=place_word(site),
                short=short_units,
                item=item,
                lot=lot_word(lot),
                day=day.isoformat(),
            )
        )
        self.day = day
        self.short_units = short_units


class TooManyUnits(Refusal):
    """A balance would pass what the ledger can hold."""

    def __init__(self) -> None:
        super().__init__(
            say("So many units cannot be held in one place ({most} at most). Check the quantity.", most=UNITS_MAX)
        )


class KeyUsedOtherwise(Refusal):
    """The key of a retry belongs to another document."""

    def __init__(self, key: str) -> None:
        super().__init__(
            say("The key {key} was used for a document that says something else. Give a new key.", key=key)
        )


@dataclass(frozen=True)
class Posted:
    """A document in the ledger. `again`: it was there already, and nothing was posted."""

    id: int
    key: str
    again: bool = False


@dataclass(frozen=True)
class Held:
    """An account while it is locked. `last_at`: the latest occurred time of anything on it."""

    units: int
    last_at: int


@dataclass(frozen=True)
class Ready:
    """A document worked out to the last line, to be written as it is."""

    entry: Entry
    lines: Sequence[Placed]
    site: int | None
    counted: Sequence[tuple[int, int, int | None, int]]  # location, item, lot, units
    marks: Sequence[tuple[int, str]]
    recorded_at: int
    request_hash: bytes


class Book(Protocol):
    """What each database does in its own way, within one transaction."""

    connection: sa.Connection

    def find_key(self, key: str) -> tuple[int, bytes] | None:
        """Return id and request hash of the document with a key."""
        ...

    def lock(self, accounts: Mapping[Account, int]) -> dict[Account, Held]:
        """Lock accounts (with their signs) in ascending order, making those that are missing; return what they hold."""
        ...

    def counted_later(self, ready: Ready) -> bool:
        """Say whether an account of the document was counted after it happened."""
        ...

    def write(self, ready: Ready, held: Mapping[Account, Held]) -> int:
        """Draw the id and write everything; the accounts are locked and the balances known to suffice."""
        ...


def post_in(book: Book, names: Names, entry: Entry, *, recorded_at: int, zone: ZoneInfo) -> Posted:
    """Post one document within the transaction of `book`.

    `names`: those of this transaction.

    Raises:
        Refusal: with the reason; nothing was written.

    """
    request_hash = entry.request_hash()
    found = book.find_key(entry.key)
    if found is not None:
        if found[1] != request_hash:
            raise KeyUsedOtherwise(entry.key)
        return Posted(found[0], entry.key, again=True)
    check(entry)
    # Counter-lines are worked out anew, for the counts they stood at may have been reversed since.
    entry = replace(entry, lines=tuple(line for line in entry.lines if line.counters is None))
    ready = _ready(book.connection, names, entry, request_hash, recorded_at, zone)
    held = book.lock(_accounts(book.connection, ready))
    if entry.reverses is not None:
        refuse_unmirrored(book.connection, entry, ready.lines, ready.marks)
    back_dated = _is_back_dated(ready, held)
    more = _further_lines(book, ready, careful=back_dated or entry.reverses is not None)
    if more:
        ready = _with_lines(book.connection, ready, more)
        held = book.lock(_accounts(book.connection, ready))
    # The earliest day that would fall short says more than the balance of today.
    if not entry.exception and (more or back_dated):
        _refuse_if_earlier_day_short(book.connection, ready, held, zone)
    _refuse_if_short(book.connection, ready, held)
    return Posted(book.write(ready, held), entry.key)


def _ready(
    connection: sa.Connection, names: Names, entry: Entry, request_hash: bytes, recorded_at: int, zone: ZoneInfo
) -> Ready:
    lines = place(connection, names, entry)
    items = _item_ids(connection, {row.item for row in entry.counted if row.lot is None})
    counted = [
        (known(names.location(row.location))[0], *_lot_ids(names, row.lot, items.get(row.item, -1)), row.units)
        for row in entry.counted
    ]
    refuse_unfit(connection, entry, names, zone)
    return Ready(
        entry=entry,
        lines=lines,
        site=known(names.location(entry.site))[0] if entry.site else None,
        counted=counted,
        marks=[(known(names.lot(mark.lot))[0], mark.mark) for mark in entry.marks],
        recorded_at=recorded_at,
        request_hash=request_hash,
    )


def _lot_ids(names: Names, key: LotKey | None, item_id: int) -> tuple[int, int | None]:
    if key is None:
        return item_id, None
    lot_id, own_item = known(names.lot(key))
    return own_item, lot_id


def _item_ids(connection: sa.Connection, codes: set[str]) -> dict[str, int]:
    if not codes:
        return {}
    query = sa.select(item.c.code, item.c.id).where(item.c.code.in_(codes))
    found = {row.code: row.id for row in connection.execute(query)}
    wrong = sorted(codes - found.keys())
    if wrong:
        raise Refusal(
            *(say("There is no item {code}. Check the code, or import the item first.", code=code) for code in wrong)
        )
    return found


def _accounts(connection: sa.Connection, ready: Ready) -> dict[Account, int]:
    """Return every account a document touches or counts, with its sign."""
    signs: dict[Account, int] = {}
    for line in ready.lines:
        signs[line.from_id, line.lot] = line.from_sign
        signs[line.to_id, line.lot] = line.to_sign
    for location_id, item_id, lot_id, _ in ready.counted:
        lots = lots_at(connection, location_id, item_id) if lot_id is None else [lot_id]
        signs |= {(location_id, each): 1 for each in lots}
    return signs


def _is_back_dated(ready: Ready, held: Mapping[Account, Held]) -> bool:
    return any(
        line.at < held[account].last_at
        for line in ready.lines
        for account in ((line.from_id, line.lot), (line.to_id, line.lot))
    )


def _further_lines(book: Book, ready: Ready, *, careful: bool) -> list[Placed]:
    """Return the differences of a document's counts, what its reversal gives back, and its counter-lines."""
    connection = book.connection
    entry = ready.entry
    more: list[Placed] = []
    if ready.counted:
        shifts = count_shifts(connection, ready.counted, entry.occurred_at)
        more += _difference_lines(connection, shifts)
    if entry.reverses is not None:
        more += _given_back(connection, entry.reverses)
    if more or careful or book.counted_later(ready):
        lines = [*ready.lines, *more]
        items = {line.lot: line.item for line in lines}
        order = LATEST if entry.reverses is None else entry.reverses
        shifts = counter_shifts(connection, _shifts(lines, order=order), items, undone=entry.reverses)
        more += _difference_lines(connection, shifts)
    return more


def _shifts(lines: Iterable[Placed], *, order: int = LATEST) -> list[Shift]:
    """Return what lines do to both their accounts."""
    return [
        Shift(account, units, line.at, order)
        for line in lines
        for account, units in (((line.from_id, line.lot), -line.units), ((line.to_id, line.lot), line.units))
    ]


def _difference_lines(connection: sa.Connection, shifts: Iterable[Shift]) -> list[Placed]:
    """Return the lines that change stores by these shifts, against the accounts of counting differences."""
    shifts = list(shifts)
    if not shifts:
        return []
    gain, short = difference_accounts(connection)
    query = sa.select(lot.c.id, lot.c.item).where(lot.c.id.in_({shift.account[1] for shift in shifts}))
    items = {row.id: row.item for row in connection.execute(query)}
    lines: list[Placed] = []
    for shift in shifts:
        place_id, lot_id = shift.account
        ends = (gain, -1, place_id, 1) if shift.units > 0 else (place_id, 1, short, 1)
        lines.append(Placed(*ends, lot_id, items[lot_id], abs(shift.units), shift.at, shift.counters))
    return lines


def _given_back(connection: sa.Connection, reversed_id: int) -> list[Placed]:
    """Return the mirrored counter-lines of other documents that stand at a count which is being reversed."""
    net = absorbed_by(connection, reversed_id)
    query = sa.select(lot.c.id, lot.c.item).where(lot.c.id.in_({row[2] for row in net}))
    items = {row.id: row.item for row in connection.execute(query)}
    query = sa.select(location.c.id, location.c.sign).where(location.c.id.in_({id_ for row in net for id_ in row[:2]}))
    signs = {row.id: row.sign for row in connection.execute(query)}
    return [
        Placed(to_id, signs[to_id], from_id, signs[from_id], lot_id, items[lot_id], units, at, reversed_id)
        for from_id, to_id, lot_id, units, at in net
    ]


def _with_lines(connection: sa.Connection, ready: Ready, more: Sequence[Placed]) -> Ready:
    """Return the document with further lines, in its text too; what was asked stays what it was."""
    codes, keys = _codes_of(connection, more)
    lines = tuple(
        Line(codes[line.from_id], codes[line.to_id], keys[line.lot], line.units, line.at, line.counters)
        for line in more
    )
    entry = replace(ready.entry, lines=(*ready.entry.lines, *lines))
    return replace(ready, entry=entry, lines=[*ready.lines, *more])


def _codes_of(connection: sa.Connection, lines: Iterable[Placed]) -> tuple[dict[int, str], dict[int, LotKey]]:
    lines = list(lines)
    ids = {id_ for line in lines for id_ in (line.from_id, line.to_id)}
    rows = connection.execute(sa.select(location.c.id, location.c.code).where(location.c.id.in_(ids)))
    codes = {row.id: row.code for row in rows}
    query = (
        sa.select(lot.c.id, item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark)
        .join(item, item.c.id == lot.c.item)
        .where(lot.c.id.in_({line.lot for line in lines}))
    )
    return codes, {row[0]: LotKey(*row[1:]) for row in connection.execute(query)}


def _refuse_if_short(connection: sa.Connection, ready: Ready, held: Mapping[Account, Held]) -> None:
    """Refuse what an account does not hold; all such lines at once."""
    change: dict[Account, int] = defaultdict(int)
    for shift in _shifts(ready.lines):
        change[shift.account] += shift.units
    signs = {(line.from_id, line.lot): line.from_sign for line in ready.lines}
    signs |= {(line.to_id, line.lot): line.to_sign for line in ready.lines}
    over: list[Account] = []
    for account, units in change.items():
        after = (held[account].units + units) * signs[account]
        if after < 0:
            over.append(account)
        elif after > UNITS_MAX:
            raise TooManyUnits
    if over:
        raise _not_enough(connection, ready, held, change, sorted(over))


def _not_enough(
    connection: sa.Connection,
    ready: Ready,
    held: Mapping[Account, Held],
    change: Mapping[Account, int],
    over: Sequence[Account],
) -> Refusal:
    codes, keys = _codes_of(connection, ready.lines)
    refusals = [
        NotEnoughStock(
            site=codes[place_id],
            item=keys[lot_id].item,
            lot=keys[lot_id].lot_no,
            held_units=abs(held[place_id, lot_id].units),
            asked_units=abs(change[place_id, lot_id]),
        )
        for place_id, lot_id in over
    ]
    if len(refusals) > 1:
        refusals[0].sentences = tuple(sentence for refusal in refusals for sentence in refusal.sentences)
    return refusals[0]


def _refuse_if_earlier_day_short(
    connection: sa.Connection, ready: Ready, held: Mapping[Account, Held], zone: ZoneInfo
) -> None:
    """Refuse what would make an account negative at an instant before now."""
    signs = {(line.from_id, line.lot): line.from_sign for line in ready.lines}
    signs |= {(line.to_id, line.lot): line.to_sign for line in ready.lines}
    shifts = _shifts(ready.lines)
    for account, sign in sorted(signs.items()):
        instants = {shift.at for shift in shifts if shift.account == account}
        # At one last instant the balance of today says it all.
        if len(instants) == 1 and min(instants) >= held[account].last_at:
            continue
        low = low_point(connection, account, sign, shifts)
        if low is not None:
            codes, keys = _codes_of(connection, ready.lines)
            key = keys[account[1]]
            raise NegativeOnDay(
                site=codes[account[0]], item=key.item, lot=key.lot_no, day=day_of(low.at, zone), short_units=low.units
            )
