"""Whether the lots add up to the lines, first expiring first, with nothing expired, set aside or too short.

Where kinds of site need stock of different life, what leaves first is found by serving those who need the
longest life first, each the first to expire of what lasts so long: no other choice lets more of what expires
sooner leave, for what lasts long enough for one site lasts long enough for all who need less.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Units
from allocator.sentence import say
from allocator.verify_facts import Facts, admits, find_keys, lives_of
from allocator.verify_lines import Deliveries
from allocator.verify_shapes import PlanRead, ReadLots, refuse

__all__ = ["check_lots"]


def check_lots(facts: Facts, plan: PlanRead, sent: Deliveries) -> None:
    """Refuse lots that do not cover the lines, are not there to be sent, or jump the queue."""
    stock = facts.case.stock
    has_lots = len(stock) > 0 and bool(np.any(stock.lot != ""))
    if plan.lots is None:
        if has_lots and len(plan.lines):
            refuse(say("lots.csv is missing, but the stock has lots. Write which lot each line is picked from."))
        return
    _check_cover(facts, plan, plan.lots)
    _check_order(facts, plan.lots, sent)


def _check_cover(facts: Facts, plan: PlanRead, lots: ReadLots) -> None:
    """Each line's units are its lots' units, wherever its depot has lots of the item or lots.csv says so."""
    lines, stock, n_items = plan.lines, facts.case.stock, max(1, len(facts.case.items))
    line_key = _key(facts, lines.depot, lines.site, lines.item)
    line, found = find_keys(line_key, _key(facts, lots.depot, lots.site, lots.item))
    bad = ~found | (lots.units < 1)
    if bool(bad.any()):
        row = int(np.argmax(bad))
        refuse(
            say(
                "lots.csv, {depot} to {site}, item {item}, lot {lot}: lines.csv sends nothing of the kind.",
                **_place(facts, lots, row),
            )
        )
    picked = np.zeros(len(lines), dtype=np.int64)
    np.add.at(picked, line, lots.units)
    in_lots = np.flatnonzero(stock.lot != "")
    with_lots = np.unique(stock.site[in_lots].astype(np.int64) * n_items + stock.item[in_lots])
    due = find_keys(with_lots, lines.depot.astype(np.int64) * n_items + lines.item)[1] | (picked > 0)
    wrong = due & (picked != lines.units)
    if bool(wrong.any()):
        row = int(np.argmax(wrong))
        refuse(
            say(
                "lots.csv, {depot} to {site}, item {item}: lots add up to {found} units, the line sends {expected}.",
                depot=facts.case.sites.code[lines.depot[row]],
                site=facts.case.sites.code[lines.site[row]],
                item=facts.case.items.code[lines.item[row]],
                found=int(picked[row]),
                expected=int(lines.units[row]),
            )
        )


def _key(facts: Facts, depot: NDArray[Any], site: NDArray[Any], item: NDArray[Any]) -> Units:
    n_sites, n_items = max(1, len(facts.case.sites)), max(1, len(facts.case.items))
    return np.asarray((depot.astype(np.int64) * n_sites + site) * n_items + item, dtype=np.int64)


def _place(facts: Facts, lots: ReadLots, row: int) -> dict[str, Any]:
    return {
        "depot": facts.case.sites.code[lots.depot[row]],
        "site": facts.case.sites.code[lots.site[row]],
        "item": facts.case.items.code[lots.item[row]],
        "lot": lots.lot[row],
    }


def _check_order(facts: Facts, lots: ReadLots, sent: Deliveries) -> None:
    """For each depot and item, what leaves is the front of the queue by expiry, part by earmarked part."""
    n_items = max(1, len(facts.case.items))
    picked_at = lots.depot.astype(np.int64) * n_items + lots.item
    order = np.argsort(picked_at, kind="stable")
    present, start = np.unique(picked_at[order], return_index=True)
    stock = facts.case.stock
    stock_at = stock.site.astype(np.int64) * n_items + stock.item
    fresh = _sendable(facts)
    stock_order = np.argsort(stock_at, kind="stable")
    sorted_stock = stock_at[stock_order]
    from_source = _units_by_source(facts, sent)
    for number, key in enumerate(present.tolist()):
        rows = order[start[number] : start[number + 1] if number + 1 < len(start) else len(order)]
        here = stock_order[np.searchsorted(sorted_stock, key, "left") : np.searchsorted(sorted_stock, key, "right")]
        _check_life(facts, lots, rows, here[fresh[here]])
        _check_queue(facts, lots, rows, here[fresh[here]], from_source.get(key, {}))


def _sendable(facts: Facts) -> Bools:
    stock, policy = facts.case.stock, facts.case.policy
    fresh_from = np.datetime64(policy.date, "D") + max(0, lives_of(facts.case, facts.life_needed)[0])
    old = ~np.isnat(stock.expires) & (stock.expires < fresh_from)
    if policy.transfer_above_days > 0:
        # A giving site hands on what it holds for its own use; a shelf life is asked of depots' stock.
        expired = ~np.isnat(stock.expires) & (stock.expires < np.datetime64(policy.date, "D"))
        old = np.where(facts.is_depot[stock.site], old, expired)
    return np.asarray((stock.status == 0) & ~old, dtype=bool)


ByMark = dict[tuple[str, int], int]
"""Units that leave, by earmark and the days of life that the sites need."""


def _units_by_source(facts: Facts, sent: Deliveries) -> dict[int, ByMark]:
    """Return, by depot and item, how many units leave each earmarked part for sites that need so many days."""
    case = facts.case
    lives, life = np.unique(facts.life_needed, return_inverse=True)
    n_items, n_lives = max(1, len(case.items)), max(1, len(lives))
    key = (sent.source.astype(np.int64) * n_items + sent.by) * n_lives + life[sent.site]
    present, place = np.unique(key, return_inverse=True)
    packs = np.zeros(len(present), dtype=np.int64)
    np.add.at(packs, place, sent.packs)
    units: dict[int, ByMark] = {}
    for number, count in zip(present.tolist(), packs.tolist(), strict=True):
        at, number_of_life = divmod(number, n_lives)
        source, item = divmod(at, n_items)
        here = units.setdefault(int(facts.source_depot[source]) * n_items + item, {})
        mark = (facts.source_earmark[source], int(lives[number_of_life]))
        here[mark] = here.get(mark, 0) + count * int(case.items.pack_units[item])
    return units


def _life_left(facts: Facts, stock_rows: NDArray[Any]) -> NDArray[np.int64]:
    """Return the days each stock row has left; without a date, or at a site that gives, it lasts for everybody."""
    stock = facts.case.stock
    expires = stock.expires[stock_rows]
    left = (expires - np.datetime64(facts.case.policy.date, "D")).astype(np.int64)
    unasked = np.isnat(expires) | ~facts.is_depot[stock.site[stock_rows]]
    return np.where(unasked, np.iinfo(np.int64).max, left)


def _check_life(facts: Facts, lots: ReadLots, rows: NDArray[Any], stock_rows: NDArray[Any]) -> None:
    """No more of a lot goes to sites that need so many days than there is of it that lasts so long."""
    if not facts.case.policy.shelf_days:
        return
    stock, left = facts.case.stock, _life_left(facts, stock_rows)
    needed = facts.life_needed[lots.site[rows]]
    for days in np.unique(needed)[::-1].tolist():
        lasting: dict[str, int] = {}
        fit = stock_rows[left >= days]
        for lot, units in zip(stock.lot[fit], stock.units[fit].tolist(), strict=True):
            lasting[lot] = lasting.get(lot, 0) + units
        for row in rows[needed >= days].tolist():
            lot = lots.lot[row]
            lasting[lot] = lasting.get(lot, 0) - int(lots.units[row])
            if lasting[lot] < 0:
                refuse(
                    say(
                        "lots.csv, {depot} to {site}, item {item}: lot {lot} does not last the {days} days that are "
                        "asked for this kind of site, or not enough of it.",
                        **_place(facts, lots, row),
                        days=days,
                    )
                )


def _check_queue(facts: Facts, lots: ReadLots, rows: NDArray[Any], stock_rows: NDArray[Any], by_mark: ByMark) -> None:
    """Compare what was picked of each lot with the least and the most the queue allows."""
    stock = facts.case.stock
    picked: dict[str, int] = {}
    for lot, units in zip(lots.lot[rows], lots.units[rows].tolist(), strict=True):
        picked[lot] = picked.get(lot, 0) + units
    marks_of = _marks_of_lots(facts, lots, rows, stock_rows)
    if len({mark for marks in marks_of.values() for mark in marks}) > 1:
        if any(len(marks) > 1 for marks in marks_of.values()):
            # One lot, partly earmarked: lots.csv does not say which part is picked, so only its size binds.
            most: dict[str, int] = {}
            for lot, units in zip(stock.lot[stock_rows], stock.units[stock_rows].tolist(), strict=True):
                most[lot] = most.get(lot, 0) + units
            _refuse_queue(facts, lots, rows, (picked, {}, most))
            return
        by_mark = {}
        needed = facts.life_needed[lots.site[rows]].tolist()
        for lot, units, days in zip(lots.lot[rows], lots.units[rows].tolist(), needed, strict=True):
            for mark in marks_of.get(lot, ()):
                by_mark[mark, days] = by_mark.get((mark, days), 0) + units
        _check_earmarks(facts, lots, rows, marks_of)
    _refuse_queue(facts, lots, rows, (picked, *_bounds(facts, stock_rows, by_mark, marks_of)))


def _marks_of_lots(facts: Facts, lots: ReadLots, rows: NDArray[Any], stock_rows: NDArray[Any]) -> dict[str, set[str]]:
    """Return the earmarks of each lot; a giving site's stock has none that matter."""
    stock = facts.case.stock
    of_depot = bool(facts.is_depot[lots.depot[rows[0]]])
    marks: dict[str, set[str]] = {}
    for lot, mark in zip(stock.lot[stock_rows], stock.earmark[stock_rows], strict=True):
        marks.setdefault(lot, set()).add(mark if of_depot else "")
    return marks


def _check_earmarks(facts: Facts, lots: ReadLots, rows: NDArray[Any], marks_of: dict[str, set[str]]) -> None:
    """An earmarked lot goes only where its earmark admits."""
    marks = np.array([next(iter(marks_of.get(lot, {""}))) for lot in lots.lot[rows]], dtype=object)
    wrong = ~admits(facts.case, marks, lots.site[rows])
    if bool(wrong.any()):
        row = int(rows[np.argmax(wrong)])
        refuse(
            say(
                "lots.csv, {depot} to {site}, item {item}: lot {lot} is earmarked for somebody else.",
                **_place(facts, lots, row),
            )
        )


def _bounds(
    facts: Facts, stock_rows: NDArray[Any], by_mark: ByMark, marks_of: dict[str, set[str]]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the least and the most units of each lot that leave when the first to expire leave first."""
    least: dict[str, int] = {}
    most: dict[str, int] = {}
    stock = facts.case.stock
    expires = stock.expires[stock_rows]
    day = np.where(np.isnat(expires), np.iinfo(np.int64).max, expires.astype(np.int64))
    life = _life_left(facts, stock_rows)
    marks = np.array([next(iter(marks_of[lot])) for lot in stock.lot[stock_rows]], dtype=object)
    for mark in sorted({mark for mark, _ in by_mark}):
        mine = np.flatnonzero(marks == mark)
        mine = mine[np.argsort(day[mine], kind="stable")]
        units, days = stock.units[stock_rows[mine]], day[mine]
        of_day = _of_day(days, units)
        due = {needed: amount for (of, needed), amount in by_mark.items() if of == mark}
        left = _of_day(days, _first_to_leave(units, life[mine], due))
        for n, lot in enumerate(stock.lot[stock_rows[mine]]):
            amount = int(units[n])
            # Lots of one expiry date may leave in any order among themselves.
            least[lot] = least.get(lot, 0) + max(0, amount - (int(of_day[n]) - int(left[n])))
            most[lot] = most.get(lot, 0) + min(amount, int(left[n]))
    return least, most


def _first_to_leave(units: Units, life: NDArray[np.int64], due: dict[int, int]) -> Units:
    """Return the units of each row (first to expire first) that leave: the longest life asked for is served first."""
    rest = units.copy()
    for days, amount in sorted(due.items(), reverse=True):
        fit = np.flatnonzero(life >= days)
        before = np.cumsum(rest[fit]) - rest[fit]
        rest[fit] -= np.clip(amount - before, 0, rest[fit])
    return units - rest


def _of_day(days: NDArray[Any], units: Units) -> Units:
    """Return for each row the units of all rows with its expiry date."""
    _, place = np.unique(days, return_inverse=True)
    total = np.zeros(int(place.max(initial=-1)) + 1, dtype=np.int64)
    np.add.at(total, place, units)
    return total[place]


def _refuse_queue(
    facts: Facts, lots: ReadLots, rows: NDArray[Any], amounts: tuple[dict[str, int], dict[str, int], dict[str, int]]
) -> None:
    picked, least, most = amounts
    place = _place(facts, lots, int(rows[0]))
    for lot in sorted(set(picked) | set(least)):
        found = picked.get(lot, 0)
        if found > most.get(lot, 0):
            refuse(
                say(
                    "lots.csv: {depot} sends {found} units of {item} from lot {lot}; at most {allowed} may leave "
                    "before earlier lots.",
                    **place | {"lot": lot},
                    found=found,
                    allowed=most.get(lot, 0),
                )
            )
        if found < least.get(lot, 0):
            refuse(
                say(
                    "lots.csv: {depot} sends {found} units of {item} from lot {lot}, which expires first; {due} are "
                    "due from it.",
                    **place | {"lot": lot},
                    found=found,
                    due=least[lot],
                )
            )
