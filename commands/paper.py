"""What every command has that posts a document: its options, its head, its lines from a file, and posting it."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from allocator.sentence import Sentence, say
from commands.grammar import Listing, argument, option
from commands.moments import DAY, EXPIRY, MOMENT
from commands.on_ledger import Desk
from commands.paper_values import QUANTITY, ReasonOf
from commands.reported import REPORTED
from commands.session import Session
from models.reasons import REASONS

if TYPE_CHECKING:
    from models.documents import Draft
    from models.posting import Posted
    from models.requests import Head, Row

__all__ = [
    "file_alone",
    "file_read",
    "from_file_option",
    "head_from",
    "head_options",
    "life_option",
    "line_arguments",
    "lot_options",
    "moment_from",
    "packs_option",
    "partial_option",
    "post_and_show",
    "reason_option",
    "reasons_listing",
    "refuse_usage",
    "rows_from",
    "show_posted",
    "typed_row",
    "when_options",
]

Function = Callable[..., Any]


def reasons_listing(type_: str) -> Listing:
    """Return the list of reasons for the help of a command."""
    return Listing(say("Reasons"), lambda: {reason.code: reason.says for reason in REASONS[type_]})


def head_options(type_: str, *, reason_due: bool = False, dated: bool = True) -> Callable[[Function], Function]:
    """Declare what every document says: when (where `dated`), why, who approved, and the key of a retry."""
    options = [
        *(_WHEN if dated else []),
        option("--note", default="", metavar="TEXT", says=say("Anything else to keep with the document.")),
        option("--approver", metavar="ID", says=say("Who approved it; never who acts.")),
        option("--key", metavar="TEXT", says=say("Sent again with the same key, a document is posted once.")),
        option(
            "--exception",
            is_flag=True,
            says=say("Post it although an earlier day falls short; it stays open until it is explained."),
        ),
        option("--explains", type=int, metavar="DOC", says=say("The exception that this document explains.")),
        *REPORTED,
    ]
    if type_ in REASONS:
        options.insert(0, reason_option(type_, required=reason_due))

    def declare(function: Function) -> Function:
        for each in reversed(options):
            function = each(function)
        return function

    return declare


_WHEN = (
    option("--date", type=DAY, metavar="DATE", says=say("The day on which it happened; default: today.")),
    option("--at", type=MOMENT, metavar="TIME", says=say("The time at which it happened, as 14:30; default: now.")),
)


def when_options(function: Function) -> Function:
    """Declare when something happened."""
    for each in reversed(_WHEN):
        function = each(function)
    return function


def reason_option(type_: str, *, required: bool) -> Callable[[Function], Function]:
    """Declare why: one of the reasons of a type."""
    says = say("Why: one of the reasons below.")
    return option("--reason", type=ReasonOf(type_), required=required, metavar="CODE", says=says)


def lot_options(*, incoming: bool = False) -> Callable[[Function], Function]:
    """Declare how a lot is named; `incoming`: also whose money bought it and for whom it is."""
    says_lot = say("The lot; - for stock without a lot number.")
    options = [option("--lot", metavar="NUMBER", says=says_lot)]
    options.append(
        option("--expires", type=EXPIRY, metavar="DATE", says=say("The last day the lot may be used, or: never."))
    )
    if incoming:
        options.append(option("--fund", metavar="TEXT", says=say("Whose money bought it.")))
        options.append(option("--earmark", metavar="CODE", says=say("The only site or area it is for.")))

    def declare(function: Function) -> Function:
        for each in reversed(options):
            function = each(function)
        return function

    return declare


def line_arguments(function: Function) -> Function:
    """Declare ITEM and QUANTITY, which a file may take the place of."""
    function = argument("quantity", required=False, type=QUANTITY, metavar="[QUANTITY]")(function)
    return argument("item", required=False, metavar="[ITEM]")(function)


def from_file_option(columns: str) -> Callable[[Function], Function]:
    """Declare `--from`, with the columns that the file may have."""
    return option(
        "--from",
        "file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        says=say("The lines, from a CSV file with the columns {columns}.", columns=columns),
    )


packs_option = option("--packs", is_flag=True, says=say("Quantities are packs of the item, not units."))
partial_option = option("--partial", is_flag=True, says=say("Where there are too few, take what there is and say so."))
life_option = option(
    "--life",
    type=click.IntRange(0),
    default=0,
    metavar="DAYS",
    says=say("Days a lot must have left until it expires; default: none."),
)


def refuse_usage(session: Session, sentence: Sentence) -> NoReturn:
    """Stop with what is wrong about the words that were typed."""
    session.refuse(sentence, status=2)


def file_read(session: Session, read: Callable[[], Any]) -> Any:
    """Return what was read from a file.

    Raises:
        Refused: the file has problems; all of them, with status 2.

    """
    from data.problems import CaseUnreadable

    try:
        return read()
    except CaseUnreadable as unreadable:
        session.refuse(*(problem.sentence for problem in unreadable.problems), status=2)


def rows_from(desk: Desk, typed: Mapping[str, Any], kind: str, *, may_be_all: bool = False) -> list[Row]:
    """Return the lines of a document of `kind` "in" or "out": those of the file, or the one that was typed.

    `may_be_all`: without a quantity, all there is is meant.

    Raises:
        Refused: neither or both were given, or the file has problems; with status 2.

    """
    from data.document_lines import read_rows

    if file_alone(desk, typed):
        return file_read(desk.session, lambda: read_rows(typed["file"], kind, in_packs=typed["packs"]))
    if typed["quantity"] is None and not may_be_all:
        refuse_usage(desk.session, _WHAT)
    return [typed_row(typed)]


_WHAT = say("Name an item and how many, or a file with the lines: --from FILE.")


def file_alone(desk: Desk, typed: Mapping[str, Any]) -> bool:
    """Say whether the lines are in a file, and not typed.

    Raises:
        Refused: neither or both, with status 2.

    """
    if (typed["item"] is None) == (typed["file"] is None):
        refuse_usage(desk.session, _WHAT)
    return typed["file"] is not None


def typed_row(typed: Mapping[str, Any]) -> Row:
    """Return the one line that was typed."""
    from models.requests import NO_LOT, Row

    lot, expires, price = typed.get("lot"), typed.get("expires"), typed.get("price")
    return Row(
        item=typed["item"],
        quantity=typed["quantity"],
        in_packs=typed["packs"],
        lot_no="" if lot == NO_LOT else lot,
        expires=None if expires is None else expires.isoformat(),
        owner_fund=typed.get("fund"),
        earmark=typed.get("earmark"),
        details={"unit_price": price} if price else {},
    )


def head_from(desk: Desk, typed: Mapping[str, Any]) -> Head:
    """Return the head of a document. A day without a time is its noon, today is now.

    Raises:
        Refused: day and time contradict each other, with status 2.
        Refusal: the time is yet to come.

    """
    from models.requests import Head

    date, at = typed.get("date"), typed.get("at")
    occurred_at = moment_from(desk, date, at)
    return Head(
        key=typed["key"] or secrets.token_hex(8),
        actor=desk.actor,
        occurred_at=occurred_at,
        said_when=" ".join(part.isoformat() for part in (date, at) if part is not None),
        reason=typed.get("reason") or "",
        note=typed["note"],
        approver=typed["approver"],
        exception=typed["exception"],
        explains=typed["explains"],
        reported_by=typed["reported_by"],
        reported_how=typed["reported_how"] or "",
    )


def moment_from(desk: Desk, date: dt.date | None, at: dt.time | dt.datetime | None) -> int:
    """Return when something happened, in UTC microseconds. A day without a time is its noon, today is now.

    Raises:
        Refused: day and time contradict each other, with status 2.
        Refusal: the time is yet to come.

    """
    from models.occurred import occurred_at

    if isinstance(at, dt.datetime) and date is not None:
        refuse_usage(desk.session, say("Give the day either with --date or with --at, not with both."))
    return occurred_at(date, at, now=desk.now, zone=desk.ledger.zone)


def post_and_show(desk: Desk, draft: Draft, *, post: Callable[[Draft], Posted] | None = None) -> None:
    """Post a document, and show it as it stands in the ledger: the same for a retry.

    `post`: how it is posted, where more is recorded with it.

    Raises:
        Refused: what the ledger refused, with names beside the codes.

    """
    from data.refusals_told import refusal_told
    from models.database import reading
    from models.documents import post_draft
    from models.documents_out import TooFew
    from models.entry import Refusal
    from models.within_reach import within_reach

    with reading(desk.ledger.engine) as connection:
        reach = desk.reach(connection)
    try:
        draft = within_reach(draft, reach)
        posted = post(draft) if post else post_draft(desk.ledger, draft, recorded_at=desk.now)
    except Refusal as refusal:
        with reading(desk.ledger.engine) as connection:
            said = refusal_told(connection, refusal, reach)
        if isinstance(refusal, TooFew):
            said.append(say("To take what there is, add --partial."))
        desk.session.refuse(*said)
    if posted.again:
        desk.session.tell(
            say("Document {number} was posted before with this key; nothing was posted now.", number=posted.id)
        )
    show_posted(desk, posted.id, again=posted.again)


def show_posted(desk: Desk, number: int, *, again: bool = False) -> None:
    """Show a document as it stands in the ledger.

    Raises:
        Refusal: there is none of this number.

    """
    from commands.document_view import show_document
    from models.database import reading
    from models.document_notes import notes_of
    from models.documents_read import read_document
    from models.entry import Refusal
    from models.names_beside import with_names

    with reading(desk.ledger.engine) as connection:
        seen = read_document(connection, number)
        if seen is None:
            raise Refusal(say("There is no document {number}. Check its number.", number=number))
        notes = with_names(connection, notes_of(connection, seen, zone=desk.ledger.zone))
    show_document(desk.session, seen, notes, zone=desk.ledger.zone, again=again)
