"""After every test: balances of each ledger it touched are rebuilt from the lines and compared with the stored ones.

Statements of its own, on a connection of its own; a test that spoils a ledger on purpose is marked `spoils_ledgers`.
"""

from __future__ import annotations

from collections import OrderedDict

import sqlalchemy as sa

__all__ = ["disagreements", "forget", "replay_touched", "watch"]

_KEPT_MOST = 40
"""Ledgers of one test that are replayed: of the hundreds that a drawn test makes, the last."""

_touched: OrderedDict[int, sa.Engine] = OrderedDict()

_STORED = "SELECT location, lot, units FROM balance"
_REBUILT = """
    SELECT location, lot, SUM(units) AS units
    FROM (
        SELECT to_location AS location, lot, units FROM move
        UNION ALL SELECT from_location, lot, -units FROM move
    ) AS posting
    GROUP BY location, lot
"""


def watch() -> None:
    """Note every engine that connects, from now on."""
    sa.event.listen(sa.Engine, "engine_connect", _note)


def forget() -> None:
    """Forget the engines noted so far."""
    _touched.clear()


def _note(connection: sa.Connection) -> None:
    engine = connection.engine
    _touched[id(engine)] = engine
    _touched.move_to_end(id(engine))
    while len(_touched) > _KEPT_MOST:
        _touched.popitem(last=False)


def replay_touched() -> list[str]:
    """Return what does not agree, over all engines noted; a ledger that is gone by now says nothing."""
    engines = list(_touched.values())
    forget()
    # Several engines may lead to one database, and say the same.
    return list(dict.fromkeys(fault for engine in engines for fault in disagreements(engine)))


def disagreements(engine: sa.Engine) -> list[str]:
    """Return each account whose stored balance is not the sum of its lines."""
    try:
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table("balance"):
                return []
            stored = {(row.location, row.lot): row.units for row in connection.execute(sa.text(_STORED))}
            rebuilt = {(row.location, row.lot): int(row.units) for row in connection.execute(sa.text(_REBUILT))}
    except sa.exc.DBAPIError:
        return []  # the server was stopped, or the file taken away, by the test itself
    return [
        f"{engine.url!r}: location {place}, lot {lot} stores {stored.get((place, lot), 0)}, "
        f"its lines come to {rebuilt.get((place, lot), 0)}"
        for place, lot in sorted(stored.keys() | rebuilt.keys())
        if stored.get((place, lot), 0) != rebuilt.get((place, lot), 0)
    ]
