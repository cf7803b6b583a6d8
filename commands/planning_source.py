"""Where a planning command takes its tables from: a case folder or workbook, or the ledger on a day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.on_ledger import on_ledger
from commands.reading import refuse_unreadable, tell_notices
from commands.session import Session, session_of

if TYPE_CHECKING:
    from allocator.planning import PlanningCase

__all__ = ["planning_case", "refuse_unknown"]


def planning_case(context: click.Context, case: Path | None, day: dt.date | None = None) -> PlanningCase:
    """Return what forecasts, shortfalls and purchases are worked out from; its notices are told on stderr.

    `case`: a folder or workbook, None for the ledger. `day`: of the ledger, None for today; the day of a case is
    that of its policy.

    Raises:
        Refused: what is asked for cannot be read, everything wrong listed (status 2); what the ledger refuses.

    """
    if case is None:
        return _of_ledger(context, day)
    from data.case_files import CaseUnreadable
    from data.planning_files import read_planning

    session = session_of(context)
    if day is not None:
        session.refuse(
            say("The day of a case is the date in its policy, so --date belongs to the ledger. Leave one of them out."),
            status=2,
        )
    try:
        with session.stage(say("Reading {case}", case=str(case))):
            read = read_planning(case)
    except CaseUnreadable as unreadable:
        refuse_unreadable(session, case, unreadable)
    tell_notices(session, read.notices)
    return read.planning


def _of_ledger(context: click.Context, day: dt.date | None) -> PlanningCase:
    from commands.snapshotting import take_snapshot
    from data.snapshot_taken import planning_of

    with on_ledger(context, reads=True) as desk:
        return planning_of(desk.ledger, take_snapshot(desk, day))


def refuse_unknown(session: Session, planning: PlanningCase, site: str | None, item: str | None) -> None:
    """Refuse a site or item that is not there, naming the nearest."""
    from data.nearest import nearest

    for code, known in ((site, planning.case.site_index), (item, planning.case.item_index)):
        if code is not None and code not in known:
            near = nearest(code, list(known))
            meant = say("Is {near} meant?", near=near) if near else ""
            session.refuse(say("There is no {code} here. {meant}", code=code, meant=meant), status=2)
