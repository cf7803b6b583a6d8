"""`allocator issue`: supplies used at a site."""

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
    life_option,
    line_arguments,
    lot_options,
    packs_option,
    partial_option,
    post_and_show,
    rows_from,
)


@command(
    say(
        "Issue supplies for use at a site. Unless a lot is named, what expires first leaves first; what has expired, "
        "was recalled or is kept for others is passed over and named."
    ),
    examples=(
        "allocator issue P07 MASK 50",
        "allocator issue P07 MASK 2 --packs --date 2020-02-10",
        "allocator issue P07 --from used.csv --partial",
    ),
    right="report",
)
@argument("site", metavar="SITE")
@line_arguments
@lot_options()
@packs_option
@partial_option
@life_option
@from_file_option("item, units, lot, expires, fund, earmark")
@head_options("issue")
@click.pass_context
def run(context: click.Context, /, *, site: str, life: int, partial: bool, **typed: Any) -> None:
    """Issue."""
    with on_ledger(context) as desk:
        from models.documents_out import issue

        rows = rows_from(desk, typed, "out")
        post_and_show(desk, issue(head_from(desk, typed), site=site, rows=rows, life_days_min=life, partial=partial))
