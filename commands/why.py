"""`allocator why`: why a site got what it got of an item."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.sentence import say
from commands.grammar import argument, command
from commands.session import session_of


@command(
    say("Say why a site got what it got of an item. PLAN is a plan's folder."),
    examples=("allocator why plan CHK01 MASK",),
)
@argument("plan", type=click.Path(path_type=Path), metavar="PLAN")
@argument("site", metavar="SITE")
@argument("item", metavar="ITEM")
@click.pass_context
def run(context: click.Context, /, plan: Path, site: str, item: str) -> None:
    """Look the pair up and say its reason."""
    session = session_of(context)
    if not plan.is_dir():
        session.refuse(say("{out} is not a folder. Name the folder that holds the plan.", out=str(plan)), status=2)
    from data.os_reasons import reason_of
    from data.plan_files import NotInPlan, why

    try:
        answer = why(plan, site, item, lang=session.lang)
    except NotInPlan as missing:
        session.refuse(missing.sentence)
    except OSError as error:
        session.refuse(
            say("{out} cannot be read: {why}.", out=str(error.filename or plan), why=reason_of(error)), status=2
        )
    pair = {"pair": dict(answer.row), "code": answer.code, "sentence": answer.sentence}
    session.show_json("allocator.why/1", pair)
    session.show(str(answer))
