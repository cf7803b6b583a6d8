"""Replay a whole ledger and name the first thing in it that does not hold.

Everything is read in blocks from one state of the ledger, so memory is bounded by the number of
accounts and counts, not by the number of lines. The checks and their order are in `audit_findings`.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.audit_approvals import check_approvals
from models.audit_catalogue import KINDS, Catalogue, load
from models.audit_countersigned import check_countersigned
from models.audit_counts import SHARES, Aside, check_counts, counted_times, counts_of
from models.audit_documents import Part, Unsealed, audit_block
from models.audit_findings import CHECKS, Fault
from models.audit_kept import check_kept
from models.audit_plans import audit_plans
from models.audit_reading import Reader, Wholes, share
from models.audit_rectified import check_rectified
from models.audit_reversals import check_once
from models.audit_running import Accounts
from models.audit_schema import balances_of, check_beside, check_guards, check_places, check_zone
from models.audit_texts import unreadable_text
from models.audit_tree import Outside, TreeFacts, audit_tree
from models.audit_versions import audit_versions
from models.audit_witnesses import Witnessed, audit_witnesses
from models.audit_work import Bench, Hands, here, processes
from models.countersigning import not_countersigned
from models.database import reading, sqlite_module
from models.leaves import DOCUMENT, VERSION
from models.ledger import Ledger
from models.locations import kind_of, owner_of
from models.tables import document, leaf, move, open_exception, version
from models.tree import newest_head, size_of
from models.witness_alarms import SEALED_WITHIN, alarms, forks
from models.words import place_word

__all__ = ["Report", "audit"]

UNDER_WAY = ("RESERVED", "IN_TRANSIT", "SURPLUS")
"""Kinds of places that hold nothing once everything is done."""

SMALL_DOCUMENTS = 20_000
"""Up to so many documents, other processes take longer to start than to work."""

_BLOCK_LINES = 60_000


@dataclass
class Report:
    """What an audit found. `fault`: the first thing that does not hold; `open`: what is not finished, and no fault.

    `alarms`: what is amiss with the proof, and is no fault of what is recorded.
    """

    fault: Fault | None = None
    documents: int = 0
    lines: int = 0
    versions: int = 0
    accounts: int = 0
    counts: int = 0
    plans: int = 0
    tree: TreeFacts = field(default_factory=TreeFacts)
    witnessed: Witnessed = field(default_factory=Witnessed)
    open: list[Sentence] = field(default_factory=list)
    alarms: list[Sentence] = field(default_factory=list)
    outside: int = 0

    @property
    def held(self) -> list[Sentence]:
        """What was checked and holds."""
        if self.fault is not None:
            return []
        left = {"outside": self.outside, "witnesses": self.witnessed.cosignatures}
        return [sentence for name, sentence in CHECKS.items() if left.get(name, 1)]


@dataclass(frozen=True)
class _Ends:
    """Up to where this audit reads."""

    document: int
    version: int
    leaves: int
    sealed: int


_Tree = tuple[Fault | None, TreeFacts]


def audit(ledger: Ledger, *, at: int, outside: Sequence[Outside] = (), hands: int | None = None) -> Report:
    """Check everything. `at`: now, in UTC microseconds; `outside`: heads kept elsewhere; `hands`: processes to use."""
    try:
        return _audit(ledger, at, outside, hands)
    except (sa.exc.DBAPIError, sqlite_module().Error, ValueError, LookupError, TypeError):
        # What is spoilt may be met before its own check comes to it.
        with reading(ledger.engine) as connection:
            fault = unreadable_text(connection) or _spoilt_version(Reader(connection))
        if fault is None:
            raise
        return Report(fault, outside=len(outside))


def _spoilt_version(reader: Reader) -> Fault | None:
    last = reader.one(sa.select(sa.func.max(version.c.id))) or 0
    return audit_versions(reader, last=last, sealed=0)[0]


def _audit(ledger: Ledger, at: int, outside: Sequence[Outside], hands: int | None) -> Report:
    report = Report(outside=len(outside))
    with contextlib.ExitStack() as stack:
        reader = Reader(stack.enter_context(reading(ledger.engine)))
        aside = Aside(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="allocator-audit-"))))
        report.fault = check_zone(reader)
        if report.fault is not None:
            return report
        ends = _ends(reader)
        # They start, and read the catalogue, while this process reads what it needs itself.
        several = _several(stack, ledger.engine, reader, aside, _count(ledger.engine, hands, ends.document))
        catalogue = load(reader)
        at_work = several or here(Bench(reader, catalogue, aside))
        beside, tree = at_work.begin(_beside), at_work.begin(_tree, ends.leaves, tuple(outside))
        balances = balances_of(reader, catalogue)
        report.fault = check_guards(reader.connection) or check_places(reader, catalogue, balances) or beside()
        report.fault = report.fault or check_once(reader) or check_countersigned(reader)
        report.fault = report.fault or check_approvals(reader) or check_rectified(reader)
        if report.fault is None:
            report.fault = _Work(report, reader, catalogue, balances, aside).run(at_work, ends, tree, at)
        report.open = _left_open(reader, catalogue, balances)
        report.alarms = alarms(reader.connection, at=at)
    return report


def _count(engine: sa.Engine, hands: int | None, documents: int) -> int:
    """Return how many processes divide the work; one is this one."""
    if engine.url.database in (None, "", ":memory:") or (hands is None and documents < SMALL_DOCUMENTS):
        return 1
    return (os.cpu_count() or 1) if hands is None else hands


def _several(stack: contextlib.ExitStack, engine: sa.Engine, reader: Reader, aside: Aside, count: int) -> Hands | None:
    if count < 2:  # noqa: PLR2004 - one process is this one
        return None
    url = engine.url.render_as_string(hide_password=False)
    return stack.enter_context(processes(url, share(reader.connection), aside, count))


def _ends(reader: Reader) -> _Ends:
    head = newest_head(reader.connection)
    return _Ends(
        document=_last(reader, document, DOCUMENT),
        version=_last(reader, version, VERSION),
        leaves=size_of(reader.connection),
        sealed=head.size if head else 0,
    )


def _last(reader: Reader, table: sa.Table, kind: str) -> int:
    """Return the last number that is there, or was once sealed."""
    numbers = (sa.select(sa.func.max(table.c.id)), sa.select(sa.func.max(leaf.c.ref)).where(leaf.c.kind == kind))
    return max(reader.one(each) or 0 for each in numbers)


class _Work:
    """One audit under way."""

    def __init__(self, report: Report, reader: Reader, catalogue: Catalogue, balances: Wholes, aside: Aside) -> None:
        self._report = report
        self._reader = reader
        self._catalogue = catalogue
        self._accounts = Accounts(balances, catalogue)
        self._counts = counts_of(reader, catalogue, self._accounts.account)
        self._aside = aside
        self._unsealed: list[tuple[str, Unsealed]] = []
        report.accounts, report.counts = len(balances), len(self._counts)

    def run(self, hands: Hands, ends: _Ends, tree: Callable[[], _Tree], at: int) -> Fault | None:
        """Check everything, in this process or in several. `tree`: waits for what its check found."""
        if ends.sealed > ends.leaves:
            sentence = say(
                "A head is over {size} leaves, and there are {leaves}.", size=ends.sealed, leaves=ends.leaves
            )
            return Fault("heads", sentence)
        self._aside.keep_counted(np.unique(self._counts[:, 0]))
        versions = hands.begin(_versions, ends.version, ends.sealed)
        kept = hands.begin(_kept)
        for part in hands.each(_block, ((*block, ends.sealed) for block in self._blocks(ends.document))):
            fault = self._join(part)
            if fault is not None:
                return fault
        fault, self._report.versions, unsealed = versions()
        if unsealed is not None:
            self._unsealed.append((VERSION, unsealed))
        fault = fault or self._accounts.check_balances() or self._accounts.check_latest(counted_times(self._reader))
        shares = ((number, self._counts[self._counts[:, 0] % SHARES == number]) for number in range(SHARES))
        fault = fault or next((each for each in hands.each(_share, shares) if each is not None), None)
        if fault is not None:
            return fault
        fault, self._report.tree = tree()
        if fault is None:
            fault, self._report.witnessed = self._witnessed()
        if fault is None:
            fault, self._report.plans = audit_plans(self._reader.connection)
        return fault or kept() or self._check_sealed(at)

    def _witnessed(self) -> tuple[Fault | None, Witnessed]:
        connection = self._reader.connection
        fault, found = audit_witnesses(connection, self._report.tree.keys)
        fork = next(forks(connection), None)
        return fault or (None if fork is None else Fault("witnesses", fork)), found

    def _blocks(self, last: int) -> Iterator[tuple[int, int]]:
        """Give the numbers of documents in runs that follow one another; a gap belongs to the run after it."""
        lines = self._reader.one(sa.select(sa.func.count()).select_from(move)) or 0
        documents = self._reader.one(sa.select(sa.func.count()).select_from(document)) or 0
        numbers = max(1, min(20_000, _BLOCK_LINES * documents // max(lines, 1)))
        first = 1
        while first <= last:
            there = self._reader.one(sa.select(sa.func.min(document.c.id)).where(document.c.id >= first))
            end = last if there is None else min(there + numbers - 1, last)
            yield first, end
            first = end + 1

    def _join(self, part: Part) -> Fault | None:
        self._report.documents += part.documents
        self._report.lines += part.lines
        if part.fault is not None or part.ends is None or part.touched is None:
            # Where an account's first line in a block is wrong, only what came before the block tells so.
            earlier = None if part.ends is None else self._accounts.join(part.ends)
            return earlier or part.fault
        if part.unsealed is not None:
            self._unsealed.append((DOCUMENT, part.unsealed))
        self._aside.add(part.touched)
        return self._accounts.join(part.ends)

    def _check_sealed(self, at: int) -> Fault | None:
        for kind, unsealed in self._unsealed:
            number = unsealed.without_leaf
            if number is not None and number < self._report.tree.last.get(kind, 0):
                sentence = say("{what} has no leaf, although later ones are sealed.", what=_name(kind, number))
                return Fault("order", sentence)
            if unsealed.oldest_at < at - SEALED_WITHIN:
                sentence = say(
                    "{what} is not sealed, {seconds} seconds after it was recorded. Any command that records "
                    "something seals it too; if none does, see what it says about the signing key.",
                    what=_name(kind, unsealed.oldest),
                    seconds=(at - unsealed.oldest_at) // 1_000_000,
                )
                return Fault("sealed", sentence)
        return None


def _name(kind: str, number: int) -> Sentence:
    if kind == DOCUMENT:
        return say("Document {number}", number=number)
    return say("Change {number} of master data", number=number)


def _block(bench: Bench, first: int, last: int, sealed: int) -> Part:
    return audit_block(
        bench.reader,
        bench.catalogue,
        first=first,
        last=last,
        sealed=sealed,
        counted_accounts=bench.counted_accounts,
    )


def _beside(bench: Bench) -> Fault | None:
    return check_beside(bench.reader)


def _tree(bench: Bench, leaves: int, outside: Sequence[Outside]) -> _Tree:
    return audit_tree(bench.reader, leaves=leaves, outside=outside)


def _versions(bench: Bench, last: int, sealed: int) -> tuple[Fault | None, int, Unsealed | None]:
    return audit_versions(bench.reader, last=last, sealed=sealed)


def _kept(bench: Bench) -> Fault | None:
    return check_kept(bench.reader)


def _share(bench: Bench, number: int, counts: Wholes) -> Fault | None:
    return check_counts(bench.aside, number, counts, bench.catalogue)


def _still(code: str, units: int) -> Sentence:
    if kind_of(code) == "SURPLUS":
        return say(
            "{units} units came beyond shipment {shipment}, and nobody has said from where: allocator settle "
            "{shipment} --reason loaded-too-many",
            units=-units,
            shipment=owner_of(code),
        )
    return say("{place} still holds {units} units.", place=place_word(code), units=units)


def _left_open(reader: Reader, catalogue: Catalogue, balances: Wholes) -> list[Sentence]:
    """Return what is reserved, under way or not explained yet."""
    sentences: list[Sentence] = []
    under_way = np.isin(catalogue.places.kinds[balances[:, 0]], [KINDS.index(each) for each in UNDER_WAY])
    sums: dict[str, int] = {}
    for place, _, _, units, _ in balances[under_way & (balances[:, 3] != 0)].tolist():
        code = catalogue.places.codes[place]
        sums[code] = sums.get(code, 0) + units
    sentences += [_still(code, sums[code]) for code in sorted(sums)]
    query = sa.select(open_exception.c.document).where(open_exception.c.explained_by.is_(None))
    sentences += [
        say("Document {number} was posted although an earlier day fell short, and is not explained yet.", number=row[0])
        for row in reader.rows(query.order_by(open_exception.c.document))
    ]
    sentences += [
        say("Emergency issue {number} is not countersigned yet: allocator approve {number}", number=each.document)
        for each in not_countersigned(reader.connection)
    ]
    return sentences
