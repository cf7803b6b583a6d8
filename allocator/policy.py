"""The rationing rule: who comes first, how far each promise goes, what is kept back.

Every number is an exact fraction, taken from the decimal the policy was written in, so that the
engine, the reference and the checker compare the same rational numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

__all__ = ["Policy", "Rung", "TierStep"]


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One promise of the ladder: these tiers are lifted to this cover.

    `cover_days` is days of use on hand after delivery (consumables); `holding_share` is the share
    of the required holding (durables).
    """

    tiers: tuple[str, ...]
    cover_days: Fraction
    holding_share: Fraction


@dataclass(frozen=True)
class TierStep:
    """What rung number `rung` (from 1) does for one tier: it lifts it from `base` to `top` cover."""

    rung: int
    base: Fraction
    top: Fraction


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The policy of one day. See docs/case-format for the meaning of each field.

    >>> policy = Policy(
    ...     date=dt.date(2020, 2, 10),
    ...     tiers={"frontline": ("clinic",), "community": ("office",)},
    ...     ladder=(
    ...         Rung(tiers=("frontline",), cover_days=Fraction(1), holding_share=Fraction(1, 2)),
    ...         Rung(tiers=("frontline", "community"), cover_days=Fraction(3), holding_share=Fraction(1)),
    ...     ),
    ... )
    >>> policy.tier_steps("frontline", durable=False)[1].base
    Fraction(1, 1)
    >>> [step.rung for step in policy.tier_steps("community", durable=False)]
    [2]
    """

    date: dt.date
    tiers: Mapping[str, tuple[str, ...]]
    ladder: tuple[Rung, ...]
    reserve_share: Fraction = Fraction(0)
    reserve: Mapping[str, Fraction] = field(default_factory=dict)  # item code -> share
    max_hours: Fraction = Fraction(24)
    stale_days: int = 3
    uncounted: str = "zero"  # or "leave_out"
    min_drop_kg: Fraction = Fraction(0)
    stop_tolerance_packs: int = 0
    transfer_above_days: Fraction = Fraction(0)
    shelf_days_min: int = 0
    shelf_days: Mapping[str, int] = field(default_factory=dict)  # kind of site -> days, wins over shelf_days_min
    confirm_days: int = 1
    memory_days: int = 0
    stale_stock: str = "keep"  # or "estimate"
    uncertified: str = "usable"  # or "quarantine"

    @property
    def tier_names(self) -> tuple[str, ...]:
        """Every tier the policy knows, in the order of its [tiers] table, then as the ladder names them."""
        named = list(self.tiers)
        named += [tier for rung in self.ladder for tier in rung.tiers]
        return tuple(dict.fromkeys(named))

    def tier_of_kind(self) -> dict[str, str]:
        """Return which tier a kind of site belongs to (`sites.tier` wins over this)."""
        return {kind: tier for tier, kinds in self.tiers.items() for kind in kinds}

    def tier_steps(self, tier: str, *, durable: bool) -> tuple[TierStep, ...]:
        """Return the rungs that raise a tier, lowest first.

        base = the highest cover of the earlier rungs that named the tier (0 at first); a rung that
        would not raise the tier does not apply to it.
        """
        steps: list[TierStep] = []
        base = Fraction(0)
        for number, rung in enumerate(self.ladder, start=1):
            top = rung.holding_share if durable else rung.cover_days
            if tier in rung.tiers and top > base:
                steps.append(TierStep(number, base, top))
                base = top
        return tuple(steps)

    def shelf_days_of(self, kind: str) -> int:
        """Return the days a lot must have left to be sent from a depot to a kind of site.

        >>> policy = Policy(date=dt.date(2020, 2, 10), tiers={}, ladder=(), shelf_days_min=5, shelf_days={"school": 60})
        >>> policy.shelf_days_of("school"), policy.shelf_days_of("clinic")
        (60, 5)
        """
        return self.shelf_days.get(kind, self.shelf_days_min)

    def reserve_of(self, item: str) -> Fraction:
        """Return the share of an item kept back at every depot."""
        return self.reserve.get(item, self.reserve_share)
