"""An override as pages and programs ask for it: read, tried, kept, with who pays as far as the asker may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import HTTPException, Request

from allocator.sentence import Sentence, say
from data.kept_plan import kept_plan
from data.overriding import Wanted, keep_override, override_said, try_override
from data.replanning import Payer
from models.database import reading
from models.days import now_micros
from models.entry import Refusal
from models.plan_overrides import Decision
from models.rights import reach_of
from models.versions import Stamp
from web.pages import language_of
from web.plan_seen import PlanSeen
from web.visitors import ledger_of

__all__ = ["OverrideTyped", "Tested", "override_tried"]

_UNITS_MOST = 10**12


@dataclass(frozen=True, kw_only=True)
class OverrideTyped:
    """What somebody typed. `cancel`: take the override that there is back."""

    site: str
    item: str
    units: str = ""
    reason: str = ""
    note: str = ""
    cancel: bool = False


@dataclass(frozen=True, kw_only=True)
class Tested:
    """What an override does. `pay`, `gain`: other pairs within reach that get less, the worst first, or more.

    `outside`: how many more lie where the asker may not look; `says`: what to know of it.
    """

    decision: Decision
    pay: Sequence[Payer]
    gain: Sequence[Payer]
    outside: int
    says: tuple[Sentence, ...]


def override_tried(request: Request, seen: PlanSeen, typed: OverrideTyped, *, keep: bool) -> Tested:
    """Try an override, and keep it where that is asked for.

    Raises:
        Refusal: it cannot be read, does not fit, or may not be; nothing was changed.
        HTTPException: 404 where the site lies outside the areas in which the asker plans.

    """
    ledger, person = ledger_of(request), seen.visitor.person
    with reading(ledger.engine) as connection:
        if not reach_of(connection, person, "plan").holds(typed.site):
            raise HTTPException(status_code=404)
        see = reach_of(connection, person, "see-plans")
    wanted = Wanted(
        site=typed.site,
        item=typed.item,
        units=None if typed.cancel else _units(typed.units),
        reason=typed.reason,
        note=typed.note.strip(),
    )
    with kept_plan(ledger.engine, seen.plan.id) as kept:
        tried = try_override(ledger, kept, wanted, Stamp(person.id, now_micros()), lang=language_of(request))
        if keep:
            keep_override(ledger, kept, tried)
    own = (typed.site, typed.item)
    others = [each for each in tried.changes if (each.site.code, each.item.code) != own]
    within = [each for each in others if see.holds(each.site.code)]
    return Tested(
        decision=tried.decision,
        pay=[each for each in within if each.pays],
        gain=[each for each in within if not each.pays][::-1],
        outside=len(others) - len(within),
        says=(override_said(seen.plan.id, tried.decision), *(each.sentence for each in tried.found.conflicts)),
    )


def _units(text: str) -> int:
    plain = text.strip().replace(",", "")
    if not (plain.isascii() and plain.isdigit()) or int(plain) > _UNITS_MOST:
        raise Refusal(
            say('"{found}" is not a whole number of units. Write one, such as 400; 0 for nothing.', found=text)
        )
    return int(plain)
