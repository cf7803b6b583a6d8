"""What several rules work out from the columns: differences of counts, what left a site, who keeps it, what it held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.finding_columns import NONE, Books, Truths, Wholes

__all__ = ["OUT_KINDS", "Differences", "custodian_of_sites", "differences", "held_by_day", "left", "used"]

OUT_KINDS = ("CONSUMED", "IN_TRANSIT", "RESERVED")
"""Where stock goes that is used, or sent to be used."""

_DAYS = 1_000_000
"""More than any ordinal of a day, so that a pair and a day make one number."""


@dataclass(frozen=True, kw_only=True)
class Differences:
    """What counts found, by site, item and document.

    `units`: found more (or less, below 0) than the books said; `base`: what the books said plus what left since the
    count before, thus all that could have been miscounted or taken.
    """

    document: Wholes
    site: Wholes
    item: Wholes
    day: Wholes
    units: Wholes
    book: Wholes
    base: Wholes


def used(books: Books) -> Truths:
    """Return which lines are use at a site."""
    return (books.lines.to_kind == "CONSUMED") & _stands(books)


def left(books: Books) -> Truths:
    """Return which lines took stock from a site to be used or sent."""
    return (books.lines.from_kind == "SITE") & np.isin(books.lines.to_kind, OUT_KINDS) & _stands(books)


def _stands(books: Books) -> Truths:
    return ~books.documents.is_void[books.lines.document] & ~books.lines.counters


def differences(books: Books) -> Differences:
    """Return the difference of every count that stands, the early ones of each site and item first."""
    counts = books.counts.where(~books.documents.is_void[books.counts.document])
    lines = books.lines
    rows = lines.where((books.documents.type[lines.document] == "count") & ~lines.counters)
    gained = rows.from_kind == "COUNT_GAIN"
    site = np.where(gained, rows.to_site, rows.from_site)
    sums = _sums(
        _key(books, rows.document, site, rows.item), np.where(gained, rows.units, -rows.units),
        _key(books, counts.document, counts.site, counts.item),
    )  # fmt: skip
    order = np.lexsort((counts.document, counts.day, counts.item, counts.site))
    counts, sums = counts.where(order), sums[order]
    book = counts.units - sums
    return Differences(
        document=counts.document,
        site=counts.site,
        item=counts.item,
        day=counts.day,
        units=sums,
        book=book,
        base=np.maximum(book, counts.units) + _left_since(books, counts.site, counts.item, counts.day),
    )


def _key(books: Books, document: Wholes, site: Wholes, item: Wholes) -> Wholes:
    return (document * max(len(books.sites), 1) + site) * max(len(books.items), 1) + item


def _sums(keys: Wholes, units: Wholes, asked: Wholes) -> Wholes:
    """Return the sum of units under each key that is asked for."""
    if not len(keys):
        return np.zeros(len(asked), dtype=np.int64)
    known, back = np.unique(keys, return_inverse=True)
    sums = np.zeros(len(known), dtype=np.int64)
    np.add.at(sums, back, units)
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return np.where(known[at] == asked, sums[at], 0)


def _left_since(books: Books, site: Wholes, item: Wholes, day: Wholes) -> Wholes:
    """Return what left each site of each item since the count before; rows are sorted by pair and day."""
    lines = books.lines.where(left(books))
    pair = (lines.from_site * max(len(books.items), 1) + lines.item) * _DAYS
    key = pair + lines.day
    order = np.argsort(key)
    key, total = key[order], np.concatenate([[0], np.cumsum(lines.units[order])])
    own = (site * max(len(books.items), 1) + item) * _DAYS
    first = np.ones(len(own), dtype=bool)
    first[1:] = own[1:] != own[:-1]
    before = np.where(first, 0, np.concatenate([[0], day[:-1]]) if len(day) else day)
    return total[np.searchsorted(key, own + day, "right")] - total[np.searchsorted(key, own + before, "right")]


def custodian_of_sites(books: Books) -> Wholes:
    """Return who keeps each site: who reported or entered most of its use and its counts; NONE where nobody did."""
    documents = books.documents
    rows = np.isin(documents.type, ["issue", "count", "confirm"]) & ~documents.is_void & (documents.site != NONE)
    keeper = np.full(len(books.sites), NONE, dtype=np.int64)
    if not rows.any() or not books.people:
        return keeper
    pair = documents.site[rows] * len(books.people) + documents.custodian[rows]
    pairs, times = np.unique(pair, return_counts=True)
    order = np.argsort(times, kind="stable")
    keeper[pairs[order] // len(books.people)] = pairs[order] % len(books.people)
    return keeper


def held_by_day(books: Books) -> NDArray[np.int64]:
    """Return what each site held of each item at the end of each day: sites × items × days, from the first day on."""
    days = books.last_day - books.first_day + 1
    held = np.zeros((len(books.sites), len(books.items), days), dtype=np.int64)
    lines = books.lines
    day = np.clip(lines.day - books.first_day, 0, days - 1)
    for kind, site, sign in ((lines.to_kind, lines.to_site, 1), (lines.from_kind, lines.from_site, -1)):
        rows = (kind == "SITE") & (site != NONE)
        np.add.at(held, (site[rows], lines.item[rows], day[rows]), sign * lines.units[rows])
    return np.cumsum(held, axis=2)
