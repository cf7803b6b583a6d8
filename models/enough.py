"""Whether there is enough: refuse what accounts do not hold, by now or on an earlier day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from allocator.sentence import say
from models.book import Book, Held, Ready, ends_of
from models.careful import LATEST, Account, Shift, low_point
from models.days import clock_of, day_of
from models.entry import LotKey, Refusal
from models.names import Placed
from models.shortages import short_sentence
from models.tables import UNITS_MAX
from models.words import lot_word, place_word

__all__ = [
    "NegativeOnDay",
    "NotEnoughStock",
    "TooManyUnits",
    "not_enough",
    "refuse_if_earlier_day_short",
    "refuse_if_short",
    "shifts_of",
]


class NotEnoughStock(Refusal):
    """An account holds fewer units than would leave it."""

    def __init__(self, *, site: str, item: str, lot: str, held_units: int, asked_units: int) -> None:
        super().__init__(short_sentence(place=site, item=item, lot=lot, held_units=held_units, asked_units=asked_units))
        self.held_units = held_units
        self.asked_units = asked_units


class NegativeOnDay(Refusal):
    """A back-dated document would make an earlier balance negative."""

    def __init__(self, *, site: str, item: str, lot: str, at: int, zone: ZoneInfo, short_units: int) -> None:
        super().__init__(
            say(
                "{site} would have held {short} units of {item} ({lot}) too few at {time}. "
                "Correct the date, the time or the quantity, or post what is missing before then first.",
                site=place_word(site),
                short=short_units,
                item=item,
                lot=lot_word(lot),
                time=clock_of(at, zone),
            )
        )
        self.day = day_of(at, zone)
        self.short_units = short_units


class TooManyUnits(Refusal):
    """A balance would pass what the ledger can hold."""

    def __init__(self) -> None:
        super().__init__(
            say("So many units cannot be held in one place ({most} at most). Check the quantity.", most=UNITS_MAX)
        )


def shifts_of(lines: Iterable[Placed], *, order: int = LATEST) -> list[Shift]:
    """Return what lines do to both their accounts."""
    return [Shift(account, units, line.at, order) for line in lines for account, _, units in ends_of(line)]


def _named(ready: Ready) -> tuple[dict[int, str], dict[int, LotKey]]:
    """Return the codes of a document's locations and its lots, by id."""
    codes: dict[int, str] = {}
    keys: dict[int, LotKey] = {}
    for line, ids in zip(ready.entry.lines, ready.lines, strict=True):
        codes |= {ids.from_id: line.from_location, ids.to_id: line.to_location}
        keys[ids.lot] = line.lot
    return codes, keys


def refuse_if_short(ready: Ready, held: Mapping[Account, Held]) -> None:
    """Refuse what an account does not hold; all such lines at once."""
    signs = ready.accounts
    over: list[Account] = []
    for account, units in ready.changes.items():
        after = (held[account].units + units) * signs[account]
        if after < 0:
            over.append(account)
        elif after > UNITS_MAX:
            raise TooManyUnits
    if over:
        raise not_enough(ready, {account: held[account].units for account in over})


def not_enough(ready: Ready, held_units: Mapping[Account, int]) -> Refusal:
    """Return the refusal of a document for which some accounts hold too little."""
    codes, keys = _named(ready)
    refusals = [
        NotEnoughStock(
            site=codes[place_id],
            item=keys[lot_id].item,
            lot=keys[lot_id].lot_no,
            held_units=abs(units),
            asked_units=abs(ready.changes[place_id, lot_id]),
        )
        for (place_id, lot_id), units in sorted(held_units.items())
    ]
    if len(refusals) > 1:
        refusals[0].sentences = tuple(sentence for refusal in refusals for sentence in refusal.sentences)
    return refusals[0]


def refuse_if_earlier_day_short(book: Book, ready: Ready, held: Mapping[Account, Held], zone: ZoneInfo) -> None:
    """Refuse what would make an account negative at an instant before now."""
    book.flush()
    shifts: dict[Account, list[Shift]] = defaultdict(list)
    for shift in shifts_of(ready.lines):
        shifts[shift.account].append(shift)
    for account, sign in sorted(ready.accounts.items()):
        own = shifts[account]
        if _is_enough(book, account, sign, own, held[account]):
            continue
        low = low_point(book.connection, account, sign, own, held_units=held[account].units)
        if low is None:
            continue
        day = day_of(low.at, zone)
        # What somebody else took a moment ago is missing now, not on an earlier day.
        after_units = held[account].units + sum(shift.units for shift in own)
        if after_units * sign < 0 and day == day_of(ready.entry.occurred_at, zone):
            continue
        codes, keys = _named(ready)
        key = keys[account[1]]
        raise NegativeOnDay(
            site=codes[account[0]], item=key.item, lot=key.lot_no, at=low.at, zone=zone, short_units=low.units
        )


def _is_enough(book: Book, account: Account, sign: int, shifts: Sequence[Shift], held: Held) -> bool:
    """Say whether an account suffices at every instant, as far as that is quickly said: for one change."""
    first = shifts[0].at
    if any(shift.at != first for shift in shifts):
        return False
    # At a last instant the balance of today says it all.
    change = sum(shift.units for shift in shifts) * sign
    return change >= 0 or first >= held.last_at or book.least_since(account, sign, first) + change >= 0
