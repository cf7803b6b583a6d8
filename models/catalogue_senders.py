"""Master data of how senders write: measures of items, meanings of headers and names. See `models/sender_tables.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

import sqlalchemy as sa

from models.catalogue import item_ids, save_by_ids
from models.catalogue_rows import Columns, Kept, Saved, lock_catalogue, save
from models.tables import item, measure, sender_header, sender_name
from models.versions import Stamp

__all__ = [
    "SENDERS",
    "headers_of_sender",
    "measures_known",
    "names_of_sender",
    "save_headers",
    "save_measures",
    "save_names",
]

_MEASURES = Kept(table=measure, subject="measure", key=("item", "unit", "of"), values={"amount_micro": 0})
_HEADERS = Kept(
    table=sender_header, subject="sender_header", key=("sender", "fingerprint", "header"), values={"means": ""}
)
_NAMES = Kept(table=sender_name, subject="sender_name", key=("sender", "about", "said"), values={"code": ""})

SENDERS = (_MEASURES, _HEADERS, _NAMES)
"""How each table here is kept."""


def save_measures(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save what units hold of items."""
    return save_by_ids(connection, _MEASURES, columns, stamp, {"item": item_ids})


def save_headers(
    connection: sa.Connection, sender: str, meanings: Mapping[str, Mapping[str, str]], stamp: Stamp
) -> Saved:
    """Save what a sender's headers mean, by the fingerprint of their tables."""
    rows = [(fingerprint, header, means) for fingerprint, own in meanings.items() for header, means in own.items()]
    if not rows:
        return Saved()
    lock_catalogue(connection)
    fingerprints, headers, means = zip(*rows, strict=True)
    columns = {"sender": [sender] * len(rows), "fingerprint": fingerprints, "header": headers, "means": means}
    return save(connection, _HEADERS, columns, stamp)


def save_names(connection: sa.Connection, sender: str, codes: Mapping[tuple[str, str], str], stamp: Stamp) -> Saved:
    """Save what a sender's names mean: codes by what they are about and what was said."""
    if not codes:
        return Saved()
    lock_catalogue(connection)
    about, said = zip(*codes, strict=True)
    columns = {"sender": [sender] * len(codes), "about": about, "said": said, "code": list(codes.values())}
    return save(connection, _NAMES, columns, stamp)


def measures_known(connection: sa.Connection) -> dict[str, list[tuple[str, Fraction, str]]]:
    """Return what units hold by item: (unit, amount, of)."""
    found: dict[str, list[tuple[str, Fraction, str]]] = defaultdict(list)
    query = sa.select(item.c.code, measure.c.unit, measure.c.amount_micro, measure.c.of).join(
        item, item.c.id == measure.c.item
    )
    for code, unit, amount, of in connection.execute(query.order_by(item.c.code, measure.c.unit, measure.c.of)):
        found[code].append((unit, Fraction(amount, 10**6), of))
    return found


def headers_of_sender(connection: sa.Connection, sender: str) -> dict[str, dict[str, str]]:
    """Return what a sender's headers mean, by fingerprint and header."""
    query = sa.select(sender_header.c.fingerprint, sender_header.c.header, sender_header.c.means)
    found: dict[str, dict[str, str]] = {}
    for fingerprint, header, means in connection.execute(query.where(sender_header.c.sender == sender)):
        found.setdefault(fingerprint, {})[header] = means
    return found


def names_of_sender(connection: sa.Connection, sender: str) -> dict[tuple[str, str], str]:
    """Return the codes that names mean with a sender, by what they are about; what holds for everybody too."""
    columns = (sender_name.c.sender, sender_name.c.about, sender_name.c.said, sender_name.c.code)
    query = sa.select(*columns).where(sender_name.c.sender.in_(("", sender))).order_by(sender_name.c.sender)
    return {(about, said): code for _, about, said, code in connection.execute(query)}
