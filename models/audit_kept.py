"""Master data stands as it was last recorded: needs, roads and local facts decide plans as stock does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.audit_findings import Fault
from models.audit_purchases import purchases
from models.audit_reading import Reader
from models.audit_rectified import decisions
from models.canonical import canonical, normal, says_the_same
from models.catalogue import CATALOGUE
from models.catalogue_activity import ACTIVITY
from models.catalogue_areas import AREAS
from models.catalogue_history import PAST
from models.catalogue_purchase import PURCHASING
from models.catalogue_reports import REPORTS
from models.catalogue_rows import Kept
from models.catalogue_senders import SENDERS
from models.people import people
from models.tables import person, policy, version
from models.witnesses import WITNESSES

__all__ = ["check_kept"]

_Row = tuple[str, dict[str, Any]]
"""The key of a row and all that its version tells, its key columns among it."""


def check_kept(reader: Reader) -> Fault | None:
    """Every row of master data is what its last version says, and none came or went without one.

    A ledger in which no site was ever recorded was filled in bulk, to be measured: kinds without versions pass there.
    """
    sites = sa.select(version.c.id).where(version.c.subject == "site").limit(1)
    is_bare = reader.one(sites) is None
    kinds: list[tuple[str, tuple[str, ...], Iterable[_Row]]] = [
        (kept.subject, kept.key, _rows(reader, kept))
        for kept in (*CATALOGUE, *ACTIVITY, *SENDERS, REPORTS, *PURCHASING, *PAST, AREAS, WITNESSES)
    ]
    kinds += purchases(reader) + decisions(reader)
    kinds += [("policy", ("number",), _policies(reader)), ("person", ("id",), _people(reader))]
    faults = (_check(reader, *kind, is_bare=is_bare) for kind in kinds)
    return next((fault for fault in faults if fault is not None), None) or _check_policies(reader)


def _check(
    reader: Reader, subject: str, names: tuple[str, ...], rows: Iterable[_Row], *, is_bare: bool
) -> Fault | None:
    last = _last(reader, subject)
    if not last and is_bare:
        return None
    there: set[str] = set()
    # The first by key is named, in whatever order a database gives its rows.
    wrong: dict[str, Sentence] = {}
    for key, row in rows:
        body = last.get(key)
        if body is None:
            wrong[key] = say(
                "Master data {subject} {key} was never recorded: somebody wrote it past the program.",
                subject=subject,
                key=key,
            )
        # Nearly every row is told to the letter, and need not be read.
        elif f'"row":{canonical(row)},"subject"' not in body and not _is_told(reader, subject, names, key, row, body):
            wrong[key] = say("Master data {subject} {key} is not as it was last recorded.", subject=subject, key=key)
        there.add(key)
    if wrong:
        return Fault("kept", wrong[min(wrong)])
    gone = min(last.keys() - there, default=None)
    if gone is None:
        return None
    sentence = say("Master data {subject} {key} was recorded, and is not there any more.", subject=subject, key=gone)
    return Fault("kept", sentence)


def _last(reader: Reader, subject: str) -> dict[str, str]:
    """Return the last version of everything of a kind, by key."""
    newest = sa.select(sa.func.max(version.c.id)).where(version.c.subject == subject).group_by(version.c.key)
    query = sa.select(version.c.key, version.c.body).where(version.c.id.in_(newest)).order_by(version.c.id)
    return {normal(key): body for block in reader.blocks(query) for key, body in block}


def _is_told(reader: Reader, subject: str, names: tuple[str, ...], key: str, row: dict[str, Any], body: str) -> bool:
    """Say whether the last version of a row says the same. `body`: the last under its key.

    That may be another row's, whose key reads alike; and a version knows no column that came after it.
    """
    said = json.loads(body)["row"]
    if not _is_of(said, row, names):
        query = sa.select(version.c.key, version.c.body).where(version.c.subject == subject)
        for block in reader.blocks(query.order_by(version.c.id)):
            alike = (json.loads(text)["row"] for own, text in block if normal(own) == key)
            said = next((each for each in reversed(list(alike)) if _is_of(each, row, names)), said)
    return _is_of(said, row, tuple(said))


def _is_of(said: dict[str, Any], row: dict[str, Any], names: tuple[str, ...]) -> bool:
    return all(says_the_same(said.get(name), row.get(name)) for name in names)


def _rows(reader: Reader, kept: Kept) -> Iterator[_Row]:
    """Give the rows of a table as versions tell them: sites and items by their codes."""
    columns: list[sa.ColumnElement[Any]] = []
    source: sa.FromClause = kept.table
    names = (*kept.key, *kept.values)
    for name in names:
        column = kept.table.c[name]
        owner = next((each.column.table for each in column.foreign_keys if each.column.name == "id"), None)
        if owner is None:
            columns.append(column)
            continue
        other = owner.alias(f"the_{name}")
        source = source.outerjoin(other, other.c.id == column)
        columns.append(other.c.code)
    same = [kept.table.c[name] == value for name, value in kept.constants.items()]
    for block in reader.blocks(sa.select(*columns).select_from(source).where(*same)):
        for values in block:
            key = "/".join(map(str, values[: len(kept.key)]))
            yield normal(key), dict(zip(names, values, strict=True))


def _policies(reader: Reader) -> list[_Row]:
    query = sa.select(policy.c.id, policy.c.toml, policy.c.reason).order_by(policy.c.id)
    return [
        (str(number), {"number": number, "toml": toml, "reason": reason}) for number, toml, reason in reader.rows(query)
    ]


def _check_policies(reader: Reader) -> Fault | None:
    """Each policy was set by whom and when its version says."""
    set_ = sa.and_(version.c.subject == "policy", version.c.key == sa.cast(policy.c.id, sa.Text))
    other = sa.or_(version.c.actor != policy.c.actor, version.c.recorded_at != policy.c.recorded_at)
    query = sa.select(sa.func.min(policy.c.id)).join_from(policy, version, set_).where(other)
    number = reader.one(query)
    if number is None:
        return None
    return Fault("kept", say("Policy {number} is said to be set by another or at another time.", number=number))


def _people(reader: Reader) -> list[_Row]:
    active = dict(reader.rows(sa.select(person.c.id, person.c.active)))
    return [
        (
            normal(each.id),
            {
                "id": each.id,
                "active": active[each.id],
                "roles": [{"role": role, "area": place} for role, place in each.roles],
            },
        )
        for each in people(reader.connection)
    ]
