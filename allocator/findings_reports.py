"""Rules about how reports are written: round, copied, typed long after the fact, or against Benford's law."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.finding import Evidence, Finding, Limits, finding_of, seen_in
from allocator.finding_chances import binomial_tail, chi_square_tail_8, corrected, grouped
from allocator.finding_columns import NONE, Books, Receipts, Truths, Wholes
from allocator.sentence import say

__all__ = ["benford", "round_numbers", "said_quantities", "typed_afterwards"]

_BENFORD = np.log10(1 + 1 / np.arange(1, 10))


@dataclass(frozen=True, kw_only=True)
class Said:
    """Quantities as somebody reported them: use and counts, one row for a document and an item."""

    document: Wholes
    site: Wholes
    item: Wholes
    units: Wholes
    is_count: NDArray[np.bool_]


def said_quantities(books: Books) -> Said:
    """Return what was reported as used and as counted, by document, site and item."""
    documents, lines = books.documents, books.lines
    rows = np.flatnonzero((documents.type[lines.document] == "issue") & ~lines.counters)
    rows = rows[~documents.is_void[lines.document[rows]]]
    keys = np.stack([lines.document[rows], lines.from_site[rows], lines.item[rows]], axis=1).reshape(-1, 3)
    unique, back = np.unique(keys, axis=0, return_inverse=True)
    units = np.zeros(len(unique), dtype=np.int64)
    np.add.at(units, back.reshape(-1), lines.units[rows])
    counts = books.counts.where(~documents.is_void[books.counts.document])
    return Said(
        document=np.concatenate([unique[:, 0], counts.document]),
        site=np.concatenate([unique[:, 1], counts.site]),
        item=np.concatenate([unique[:, 2], counts.item]),
        units=np.concatenate([units, counts.units]),
        is_count=np.concatenate([np.zeros(len(unique), dtype=bool), np.ones(len(counts), dtype=bool)]),
    )


def round_numbers(books: Books, limits: Limits) -> list[Finding]:
    """Find sites whose quantities are, for some months, round far more often than those of others.

    A quantity is round where ten divides it. Whole packs are left out, for they are as round as the pack; of the rest
    the share that is round elsewhere for the item is what is expected (binomial tail, for every run of months).
    """
    said = said_quantities(books)
    pack = books.pack_units[said.item] if len(said.item) else said.item
    loose = (said.units >= limits["round_units"]) & ((pack == 1) | (said.units % np.maximum(pack, 1) != 0))
    rows = np.flatnonzero(loose)
    is_round = said.units[rows] % 10 == 0
    series = said.item[rows] * 2 + said.is_count[rows]
    count = 2 * max(len(books.items), 1)
    all_, round_ = (np.bincount(chosen, minlength=count) for chosen in (series, series[is_round]))
    month = (books.documents.day[said.document[rows]] - books.first_day) // 30
    groups = list(grouped(said.site[rows]))
    results = []
    for group in groups:
        own, own_round = (np.bincount(series[each], minlength=count) for each in (group, group[is_round[group]]))
        share = np.clip((round_ - own_round + 1) / (all_ - own + 10), 0.1, 1.0)
        hits, quantities, expected, chosen, strength = _most_round(
            is_round[group], share[series[group]], month[group], limits
        )
        strength = corrected(strength, len(groups))
        if strength < limits["doubt"]:
            continue
        site = books.sites[int(said.site[rows[group[0]]])]
        sentence = say(
            "{site}: {round} of {all} quantities of use and counts that are no whole packs are round, where others of "
            "the same items would have {expected}.",
            site=site,
            round=hits,
            all=quantities,
            expected=round(expected),
        )
        evidence = [_quantity(books, said, int(row)) for row in rows[group[chosen]]]
        results.append(finding_of("round_numbers", site.code, evidence, strength=strength, sentence=sentence))
    return results


def _most_round(
    is_round: Truths, share: NDArray[np.float64], month: Wholes, limits: Limits
) -> tuple[int, int, float, Wholes, float]:
    """Return the run of months that is the least likely: round, all, expected, which rows are round, the strength."""
    best = (0, 0, 0.0, np.zeros(0, dtype=np.int64), 0.0)
    months = np.unique(month).tolist()
    spans = [(first, last) for first in months for last in months if first <= last]
    for first, last in spans:
        inside = (month >= first) & (month <= last)
        quantities, hits = int(np.count_nonzero(inside)), int(np.count_nonzero(is_round & inside))
        if quantities < limits["round_least"] or hits < limits["round_share"] * quantities:
            continue
        expected = float(share[inside].sum())
        strength = corrected(binomial_tail(hits, quantities, min(expected / quantities, 1.0)), len(spans))
        if strength > best[4]:
            best = (hits, quantities, expected, np.flatnonzero(is_round & inside), strength)
    return best


def _quantity(books: Books, said: Said, row: int) -> Evidence:
    units = int(said.units[row])
    words = say("{units:,} counted", units=units) if said.is_count[row] else say("{units:,} used", units=units)
    document = int(said.document[row])
    return seen_in(
        books,
        words,
        row=document,
        site=int(said.site[row]),
        item=int(said.item[row]),
        person=int(books.documents.custodian[document]),
    )


def typed_afterwards(books: Books, limits: Limits) -> list[Finding]:
    """Find sites whose days were typed many at once, long after they happened.

    A sitting is what one person records of one site without a pause. It speaks where it holds more days than the
    limit, and several times as many as sittings of others that catch up usually hold.
    """
    documents = books.documents
    rows = np.flatnonzero((documents.site != NONE) & ~documents.is_void & (documents.type != "opening"))
    order = rows[np.lexsort((documents.recorded_minute[rows], documents.actor[rows], documents.site[rows]))]
    if not len(order):
        return []
    same = (documents.site[order][1:] == documents.site[order][:-1]) & (
        documents.actor[order][1:] == documents.actor[order][:-1]
    )
    close = np.diff(documents.recorded_minute[order]) <= limits["sitting_minutes"]
    sittings = np.split(order, np.flatnonzero(~(same & close)) + 1)
    days = np.array([len(np.unique(documents.day[each])) for each in sittings])
    late = np.array([int((documents.recorded_day[each] - documents.day[each]).max()) for each in sittings])
    usual_days = _usual_days(documents.site[np.array([each[0] for each in sittings])], days)
    most = max(limits["sitting_days"], limits["sitting_times"] * usual_days)
    wrong = np.flatnonzero((days >= most) & (late >= limits["sitting_late_days"]))
    usual = (len(wrong) + 0.5) / (len(sittings) + 1)
    results = []
    for group in grouped(documents.site[np.array([sittings[at][0] for at in wrong], dtype=np.int64)]):
        own = wrong[group]
        site = int(documents.site[sittings[own[0]][0]])
        top = int(own[days[own].argmax()])
        sitting = sittings[top]
        sentence = say(
            "{site}: {days} days, up to {late} days back, were recorded in one sitting of {minutes} minutes "
            "({documents} documents); {times} such sittings.",
            site=books.sites[site],
            days=int(days[top]),
            late=int(late[top]),
            minutes=int(np.ptp(documents.recorded_minute[sitting])),
            documents=len(sitting),
            times=len(own),
        )
        evidence = [_typed(books, int(row)) for at in own for row in sittings[at]]
        strength = len(own) * -math.log10(usual) + float(days[top]) / most
        results.append(
            finding_of("typed_afterwards", books.sites[site].code, evidence, strength=strength, sentence=sentence)
        )
    return results


def _usual_days(site: Wholes, days: Wholes) -> float:
    """Return how many days a sitting holds at most sites: the upper quarter of what is usual at each."""
    return float(np.quantile([float(np.median(days[rows])) for rows in grouped(site)], 0.75))


def _typed(books: Books, row: int) -> Evidence:
    documents = books.documents
    minute = int(documents.recorded_minute[row]) % 1440
    said = say(
        "recorded {days} days later at {clock}",
        days=int(documents.recorded_day[row] - documents.day[row]),
        clock=f"{minute // 60:02}:{minute % 60:02}",
    )
    return seen_in(books, said, row=row, person=int(documents.actor[row]))


def benford(books: Books, limits: Limits) -> list[Finding]:
    """Find partners whose amounts of money do not begin with the digits that such amounts begin with.

    Benford's law, P(d) = log10(1 + 1/d), holds for amounts over several magnitudes, so it is asked only of partners
    with enough of them over enough magnitudes, and only where the amounts of all the others together follow it (χ²
    with eight degrees of freedom, and Nigrini's mean absolute deviation).
    """
    receipts = books.receipts.where(books.receipts.amount_micro > 0)
    amount = receipts.amount_micro
    digit = (amount // 10 ** np.floor(np.log10(np.maximum(amount, 1)) + 1e-12).astype(np.int64)).clip(1, 9)
    partner = np.unique(receipts.partner, return_inverse=True)[1].astype(np.int64)
    groups = [group for group in grouped(partner) if _is_wide(amount[group], limits)]
    digits = [np.bincount(digit[group], minlength=10)[1:] for group in groups]
    due = [_BENFORD * own.sum() for own in digits]
    tails = [chi_square_tail_8(float(((own - at) ** 2 / at).sum())) for own, at in zip(digits, due, strict=True)]
    # Another that is suspected does not say whether the law holds here.
    sound = sum((own for own, tail in zip(digits, tails, strict=True) if tail < limits["benford_doubt"]), np.zeros(9))
    if not sound.sum() or _deviation(sound) > limits["benford_others"]:
        return []
    results = []
    for group, own, tail in zip(groups, digits, tails, strict=True):
        strength = corrected(tail, len(groups))
        if strength < limits["benford_doubt"] or _deviation(own) < limits["benford_deviation"]:
            continue
        name = str(receipts.partner[group[0]])
        odd = int(np.argmax(own / own.sum() - _BENFORD)) + 1
        sentence = say(
            "Amounts of money paid for receipts from {partner} begin with {digit} in {share}% of {amounts} cases, "
            "where {expected}% would be due; those of others follow Benford's law.",
            partner=name,
            digit=odd,
            share=round(100 * own[odd - 1] / own.sum()),
            amounts=int(own.sum()),
            expected=round(100 * float(_BENFORD[odd - 1])),
        )
        evidence = [_paid(books, receipts, int(row)) for row in group[digit[group] == odd]]
        results.append(finding_of("benford", name, evidence, strength=strength, sentence=sentence))
    return results


def _paid(books: Books, receipts: Receipts, row: int) -> Evidence:
    said = say("{amount:,.2f} paid", amount=int(receipts.amount_micro[row]) / 1e6)
    document = int(receipts.document[row])
    return seen_in(books, said, row=document, person=int(books.documents.actor[document]))


def _is_wide(units: Wholes, limits: Limits) -> bool:
    if len(units) < limits["benford_least"]:
        return False
    low, high = np.quantile(units, [0.05, 0.95])
    return high / max(low, 1) >= 10 ** limits["benford_magnitudes"]


def _deviation(digits: NDArray[np.float64] | Wholes) -> float:
    return float(np.abs(digits / digits.sum() - _BENFORD).mean())
