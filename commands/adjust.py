"""`allocator adjust`: a site's stock corrected, with a reason."""

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
        "Correct a site's stock up or down, with a reason. Where it was counted, post the count instead; where a "
        "document is wrong, reverse it."
    ),
    examples=(
        "allocator adjust P07 MASK 12 --up --reason found",
        "allocator adjust P07 GLOVES 30 --down --lot B2 --reason given-outside --note 'to the fire brigade'",
    ),
    right="post-stock",
    listing=reasons_listing("adjust"),
)
@argument("site", metavar="SITE")
@line_arguments
@option("--up", is_flag=True, says=say("There are more than the ledger holds."))
@option("--down", is_flag=True, says=say("There are fewer than the ledger holds."))
@lot_options(incoming=True)
@packs_option
@from_file_option("item, units, lot, expires, fund, earmark")
@head_options("adjust", reason_due=True)
@click.pass_context
def run(context: click.Context, /, *, site: str, up: bool, down: bool, **typed: Any) -> None:
    """Adjust."""
    with on_ledger(context) as desk:
        from models.documents_aside import adjust

        if up == down:
            refuse_usage(desk.session, say("Say either --up or --down."))
        draft = adjust(head_from(desk, typed), site=site, rows=rows_from(desk, typed, "out"), more=up)
        post_and_show(desk, draft)
