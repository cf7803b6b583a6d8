"""What is sent within the county beside plans: transfers, emergency issues, and the receipts of all that is sent."""

from __future__ import annotations

import datetime as dt
from functools import partial

from benchmarks.wrongdoing_life import Life
from benchmarks.wrongdoing_shelves import Picks
from benchmarks.wrongdoing_world import ITEMS, THERMO, Site
from models.countersigning import countersign
from models.documents_out import shipment_number
from models.entry import Line, LotKey
from models.versions import Stamp

__all__ = ["APPROVED_FROM_UNITS", "arrive_at", "countersign_due", "move_some", "send_lot"]

APPROVED_FROM_UNITS = 500
"""Units of one item from which a transfer has an approver in this county."""

_TRANSFERS_A_DAY, _EMERGENCIES_A_DAY, _BROKEN, _MISSING = 5.5, 0.55, 0.01, 0.004
_ASKED_ANYWAY = 0.3


def send_lot(life: Life, depot: str, to: str, lot: LotKey, units: int) -> None:
    """Send some of one lot."""
    held = dict(life.shelves.lots(depot, lot.item)).get(lot, 0)
    if held:
        life.shelves.take_lot(depot, lot, min(units, held))
        who = life.world.clerks[depot][0]
        approver = _approver(life, depot, who) if units >= APPROVED_FROM_UNITS else None
        _send(life, depot, to, [(lot, min(units, held))], who, approver=approver)


def _send(
    life: Life, place: str, to: str, picks: Picks, who: str, *, type_: str = "transfer", approver: str | None = None,
    hour: float = 0, reason: str = "",
) -> str:  # fmt: skip
    """Have a transfer typed that was picked already; return its key. It is confirmed days later."""
    by_slip = place in life.world.depots and type_ == "transfer"
    key = life.slip(place, "OUT", "transfers", place) if by_slip else ""
    hour = hour or life.rng.uniform(15, 15.9)
    key = key or life.clerk.key(life.world.seed, life.day, place, to, picks, hour)
    number = shipment_number(key)
    lines = tuple(Line(place, f"IN_TRANSIT:{number}", lot, units) for lot, units in picks)
    days = life.rng.choice((1, 1, 2, 3))
    arrives = (life.date + dt.timedelta(days=days)).isoformat()
    life.post(type_, who, hour, key=key, site=place, lines=lines, shipment=number, approver=approver, reason=reason,
              details={"to": to, "arrives": arrives})  # fmt: skip
    life.later(days, partial(arrive_at, life, to, number, key, picks))
    return key


def arrive_at(life: Life, to: str, shipment: str, sent: str, picks: Picks) -> None:
    """Have a receipt typed: nearly always all of it is sound."""
    place, lines = f"IN_TRANSIT:{shipment}", []
    chance, reason = life.rng.random(), ""
    for n, (lot, units) in enumerate(picks):
        gone = 1 + units // 20 if n == 0 and chance < _BROKEN + _MISSING and units > 1 else 0
        if units > gone:
            lines.append(Line(place, to, lot, units - gone))
            life.shelves.add(to, lot, units - gone)
            life.came[to, lot.item] += units - gone
        if gone:
            lines.append(Line(place, "DAMAGED" if chance < _BROKEN else "LOST", lot, gone))
            reason = "broken-on-the-way" if chance < _BROKEN else "lost-on-the-way"
    site = life.world.by_code.get(to)
    who = site.custodian if site else life.world.clerks[to][0]
    life.post("confirm", who, life.rng.uniform(11, 14.4), site=to, lines=tuple(lines), shipment=shipment,
              refers_to=life.clerk.ids[sent], reason=reason)  # fmt: skip


def move_some(life: Life) -> None:
    """Let depots and neighbours help out, emergencies come, and some split what should be approved."""
    for _ in range(int(_TRANSFERS_A_DAY + life.rng.random())):
        site = life.rng.choice(life.world.sites)
        if life.rng.random() < 0.45:
            _help_out(life, site.depot, site, life.rng.choice(life.world.clerks[site.depot]))
            if life.rng.random() < 0.1:
                _help_out(life, site.depot, site, life.rng.choice(life.world.clerks[site.depot]))
        elif site.neighbours:
            _help_out(life, site.code, life.world.by_code[life.rng.choice(site.neighbours)], site.custodian)
    if life.rng.random() < _EMERGENCIES_A_DAY:
        _emergency(life)
    if life.rng.random() < 0.15:
        _new_thermometer(life)
    _split(life)


def _split(life: Life) -> None:
    for wrong in life.plants.of("split-transfers"):
        if life.day in wrong.more["days"]:
            item = life.rng.choice(("MASK", "GLOVES"))
            hour = life.rng.uniform(15, 15.5)
            for n in range(wrong.more["parts"]):
                units = life.rng.randint(430, APPROVED_FROM_UNITS - 1)
                picks = life.shelves.take(wrong.more["depot"], item, units, life.iso)
                if picks:
                    key = _send(
                        life, wrong.more["depot"], wrong.sites[0], picks, wrong.persons[0], hour=hour + n * 0.06
                    )
                    wrong.documents.append(key)


def _help_out(life: Life, place: str, to: Site, who: str) -> None:
    left_out = life.plants.at("left-to-expire", to.code, life.day)
    common = [item for item in to.rates if life.shelves.usable(place, item, life.iso) > 2 * ITEMS[item][1]
              and not (left_out and item in left_out.items)]  # fmt: skip
    if not common:
        return
    item = life.rng.choice(sorted(common))
    have = min(life.shelves.usable(place, item, life.iso), life.shelves.there(place, item))
    wanted = life.rng.lognormvariate(5.2, 1.0) if item in ("MASK", "GLOVES", "CAP", "SHOES", "SWAB") else 20.0
    units = min(int(wanted // 10 * 10), have // 3)
    if units < 1:
        return
    picks = life.shelves.take(place, item, units, life.iso)
    asked = sum(part for _, part in picks) >= APPROVED_FROM_UNITS or life.rng.random() < _ASKED_ANYWAY
    approver = _approver(life, place, who) if asked else None
    _send(life, place, to.code, picks, who, approver=approver)


def _approver(life: Life, place: str, who: str) -> str:
    """Return who approves: whoever is there. At the third depot that is often the colleague."""
    pair = life.world.clerks.get(place)
    for wrong in life.plants.of("approving-pair"):
        if wrong.more["of"] == "transfers" and who in wrong.persons:
            return next(each for each in wrong.persons if each != who)
    if pair and place == life.world.depots[-1] and life.rng.random() < 0.5:
        return next(each for each in pair if each != who)
    others = [each for depot, own in life.world.clerks.items() if depot != place for each in own]
    return life.rng.choice([*life.world.approvers, *others])


def _emergency(life: Life) -> None:
    site = life.rng.choice([each for each in life.world.sites if each.kind in ("clinic", "checkpoint")])
    items = [item for item in sorted(site.rates) if life.shelves.usable(site.depot, item, life.iso) > 40]
    if not items:
        return
    item = life.rng.choice(items)
    units = max(5, round(site.rates[item] * life.activity[site.code] * life.rng.uniform(1, 4)))
    picks = life.shelves.take(site.depot, item, min(units, APPROVED_FROM_UNITS - 10), life.iso)
    who = life.rng.choice(life.world.clerks[site.depot])
    hour = life.rng.uniform(13, 15.9)
    reason = life.rng.choice(("used-up", "new-cases", "ordered"))
    key = _send(life, site.depot, site.code, picks, who, type_="emergency", hour=hour, reason=reason)
    pair = next(
        (w for w in life.plants.of("approving-pair") if w.more["of"] == "emergencies" and who in w.persons), None
    )
    if pair is not None:
        by = next(each for each in pair.persons if each != who)
        life.to_sign.append((life.day, key, by, life.at(hour) + life.rng.randint(70, 95) * 1_000_000))
        return
    others = [each for own in life.world.clerks.values() for each in own if each != who]
    days = life.rng.choice((0, 0, 1, 1, 2, 4))
    at = life.clerk.at(life.world.date(life.day + days), life.rng.uniform(16, 18))
    life.to_sign.append((life.day + days, key, life.rng.choice([*life.world.approvers, *others]), at))


def countersign_due(life: Life) -> None:
    """Countersign the emergency issues that are due, once they are written."""
    for _, key, who, at in [each for each in life.to_sign if each[0] <= life.day]:
        countersign(life.clerk.ledger, life.clerk.ids[key], Stamp(who, at))
    life.to_sign = [each for each in life.to_sign if each[0] > life.day]


def _new_thermometer(life: Life) -> None:
    """Send a thermometer where one broke."""
    site = life.rng.choice(life.world.sites)
    if life.plants.at("thermometers", site.code) or life.shelves.booked(site.code, THERMO) >= site.thermometers:
        return
    picks = life.shelves.take(site.depot, THERMO, 1, life.iso)
    if picks:
        _send(life, site.depot, site.code, picks, life.world.clerks[site.depot][1])
