"""`allocator recall`: a lot stopped everywhere at once, and followed until nothing of it is out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import say
from commands.cut_options import cut_options
from commands.grammar import argument, command, option
from commands.on_ledger import Desk, on_ledger
from commands.paper import head_from, head_options, post_and_show, reasons_listing, refuse_usage
from commands.recall_view import RECALL_ENDINGS, save_recall, show_recall
from commands.table_files import check_table_file
from models.cut_words import Known, cut_said, cut_word

if TYPE_CHECKING:
    from models.recalls import Recall


@command(
    say(
        "Recall a lot: whatever of it lies at a site, is reserved or under way goes into quarantine at once, and none "
        "of it may be sent or used until --end ends the recall. What had left before is named. --status tells who had "
        "how much, what became of it since and what is still out, until nothing is; --out saves that list, or prints "
        "a notice for each holder."
    ),
    examples=(
        "allocator recall A7 --reason counterfeit --out notices.pdf",
        "allocator recall A7 --item MASK --reason ordered --note 'notice 2020-31'",
        "allocator recall A7 --status",
        "allocator recall A7 --status --out holders.xlsx",
        "allocator recall A7 --end --reason passed-test",
    ),
    right="recall",
    listing=reasons_listing("recall"),
)
@argument("lot", metavar="LOT")
@option("--item", metavar="CODE", says=say("The item, where several have a lot of this number."))
@option("--end", is_flag=True, says=say("End the recall; the stock is then released site by site."))
@option("--status", is_flag=True, says=say("Recall nothing; tell how the recall stands."))
@cut_options
@option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say("Also write the holders to this file: .xlsx, .csv or .parquet; .pdf for a notice to each."),
)
@head_options("recall")
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    lot: str,
    item: str | None,
    end: bool,
    status: bool,
    as_of: dt.date | None,
    known_at: Known | None,
    out: Path | None,
    **typed: Any,
) -> None:
    """Recall, or tell how it stands."""
    with on_ledger(context, reads=status, right="see-records" if status else None) as desk:
        check_table_file(desk.session, out, RECALL_ENDINGS)
        if status:
            _refuse_mixed(desk, end=end, reason=typed["reason"])
            _follow(desk, lot, item, out, as_of=as_of, known_at=known_at)
            return
        if as_of is not None or known_at is not None:
            refuse_usage(desk.session, say("{option} goes with --status.", option="--as-of / --known-at"))
        if typed["reason"] is None:
            refuse_usage(desk.session, say("Say why with --reason, or how the recall stands with --status."))
        from models.documents_undo import recall

        post_and_show(desk, recall(head_from(desk, typed), lot_no=_number(lot), code=item, end=end))
        if out is not None:
            save_recall(desk, _found(desk, lot, item), out)


def _number(lot: str) -> str:
    from models.requests import NO_LOT

    return "" if lot == NO_LOT else lot


def _refuse_mixed(desk: Desk, *, end: bool, reason: str | None) -> None:
    if end or reason is not None:
        option_typed = "--end" if end else "--reason"
        refuse_usage(desk.session, say("{option} recalls or ends; leave it out with --status.", option=option_typed))


def _follow(
    desk: Desk, lot: str, item: str | None, out: Path | None, *, as_of: dt.date | None, known_at: Known | None
) -> None:
    found, under = _found(desk, lot, item, as_of, known_at), cut_word(as_of, known_at)
    if under is not None:
        desk.session.show(desk.session.word(under))
    show_recall(desk, found)
    if out is not None:
        save_recall(desk, found, out)


def _found(
    desk: Desk, lot: str, item: str | None, as_of: dt.date | None = None, known_at: Known | None = None
) -> Recall:
    from models.database import reading
    from models.recalls import recall_of

    with reading(desk.ledger.engine) as connection:
        return recall_of(connection, _number(lot), item, cut_said(connection, desk.ledger.zone, as_of, known_at))
