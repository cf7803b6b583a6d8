"""Everything is a location: stores, what is under way, where stock comes from and where it ends.

Which kind may give to which, for each type of document, is one table; all else is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

__all__ = [
    "ALLOWED",
    "COUNT_GAIN",
    "COUNT_SHORT",
    "SIGNS",
    "STORES",
    "Move",
    "code_of",
    "is_allowed",
    "kind_of",
    "owner_of",
]

SIGNS = {
    # Stores: stock is here, never below zero.
    "SITE": 1,
    "QUARANTINE": 1,  # beside a site
    "RESERVED": 1,  # one for each allocation order
    "IN_TRANSIT": 1,  # one for each shipment
    # Sources: never above zero, so that what goes back never exceeds what came.
    "SUPPLIER": -1,
    "DONOR": -1,
    "UPPER_LEVEL": -1,
    "OPENING": -1,
    "COUNT_GAIN": -1,
    "SURPLUS": -1,  # one for each shipment: what came beyond its note, until it is explained
    # Sinks: where stock ends.
    "CONSUMED": 1,  # beside a site
    "LOST": 1,
    "DAMAGED": 1,
    "DESTROYED": 1,
    "COUNT_SHORT": 1,
    "OUTSIDE": 1,
}
"""Each kind of location, and the sign its balances keep."""

STORES = ("SITE", "QUARANTINE", "RESERVED", "IN_TRANSIT")
"""Kinds of location in which stock lies; the others are where it comes from and where it ends."""

COUNT_GAIN = "COUNT_GAIN"
COUNT_SHORT = "COUNT_SHORT"

_SOURCES = ("SUPPLIER", "DONOR", "UPPER_LEVEL")


@dataclass(frozen=True, order=True)
class Move:
    """A type of document may move stock from one kind of location to another."""

    type: str
    from_kind: str
    to_kind: str


def _rows(type_: str, froms: str | tuple[str, ...], tos: str | tuple[str, ...]) -> set[Move]:
    froms = (froms,) if isinstance(froms, str) else froms
    tos = (tos,) if isinstance(tos, str) else tos
    return {Move(type_, from_kind, to_kind) for from_kind in froms for to_kind in tos}


ALLOWED: frozenset[Move] = frozenset(
    _rows("opening", "OPENING", ("SITE", "QUARANTINE", "IN_TRANSIT"))
    | _rows("receive", _SOURCES, ("SITE", "QUARANTINE"))
    | _rows("issue", "SITE", "CONSUMED")
    | _rows("transfer", "SITE", "IN_TRANSIT")
    | _rows("emergency", "SITE", "IN_TRANSIT")
    | _rows("confirm", "IN_TRANSIT", ("SITE", "QUARANTINE", "DAMAGED", "LOST"))
    | _rows("confirm", "SURPLUS", ("SITE", "QUARANTINE"))
    | _rows("sendback", ("IN_TRANSIT", "SURPLUS"), "IN_TRANSIT")
    | _rows("settle", ("SITE", "IN_TRANSIT", "COUNT_SHORT", "COUNT_GAIN", *_SOURCES), "SURPLUS")
    | _rows("count", ("SITE", "QUARANTINE"), "COUNT_SHORT")
    | _rows("count", "COUNT_GAIN", ("SITE", "QUARANTINE"))
    | _rows("adjust", "SITE", ("COUNT_SHORT", "OUTSIDE"))
    | _rows("adjust", "COUNT_GAIN", "SITE")
    | _rows("writeoff", ("SITE", "QUARANTINE"), ("LOST", "DAMAGED", "DESTROYED"))
    | _rows("quarantine", "SITE", "QUARANTINE")
    | _rows("release", "QUARANTINE", "SITE")
    | _rows("recall", ("SITE", "RESERVED", "IN_TRANSIT"), "QUARANTINE")
    | _rows("return", ("SITE", "QUARANTINE"), _SOURCES)
    | _rows("return", "CONSUMED", "SITE")
    | _rows("reserve", "SITE", "RESERVED")
    | _rows("unreserve", "RESERVED", "SITE")
    | _rows("dispatch", "RESERVED", "IN_TRANSIT")
)
"""Every move there is; a reversal mirrors one of them."""


def code_of(kind: str, owner: str = "") -> str:
    """Return the code of a location: a site's own, or "KIND" or "KIND:owner".

    >>> code_of("SITE", "D1"), code_of("OPENING"), code_of("CONSUMED", "P3")
    ('D1', 'OPENING', 'CONSUMED:P3')
    """
    if kind == "SITE":
        return owner
    return f"{kind}:{owner}" if owner else kind


@lru_cache(100_000)  # a lot's way asks a dozen times for each of its places
def kind_of(code: str) -> str:
    """Return the kind of a location from its code.

    >>> kind_of("IN_TRANSIT:T7"), kind_of("LOST"), kind_of("D1")
    ('IN_TRANSIT', 'LOST', 'SITE')
    """
    kind = code.partition(":")[0]
    return kind if kind in SIGNS and kind != "SITE" else "SITE"


def owner_of(code: str) -> str:
    """Return whose a location is: the site, partner, plan or shipment in its code.

    >>> owner_of("QUARANTINE:D1"), owner_of("D1"), owner_of("LOST")
    ('D1', 'D1', '')
    """
    return code if kind_of(code) == "SITE" else code.partition(":")[2]


@lru_cache(10_000)  # the same places give and take all day
def is_allowed(type_: str, from_code: str, to_code: str) -> bool:
    """Say whether a type of document may make this move; a reversal may make any move backwards."""
    from_kind, to_kind = kind_of(from_code), kind_of(to_code)
    if type_ == "reverse":
        return any((move.from_kind, move.to_kind) == (to_kind, from_kind) for move in ALLOWED)
    return Move(type_, from_kind, to_kind) in ALLOWED
