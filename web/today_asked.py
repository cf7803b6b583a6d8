"""What waits for whoever asks and what changed, as far as they may see it: by page and API alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from data.open_said import open_on
from data.open_table import SORTS, Waiting, waiting
from models.days import day_of, start_of_day
from models.finding_events import FindingEvent, to_mend
from models.ledger import Ledger
from models.plan_events import status_word
from models.plans import DRAFT, StoredPlan, plans_standing
from models.recorded import Recorded, recorded_since
from models.rights import reach_of
from models.witness_alarms import alarms
from web.visitors import Visitor

__all__ = ["SEE_TODAY", "TITLES", "Matter", "Today", "by_sort", "today_of"]

SEE_TODAY = "see-stock"

TITLES = SORTS | {"plan": say("plan that goes on"), "finding": say("finding to mend")}
"""Every sort of matter, in the order in which they are told."""

_PLAN_STEPS = {DRAFT: "review", "reviewed": "approve", "approved": "dispatch"}


@dataclass(frozen=True, kw_only=True)
class Matter:
    """Something that waits. `page`: the address where it is settled, where pages can; `command`: what settles it."""

    sort: str
    number: str
    since: dt.date
    command: str
    page: str = ""
    site: str = ""
    to: str = ""
    units: int | None = None
    days: int | None = None
    about: Sentence | None = None


@dataclass(frozen=True, kw_only=True)
class Today:
    """`alarms`: of the proof; `recorded`: documents by kind since the beginning of `since`."""

    matters: list[Matter]
    alarms: list[Sentence]
    since: dt.date
    recorded: list[Recorded] = field(default_factory=list)


def today_of(connection: sa.Connection, ledger: Ledger, visitor: Visitor, *, now: int) -> Today:
    """Return what waits and what changed within a visitor's reach. `now`: UTC microseconds."""
    reach = reach_of(connection, visitor.person, SEE_TODAY)
    day = day_of(now, ledger.zone)
    matters = open_on(connection, ledger.zone, day)
    found = matters if reach.everywhere else matters.within(reach.holds)
    rows = [_of_open(each) for each in waiting(found, ledger.zone)]
    if visitor.may("see-plans"):
        rows += [_of_plan(each, ledger) for each in plans_standing(connection, _PLAN_STEPS)]
    if visitor.may("see-findings") and reach_of(connection, visitor.person, "see-findings").everywhere:
        rows += [_of_finding(each, ledger, day) for each in to_mend(connection)]
    since = day - dt.timedelta(days=1)
    recorded = recorded_since(connection, start_of_day(since, ledger.zone), None if reach.everywhere else reach.holds)
    standing = alarms(connection, at=now) if visitor.may("see-records") else []
    return Today(matters=rows, alarms=standing, since=since, recorded=recorded)


def _of_open(each: Waiting) -> Matter:
    return Matter(
        sort=each.sort,
        number=each.number,
        since=each.since,
        command=_COMMANDS[each.sort].format(number=each.number, item=each.item, document=each.document),
        page=f"/shipments/{quote(each.shipment, safe='')}" if each.shipment else "",
        site=each.site,
        to=each.to,
        units=each.units,
        days=each.days,
        about=each.about,
    )


_COMMANDS = {
    "emergency": "allocator approve {number}",
    "late": "allocator confirm {number} --all",
    "differing": "allocator confirm {number}",
    "surplus": "allocator settle {number}",
    "recall": "allocator recall {number} --item {item} --status",
    "exception": "allocator count --explains {number}",
}


def _of_plan(each: StoredPlan, ledger: Ledger) -> Matter:
    return Matter(
        sort="plan",
        number=each.id,
        since=day_of(each.drafted_at, ledger.zone),
        command=f"allocator {_PLAN_STEPS[each.status]} {each.id}",
        page=f"/plans/{each.id}",
        about=status_word(each.status),
    )


def _of_finding(each: FindingEvent, ledger: Ledger, day: dt.date) -> Matter:
    late = (day - dt.date.fromisoformat(each.due)).days
    return Matter(
        sort="finding",
        number=each.finding,
        since=day_of(each.recorded_at, ledger.zone),
        command=f"allocator audit findings close {each.finding} --evidence TEXT",
        page=f"/audit/findings/{each.finding}",
        days=max(late, 0),
        about=say("{owner}, by {due}", owner=each.owner, due=each.due),
    )


def by_sort(matters: list[Matter]) -> Iterator[tuple[str, list[Matter]]]:
    """Give the matters of each sort that there are, in their order."""
    for sort in TITLES:
        own = [each for each in matters if each.sort == sort]
        if own:
            yield sort, own
