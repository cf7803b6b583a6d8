"""`allocator receive`: supplies that were bought, donated or allotted from above."""

from __future__ import annotations

from typing import Any

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.on_ledger import on_ledger
from commands.paper import (
    from_file_option,
    head_from,
    head_options,
    line_arguments,
    lot_options,
    packs_option,
    post_and_show,
    rows_from,
)


@command(
    say(
        "Receive supplies from a partner: bought from a supplier, given by a donor, or allotted from above. "
        "What comes without a quality certificate can wait in quarantine until it is released."
    ),
    examples=(
        "allocator receive D1 MASK 5000 --partner S1 --lot A7 --expires 2021-03-01 --reference PO-17 --price 1.2",
        "allocator receive D1 --partner RC --from gifts.csv --quarantine",
    ),
)
@argument("site", metavar="SITE")
@line_arguments
@option("--partner", required=True, metavar="CODE", says=say("Who it came from: supplier, donor or upper level."))
@lot_options(incoming=True)
@packs_option
@option("--price", default="", metavar="TEXT", says=say("Price of one unit."))
@option("--reference", default="", metavar="TEXT", says=say("Number of the order, gift letter or allotment."))
@option("--certificate", default="", metavar="TEXT", says=say("Number of the quality certificate."))
@option("--quarantine", is_flag=True, says=say("Set it aside until it is released."))
@from_file_option("item, units, lot, expires, fund, earmark, unit_price")
@head_options("receive")
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    site: str,
    partner: str,
    reference: str,
    certificate: str,
    quarantine: bool,
    **typed: Any,
) -> None:
    """Receive."""
    with on_ledger(context) as desk:
        from models.documents_in import receive

        rows = rows_from(desk, typed, "in")
        papers = {"reference": reference, "certificate": certificate}
        head = head_from(desk, typed)
        post_and_show(desk, receive(head, site=site, partner=partner, rows=rows, into_quarantine=quarantine, **papers))
