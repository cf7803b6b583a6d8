"""The database is still one in which facts cannot be changed, and places have the signs of their kinds."""

from __future__ import annotations

import re

import numpy as np
import sqlalchemy as sa

from allocator.sentence import say
from models.audit_catalogue import KINDS, Catalogue
from models.audit_findings import Fault
from models.audit_reading import Reader, Wholes
from models.guards import guards_of
from models.locations import SIGNS
from models.tables import balance, location

__all__ = ["balances_of", "check_guards", "check_places"]

_SQLITE = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
_POSTGRES = "SELECT tgname, 'enabled' FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"


def check_guards(connection: sa.Connection) -> Fault | None:
    """Every guard that forbids changing facts is there, and in SQLite still says so."""
    dialect = connection.dialect.name
    found = {row[0]: row[1] for row in connection.exec_driver_sql(_SQLITE if dialect == "sqlite" else _POSTGRES)}
    for statement in guards_of(dialect):
        match = re.match(r"CREATE TRIGGER (\w+)", statement)
        if match is None:
            continue
        name = match[1]
        if name not in found or (dialect == "sqlite" and found[name] != statement):
            return Fault(
                "guards",
                say("The guard {name} is missing, so what was recorded may have been changed.", name=name),
            )
    return None


def check_places(reader: Reader, catalogue: Catalogue, balances: Wholes) -> Fault | None:
    """Each place is of the kind its code says and has that kind's sign, and so has each balance."""
    kinds = dict(reader.rows(sa.select(location.c.id, location.c.kind)))
    signs = np.array([SIGNS[KINDS[kind]] for kind in catalogue.places.kinds.tolist()], dtype=np.int64)
    for position, id_ in enumerate(catalogue.places.ids.tolist()):
        kind = KINDS[int(catalogue.places.kinds[position])]
        if kinds[id_] != kind or catalogue.places.signs[position] != signs[position]:
            code = catalogue.places.codes[position]
            return Fault("places", say("The place {code} is not kept as one of kind {kind}.", code=code, kind=kind))
    if len(balances) and (balances[:, :2] < 0).any():
        return Fault("places", say("A balance stands at a place, or is of a lot, that is not there."))
    wrong = np.flatnonzero(balances[:, 2] != signs[balances[:, 0]]) if len(balances) else np.empty(0, dtype=np.int64)
    if len(wrong):
        code = catalogue.places.codes[int(balances[wrong[0], 0])]
        return Fault("places", say("A balance at {code} does not have the sign of its place.", code=code))
    return None


def balances_of(reader: Reader, catalogue: Catalogue) -> Wholes:
    """Return the stored balances: place, lot, sign, units; places and lots by position."""
    rows = reader.wholes(sa.select(balance.c.location, balance.c.lot, balance.c.sign, balance.c.units))
    rows[:, 0] = catalogue.places.positions(rows[:, 0])
    rows[:, 1] = catalogue.lots.positions(rows[:, 1])
    return rows
