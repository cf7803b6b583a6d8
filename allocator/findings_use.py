"""Rules about use: far more than is due or peers use, and things held that nobody ever used, moved or counted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.finding import Evidence, Finding, Limits, finding_of, seen_in
from allocator.finding_chances import MAD_TO_SIGMA, grouped, known_quantile, normal_tail, robust_scatter
from allocator.finding_columns import NONE, Books, Wholes
from allocator.finding_flows import custodian_of_sites, held_by_day, left, used
from allocator.sentence import say

__all__ = ["never_used", "use_far"]


def use_far(books: Books, limits: Limits) -> list[Finding]:
    """Find sites that use far more of an item, for weeks, than they did before and than their activity and peers say.

    The use of each week is divided by the site's own quiet weeks (the lower third) and by how far its activity stands
    above its usual, and compared with the same of sites of its kind in that week, so that what rises everywhere or
    with patients and vehicles does not count. A run of k weeks whose logarithms have the mean m stands
    m √k ÷ scatter robust standard deviations above. Needs are not asked, for they follow what is reported as used.
    """
    units, activity = _weekly(books)
    excess = _excess(books, units, activity, limits)
    scatter = max(limits["use_scatter_floor"], robust_scatter(excess[np.isfinite(excess)]))
    # A week of n pieces, or of n packs where packs are handed out, wobbles by √n whatever the weeks that were seen say.
    pieces = units.sum(axis=2) / np.maximum((units > 0).sum(axis=2), 1) / _piece(books)
    wobble = 1 / np.sqrt(np.maximum(pieces, 1))
    keeper = custodian_of_sites(books)
    best: dict[int, list[tuple[float, float, int, int, int]]] = {}
    for item in range(excess.shape[1]):
        for site, *run in _runs_above(excess[:, item], np.maximum(scatter, wobble[:, item]), limits):
            best.setdefault(int(site), []).append((*run, item))  # type: ignore[arg-type]
    results = []
    for site, runs in best.items():
        top = max(score for score, *_ in runs)
        sentence = say(
            "{site} used up to {times} times what its own quiet weeks, its activity and sites of its kind say, for up "
            "to {weeks} weeks ({items}; {scores} robust standard deviations).",
            site=books.sites[site],
            times=round(float(np.exp(max(mean for _, mean, *_ in runs))), 1),
            weeks=max(end - first for *_, first, end, _ in runs),
            items=[books.items[item] for *_, item in runs],
            scores=round(top),
        )
        evidence = [
            each
            for _, mean, first, end, item in runs
            for each in _weeks(books, site, item, (first, end), mean, int(keeper[site]))
        ]
        code = books.sites[site].code
        results.append(finding_of("use_far", code, evidence, strength=normal_tail(top), sentence=sentence))
    return results


def _excess(
    books: Books, units: NDArray[np.float64], activity: NDArray[np.float64], limits: Limits
) -> NDArray[np.float64]:
    """Return the logarithm by which each site's use of each item stands above what is due in each week; nan unknown."""
    kinds = np.unique(books.site_kind, return_inverse=True)[1] if len(books.sites) else np.zeros(0, dtype=np.int64)
    value = np.full(units.shape, np.nan)
    np.log(units, out=value, where=units > 0)
    value -= activity[:, None, :]
    quiet = _quantiles(value, 1 / 3)
    value -= quiet[:, :, None]
    for rows in grouped(kinds):
        known = np.isfinite(value[rows]).sum(axis=0) >= limits["peers_least"]
        middle = np.zeros(value.shape[1:])
        middle[known] = known_quantile(value[rows][:, known].T, 0.5)
        value[rows] = np.where(known, value[rows] - middle, np.nan)
    return value - _whole_site(value)[:, None, :]


def _piece(books: Books) -> NDArray[np.int64]:
    """Return in which units each site hands out each item: packs where nearly all that it used were whole ones."""
    lines = books.lines.where(used(books))
    lines = lines.where(lines.from_site != NONE)
    all_, whole = (np.zeros((len(books.sites), len(books.items))) for _ in range(2))
    np.add.at(all_, (lines.from_site, lines.item), 1)
    np.add.at(whole, (lines.from_site, lines.item), lines.units % books.pack_units[lines.item] == 0)
    return np.where(whole >= 0.8 * np.maximum(all_, 1), books.pack_units, 1)


def _whole_site(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much a whole site stands above what is due in each week: the lower third of its items, from four.

    A place that grows uses more of everything.
    """
    found = np.zeros((value.shape[0], value.shape[2]))
    enough = np.isfinite(value).sum(axis=1) >= _ITEMS_LEAST
    if enough.any():
        found[enough] = known_quantile(value.transpose(0, 2, 1)[enough], 1 / 3)
    return np.maximum(found, 0.0)


def _quantiles(value: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return a quantile of the weeks of each site and item; nan where too few are known."""
    enough = np.isfinite(value).sum(axis=2) >= _WEEKS_LEAST
    found = np.full(value.shape[:2], np.nan)
    if enough.any():
        found[enough] = known_quantile(value[enough], share)
    return found


def _weekly(books: Books) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return use by site, item and week, and the logarithm of how far activity stood above its usual by site and week.

    A week in which the site stood without the item on some day is left out: what is not there cannot be used.
    """
    weeks = max((books.last_day - books.first_day + 1) // 7, 1)
    lines = books.lines.where(used(books))
    week = (lines.day - books.first_day) // 7
    inside = (week >= 0) & (week < weeks) & (lines.from_site != NONE)
    units = np.zeros((len(books.sites), len(books.items), weeks))
    np.add.at(units, (lines.from_site[inside], lines.item[inside], week[inside]), lines.units[inside])
    held = held_by_day(books)[:, :, : 7 * weeks]
    if held.shape[2] == 7 * weeks:
        without = (held <= 0).reshape(*held.shape[:2], weeks, 7).any(axis=3)
        units[without] = 0
    activity = np.zeros((len(books.sites), weeks))
    levels = books.levels.where(books.levels.what < NONE)
    for rows in grouped(levels.site, levels.what):
        own = levels.where(rows)
        at = np.clip((own.day - books.first_day) // 7, 0, weeks)
        level = np.full(weeks, float(own.value_micro[0]))
        for first, value in zip(at.tolist(), own.value_micro.tolist(), strict=True):
            level[first:] = value
        usual = float(np.quantile(level, 1 / 3))
        if usual > 0:
            above = np.log(np.maximum(level, 1) / usual)
            activity[own.site[0]] = np.maximum(activity[own.site[0]], above)
    return units, activity


_WEEKS_LEAST = 8
_ITEMS_LEAST = 4

_Run = tuple[int, float, float, int, int]
"""A run of weeks at a site: site, score, mean, first week, the week after the last."""


def _runs_above(excess: NDArray[np.float64], scatter: NDArray[np.float64], limits: Limits) -> list[_Run]:
    """Return for each site with one its run of weeks that stands out most.

    `scatter`: the least of each site; its own from week to week counts where that is larger.
    """
    weeks = excess.shape[1]
    step = np.abs(np.diff(excess, axis=1))
    own = scatter.copy()
    steady = np.isfinite(step).sum(axis=1) >= _WEEKS_LEAST
    # From one week to the next, so that a long run of too much does not excuse itself.
    own[steady] = np.maximum(scatter[steady], MAD_TO_SIGMA * known_quantile(step[steady], 0.5) / np.sqrt(2))
    known = np.isfinite(excess)
    sums = np.cumsum(np.pad(np.where(known, excess, 0.0), ((0, 0), (1, 0))), axis=1)
    counts = np.cumsum(np.pad(known.astype(np.int64), ((0, 0), (1, 0))), axis=1)
    best: dict[int, _Run] = {}
    for length in range(int(limits["use_weeks"]), weeks // 2 + 2):
        number = counts[:, length:] - counts[:, :-length]
        mean = (sums[:, length:] - sums[:, :-length]) / np.maximum(number, 1)
        score = mean * np.sqrt(number) / own[:, None]
        score[(mean < np.log(limits["use_times"])) | (number < max(limits["use_weeks"], 0.7 * length))] = 0
        for site in np.flatnonzero(score.max(axis=1, initial=0) >= limits["use_scores"]).tolist():
            at = int(score[site].argmax())
            if score[site, at] > best.get(site, (0, 0.0))[1]:
                best[site] = (site, float(score[site, at]), float(mean[site, at]), at, at + length)
    return list(best.values())


def _weeks(books: Books, site: int, item: int, span: tuple[int, int], mean: float, keeper: int) -> list[Evidence]:
    """Return evidence: the first and the last report of use of a run of weeks, and what was used in all."""
    first, end = (books.first_day + 7 * week for week in span)
    lines = books.lines
    rows = np.flatnonzero(
        used(books) & (lines.from_site == site) & (lines.item == item) & (lines.day >= first) & (lines.day < end)
    )
    rows = rows[np.argsort(lines.day[rows], kind="stable")]
    said = say(
        "{units:,} used in {weeks} weeks, {times} times what was due",
        units=int(lines.units[rows].sum()),
        weeks=span[1] - span[0],
        times=round(float(np.exp(mean)), 1),
    )
    return [
        seen_in(books, said, row=int(lines.document[row]), site=site, item=item, person=keeper)
        for row in (rows[0], rows[-1])
    ]


def never_used(books: Books, limits: Limits) -> list[Finding]:
    """Find sites that are said to hold durables and never used, moved or counted them, where nearly all others do.

    How often others touch the item in a day at which they hold it says how often this site should have; that it is
    reported as held or working is no touch. All durables of a site are one finding; where it touched one of them, the
    others are rarely touched by chance.
    """
    held = held_by_day(books)
    days = (held > 0).sum(axis=2)
    touched = _touched(books)
    keeper = custodian_of_sites(books)
    found: dict[int, list[tuple[int, float]]] = {}
    for item in np.flatnonzero(books.is_durable).tolist():
        holders = np.flatnonzero(days[:, item] >= limits["unused_days"])
        idle = holders[touched[holders, item] == 0]
        if len(holders) < limits["peers_least"] or len(idle) > max(1, limits["unused_share"] * len(holders)):
            continue
        for site in idle.tolist():
            others = holders[holders != site]
            # The median, so that one busy hospital does not say what a post should do.
            due = float(np.median(touched[others, item] / days[others, item])) * float(days[site, item])
            if due >= limits["unused_touches"]:
                found.setdefault(site, []).append((item, due))
    touches = touched[:, books.is_durable].sum(axis=1)
    return [
        _unused(books, site, rows, days[site], int(keeper[site])) for site, rows in found.items() if not touches[site]
    ]


def _touched(books: Books) -> Wholes:
    """Return on how many days each site used, moved or counted each item."""
    lines = books.lines
    out = left(books) | ((lines.from_kind == "SITE") & np.isin(lines.to_kind, ["DAMAGED", "LOST", "DESTROYED"]))
    back = lines.from_kind == "CONSUMED"
    site = np.concatenate([lines.from_site[out], lines.to_site[back], books.counts.site])
    item = np.concatenate([lines.item[out], lines.item[back], books.counts.item])
    day = np.concatenate([lines.day[out], lines.day[back], books.counts.day])
    table = np.zeros((len(books.sites), len(books.items)), dtype=np.int64)
    known = (site != NONE) & (item != NONE)
    if known.any():
        cells = np.unique(np.stack([site[known], item[known], day[known]]), axis=1)
        np.add.at(table, (cells[0], cells[1]), 1)
    return table


def _unused(books: Books, site: int, rows: list[tuple[int, float]], days: Wholes, keeper: int) -> Finding:
    lines = books.lines
    evidence = []
    for item, due in rows:
        came = np.flatnonzero((lines.to_kind == "SITE") & (lines.to_site == site) & (lines.item == item))
        said = say("held on {days} days, touched on none; {due} times would be usual", days=int(days[item]),
                   due=round(due, 1))  # fmt: skip
        document = int(lines.document[came[0]]) if len(came) else NONE
        evidence.append(seen_in(books, said, row=document, site=site, item=item, person=keeper))
    sentence = say(
        "{site} held {items} for up to {days} days and never used, moved or counted it; others do so {due} times.",
        site=books.sites[site],
        items=[books.items[item] for item, _ in rows],
        days=max(int(days[item]) for item, _ in rows),
        due=round(max(due for _, due in rows), 1),
    )
    strength = sum(due for _, due in rows) / np.log(10)
    return finding_of("never_used", books.sites[site].code, evidence, strength=float(strength), sentence=sentence)
