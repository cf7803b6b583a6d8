"""Rules about books that do not join: openings that are not the closing before, and numbers that are missing."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np

from allocator.finding import Evidence, Finding, Limits, finding_of, seen_in
from allocator.finding_chances import binomial_tail, corrected, grouped, poisson_tail
from allocator.finding_columns import NONE, Books, Wholes
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
        strength = corrected(binomial_tail(breaks, tried, usual), len(groups))
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
    """Find series of paper numbers in which numbers are missing, or stand twice.

    Papers of one sort, site and beginning of their number are a series where nearly every number is there. How many
    are missing is compared with what is missing of other series (Poisson tail).
    """
    series = _series(books)
    dense = [(name, rows, numbers) for name, rows, numbers in series if _is_dense(numbers, limits)]
    if not dense:
        return []
    missing = [np.setdiff1d(np.arange(numbers.min(), numbers.max() + 1), numbers) for _, _, numbers in dense]
    spans = np.array([int(numbers.max() - numbers.min()) + 1 for _, _, numbers in dense])
    gone = np.array([len(each) for each in missing])
    results = []
    for at in np.flatnonzero(gone).tolist():
        name, rows, numbers = dense[at]
        usual = (gone.sum() - gone[at] + 0.5) / (spans.sum() - spans[at] + 1) * spans[at]
        strength = corrected(poisson_tail(int(gone[at]), float(usual)), len(dense))
        if strength < limits["doubt"]:
            continue
        site = int(books.documents.site[rows[0]])
        sentence = say(
            "{site}: of papers {series} {first} to {last}, {missing} are missing ({numbers}); {usual} would be usual.",
            site=books.sites[site] if site != NONE else "-",
            series=name,
            first=int(numbers.min()),
            last=int(numbers.max()),
            missing=int(gone[at]),
            numbers=", ".join(str(each) for each in missing[at][:10].tolist()) + ("…" if gone[at] > 10 else ""),  # noqa: PLR2004
            usual=round(float(usual), 1),
        )
        evidence = [_beside(books, rows, numbers, int(number)) for number in missing[at]]
        code = books.sites[site].code if site != NONE else "-"
        subject = f"{code}/{name}"
        results.append(finding_of("number_gaps", subject, evidence, strength=strength, sentence=sentence))
    return results


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
