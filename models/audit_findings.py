"""What an audit checks, in the order in which it names what does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from allocator.sentence import Sentence, say

__all__ = ["CHECKS", "Fault"]

CHECKS: Mapping[str, Sentence] = {
    "guards": say("The database itself forbids changing what was recorded."),
    "places": say("Every place and every balance has the sign of its kind."),
    "body": say("Every document's text has the hash that was recorded with it."),
    "rows": say("The rows of every document say what its text says."),
    "leaf": say("Every sealed document and change of master data is in the tree as it was recorded."),
    "approver": say("Nobody approved their own document or plan."),
    "moves": say("Stock only moved where its type of document may move it."),
    "fitness": say("Nothing expired or recalled was sent or used."),
    "reversals": say("Every reversal mirrors one document, once, and none reverses a reversal."),
    "running": say("Every balance after every line is the one before it, more or less the line's units."),
    "signs": say("No balance was ever below zero, and no source gave back more than it gave."),
    "balances": say("Every balance is the sum of its lines, and each lot sums to nothing over all places."),
    "counts": say("What was counted stays counted."),
    "order": say("Leaves stand in the order of recording, and nothing is missing among them."),
    "tiles": say("The stored parts of the tree are those of its leaves."),
    "heads": say("Every signed head is a prefix of the next."),
    "signatures": say("Every head is signed by a key of this ledger."),
    "witnesses": say(
        "Every signature of a witness holds, and no witness holds what this ledger's heads do not extend."
    ),
    "outside": say("The heads kept outside are prefixes of this ledger."),
    "plans": say("Every plan is, with its files, decisions and steps, what was sealed of it."),
    "kept": say("Master data and people's roles stand as they were last recorded."),
    "sealed": say("Nothing older than 60 seconds is unsealed."),
}
"""Each check by name, and what holds where it found nothing."""


@dataclass(frozen=True)
class Fault:
    """Something that does not hold. `check`: a name in `CHECKS`, or "proofs" where a plan is not right."""

    check: str
    sentence: Sentence
