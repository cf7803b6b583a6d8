"""Memory of fairness: the cover that sites really reached on the days of plans, and who was short day after day.

A need is short on a day on which its site had less to use than the first promise to its tier, by the need and
the policy of that day's plan. What there was to use is told by the ledger, not by the plan.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from allocator.case import Case
from data.csv_cells import named_rows
from data.policy_kept import kept_policy
from models.plans import FINAL, StoredPlan, plan_files, plans
from models.used import Pair, at_hand_on

__all__ = ["LOOK_BACK", "Reached", "ShortPair", "days_reached", "short_in_a_row", "with_memory"]

LOOK_BACK = 14
"""The days of so many plans are looked back."""

_WENT = ("closed", "dispatched", "approved")
_ROUNDING = 1e-9  # of a day


@dataclass(frozen=True)
class Reached:
    """The cover each need had on the day of a plan, in days of use (durables: as a share), and its first promise."""

    day: dt.date
    plan: str
    cover: Mapping[Pair, float]
    promised: Mapping[Pair, float]

    def is_short(self, pair: Pair) -> bool:
        """Say whether a need was planned for and had less than its first promise."""
        return self.cover.get(pair, np.inf) < self.promised.get(pair, 0.0) - _ROUNDING


@dataclass
class ShortPair:
    """A need that was short on the days of the last plans: `days` of them in a row; `covers`: the latest first."""

    site: str
    item: str
    days: int = 0
    covers: list[float] = field(default_factory=list)


def days_reached(
    connection: sa.Connection, zone: ZoneInfo, *, before: dt.date | None = None, most: int = LOOK_BACK
) -> Iterator[Reached]:
    """Give what was reached on the days of approved plans, the latest first; `before`: only on earlier days."""
    furthest: dict[str, StoredPlan] = {}
    for each in plans(connection):  # the latest first, so of plans that went as far it stands
        known = furthest.get(each.date)
        if each.status in _WENT and (known is None or _WENT.index(each.status) < _WENT.index(known.status)):
            furthest[each.date] = each
    days = sorted((day for day in furthest if before is None or day < before.isoformat()), reverse=True)
    for day in days[:most]:
        yield _reached(connection, furthest[day], zone)


def _reached(connection: sa.Connection, stored: StoredPlan, zone: ZoneInfo) -> Reached:
    names = ["pairs.csv", f"{FINAL}pairs.csv", "case/items.csv", "case/policy.toml"]
    files = {name: content.decode() for name, content in plan_files(connection, stored.id, names).items()}
    policy = kept_policy(files["case/policy.toml"]).policy
    durable = {row["item"]: row["use"] == "durable" for row in named_rows(io.StringIO(files["case/items.csv"]))}
    day = dt.date.fromisoformat(stored.date)
    held = at_hand_on(connection, day, zone)
    steps = {
        (tier, lasts): policy.tier_steps(tier, durable=lasts) for tier in policy.tier_names for lasts in (False, True)
    }
    cover: dict[Pair, float] = {}
    promised: dict[Pair, float] = {}
    for row in named_rows(io.StringIO(files.get(names[1]) or files[names[0]])):
        pair = row["site"], row["item"]
        first = steps[row["tier"], durable[row["item"]]]
        cover[pair] = held.get(pair, 0) / float(row["daily_units"])
        promised[pair] = float(first[0].top) if first else 0.0
    return Reached(day, stored.id, cover, promised)


def short_in_a_row(days: Iterator[Reached]) -> dict[Pair, ShortPair]:
    """Return who was short on the latest of some days, and on how many before it without a break."""
    found: dict[Pair, ShortPair] = {}
    for number, reached in enumerate(days):
        if number == 0:
            found = {pair: ShortPair(*pair) for pair in reached.cover if reached.is_short(pair)}
        still = False
        for pair, each in found.items():
            if pair in reached.cover:
                each.covers.append(reached.cover[pair])
            if each.days == number and reached.is_short(pair):
                each.days += 1
                still = True
        if not still:
            break
    return found


def with_memory(connection: sa.Connection, case: Case, zone: ZoneInfo) -> Case:
    """Return a case that says how many days in a row before its day each need was short, where its policy asks."""
    if case.policy.memory_days <= 0:
        return case
    short = short_in_a_row(days_reached(connection, zone, before=case.policy.date))
    needs, sites, items = case.needs, case.sites.code, case.items.code
    days = [
        short[pair].days if pair in short else -1
        for pair in zip(sites[needs.site].tolist(), items[needs.item].tolist(), strict=True)
    ]
    return dataclasses.replace(case, needs=dataclasses.replace(needs, days_short=np.array(days, dtype=np.int64)))
