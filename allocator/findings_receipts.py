"""Rules about what came in: receipts without papers, and donations that stay where they came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.finding import Evidence, Finding, Limits, finding_of, seen_in
from allocator.finding_chances import binomial_tail, corrected, grouped
from allocator.finding_columns import NONE, Books, Lines, Truths, Wholes
from allocator.finding_flows import OUT_KINDS, held_by_day
from allocator.sentence import Sentence, say

__all__ = ["donation_not_distributed", "receipt_without_source"]

_PAPERS: tuple[tuple[str, Sentence], ...] = (
    ("has_reference", say("no reference")),
    ("has_certificate", say("no certificate")),
    ("has_order", say("no order")),
)

_GONE = ("LOST", "OUTSIDE")


def receipt_without_source(books: Books, limits: Limits) -> list[Finding]:
    """Find partners and sites whose receipts lack the papers that nearly all others of their kind have.

    Only papers that most receipts of the kind (bought, given, allotted) have are asked for. Receipts that lack all of
    them, or one of them again and again, are compared with how often that happens with partners whose papers mostly
    come (binomial tail).
    """
    results: list[Finding] = []
    for source in np.unique(books.receipts.source).tolist():
        receipts = books.receipts.where(books.receipts.source == source)
        site = books.documents.site[receipts.document]
        lacks = np.stack([~getattr(receipts, name) for name, _ in _PAPERS], axis=1)
        usual = lacks.mean(axis=0) <= 1 - limits["papers_usual_share"]
        if len(receipts) < limits["receipts_least"] or not usual.any():
            continue
        partner = np.unique(receipts.partner, return_inverse=True)[1]
        groups = list(grouped(site, partner))
        all_gone: Truths = np.all(lacks[:, usual], axis=1)
        lacking = np.bincount(partner, weights=all_gone) / np.bincount(partner)
        orderly = lacking[partner] < 0.5  # noqa: PLR2004 - most of them come
        for rows in groups:
            others = orderly.copy()
            others[rows] = False
            by_all = _lacking(all_gone, rows, others)
            again = [
                _lacking(lacks[:, at], rows, others)
                for at in np.flatnonzero(usual)
                if np.count_nonzero(lacks[rows, at]) >= limits["papers_again"]
            ]
            by_one = max(again, default=0.0)
            strength = corrected(max(by_all, by_one), len(np.unique(partner)))
            if strength >= limits["papers_doubt"]:
                chosen = rows[all_gone[rows] if by_all >= by_one else lacks[rows][:, usual].any(axis=1)]
                results.append(_unsourced(books, receipts.document[chosen], str(receipts.partner[rows[0]]), len(rows),
                                          lacks[chosen] & usual, strength))  # fmt: skip
    return results


def _lacking(lacks: Truths, rows: Wholes, others: Truths) -> float:
    usual = (np.count_nonzero(lacks[others]) + 0.5) / (np.count_nonzero(others) + 1)
    return binomial_tail(int(np.count_nonzero(lacks[rows])), len(rows), usual)


def _unsourced(books: Books, documents: Wholes, partner: str, receipts: int, lacks: Truths, strength: float) -> Finding:
    site = books.sites[int(books.documents.site[documents[0]])]
    rows = [(row, *_came(books, int(row))) for row in documents]
    sentence = say(
        "{site} took in {units:,} units from {partner} in {documents} receipts (of {receipts}) without the papers that "
        "others of their kind have: {papers}.",
        site=site,
        units=sum(units for _, _, units in rows),
        partner=partner,
        documents=len(documents),
        receipts=receipts,
        papers=[says for at, (_, says) in enumerate(_PAPERS) if lacks[:, at].any()],
    )
    evidence = []
    for place, (row, item, units) in enumerate(rows):
        papers = [says for at, (_, says) in enumerate(_PAPERS) if lacks[place, at]]
        said = say("{units:,} units from {partner}: {papers}", units=units, partner=partner, papers=papers)
        evidence.append(seen_in(books, said, row=int(row), item=item, person=int(books.documents.actor[row])))
    return finding_of(
        "receipt_without_source", f"{site.code}<{partner}", evidence, strength=strength, sentence=sentence
    )


def _came(books: Books, document: int) -> tuple[int, int]:
    """Return the item of which a document brought most, and all its units."""
    lines = _lines_of(books, document)
    if not len(lines):
        return NONE, 0
    return int(lines.item[int(lines.units.argmax())]), int(lines.units.sum())


def _lines_of(books: Books, document: int) -> Lines:
    first, end = np.searchsorted(books.lines.document, [document, document + 1])
    return books.lines.where(slice(int(first), int(end)))


def donation_not_distributed(books: Books, limits: Limits) -> list[Finding]:
    """Find donations that lie where they came for weeks while the same item went out from there or ran short nearby.

    A lot lies where hardly any of it left, although lots of the item that keep as long or longer did in that time (a
    third as much), or, where nothing left, a site it could have helped had none. A lot that was lost or given away
    outside counts too. How often bought lots lie so, of those that had the occasion, ranks the findings (binomial
    tail).
    """
    receipts = books.receipts
    age = books.last_day - books.documents.day[receipts.document]
    lots = _lots_of(books, np.flatnonzero(age >= limits["donation_days"]))
    if not lots:
        return []
    flows = _Flows(books)
    fates = [flows.fate(each, limits) for each in lots]
    given = np.array([receipts.source[each.receipt] == "DONOR" for each in lots])
    wrong = np.array([each.is_wrong for each in fates])
    wanted = np.array([each.was_wanted for each in fates])
    usual = (np.count_nonzero(wrong & ~given) + 0.5) / (np.count_nonzero(wanted & ~given) + 1)
    partners = np.unique(receipts.partner, return_inverse=True)[1]
    site = np.array([each.site for each in lots])
    partner = np.array([int(partners[each.receipt]) for each in lots])
    rows = np.flatnonzero(given & wrong)
    results = []
    for group in grouped(site[rows], partner[rows]):
        own = rows[group]
        same = wanted & given & (site == site[own[0]]) & (partner == partner[own[0]])
        strength = binomial_tail(len(own), max(len(own), int(np.count_nonzero(same))), min(usual, 0.5))
        if strength >= limits["donation_doubt"]:
            results.append(_kept(books, [(lots[at], fates[at]) for at in own.tolist()], strength))
    return results


@dataclass(frozen=True, kw_only=True)
class _Lot:
    """A lot that a receipt brought. `receipt`: its row in the receipts."""

    receipt: int
    document: int
    site: int
    lot: int
    item: int
    units: int
    day: int


@dataclass(frozen=True, kw_only=True)
class _Fate:
    """What became of a lot: the shares that left to be used, and that were lost or given away outside."""

    left: float
    gone: float
    was_wanted: bool
    is_wrong: bool


def _lots_of(books: Books, receipts: Wholes) -> list[_Lot]:
    found = []
    for receipt in receipts.tolist():
        document = int(books.receipts.document[receipt])
        lines = _lines_of(books, document)
        for rows in grouped(lines.lot):
            found.append(  # noqa: PERF401 - two loops read better apart
                _Lot(
                    receipt=receipt,
                    document=document,
                    site=int(books.documents.site[document]),
                    lot=int(lines.lot[rows[0]]),
                    item=int(lines.item[rows[0]]),
                    units=int(lines.units[rows].sum()),
                    day=int(books.documents.day[document]),
                )
            )
    return found


class _Flows:
    """Lines by lot, and what left by site and item, looked up for one lot after another."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._lines = books.lines.where(~books.lines.counters & ~books.documents.is_void[books.lines.document])
        self._by_lot = _by_key(self._lines.lot)
        self._out = self._lines.where((self._lines.from_kind == "SITE") & np.isin(self._lines.to_kind, OUT_KINDS))
        self._items = max(len(books.items), 1)
        self._by_place = _by_key(self._out.from_site * self._items + self._out.item)
        use = self._out.where(self._out.to_kind == "CONSUMED")
        self._users = [np.unique(use.from_site[use.item == item]) for item in range(len(books.items))]
        self._held = held_by_day(books)

    def fate(self, lot: _Lot, limits: Limits) -> _Fate:
        """Return what became of a lot."""
        own = self._lines.where(self._by_lot.get(lot.lot, _NOTHING))
        came = int(own.units[(own.to_site == lot.site) & np.isin(own.to_kind, ("SITE", "QUARANTINE"))].sum())
        gone = int(own.units[np.isin(own.to_kind, _GONE)].sum()) / max(came, 1)
        out = (own.from_site == lot.site) & (own.from_kind == "SITE") & np.isin(own.to_kind, OUT_KINDS)
        left = int(own.units[out].sum()) / max(came, 1)
        wanted = lot.units >= limits["donation_units"] and self._was_wanted(lot)
        is_lost = gone >= limits["donation_gone_share"] and lot.units >= limits["donation_units"]
        is_wrong = is_lost or (wanted and left < limits["donation_share"])
        return _Fate(left=left, gone=gone, was_wanted=wanted, is_wrong=is_wrong)

    def _was_wanted(self, lot: _Lot) -> bool:
        """Say whether as much left since of lots that keep as long or longer, or nothing while somebody had none.

        First expiring goes first: a lot that keeps longest may honestly lie until the others are gone.
        """
        ends = np.where(self._books.lots.expires_day == 0, np.inf, self._books.lots.expires_day.astype(float))
        own = self._out.where(self._by_place.get(lot.site * self._items + lot.item, _NOTHING))
        other = own.where((own.lot != lot.lot) & (own.day > lot.day))
        later = ends[other.lot] >= ends[lot.lot]
        if int(other.units[later].sum()) >= lot.units / 3:
            return True
        return not len(other) and self._somebody_had_none(lot)

    def _somebody_had_none(self, lot: _Lot) -> bool:
        near = self._books.near[self._books.near[:, 0] == lot.site, 1]
        users = np.intersect1d(self._users[lot.item], near)
        return bool((self._held[users, lot.item, max(lot.day - self._books.first_day, 0) :] <= 0).any())


_NOTHING = np.zeros(0, dtype=np.int64)


def _by_key(keys: Wholes) -> dict[int, Wholes]:
    return {int(keys[rows[0]]): rows for rows in grouped(keys)}


def _kept(books: Books, lots: list[tuple[_Lot, _Fate]], strength: float) -> Finding:
    first = lots[0][0]
    donor = str(books.receipts.partner[first.receipt])
    sentence = say(
        "{site} received {units:,} units from donor {donor} in {lots} lots, and in {days} days {left:,} of them went "
        "out to be used; {gone:,} were lost, missing or given away outside.",
        site=books.sites[first.site],
        units=sum(lot.units for lot, _ in lots),
        donor=donor,
        lots=len(lots),
        days=books.last_day - min(lot.day for lot, _ in lots),
        left=round(sum(lot.units * fate.left for lot, fate in lots)),
        gone=round(sum(lot.units * fate.gone for lot, fate in lots)),
    )
    evidence = [_lying(books, lot, fate) for lot, fate in lots]
    subject = f"{books.sites[first.site].code}<{donor}"
    return finding_of("donation_not_distributed", subject, evidence, strength=strength, sentence=sentence)


def _lying(books: Books, lot: _Lot, fate: _Fate) -> Evidence:
    said = say(
        "{units:,} given as lot {lot}, of which {left:,} went out to be used",
        units=lot.units,
        lot=str(books.lots.number[lot.lot]) or "-",
        left=round(lot.units * fate.left),
    )
    return seen_in(books, said, row=lot.document, item=lot.item, person=int(books.documents.actor[lot.document]))
