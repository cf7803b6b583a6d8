"""What became of a kept plan: its steps, what people decided in it and who pays for that."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allocator.sentence import Named, say
from commands.on_ledger import Desk
from commands.payers_view import payers_table, show_payers
from commands.plan_view import table
from models.days import local_time

if TYPE_CHECKING:
    from allocator.case import Case
    from data.kept_plan import Kept
    from data.replanning import Payer
    from data.tables_out import TableOut
    from models.plan_events import Event
    from models.plan_overrides import Decision

__all__ = ["Life", "life_of", "life_tables", "show_life"]


@dataclass(frozen=True)
class Life:
    """The steps of a plan from its draft on, the overrides that stand, and what they changed for whom."""

    events: list[Event]
    decisions: list[Decision]
    conflicts: dict[tuple[str, str], str]
    payers: list[Payer]

    @property
    def alone(self) -> bool:
        """Whether nobody but the local administrator approved it."""
        return any(event.alone for event in self.events)

    def facts(self, desk: Desk) -> dict[str, Any]:
        """Return it as plain JSON values."""
        from data.replanning import payers_json

        fields = ("site", "item", "units", "proposed_units", "reason", "note", "actor", "recorded_at")
        return {
            "events": [vars(event) | {"at": _clock(desk, event.recorded_at)} for event in self.events],
            "overrides": [
                {name: getattr(each, name) for name in fields}
                | {"conflict": self.conflicts.get((each.site, each.item), "")}
                for each in self.decisions
            ],
            "changes": payers_json(self.payers),
            "approved_by_a_second_person": _second(self.events),
        }


def life_of(desk: Desk, kept: Kept, case: Case) -> Life:
    """Return what became of a kept plan; `case`: its catalogue."""
    from data.plan_standing import conflicts_of
    from data.replanning import payers_of
    from models.database import reading
    from models.plan_events import Event, events_of
    from models.plan_overrides import standing

    with reading(desk.ledger.engine) as connection:
        events, decisions = events_of(connection, kept.plan.id), standing(connection, kept.plan.id)
    drafted = Event(event="drafted", actor=kept.plan.drafted_by, recorded_at=kept.plan.drafted_at)
    lang = desk.session.lang
    return Life([drafted, *events], decisions, conflicts_of(kept.folder, lang), payers_of(kept.folder, case, lang))


def _second(events: list[Event]) -> bool | None:
    """Say whether a second person approved a plan, None where nobody did."""
    approvals = [event for event in events if event.event == "approved"]
    return None if not approvals else not approvals[-1].alone


def show_life(desk: Desk, plan: str, life: Life, case: Case) -> None:
    """Print the steps of a plan that is not just drafted, and its overrides with who pays for them."""
    from data.plan_steps_said import alone_said
    from models.plan_events import step_word

    session, word = desk.session, desk.session.word
    if len(life.events) > 1:
        session.show()
        session.show(word(say("What became of it:")))
        session.show()
        titles = (say("when"), say("step"), say("by"), say("note"))
        rows = [
            (_clock(desk, event.recorded_at), word(step_word(event.event)), event.actor, event.note)
            for event in life.events
        ]
        for line in table([tuple(word(title) for title in titles), *rows], left=4):
            session.show(f"  {line}")
    if life.alone:
        session.show(word(alone_said(plan)))
    if life.decisions:
        _show_decisions(desk, life, case)
        show_payers(session, life.payers, {(each.site, each.item) for each in life.decisions})


def life_tables(desk: Desk, life: Life) -> list[TableOut]:
    """Return the steps of a plan, and who gets less or more by what people decided, as tables to save."""
    from data.tables_out import rows_out
    from models.plan_events import step_word

    columns = (
        ("at", say("when"), "time"),
        ("step", say("step"), "text"),
        ("actor", say("by"), "text"),
        ("note", say("note"), "text"),
    )
    zone = desk.ledger.zone
    rows = [(local_time(each.recorded_at, zone), step_word(each.event), each.actor, each.note) for each in life.events]
    steps = rows_out("steps", say("Steps"), columns, rows)
    return [steps, payers_table(life.payers)] if life.payers else [steps]


def _show_decisions(desk: Desk, life: Life, case: Case) -> None:
    from models.reasons import reason_named

    session, word, lang = desk.session, desk.session.word, desk.session.lang
    session.show()
    session.show(word(say("What people decided ({count:,}):", count=len(life.decisions))))
    session.show()
    titles = (say("site"), say("item"), say("by"), say("reason"), say("proposed"), say("decided"))
    rows = []
    for each in life.decisions:
        reason = reason_named("override", each.reason)
        said = [word(reason.says) if reason else "", each.note, life.conflicts.get((each.site, each.item), "")]
        site, item = _names(case, each)
        why = "; ".join(part for part in said if part)
        numbers = (f"{each.proposed_units:,}", f"{each.units:,}")
        rows.append((site.worded(lang), item.worded(lang), each.actor, why, *numbers))
    for line in table([tuple(word(title) for title in titles), *rows], left=4):
        session.show(f"  {line}")
    session.show()


def _names(case: Case, decision: Decision) -> tuple[Named, Named]:
    """Return a decision's site and item with their names, as far as the plan knows them."""
    sites, items = case.sites, case.items
    site, item = case.site_index.get(decision.site), case.item_index.get(decision.item)
    place = ("", "") if site is None else (sites.name[site], sites.name_zh[site])
    thing = ("", "") if item is None else (items.name[item], items.name_zh[item])
    return Named(decision.site, place[0], place[1], with_code=True), Named(decision.item, thing[0], thing[1])


def _clock(desk: Desk, at: int) -> str:
    return dt.datetime.fromtimestamp(at / 1e6, desk.ledger.zone).strftime("%Y-%m-%d %H:%M")
