"""`allocator receive`: supplies that were bought, donated or allotted from above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import say
from commands.certificates import check_standard, waits_for_certificate
from commands.grammar import argument, command, option
from commands.on_ledger import Desk, on_ledger
from commands.order_view import tell_order
from commands.paper import (
    from_file_option,
    head_from,
    head_options,
    line_arguments,
    lot_options,
    packs_option,
    post_and_show,
    refuse_usage,
    rows_from,
    typed_row,
)
from commands.scans import scan_option, scanned_rows

if TYPE_CHECKING:
    from models.documents_in import AllToCome
    from models.orders import KnownOrder
    from models.requests import Row


@command(
    say(
        "Receive supplies from a partner: bought from a supplier, given by a donor, or allotted from above. "
        "What comes without a quality certificate can wait in quarantine until it is released."
    ),
    examples=(
        "allocator receive D1 MASK 5000 --partner S1 --lot A7 --expires 2021-03-01 --reference PO-17 --price 1.2",
        "allocator receive D1 --partner S1 --scan -",
        "allocator receive D1 --partner RC --from gifts.csv --quarantine",
        "allocator receive D1 MASK 20000 --order PO-20200210-1 --lot A7",
    ),
    right="report",
)
@argument("site", metavar="SITE")
@line_arguments
@option(
    "--partner",
    metavar="CODE",
    says=say("Who it came from: supplier, donor or upper level; with --order, the order's supplier."),
)
@option(
    "--order",
    default="",
    metavar="ORDER",
    says=say("The order it counts against; without lines, all that is still to come of it here."),
)
@lot_options(incoming=True)
@packs_option
@option("--price", default="", metavar="TEXT", says=say("Price of one unit."))
@option("--reference", default="", metavar="TEXT", says=say("Number of the order, gift letter or allotment."))
@option("--certificate", default="", metavar="TEXT", says=say("Number of the quality certificate."))
@option("--standard", default="", metavar="TEXT", says=say("Standard it was made to, such as GB 19083-2010."))
@option("--quarantine", is_flag=True, says=say("Set it aside until it is released."))
@scan_option
@from_file_option("item, units, lot, expires, fund, earmark, unit_price")
@head_options("receive")
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    site: str,
    partner: str | None,
    order: str,
    reference: str,
    certificate: str,
    standard: str,
    quarantine: bool,
    **typed: Any,
) -> None:
    """Receive."""
    with on_ledger(context) as desk:
        from models.documents_in import receive
        from models.order_receipts import outstanding_rows, post_receipt_of
        from models.versions import Stamp

        known = _order_of(desk, order) if order else None
        partner = partner or (known.partner if known else None)
        if partner is None:
            refuse_usage(desk.session, say("Say from whom it came: --partner CODE; or of which order: --order ORDER."))
        rows: list[Row] | AllToCome
        if typed["scan"] is not None:
            rows = scanned_rows(desk, typed)
        elif known is not None and typed["item"] is None and typed["file"] is None:
            rows = _all_to_come(desk, known, site, typed)
        else:
            rows = rows_from(desk, typed, "in")
        papers = {"reference": reference, "certificate": certificate, "standard": standard}
        papers |= {"order": known.number} if known else {}
        head = head_from(desk, typed)
        due = rows if isinstance(rows, list) else outstanding_rows(known, site) if known is not None else []
        check_standard(desk, standard, [row.item for row in due])
        quarantine = quarantine or waits_for_certificate(desk, certificate)
        draft = receive(head, site=site, partner=partner, rows=rows, into_quarantine=quarantine, **papers)
        if known is None:
            post_and_show(desk, draft)
            return
        number, stamp = known.number, Stamp(desk.actor, desk.now)
        post_and_show(desk, draft, post=lambda each: post_receipt_of(desk.ledger, each, number, stamp))
        tell_order(desk, number)


def _order_of(desk: Desk, number: str) -> KnownOrder:
    from models.database import reading
    from models.orders import find_order

    with reading(desk.ledger.engine) as connection:
        return find_order(connection, number, desk.ledger.zone)


def _all_to_come(desk: Desk, order: KnownOrder, site: str, typed: dict[str, Any]) -> AllToCome:
    """Return the lines of all that is still to come of an order at a site, with what was typed of the one line.

    Raises:
        Refused: packs of nothing; with status 2.

    """
    from models.order_receipts import all_to_come

    if typed["packs"]:
        refuse_usage(desk.session, say("Without an item, all that is still to come is received: leave out --packs."))
    like = typed_row({**typed, "item": "", "quantity": None})
    return all_to_come(order.number, site, like, desk.ledger.zone)
