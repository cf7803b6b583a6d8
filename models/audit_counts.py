"""Does what was counted stay counted? At each count, everything that happened up to it sums to what was found.

Lines on counted accounts are put aside while documents are read, in files divided by account, so that
each file is checked by itself in little memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from allocator.sentence import say
from models.audit_catalogue import Catalogue
from models.audit_findings import Fault
from models.audit_reading import Reader, Wholes
from models.tables import counted, document

__all__ = ["Aside", "Touched", "check_counts", "counted_times", "counts_of", "touched_by"]

SHARES = 32
"""Files among which accounts are divided."""

Touched = Wholes
"""Lines on counted accounts, both sides, one a row: account, instant, order at that instant, signed units."""


def counts_of(reader: Reader, catalogue: Catalogue, accounts: Wholes) -> Wholes:
    """Return what was counted and not reversed, one a row: account, instant, document, units.

    `accounts`: every account there is, sorted (place × number of lots + lot, by position). Counting a whole
    item says of each of its lots at the place that is not named with it: none was there.
    """
    undone = sa.select(document.c.reverses).where(document.c.reverses == counted.c.document)
    lot = sa.func.coalesce(counted.c.lot, sa.cast(-1, sa.BigInteger))
    query = sa.select(counted.c.document, counted.c.location, counted.c.item, lot, counted.c.units, counted.c.at)
    rows = reader.wholes(query.where(~undone.exists()).order_by(counted.c.document, counted.c.line))
    rows[:, 1] = catalogue.places.positions(rows[:, 1])
    named = rows[rows[:, 3] >= 0]
    account = named[:, 1] * len(catalogue.lots.keys) + catalogue.lots.positions(named[:, 3])
    found = [np.stack((account, named[:, 5], named[:, 0], named[:, 4]), axis=1)]
    found += [_others(row, named, catalogue, accounts) for row in rows[rows[:, 3] < 0]]
    return np.concatenate(found)


def counted_times(reader: Reader) -> set[int]:
    """Return every time at which something was counted, also by counts that were reversed since."""
    return set(reader.wholes(sa.select(counted.c.at))[:, 0].tolist())


def _others(row: Wholes, named: Wholes, catalogue: Catalogue, accounts: Wholes) -> Wholes:
    """Return the lots of a wholly counted item that the count does not name."""
    number, place, item_id, _, units, at = row.tolist()
    lots = len(catalogue.lots.keys)
    here = accounts[np.searchsorted(accounts, place * lots) : np.searchsorted(accounts, (place + 1) * lots)]
    here = here[catalogue.lots.items[here % lots] == item_id]
    with_it = named[np.searchsorted(named[:, 0], number) : np.searchsorted(named[:, 0], number, side="right")]
    with_it = with_it[with_it[:, 1] == place]
    others = np.setdiff1d(here, place * lots + catalogue.lots.positions(with_it[:, 3]))
    return np.stack(np.broadcast_arrays(others, at, number, units), axis=1)


def touched_by(moves: Wholes, orders: Wholes, accounts: Wholes, catalogue: Catalogue) -> Touched:
    """Return the lines of a block that stand on counted accounts.

    `orders`: for each line the document whose place it takes in time; a counter-line stands at its count.
    """
    lots = len(catalogue.lots.keys)
    order = np.where(moves[:, 9] >= 0, moves[:, 9], orders)
    sides = []
    for end, sign in ((2, -1), (3, 1)):
        account = moves[:, end] * lots + moves[:, 4]
        here = np.isin(account, accounts)
        sides.append(np.stack((account[here], moves[here, 6], order[here], sign * moves[here, 5]), axis=1))
    return np.concatenate(sides)


@dataclass(frozen=True)
class Aside:
    """Lines put aside in a folder, divided by account."""

    folder: Path

    def add(self, touched: Touched) -> None:
        """Put lines aside."""
        shares = touched[:, 0] % SHARES
        for number in np.unique(shares).tolist():
            with self._file(number).open("ab") as file:
                touched[shares == number].tofile(file)

    def share(self, number: int) -> Touched:
        """Return the lines of one share of the accounts."""
        file = self._file(number)
        return np.fromfile(file, dtype=np.int64).reshape(-1, 4) if file.exists() else np.empty((0, 4), dtype=np.int64)

    def keep_counted(self, accounts: Wholes) -> None:
        """Keep which accounts were ever counted, for every process to read."""
        np.save(self._counted, accounts)

    def counted_accounts(self) -> Wholes:
        """Return the accounts that were ever counted, sorted."""
        accounts: Wholes = np.load(self._counted)
        return accounts

    @property
    def _counted(self) -> Path:
        return self.folder / "counted.npy"

    def _file(self, number: int) -> Path:
        return self.folder / f"{number}.lines"


def check_counts(aside: Aside, number: int, counts: Wholes, catalogue: Catalogue) -> Fault | None:
    """Check the counts of one share of the accounts; `counts`: those of it, as `counts_of` gives them."""
    lines = aside.share(number)
    account, at, order = (np.concatenate((lines[:, column], counts[:, column])) for column in range(3))
    is_count = np.concatenate((np.zeros(len(lines), dtype=bool), np.ones(len(counts), dtype=bool)))
    change = np.concatenate((lines[:, 3], np.zeros(len(counts), dtype=np.int64)))
    due = np.concatenate((np.zeros(len(lines), dtype=np.int64), counts[:, 3]))
    # A count comes after everything that takes its own place in time: its differences, its counter-lines.
    sorting = np.lexsort((is_count, order, at, account))
    account, is_count, due = account[sorting], is_count[sorting], due[sorting]
    held = np.cumsum(change[sorting])
    first = np.diff(account, prepend=-1) != 0
    before = (held - change[sorting])[first]
    held -= before[np.cumsum(first) - 1]
    wrong = np.flatnonzero(is_count & (held != due))
    if not len(wrong):
        return None
    where = int(wrong[np.argmin(order[sorting][wrong])])
    place, which = catalogue.name(*divmod(int(account[where]), len(catalogue.lots.keys)))
    return Fault(
        "counts",
        say(
            "Document {number} counted {units} units at {place} ({which}); by its lines it held {held} then.",
            number=int(order[sorting][where]),
            units=int(due[where]),
            place=place,
            which=which,
            held=int(held[where]),
        ),
    )
