"""Override a kept plan: plan everyone else anew around what a person decides, say who pays, keep it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from allocator.case import Case
from allocator.plan import Plan
from allocator.sentence import Sentence, say
from data.kept_plan import Kept
from data.plan_shown import read_shown_plan
from data.plan_standing import case_again, conflicts_of, final_files
from data.replanning import Payer, Replanned, payers, proposed_units, replanned
from models.database import reading, writing
from models.entry import Refusal
from models.ledger import Ledger
from models.plan_events import refuse_unless
from models.plan_overrides import Decision, check_reason, standing, store_override
from models.versions import Stamp

__all__ = ["Tried", "Wanted", "keep_override", "override_said", "try_override"]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a person decides that a site gets of an item. `units`: None takes the override there is back.

    `packs`: the units are packs of the item.
    """

    site: str
    item: str
    units: int | None
    reason: str = ""
    note: str = ""
    packs: bool = False


@dataclass(frozen=True, kw_only=True)
class Tried:
    """An override that fits, not kept yet. `before`: what stood when it was tried; `changes`: who gets more or less."""

    case: Case
    decision: Decision
    before: Sequence[Decision]
    others: bool
    found: Replanned
    changes: Sequence[Payer]


def try_override(ledger: Ledger, kept: Kept, wanted: Wanted, stamp: Stamp, *, lang: str) -> Tried:
    """Plan everyone else anew around an override, and return what would come of it.

    Raises:
        Refusal: the plan may not be overridden; no reason; it does not fit, or an earlier one would not any more.

    """
    refuse_unless(kept.plan, "overridden")
    if wanted.units is not None:
        check_reason(wanted.reason, wanted.note)
    with reading(ledger.engine) as connection:
        before = standing(connection, kept.plan.id)
        case = case_again(connection, kept.plan, kept.folder, ledger.zone)
    proposed = read_shown_plan(kept.folder, case, lang)
    decision = _decision(case, proposed, before, wanted, stamp)
    others = [each for each in before if (each.site, each.item) != (wanted.site, wanted.item)]
    left = others if wanted.units is None else sorted([*others, decision], key=lambda each: (each.site, each.item))
    found = replanned(case, proposed, left)
    _refuse_conflicts(kept, found, decision)
    now = read_shown_plan(kept.standing, case, lang)
    return Tried(
        case=case,
        decision=decision,
        before=before,
        others=bool(left),
        found=found,
        changes=payers(case, now, found.plan),
    )


def _decision(case: Case, proposed: Plan, before: Sequence[Decision], wanted: Wanted, stamp: Stamp) -> Decision:
    """Return the override that is asked for, or the end of the one there is."""
    site, item = wanted.site, wanted.item
    gave = proposed_units(case, proposed, site, item)
    asked = Decision(
        site=site,
        item=item,
        units=gave if wanted.units is None else wanted.units,
        proposed_units=gave,
        reason=wanted.reason,
        note=wanted.note,
        actor=stamp.actor,
        recorded_at=stamp.recorded_at,
    )
    if wanted.units is None:
        earlier = next((each for each in before if (each.site, each.item) == (site, item)), None)
        if earlier is None:
            raise Refusal(say("Nobody overrode what {site} gets of {item} in this plan.", site=site, item=item))
        return replace(asked, reason=earlier.reason, cancels=earlier.id)
    if wanted.packs and item in case.item_index:
        return replace(asked, units=wanted.units * int(case.items.pack_units[case.item_index[item]]))
    return asked


def _refuse_conflicts(kept: Kept, found: Replanned, decision: Decision) -> None:
    """Refuse an override that does not fit, or beside which an earlier one would not fit any more."""
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
        raise Refusal(*sentences, say("Nothing was changed in plan {plan}.", plan=kept.plan.id))


def keep_override(ledger: Ledger, kept: Kept, tried: Tried) -> None:
    """Keep an override with the plan that follows from it.

    Raises:
        Refusal: the plan may not be overridden any more, or somebody else overrode it meanwhile.

    """
    found, decision = tried.found, tried.decision
    workbook = (kept.folder / "plan.xlsx").is_file()
    files = final_files(found.plan, tried.case, found.conflicts, workbook=workbook) if tried.others else {}
    stamp = Stamp(decision.actor, decision.recorded_at)
    with writing(ledger.engine) as connection:
        store_override(connection, kept.plan.id, decision, before=tried.before, final=files, stamp=stamp)


def override_said(name: str, decision: Decision) -> Sentence:
    """Say what a site gets of an item in a plan by an override, or that the rule decides again."""
    if decision.cancels is None:
        return say(
            "{site} gets {units:,} units of {item} in plan {plan}; proposed were {proposed:,}.",
            site=decision.site,
            units=decision.units,
            item=decision.item,
            plan=name,
            proposed=decision.proposed_units,
        )
    return say(
        "What {site} gets of {item} in plan {plan} is as the rule has it again.",
        site=decision.site,
        item=decision.item,
        plan=name,
    )
