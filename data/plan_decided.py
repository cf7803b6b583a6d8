"""What there is to say of a person's decision about a site and an item of a kept plan."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from data.kept_plan import Kept
from data.plan_standing import conflicts_of
from models.days import clock_of
from models.plan_overrides import standing
from models.reasons import reason_named

__all__ = ["decided_said"]


def decided_said(
    connection: sa.Connection, kept: Kept, site: str, item: str, *, zone: ZoneInfo, lang: str
) -> Iterator[Sentence]:
    """Say who decided what the site gets, when and why, and what was proposed; nothing where nobody did."""
    decisions = {(each.site, each.item): each for each in standing(connection, kept.plan.id)}
    decision = decisions.get((site, item))
    if decision is None:
        return
    yield say(
        "Decided by {person}, {time}: {units:,} units; proposed were {proposed:,}.",
        person=decision.actor,
        time=clock_of(decision.recorded_at, zone),
        units=decision.units,
        proposed=decision.proposed_units,
    )
    reason = reason_named("override", decision.reason)
    if reason is not None:
        yield say("Reason: {reason}", reason=reason.says)
    if decision.note:
        yield say("Note: {note}", note=decision.note)
    conflict = conflicts_of(kept.folder, lang).get((site, item))
    if conflict is not None:
        yield say("That does not fit any more, so the rule decides: {why}", why=conflict)
