"""Take a file's content into the ledger: master data and documents in one transaction, or none of it.

What is there already changes nothing: a row that says the same, and a document whose key is known
and which asks the same. A document with a known key that asks something else is refused, except
where the one that is there was reversed.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.book import Book, Ready
from models.catalogue import (
    save_depots,
    save_items,
    save_lanes,
    save_needs,
    save_partners,
    save_sites,
    save_substitutes,
)
from models.catalogue_activity import save_drivers, save_facts, save_fleets
from models.catalogue_areas import save_areas
from models.catalogue_gtins import save_gtins
from models.catalogue_history import save_history
from models.catalogue_purchase import save_budgets, save_offers, save_suppliers
from models.catalogue_reports import save_reports
from models.catalogue_rows import Columns, Saved
from models.catalogue_senders import save_headers, save_measures, save_names
from models.documents import post_draft_in
from models.entry import LotKey, Refusal
from models.import_rights import refuse_taking
from models.ledger import Ledger
from models.locations import owner_of
from models.names import Names
from models.names_many import know_lots, know_places
from models.order_imports import save_orders
from models.order_references import count_referenced
from models.papers import Paper, PapersRefused, There, documents_by_key
from models.policies import set_policy
from models.posting import make_ready, post_ready, prepare
from models.reporting import with_reporter
from models.tables import document, item, location, lot, move
from models.versions import Stamp

__all__ = ["Heard", "Incoming", "Paper", "Taken", "only_try", "take_in", "take_in_with", "uncollected"]

T = TypeVar("T")

REFUSALS_SHOWN = 20

_AT_ONCE = 500  # so that no statement passes a database's limit of variables

_SAVE: dict[str, Callable[[sa.Connection, Columns, Stamp], Saved]] = {
    "areas": save_areas,
    "items": save_items,
    "sites": save_sites,
    "depots": save_depots,
    "lanes": save_lanes,
    "substitutes": save_substitutes,
    "partners": save_partners,
    "suppliers": save_suppliers,
    "needs": save_needs,
    "drivers": save_drivers,
    "facts": save_facts,
    "fleets": save_fleets,
    "measures": save_measures,
    "gtins": save_gtins,
    "history": save_history,
    "offers": save_offers,
    "orders": save_orders,
    "budgets": save_budgets,
    "reports": save_reports,
}


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What is to be remembered of a sender ("" for everybody).

    `headers`: our columns by the fingerprint of a table's headers and by header, its kind under ""; `names`:
    codes by what they are about and what was said.
    """

    sender: str = ""
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """All that a file says: master data by kind, a policy that differs from the one in force, documents in order.

    `heard`: what was said of its sender's headers and names, to be remembered.
    """

    catalogue: Mapping[str, Columns] = field(default_factory=dict)
    policy: str | None = None
    papers: Sequence[Paper] = ()
    heard: Heard | None = None


@dataclass
class Taken:
    """What was done: rows saved, documents posted with their lines, documents that were there, by kind."""

    saved: dict[str, Saved] = field(default_factory=dict)
    policy: int | None = None
    posted: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    again: dict[str, int] = field(default_factory=dict)
    of_orders: list[Sentence] = field(default_factory=list)

    @property
    def said(self) -> list[Sentence]:
        """What whoever gave the file should know."""
        return [*(sentence for saved in self.saved.values() for sentence in saved.said), *self.of_orders]

    @property
    def is_nothing_new(self) -> bool:
        """Say whether everything was there already."""
        rows = any(saved.new or saved.changed for saved in self.saved.values())
        return not rows and self.policy is None and not self.posted


class _TakenBack(Exception):
    """The way back out of a transaction, with what was found in it."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer


def take_in(ledger: Ledger, incoming: Incoming, stamp: Stamp) -> Taken:
    """Take in all that a file says, in one transaction.

    Raises:
        Refusal: everything that the ledger refuses, each with its place in the file, or that whoever brings it may
            not bring it; nothing was written.

    """
    return ledger.write(lambda book, names: take_in_with(ledger, book, names, incoming, stamp), alone=True)


def only_try(ledger: Ledger, work: Callable[[Book, Names], T]) -> T:
    """Do some work in one transaction, take all of it back, and return what it found.

    Raises:
        Refusal: what the work refused.

    """

    def tried(book: Book, names: Names) -> T:
        raise _TakenBack(work(book, names))

    try:
        return ledger.write(tried, alone=True)
    except _TakenBack as back:
        answer: T = back.answer
        return answer


def take_in_with(ledger: Ledger, book: Book, names: Names, incoming: Incoming, stamp: Stamp) -> Taken:
    """Take in all that a file says, in a transaction that was begun; after a refusal it is of no more use.

    Raises:
        Refusal: what `take_in` refuses.

    """
    taken = Taken()
    policy = incoming.policy is not None
    refuse_taking(book.connection, stamp.actor, incoming.catalogue, incoming.papers, policy=policy)
    if incoming.papers:
        book.work_alone()
    for kind, save in _SAVE.items():
        if kind in incoming.catalogue:
            taken.saved[kind] = save(book.connection, incoming.catalogue[kind], stamp)
    if incoming.heard is not None:
        save_headers(book.connection, incoming.heard.sender, incoming.heard.headers, stamp)
        save_names(book.connection, incoming.heard.sender, incoming.heard.names, stamp)
    if incoming.policy is not None:
        taken.policy = set_policy(book.connection, incoming.policy, stamp)
    with uncollected():
        _post(ledger, book, names, incoming.papers, taken, stamp)
    return taken


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector of circles rest: it would go through a whole file's cells and documents again and again.

    That takes a quarter of an import's time, and finds nothing: no document refers to itself.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _post(ledger: Ledger, book: Book, names: Names, papers: Sequence[Paper], taken: Taken, stamp: Stamp) -> None:
    """Post what is not there yet, going on after a refusal so that all of them are said at once."""
    wrong: list[tuple[Paper, Sentence]] = []
    new = list(_new_papers(book.connection, papers, taken, wrong))
    _refuse_opened_twice(book.connection, new, wrong)
    _know_all(book.connection, names, new)
    for as_said, group in itertools.groupby(new, key=lambda paper: paper.as_said):
        if as_said:
            _post_as_said(ledger, book, names, list(group), stamp, wrong)
            continue
        for paper in group:
            with _told(paper, wrong):
                post_draft_in(book, names, paper.draft, recorded_at=stamp.recorded_at, zone=ledger.zone)
    book.flush()
    if wrong:
        more = len(wrong) - REFUSALS_SHOWN
        rest = [say("{count} more refusals like these.", count=more)] if more > 0 else []
        raise PapersRefused(wrong, *(sentence for _, sentence in wrong[:REFUSALS_SHOWN]), *rest)
    receipts = [paper.draft.entry for paper in new if paper.draft.entry.type == "receive"]
    taken.of_orders += count_referenced(book.connection, receipts, stamp, zone=ledger.zone)
    for paper in new:
        taken.posted[paper.kind] = taken.posted.get(paper.kind, 0) + 1
        taken.lines[paper.kind] = taken.lines.get(paper.kind, 0) + paper.lines


@contextlib.contextmanager
def _told(paper: Paper, wrong: list[tuple[Paper, Sentence]]) -> Iterator[None]:
    """Note what is refused of a document, with its place in the file."""
    try:
        yield
    except Refusal as refusal:
        wrong += [(paper, say("{place}: {why}", place=paper.place, why=why)) for why in refusal.sentences]


def _post_as_said(
    ledger: Ledger,
    book: Book,
    names: Names,
    papers: Sequence[Paper],
    stamp: Stamp,
    wrong: list[tuple[Paper, Sentence]],
) -> None:
    """Post documents whose lines are all said: many are made ready together, so that little is asked one by one."""
    for start in range(0, len(papers), _AT_ONCE):
        ready: list[tuple[Paper, Ready]] = []
        for paper in papers[start : start + _AT_ONCE]:
            with _told(paper, wrong):
                entry = with_reporter(book.connection, paper.draft.entry)
                ready.append((paper, make_ready(book, names, entry, recorded_at=stamp.recorded_at)))
        prepare(book, [made for _, made in ready])
        for paper, made in ready:
            with _told(paper, wrong):
                post_ready(book, made, ledger.zone)
    # What is worked out next is worked out from what is in the database.
    book.flush()


def _know_all(connection: sa.Connection, names: Names, papers: Sequence[Paper]) -> None:
    """Look up at once what the documents speak of, as far as it is said."""
    places: set[str] = set()
    # Lines share their lots, so most need not be compared.
    lots: dict[int, LotKey] = {}
    for paper in papers:
        entry = paper.draft.entry
        places |= {code for line in entry.lines for code in (line.from_location, line.to_location)}
        places |= {entry.site} if entry.site else set()
        lots |= {id(line.lot): line.lot for line in entry.lines}
    know_places(connection, names, sorted(places))
    know_lots(connection, names, set(lots.values()))


def _new_papers(
    connection: sa.Connection, papers: Sequence[Paper], taken: Taken, wrong: list[tuple[Paper, Sentence]]
) -> Iterable[Paper]:
    """Give the documents that are not there yet, each with a key of its own."""
    there = documents_by_key(connection, sorted({paper.draft.entry.key for paper in papers}))
    for paper in papers:
        known = there.get(paper.draft.entry.key)
        if known is None:
            yield paper
            continue
        settled = _beside(connection, paper, known)
        if isinstance(settled, Paper):
            yield settled
        elif settled is None:
            taken.again[paper.kind] = taken.again.get(paper.kind, 0) + 1
        else:
            wrong.append((paper, settled))


def _beside(connection: sa.Connection, paper: Paper, first: There) -> Paper | Sentence | None:
    """Return a document with a further key where those of its key were reversed; None where it is there.

    A sentence says why it can be neither.
    """
    entry, known, turn = paper.draft.entry, first, 1
    asked = entry.request_hash()
    while known.asked != asked:
        if not known.is_reversed:
            return say(
                "{place}: document {number} of the ledger came from the same number, or from the same place and day "
                "without a number, and says something else. Give this one a number of its own; or, if the other "
                "is wrong, reverse it first: allocator reverse {number}",
                place=paper.place,
                number=known.number,
            )
        turn += 1
        key = f"{entry.key}#{turn}"
        following = documents_by_key(connection, [key]).get(key)
        if following is None:
            return replace(paper, draft=replace(paper.draft, entry=replace(entry, key=key)))
        known = following
    return None


def _refuse_opened_twice(
    connection: sa.Connection, papers: Iterable[Paper], wrong: list[tuple[Paper, Sentence]]
) -> None:
    """Refuse opening stock of an item at a site that has some already: it would be there twice."""
    opening = [paper for paper in papers if paper.draft.entry.type == "opening"]
    if not opening:
        return
    opened = _opened(connection)
    for paper in opening:
        lines = paper.draft.entry.lines
        pairs = {(owner_of(line.to_location), line.lot.item) for line in lines if ":" not in line.to_location}
        for site, code in sorted(pair for pair in pairs if pair in opened):
            sentence = say(
                "{place}: {site} has opening stock of {item} already (document {number}). "
                "Count it there, or reverse that document first: allocator reverse {number}",
                place=paper.place,
                site=site,
                item=code,
                number=opened[site, code],
            )
            wrong.append((paper, sentence))


def _opened(connection: sa.Connection) -> dict[tuple[str, str], int]:
    """Return the documents that opened the stock of an item at a site, and were not reversed."""
    undone = sa.select(document.c.reverses).where(document.c.reverses.is_not(None))
    source, target = location.alias(), location.alias()
    query = (
        sa.select(target.c.code, item.c.code, sa.func.min(move.c.document))
        .join_from(move, source, source.c.id == move.c.from_location)
        .join(target, target.c.id == move.c.to_location)
        .join(lot, lot.c.id == move.c.lot)
        .join(item, item.c.id == lot.c.item)
        .where(source.c.code == "OPENING", target.c.kind != "IN_TRANSIT", move.c.document.not_in(undone))
        .group_by(target.c.code, item.c.code)
    )
    return {(owner_of(place), code): number for place, code, number in connection.execute(query)}
