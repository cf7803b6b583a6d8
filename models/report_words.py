"""Who reports beside people and sites, and how: two lists, in both languages. Documents store the codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allocator.sentence import Sentence, say

__all__ = ["FUNCTIONS", "WAYS", "reported_sentence", "reporter_word", "way_word"]

WAYS: Mapping[str, Sentence] = {
    "telephone": say("by telephone"),
    "message": say("by written message"),
    "radio": say("by radio"),
    "paper": say("on paper"),
    "in-person": say("in person"),
}
"""How something was reported, by its code."""

FUNCTIONS: Mapping[str, Sentence] = {
    "duty-officer": say("duty officer"),
    "team-leader": say("team leader"),
    "storekeeper": say("storekeeper"),
    "medical-staff": say("medical staff"),
    "village-committee": say("village committee"),
    "township": say("township command post"),
    "school": say("school staff"),
    "driver": say("driver"),
}
"""Who may report beside people and sites of the ledger, by the code of their function."""


def reporter_word(reported: Mapping[str, Any]) -> Sentence | str:
    """Return who reported, in words; "" where nobody said.

    >>> str(reporter_word({"function": "duty-officer"})), reporter_word({"person": "lin", "how": "radio"})
    ('duty officer', 'lin')
    """
    if "function" in reported:
        return FUNCTIONS.get(reported["function"], Sentence("{code}", {"code": reported["function"]}))
    return str(reported.get("person") or reported.get("site") or "")


def way_word(reported: Mapping[str, Any]) -> Sentence | None:
    """Return how it was reported, in words; None where nobody said.

    >>> str(way_word({"how": "telephone"}))
    'by telephone'
    """
    how = reported.get("how")
    return WAYS.get(how, Sentence("{code}", {"code": how})) if how else None


def reported_sentence(details: Mapping[str, Any]) -> Sentence | None:
    """Return who reported a document and how; None where nobody said."""
    reported = details.get("reported")
    if not reported:
        return None
    who, way = reporter_word(reported), way_word(reported)
    if way is None:
        return say("Reported by {who}", who=who)
    return say("Reported by {who}, {way}", who=who, way=way) if who else say("Reported {way}", way=way)
