"""The plans of a week: two, each of half of the depots; drafted, reviewed, approved, dispatched, received."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from functools import partial

from benchmarks.wrongdoing_clerk import MINUTE
from benchmarks.wrongdoing_life import Life
from benchmarks.wrongdoing_sending import arrive_at
from benchmarks.wrongdoing_shelves import Picks
from benchmarks.wrongdoing_world import ITEMS
from models.database import writing
from models.entry import Line
from models.plan_events import record_event
from models.plan_reserving import note_number
from models.plans import Decided, store_plan
from models.versions import Stamp

__all__ = ["plan_week"]

_COVER_DAYS, _LASTS_DAYS, _SECOND = 24, 10, 1_000_000

_Notes = list[tuple[str, str, Picks]]


def plan_week(life: Life) -> None:
    """Plan on Mondays for every second site."""
    if life.date.weekday():
        return
    half = (len(life.world.depots) + 1) // 2
    for n, depots in enumerate((life.world.depots[:half], life.world.depots[half:])):
        notes = [note for depot in depots for note in _notes(life, depot)]
        if notes:
            _decide(life, notes, n)


def _notes(life: Life, depot: str) -> _Notes:
    """Return what a depot sends to the sites that are due: what they lack, or its part of what there is."""
    week = life.day // 7
    due = [site for n, site in enumerate(life.world.sites) if site.depot == depot and n % 2 == week % 2]
    asked: dict[str, dict[str, float]] = defaultdict(dict)
    for site in due:
        for item in site.rates:
            lacks = life.needs[site.code, item] * _COVER_DAYS - life.shelves.usable(site.code, item, life.iso)
            if lacks > 0 and not _left_out(life, site.code, item):
                asked[item][site.code] = lacks
    fresh = (life.date + dt.timedelta(days=_LASTS_DAYS)).isoformat()
    picks: dict[str, Picks] = defaultdict(list)
    for item in sorted(asked):
        pack = ITEMS[item][1]
        share = min(1.0, life.shelves.usable(depot, item, fresh) / sum(asked[item].values()))
        for site_code, lacks in sorted(asked[item].items()):
            taken = life.shelves.take(depot, item, int(lacks * share / pack + 0.6) * pack, fresh)
            picks[site_code] += taken
    return [(depot, site_code, own) for site_code, own in sorted(picks.items()) if own]


def _left_out(life: Life, site: str, item: str) -> bool:
    wrong = life.plants.at("left-to-expire", site)
    if wrong is None or wrong.more["short"] != site or item not in wrong.items:
        return False
    return wrong.more["expires"] - 52 <= life.day <= wrong.more["expires"]


def _decide(life: Life, notes: _Notes, n: int) -> None:
    """Have a plan drafted, reviewed and approved, and its lots reserved; it is dispatched tomorrow."""
    rng, world = life.rng, life.world
    drafter = rng.choice(world.drafters)
    drafted_at = life.at(16.1 + n * 0.05)
    text = "depot,site,item,lot,units\n" + "".join(
        f"{depot},{site},{lot.item},{lot.lot_no},{units}\n" for depot, site, picks in notes for lot, units in picks
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    decided = Decided(date=life.iso, document=max(life.clerk.ids.values()), snapshot_digest=digest,
                      policy_digest=digest, versions={"simulated": world.seed},
                      files={"lines.csv": text.encode()})  # fmt: skip
    name = store_plan(life.clerk.ledger.engine, decided, Stamp(drafter, drafted_at))
    reviewed_at = drafted_at + rng.randint(6, 40) * MINUTE
    approver, approved_at = rng.choice(world.approvers), reviewed_at + rng.randint(4, 150) * MINUTE
    reviewer = rng.choice((drafter, *world.drafters))
    pair = next((w for w in life.plants.of("approving-pair") if w.more["of"] == "plans" and drafter in w.persons), None)
    if pair is not None:
        approver, reviewer = pair.persons[1], drafter
        approved_at = reviewed_at + rng.randint(4, 25 + round(40 * (1 - pair.size))) * _SECOND
    with writing(life.clerk.ledger.engine) as connection:
        record_event(connection, name, "reviewed", Stamp(reviewer, reviewed_at))
        record_event(connection, name, "approved", Stamp(approver, approved_at))
    arrives = (life.date + dt.timedelta(days=2)).isoformat()
    keys = []
    for number, (depot, site, picks) in enumerate(notes, start=1):
        note = note_number(name, number)
        lines = tuple(Line(depot, f"RESERVED:{name}", lot, units) for lot, units in picks)
        hour = (approved_at - life.at(0)) / (60 * MINUTE)
        life.post("reserve", approver, hour, key=f"reserve {note}", site=depot, lines=lines, allocation=name,
                  details={"to": site, "note_number": note, "arrives": arrives})  # fmt: skip
        keys.append(note)
    life.later(1, partial(_dispatch, life, name, notes, arrives))


def _dispatch(life: Life, name: str, notes: _Notes, arrives: str) -> None:
    """Send the notes of a plan; each arrives a day or some later."""
    clerk = life.rng.choice(
        [each for depot in sorted({note[0] for note in notes}) for each in life.world.clerks[depot]]
    )
    with writing(life.clerk.ledger.engine) as connection:
        record_event(connection, name, "dispatched", Stamp(clerk, life.at(10)))
    for number, (depot, site, picks) in enumerate(notes, start=1):
        note = note_number(name, number)
        place = f"IN_TRANSIT:{note}"
        lines = tuple(Line(f"RESERVED:{name}", place, lot, units) for lot, units in picks)
        life.post("dispatch", life.rng.choice(life.world.clerks[depot]), life.rng.uniform(10, 10.9),
                  key=f"dispatch {note}", site=depot, lines=lines, allocation=name, shipment=note,
                  refers_to=life.clerk.ids[f"reserve {note}"], details={"to": site, "arrives": arrives},
                  asked={"type": "dispatch", "note": note})  # fmt: skip
        life.later(life.rng.choice((1, 1, 1, 2, 2, 4)), partial(arrive_at, life, site, note, f"dispatch {note}", picks))
