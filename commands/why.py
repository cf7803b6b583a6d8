"""`allocator why`: why a site got what it got of an item."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.sentence import say
from commands.grammar import argument, command
from commands.session import session_of


@command(
    say("Say why a site got what it got of an item. PLAN is a plan's folder."),
    examples=("allocator why plan V07 I01",),
)
@argument("plan", type=click.Path(path_type=Path), metavar="PLAN")
@argument("site", metavar="SITE")
@argument("item", metavar="ITEM")
@click.pass_context
def run(context: click.Context, /, plan: Path, site: str, item: str) -> None:
    """Look the pair up and say its reason."""
    session = session_of(context)
    from data.plan_files import why

    answer = why(plan, site, item)
    session.show(str(answer))
