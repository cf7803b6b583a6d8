"""`allocator why`: why a site got what it got of an item."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.sentence import Named, say
from commands.grammar import argument, command
from commands.kept_plan import is_name, kept_plan
from commands.on_ledger import on_ledger
from commands.session import Session, session_of

_FILES = ("pairs.csv", "reasons.csv", "sources.csv", "activity.csv", "unusual.csv", "raised.csv", "estimates.csv")


@command(
    say(
        "Say why a site got what it got of an item. PLAN is a plan's folder, or the name of one that is kept in the "
        "ledger."
    ),
    examples=("allocator why plan CHK01 MASK", "allocator why P2020-02-10-1 CHK01 MASK"),
)
@argument("plan", metavar="PLAN")
@argument("site", metavar="SITE")
@argument("item", metavar="ITEM")
@click.pass_context
def run(context: click.Context, /, plan: str, site: str, item: str) -> None:
    """Look the pair up and say its reason."""
    session = session_of(context)
    folder = Path(plan)
    if folder.is_dir():
        _answer(session, folder, folder, site, item)
        return
    if not is_name(plan):
        session.refuse(say("{out} is not a folder. Name the folder that holds the plan.", out=plan), status=2)
    with on_ledger(context, seals=False, anybody=True) as desk, kept_plan(desk, plan, _FILES) as kept:
        _answer(session, kept.standing, kept.folder, site, item)


def _answer(session: Session, folder: Path, proposed: Path, site: str, item: str) -> None:
    """Say it. `proposed`: where the plan's needs are told, which overrides do not change."""
    from data.estimating import estimate_told
    from data.origin_reading import origin_of
    from data.os_reasons import reason_of
    from data.plan_files import NotInPlan, why

    try:
        answer = why(folder, site, item, lang=session.lang)
        origin = origin_of(proposed, site, item)
    except NotInPlan as missing:
        session.refuse(missing.sentence)
    except OSError as error:
        session.refuse(
            say("{out} cannot be read: {why}.", out=str(error.filename or folder), why=reason_of(error)), status=2
        )
    pair = {"pair": dict(answer.row), "code": answer.code, "sentence": answer.sentence}
    told = [] if origin is None else [session.word(each) for each in origin.sentences(Named(item))]
    estimate = estimate_told(proposed, site, item)
    if origin is not None:
        pair["need"] = {**origin.facts(), "sentences": told}
    if estimate is not None:
        pair["stock_estimated"] = session.word(estimate)
        told.append(session.word(estimate))
    session.show_json("allocator.why/1", pair)
    session.show(str(answer))
    for line in told:
        session.show(line)
