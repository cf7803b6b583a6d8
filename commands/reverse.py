"""`allocator reverse`: a document taken back, every line of it."""

from __future__ import annotations

from typing import Any

import click

from allocator.sentence import say
from commands.grammar import argument, command
from commands.on_ledger import on_ledger
from commands.paper import head_from, head_options, post_and_show, reasons_listing


@command(
    say(
        "Reverse a document: every line of it backwards, once, where and when it stood. What was counted later stays "
        "counted, and the count that absorbs the difference is named. Then post the right document."
    ),
    examples=("allocator reverse 17 --reason wrong-quantity",),
    right="post-stock",
    listing=reasons_listing("reverse"),
)
@argument("document", type=int, metavar="DOC")
@head_options("reverse", reason_due=True, dated=False)
@click.pass_context
def run(context: click.Context, /, *, document: int, **typed: Any) -> None:
    """Reverse."""
    with on_ledger(context) as desk:
        from models.documents_undo import reverse

        post_and_show(desk, reverse(head_from(desk, typed), number=document))
