"""Rules about what came in: receipts without papers, and donations that stay where they came."""

from __future__ import annotations

import math

import numpy as np

from allocator.finding import Evidence, Finding, Limits, finding_of, seen_in
from allocator.finding_chances import binomial_tail, corrected, grouped
from allocator.finding_columns import NONE, Books, Lines, Truths, Wholes
from allocator.sentence import Sentence, say

__all__ = ["donation_not_distributed", "receipt_without_source"]

_PAPERS: tuple[tuple[str, Sentence], ...] = (
    ("has_reference", say("no reference")),
    ("has_certificate", say("no certificate")),
    ("has_order", say("no order")),
)

_GONE = ("LOST", "DAMAGED", "DESTROYED", "COUNT_SHORT", "OUTSIDE")


def receipt_without_source(books: Books, limits: Limits) -> list[Finding]:
    """Find partners and sites whose receipts lack the papers that nearly all others of their kind have.

    Only papers that most receipts of the kind (bought, given, allotted) have are asked for. Receipts that lack all of
    them, or one of them again and again, are compared with how often that happens elsewhere (binomial tail).
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
        for rows in groups:
            others = np.ones(len(receipts), dtype=bool)
            others[rows] = False
            by_all = _lacking(all_gone, rows, others)
            again = [
                _lacking(lacks[:, at], rows, others)
                for at in np.flatnonzero(usual)
                if np.count_nonzero(lacks[rows, at]) >= limits["papers_again"]
            ]
            strength = corrected(max(by_all, *again, 0.0), len(groups))
            if strength >= limits["doubt"]:
                chosen = (
                    rows[(lacks[rows][:, usual]).any(axis=1)] if by_all < max([*again, 0.0]) else rows[all_gone[rows]]
                )
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

    A lot counts as lying where hardly any of it left, although others of the item did in that time, or a site it could
    have helped had none; and where other receipts rarely do so. A lot that was lost or given away outside counts too.
    """
    receipts = books.receipts
    age = books.last_day - books.documents.day[receipts.document]
    lots = [
        (at, int(lot), rows)
        for at in np.flatnonzero(age >= limits["donation_days"]).tolist()
        for lot, rows in _lots_of(books, int(receipts.document[at]))
    ]
    if not lots:
        return []
    fate = np.array([_fate(books, int(receipts.document[at]), lot) for at, lot, _ in lots])
    given = np.array([receipts.source[at] == "DONOR" for at, _, _ in lots])
    lies = (fate[:, 0] < limits["donation_share"]) | (fate[:, 1] >= limits["donation_gone_share"])
    wanted = np.array([_was_wanted(books, int(receipts.document[at]), lot) for at, lot, _ in lots]) | (
        fate[:, 1] >= limits["donation_gone_share"]
    )
    usual = (np.count_nonzero(lies & wanted & ~given) + 0.5) / (np.count_nonzero(~given) + 1)
    document = receipts.document[[at for at, _, _ in lots]]
    site = books.documents.site[document]
    partner = np.unique(receipts.partner[[at for at, _, _ in lots]], return_inverse=True)[1]
    wrong = np.flatnonzero(given & lies & wanted)
    results = []
    for group in grouped(site[wrong], partner[wrong]):
        rows = wrong[group]
        same = given & (site == site[rows[0]]) & (partner == partner[rows[0]])
        strength = corrected(binomial_tail(len(rows), int(np.count_nonzero(same)), min(usual, 0.5)), 1)
        if strength < limits["donation_doubt"]:
            continue
        units = [int(lots[row][2].units.sum()) for row in rows]
        left = [round(units[at] * float(fate[row, 0])) for at, row in enumerate(rows)]
        named = str(receipts.partner[lots[rows[0]][0]])
        sentence = say(
            "{site} received {units:,} units from donor {donor} in {lots} lots, and in {days} days {left:,} of them "
            "went out to be used; {gone:,} were lost, missing or given away outside.",
            site=books.sites[int(site[rows[0]])],
            units=sum(units),
            donor=named,
            lots=len(rows),
            days=int(books.last_day - books.documents.day[document[rows]].min()),
            left=sum(left),
            gone=round(sum(units[at] * float(fate[row, 1]) for at, row in enumerate(rows))),
        )
        evidence = [_lying(books, int(document[row]), lots[row][1], units[at], left[at]) for at, row in enumerate(rows)]
        subject = f"{books.sites[int(site[rows[0]])].code}<{named}"
        results.append(finding_of("donation_not_distributed", subject, evidence, strength=strength, sentence=sentence))
    return results


def _lots_of(books: Books, document: int) -> list[tuple[int, Lines]]:
    lines = _lines_of(books, document)
    return [(int(lines.lot[rows[0]]), lines.where(rows)) for rows in grouped(lines.lot)]


def _fate(books: Books, document: int, lot: int) -> tuple[float, float]:
    """Return which shares of a lot left its site to be used, and which were lost or given away outside."""
    site = int(books.documents.site[document])
    lines = books.lines
    own = lines.where((lines.lot == lot) & ~lines.counters)
    stands = ~books.documents.is_void[own.document]
    came = int(own.units[(own.to_site == site) & np.isin(own.to_kind, ["SITE", "QUARANTINE"]) & stands].sum())
    out = own.from_site == site
    gone = int(own.units[np.isin(own.to_kind, _GONE) & stands].sum())
    left = int(own.units[out & np.isin(own.to_kind, ["CONSUMED", "IN_TRANSIT", "RESERVED"]) & stands].sum())
    return left / max(came, 1), gone / max(came, 1)


def _was_wanted(books: Books, document: int, lot: int) -> bool:
    """Say whether as much of the item left the site after the donation came, of lots that keep as long or longer.

    First expiring goes first: a lot that keeps longest may honestly lie until the others are gone.
    """
    site, since = int(books.documents.site[document]), int(books.documents.day[document])
    lines, lots = books.lines, books.lots
    expires = int(lots.expires_day[lot]) or math.inf
    own = np.where(lots.expires_day == 0, math.inf, lots.expires_day.astype(float))
    other = (lines.item == lots.item[lot]) & (lines.lot != lot) & (lines.from_site == site) & (lines.day > since)
    other &= (lines.from_kind == "SITE") & np.isin(lines.to_kind, ["CONSUMED", "IN_TRANSIT", "RESERVED"])
    later = other & (own[lines.lot] >= expires)
    came = int(lines.units[(lines.document == document) & (lines.lot == lot)].sum())
    if int(lines.units[later].sum()) >= came / 2:
        return True
    # Nothing else left either: then it is wanted where somebody near had none of it.
    return not other.any() and _somebody_had_none(books, site, int(lots.item[lot]), since)


def _somebody_had_none(books: Books, site: int, item: int, since: int) -> bool:
    near = books.near[books.near[:, 0] == site, 1]
    lines = books.lines.where((books.lines.item == item) & np.isin(books.lines.to_kind, ["CONSUMED"]))
    users = np.intersect1d(np.unique(lines.from_site), near)
    moves = books.lines.where(books.lines.item == item)
    for user in users.tolist():
        came = (moves.to_kind == "SITE") & (moves.to_site == user)
        went = (moves.from_kind == "SITE") & (moves.from_site == user)
        before = moves.day <= since
        start = int(moves.units[came & before].sum()) - int(moves.units[went & before].sum())
        rows = np.flatnonzero((came | went) & ~before)
        rows = rows[np.argsort(moves.day[rows], kind="stable")]
        held = start + np.cumsum(np.where(came[rows], moves.units[rows], -moves.units[rows]))
        if len(held) and (held <= 0).any():
            return True
    return False


def _lying(books: Books, document: int, lot: int, units: int, left: int) -> Evidence:
    said = say(
        "{units:,} given as lot {lot}, of which {left:,} went out to be used",
        units=units,
        lot=str(books.lots.number[lot]) or "-",
        left=left,
    )
    actor = int(books.documents.actor[document])
    return seen_in(books, said, row=document, item=int(books.lots.item[lot]), person=actor)
