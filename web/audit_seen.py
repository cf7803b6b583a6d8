"""What of the records is asked for, by pages and API alike, and what of it the asker may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from fastapi import Request

from models.days import day_of, now_micros
from models.documents_listed import is_within
from models.documents_read import SeenDocument, read_document
from models.finding_states import Standing
from models.findings import findings_of, stand
from models.ledger import Ledger
from models.people import Person
from models.requests import NO_LOT
from models.rights import Reach, reach_of
from models.stock import codes_of
from models.trace_account import AccountLine, account_of
from models.trace_asked import Traced, traced_site, traced_what
from models.trace_reach import traced_within
from web.cut_asked import CutAsked
from web.kept import kept_of
from web.visitors import ledger_of

__all__ = [
    "DECIDE_FINDINGS",
    "SEE_FINDINGS",
    "SEE_RECORDS",
    "FindingsAsked",
    "SeenTrace",
    "TraceAsked",
    "document_seen",
    "finding_within",
    "findings_seen",
    "trace_seen",
]

SEE_RECORDS, SEE_FINDINGS, DECIDE_FINDINGS = "see-records", "see-findings", "decide-findings"


@dataclass(frozen=True, kw_only=True)
class TraceAsked:
    """What is to be traced: `of` a lot, document or shipment, or an `item` at a `site`; "" for none."""

    of: str = ""
    site: str = ""
    item: str = ""
    cut: CutAsked = field(default_factory=CutAsked)

    @property
    def is_asked(self) -> bool:
        """Whether enough was said to trace something."""
        return bool(self.of or (self.site and self.item))


@dataclass(frozen=True, kw_only=True)
class SeenTrace:
    """What was traced, as far as somebody may see it; `account`: of an item at a site, line by line."""

    traced: Traced
    account: Sequence[AccountLine] = ()


def trace_seen(connection: sa.Connection, ledger: Ledger, person: Person, asked: TraceAsked) -> SeenTrace | None:
    """Return what was asked for; None where there is none of it within reach.

    Raises:
        Refusal: it is asked as known to the author of a plan that is not there.

    """
    reach, cut = reach_of(connection, person, SEE_RECORDS), asked.cut.cut(connection, ledger)
    if asked.of:
        what = "" if asked.of == NO_LOT else asked.of
        found = traced_what(connection, what, asked.item or None, cut)
        traced = None if found is None else traced_within(found, reach)
        return None if traced is None else SeenTrace(traced=traced)
    known = all(code in codes_of(connection, what) for what, code in (("site", asked.site), ("item", asked.item)))
    if not known or not reach.holds(asked.site):
        return None
    here = traced_within(traced_site(connection, asked.site, asked.item, cut), reach)
    if here is None:
        return None
    return SeenTrace(traced=here, account=account_of(connection, asked.site, asked.item, cut))


def document_seen(connection: sa.Connection, person: Person, number: int) -> SeenDocument | None:
    """Return a document, None where there is none of this number within reach."""
    if not 0 < number < _NUMBERS or not is_within(connection, person, SEE_RECORDS, number):
        return None
    return read_document(connection, number)


_NUMBERS = 2**62


@dataclass(frozen=True, kw_only=True)
class FindingsAsked:
    """Filters of findings; empty for none. `since`: with evidence of this day or later; `as_of`: as known then."""

    rule: str = ""
    site: str = ""
    state: str = ""
    since: dt.date | None = None
    as_of: dt.date | None = None


def findings_seen(connection: sa.Connection, request: Request, person: Person, asked: FindingsAsked) -> list[Standing]:
    """Return the findings that lie within reach, the strongest first.

    One that names several sites is seen by whoever sees them all: half of it would tell what the other half is.
    """
    reach = reach_of(connection, person, SEE_FINDINGS)
    zone = ledger_of(request).zone
    until = asked.as_of or day_of(now_micros(), zone)
    found = kept_of(request).findings.answer(connection, until, lambda: findings_of(connection, zone, until))
    standing = stand(connection, zone, found, until=until, as_of=asked.as_of)
    return [each for each in standing if finding_within(each, reach) and _is_meant(each, asked)]


def finding_within(each: Standing, reach: Reach) -> bool:
    """Say whether somebody of a reach sees a finding: all sites that it names lie there."""
    if reach.everywhere:
        return True
    return each.finding is not None and bool(each.finding.sites) and all(map(reach.holds, each.finding.sites))


def _is_meant(each: Standing, asked: FindingsAsked) -> bool:
    if asked.state and each.state != asked.state and not (asked.state == "waiting" and each.waits):
        return False
    if each.finding is None:
        return not asked.site and asked.since is None and asked.rule in ("", each.events[-1].rule)
    return (
        asked.rule in ("", each.finding.rule)
        and (not asked.site or asked.site in each.finding.sites)
        and (asked.since is None or each.finding.last_day >= asked.since)
    )
