"""`allocator emergency-issue`: supplies that leave before any plan, countersigned by another person later."""

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
    reasons_listing,
    rows_from,
)


@command(
    say(
        "Send supplies before any plan, with the reason. They are under way as those of a transfer are, and the next "
        "plan counts them. Another person countersigns it with `allocator approve DOC`; until then it is shown as "
        "open wherever plans are listed, in the day report and by audit check."
    ),
    examples=(
        "allocator emergency-issue D1 P07 MASK 500 --reason new-cases",
        "allocator emergency-issue D1 P07 --from load.csv --reason ordered --note 'by telephone from the county'",
    ),
    listing=reasons_listing("emergency"),
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
@head_options("emergency", reason_due=True)
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
        from models.documents_out import emergency_issue

        rows = rows_from(desk, typed, "out")
        day = "" if arrives is None else arrives.isoformat()
        terms: dict[str, Any] = {"arrives": day, "life_days_min": life, "partial": partial}
        post_and_show(desk, emergency_issue(head_from(desk, typed), site=site, to=to, rows=rows, **terms))
