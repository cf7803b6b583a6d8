"""The rationing rule of the ledger, versioned: each change is a new row, and the last one is in force.

Kept as the text it was written in, comments and all; `data/` reads it. It needs no date: the day is
that of each allocation.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import say
from models.entry import Refusal
from models.rights import reach_of_actor
from models.tables import policy
from models.versions import Stamp, record_versions

__all__ = [
    "CHANGED_SINCE",
    "CHANGES",
    "DEFAULT_POLICY",
    "TIER_RULES",
    "KeptPolicy",
    "newest_policy",
    "policies",
    "policy_of",
    "replace_policy",
    "set_policy",
]

CHANGES = "change-policy"
"""The right to put another policy in force."""

_NUMBER_MAX = 2**63 - 1  # what a column of either database holds

CHANGED_SINCE = say("The policy in force is another one by now. Try yours again, to see who gains and who loses by it.")
"""What is said of a policy that was compared with one that is not in force any more."""

_RATIONING = """\
# Who comes first, how far each promise goes, what is kept back. 谁优先、每一档保障到什么程度、留多少储备。
reserve_share = 0.10
max_hours = 24
stale_days = 3
uncounted = "zero"
confirm_days = 1

[tiers]
frontline = ["checkpoint", "clinic", "hospital", "isolation"]
community = ["community", "office"]
recovery = ["school", "enterprise"]

[[ladder]]
tiers = ["frontline"]
cover_days = 1
holding_share = 0.5

[[ladder]]
tiers = ["frontline", "community"]
cover_days = 2
holding_share = 1

[[ladder]]
tiers = ["frontline", "community", "recovery"]
cover_days = 5
holding_share = 1
"""

TIER_RULES = """\

# Where cases are, communities come first too: `allocator import facts.csv`. 有疫情的社区按一线保障。
[[tier_rules]]
fact = "confirmed_cases"
at_least = 10
tier = "frontline"
kinds = ["community", "office"]

[[tier_rules]]
fact = "cluster"
at_least = 1
tier = "frontline"
kinds = ["community", "office"]
"""
"""Which local facts raise a tier, in a new ledger and in the demonstration's."""

DEFAULT_POLICY = _RATIONING + TIER_RULES
"""What a new ledger starts with: the rule of docs/case-format.md, and `TIER_RULES`."""


@dataclass(frozen=True)
class KeptPolicy:
    """One version of the policy. `recorded_at`: UTC microseconds; `reason`: why it was changed, "" where not said."""

    number: int
    toml: str
    actor: str
    recorded_at: int
    reason: str = ""


def policies(connection: sa.Connection) -> list[KeptPolicy]:
    """Return every version, oldest first."""
    return [KeptPolicy(*row) for row in connection.execute(sa.select(policy).order_by(policy.c.id))]


def newest_policy(connection: sa.Connection) -> KeptPolicy | None:
    """Return the policy in force, None where there is none yet."""
    row = connection.execute(sa.select(policy).order_by(policy.c.id.desc()).limit(1)).first()
    return None if row is None else KeptPolicy(*row)


def policy_of(connection: sa.Connection, number: int | None = None) -> KeptPolicy:
    """Return the policy in force, or a version by its number.

    Raises:
        Refusal: there is none.

    """
    query = sa.select(policy).order_by(policy.c.id.desc()).limit(1)
    if number is not None:
        query = query.where(policy.c.id == number)
    row = None if number is not None and abs(number) > _NUMBER_MAX else connection.execute(query).first()
    if row is not None:
        return KeptPolicy(*row)
    if number is None:
        raise Refusal(say("The ledger has no policy yet. Set one with: allocator policy set FILE"))
    raise Refusal(say("There is no policy {number}. `allocator policy show --all` lists them.", number=number))


def replace_policy(connection: sa.Connection, toml: str, stamp: Stamp, *, number: int, reason: str) -> int:
    """Put a policy in force in the place of the one that it was compared with, and return its number.

    Raises:
        Refusal: another one is in force by now; no reason; what `set_policy` refuses.

    """
    in_force = newest_policy(connection)
    if in_force is None or in_force.number != number:
        raise Refusal(CHANGED_SINCE)
    if not reason:
        raise Refusal(say("Say why the policy is changed."))
    return set_policy(connection, toml, stamp, reason=reason)


def set_policy(connection: sa.Connection, toml: str, stamp: Stamp, *, reason: str = "") -> int:
    """Put a policy in force, and return its number. `toml`: read and found sound before.

    Raises:
        Refusal: the actor may change it in some areas only, and it is of every area.

    """
    if not reach_of_actor(connection, stamp.actor, CHANGES).everywhere:
        raise Refusal(
            say(
                "The policy is of every area, and {actor} has not the role for it everywhere. "
                "Have somebody change it who has.",
                actor=stamp.actor,
            )
        )
    row = {"toml": toml, "actor": stamp.actor, "recorded_at": stamp.recorded_at, "reason": reason}
    number = int(connection.execute(sa.insert(policy).returning(policy.c.id), row).scalar_one())
    record_versions(connection, "policy", [(str(number), {"number": number, "toml": toml, "reason": reason})], stamp)
    return number
