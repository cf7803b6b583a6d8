"""Codes in words: people read "shipment T-FWT3ZWA", not IN_TRANSIT:T-FWT3ZWA."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.sentence import Sentence, say
from models.locations import kind_of, owner_of

__all__ = ["DOCUMENT_TYPES", "lot_word", "place_word", "type_word"]

_WITH_OWNER = {
    "QUARANTINE": say("quarantine at {owner}"),
    "RESERVED": say("reserved for {owner}"),
    "IN_TRANSIT": say("shipment {owner}"),
    "SUPPLIER": say("supplier {owner}"),
    "DONOR": say("donor {owner}"),
    "UPPER_LEVEL": say("upper level {owner}"),
    "SURPLUS": say("beyond shipment {owner}"),
    "CONSUMED": say("use at {owner}"),
}
_ALONE = {
    "OPENING": say("opening balance"),
    "COUNT_GAIN": say("found on counting"),
    "COUNT_SHORT": say("missing on counting"),
    "LOST": say("lost"),
    "DAMAGED": say("damaged"),
    "DESTROYED": say("destroyed"),
    "OUTSIDE": say("outside"),
}


def place_word(code: str) -> Sentence:
    """Return a location in words; a site is its own code.

    >>> str(place_word("QUARANTINE:D1")), str(place_word("D1")), str(place_word("LOST"))
    ('quarantine at D1', 'D1', 'lost')
    """
    kind = kind_of(code)
    if kind in _WITH_OWNER:
        return Sentence(_WITH_OWNER[kind].message, {"owner": owner_of(code)})
    return _ALONE.get(kind, Sentence("{code}", {"code": code}))


DOCUMENT_TYPES: Mapping[str, Sentence] = {
    "opening": say("opening balance"),
    "receive": say("receipt"),
    "issue": say("issue"),
    "transfer": say("transfer"),
    "emergency": say("emergency issue"),
    "confirm": say("receipt of a shipment"),
    "sendback": say("goods refused and sent back"),
    "settle": say("explanation of what came beyond a shipment"),
    "count": say("count"),
    "adjust": say("adjustment"),
    "writeoff": say("write-off"),
    "quarantine": say("quarantine"),
    "release": say("release"),
    "recall": say("recall"),
    "return": say("return"),
    "reserve": say("reservation"),
    "unreserve": say("end of a reservation"),
    "dispatch": say("dispatch"),
    "reverse": say("reversal"),
}
"""Every type of document in words."""


def type_word(type_: str) -> Sentence:
    """Return a type of document in words.

    >>> str(type_word("writeoff"))
    'write-off'
    """
    return DOCUMENT_TYPES.get(type_, Sentence("{code}", {"code": type_}))


def lot_word(lot_no: str) -> Sentence:
    """Return a lot in words."""
    return say("lot {lot}", lot=lot_no) if lot_no else say("no lot number")
