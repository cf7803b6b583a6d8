"""The limits of all rules in one table: what each is when nobody says otherwise, in which unit, and why so."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.finding import Limit
from allocator.sentence import Sentence, say

__all__ = ["LIMITS", "UnknownLimit", "limits_with"]


class UnknownLimit(ValueError):
    """A limit was set that no rule has."""


_TENS = say("powers of ten")
_TIMES = say("times")
_SHARE = say("share of 1")
_DAYS = say("days")
_UNITS = say("units")
_NUMBER = say("in number")
_SCATTER = say("robust standard deviations")


def _limit(value: float, unit: Sentence, why: Sentence) -> Limit:
    return Limit(value=value, unit=unit, why=why)


LIMITS: Mapping[str, Limit] = {
    "doubt": _limit(
        3, _TENS, say("One false finding of a rule in a thousand ledgers, after counting how many were tested.")
    ),
    "peers_least": _limit(6, _NUMBER, say("A median of fewer says nothing about anybody.")),
    "variance_scatters": _limit(8, _SCATTER, say("Counts have long tails: five are met every month in 300 sites.")),
    "variance_share": _limit(0.1, _SHARE, say("A tenth of what was there; inventories of consumables allow 5 %.")),
    "variance_units": _limit(10, _UNITS, say("Below ten units nobody would ask.")),
    "variance_packs": _limit(2, say("packs"), say("A box or two stood elsewhere; the next count finds it.")),
    "variance_items": _limit(2, _NUMBER, say("Several items short at one count are no box that was not seen.")),
    "variance_some_scatters": _limit(5, _SCATTER, say("Where several items are off, each may be less so.")),
    "variance_back_share": _limit(0.3, _SHARE, say("A miscount is taken back by the next count, but for what moved.")),
    "shrinkage_scores": _limit(2.5, _SCATTER, say("Beside counts that nearly all fall short, this suffices.")),
    "shrinkage_rate_floor": _limit(0.003, _SHARE, say("Losses of a third of a per cent are met everywhere.")),
    "approvals_least": _limit(6, _NUMBER, say("Fewer approvals show no habit.")),
    "approvals_share": _limit(0.4, _SHARE, say("Two in five by one of many.")),
    "approvals_house_share": _limit(0.8, _SHARE, say("Where most have one approver, the house wants it so.")),
    "approval_seconds": _limit(1800, say("seconds"), say("Whoever reads a plan takes half an hour.")),
    "quick_least": _limit(4, _NUMBER, say("Once is haste, four times is a habit.")),
    "night_from_hour": _limit(23, say("hour"), say("Late shifts end at 22:00.")),
    "night_to_hour": _limit(5, say("hour"), say("Early shifts begin at 6:00.")),
    "night_days_least": _limit(10, _DAYS, say("Of fewer days nobody knows when somebody works.")),
    "night_worker_share": _limit(0.2, _SHARE, say("Whoever is there on a fifth of the nights works at night.")),
    "nights_least": _limit(3, _NUMBER, say("One night is an emergency.")),
    "split_days": _limit(2, _NUMBER, say("Once is a lorry that was too small.")),
    "split_near_share": _limit(0.8, _SHARE, say("Parts all just below the size are measured against it.")),
    "split_doubt": _limit(2, _TENS, say("What goes round an approval is a fact; chance only ranks it.")),
    "split_from_units": _limit(0, _UNITS, say("From how many on a second person approves; 0: as the ledger shows.")),
    "split_least": _limit(3, _NUMBER, say("Two shipments of an item on a day are a lorry that came back.")),
    "papers_usual_share": _limit(0.8, _SHARE, say("A paper that four of five receipts have is asked of the fifth.")),
    "papers_again": _limit(3, _NUMBER, say("A paper is mislaid once.")),
    "papers_doubt": _limit(2, _TENS, say("A receipt without any paper is a fact; chance only ranks it.")),
    "receipts_least": _limit(8, _NUMBER, say("Of fewer receipts nobody knows what is usual.")),
    "donation_days": _limit(30, _DAYS, say("Donations are to be made public and handed on within a month.")),
    "donation_share": _limit(0.25, _SHARE, say("Less than a quarter handed on is lying.")),
    "donation_gone_share": _limit(0.5, _SHARE, say("Half of it lost is no breakage.")),
    "donation_units": _limit(20, _UNITS, say("Less than twenty units are samples.")),
    "donation_doubt": _limit(1, _TENS, say("What lies is a fact; how often that is so elsewhere only ranks it.")),
    "opening_units": _limit(1, _UNITS, say("Books join to the unit.")),
    "opening_share": _limit(0.02, _SHARE, say("A slip of two per cent is a rounding.")),
    "opening_doubt": _limit(1.3, _TENS, say("Books that do not join are a fact; one break in a site is named too.")),
    "series_least": _limit(15, _NUMBER, say("Fewer numbers are no series.")),
    "gap_least": _limit(2, _NUMBER, say("Single forms are spoilt every month.")),
    "series_share": _limit(0.8, _SHARE, say("A book of forms of which four of five are used is one series.")),
    "use_scores": _limit(7, _SCATTER, say("Use has long tails, and many runs of weeks are tested.")),
    "use_times": _limit(1.5, _TIMES, say("Less than a half more is a busy time.")),
    "use_weeks": _limit(3, say("weeks"), say("A fortnight is an event.")),
    "use_scatter_floor": _limit(0.12, say("of the logarithm"), say("Twelve per cent up or down is nothing.")),
    "unused_days": _limit(45, _DAYS, say("Six weeks are two monthly counts and some.")),
    "unused_touches": _limit(3, _NUMBER, say("Others touched theirs at least so many times.")),
    "unused_share": _limit(0.05, _SHARE, say("At most one in twenty holders never touched it.")),
    "round_units": _limit(20, _UNITS, say("Small numbers are round by chance.")),
    "round_least": _limit(20, _NUMBER, say("Fewer quantities show no habit.")),
    "round_share": _limit(0.4, _SHARE, say("Two in five quantities are round, where one in ten would be.")),
    "copied_items": _limit(2, _NUMBER, say("One item alone is the same by chance.")),
    "copies_least": _limit(3, _NUMBER, say("Twice the same is chance.")),
    "copied_doubt": _limit(5, _TENS, say("Days are busy everywhere at once, so chances promise too much.")),
    "sitting_minutes": _limit(60, say("minutes"), say("An hour's pause ends a sitting.")),
    "sitting_days": _limit(8, _DAYS, say("A week on paper is caught up in one go.")),
    "sitting_times": _limit(2, _TIMES, say("Where everybody catches up weekly, a week is not late.")),
    "sitting_late_days": _limit(7, _DAYS, say("A week is the delay of the post.")),
    "benford_least": _limit(60, _NUMBER, say("Fewer amounts show no law.")),
    "benford_doubt": _limit(2, _TENS, say("Few partners have enough amounts to be asked.")),
    "benford_magnitudes": _limit(1.2, _TENS, say("Amounts within one magnitude follow no law of first digits.")),
    "benford_others": _limit(0.015, _SHARE, say("Nigrini's limit of what conforms.")),
    "benford_deviation": _limit(0.03, _SHARE, say("Twice Nigrini's limit of what does not conform.")),
    "jump_times": _limit(1.5, _TIMES, say("Half as much again as before and after; small numbers wobble.")),
    "jump_before_days": _limit(4, _DAYS, say("Needs are asked for in the days before a plan.")),
    "jump_after_days": _limit(4, _DAYS, say("Within days of the plan it is as it was.")),
    "jump_days": _limit(5, _DAYS, say("Needs that are told weekly stay for a week.")),
    "jump_use_times": _limit(1.25, _TIMES, say("Where a quarter more was used, the need was real.")),
    "jumps_least": _limit(2, _NUMBER, say("Once is a visit.")),
    "expiry_window_days": _limit(30, _DAYS, say("A month is time enough to send it.")),
    "expiry_short_days": _limit(3, _DAYS, say("A day without is a lorry that was late.")),
    "expiry_need_days": _limit(5, _DAYS, say("Less is not worth a trip.")),
    "expiry_own_days": _limit(10, _DAYS, say("What the site would have used within so many days was no surplus.")),
}
"""Every limit by name."""


def limits_with(changed: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return the values of all limits, some of them changed.

    Raises:
        UnknownLimit: there is none of a name.

    >>> limits_with({"doubt": 4})["doubt"], limits_with()["doubt"]
    (4, 3)
    """
    own = dict(changed or {})
    wrong = sorted(own.keys() - LIMITS.keys())
    if wrong:
        raise UnknownLimit(", ".join(wrong))
    return {name: limit.value for name, limit in LIMITS.items()} | own
