"""Rules about books that do not join: openings that are not the closing before, and numbers that are missing."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np

from allocator.finding import Evidence, Finding, Limits, finding_of, seen_in
from allocator.finding_chances import binomial_tail, corrected, grouped
from allocator.finding_columns import NONE, Books, Truths, Wholes
from allocator.sentence import say

__all__ = ["broken_opening", "number_gaps"]

_NUMBER = re.compile(r"(\d{1,9})$")


def broken_opening(books: Books, limits: Limits) -> list[Finding]:
    """Find sites whose month does not open with what the month before closed with.

    Where books join nearly everywhere, each break beyond the tolerance is one; where they often do not, a site must
    break far more often than the others (binomial tail).
    """
    reports = books.reports
    order = np.lexsort((reports.month, reports.item, reports.site))
    rows = reports.where(order)
    joined = (rows.site[1:] == rows.site[:-1]) & (rows.item[1:] == rows.item[:-1])
    joined &= (rows.month[1:] == rows.month[:-1] + 1) & (rows.opening[1:] != NONE) & (rows.closing[:-1] != NONE)
    off = np.abs(rows.opening[1:] - rows.closing[:-1])
    broken = joined & (off >= limits["opening_units"]) & (off > limits["opening_share"] * rows.closing[:-1])
    later = np.flatnonzero(joined) + 1
    is_broken = broken[later - 1]
    if not is_broken.any():
        return []
    groups = [group for group in grouped(rows.site[later]) if is_broken[group].any()]
    results = []
    for group in groups:
        breaks, tried = int(is_broken[group].sum()), len(group)
        usual = (int(is_broken.sum()) - breaks + 0.5) / (len(later) - tried + 1)
        at_once = _in_one_month(rows.month[later[group]], is_broken[group], usual)
        strength = corrected(max(binomial_tail(breaks, tried, usual), at_once), 2 * len(groups))
        if strength < limits["opening_doubt"]:
            continue
        own = later[group[is_broken[group]]]
        site = books.sites[int(rows.site[own[0]])]
        sentence = say(
            "{site}: {breaks} of {tried} months do not open with what the month before closed with, by up to "
            "{units:,} units; elsewhere {usual}% do not.",
            site=site,
            breaks=breaks,
            tried=tried,
            units=int(off[own - 1].max()),
            usual=round(100 * usual, 1),
        )
        evidence = [
            _break(books, *(int(each) for each in (rows.site[at], rows.item[at], rows.month[at], rows.closing[at - 1],
                                                   rows.opening[at])))
            for at in own
        ]  # fmt: skip
        results.append(finding_of("broken_opening", site.code, evidence, strength=strength, sentence=sentence))
    return results


def _in_one_month(month: Wholes, is_broken: Truths, usual: float) -> float:
    """Return how unlikely it is that several items of a site break in the same month."""
    tails = [
        binomial_tail(int(is_broken[month == each].sum()), int((month == each).sum()), usual)
        for each in np.unique(month[is_broken]).tolist()
        if is_broken[month == each].sum() > 1
    ]
    return max(tails, default=0.0)


def _break(books: Books, site: int, item: int, month: int, closing: int, opening: int) -> Evidence:
    first = dt.date(month // 12, month % 12 + 1, 1)
    said = say(
        "{month} opened with {opening:,}, the month before closed with {closing:,}",
        month=first.isoformat()[:7],
        opening=opening,
        closing=closing,
    )
    return seen_in(books, said, day=first.toordinal(), site=site, item=item)


def number_gaps(books: Books, limits: Limits) -> list[Finding]:
    """Find series of paper numbers in which numbers in a row are missing.

    Papers of one sort, site and beginning of their number are a series where nearly every number is there. Single
    numbers go missing everywhere; how often, at q of all numbers, says how unlikely it is that r in a row do:
    span × q^r.
    """
    dense = [(name, rows, numbers) for name, rows, numbers in _series(books) if _is_dense(numbers, limits)]
    if not dense:
        return []
    runs = [_missing_runs(numbers) for _, _, numbers in dense]
    spans = np.array([int(numbers.max() - numbers.min()) + 1 for _, _, numbers in dense])
    begun = np.array([len(each) for each in runs])
    results = []
    for at, (name, rows, numbers) in enumerate(dense):
        usual = float(begun.sum() - begun[at] + 1) / float(spans.sum() - spans[at] + 100)
        long = [(first, length) for first, length in runs[at] if length >= limits["gap_least"]]
        each = [-np.log10(spans[at]) - length * np.log10(usual) for _, length in long]
        strength = corrected(float(sum(value for value in each if value > 0)), len(dense))
        if strength < limits["doubt"]:
            continue
        site = int(books.documents.site[rows[0]])
        missing = [first + step for first, length in long for step in range(length)]
        sentence = say(
            "{site}: of papers {series} {first} to {last}, {missing} in a row are missing ({numbers}).",
            site=books.sites[site] if site != NONE else "-",
            series=name,
            first=int(numbers.min()),
            last=int(numbers.max()),
            missing=max(length for _, length in long),
            numbers=", ".join(f"{first}–{first + length - 1}" for first, length in long),
        )
        evidence = [_beside(books, rows, numbers, number) for number in missing]
        results.append(
            finding_of("number_gaps", name.rstrip("-/ ") or "-", evidence, strength=strength, sentence=sentence)
        )
    return results


def _missing_runs(numbers: Wholes) -> list[tuple[int, int]]:
    """Return the first of each run of missing numbers, and how many they are.

    >>> _missing_runs(np.array([1, 2, 5, 6, 8]))
    [(3, 2), (7, 1)]
    """
    known = np.unique(numbers)
    steps = np.flatnonzero(np.diff(known) > 1)
    return [(int(known[at]) + 1, int(known[at + 1] - known[at]) - 1) for at in steps]


def _series(books: Books) -> list[tuple[str, Wholes, Wholes]]:
    """Return the beginning of their numbers, the documents and the numbers of each series, by number."""
    documents = books.documents
    found: dict[tuple[str, int, str], list[tuple[int, int]]] = {}
    for row in np.flatnonzero(documents.paper != "").tolist():
        paper = str(documents.paper[row])
        match = _NUMBER.search(paper)
        if match is not None:
            key = (str(documents.type[row]), int(documents.site[row]), paper[: match.start()])
            found.setdefault(key, []).append((int(match[1]), row))
    series = []
    for (_, _, name), pairs in found.items():
        pairs.sort()
        series.append((name, np.array([row for _, row in pairs]), np.array([number for number, _ in pairs])))
    return series


def _is_dense(numbers: Wholes, limits: Limits) -> bool:
    known = len(np.unique(numbers))
    return known >= limits["series_least"] and known >= limits["series_share"] * (numbers.max() - numbers.min() + 1)


def _beside(books: Books, rows: Wholes, numbers: Wholes, missing: int) -> Evidence:
    """Return evidence of a missing number: it stands beside the last paper before it."""
    row = int(rows[int(np.searchsorted(numbers, missing)) - 1])
    said = say("{number} is missing after {paper}", number=missing, paper=str(books.documents.paper[row]))
    return seen_in(books, said, row=row, person=int(books.documents.actor[row]))
