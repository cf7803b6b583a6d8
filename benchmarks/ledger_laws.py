"""What must hold in a ledger however it was written, read row by row: no statement of the product is used.

Balances are never of the wrong sign and are the sums of their lines; running balances follow one
another in the order of documents; a document has one key, and as many lines as its text says.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator

import sqlalchemy as sa

__all__ = ["faults_of"]

_MOVES = """
SELECT document, line, from_location, to_location, lot, units, from_after, to_after FROM move ORDER BY document, line
"""


def faults_of(engine: sa.Engine) -> list[str]:
    """Return everything that does not hold, [] where all does."""
    with engine.connect() as connection:
        return [*_balances(connection), *_documents(connection)]


def _balances(connection: sa.Connection) -> Iterator[str]:
    held: dict[tuple[int, int], int] = defaultdict(int)
    for number, line, source, target, lot, units, from_after, to_after in connection.exec_driver_sql(_MOVES):
        for place, change, after in ((source, -units, from_after), (target, units, to_after)):
            held[place, lot] += change
            if held[place, lot] != after:
                yield f"disorder: document {number} line {line} says {after}, {held[place, lot]} follows"
                held[place, lot] = after
    sums: dict[tuple[int, int], int] = defaultdict(int)
    query = "SELECT from_location, to_location, lot, units FROM move"
    for source, target, lot, units in connection.exec_driver_sql(query):
        sums[source, lot] -= units
        sums[target, lot] += units
    stored = connection.exec_driver_sql("SELECT location, lot, sign, units FROM balance").all()
    for place, lot, sign, units in stored:
        if units * sign < 0:
            yield f"oversold: account {place}, {lot} holds {units}"
        if units != sums.pop((place, lot), 0):
            yield f"drift: account {place}, {lot} holds {units}, which is not the sum of its lines"
    yield from (f"drift: account {account} has lines and no balance" for account in sums)


def _documents(connection: sa.Connection) -> Iterator[str]:
    query = "SELECT document, count(*) FROM move GROUP BY document"
    lines: dict[int, int] = {number: count for number, count in connection.exec_driver_sql(query)}  # noqa: C416
    keys: set[str] = set()
    pending = set(connection.exec_driver_sql("SELECT ref FROM pending_seal WHERE kind = 'document'").scalars())
    pending |= set(connection.exec_driver_sql("SELECT ref FROM leaf WHERE kind = 'document'").scalars())
    query = "SELECT id, idem_key, body, body_hash FROM document ORDER BY id"
    for number, key, body, body_hash in connection.exec_driver_sql(query):
        if key in keys:
            yield f"twice: key {key}"
        keys.add(key)
        if len(json.loads(body)["lines"]) != lines.pop(number, 0):
            yield f"half: document {number} has not the lines of its text"
        if hashlib.sha256(body.encode()).digest() != bytes(body_hash):
            yield f"altered: document {number}"
        if number not in pending:
            yield f"forgotten: document {number} waits for no seal"
    yield from (f"half: lines of document {number}, which is not there" for number in lines)
