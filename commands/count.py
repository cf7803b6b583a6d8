"""`allocator count`: what was found at a site."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.moments import TIME
from commands.on_ledger import Desk, on_ledger
from commands.paper import (
    file_alone,
    file_read,
    from_file_option,
    head_from,
    head_options,
    line_arguments,
    lot_options,
    packs_option,
    post_and_show,
    refuse_usage,
    typed_row,
)
from commands.scans import scan_option, scanned_rows
from models.days import micros_in

if TYPE_CHECKING:
    from data.document_lines import CountLines
    from models.documents_count import Sheet


@command(
    say(
        "Record a count: what was found of a lot, or with --whole of every lot of an item. A count stands at the time "
        "it was made. Where stock moved since the sheet was printed, that is shown first, and nothing is posted."
    ),
    examples=(
        "allocator count P07 MASK 120 --lot A7",
        "allocator count P07 MASK 0 --whole",
        "allocator count P07 --scan - --whole",
        "allocator count P07 --from sheet.csv --sheet-printed 2020-02-10T08:00",
        "allocator count P07 --from sheet.csv --sheet-printed 2020-02-10T08:00 --at 10:30 --moves-known",
    ),
    right="report",
)
@argument("site", metavar="SITE")
@line_arguments
@lot_options()
@packs_option
@option("--whole", is_flag=True, says=say("Every lot of the item was counted; of others there is nothing."))
@option("--sheet-printed", type=TIME, metavar="TIME", says=say("When the sheet was printed, as 2020-02-10T08:00."))
@option("--sheet-document", type=int, metavar="DOC", says=say("The last document that the sheet knew."))
@option("--moves-known", is_flag=True, says=say("What moved since then is known, and the time of the count is right."))
@scan_option
@from_file_option("item, units, lot, expires, fund, earmark, whole")
@head_options("count")
@click.pass_context
def run(context: click.Context, /, *, site: str, **typed: Any) -> None:
    """Count."""
    with on_ledger(context) as desk:
        from models.documents_count import count

        lines = _lines(desk, typed)
        sheet = _sheet(desk, typed)
        draft = count(head_from(desk, typed), site=site, rows=lines.rows, whole=lines.whole, sheet=sheet)
        post_and_show(desk, draft)


def _lines(desk: Desk, typed: dict[str, Any]) -> CountLines:
    from data.document_lines import CountLines, read_count

    if typed["scan"] is not None:
        scanned = scanned_rows(desk, typed)
        return CountLines(tuple(scanned), frozenset(row.item for row in scanned) if typed["whole"] else frozenset())
    if file_alone(desk, typed):
        lines: CountLines = file_read(desk.session, lambda: read_count(typed["file"], in_packs=typed["packs"]))
        whole = frozenset(row.item for row in lines.rows) if typed["whole"] else lines.whole
        return CountLines(lines.rows, whole)
    if typed["quantity"] is None:
        refuse_usage(desk.session, say("Say how many were found; 0 where there were none."))
    return CountLines((typed_row(typed),), frozenset([typed["item"]] if typed["whole"] else []))


def _sheet(desk: Desk, typed: dict[str, Any]) -> Sheet | None:
    from models.documents_count import Sheet

    printed: dt.date | None = typed["sheet_printed"]
    if printed is None and typed["sheet_document"] is None:
        return None
    at = None if printed is None else micros_in(printed, desk.ledger.zone)
    return Sheet(document=typed["sheet_document"], printed_at=at, moves_known=typed["moves_known"])
