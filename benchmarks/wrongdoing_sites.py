"""A day at the sites: what is really used, what is reported of it and when, what is counted, broken and thrown away."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from benchmarks.wrongdoing_clerk import MINUTE
from benchmarks.wrongdoing_life import Life, weekday_factor
from benchmarks.wrongdoing_shelves import Picks
from benchmarks.wrongdoing_world import DURABLES, ITEMS, THERMO, Site
from models.entry import Counted, Entry, Line, LotKey

__all__ = ["count_day", "lose_some", "throw_away", "use_day"]

_LINE_DOWN, _SICK, _TYPO, _GUESSED = 0.012, 0.0006, 0.0007, 0.03


def use_day(life: Life) -> None:
    """Let every site use and report. Telephones fail for whole areas, keepers fall ill, some mistype."""
    down = {area: life.rng.randint(1, 3) for area in life.world.areas if life.rng.random() < _LINE_DOWN}
    reported: dict[str, dict[str, int]] = {}
    order = sorted(life.world.sites, key=lambda site: _copies_from(life, site) != "")
    for site in order:
        really = _really_used(life, site)
        if not really:
            continue
        reported[site.code] = _reported(life, site, really, reported)
        _post_use(life, site, reported[site.code], really, down.get(site.area, 0))


def _copies_from(life: Life, site: Site) -> str:
    wrong = life.plants.at("pasted", site.code, life.day)
    return str(wrong.more["other"]) if wrong is not None and wrong.more["site"] == site.code else ""


def _really_used(life: Life, site: Site) -> dict[str, int]:
    """Return what a site uses on a day: no more than lies there and may be used."""
    factor = weekday_factor(site.kind, life.date) * life.outbreak(site, life.day) * life.activity[site.code]
    if not factor:
        return {}
    busy = life.rng.lognormvariate(0, 0.16)
    found = {}
    for item, rate in site.rates.items():
        wanted = factor * rate * busy * life.rng.lognormvariate(0, 0.14)
        units = int(wanted) + (life.rng.random() < wanted % 1)
        if site.in_packs:
            pack = ITEMS[item][1]
            units = pack * (int(units / pack) + (life.rng.random() < units / pack % 1))
        elif units > 40 and life.rng.random() < _GUESSED:
            units = round(units, -1)  # somebody did not count exactly
        # Nobody uses what has expired, or what somebody sits on.
        usable = life.shelves.usable(site.code, item, life.iso) - life.shelves.missing[site.code, item]
        found[item] = min(units, max(0, usable))
    return found


def _reported(life: Life, site: Site, really: dict[str, int], others: dict[str, dict[str, int]]) -> dict[str, int]:
    """Return what is reported: what was used, unless somebody invents."""
    diverted = life.plants.at("diversion", site.code, life.day)
    if diverted is not None:
        factor = diverted.more["factor"]
        return {item: round(units * factor) if item in diverted.items else units for item, units in really.items()}
    pasted = life.plants.at("pasted", site.code, life.day)
    if pasted is not None and pasted.more["site"] == site.code:
        if pasted.more["other"]:
            return dict(others.get(pasted.more["other"], really))
        return dict(pasted.more.setdefault("figures", really))
    if life.plants.at("rounded", site.code, life.day) is not None:
        return {item: max(10, round(units * life.rng.uniform(0.85, 1.15) / 10) * 10) for item, units in really.items()}
    return really


def _post_use(life: Life, site: Site, said: dict[str, int], really: dict[str, int], down: int) -> None:
    stolen = life.plants.at("skimming", site.code, life.day) or life.plants.at("counts-copied", site.code, life.day)
    lines = []
    for item in sorted(said.keys() | really.keys()):
        picks = life.shelves.take(site.code, item, said.get(item, 0), life.iso)
        booked = sum(units for _, units in picks)
        life.used[site.code, item].append(booked)
        diverted = life.plants.at("diversion", site.code, life.day)
        gone = booked if diverted is not None and item in diverted.items else really.get(item, 0)
        if stolen is not None and item in stolen.items:
            taken = stolen.more["share"] * really.get(item, 0) * life.rng.uniform(0.6, 1.4)
            gone += int(taken) + (life.rng.random() < taken % 1)
        if site.sloppy:
            lost = site.sloppy * really.get(item, 0)
            gone += int(lost) + (life.rng.random() < lost % 1)
        life.shelves.missing[site.code, item] += gone - booked
        lines += [Line(site.code, f"CONSUMED:{site.code}", lot, units) for lot, units in picks]
    if not lines:
        return
    hour = life.keeper_hour(site)
    if life.rng.random() < (0.02 if life.outbreak(site, life.day) > 1 else 0.0015):
        hour = life.rng.uniform(22, 26)  # a long day
    occurred_at = life.at(min(hour - 0.1, 23.9))
    recorded_at, details = _typed(life, site, hour, down)
    key = life.clerk.key(life.world.seed, "use", site.code, life.day)
    entry = Entry(key=key, type="issue", actor=site.custodian, site=site.code, occurred_at=occurred_at,
                  lines=tuple(lines), details=details)  # fmt: skip
    wrong = life.plants.at("back-dated", site.code)
    if wrong is not None and recorded_at > life.at(36) and any(a <= life.day <= b for a, b in wrong.more["sittings"]):
        wrong.documents.append(key)
    if recorded_at < life.at(24):
        entry = _mistyped(life, site, entry)
    life.clerk.type(entry, recorded_at)
    life.late_until[site.code] = max(life.late_until.get(site.code, 0), recorded_at)


def _typed(life: Life, site: Site, hour: float, down: int) -> tuple[int, dict[str, Any]]:
    """Return when a report is typed, and what is said of that."""
    wrong = life.plants.at("back-dated", site.code)
    for first, last in wrong.more["sittings"] if wrong is not None else ():
        if first <= life.day <= last:
            sitting = life.clerk.at(life.world.date(last + 1), 15) + (life.day - first) * MINUTE * 0.7
            return int(sitting) + life.rng.randint(0, 20_000_000), {}
    if life.rng.random() < _SICK:
        life.ill[site.code] = life.day + life.rng.randint(3, 6)
    back = life.ill.get(site.code, 0)
    if back > life.day:
        at = life.clerk.at(life.world.date(back), 9) + life.day % 10 * 3 * MINUTE
        return at + life.rng.randint(0, MINUTE), {"note": "keeper was ill; from the paper book"}
    if down:
        came = life.clerk.at(life.date + dt.timedelta(days=down), life.rng.uniform(8, 11))
        return came, {"note": "telephone line was down", "reported": {"function": "duty-officer", "how": "paper"}}
    if life.rng.random() < 0.02:
        return life.clerk.at(life.date + dt.timedelta(days=1), life.rng.uniform(8.2, 10)), {}
    return life.at(hour) + life.rng.randint(0, 59_000_000), {}


def _mistyped(life: Life, site: Site, entry: Entry) -> Entry:
    """Return a document with a slip of the keys, now and then; it is reversed and typed again a day later."""
    line = max(entry.lines, key=lambda each: each.units)
    lots = dict(life.shelves.lots(site.code, line.lot.item))
    more = line.units * 9
    if life.rng.random() >= _TYPO or lots.get(line.lot, 0) < more:
        return entry
    wrong_line = Line(line.from_location, line.to_location, line.lot, line.units + more)
    lines = tuple(wrong_line if each is line else each for each in entry.lines)
    life.shelves.take_lot(site.code, line.lot, more)
    life.shelves.missing[site.code, line.lot.item] -= more
    wrong = Entry(**{**vars(entry), "lines": lines})
    life.late_until[site.code] = life.at(48)
    life.later(1, partial(_put_right, life, site, wrong, entry, more, line.lot))
    return wrong


def _put_right(life: Life, site: Site, wrong: Entry, right: Entry, more: int, lot: LotKey) -> None:
    lines = tuple(Line(each.to_location, each.from_location, each.lot, each.units) for each in wrong.lines)
    life.post("reverse", site.custodian, 16.6, occurred_at=wrong.occurred_at, lines=lines, site=site.code,
              reverses=life.clerk.ids[wrong.key], reason="wrong-quantity")  # fmt: skip
    life.post("issue", site.custodian, 16.65, occurred_at=right.occurred_at, lines=right.lines, site=site.code,
              details={"note": "typed again"})  # fmt: skip
    life.shelves.add(site.code, lot, more)
    life.shelves.missing[site.code, lot.item] += more


# --- Counts ---------------------------------------------------------------------------------------


def count_day(life: Life) -> None:
    """Let some sites count what they hold, and inspectors count elsewhere."""
    for n, site in enumerate(life.world.sites):
        if life.late_until.get(site.code, 0) > life.at(7):
            continue
        copied = life.plants.at("counts-copied", site.code)
        if copied is not None and life.day >= copied.more["inspected"] and not copied.more.get("done"):
            copied.more["done"] = True
            _count(life, site, life.rng.choice(life.world.inspectors), by_the_book=False)
        elif (life.day + n * 5) % site.counted_every_days == 0:
            _count(life, site, site.custodian, by_the_book=copied is not None)
        elif life.rng.random() < 0.0015:
            _count(life, site, life.rng.choice(life.world.inspectors), by_the_book=False)
    for n, depot in enumerate(life.world.depots):
        if (life.day + n) % 30 == 29:
            _count_depot(life, depot)


def _count(life: Life, site: Site, who: str, *, by_the_book: bool) -> None:
    """Count a site: small differences are honest, more often below than above."""
    rows: list[Counted] = []
    for item in life.shelves.items(site.code):
        if item in DURABLES and (life.plants.at("thermometers", site.code) or life.rng.random() < 0.35):
            continue
        found = life.shelves.booked(site.code, item) if by_the_book else _found(life, site.code, item)
        rows += _counted(life, site.code, item, found)
    if rows:
        life.post("count", who, life.rng.uniform(7.2, 8.8), site=site.code, counted=tuple(rows))


def _found(life: Life, place: str, item: str) -> int:
    there = life.shelves.there(place, item)
    chance = life.rng.random()
    if item in DURABLES or chance < 0.5:
        return there
    if chance < 0.515:  # a box behind another was not seen; the next count finds it
        return max(0, there - ITEMS[item][1] * life.rng.choice((1, 1, 2)))
    return max(0, there + round(there * life.rng.gauss(-0.002, 0.012 if chance < 0.95 else 0.035)))


def _counted(life: Life, place: str, item: str, found: int) -> list[Counted]:
    """Return what is said of each lot: the last ones on the shelf take the difference."""
    there = life.shelves.there(place, item)
    lots = life.shelves.lots(place, item)
    said: Picks = []
    rest = found
    for n, (lot, units) in enumerate(lots):
        part = rest if n == len(lots) - 1 else min(units, rest)
        said.append((lot, part))
        rest -= part
    life.shelves.put(place, item, said)
    life.shelves.missing[place, item] = found - there
    return [Counted(place, item, lot, units) for lot, units in said]


def _count_depot(life: Life, depot: str) -> None:
    rows: list[Counted] = []
    for item in life.shelves.items(depot):
        rows += _counted(life, depot, item, _found(life, depot, item))
    if rows:
        life.post("count", life.world.clerks[depot][life.day % 2], 7.5, site=depot, counted=tuple(rows))


# --- Losses ---------------------------------------------------------------------------------------


def lose_some(life: Life) -> None:
    """Let things break and get wet, thieves come, and day-office people write off by night."""
    for wrong in life.plants.of("theft"):
        if wrong.first_day == life.day:
            for item in wrong.items:
                gone = round(life.shelves.there(wrong.sites[0], item) * wrong.more["share"])
                life.shelves.missing[wrong.sites[0], item] += gone
    for site in life.world.sites:
        if life.rng.random() < 0.006:
            _write_off(life, site, life.rng.choice(sorted(site.rates)), life.rng.randint(1, 8), "damaged")
        broke = life.shelves.booked(site.code, THERMO) * 0.04 / 30
        if life.rng.random() < broke and life.plants.at("thermometers", site.code) is None:
            _write_off(life, site, THERMO, 1, "broken")
    for wrong in life.plants.of("night-postings"):
        if life.day in wrong.more["nights"]:
            site = life.world.by_code[wrong.sites[0]]
            hour = life.rng.uniform(24.3, 27.6)
            for n, item in enumerate(life.rng.sample(sorted(site.rates), k=life.rng.randint(1, 2))):
                key = _write_off(life, site, item, life.rng.randint(10, 40), "damaged", hour=hour + n * 0.05)
                wrong.documents += [key] if key else []


def _write_off(life: Life, site: Site, item: str, units: int, reason: str, *, hour: float = 0) -> str:
    picks = life.shelves.take(site.code, item, min(units, life.shelves.there(site.code, item)), life.iso)
    if not picks:
        return ""
    lines = tuple(Line(site.code, "DAMAGED", lot, each) for lot, each in picks)
    return life.post("writeoff", site.custodian, hour or life.rng.uniform(15.5, 16.5), site=site.code, lines=lines,
                     reason=reason)  # fmt: skip


def throw_away(life: Life) -> None:
    """Let sites and depots write off what has expired, some days after it did."""
    for place, who in _keepers(life):
        if (life.day + len(place) + int(place[1:])) % 6:
            continue
        lines = []
        for item in life.shelves.items(place):
            for lot, units in life.shelves.lots(place, item):
                if lot.expires < life.iso:
                    life.shelves.take_lot(place, lot, units)
                    life.shelves.kept_back.discard((place, lot))
                    lines.append(Line(place, "DESTROYED", lot, units))
        if lines:
            life.post("writeoff", who, 16.8, site=place, lines=tuple(lines), reason="expired")


def _keepers(life: Life) -> list[tuple[str, str]]:
    depots = [(depot, life.world.clerks[depot][0]) for depot in life.world.depots]
    return [(site.code, site.custodian) for site in life.world.sites] + depots
