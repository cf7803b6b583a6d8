"""Why a document was posted, or a plan overridden: one list of reasons for each type, in both languages.

A document stores the code; what is free text stands in its note. Where stock goes when it is
written off, and what an adjustment balances against, follows from the reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from allocator.sentence import Sentence, say

__all__ = ["OTHER", "REASONS", "Reason", "reason_named"]


@dataclass(frozen=True)
class Reason:
    """`code` is stored; `says` is read. `to`: the kind of location where the stock ends, where there is a choice."""

    code: str
    says: Sentence
    to: str = ""


OTHER = "other"
"""The code of a reason that is none of the others; it needs a note."""

_OTHER = say("another reason: say it in the note")

REASONS: dict[str, tuple[Reason, ...]] = {
    "override": (
        Reason("more-urgent", say("more urgent there than the figures say")),
        Reason("holds-more", say("holds more than the ledger says")),
        Reason("holds-less", say("holds less than the ledger says")),
        Reason("need-mistaken", say("the need is too high or too low")),
        Reason("cannot-receive", say("closed, cut off, or no room to store it")),
        Reason("special-task", say("a task that is not in the figures")),
        Reason("ordered", say("ordered from above")),
        Reason("promised", say("promised or given otherwise")),
        Reason(OTHER, _OTHER),
    ),
    "emergency": (
        Reason("new-cases", say("new cases or a cluster there")),
        Reason("used-up", say("used up there, nothing left until the next delivery")),
        Reason("new-post", say("a post or ward newly set up")),
        Reason("lost-there", say("stock there lost, soiled or withdrawn")),
        Reason("ordered", say("ordered from above")),
        Reason(OTHER, _OTHER),
    ),
    "confirm": (
        Reason("broken-on-the-way", say("broken on the way")),
        Reason("wet", say("wet or soiled on the way")),
        Reason("lost-on-the-way", say("lost or stolen on the way")),
        Reason("never-loaded", say("never loaded")),
        Reason("miscounted-loading", say("counted wrongly when it was loaded")),
        Reason("wrong-loaded", say("something else was loaded than the note says")),
        Reason("wrong-stop", say("meant for another stop")),
        Reason("expires-soon", say("expired, or expires too soon to be used there")),
        Reason("not-needed", say("not needed there, or no room to store it")),
        Reason("substandard", say("fails the standard")),
        Reason(OTHER, _OTHER),
    ),
    "settle": (
        Reason("loaded-too-many", say("loaded and not noted: it comes off the shelf it left from"), "SITE"),
        Reason("counted-missing", say("a count where it left has found it missing"), "COUNT_SHORT"),
        Reason("other-shipment", say("it belongs to another shipment, and is missing there"), "IN_TRANSIT"),
        Reason("given-on-the-way", say("a supplier, a donor or the upper level gave it on the way"), "PARTNER"),
        Reason("found", say("nobody knows where it came from: taken as found"), "COUNT_GAIN"),
        Reason(OTHER, _OTHER, "COUNT_GAIN"),
    ),
    "adjust": (
        Reason("found", say("found"), "COUNT_GAIN"),
        Reason("miscounted", say("counted or entered wrongly before"), "COUNT_SHORT"),
        Reason("unit-mistaken", say("entered in the wrong unit before"), "COUNT_SHORT"),
        Reason("given-outside", say("given to others, outside this ledger"), "OUTSIDE"),
        Reason(OTHER, _OTHER, "COUNT_SHORT"),
    ),
    "writeoff": (
        Reason("expired", say("expired"), "DESTROYED"),
        Reason("damaged", say("damaged or soiled"), "DAMAGED"),
        Reason("broken", say("broken device"), "DAMAGED"),
        Reason("counterfeit", say("counterfeit"), "DESTROYED"),
        Reason("substandard", say("fails the standard"), "DESTROYED"),
        Reason("recalled", say("recalled"), "DESTROYED"),
        Reason("tested", say("used up in a test"), "DESTROYED"),
        Reason("lost", say("lost"), "LOST"),
        Reason("stolen", say("stolen"), "LOST"),
        Reason(OTHER, _OTHER, "DESTROYED"),
    ),
    "quarantine": (
        Reason("no-certificate", say("without quality certificate")),
        Reason("suspected-fake", say("suspected counterfeit")),
        Reason("awaiting-test", say("awaiting a test")),
        Reason("failed-test", say("failed a test")),
        Reason("packing-damaged", say("packing damaged")),
        Reason("stored-wrongly", say("stored too warm, too wet or otherwise wrongly")),
        Reason("expired", say("expired")),
        Reason("complaint", say("complaint from a site")),
        Reason(OTHER, _OTHER),
    ),
    "release": (
        Reason("certificate-came", say("the certificate came")),
        Reason("passed-test", say("passed a test")),
        Reason("inspected", say("inspected and sound")),
        Reason("by-mistake", say("was quarantined by mistake")),
        Reason(OTHER, _OTHER),
    ),
    "recall": (
        Reason("counterfeit", say("counterfeit")),
        Reason("substandard", say("fails the standard")),
        Reason("makers-recall", say("recalled by the maker")),
        Reason("ordered", say("recall ordered from above")),
        Reason("contaminated", say("contaminated")),
        Reason("by-mistake", say("was recalled by mistake")),
        Reason("passed-test", say("passed a test")),
        Reason(OTHER, _OTHER),
    ),
    "return": (
        Reason("surplus", say("not needed")),
        Reason("unused", say("taken for use and not used")),
        Reason("wrong-item", say("not what was ordered")),
        Reason("substandard", say("fails the standard")),
        Reason("damaged", say("damaged or soiled")),
        Reason("recalled", say("recalled")),
        Reason(OTHER, _OTHER),
    ),
    "reverse": (
        Reason("entered-twice", say("entered twice")),
        Reason("wrong-quantity", say("wrong quantity")),
        Reason("wrong-item", say("wrong item or lot")),
        Reason("wrong-site", say("wrong site")),
        Reason("wrong-date", say("wrong date")),
        Reason("never-happened", say("never happened")),
        Reason(OTHER, _OTHER),
    ),
}
"""The reasons of each type of document; a type that is not here needs none."""


def reason_named(type_: str, word: str) -> Reason | None:
    """Return a reason of a type of document by its code, None where it has no such reason.

    >>> reason_named("writeoff", "stolen").to
    'LOST'
    """
    return next((reason for reason in REASONS.get(type_, ()) if reason.code == word), None)
