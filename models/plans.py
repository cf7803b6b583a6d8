"""Plans kept in the ledger: what was decided, from what, by which programs, with every file of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from allocator.sentence import say
from models.database import writing
from models.entry import Refusal
from models.plan_tables import plan, plan_file
from models.tables import version
from models.versions import Stamp, record_versions

__all__ = [
    "DRAFT",
    "FINAL",
    "Decided",
    "StoredPlan",
    "altered_file",
    "find_plan",
    "keep_final",
    "plan_files",
    "plans",
    "plans_standing",
    "store_plan",
]

DRAFT = "draft"

FINAL = "final/"
"""How the names of files begin that tell the plan as it is with its overrides."""

_TRIES = 8  # two who plan the same day at once ask for the same number
_SIZE_MAX = 2**29  # bytes; a plan's largest file for a nation is a twentieth of it


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A plan to be kept. `date`: ISO day; `document`: the last one that was known; `files`: by name.

    The digests are SHA-256 in hexadecimal.
    """

    date: str
    document: int
    snapshot_digest: str
    policy_digest: str
    versions: Mapping[str, Any]
    files: Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True)
class StoredPlan:
    """A plan that is kept. `id`: as people call it, "P2020-02-10-1"; `drafted_at`: UTC microseconds."""

    id: str
    date: str
    status: str
    drafted_by: str
    drafted_at: int
    document: int
    snapshot_digest: str
    policy_digest: str
    versions: str


def store_plan(
    engine: sa.Engine,
    decided: Decided,
    stamp: Stamp,
    *,
    also: Callable[[sa.Connection, str], None] = lambda *_: None,
) -> str:
    """Keep a plan as a draft and return its id: the date and its number on that date.

    The digests of its files are recorded as a version, and so sealed: none can be changed unseen.
    `also`: what else is written in the same transaction, given the id.

    Raises:
        Refusal: a file is larger than a ledger keeps.

    """
    too_large = [name for name, content in decided.files.items() if len(content) > _SIZE_MAX]
    if too_large:
        raise Refusal(
            say(
                "The plan's file {file} is larger than a ledger keeps ({most} bytes). Plan fewer sites at once.",
                file=too_large[0],
                most=_SIZE_MAX,
            )
        )
    for attempt in range(_TRIES):
        try:
            with writing(engine) as connection:
                name = _store(connection, decided, stamp)
                also(connection, name)
                return name
        except sa.exc.IntegrityError:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _store(connection: sa.Connection, decided: Decided, stamp: Stamp) -> str:
    there = sa.select(sa.func.count()).select_from(plan).where(plan.c.date == decided.date)
    name = f"P{decided.date}-{connection.execute(there).scalar_one() + 1}"
    about = {
        "date": decided.date,
        "document": decided.document,
        "snapshot_digest": decided.snapshot_digest,
        "policy_digest": decided.policy_digest,
        "versions": json.dumps(decided.versions, sort_keys=True),
    }
    drafted = {"status": DRAFT, "drafted_by": stamp.actor, "drafted_at": stamp.recorded_at}
    connection.execute(plan.insert(), {"id": name, **about, **drafted})
    rows = [{"plan": name, "name": file, "content": content} for file, content in sorted(decided.files.items())]
    connection.execute(plan_file.insert(), rows)
    record_versions(connection, "plan", [(name, {**about, "files": _digests(decided.files)})], stamp)
    return name


def keep_final(connection: sa.Connection, name: str, files: Mapping[str, bytes], stamp: Stamp) -> None:
    """Keep the files of a plan with its overrides in the place of those before; their digests are sealed.

    The names begin with `FINAL`; no files where nothing is overridden any more.
    """
    connection.execute(sa.delete(plan_file).where(plan_file.c.plan == name, plan_file.c.name.startswith(FINAL)))
    rows = [{"plan": name, "name": file, "content": content} for file, content in sorted(files.items())]
    if rows:
        connection.execute(plan_file.insert(), rows)
    record_versions(connection, "plan_final", [(name, {"files": _digests(files)})], stamp)


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {file: hashlib.sha256(content).hexdigest() for file, content in files.items()}


def plans(connection: sa.Connection) -> list[StoredPlan]:
    """Return every plan, the latest first."""
    query = sa.select(plan).order_by(plan.c.drafted_at.desc(), plan.c.id.desc())
    return [StoredPlan(**row) for row in connection.execute(query).mappings()]


def plans_standing(connection: sa.Connection, statuses: Collection[str]) -> list[StoredPlan]:
    """Return the plans that stand in one of some ways, the oldest first."""
    query = sa.select(plan).where(plan.c.status.in_(statuses)).order_by(plan.c.drafted_at, plan.c.id)
    return [StoredPlan(**row) for row in connection.execute(query).mappings()]


def find_plan(connection: sa.Connection, name: str) -> StoredPlan:
    """Return one plan.

    Raises:
        Refusal: there is none of this name.

    """
    row = connection.execute(sa.select(plan).where(plan.c.id == name)).mappings().first()
    if row is None:
        last = connection.execute(sa.select(plan.c.id).order_by(plan.c.drafted_at.desc()).limit(1)).scalar()
        there = say("The last one is {last}.", last=last) if last else say("Make one with: allocator allocate")
        raise Refusal(say("There is no plan {plan} in the ledger. {there}", plan=name, there=there))
    return StoredPlan(**row)


def plan_files(connection: sa.Connection, name: str, only: Collection[str] | None = None) -> dict[str, bytes]:
    """Return a plan's files by name; `only` these, where they are there."""
    query = sa.select(plan_file.c.name, plan_file.c.content).where(plan_file.c.plan == name)
    if only is not None:
        query = query.where(plan_file.c.name.in_(only))
    return {file: bytes(content) for file, content in connection.execute(query)}


def altered_file(connection: sa.Connection, stored: StoredPlan, files: Mapping[str, bytes]) -> str | None:
    """Return the first file of a plan that is not, or no longer, as its sealed version says; None where all are."""
    kept = _sealed(connection, "plan", stored.id) | _sealed(connection, "plan_final", stored.id)
    held = _digests(files)
    return next((name for name in sorted(kept.keys() | held.keys()) if kept.get(name) != held.get(name)), None)


def _sealed(connection: sa.Connection, subject: str, name: str) -> dict[str, str]:
    """Return the digests of a plan's files by name, as the last version of them says."""
    query = sa.select(version.c.body).where(version.c.subject == subject, version.c.key == name)
    body = connection.execute(query.order_by(version.c.id.desc()).limit(1)).scalar()
    return dict(json.loads(body)["row"]["files"]) if body else {}
