"""Decide on a finding from a page or a program: find it, ask the ledger, say what it refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from fastapi import HTTPException, Request

from allocator.finding import Finding
from allocator.sentence import say
from models.database import reading
from models.days import now_micros
from models.entry import Refusal
from models.finding_events import accept, close, open_item
from models.finding_states import Standing
from models.ledger import Ledger
from models.versions import Stamp
from web.audit_seen import DECIDE_FINDINGS, FindingsAsked, findings_seen
from web.visitors import Visitor, ledger_of

__all__ = ["accepted", "closed", "finding_seen", "opened"]

Step = Callable[[Ledger, Standing, Stamp], None]
"""Decides on one finding, or is refused."""


def finding_seen(
    request: Request, visitor: Visitor, number: str, as_of: dt.date | None = None, *, deciding: bool = False
) -> Standing:
    """Return one finding within reach of whoever sees it, or decides on it.

    Raises:
        HTTPException: 404, there is none.

    """
    if deciding and not visitor.may(DECIDE_FINDINGS):
        raise HTTPException(status_code=404)
    with reading(ledger_of(request).engine) as connection:
        found = findings_seen(connection, request, visitor.person, FindingsAsked(as_of=as_of))
    for each in found:
        if each.id == number.upper():
            return each
    raise HTTPException(status_code=404)


def accepted(request: Request, visitor: Visitor, number: str, *, reason: str, note: str) -> Standing:
    """Accept a finding as explained, and return how it stands then.

    Raises:
        Refusal: with the reason; nothing was written.
        HTTPException: 404, there is no such finding.

    """
    return _decided(
        request, visitor, number,
        lambda ledger, one, stamp: accept(ledger, _still_found(one), stamp, reason=reason, note=note),
    )  # fmt: skip


def opened(request: Request, visitor: Visitor, number: str, *, owner: str, due: dt.date, note: str) -> Standing:
    """Open a finding to be mended, and return how it stands then; raises as `accepted` does."""
    return _decided(
        request, visitor, number,
        lambda ledger, one, stamp: open_item(ledger, _still_found(one), stamp, owner=owner, due=due, note=note),
    )  # fmt: skip


def closed(request: Request, visitor: Visitor, number: str, *, proof: str, note: str) -> Standing:
    """Close an open finding, and return how it stands then; raises as `accepted` does."""
    return _decided(
        request, visitor, number,
        lambda ledger, one, stamp: close(ledger, one.finding or one.id, stamp, proof=proof, note=note),
    )  # fmt: skip


def _decided(request: Request, visitor: Visitor, number: str, step: Step) -> Standing:
    one = finding_seen(request, visitor, number, deciding=True)
    step(ledger_of(request), one, Stamp(visitor.person.id, now_micros()))
    return finding_seen(request, visitor, one.id)


def _still_found(one: Standing) -> Finding:
    if one.finding is None:
        raise Refusal(
            say(
                "Finding {finding} is not found any more, so there is nothing to decide; one that is open can be "
                "closed: allocator audit findings close {finding} --evidence …",
                finding=one.id,
            )
        )
    return one.finding
