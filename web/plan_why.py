"""Why a site got what it got of an item, as pages and programs tell it."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import HTTPException, Request

from allocator.sentence import Sentence, say
from data.estimating import estimate_told
from data.kept_plan import WHY_FILES, kept_plan
from data.origin_reading import origin_of
from data.plan_decided import decided_said
from data.plan_files import NoNeedsThere, NotInPlan, why
from models.database import reading
from models.known_names import item_named
from web.pages import language_of
from web.plan_seen import PlanSeen
from web.visitors import ledger_of

__all__ = ["Told", "why_told"]


@dataclass(frozen=True, kw_only=True)
class Told:
    """`answer`: the reason, worded, None where the plan has none for the pair: then `missing` says so.

    `decided`: what a person decided; `origin`: where the need comes from.
    """

    answer: str | None = None
    missing: Sentence | None = None
    decided: tuple[Sentence, ...] = ()
    origin: tuple[Sentence, ...] = ()


def why_told(request: Request, seen: PlanSeen, site: str, item: str) -> Told:
    """Return why a site got what it got of an item.

    Raises:
        HTTPException: 404 where the site lies outside the reader's areas.

    """
    if not seen.reach.holds(site):
        raise HTTPException(status_code=404)
    ledger, lang = ledger_of(request), language_of(request)
    with kept_plan(ledger.engine, seen.plan.id, WHY_FILES) as kept:
        with reading(ledger.engine) as connection:
            decided = tuple(decided_said(connection, kept, site, item, zone=ledger.zone, lang=lang))
            named = item_named(connection, item)
        try:
            answer = why(kept.standing, site, item, lang=lang)
        except NoNeedsThere:
            none = say(
                "{site} has no needs in plan {plan}, so nothing was decided for it.", site=site, plan=seen.plan.id
            )
            return Told(missing=none, decided=decided)
        except NotInPlan as missing:
            return Told(missing=missing.sentence, decided=decided)
        origin = origin_of(kept.folder, site, item)
        estimate = estimate_told(kept.folder, site, item)
    told = () if origin is None else tuple(origin.sentences(named))
    return Told(answer=str(answer), decided=decided, origin=told if estimate is None else (*told, estimate))
