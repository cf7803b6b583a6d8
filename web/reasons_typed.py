"""Reasons that people choose in forms: what else they ask for is said beside the form, not with options of commands."""

from __future__ import annotations

from allocator.sentence import say
from models.entry import Refusal
from models.reasons import OTHER, reason_named

__all__ = ["WHAT_REASON", "refuse_unsaid"]

WHAT_REASON = say("Say in the note what the reason is.")


def refuse_unsaid(type_: str, reason: str, note: str, *, other: str = "", partner: str = "") -> None:
    """Refuse a reason that was not chosen, or without what goes with it.

    >>> refuse_unsaid("reverse", "entered-twice", "")
    >>> refuse_unsaid("reverse", "other", "")
    Traceback (most recent call last):
    models.entry.Refusal: Say in the note what the reason is.

    Raises:
        Refusal: what is to be said.

    """
    chosen = reason_named(type_, reason)
    if chosen is None:
        raise Refusal(say("Choose a reason."))
    if reason == OTHER and not note.strip():
        raise Refusal(WHAT_REASON)
    if type_ != "settle":
        return
    if (chosen.to == "IN_TRANSIT") != bool(other):
        raise Refusal(
            say("Say in which shipment it is missing.")
            if chosen.to == "IN_TRANSIT"
            else say("Another shipment belongs only to the reason that it is missing there. Leave that field empty.")
        )
    if (chosen.to == "PARTNER") != bool(partner):
        raise Refusal(
            say("Say who gave it on the way.")
            if chosen.to == "PARTNER"
            else say("Who gave it belongs only to the reason that it was given on the way. Leave that field empty.")
        )
