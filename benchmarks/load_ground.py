"""A county whose sites report through the API: who reports from each, with a token, and what lies there."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from allocator.case import Case
from commands.allocate import keep_plan
from commands.demo_county import open_county
from commands.on_ledger import Desk
from commands.planning import decide
from commands.session import Session
from commands.snapshotting import take_snapshot
from data.sample_days import Day
from data.samples import make_sample
from models.api_tokens import make_token
from models.catalogue_areas import save_areas
from models.database import writing
from models.days import now_micros
from models.entry import Entry, Line, LotKey
from models.ledger import Ledger
from models.passwords import set_password
from models.people import LOCAL, ROLES, Person, add_person
from models.versions import Stamp

__all__ = ["LOT", "PARTNER", "PASSWORD", "READER", "Ground", "laid"]

LOT, PARTNER = "L1", "SUP1"
READER, PASSWORD = "all", "a county of many sites"
"""Who reads pages, with every role."""

_EXPIRES = "2199-12-31"
_HELD_UNITS = 1_000_000
_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where it is reported to. `reporters`: the token of each site's; `items`: what lies at every site, as lot `LOT`.

    `date`: the day of the sample, for allocations: they do not see what was laid down later; `plan`: the first one.
    """

    url: str
    reporters: Mapping[str, str]
    items: Sequence[str]
    date: str
    plan: str


def laid(url: str, sites: int) -> Ground:
    """Open a county in a new ledger, with a reporter and a large stock at every site that is no depot."""
    case, session = make_sample("county", sites=sites), Session(db=url, loudness=-1)
    ledger = open_county(session, case)
    day = Day(case.policy.date, ledger.zone, LOCAL)
    desk = Desk(session, ledger, LOCAL, day.at(8))
    taken = take_snapshot(desk, day.date)
    plan, _ = keep_plan(desk, taken, decide(session, taken.case), workbook=False)
    items = [str(code) for code in case.items.code[~case.items.durable]]
    areas = _sites_of(case)
    yesterday = dt.date.today() - dt.timedelta(days=1)  # noqa: DTZ011 - whichever day it is here
    _stock(ledger, Day(yesterday, ledger.zone, LOCAL), areas, items)
    tokens = _reporters(ledger, areas)
    ledger.engine.dispose()
    return Ground(url=url, reporters=tokens, items=items, date=day.date.isoformat(), plan=plan)


def _sites_of(case: Case) -> dict[str, str]:
    """Return the area of each site that is no depot."""
    depots = set(np.unique(case.lanes.depot).tolist())
    rows = zip(case.sites.code.tolist(), case.sites.area.tolist(), strict=True)
    return {str(code): str(area) for n, (code, area) in enumerate(rows) if n not in depots}


def _stock(ledger: Ledger, day: Day, sites: Iterable[str], items: Sequence[str]) -> None:
    """Let a large lot of each item lie at every site."""
    entries = (day.entry("opening", f"load {site}", 7, site=site, lines=_laid_down(site, items)) for site in sites)
    for some in _batched(entries):
        ledger.post_all(some, recorded_at=day.at(7))


def _laid_down(site: str, items: Sequence[str]) -> tuple[Line, ...]:
    return tuple(Line("OPENING", site, LotKey(item, LOT, _EXPIRES), _HELD_UNITS) for item in items)


def _batched(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    while some := list(itertools.islice(entries, _AT_ONCE)):
        yield some


def _reporters(ledger: Ledger, areas: Mapping[str, str]) -> dict[str, str]:
    """Add somebody who reads and a reporter for each site, of its area; return the reporters' tokens."""
    now, tokens = now_micros(), {}
    codes = sorted(set(areas.values()))
    with writing(ledger.engine) as connection:
        save_areas(connection, {"code": codes, "name": codes, "name_zh": codes}, Stamp(LOCAL, now))
        add_person(connection, Person(id=READER, roles=tuple((role, "") for role in ROLES)), Stamp(LOCAL, now))
        set_password(connection, READER, PASSWORD, Stamp(READER, now))
        for site, area in areas.items():
            who = f"reporter {site}"
            add_person(connection, Person(id=who, roles=(("reporter", area),)), Stamp(READER, now))
            tokens[site] = make_token(connection, who, Stamp(who, now), name="phone", scopes=["report"], days=30)
    return tokens
