"""`allocator quarantine`: stock set aside at a site."""

from __future__ import annotations

from typing import Any

import click

from allocator.sentence import say
from commands.grammar import argument, command
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
        "Set stock aside at a site: it is neither used nor sent until it is released. Without a quantity: all that "
        "the site holds of the lot. To stop a lot everywhere at once, recall it."
    ),
    examples=(
        "allocator quarantine P07 MASK --lot A7 --reason suspected-fake",
        "allocator quarantine D1 SUIT 40 --reason awaiting-test",
    ),
    right="post-stock",
    listing=reasons_listing("quarantine"),
)
@argument("site", metavar="SITE")
@line_arguments
@lot_options()
@packs_option
@from_file_option("item, units, lot, expires, fund, earmark")
@head_options("quarantine", reason_due=True)
@click.pass_context
def run(context: click.Context, /, *, site: str, **typed: Any) -> None:
    """Set aside."""
    with on_ledger(context) as desk:
        from models.documents_aside import quarantine

        rows = rows_from(desk, typed, "out", may_be_all=True)
        post_and_show(desk, quarantine(head_from(desk, typed), site=site, rows=rows))
