"""The rationing rule of the ledger, versioned: each change is a new row, and the last one is in force.

Kept as the text it was written in, comments and all; `data/` reads it. It needs no date: the day is
that of each allocation.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import say
from models.entry import Refusal
from models.tables import policy
from models.versions import Stamp, record_versions

__all__ = ["DEFAULT_POLICY", "TIER_RULES", "KeptPolicy", "policies", "policy_of", "set_policy"]

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
    """One version of the policy. `recorded_at`: UTC microseconds."""

    number: int
    toml: str
    actor: str
    recorded_at: int


def policies(connection: sa.Connection) -> list[KeptPolicy]:
    """Return every version, oldest first."""
    return [KeptPolicy(*row) for row in connection.execute(sa.select(policy).order_by(policy.c.id))]


def policy_of(connection: sa.Connection, number: int | None = None) -> KeptPolicy:
    """Return the policy in force, or a version by its number.

    Raises:
        Refusal: there is none.

    """
    query = sa.select(policy).order_by(policy.c.id.desc()).limit(1)
    if number is not None:
        query = query.where(policy.c.id == number)
    row = connection.execute(query).first()
    if row is not None:
        return KeptPolicy(*row)
    if number is None:
        raise Refusal(say("The ledger has no policy yet. Set one with: allocator policy set FILE"))
    raise Refusal(say("There is no policy {number}. `allocator policy show --all` lists them.", number=number))


def set_policy(connection: sa.Connection, toml: str, stamp: Stamp) -> int:
    """Put a policy in force, and return its number. `toml`: read and found sound before."""
    row = {"toml": toml, "actor": stamp.actor, "recorded_at": stamp.recorded_at}
    number = int(connection.execute(sa.insert(policy).returning(policy.c.id), row).scalar_one())
    record_versions(connection, "policy", [(str(number), {"number": number, "toml": toml})], stamp)
    return number
