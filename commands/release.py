"""`allocator release`: stock let out of quarantine."""

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
        "Release stock from a site's quarantine, so that it may be used and sent again. Without a quantity: all that "
        "is there of the lot. A recalled lot is released only after its recall has ended."
    ),
    examples=(
        "allocator release D1 MASK --lot A7 --reason certificate-came",
        "allocator release D1 SUIT 40 --reason passed-test",
    ),
    right="post-stock",
    listing=reasons_listing("release"),
)
@argument("site", metavar="SITE")
@line_arguments
@lot_options()
@packs_option
@from_file_option("item, units, lot, expires, fund, earmark")
@head_options("release", reason_due=True)
@click.pass_context
def run(context: click.Context, /, *, site: str, **typed: Any) -> None:
    """Release."""
    with on_ledger(context) as desk:
        from models.documents_aside import release

        rows = rows_from(desk, typed, "out", may_be_all=True)
        post_and_show(desk, release(head_from(desk, typed), site=site, rows=rows))
