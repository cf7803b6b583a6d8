"""`allocator settle`: where that came from which a shipment brought beyond its note."""

from __future__ import annotations

from typing import Any

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.on_ledger import on_ledger
from commands.paper import (
    head_from,
    head_options,
    line_arguments,
    lot_options,
    packs_option,
    post_and_show,
    reasons_listing,
    typed_row,
)


@command(
    say(
        "Explain what came beyond a shipment, or in place of what its note says: it was loaded and not noted, it "
        "belongs to another shipment, a partner gave it on the way, or nobody knows. The reason says from where the "
        "units are taken, so that every unit is somewhere once. Without an item, all that is open of the shipment."
    ),
    examples=(
        "allocator settle T-FWT3ZWA MASK 2 --reason loaded-too-many",
        "allocator settle T-FWT3ZWA MASK 2 --lot A7 --reason other-shipment --other T-5YTWQF5",
        "allocator settle T-FWT3ZWA --reason found --note 'asked the driver and the depot'",
    ),
    right="post-stock",
    listing=reasons_listing("settle"),
)
@argument("shipment", metavar="SHIPMENT")
@line_arguments
@option("--other", default="", metavar="SHIPMENT", says=say("The shipment in which it is missing."))
@option("--partner", default="", metavar="CODE", says=say("Who gave it on the way."))
@lot_options()
@packs_option
@head_options("settle", reason_due=True)
@click.pass_context
def run(context: click.Context, /, *, shipment: str, other: str, partner: str, **typed: Any) -> None:
    """Explain."""
    with on_ledger(context) as desk:
        from models.documents_settle import settle

        row = None if typed["item"] is None else typed_row(typed)
        post_and_show(desk, settle(head_from(desk, typed), shipment=shipment, row=row, other=other, partner=partner))
