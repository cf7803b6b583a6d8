"""Post what a person asks for on a page or over the API, within reach, as commands do."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request

from data.refusals_told import refusal_told
from models.database import reading
from models.documents import Draft, post_draft
from models.entry import Refusal
from models.people import Person
from models.posting import KeyUsedOtherwise, Posted
from models.within_reach import within_reach
from web.kept import reach_kept
from web.visitors import ledger_of

__all__ = ["post_for"]


def post_for(
    request: Request,
    person: Person,
    right: str,
    draft: Callable[[], Draft],
    *,
    now: int,
    post: Callable[[Draft], Posted] | None = None,
) -> Posted:
    """Post a document. `draft`: makes it; `post`: how it is posted, where more is recorded with it.

    Raises:
        KeyUsedOtherwise: the key is of a document that says something else.
        Refusal: what else the ledger refused, with names beside the codes; nothing was recorded.

    """
    ledger = ledger_of(request)
    reach = reach_kept(request, person, right)
    try:
        within = within_reach(draft(), reach)
        return post(within) if post else post_draft(ledger, within, recorded_at=now)
    except KeyUsedOtherwise:
        raise
    except Refusal as refusal:
        with reading(ledger.engine) as connection:
            raise Refusal(*refusal_told(connection, refusal, reach)) from refusal
