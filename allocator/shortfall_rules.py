"""What the shortfall report goes by: how far it looks, what counts as too little and too much, how it draws."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MOST_DAYS", "ShortfallRules"]

MOST_DAYS = 366
"""Nobody knows the demand of a day further off than a year."""


@dataclass(frozen=True, kw_only=True)
class ShortfallRules:
    """Settings of the report; days are whole.

    `horizon_days`: unmet demand and what to buy are counted until then. `safety_days`: kept between an arrival and the
    early stock-out. `lead_days`: from order to depot where no offer says (assumed). `plan_days`: less cover is
    "under", where the policy's ladder promises nothing; `over_days`: more is "over". `alarm_share`: a row is alarming
    where P(stock-out before the next delivery) is at least this. `paths`, `seed`: how many futures are drawn.

    ValueError where a number cannot be.

    >>> ShortfallRules(horizon_days=30).over_days
    60
    """

    horizon_days: int = 30
    safety_days: int = 3
    lead_days: int = 14
    plan_days: int = 7
    over_days: int = 60
    alarm_share: float = 0.5
    paths: int = 200
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        if not 1 <= self.horizon_days <= MOST_DAYS:
            raise ValueError(f"The horizon has between 1 and {MOST_DAYS} days.")
        if min(self.safety_days, self.lead_days, self.plan_days) < 0 or self.paths < 1:
            raise ValueError("Days are 0 or more, and at least one path is drawn.")
        if not 0 < self.alarm_share <= 1:
            raise ValueError("The share of alarm lies above 0 and up to 1.")

    def days_ahead(self, longest_lead_days: int) -> int:
        """Return how many days are looked ahead: what must be ordered today is needed after the longest lead time."""
        return min(MOST_DAYS, max(self.horizon_days, longest_lead_days + 2 * self.safety_days + 7))
