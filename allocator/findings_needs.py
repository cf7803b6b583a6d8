"""Rules about needs and shelf life: needs that jump before a plan, and stock that expires beside an empty shelf."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.finding import Evidence, Finding, Limits, finding_of, seen_in
from allocator.finding_chances import binomial_tail, corrected, grouped
from allocator.finding_columns import NONE, Books, Levels, Wholes
from allocator.finding_flows import held_by_day, used
from allocator.sentence import Sentence, say

__all__ = ["expired_beside_short", "needs_jump"]


def needs_jump(books: Books, limits: Limits) -> list[Finding]:
    """Find sites whose stated needs or staff jump shortly before a plan and fall shortly after.

    A jump is a level at least so many times that before it and that after it. Its share of all changes at the site is
    compared with that of the others (binomial tail). Use that rises with it says that the need was real.
    """
    levels = books.levels
    groups = list(grouped(levels.site, levels.what))
    uses = _Uses(books)
    found = [(rows, at) for rows in groups for at in _jumps(books, levels, rows, uses, limits)]
    jumps = [(rows[at], rows[at - 1], rows[at + 1]) for rows, at in found]
    if not jumps:
        return []
    changes = np.bincount(levels.site, minlength=len(books.sites))
    at_site = np.array([int(levels.site[each[0]]) for each in jumps])
    times = np.bincount(at_site, minlength=len(books.sites))
    results = []
    for site in np.flatnonzero(times).tolist():
        usual = (times.sum() - times[site] + 0.5) / (changes.sum() - changes[site] + 1)
        tail = binomial_tail(int(times[site]), int(changes[site]), float(usual))
        strength = corrected(tail, int(np.count_nonzero(changes)))
        if strength < limits["doubt"] or times[site] < limits["jumps_least"]:
            continue
        own = [each for each, where in zip(jumps, at_site.tolist(), strict=True) if where == site]
        ratios = [levels.value_micro[now] / max(levels.value_micro[before], 1) for now, before, _ in own]
        sentence = say(
            "{site}: {times} times what was said to be needed rose, up to {ratio} times, at most {days} days before a "
            "plan, and fell again after it; use did not rise with it.",
            site=books.sites[site],
            times=len(own),
            ratio=round(float(max(ratios)), 1),
            days=int(limits["jump_before_days"]),
        )
        evidence = [_jump(books, levels, *(int(row) for row in each)) for each in own]
        results.append(finding_of("needs_jump", books.sites[site].code, evidence, strength=strength, sentence=sentence))
    return results


def _jumps(books: Books, levels: Levels, rows: Wholes, uses: _Uses, limits: Limits) -> list[int]:
    """Return which changes of one level are jumps before a plan that are taken back after it."""
    value, day = levels.value_micro[rows], levels.day[rows]
    if len(rows) < 3:  # noqa: PLR2004 - before, jump, after
        return []
    up = value[1:-1] >= limits["jump_times"] * np.maximum(np.maximum(value[:-2], value[2:]), 1)
    up &= day[2:] - day[1:-1] <= limits["jump_days"]
    found = []
    for at in (np.flatnonzero(up) + 1).tolist():
        plan = np.searchsorted(books.plan_days, day[at])
        if plan == len(books.plan_days):
            continue
        on = int(books.plan_days[plan])
        in_time = on - day[at] <= limits["jump_before_days"] and 0 <= day[at + 1] - on <= limits["jump_after_days"]
        site, what = int(levels.site[rows[at]]), int(levels.what[rows[at]])
        if in_time and not uses.rose(site, what, int(day[at]), int(day[at + 1]), limits["jump_use_times"]):
            found.append(at)
    return found


class _Uses:
    """Use by site and item, looked up for one jump after another."""

    def __init__(self, books: Books) -> None:
        lines = books.lines.where(used(books))
        self._day, self._units = lines.day, lines.units
        self._items = max(len(books.items), 1)
        key = lines.from_site * self._items + lines.item
        self._rows = {int(key[rows[0]]): rows for rows in grouped(key)}

    def rose(self, site: int, what: int, first: int, end: int, times: float) -> bool:
        """Say whether use in the days of a jump was above that of four weeks before; a driver tells of every item."""
        items = [what] if what >= 0 else range(self._items)
        empty = np.zeros(0, dtype=np.int64)
        rows = np.concatenate([self._rows.get(site * self._items + item, empty) for item in items])
        day, units = self._day[rows], self._units[rows]
        before = int(units[(day >= first - 28) & (day < first)].sum()) / 28
        during = int(units[(day >= first) & (day < end)].sum()) / max(end - first, 1)
        return before > 0 and during >= times * before


def _jump(books: Books, levels: Levels, now: int, before: int, after: int) -> Evidence:
    what = int(levels.what[now])
    values = {
        "before": levels.value_micro[before] / 1e6,
        "now": levels.value_micro[now] / 1e6,
        "after": levels.value_micro[after] / 1e6,
        "days": int(levels.day[after] - levels.day[now]),
    }
    said: Sentence = say("{before:g} a day, then {now:g}, then {after:g} again {days} days later", **values)
    if what < 0:
        said = say("{driver}: {before:g}, then {now:g}, then {after:g} again {days} days later",
                   driver=books.drivers[-2 - what], **values)  # fmt: skip
    return seen_in(
        books,
        said,
        day=int(levels.day[now]),
        site=int(levels.site[now]),
        item=max(what, NONE),
        person=int(levels.actor[now]),
    )


def expired_beside_short(books: Books, limits: Limits) -> list[Finding]:
    """Find sites where stock expired unused while a site near by had run out of the item.

    Near: joined by a road, or of one area. What expired must be worth so many days of the neighbour's use, and the
    neighbour must have stood without for so many of the days before; it counts only where it could have been sent.
    """
    held = held_by_day(books)
    days = held.shape[2]
    daily = _daily_use(books, days)
    lots = books.lots
    ended = np.flatnonzero((lots.expires_day > books.first_day) & (lots.expires_day < books.last_day))
    found: dict[tuple[int, int], list[tuple[int, int, int, int]]] = {}
    for site, lot, units in _left_at_expiry(books, ended):
        item, day = int(lots.item[lot]), int(lots.expires_day[lot]) - books.first_day
        first = max(0, day + 1 - int(limits["expiry_window_days"]))  # a lot's last day is the last one before
        for other in books.near[books.near[:, 0] == site, 1].tolist():
            use = float(daily[other, item])
            short = int(np.count_nonzero(held[other, item, first : day + 1] <= 0))
            enough = use > 0 and units >= limits["expiry_need_days"] * use
            own = float(daily[site, item])
            # What the site uses itself in the window it could not have known to be too much.
            spare = units >= own * limits["expiry_own_days"]
            if enough and spare and short >= limits["expiry_short_days"]:
                found.setdefault((site, item), []).append((lot, units, other, short))
                break
    results = []
    for (site, item), rows in found.items():
        units = sum(each[1] for each in rows)
        other, short = rows[0][2:]
        sentence = say(
            "{units:,} units of {item} expired at {site}, while {other} stood without any on {days} of the {window} "
            "days before.",
            units=units,
            item=books.items[item],
            site=books.sites[site],
            other=books.sites[other],
            days=short,
            window=int(limits["expiry_window_days"]),
        )
        evidence = [each for row in rows for each in _expired(books, site, item, *row)]
        strength = 3.0 + np.log10(1 + units / max(float(daily[other, item]), 1.0))
        subject = f"{books.sites[site].code}/{books.items[item].code}"
        results.append(
            finding_of("expired_beside_short", subject, evidence, strength=float(strength), sentence=sentence)
        )
    return results


def _daily_use(books: Books, days: int) -> NDArray[np.float64]:
    total = np.zeros((len(books.sites), len(books.items)))
    lines = books.lines.where(used(books))
    np.add.at(total, (lines.from_site, lines.item), lines.units)
    return total / max(days, 1)


def _left_at_expiry(books: Books, ended: Wholes) -> list[tuple[int, int, int]]:
    """Return the site, the lot and the units that were still there when the lot's last day ended."""
    lines = books.lines.where(np.isin(books.lines.lot, ended))
    lines = lines.where(lines.day <= books.lots.expires_day[lines.lot])
    site = np.concatenate([lines.to_site[lines.to_kind == "SITE"], lines.from_site[lines.from_kind == "SITE"]])
    lot = np.concatenate([lines.lot[lines.to_kind == "SITE"], lines.lot[lines.from_kind == "SITE"]])
    units = np.concatenate([lines.units[lines.to_kind == "SITE"], -lines.units[lines.from_kind == "SITE"]])
    results = []
    for rows in grouped(site, lot):
        left = int(units[rows].sum())
        if left > 0 and site[rows[0]] != NONE:
            results.append((int(site[rows[0]]), int(lot[rows[0]]), left))
    return results


def _expired(books: Books, site: int, item: int, lot: int, units: int, other: int, short: int) -> list[Evidence]:
    lines = books.lines
    came = np.flatnonzero((lines.lot == lot) & (lines.to_site == site) & (lines.to_kind == "SITE"))
    day = int(books.lots.expires_day[lot])
    said = say("lot {lot} expired with {units:,} left", lot=str(books.lots.number[lot]) or "-", units=units)
    document = int(lines.document[came[-1]]) if len(came) else NONE
    empty = say("stood without any on {days} days before", days=short)
    return [
        seen_in(books, said, row=document, day=day, site=site, item=item),
        seen_in(books, empty, day=day, site=other, item=item),
    ]
