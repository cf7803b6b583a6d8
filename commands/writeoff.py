"""`allocator writeoff`: stock that is lost, damaged or destroyed."""

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
    rows_from,
)


@command(
    say(
        "Write off stock that is lost, damaged or destroyed, with a reason. Without a quantity: all that the site "
        "holds of the lot."
    ),
    examples=(
        "allocator writeoff P07 MASK --lot A7 --reason expired",
        "allocator writeoff P07 THERMO 1 --reason broken --note 'fell from the table'",
        "allocator writeoff D1 MASK 13000 --lot FAKE1 --quarantined --reason counterfeit",
    ),
    right="post-stock",
    listing=reasons_listing("writeoff"),
)
@argument("site", metavar="SITE")
@line_arguments
@lot_options()
@packs_option
@option("--quarantined", is_flag=True, says=say("It stands in the site's quarantine."))
@from_file_option("item, units, lot, expires, fund, earmark")
@head_options("writeoff", reason_due=True)
@click.pass_context
def run(context: click.Context, /, *, site: str, quarantined: bool, **typed: Any) -> None:
    """Write off."""
    with on_ledger(context) as desk:
        from models.documents_aside import writeoff

        rows = rows_from(desk, typed, "out", may_be_all=True)
        post_and_show(desk, writeoff(head_from(desk, typed), site=site, rows=rows, from_quarantine=quarantined))
