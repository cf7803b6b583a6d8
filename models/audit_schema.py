"""The database is still one in which facts cannot be changed, and places have the signs of their kinds."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from allocator.sentence import say
from models.audit_catalogue import KINDS, Catalogue, quoted
from models.audit_findings import Fault
from models.audit_reading import Reader, Wholes
from models.guards import guards_of
from models.locations import SIGNS, owner_of
from models.shipments import SENDS
from models.tables import balance, document, instance, location, version
from models.tree import SIGNING_KEY

__all__ = ["balances_of", "check_beside", "check_guards", "check_places", "check_zone"]

_SQLITE = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"

_POSTGRES_TRIGGERS = """
SELECT t.tgname, pg_get_triggerdef(t.oid), f.pronamespace = c.relnamespace
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_proc AS f ON f.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND c.relnamespace = 'public'::regnamespace
"""

_POSTGRES_FUNCTIONS = """
SELECT f.proname, f.prosrc, l.lanname, f.prosecdef, array_to_string(f.proconfig, '; ')
FROM pg_proc AS f JOIN pg_language AS l ON l.oid = f.prolang
WHERE f.pronamespace = 'public'::regnamespace
"""

_Made = tuple[object, ...]
"""What makes a guard this one and no other."""


def check_guards(connection: sa.Connection) -> Fault | None:
    """Every guard that forbids changing facts is there, as this program makes it; so is PostgreSQL's routine."""
    dialect = connection.dialect.name
    made = _sqlite_made if dialect == "sqlite" else _postgres_made
    found = _sqlite_found(connection) if dialect == "sqlite" else _postgres_found(connection)
    for statement in guards_of(dialect):
        for name, due in made(statement):
            if name not in found:
                sentence = say("The guard {name} is missing, so what was recorded may have been changed.", name=name)
                return Fault("guards", sentence)
            if found[name] != [due]:
                sentence = say(
                    "{name} in the database is not what this program made there, so what was recorded may have been "
                    "changed.",
                    name=name,
                )
                return Fault("guards", sentence)
    return None


def _sqlite_made(statement: str) -> Iterable[tuple[str, _Made]]:
    return [(name, (statement,)) for name in re.findall(r"^CREATE TRIGGER (\w+)", statement)]


def _sqlite_found(connection: sa.Connection) -> dict[str, list[_Made]]:
    return {name: [(sql,)] for name, sql in connection.exec_driver_sql(_SQLITE)}


def _postgres_made(statement: str) -> Iterable[tuple[str, _Made]]:
    """Return the name and the making of what a statement creates, as `_postgres_found` reads it back."""
    trigger = re.match(r"CREATE TRIGGER (\w+) ", statement)
    if trigger is not None:
        return [(trigger[1], (*_trigger(statement), True))]
    function = re.match(r"CREATE FUNCTION (?:public\.)?(\w+)\(", statement)
    if function is None:
        return []
    head, source, _ = statement.split("$$")
    (path,) = re.findall(r"SET search_path = ([\w, ]+?) AS", head)
    return [(function[1], (source, "plpgsql", "SECURITY DEFINER" in head, f"search_path={path}"))]


def _postgres_found(connection: sa.Connection) -> dict[str, list[_Made]]:
    found: dict[str, list[_Made]] = {}
    for name, definition, is_beside in connection.exec_driver_sql(_POSTGRES_TRIGGERS):
        found.setdefault(name, []).append((*_trigger(definition), is_beside))
    for name, *made in connection.exec_driver_sql(_POSTGRES_FUNCTIONS):
        found.setdefault(name, []).append(tuple(made))
    return found


def _trigger(definition: str) -> tuple[list[str], str]:
    """Return upon which events a trigger does what; PostgreSQL tells them in an order of its own."""
    before, on, rest = definition.replace("public.", "").partition(" ON ")
    return sorted(before.partition(" BEFORE ")[2].split(" OR ")), on + rest


def check_zone(reader: Reader) -> Fault | None:
    """The place by whose clocks days begin and end is one."""
    name = reader.one(sa.select(instance.c.timezone)) or "UTC"
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return Fault("places", say("The ledger says its days begin and end in {zone}, which is no place.", zone=name))
    query = sa.select(version.c.body).where(version.c.subject == SIGNING_KEY).order_by(version.c.id)
    for (body,) in reader.rows(query):
        with contextlib.suppress(ValueError, LookupError, TypeError):
            sealed = json.loads(body)["row"].get("timezone", name)
            if sealed != name:
                sentence = say(
                    "The ledger's days begin and end in {zone}; sealed was {sealed}.", zone=name, sealed=sealed
                )
                return Fault("places", sentence)
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
    nowhere = np.flatnonzero((balances[:, :2] < 0).any(axis=1))
    if len(nowhere):
        place, lot_ = reader.rows(sa.select(balance.c.location, balance.c.lot))[int(nowhere[0])]
        sentence = say(
            "The balance of lot {lot} at place {place} stands where no such place or lot is.", lot=lot_, place=place
        )
        return Fault("places", sentence)
    wrong = np.flatnonzero(balances[:, 2] != signs[balances[:, 0]]) if len(balances) else np.empty(0, dtype=np.int64)
    if len(wrong):
        code = catalogue.places.codes[int(balances[wrong[0], 0])]
        return Fault("places", say("A balance at {code} does not have the sign of its place.", code=code))
    return None


def check_beside(reader: Reader) -> Fault | None:
    """Each place that belongs to a site is kept beside it."""
    code = _beside_another(reader)
    if code is None:
        return None
    return Fault("places", say("The place {code} is kept beside another than its own site.", code=code))


_BESIDE = ("CONSUMED", "QUARANTINE")
"""Kinds of places that stand beside the site in their code; what is under way, beside the site it goes to."""


def _beside_another(reader: Reader) -> str | None:
    """Return a place whose parent is not the site it belongs to."""
    rows = reader.rows(sa.select(location.c.code, location.c.kind, location.c.id, location.c.parent))
    sites = {code: id_ for code, kind, id_, _ in rows if kind == "SITE"}
    codes = {id_: code for code, id_ in sites.items()}
    bound: dict[str, str] = {}
    for code, kind, _, parent in sorted(rows):
        if kind == "IN_TRANSIT" and parent is not None:
            bound[owner_of(code)] = codes.get(parent, "")
        due = sites.get(owner_of(code)) if kind in _BESIDE else parent if kind == "IN_TRANSIT" else None
        if parent != due:
            return str(code)
    query = sa.select(document.c.shipment, document.c.body).where(
        document.c.shipment.in_(bound), document.c.type.in_(SENDS)
    )
    for block in reader.blocks(query) if bound else ():
        for shipment, body in block:
            # As its text says where it goes; read whole it would take ten times as long.
            if f'"to":{quoted(bound[shipment])}' not in body:
                return f"IN_TRANSIT:{shipment}"
    return None


def balances_of(reader: Reader, catalogue: Catalogue) -> Wholes:
    """Return the stored balances: place, lot, sign, units, the latest time there; places and lots by position."""
    columns = (balance.c.location, balance.c.lot, balance.c.sign, balance.c.units, balance.c.last_at)
    rows = reader.wholes(sa.select(*columns))
    rows[:, 0] = catalogue.places.positions(rows[:, 0])
    rows[:, 1] = catalogue.lots.positions(rows[:, 1])
    return rows
