"""Rules about counts: one that is far off, and stock that always goes missing where the same person keeps it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.finding import Evidence, Finding, Limits, finding_of, seen_in
from allocator.finding_chances import (
    MAD_TO_SIGMA,
    binomial_tail,
    corrected,
    grouped,
    normal_tail,
    poisson_tail,
    robust_scores,
)
from allocator.finding_columns import NONE, Books, Truths, Wholes
from allocator.finding_flows import Differences, custodian_of_sites, differences
from allocator.sentence import say

__all__ = ["count_variance", "shrinkage"]

_LOSSES = ("LOST", "DAMAGED", "COUNT_SHORT")


def count_variance(books: Books, limits: Limits) -> list[Finding]:
    """Find sites where a count was off by far more than counts usually are.

        off = |found − books| ÷ (books + what left since the last count)

    Beyond the tolerance, and so many times the usual scatter of counts of the item, which grows with the root of what
    was there; of one item, more than a box or two; of several at one count, each may be less. One that the next count
    takes back was a miscount, and is left out.
    """
    found = differences(books)
    if not len(found.units):
        return []
    scores = _scores(found)
    share = np.abs(found.units) / np.maximum(found.base, 1)
    rows = np.flatnonzero(_far_off(books, found, scores, share, limits))
    results = []
    for group in grouped(found.site[rows]):
        own = rows[group]
        site = int(found.site[own[0]])
        top = float(np.abs(scores[own]).max())
        sentence = say(
            "{site}: {times} counts were off by {share}% of what there was at the most, {scatters} times what counts "
            "of the same items usually are off; in all {short:,} units less and {more:,} more than the books said.",
            site=books.sites[site],
            times=len(own),
            share=round(100 * float(share[own].max())),
            scatters=round(top),
            short=-int(found.units[own][found.units[own] < 0].sum()),
            more=int(found.units[own][found.units[own] > 0].sum()),
        )
        results.append(
            finding_of(
                "count_variance",
                books.sites[site].code,
                (_counted(books, found, int(row)) for row in own),
                strength=corrected(normal_tail(top), len(found.units)),
                sentence=sentence,
            )
        )
    return results


def _far_off(
    books: Books, found: Differences, scores: NDArray[np.float64], share: NDArray[np.float64], limits: Limits
) -> Truths:
    """Return which differences are too large: alone, or together with others of the same count to the same side."""
    off = np.abs(found.units)
    odd = (share >= limits["variance_share"]) & (off >= limits["variance_units"])
    odd &= ~_taken_back(found, limits["variance_back_share"])
    boxes = np.where(books.is_durable, 1, books.pack_units)[found.item] * limits["variance_packs"]
    alone = odd & (np.abs(scores) >= limits["variance_scatters"]) & (off > boxes)
    some = np.flatnonzero(odd & (np.abs(scores) >= limits["variance_some_scatters"]))
    for rows in grouped(found.document[some], (found.units[some] < 0).astype(np.int64)):
        if len(rows) >= limits["variance_items"]:
            alone[some[rows]] = True
    return alone


def _scores(found: Differences) -> NDArray[np.float64]:
    """Return how many times the usual scatter of its item each difference is."""
    raw = found.units / np.sqrt(np.maximum(found.base, 1))
    scores = np.zeros(len(raw))
    for rows in grouped(found.item):
        off = np.abs(raw[rows])
        off = off[off > 0]
        if len(off):
            # Of differences alone, so that many exact counts do not make a small slip a great one.
            scores[rows] = raw[rows] / max(MAD_TO_SIGMA * float(np.median(off)), 0.25)
    return scores


def _taken_back(found: Differences, share: float) -> Truths:
    """Return which differences the count before or after it takes back, but for a share: one of the two was wrong."""
    same = (found.site[1:] == found.site[:-1]) & (found.item[1:] == found.item[:-1])
    net = np.abs(found.units[1:] + found.units[:-1])
    larger = np.maximum(np.abs(found.units[1:]), np.abs(found.units[:-1]))
    back = same & (found.units[1:] * found.units[:-1] < 0) & (net <= share * larger)
    return np.concatenate([back, [False]]) | np.concatenate([[False], back])


def _counted(books: Books, found: Differences, row: int) -> Evidence:
    said = say(
        "counted {counted:,}, the books said {book:,}: {units:+,}",
        counted=int(found.book[row] + found.units[row]),
        book=int(found.book[row]),
        units=int(found.units[row]),
    )
    document = int(found.document[row])
    return seen_in(
        books,
        said,
        row=document,
        site=int(found.site[row]),
        item=int(found.item[row]),
        person=int(books.documents.custodian[document]),
    )


def shrinkage(books: Books, limits: Limits) -> list[Finding]:
    """Find people where stock goes missing, little by little, at what they keep.

    Counts of honest keepers err to both sides; here they fall short too often for chance (binomial tail against the
    share elsewhere), and what is lost of all that left is far above others (robust standard deviations). Or stock is
    written off as lost or damaged far more often than elsewhere (Poisson tail).
    """
    keeper = custodian_of_sites(books)
    people = np.unique(keeper[keeper != NONE])
    if len(people) < limits["peers_least"]:
        return []
    found = differences(books)
    losses = _losses(books)
    rates = _rates(keeper, people, found)
    scores = robust_scores(rates, floor=limits["shrinkage_rate_floor"])
    counter, loser = keeper[found.site], keeper[books.lines.from_site[losses]]
    shorts, offs, written = (
        _times(people, each) for each in (counter[found.units < 0], counter[found.units != 0], loser)
    )
    results = []
    for at, who in enumerate(people.tolist()):
        others = (shorts.sum() - shorts[at] + 1) / (offs.sum() - offs[at] + 2)
        by_sign = binomial_tail(int(shorts[at]), int(offs[at]), max(0.5, others))
        usual = max((written.sum() - written[at]) / max(len(people) - 1, 1), 0.5)
        by_losses = poisson_tail(int(written[at]), 2 * usual)
        by_counts = by_sign if scores[at] >= limits["shrinkage_scores"] else 0.0
        strength = corrected(max(by_counts, by_losses), 2 * len(people))
        if strength < limits["doubt"]:
            continue
        rows = np.flatnonzero((counter == who) & (found.units < 0))
        gone = losses[loser == who] if by_losses > by_counts else losses[:0]
        sentence = say(
            "Where {person} keeps stock, {shorts} of {offs} counts that differed fell short, by {share}% of "
            "what there was in all ({usual}% elsewhere); {written} lines of write-offs and corrections took more.",
            person=books.people[who],
            shorts=int(shorts[at]),
            offs=int(offs[at]),
            share=round(100 * float(rates[at]), 1),
            usual=round(100 * float(np.median(rates)), 1),
            written=int(written[at]),
        )
        evidence = [_counted(books, found, int(row)) for row in rows] + [_lost(books, int(row)) for row in gone]
        evidence = [replace(each, person=books.people[who]) for each in evidence]
        if evidence:
            results.append(finding_of("shrinkage", books.people[who], evidence, strength=strength, sentence=sentence))
    return results


def _times(people: Wholes, named: Wholes) -> Wholes:
    """Return how often each of the people is named, NONE left out."""
    return np.bincount(named[named != NONE], minlength=int(people.max()) + 1)[people]


def _losses(books: Books) -> Wholes:
    """Return the lines that wrote stock off as lost or damaged, or took it away by a correction."""
    type_ = books.documents.type[books.lines.document]
    rows = np.isin(type_, ["writeoff", "adjust"]) & np.isin(books.lines.to_kind, _LOSSES)
    rows &= ~books.documents.is_void[books.lines.document] & ~books.lines.counters
    return np.flatnonzero(rows)


def _rates(keeper: Wholes, people: Wholes, found: Differences) -> NDArray[np.float64]:
    """Return what share of what there was was missing when it was counted, by person: the mean over counts.

    Each count weighs alike, whatever the unit of its item, and none more than a fifth of what was there.
    """
    share = np.clip(-found.units / np.maximum(found.base, 1), -0.2, 0.2)
    own = keeper[found.site]
    return np.array([float(share[own == who].mean()) if (own == who).any() else 0.0 for who in people])


def _lost(books: Books, row: int) -> Evidence:
    document = int(books.lines.document[row])
    said = say("{units:,} written off or taken away by a correction", units=int(books.lines.units[row]))
    return seen_in(books, said, row=document, site=int(books.lines.from_site[row]), item=int(books.lines.item[row]))
