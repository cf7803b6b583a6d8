"""`allocator override`: what a person decides for a site and an item stands; everyone else is planned around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.kept_plan import kept_plan
from commands.on_ledger import Desk, on_ledger
from commands.paper import packs_option, reason_option, reasons_listing, refuse_usage
from commands.paper_values import QUANTITY
from commands.payers_view import show_payers

if TYPE_CHECKING:
    from data.kept_plan import Kept
    from data.overriding import Tried


@command(
    say(
        "Decide what a site gets of an item, against the plan's proposal. Everyone else is planned anew around it, on "
        "the same snapshot, and who pays for it is shown at once. What does not fit is refused."
    ),
    examples=(
        "allocator override P2020-02-10-1 CHK01 MASK 400 --reason more-urgent",
        "allocator override P2020-02-10-1 CHK01 MASK 4 --packs --reason ordered --note 'call of 9:40'",
        "allocator override P2020-02-10-1 CHK01 MASK --cancel",
    ),
    right="plan",
    listing=reasons_listing("override"),
)
@argument("plan", metavar="PLAN")
@argument("site", metavar="SITE")
@argument("item", metavar="ITEM")
@argument("units", required=False, type=QUANTITY, metavar="[UNITS]")
@reason_option("override", required=False)
@option("--note", default="", metavar="TEXT", says=say("Anything else to keep with it."))
@option("--cancel", is_flag=True, says=say("Take the override of this site and item back."))
@packs_option
@click.pass_context
def run(context: click.Context, /, *, plan: str, units: int | None, cancel: bool, **typed: Any) -> None:
    """Replan, show who pays, keep."""
    with on_ledger(context) as desk:
        if cancel != (units is None):
            refuse_usage(desk.session, say("Say how many units the site gets, or --cancel, and not both."))
        with kept_plan(desk, plan) as kept:
            _override(desk, kept, units, **typed)


def _override(desk: Desk, kept: Kept, units: int | None, *, site: str, item: str, **typed: Any) -> None:
    from data.overriding import Wanted, keep_override, try_override
    from models.database import reading
    from models.versions import Stamp
    from models.within_reach import refuse_beyond

    session, stamp = desk.session, Stamp(desk.actor, desk.now)
    with reading(desk.ledger.engine) as connection:
        refuse_beyond(desk.reach(connection), [site])
    wanted = Wanted(
        site=site, item=item, units=units, reason=typed["reason"] or "", note=typed["note"], packs=typed["packs"]
    )
    with session.stage(say("Planning everyone else anew")):
        tried = try_override(desk.ledger, kept, wanted, stamp, lang=session.lang)
    with session.stage(say("Keeping the plan")):
        keep_override(desk.ledger, kept, tried)
    _show(desk, kept.plan.id, tried)


def _show(desk: Desk, name: str, tried: Tried) -> None:
    from data.overriding import override_said
    from data.replanning import payers_json
    from models.database import reading
    from models.names_beside import with_names

    session, decision, changes = desk.session, tried.decision, tried.changes
    conflicts = [each.sentence for each in tried.found.conflicts]
    session.show_json(
        "allocator.override/1",
        {
            "plan": name,
            "override": {key: value for key, value in vars(decision).items() if key not in ("id", "carries")},
            "changes": payers_json(changes),
            "conflicts": [session.word(each) for each in conflicts],
        },
    )
    with reading(desk.ledger.engine) as connection:
        session.show(session.word(with_names(connection, [override_said(name, decision)])[0]))
    show_payers(session, changes, {(decision.site, decision.item)})
    for each in conflicts:
        session.tell(each)
