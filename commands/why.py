"""`allocator why`: why a site got what it got of an item."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import Named, Sentence, say
from commands.grammar import argument, command
from commands.kept_plan import kept_plan
from commands.on_ledger import on_ledger
from commands.session import Session, session_of
from models.cut_words import is_name

if TYPE_CHECKING:
    import sqlalchemy as sa


@command(
    say(
        "Say why a site got what it got of an item. PLAN is a plan's folder, or the name of one that is kept in the "
        "ledger."
    ),
    examples=("allocator why plan CHK01 MASK", "allocator why P2020-02-10-1 CHK01 MASK"),
    right="see-plans",
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
        _answer(session, folder, folder, site, Named(item))
        return
    if not is_name(plan):
        session.refuse(say("{out} is not a folder. Name the folder that holds the plan.", out=plan), status=2)
    from data.kept_plan import WHY_FILES
    from data.plan_decided import decided_said
    from models.database import reading
    from models.known_names import item_named
    from models.within_reach import refuse_beyond

    with on_ledger(context, reads=True) as desk, kept_plan(desk, plan, WHY_FILES) as kept:
        with reading(desk.ledger.engine) as connection:
            refuse_beyond(desk.reach(connection), [site])
            said = decided_said(connection, kept, site, item, zone=desk.ledger.zone, lang=session.lang)
            decided = list(said)
            named, no_needs = item_named(connection, item), _no_needs(connection, plan, site)
        _answer(session, kept.standing, kept.folder, site, named, decided, no_needs)


def _no_needs(connection: sa.Connection, plan: str, site: str) -> Sentence | None:
    """Say that a site of the ledger has no needs in a kept plan; None where the ledger has no such site."""
    import sqlalchemy as sa

    from models.names_beside import with_names
    from models.tables import location

    query = sa.select(location.c.id).where(location.c.code == site, location.c.kind == "SITE")
    if connection.execute(query).first() is None:
        return None
    said = say(
        "{site} has no needs in plan {plan}, so nothing was decided for it. What is sent, from where and to whom: "
        "allocator show {plan} --lines",
        site=site,
        plan=plan,
    )
    return with_names(connection, [said])[0]


def _answer(
    session: Session,
    folder: Path,
    proposed: Path,
    site: str,
    named: Named,
    decided: Sequence[Sentence] = (),
    no_needs: Sentence | None = None,
) -> None:
    """Say it. `proposed`: where the plan's needs are told, which overrides do not change.

    `decided`: what there is to say of an override; `no_needs`: what to say where the plan has no needs of the site.
    """
    from data.estimating import estimate_told
    from data.origin_reading import origin_of
    from data.os_reasons import reason_of
    from data.plan_files import NoNeedsThere, NotInPlan, why

    item = named.code
    try:
        answer = why(folder, site, item, lang=session.lang)
        origin = origin_of(proposed, site, item)
    except NoNeedsThere as missing:
        session.refuse(no_needs or missing.sentence)
    except NotInPlan as missing:
        session.refuse(missing.sentence)
    except OSError as error:
        session.refuse(
            say("{out} cannot be read: {why}.", out=str(error.filename or folder), why=reason_of(error)), status=2
        )
    pair = {"pair": dict(answer.row), "code": answer.code, "sentence": answer.sentence}
    told = [] if origin is None else [session.word(each) for each in origin.sentences(named)]
    estimate = estimate_told(proposed, site, item)
    if origin is not None:
        pair["need"] = {**origin.facts(), "sentences": told}
    if estimate is not None:
        pair["stock_estimated"] = session.word(estimate)
        told.append(session.word(estimate))
    if decided:
        pair["decided"] = [session.word(each) for each in decided]
    session.show_json("allocator.why/1", pair)
    session.show(str(answer))
    for each in decided:
        session.show(session.word(each))
    for line in told:
        session.show(line)
