"""What a ledger and its reports say, as columns of equal length: what the rules of `allocator/findings.py` read.

Days are ordinals (`datetime.date.toordinal`) where the ledger is; sites, items, people and documents are positions in
their own columns, -1 where there is none. `models/finding_columns.py` fills them from a ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from allocator.sentence import Named

__all__ = [
    "NONE",
    "Approvals",
    "Books",
    "Counts",
    "Documents",
    "Levels",
    "Lines",
    "Lots",
    "Receipts",
    "Reports",
    "Texts",
    "Truths",
    "Wholes",
]

Wholes = NDArray[np.int64]
Truths = NDArray[np.bool_]
Texts = NDArray[Any]
"""Texts of numpy (`<U…`)."""

NONE = -1
"""The position of what is not there."""


def _wholes() -> Wholes:
    return np.zeros(0, dtype=np.int64)


def _truths() -> Truths:
    return np.zeros(0, dtype=bool)


def _texts() -> Texts:
    return np.zeros(0, dtype="<U1")


@dataclass(frozen=True, kw_only=True)
class _Columns:
    """Columns of equal length."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def where(self, rows: Any) -> Self:
        """Return some of the rows: positions, or whether each is among them."""
        return replace(self, **{each.name: getattr(self, each.name)[rows] for each in fields(self)})


@dataclass(frozen=True, kw_only=True)
class Documents(_Columns):
    """Posted documents by number. `recorded_minute`: minutes since 1970, as clocks on the wall show them.

    `custodian`: who reported it, else who entered it; `is_void`: reversed, or a reversal; `paper`: the number of the
    paper it was written on, "" where none.
    """

    number: Wholes = field(default_factory=_wholes)
    type: Texts = field(default_factory=_texts)
    site: Wholes = field(default_factory=_wholes)
    to_site: Wholes = field(default_factory=_wholes)
    actor: Wholes = field(default_factory=_wholes)
    approver: Wholes = field(default_factory=_wholes)
    custodian: Wholes = field(default_factory=_wholes)
    day: Wholes = field(default_factory=_wholes)
    recorded_day: Wholes = field(default_factory=_wholes)
    recorded_minute: Wholes = field(default_factory=_wholes)
    reason: Texts = field(default_factory=_texts)
    is_void: Truths = field(default_factory=_truths)
    paper: Texts = field(default_factory=_texts)


@dataclass(frozen=True, kw_only=True)
class Lines(_Columns):
    """Movement lines. `from_site`, `to_site`: whose place it is; `counters`: set off against a later count."""

    document: Wholes = field(default_factory=_wholes)
    from_kind: Texts = field(default_factory=_texts)
    from_site: Wholes = field(default_factory=_wholes)
    to_kind: Texts = field(default_factory=_texts)
    to_site: Wholes = field(default_factory=_wholes)
    lot: Wholes = field(default_factory=_wholes)
    item: Wholes = field(default_factory=_wholes)
    units: Wholes = field(default_factory=_wholes)
    day: Wholes = field(default_factory=_wholes)
    counters: Truths = field(default_factory=_truths)


@dataclass(frozen=True, kw_only=True)
class Lots(_Columns):
    """Lots. `expires_day`: the last on which it may be used, 0 for one that never expires."""

    item: Wholes = field(default_factory=_wholes)
    number: Texts = field(default_factory=_texts)
    expires_day: Wholes = field(default_factory=_wholes)


@dataclass(frozen=True, kw_only=True)
class Counts(_Columns):
    """What was counted of an item at a site by a document, all lots of the document together."""

    document: Wholes = field(default_factory=_wholes)
    site: Wholes = field(default_factory=_wholes)
    item: Wholes = field(default_factory=_wholes)
    units: Wholes = field(default_factory=_wholes)
    day: Wholes = field(default_factory=_wholes)


@dataclass(frozen=True, kw_only=True)
class Receipts(_Columns):
    """Receipts from outside. `source`: SUPPLIER, DONOR or UPPER_LEVEL; what papers came with it.

    `amount_micro`: what was paid, where a price was said of every line; NONE else.
    """

    document: Wholes = field(default_factory=_wholes)
    source: Texts = field(default_factory=_texts)
    partner: Texts = field(default_factory=_texts)
    has_reference: Truths = field(default_factory=_truths)
    has_certificate: Truths = field(default_factory=_truths)
    has_order: Truths = field(default_factory=_truths)
    amount_micro: Wholes = field(default_factory=_wholes)


@dataclass(frozen=True, kw_only=True)
class Reports(_Columns):
    """Monthly stock reports. `month`: months since year 0; units, NONE where not reported (which is not 0)."""

    site: Wholes = field(default_factory=_wholes)
    item: Wholes = field(default_factory=_wholes)
    month: Wholes = field(default_factory=_wholes)
    opening: Wholes = field(default_factory=_wholes)
    received: Wholes = field(default_factory=_wholes)
    distributed: Wholes = field(default_factory=_wholes)
    closing: Wholes = field(default_factory=_wholes)


@dataclass(frozen=True, kw_only=True)
class Levels(_Columns):
    """What a site said that it needs a day, or has on duty, each time it was changed.

    `what`: an item's position for a need; -2 and below for a driver; `day`, `minute`: when it was said.
    """

    site: Wholes = field(default_factory=_wholes)
    what: Wholes = field(default_factory=_wholes)
    day: Wholes = field(default_factory=_wholes)
    minute: Wholes = field(default_factory=_wholes)
    value_micro: Wholes = field(default_factory=_wholes)
    actor: Wholes = field(default_factory=_wholes)


@dataclass(frozen=True, kw_only=True)
class Approvals(_Columns):
    """Who approved what another had drafted. `seconds`: after it was drafted, NONE where nobody knows.

    `document`: NONE for a plan, whose name is `plan`.
    """

    document: Wholes = field(default_factory=_wholes)
    plan: Texts = field(default_factory=_texts)
    drafter: Wholes = field(default_factory=_wholes)
    approver: Wholes = field(default_factory=_wholes)
    day: Wholes = field(default_factory=_wholes)
    seconds: Wholes = field(default_factory=_wholes)


@dataclass(frozen=True, kw_only=True)
class Books:
    """All that the rules read. `drivers`: names of what `Levels.what` -2, -3 … mean; `near`: pairs of sites."""

    first_day: int
    last_day: int
    sites: tuple[Named, ...] = ()
    site_kind: Texts = field(default_factory=_texts)
    items: tuple[Named, ...] = ()
    pack_units: Wholes = field(default_factory=_wholes)
    is_durable: Truths = field(default_factory=_truths)
    people: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    lots: Lots = field(default_factory=Lots)
    documents: Documents = field(default_factory=Documents)
    lines: Lines = field(default_factory=Lines)
    counts: Counts = field(default_factory=Counts)
    receipts: Receipts = field(default_factory=Receipts)
    reports: Reports = field(default_factory=Reports)
    levels: Levels = field(default_factory=Levels)
    approvals: Approvals = field(default_factory=Approvals)
    plan_days: Wholes = field(default_factory=_wholes)
    near: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
