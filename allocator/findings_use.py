"""Rules about use: far more than is due or peers use, and things held that nobody ever used, moved or counted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.finding import Evidence, Finding, Limits, finding_of, seen_in
from allocator.finding_chances import corrected, grouped, robust_scores
from allocator.finding_columns import NONE, Books, Wholes
from allocator.finding_flows import custodian_of_sites, held_by_day, left, used
from allocator.sentence import say

__all__ = ["never_used", "use_far"]

_PER_TEN = 4.6
_MONTH_DAYS = 30


def use_far(books: Books, limits: Limits) -> list[Finding]:
    """Find sites that use far more of an item than their need says, or than peers of their kind do.

    The use of each span of thirty days is divided by the need in force then (where none was said, by the site's own
    median span); its logarithm is compared with that of all sites of the kind in the same span, so that what rises
    everywhere does not count. Robust standard deviations. It must be more than was due itself: where stock is
    short, peers that have none use less than they need. Less than is due is no finding, for it may be want.
    """
    ratio, units, due = _ratios(books)
    kinds = np.unique(books.site_kind, return_inverse=True)[1] if len(books.sites) else np.zeros(0, dtype=np.int64)
    scores = np.zeros_like(ratio)
    for rows in grouped(kinds):
        for item in range(ratio.shape[1]):
            for span in range(ratio.shape[2]):
                own = rows[np.isfinite(ratio[rows, item, span])]
                if len(own) >= limits["peers_least"]:
                    scores[own, item, span] = robust_scores(ratio[own, item, span], floor=limits["use_scatter_floor"])
    middle = np.array(ratio)
    for rows in grouped(kinds):
        middle[rows] = ratio[rows] - _medians(ratio[rows])
    far = (scores >= limits["use_scores"]) & (np.minimum(middle, ratio) >= np.log(limits["use_times"]))
    tests = int(np.count_nonzero(scores))
    keeper = custodian_of_sites(books)
    results = []
    for site in np.flatnonzero(far.any(axis=(1, 2))).tolist():
        cells = np.argwhere(far[site])
        top = float(scores[site][far[site]].max())
        sentence = say(
            "{site} used up to {times} times what sites of its kind use for their need, in {spans} spans of thirty "
            "days and items ({scores} robust standard deviations).",
            site=books.sites[site],
            times=round(float(np.exp(middle[site][far[site]].max())), 1),
            spans=len(cells),
            scores=round(top),
        )
        evidence = [_span(books, site, item, span, units, due, int(keeper[site])) for item, span in cells.tolist()]
        strength = corrected(top**2 / _PER_TEN, tests)
        if strength >= limits["doubt"]:
            code = books.sites[site].code
            results.append(finding_of("use_far", code, evidence, strength=strength, sentence=sentence))
    return results


def _medians(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median over sites of each item and span; 0 where there is none."""
    known = np.where(np.isfinite(values), values, np.nan)
    found = np.zeros(values.shape[1:])
    any_known = np.isfinite(values).any(axis=0)
    if any_known.any():
        found[any_known] = np.nanmedian(known[:, any_known], axis=0)
    return found


def _ratios(books: Books) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return log(use ÷ due), use and due of sites × items × spans; −inf where nothing was used."""
    spans = max((books.last_day - books.first_day + 1) // _MONTH_DAYS, 1)
    length = min(_MONTH_DAYS, books.last_day - books.first_day + 1)
    shape = (len(books.sites), len(books.items), spans)
    units = np.zeros(shape)
    lines = books.lines.where(used(books))
    span = (lines.day - books.first_day) // _MONTH_DAYS
    inside = (span < spans) & (lines.from_site != NONE)
    np.add.at(units, (lines.from_site[inside], lines.item[inside], span[inside]), lines.units[inside])
    due = _due(books, shape) * (length / _MONTH_DAYS)
    own = np.where(units > 0, units, np.nan)
    for site, item in np.argwhere((due <= 0).all(axis=2) & (units > 0).any(axis=2)).tolist():
        due[site, item] = np.nanmedian(own[site, item])
    ratio = np.full(shape, -np.inf)
    known = (units >= _MONTH_DAYS / 3) & (due > 0)
    ratio[known] = np.log(units[known] / due[known])
    return ratio, units, due


def _due(books: Books, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return what was due in each span by the needs in force: the mean of those of its days, times its days."""
    due = np.zeros(shape)
    levels = books.levels.where(books.levels.what >= 0)
    days = shape[2] * _MONTH_DAYS
    for rows in grouped(levels.site, levels.what):
        own = levels.where(rows)
        daily = np.zeros(days)
        daily[:] = own.value_micro[0] / 1e6  # what was said first held before too
        for day, value in zip((own.day - books.first_day).tolist(), own.value_micro.tolist(), strict=True):
            daily[max(day, 0) :] = value / 1e6
        due[own.site[0], own.what[0]] = daily.reshape(shape[2], _MONTH_DAYS).sum(axis=1)
    return due


def _span(
    books: Books,
    site: int,
    item: int,
    span: int,
    units: NDArray[np.float64],
    due: NDArray[np.float64],
    keeper: int,
) -> Evidence:
    day = books.first_day + span * _MONTH_DAYS
    said = say(
        "{units:,} used in thirty days from this day, {due:,} were due",
        units=int(units[site, item, span]),
        due=round(float(due[site, item, span])),
    )
    lines = books.lines
    rows = used(books) & (lines.from_site == site) & (lines.item == item) & (lines.day >= day)
    rows = np.flatnonzero(rows & (lines.day < day + _MONTH_DAYS))
    largest = int(lines.document[rows[int(lines.units[rows].argmax())]])
    return seen_in(books, said, row=largest, day=day, site=site, item=item, person=keeper)


def never_used(books: Books, limits: Limits) -> list[Finding]:
    """Find sites that are said to hold durables and never used, moved or counted them, where nearly all others do.

    How often others touch the item in a day at which they hold it says how often this site should have; that it is
    reported as held or working is no touch. All durables of a site are one finding.
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
    return [_unused(books, site, rows, days[site], int(keeper[site])) for site, rows in found.items()]


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
