"""What lies where, read without a lock, so that a document can be worked out before anybody waits for it.

What is worked out from it holds only if the accounts still suffice when it is posted: whoever posts it looks at them
under their locks, and works it out anew where they do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from models.book import MARKED, NEVER, Held
from models.careful import Account
from models.entry import Entry
from models.locations import COUNT_GAIN, COUNT_SHORT
from models.names import Names, unknown
from models.prepared import Prepared, ask
from models.tables import item, location, lot

__all__ = ["Glance"]

_HELD = """
    SELECT balance.location, balance.lot, balance.units, balance.last_at
    FROM unnest(%s::bigint[], %s::bigint[]) AS asked (location, lot)
    JOIN balance ON balance.location = asked.location AND balance.lot = asked.lot
"""


class Glance:
    """What PostgreSQL holds when first asked, over a connection that locks nothing. `names`: the ids that are known."""

    def __init__(self, connection: sa.Connection, names: Names) -> None:
        self.connection = connection
        self.names = names
        self._held: dict[Account, Held] = {}
        self._marked: set[int] | None = None

    def lock(self, accounts: Mapping[Account, int]) -> dict[Account, Held]:
        """Return what accounts hold, without locking them."""
        new = [account for account in accounts if account not in self._held]
        if new:
            rows = ask(self.connection, _HELD, [[place for place, _ in new], [lot for _, lot in new]])
            self._held |= dict.fromkeys(new, Held(0, NEVER)) | {(row[0], row[1]): Held(row[2], row[3]) for row in rows}
        return {account: self._held[account] for account in accounts}

    def look(self, held: Mapping[Account, Held]) -> None:
        """Remember what accounts were read to hold."""
        self._held |= held

    def was_marked(self, lots: Iterable[int]) -> bool:
        """Say whether any of some lots, by id, was ever recalled."""
        if self._marked is None:
            self._marked = {row[0] for row in MARKED.rows(self.connection)}
        return not self._marked.isdisjoint(lots)

    def differences(self, entry: Entry) -> dict[Account, int]:
        """Return the accounts, with their signs, that the counts of a document would change as it stands now."""
        accounts: dict[Account, int] = {}
        for row in entry.counted:
            place, own = self.names.location(row.location), None if row.lot is None else self.names.lot(row.lot)
            if place is None or own is None:
                continue
            account = (place[0], own[0])
            accounts[account] = place[1]
            units = row.units - self._held.get(account, Held(0, NEVER)).units
            other = self.names.location(COUNT_GAIN if units > 0 else COUNT_SHORT)
            if units and other is not None:
                accounts[other[0], own[0]] = other[1]
        return accounts

    def learn(self, entry: Entry) -> None:
        """Look up the codes and lots of a document that are not known yet; those that are not there stay unknown."""
        codes, keys = unknown(self.names, entry)
        if codes:
            for code, *found in _LOCATIONS.rows(self.connection, codes=list(codes)):
                self.names.learn_location(code, *found)
        for key in keys:
            own = _LOT.first(self.connection, **key._asdict())
            if own is not None:
                self.names.learn_lot(key, *own)


_LOCATIONS = Prepared(
    sa.select(location.c.code, location.c.id, location.c.sign).where(
        location.c.code.in_(sa.bindparam("codes", expanding=True))
    )
)
_LOT = Prepared(
    sa.select(lot.c.id, lot.c.item)
    .join(item, item.c.id == lot.c.item)
    .where(item.c.code == sa.bindparam("item"))
    .where(*(lot.c[name] == sa.bindparam(name) for name in ("lot_no", "expires", "owner_fund", "earmark")))
)
