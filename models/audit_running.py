"""Running balances: each is the one before it on its account, more or less the line's units.

A block of documents is checked by itself; what it leaves open is where each account stood before it.
`Accounts` joins the blocks in order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.sentence import Sentence, say
from models.audit_catalogue import Catalogue, positions
from models.audit_findings import Fault
from models.audit_reading import Wholes
from models.book import NEVER
from models.tables import UNITS_MAX

__all__ = ["Accounts", "Ends", "Postings", "check_running", "ends_of", "postings_of"]


@dataclass(frozen=True)
class Postings:
    """Both sides of every line of a block, by account and within it in order of recording.

    `account`: place × number of lots + lot, by position; `change`, `after`: units; `at`: when, UTC microseconds.
    """

    account: Wholes
    document: Wholes
    line: Wholes
    change: Wholes
    after: Wholes
    at: Wholes


@dataclass(frozen=True)
class Ends:
    """Where each account of a block must have stood before it, where it stands after it, and its latest line's time."""

    account: Wholes
    before: Wholes
    after: Wholes
    document: Wholes  # the first that touches it
    latest: Wholes


def postings_of(moves: Wholes, catalogue: Catalogue) -> Postings:
    """Return the postings of a block of moves (columns as `MOVE_COLUMNS`)."""
    document, line, source, target, lot, units, at, source_after, target_after, _ = moves.T
    lots = len(catalogue.lots.keys)

    def both(out: Wholes, into: Wholes) -> Wholes:
        # Side by side, so that an account's postings stand in order of document and line already.
        return np.stack((out, into), axis=1).ravel()

    account = both(source * lots + lot, target * lots + lot)
    order = np.argsort(account, kind="stable")
    return Postings(
        account=account[order],
        document=both(document, document)[order],
        line=both(line, line)[order],
        change=both(-units, units)[order],
        after=both(source_after, target_after)[order],
        at=both(at, at)[order],
    )


def ends_of(postings: Postings) -> Ends:
    """Return what a block leaves open."""
    first = _firsts(postings)
    last = np.append(first[1:], len(postings.account)) - 1 if len(first) else first
    return Ends(
        account=postings.account[first],
        before=postings.after[first] - postings.change[first],
        after=postings.after[last],
        document=postings.document[first],
        latest=np.maximum.reduceat(postings.at, first) if len(first) else first,
    )


def _firsts(postings: Postings) -> Wholes:
    return np.flatnonzero(np.diff(postings.account, prepend=-1) != 0)


def check_running(postings: Postings, catalogue: Catalogue) -> Fault | None:
    """Return the first line after which a balance is not the one before it plus its units, or has the wrong sign."""
    same = np.diff(postings.account, prepend=-1) == 0
    due = np.append(0, postings.after[:-1]) + postings.change
    wrong = np.flatnonzero(same & (due != postings.after))
    if len(wrong):
        return _wrong_running(postings, _earliest(postings, wrong), catalogue, due)
    return _check_signs(postings, catalogue)


def _earliest(postings: Postings, places: Wholes) -> int:
    return int(places[np.argmin(postings.document[places])])


def _wrong_running(postings: Postings, at: int, catalogue: Catalogue, due: Wholes) -> Fault:
    place, which = _account_name(int(postings.account[at]), catalogue)
    return Fault(
        "running",
        say(
            "Document {number}, line {line}: {place} ({which}) should hold {due} units after it, and the line says "
            "{said}.",
            number=int(postings.document[at]),
            line=int(postings.line[at]) + 1,
            place=place,
            which=which,
            due=int(due[at]),
            said=int(postings.after[at]),
        ),
    )


def _check_signs(postings: Postings, catalogue: Catalogue) -> Fault | None:
    """Judge each account once a document: within one, lines may pass below zero on the way."""
    account, document = postings.account, postings.document
    last = np.append((account[1:] != account[:-1]) | (document[1:] != document[:-1]), True)[: len(account)]
    sign = catalogue.places.signs[account // max(len(catalogue.lots.keys), 1)]
    held = postings.after * sign
    wrong = np.flatnonzero(last & ((held < 0) | (held > UNITS_MAX)))
    if not len(wrong):
        return None
    at = _earliest(postings, wrong)
    place, which = _account_name(int(account[at]), catalogue)
    return Fault(
        "signs",
        say(
            "After document {number} {place} ({which}) stands at {units} units, which it never may.",
            number=int(document[at]),
            place=place,
            which=which,
            units=int(postings.after[at]),
        ),
    )


def _account_name(account: int, catalogue: Catalogue) -> tuple[str, Sentence]:
    return catalogue.name(*divmod(account, len(catalogue.lots.keys)))


class Accounts:
    """Where every account stands, block after block; made from the stored balances, to which all must lead."""

    def __init__(self, balances: Wholes, catalogue: Catalogue) -> None:
        """Take the rows of `balance`: place, lot, sign, units; places and lots by position."""
        self._catalogue = catalogue
        account = balances[:, 0] * len(catalogue.lots.keys) + balances[:, 1]
        order = np.argsort(account)
        self.account = account[order]
        self._stored = balances[order, 3]
        self._held = np.zeros(len(account), dtype=np.int64)
        self._said_latest = balances[order, 4]
        self._latest = np.full(len(account), NEVER, dtype=np.int64)

    def join(self, ends: Ends) -> Fault | None:
        """Go on with a block; return the first account that did not stand where the block begins."""
        at = positions(self.account, ends.account)
        missing = np.flatnonzero(at < 0)
        if len(missing):
            place, which = _account_name(int(ends.account[missing[0]]), self._catalogue)
            return Fault("balances", say("{place} ({which}) has lines, but no balance.", place=place, which=which))
        wrong = np.flatnonzero(self._held[at] != ends.before)
        if len(wrong):
            first = int(wrong[np.argmin(ends.document[wrong])])
            place, which = _account_name(int(ends.account[first]), self._catalogue)
            return Fault(
                "running",
                say(
                    "Document {number}: {place} ({which}) held {due} units before it, and its lines say {said}.",
                    number=int(ends.document[first]),
                    place=place,
                    which=which,
                    due=int(self._held[at[first]]),
                    said=int(ends.before[first]),
                ),
            )
        self._held[at] = ends.after
        self._latest[at] = np.maximum(self._latest[at], ends.latest)
        return None

    def check_latest(self, counted: set[int]) -> Fault | None:
        """Each balance knows the latest time of its lines, or of a later count; what is posted late is judged by it."""
        wrong = np.flatnonzero(self._latest != self._said_latest)
        for at in wrong.tolist():
            said = int(self._said_latest[at])
            if said > int(self._latest[at]) and said in counted:
                continue
            place, which = _account_name(int(self.account[at]), self._catalogue)
            sentence = say(
                "The stored balance of {place} ({which}) says another last time than its lines.",
                place=place,
                which=which,
            )
            return Fault("balances", sentence)
        return None

    def check_balances(self) -> Fault | None:
        """Return the first stored balance that is not the sum of its lines; then, each lot's sum must be nothing."""
        wrong = np.flatnonzero(self._held != self._stored)
        if len(wrong):
            at = int(wrong[0])
            place, which = _account_name(int(self.account[at]), self._catalogue)
            return Fault(
                "balances",
                say(
                    "The stored balance of {place} ({which}) is {stored} units, and its lines sum to {due}.",
                    place=place,
                    which=which,
                    stored=int(self._stored[at]),
                    due=int(self._held[at]),
                ),
            )
        return self._check_conservation()

    def _check_conservation(self) -> Fault | None:
        lots = len(self._catalogue.lots.keys)
        sums = np.zeros(lots, dtype=np.int64)
        np.add.at(sums, self.account % max(lots, 1), self._stored)
        wrong = np.flatnonzero(sums)
        if not len(wrong):
            return None
        key = self._catalogue.lots.keys[int(wrong[0])]
        return Fault(
            "balances",
            say(
                "Over all places the balances of {item}, lot {lot}, sum to {units} units and not to nothing.",
                item=key.item,
                lot=key.lot_no or "-",
                units=int(sums[wrong[0]]),
            ),
        )
