"""From a request to a document: what was asked is fixed first, what must be read is read while posting.

A `Draft` knows all that was said; its `fill` works out the lines (lots, mirrored lines, where a lot
lies) from the stock as the transaction finds it, under the same locks that post it. So two parallel
takes of the same units cannot both succeed, and a retry asks the same whatever stock there is by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import say
from models.entry import Entry, Refusal
from models.ledger import Ledger
from models.names import Names
from models.people import refuse_unknown_approver
from models.posting import Book, Posted, post_in
from models.reasons import OTHER
from models.reporting import reported_of, with_reporter
from models.requests import Head
from models.stockroom import Shelves, Stockroom
from models.tables import open_exception

__all__ = ["Draft", "entry_of", "post_draft", "post_draft_in"]


@dataclass(frozen=True)
class Draft:
    """A document as it was asked for, and how its lines are found. `explains`: an exception that it explains.

    `also`: further documents of the same act, worked out and posted after it in the same transaction. `early`: its
    lines need only what its accounts hold to be right, so it may be worked out before they are locked.
    """

    entry: Entry
    fill: Callable[[Stockroom, Entry], Entry]
    explains: int | None = None
    also: tuple[Draft, ...] = ()
    early: bool = False


def entry_of(type_: str, head: Head, asked: Mapping[str, Any], *, site: str | None, **more: Any) -> Entry:
    """Return a document without its lines; the note goes with the details.

    Raises:
        Refusal: an exception, or a reason that is none of the others, without a note.

    """
    if head.exception and not head.note:
        raise Refusal(say("An exception needs a note. Say with --note how it comes that a day falls short."))
    if head.reason == OTHER and not head.note:
        raise Refusal(say('The reason "other" needs a note. Say with --note what the reason is.'))
    details = dict(more.pop("details", {}))
    if head.note:
        details["note"] = head.note
    reported = reported_of(head.reported_by, head.reported_how)
    if reported:
        details["reported"] = reported
    return Entry(
        key=head.key,
        type=type_,
        actor=head.actor,
        occurred_at=head.occurred_at,
        site=site,
        approver=head.approver,
        reason=head.reason,
        exception=head.exception,
        refers_to=more.pop("refers_to", head.explains),
        details=details,
        asked=asked,
        **more,
    )


def post_draft(ledger: Ledger, draft: Draft, *, recorded_at: int) -> Posted:
    """Work a document out and post it, in one transaction. `recorded_at`: now, in UTC microseconds.

    Raises:
        Refusal: with the reason; nothing was written.

    """
    entry, zone = draft.entry, ledger.zone

    def carefully(book: Book, names: Names) -> Posted:
        return post_draft_in(book, names, draft, recorded_at=recorded_at, zone=zone)

    def early(shelves: Shelves) -> Entry:
        room = Stockroom(shelves, zone, entry.occurred_at)
        return draft.fill(room, with_reporter(shelves.connection, entry))

    if not draft.early or entry.exception or entry.approver or draft.explains is not None or draft.also:
        return ledger.write(carefully)
    return ledger.post_early(early, carefully, recorded_at=recorded_at)


def post_draft_in(book: Book, names: Names, draft: Draft, *, recorded_at: int, zone: ZoneInfo) -> Posted:
    """Work a document out and post it within the transaction of `book`.

    Raises:
        Refusal: with the reason; nothing of it was written.

    """
    entry = draft.entry
    if entry.approver not in (None, entry.actor):
        refuse_unknown_approver(book.connection, entry.approver)
    # What is there already is not worked out again: the stock it took is gone.
    if book.find_key(entry.key) is None:
        room = Stockroom(book, zone, entry.occurred_at, exception=entry.exception)
        try:
            entry = draft.fill(room, with_reporter(book.connection, entry))
        except Refusal:
            # Another may have posted it while this one waited for the stock.
            if book.find_key(entry.key) is None:
                raise
    posted = post_in(book, names, entry, recorded_at=recorded_at, zone=zone)
    if draft.explains is not None and not posted.again:
        _close_exception(book.connection, draft.explains, posted.id)
    for each in draft.also:
        post_draft_in(book, names, each, recorded_at=recorded_at, zone=zone)
    return posted


def _close_exception(connection: sa.Connection, number: int, by: int) -> None:
    """Note that an exception is explained by a document."""
    query = sa.select(open_exception.c.explained_by).where(open_exception.c.document == number)
    row = connection.execute(query).first()
    if row is None:
        raise Refusal(
            say("Document {number} was not posted as an exception, so it needs no explanation.", number=number)
        )
    if row.explained_by is not None:
        raise Refusal(
            say("Document {number} was explained before, by document {by}.", number=number, by=row.explained_by)
        )
    change = sa.update(open_exception).where(open_exception.c.document == number).values(explained_by=by)
    connection.execute(change)
