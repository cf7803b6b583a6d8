"""`allocator return`: stock that goes back to who sent it, or comes back unused."""

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
    reasons_listing,
    refuse_usage,
    rows_from,
)


@command(
    say(
        "Return stock to the partner it came from, never more than came; or with --unused take back into stock what "
        "was issued for use at the site and not used. Without a quantity: all there is of the lot."
    ),
    examples=(
        "allocator return D1 MASK 500 --lot A7 --to S1 --reason wrong-item",
        "allocator return D1 MASK --lot FAKE1 --quarantined --to S1 --reason substandard",
        "allocator return P07 GLOVES 20 --unused --reason unused",
    ),
    right="post-stock",
    listing=reasons_listing("return"),
)
@argument("site", metavar="SITE")
@line_arguments
@option("--to", "partner", metavar="CODE", says=say("The partner to whom it goes back."))
@option("--unused", is_flag=True, says=say("It was issued for use here and comes back."))
@option("--quarantined", is_flag=True, says=say("It stands in the site's quarantine."))
@lot_options()
@packs_option
@from_file_option("item, units, lot, expires, fund, earmark")
@head_options("return", reason_due=True)
@click.pass_context
def run(
    context: click.Context, /, *, site: str, partner: str | None, unused: bool, quarantined: bool, **typed: Any
) -> None:
    """Return."""
    with on_ledger(context) as desk:
        from models.documents_aside import give_back, return_to

        if (partner is None) != unused or (unused and quarantined):
            refuse_usage(desk.session, say("Say either --to and the partner it goes back to, or --unused."))
        rows = rows_from(desk, typed, "out", may_be_all=True)
        head = head_from(desk, typed)
        if partner is None:
            draft = give_back(head, site=site, rows=rows)
        else:
            draft = return_to(head, site=site, partner=partner, rows=rows, from_quarantine=quarantined)
        post_and_show(desk, draft)
