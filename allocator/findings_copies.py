"""The rule about copied reports: the same numbers day after day at one site, or those of another on the same days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.finding import Evidence, Finding, Limits, finding_of, seen_in
from allocator.finding_chances import corrected, grouped, poisson_tail
from allocator.finding_columns import Books, Truths, Wholes
from allocator.findings_reports import said_quantities
from allocator.sentence import say

__all__ = ["copied_reports"]


@dataclass(frozen=True, kw_only=True)
class _Reports:
    """Reports of use by site and day: `units` of each item, 0 where it was not used."""

    document: Wholes
    site: Wholes
    day: Wholes
    units: NDArray[np.int64]


def copied_reports(books: Books, limits: Limits) -> list[Finding]:
    """Find sites that report the same numbers of every item day after day, or the numbers of another site.

    How often two honest reports agree is worked out from how often each item's numbers come at the site, as if items
    did not know of each other:

        p = Π_items Σ_v (n_v ÷ n)²

    so that a place of few units, or one that hands out whole packs, may repeat itself. A run of r repeats is as
    unlikely as n × p^r; agreements of two sites on the same days are counted (Poisson tail, for all pairs of sites).
    """
    reports = _reports(books)
    groups = list(grouped(reports.site))
    used = [rows for rows in groups if np.count_nonzero(reports.units[rows].any(axis=0)) >= limits["copied_items"]]
    return [*_again(books, reports, used, limits), *_elsewhere(books, reports, used, limits)]


def _reports(books: Books) -> _Reports:
    said = said_quantities(books)
    rows = np.flatnonzero(~said.is_count)
    documents, back = np.unique(said.document[rows], return_inverse=True)
    units = np.zeros((len(documents), len(books.items)), dtype=np.int64)
    units[back, said.item[rows]] = said.units[rows]
    site, day = books.documents.site[documents], books.documents.day[documents]
    order = np.lexsort((documents, day, site))
    return _Reports(document=documents[order], site=site[order], day=day[order], units=units[order])


def _again(books: Books, reports: _Reports, groups: list[Wholes], limits: Limits) -> list[Finding]:
    """Find sites that repeat themselves day after day."""
    results = []
    for rows in groups:
        units = reports.units[rows]
        same = (units[1:] == units[:-1]).all(axis=1)
        runs = [(first, length) for first, length in _runs(same) if length >= limits["copies_least"]]
        if not runs:
            continue
        chance = float(np.prod([float((_shares(column) ** 2).sum()) for column in units.T]))
        each = [-np.log10(len(rows)) - length * np.log10(min(chance, 1.0)) for _, length in runs]
        strength = corrected(float(sum(value for value in each if value > 0)), len(groups))
        if strength < limits["doubt"]:
            continue
        site = books.sites[int(reports.site[rows[0]])]
        copies = sum(length for _, length in runs)
        sentence = say(
            "{site}: {copies} of {reports} reports of use say, item for item, what the one before said, up to {most} "
            "in a row.",
            site=site,
            copies=copies,
            reports=len(rows),
            most=1 + max(length for _, length in runs),
        )
        chosen = [int(rows[at]) for first, length in runs for at in range(first, first + length + 1)]
        evidence = [_report(books, reports, row) for row in chosen]
        results.append(finding_of("copied_reports", site.code, evidence, strength=strength, sentence=sentence))
    return results


def _shares(values: Wholes) -> NDArray[np.float64]:
    counts = np.unique(values, return_counts=True)[1]
    return counts / counts.sum()


def _runs(same: Truths) -> list[tuple[int, int]]:
    """Return where each run of repeats begins, and its length.

    >>> _runs(np.array([False, True, True, False, True]))
    [(1, 2), (4, 1)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
    return [(int(first), int(end - first)) for first, end in zip(edges[::2], edges[1::2], strict=True)]


def _elsewhere(books: Books, reports: _Reports, groups: list[Wholes], limits: Limits) -> list[Finding]:
    """Find pairs of sites that say the same on the same days."""
    of_site = {int(reports.site[rows[0]]): rows for rows in groups}
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for rows in _alike(reports):
        for at, one in enumerate(rows.tolist()):
            for other in rows[at + 1 :].tolist():
                pair = (int(reports.site[one]), int(reports.site[other]))
                if pair[0] != pair[1] and pair[0] in of_site and pair[1] in of_site:
                    found.setdefault(pair, []).append((one, other))
    results = []
    tests = len(groups) * (len(groups) - 1) // 2
    for (one, other), pairs in found.items():
        if len(pairs) < limits["copies_least"]:
            continue
        mine, theirs = of_site[one], of_site[other]
        common = len(np.intersect1d(reports.day[mine], reports.day[theirs]))
        expected = common * _agreement(reports.units[mine], reports.units[theirs])
        strength = corrected(poisson_tail(len(pairs), max(expected, 1e-12)), tests)
        if strength < limits["copied_doubt"]:
            continue
        sentence = say(
            "{one} and {other}: {copies} of {common} reports of the same days say the same of every item; {expected} "
            "would be chance.",
            one=books.sites[one],
            other=books.sites[other],
            copies=len(pairs),
            common=common,
            expected=round(expected, 1),
        )
        evidence = [_report(books, reports, row) for pair in pairs for row in pair]
        subject = "=".join(sorted((books.sites[one].code, books.sites[other].code)))
        results.append(finding_of("copied_reports", subject, evidence, strength=strength, sentence=sentence))
    return results


def _alike(reports: _Reports) -> list[Wholes]:
    """Return the rows of reports of one day that say the same, by site."""
    if not len(reports.document):
        return []
    table = np.column_stack([reports.day, reports.units])
    _, mark = np.unique(table, axis=0, return_inverse=True)
    return [rows for rows in grouped(mark.reshape(-1).astype(np.int64)) if len(rows) > 1]


def _agreement(mine: NDArray[np.int64], theirs: NDArray[np.int64]) -> float:
    """Return how often a report of one site agrees with one of the other by chance."""
    chance = 1.0
    for own, other in zip(mine.T, theirs.T, strict=True):
        values, counts = np.unique(own, return_counts=True)
        known, times = np.unique(other, return_counts=True)
        both, at, where = np.intersect1d(values, known, return_indices=True)
        chance *= float((counts[at] / len(own)) @ (times[where] / len(other))) if len(both) else 0.0
    return chance


def _report(books: Books, reports: _Reports, row: int) -> Evidence:
    document = int(reports.document[row])
    numbers = [
        say("{item} {units:,}", item=books.items[item].code, units=int(reports.units[row, item]))
        for item in np.flatnonzero(reports.units[row]).tolist()
    ]
    words = say("used: {numbers}", numbers=numbers)
    return seen_in(books, words, row=document, person=int(books.documents.custodian[document]))
