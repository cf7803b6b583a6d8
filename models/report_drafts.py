"""Reports that somebody is typing: kept by the server, one of each kind for each site, until they are recorded.

They are no facts: a draft that is saved again is written over, and after two weeks it is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from allocator.sentence import say
from models.draft_tables import report_draft
from models.entry import Refusal
from models.ledger import Ledger

__all__ = ["DRAFTS_MAX", "KEPT_DAYS", "ReportDraft", "draft_of", "drafts_of", "drop_draft", "save_draft"]

KEPT_DAYS = 14
DRAFTS_MAX = 50
"""The most that one person keeps."""

LETTERS_MAX = 65_536
_DAY = 86_400_000_000


@dataclass(frozen=True, kw_only=True)
class ReportDraft:
    """A report that is being typed. `fields`: as its form holds them; `saved_at`: UTC microseconds."""

    kind: str
    site: str
    fields: Mapping[str, Any]
    saved_at: int


def save_draft(ledger: Ledger, person: str, kind: str, site: str, fields: Mapping[str, Any], *, at: int) -> None:
    """Keep what somebody typed so far; what they kept before of this kind and site is written over. `at`: now.

    Raises:
        Refusal: it is too much, or too many are kept.

    """
    text = json.dumps(fields, ensure_ascii=False)
    if len(text) > LETTERS_MAX:
        raise Refusal(say("The draft is too long to be kept. Record it in two parts."))
    row = {"person": person, "kind": kind, "site": site, "fields": text, "saved_at": at}
    ledger.write(lambda book, _: _save(book.connection, row))


def _save(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    at, person = row["saved_at"], row["person"]
    connection.execute(sa.delete(report_draft).where(report_draft.c.saved_at < at - KEPT_DAYS * _DAY))
    own = _own(person, row["kind"], row["site"])
    changed = connection.execute(sa.update(report_draft).where(*own).values(fields=row["fields"], saved_at=at))
    if changed.rowcount:
        return
    count = sa.select(sa.func.count()).where(report_draft.c.person == person)
    if connection.execute(count).scalar_one() >= DRAFTS_MAX:
        raise Refusal(say("{most} drafts are kept already. Record or drop one first.", most=DRAFTS_MAX))
    connection.execute(sa.insert(report_draft), row)


def draft_of(connection: sa.Connection, person: str, kind: str, site: str, *, at: int) -> ReportDraft | None:
    """Return what somebody typed of a kind for a site, None where nothing is kept. `at`: now."""
    row = connection.execute(_kept(person, at).where(*_own(person, kind, site))).first()
    return None if row is None else _read(row)


def drafts_of(connection: sa.Connection, person: str, *, at: int) -> list[ReportDraft]:
    """Return all that somebody is typing, what was saved last first. `at`: now."""
    return [_read(row) for row in connection.execute(_kept(person, at).order_by(report_draft.c.saved_at.desc()))]


def drop_draft(ledger: Ledger, person: str, kind: str, site: str) -> None:
    """Forget a draft: it was recorded, or is not wanted any more."""
    gone = sa.delete(report_draft).where(*_own(person, kind, site))
    ledger.write(lambda book, _: book.connection.execute(gone).rowcount)


def _own(person: str, kind: str, site: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (report_draft.c.person == person, report_draft.c.kind == kind, report_draft.c.site == site)


def _kept(person: str, at: int) -> sa.Select[Any]:
    return sa.select(report_draft).where(
        report_draft.c.person == person, report_draft.c.saved_at >= at - KEPT_DAYS * _DAY
    )


def _read(row: sa.Row[Any]) -> ReportDraft:
    return ReportDraft(kind=row.kind, site=row.site, fields=json.loads(row.fields), saved_at=row.saved_at)
