"""The rule about copied reports: the same numbers again and again at one site, or on the same day at another."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from allocator.finding import Evidence, Finding, Limits, finding_of, seen_in
from allocator.finding_chances import corrected, grouped
from allocator.finding_columns import Books, Wholes
from allocator.findings_reports import Said, said_quantities
from allocator.sentence import say

__all__ = ["copied_reports"]

_SIZES = 64
"""Powers of two by which quantities are sorted."""


def copied_reports(books: Books, limits: Limits) -> list[Finding]:
    """Find sites that report the same numbers of several items again and again, or the numbers of another site.

    Two reports of honest sites agree by chance, the more often the smaller the numbers: how often, is measured over
    all sites for each item and size of number, and the chances of a report's items are multiplied. Within a site the
    measure is how often sites repeat a number themselves.
    """
    said = said_quantities(books)
    if not len(said.units):
        return []
    size = np.frexp(np.maximum(said.units, 1).astype(float))[1].astype(np.int64)
    cell = (said.item * 2 + said.is_count) * _SIZES + size
    alike = np.log10(_agreement(cell, said.units, within=np.zeros(len(cell), dtype=np.int64)))
    repeated = np.maximum(alike, np.log10(_agreement(cell, said.units, within=said.site)))
    reports = _reports(said)
    wide = np.array([len(rows) >= limits["copied_items"] for rows in reports], dtype=bool)
    if not wide.any():
        return []
    kept = [rows for rows, is_wide in zip(reports, wide, strict=True) if is_wide]
    marks = _marks(said, kept)
    by_self = np.array([-float(repeated[rows].sum()) for rows in kept])
    by_other = np.array([-float(alike[rows].sum()) for rows in kept])
    first = np.array([rows[0] for rows in kept], dtype=np.int64)
    return [
        *_again(books, said, kept, marks, by_self, said.site[first], limits),
        *_elsewhere(books, said, kept, marks, by_other, said.site[first], limits),
    ]


def _agreement(cell: Wholes, units: Wholes, *, within: Wholes) -> NDArray[np.float64]:
    """Return how often two numbers of a cell agree: Σ n_v (n_v − 1) ÷ Σ n (n − 1), pooled over the groups `within`."""
    known, back = np.unique(cell, return_inverse=True)
    same = np.unique(np.stack([back, within, units]), axis=1, return_counts=True)
    all_ = np.unique(np.stack([back, within]), axis=1, return_counts=True)
    agree, pairs = np.zeros(len(known)), np.zeros(len(known))
    np.add.at(agree, same[0][0], same[1] * (same[1] - 1.0))
    np.add.at(pairs, all_[0][0], all_[1] * (all_[1] - 1.0))
    return ((agree + 1) / (pairs + 2))[back]


def _reports(said: Said) -> list[Wholes]:
    """Return the rows of each report: one document's use or count, the items in order."""
    return list(grouped(said.document, said.is_count.astype(np.int64)))


def _marks(said: Said, reports: Iterable[Wholes]) -> Wholes:
    """Return a number for each report that is the same for those that say the same."""
    texts = [(bool(said.is_count[rows[0]]), *said.item[rows].tolist(), *said.units[rows].tolist()) for rows in reports]
    numbers: dict[tuple[int, ...], int] = {}
    return np.array([numbers.setdefault(text, len(numbers)) for text in texts], dtype=np.int64)


def _again(
    books: Books,
    said: Said,
    reports: list[Wholes],
    marks: Wholes,
    strengths: NDArray[np.float64],
    sites: Wholes,
    limits: Limits,
) -> list[Finding]:
    """Find sites that repeat themselves."""
    groups = list(grouped(sites))
    results = []
    for group in groups:
        repeats = [rows for rows in (group[each] for each in grouped(marks[group])) if len(rows) > 1]
        copies = sum(len(rows) - 1 for rows in repeats)
        if copies < limits["copies_least"]:
            continue
        # Any of the reports before it may be the one that it repeats.
        each = [float(strengths[rows[0]]) - np.log10(len(group)) for rows in repeats]
        strength = sum(value * (len(rows) - 1) for value, rows in zip(each, repeats, strict=True) if value > 0)
        strength = corrected(float(strength), len(groups))
        if strength < limits["copied_doubt"]:
            continue
        site = books.sites[int(sites[group[0]])]
        sentence = say(
            "{site}: {copies} of {reports} reports say, item for item, what an earlier one said.",
            site=site,
            copies=copies,
            reports=len(group),
        )
        chosen = [int(row) for rows in repeats for row in rows]
        evidence = [_report(books, said, reports[row]) for row in chosen]
        results.append(finding_of("copied_reports", site.code, evidence, strength=strength, sentence=sentence))
    return results


def _elsewhere(
    books: Books,
    said: Said,
    reports: list[Wholes],
    marks: Wholes,
    strengths: NDArray[np.float64],
    sites: Wholes,
    limits: Limits,
) -> list[Finding]:
    """Find pairs of sites that say the same on the same day."""
    days = books.documents.day[np.array([said.document[rows[0]] for rows in reports], dtype=np.int64)]
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for rows in grouped(days, marks):
        # A report that very many give on a day says nothing about any two of them.
        if not 1 < len(np.unique(sites[rows])) <= limits["copied_sites_most"]:
            continue
        for at, one in enumerate(rows.tolist()):
            for other in rows[at + 1 :].tolist():
                if sites[one] != sites[other]:
                    pair = (int(min(sites[one], sites[other])), int(max(sites[one], sites[other])))
                    found.setdefault(pair, []).append((one, other))
    number = len(np.unique(sites))
    results = []
    for (one, other), pairs in found.items():
        strength = corrected(float(sum(strengths[first] for first, _ in pairs)), number * number // 2)
        common = max(1, min(int(np.count_nonzero(sites == one)), int(np.count_nonzero(sites == other))))
        # As many chances as there are reports of both.
        strength -= float(np.log10(max(common, 1)))
        if strength < limits["copied_doubt"] or len(pairs) < limits["copies_least"]:
            continue
        names = (books.sites[one], books.sites[other])
        sentence = say(
            "{one} and {other}: {copies} reports of the same days say the same of every item.",
            one=names[0],
            other=names[1],
            copies=len(pairs),
        )
        evidence = [_report(books, said, reports[row]) for pair in pairs for row in pair]
        subject = "=".join(sorted(each.code for each in names))
        results.append(finding_of("copied_reports", subject, evidence, strength=strength, sentence=sentence))
    return results


def _report(books: Books, said: Said, rows: Wholes) -> Evidence:
    document = int(said.document[rows[0]])
    numbers = [
        say("{item} {units:,}", item=books.items[int(said.item[row])].code, units=int(said.units[row])) for row in rows
    ]
    words = say("said: {numbers}", numbers=numbers)
    person = int(books.documents.custodian[document])
    return seen_in(books, words, row=document, site=int(said.site[rows[0]]), person=person)
