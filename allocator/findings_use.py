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
    """Find durables that a site is said to hold and never used, moved or counted, where others do.

    How often others touch the item in a day at which they hold it says how often this site should have (Poisson:
    the chance of never is e^(−rate × days)).
    """
    held = held_by_day(books)
    days = (held > 0).sum(axis=2)
    touched = _touched(books)
    keeper = custodian_of_sites(books)
    results = []
    for item in np.flatnonzero(books.is_durable).tolist():
        holders = np.flatnonzero(days[:, item] >= limits["unused_days"])
        for site in holders[touched[holders, item] == 0].tolist():
            others = holders[holders != site]
            if len(others) < limits["peers_least"]:
                continue
            # The median, so that one busy hospital does not say what a post should do.
            rate = float(np.median(touched[others, item] / days[others, item]))
            strength = corrected(
                rate * float(days[site, item]) / np.log(10), int(books.is_durable.sum()) * len(holders)
            )
            if strength >= limits["doubt"]:
                results.append(_unused(books, site, item, int(days[site, item]), rate, int(keeper[site]), strength))
    return results


def _touched(books: Books) -> Wholes:
    """Return on how many days each site used, moved, counted or reported on each item."""
    lines = books.lines
    out = left(books) | ((lines.from_kind == "SITE") & np.isin(lines.to_kind, ["DAMAGED", "LOST", "DESTROYED"]))
    back = lines.from_kind == "CONSUMED"
    site = np.concatenate([lines.from_site[out], lines.to_site[back], books.counts.site, books.fleet_site])
    item = np.concatenate([lines.item[out], lines.item[back], books.counts.item, books.fleet_item])
    day = np.concatenate([lines.day[out], lines.day[back], books.counts.day, books.fleet_day])
    table = np.zeros((len(books.sites), len(books.items)), dtype=np.int64)
    known = (site != NONE) & (item != NONE)
    if known.any():
        cells = np.unique(np.stack([site[known], item[known], day[known]]), axis=1)
        np.add.at(table, (cells[0], cells[1]), 1)
    return table


def _unused(books: Books, site: int, item: int, days: int, rate: float, keeper: int, strength: float) -> Finding:
    lines = books.lines
    came = np.flatnonzero((lines.to_kind == "SITE") & (lines.to_site == site) & (lines.item == item))
    evidence = [
        seen_in(
            books,
            say("{units:,} came", units=int(lines.units[row])),
            row=int(lines.document[row]),
            site=site,
            item=item,
            person=keeper,
        )
        for row in came
    ]
    sentence = say(
        "{site} held {item} on {days} days and never used, moved or counted it; others do so every {every} days.",
        site=books.sites[site],
        item=books.items[item],
        days=days,
        every=round(1 / rate),
    )
    subject = f"{books.sites[site].code}/{books.items[item].code}"
    return finding_of("never_used", subject, evidence, strength=strength, sentence=sentence)
