"""`allocator recall`: a lot stopped everywhere at once."""

from __future__ import annotations

from typing import Any

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.on_ledger import on_ledger
from commands.paper import head_from, head_options, post_and_show, reasons_listing


@command(
    say(
        "Recall a lot: whatever of it lies at a site, is reserved or under way goes into quarantine at once, and none "
        "of it may be sent or used until --end ends the recall. What had left before is named."
    ),
    examples=(
        "allocator recall A7 --reason counterfeit",
        "allocator recall A7 --item MASK --reason ordered --note 'notice 2020-31'",
        "allocator recall A7 --end --reason passed-test",
    ),
    listing=reasons_listing("recall"),
)
@argument("lot", metavar="LOT")
@option("--item", metavar="CODE", says=say("The item, where several have a lot of this number."))
@option("--end", is_flag=True, says=say("End the recall; the stock is then released site by site."))
@head_options("recall", reason_due=True)
@click.pass_context
def run(context: click.Context, /, *, lot: str, item: str | None, end: bool, **typed: Any) -> None:
    """Recall."""
    with on_ledger(context) as desk:
        from models.documents_undo import recall

        post_and_show(desk, recall(head_from(desk, typed), lot_no=lot, code=item, end=end))
