"""Another policy as somebody typed it: read, found sound, and found to say something else than the one in force."""

from __future__ import annotations

import sqlalchemy as sa

from allocator.sentence import say
from data.policy_file import read_policy_text
from data.policy_kept import differences, kept_policy, policy_to_keep
from data.problems import ProblemList
from models.catalogue import item_ids
from models.entry import Refusal
from models.policies import KeptPolicy

__all__ = ["policy_typed"]


def policy_typed(connection: sa.Connection, text: str, in_force: KeptPolicy) -> str:
    """Return the text of a policy that may be put in force, remarks and all.

    Raises:
        Refusal: with everything that is wrong in it; or it says the same as the policy in force.

    """
    problems = ProblemList()
    values, places = read_policy_text(text, "policy.toml", problems)
    sound = None if values is None else policy_to_keep(values, places, None, item_ids(connection), problems)
    if sound is None:
        raise Refusal(*(each.sentence for each in problems.problems))
    whole = text if text.endswith("\n") else f"{text}\n"
    if not differences(kept_policy(in_force.toml), kept_policy(whole)):
        raise Refusal(
            say("That is what the policy in force says (number {number}); nothing changed.", number=in_force.number)
        )
    return whole
