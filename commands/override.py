"""`allocator override`: what a person decides for a site and an item stands; everyone else is planned around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.grammar import argument, command, option
from commands.kept_plan import Kept, kept_plan
from commands.on_ledger import Desk, on_ledger
from commands.paper import QUANTITY, packs_option, reason_option, reasons_listing, refuse_usage
from commands.payers_view import show_payers

if TYPE_CHECKING:
    from allocator.case import Case
    from allocator.plan import Plan
    from data.replanning import Replanned
    from models.plan_overrides import Decision


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
            _override(desk, kept, units, cancel=cancel, **typed)


def _override(desk: Desk, kept: Kept, units: int | None, *, cancel: bool, site: str, item: str, **typed: Any) -> None:
    from data.plan_shown import read_shown_plan
    from data.plan_standing import case_again
    from data.replanning import replanned
    from models.database import reading
    from models.plan_events import refuse_unless
    from models.plan_overrides import check_reason, standing

    session, name = desk.session, kept.plan.id
    refuse_unless(kept.plan, "overridden")
    if not cancel:
        check_reason(typed["reason"] or "", typed["note"])
    with reading(desk.ledger.engine) as connection:
        before = standing(connection, name)
        case = case_again(connection, kept.plan, kept.folder, desk.ledger.zone)
    proposed = read_shown_plan(kept.folder, case, session.lang)
    earlier = next((each for each in before if (each.site, each.item) == (site, item)), None)
    decision = _decision(desk, case, proposed, earlier, site, item, units, cancel=cancel, **typed)
    others = [each for each in before if each is not earlier]
    wanted = others if cancel else sorted([*others, decision], key=lambda each: (each.site, each.item))
    with session.stage(say("Planning everyone else anew")):
        found = replanned(case, proposed, wanted)
    _refuse_conflicts(desk, kept, found, decision)
    now = read_shown_plan(kept.standing, case, session.lang)
    _keep(desk, kept, case, found, decision, before, any_left=bool(wanted))
    _show(desk, case, name, decision, now, found)


def _decision(
    desk: Desk,
    case: Case,
    proposed: Plan,
    earlier: Decision | None,
    site: str,
    item: str,
    units: int | None,
    *,
    cancel: bool,
    reason: str | None,
    note: str,
    packs: bool,
) -> Decision:
    """Return the override that is asked for, or the end of the one there is."""
    from data.replanning import proposed_units
    from models.entry import Refusal
    from models.plan_overrides import Decision

    gave = proposed_units(case, proposed, site, item)
    if cancel and earlier is None:
        raise Refusal(say("Nobody overrode what {site} gets of {item} in this plan.", site=site, item=item))
    if units is not None and packs and item in case.item_index:
        units *= int(case.items.pack_units[case.item_index[item]])
    return Decision(
        site=site,
        item=item,
        units=gave if units is None else units,
        proposed_units=gave,
        reason=(earlier.reason if earlier and cancel else reason) or "",
        note=note,
        actor=desk.actor,
        recorded_at=desk.now,
        cancels=earlier.id if earlier and cancel else None,
    )


def _refuse_conflicts(desk: Desk, kept: Kept, found: Replanned, decision: Decision) -> None:
    """Refuse an override that does not fit, or beside which an earlier one would not fit any more."""
    from data.plan_standing import conflicts_of

    known = conflicts_of(kept.folder, "en").keys()
    sentences: list[Sentence] = []
    for conflict in found.conflicts:
        override = conflict.override
        pair = (override.site, override.item)
        if pair == (decision.site, decision.item):
            sentences.insert(0, conflict.sentence)
        elif pair not in known:
            sentences.append(
                say(
                    "The override of {site} and {item} to {units} units could not stand beside it: {why}",
                    site=override.site,
                    item=override.item,
                    units=override.units,
                    why=conflict.sentence,
                )
            )
    if sentences:
        desk.session.refuse(*sentences, say("Nothing was changed in plan {plan}.", plan=kept.plan.id))


def _keep(
    desk: Desk,
    kept: Kept,
    case: Case,
    found: Replanned,
    decision: Decision,
    before: list[Decision],
    *,
    any_left: bool,
) -> None:
    from data.plan_standing import final_files
    from models.database import writing
    from models.plan_overrides import store_override
    from models.versions import Stamp

    with desk.session.stage(say("Keeping the plan")):
        workbook = (kept.folder / "plan.xlsx").is_file()
        files = final_files(found.plan, case, found.conflicts, workbook=workbook) if any_left else {}
        with writing(desk.ledger.engine) as connection:
            store_override(
                connection, kept.plan.id, decision, before=before, final=files, stamp=Stamp(desk.actor, desk.now)
            )


def _show(desk: Desk, case: Case, name: str, decision: Decision, now: Plan, found: Replanned) -> None:
    from data.replanning import payers, payers_json
    from models.database import reading

    session = desk.session
    changes = payers(case, now, found.plan)
    session.show_json(
        "allocator.override/1",
        {
            "plan": name,
            "override": {key: value for key, value in vars(decision).items() if key not in ("id", "carries")},
            "changes": payers_json(changes),
            "conflicts": [session.word(each.sentence) for each in found.conflicts],
        },
    )
    if decision.cancels is None:
        said = say(
            "{site} gets {units:,} units of {item} in plan {plan}; proposed were {proposed:,}.",
            site=decision.site,
            units=decision.units,
            item=decision.item,
            plan=name,
            proposed=decision.proposed_units,
        )
    else:
        said = say(
            "What {site} gets of {item} in plan {plan} is as the rule has it again.",
            site=decision.site,
            item=decision.item,
            plan=name,
        )
    from models.names_beside import with_names

    with reading(desk.ledger.engine) as connection:
        session.show(session.word(with_names(connection, [said])[0]))
    show_payers(session, changes, {(decision.site, decision.item)})
    for each in found.conflicts:
        session.tell(each.sentence)
