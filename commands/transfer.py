"""`allocator transfer`: supplies sent from one site to another, under way until the other confirms."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.moments import DAY
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
        "Send supplies from one site to another. They are under way, as a shipment with a number, until the other "
        "site confirms what arrived."
    ),
    examples=(
        "allocator transfer D1 P07 MASK 500",
        "allocator transfer D1 P07 MASK 10 --packs --life 30 --arrives 2020-02-12",
        "allocator transfer D1 P07 --from load.csv",
    ),
)
@argument("site", metavar="FROM")
@argument("to", metavar="TO")
@line_arguments
@lot_options()
@packs_option
@partial_option
@life_option
@option("--arrives", type=DAY, metavar="DATE", says=say("The day it is expected; default: the day it leaves."))
@from_file_option("item, units, lot, expires, fund, earmark")
@head_options("transfer")
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    site: str,
    to: str,
    life: int,
    partial: bool,
    arrives: dt.date | None,
    **typed: Any,
) -> None:
    """Send."""
    with on_ledger(context) as desk:
        from models.documents_out import transfer

        rows = rows_from(desk, typed, "out")
        day = "" if arrives is None else arrives.isoformat()
        terms: dict[str, Any] = {"arrives": day, "life_days_min": life, "partial": partial}
        post_and_show(desk, transfer(head_from(desk, typed), site=site, to=to, rows=rows, **terms))
