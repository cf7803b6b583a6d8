"""What a person asks the ledger for, before it is worked out: who, when, why, and the lines as they were said.

Pure values. `models/documents_*.py` turn them into a `Draft`, `models/documents.py` posts it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from allocator.sentence import say
from models.entry import LotKey, Refusal
from models.tables import NO_EXPIRY

__all__ = ["NO_LOT", "Head", "Row", "head_asked", "said_in"]

NO_LOT = "-"
"""How a person names the stock that has no lot number."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """What every document says. `occurred_at`: UTC microseconds.

    `said_when`: the time as it was said, "" where nobody said one, so that a retry a minute later asks
    the same. `note`: free words beside the reason. `explains`: a document posted as an exception, which
    this one explains. `reported_by`, `reported_how`: who told it to whoever enters it, and how
    (`models/reporting.py`).
    """

    key: str
    actor: str
    occurred_at: int
    said_when: str = ""
    reason: str = ""
    note: str = ""
    approver: str | None = None
    exception: bool = False
    explains: int | None = None
    reported_by: str = ""
    reported_how: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line as it was said: `quantity` in base units, or in packs of the item; None: all there is.

    What nobody said is None: of the lot, its expiry (ISO day), fund and earmark. `lot_no` "" is the
    stock without a lot number. `details` are kept with the document as they are.
    """

    item: str
    quantity: int | None
    in_packs: bool = False
    lot_no: str | None = None
    expires: str | None = None
    owner_fund: str | None = None
    earmark: str | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def names(self, key: LotKey) -> bool:
        """Say whether a lot is one that was meant."""
        said = (self.lot_no, self.expires, self.owner_fund, self.earmark)
        return key.item == self.item and all(
            word is None or word == has
            for word, has in zip(said, (key.lot_no, key.expires, key.owner_fund, key.earmark), strict=True)
        )

    def as_new_lot(self) -> LotKey:
        """Return the lot as it was said, which may not be known yet."""
        return LotKey(
            self.item, self.lot_no or "", self.expires or NO_EXPIRY, self.owner_fund or "", self.earmark or ""
        )


def said_in(head: Head) -> dict[str, Any]:
    """Return what a head says, as it makes a retry known; of a report only what was said."""
    said = vars(head)
    unsaid = [name for name in ("reported_by", "reported_how") if not said[name]]
    return {name: value for name, value in said.items() if name not in ("key", "occurred_at", *unsaid)}


def head_asked(type_: str, head: Head, rows: Iterable[Row], **more: Any) -> dict[str, Any]:
    """Return what was asked, as it makes a retry known: everything said, nothing chosen.

    Raises:
        Refusal: there is nothing in it.

    """
    rows = list(rows)
    if not rows:
        raise Refusal(say("The document moves nothing and counts nothing. Give at least one line."))
    return {"type": type_, **said_in(head), "rows": [dict(vars(row)) for row in rows], **more}
