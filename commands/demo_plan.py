"""The plan of one day of the demonstration, through its life: kept, overridden, reviewed, approved, sent, closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from allocator.plan import Plan
from commands.allocate import keep_plan
from commands.kept_plan import kept_plan
from commands.notes import PAGES
from commands.on_ledger import Desk
from data.notes import notes_pdf
from data.plan_printing import printed_of, sheets_of
from data.plan_standing import final_files, loads_of
from data.replanning import proposed_units, replanned
from data.sample_days import Day
from data.snapshot_taken import Taken
from models.database import reading, writing
from models.documents import post_draft
from models.documents_undo import recall
from models.entry import LotKey, Refusal
from models.plan_notes import notes_of
from models.plan_overrides import Decision, store_override
from models.plan_steps import Dispatched, When, approve, close, dispatch, review
from models.requests import Head

__all__ = ["Sent", "close_all", "print_notes", "send_by_plan"]


@dataclass(frozen=True)
class Sent:
    """A plan of a day that is on its way. `recalled`: the lot that was recalled before it left, where one was."""

    name: str
    overridden: Decision | None
    dispatched: Dispatched
    recalled: LotKey | None


def send_by_plan(desk: Desk, day: Day, taken: Taken, proposed: Plan, *, workbook: bool, recalls: bool) -> Sent:
    """Carry a plan from draft to dispatch. `recalls`: a lot that was reserved for it is recalled before it leaves."""
    name, _ = keep_plan(desk, taken, proposed, workbook=workbook)
    decision = _override(desk, day, name, taken, proposed)
    review(desk.ledger, name, _when(day, 9).stamp)
    with kept_plan(desk, name) as kept:
        approve(desk.ledger, name, loads_of(kept.folder, taken.case), _when(day, 9))
    lot = _recalled(desk, day, name) if recalls else None
    return Sent(name, decision, dispatch(desk.ledger, name, _when(day, 10)), lot)


def _when(day: Day, hour: int) -> When:
    return When(actor=day.actor, occurred_at=day.at(hour), recorded_at=day.at(hour))


def _override(desk: Desk, day: Day, name: str, taken: Taken, proposed: Plan) -> Decision | None:
    """Decide that one site gets a pack less than proposed, for it holds more than the ledger says."""
    lines, case, stamp = proposed.lines, taken.case, _when(day, 8).stamp
    rows = np.flatnonzero(lines.packs > 1)
    if not len(rows):
        return None
    row = int(day.rng(6).choice(rows))
    site, item = case.sites.code[lines.site[row]], case.items.code[lines.item[row]]
    gave = proposed_units(case, proposed, site, item)
    decision = Decision(
        site=site,
        item=item,
        units=gave - int(lines.units[row] // lines.packs[row]),
        proposed_units=gave,
        reason="holds-more",
        note="",
        actor=stamp.actor,
        recorded_at=stamp.recorded_at,
    )
    found = replanned(case, proposed, [decision])
    final = final_files(found.plan, case, found.conflicts, workbook=False)
    with writing(desk.ledger.engine) as connection:
        store_override(connection, name, decision, before=[], final=final, stamp=stamp)
    return decision


def _recalled(desk: Desk, day: Day, name: str) -> LotKey | None:
    """Recall a lot of which something is reserved for a plan, wherever it is."""
    with reading(desk.ledger.engine) as connection:
        numbered = [key for note in notes_of(connection, name) for key, _ in note.lots if key.lot_no]
    if not numbered:
        return None
    key = numbered[int(day.rng(7).integers(len(numbered)))]
    head = Head(key=f"{day.date} recall", actor=day.actor, occurred_at=day.at(9, 30), reason="makers-recall")
    post_draft(desk.ledger, recall(head, lot_no=key.lot_no, code=key.item), recorded_at=day.at(9, 30))
    return key


def print_notes(desk: Desk, name: str, out: Path) -> None:
    """Write the notes of a plan that is on its way."""
    with kept_plan(desk, name) as kept:
        printed = printed_of(desk.ledger.engine, kept, url=PAGES)
    out.write_bytes(notes_pdf(sheets_of(printed), lang=desk.session.lang, title=name))


def close_all(desk: Desk, day: Day, names: Iterable[str]) -> list[str]:
    """Close the plans of which everything is accounted for; return those that stay open, for notes are late."""
    still: list[str] = []
    for name in names:
        try:
            close(desk.ledger, name, _when(day, 20))
        except Refusal:
            still.append(name)
    return still
