"""Change the rules: what is kept back, how far a road may be, what the rungs of the ladder promise."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from allocator.policy import Policy, Rung
from scenarios.choosing import chosen_words
from scenarios.scenario import Change

__all__ = ["policy_changed"]

_WHOLE = ("shelf_days_min", "stop_tolerance_packs")
_OF_RUNGS = ("cover_days", "holding_share")


def policy_changed(policy: Policy, change: Change) -> tuple[Policy, int]:
    """Return the policy with one rule changed, and how many rules that were.

    Numbers stay exact fractions, as the checker compares them.

    >>> import datetime as dt
    >>> rung = Rung(tiers=("frontline",), cover_days=Fraction(3), holding_share=Fraction(1))
    >>> policy = Policy(date=dt.date(2020, 2, 10), tiers={}, ladder=(rung,))
    >>> halved = Change(table="policy", do="scale", column="cover_days", by=Decimal("0.5"))
    >>> policy_changed(policy, halved)[0].ladder[0].cover_days
    Fraction(3, 2)
    """
    if change.column in _OF_RUNGS:
        fit = [_fits(number, rung, change) for number, rung in enumerate(policy.ladder, start=1)]
        ladder = tuple(_rung(rung, change) if fits else rung for rung, fits in zip(policy.ladder, fit, strict=True))
        return replace(policy, ladder=ladder), sum(fit)
    new = _new(Fraction(getattr(policy, change.column)), change)
    rule: Any = {change.column: int(new) if change.column in _WHOLE else new}
    return replace(policy, **rule), 1


def _rung(rung: Rung, change: Change) -> Rung:
    promise: Any = {change.column: _new(getattr(rung, change.column), change)}
    return replace(rung, **promise)


def _fits(number: int, rung: Rung, change: Change) -> bool:
    words = {"rung": [str(number)], "tier": list(rung.tiers)}
    return all(any(chosen_words(words[key], patterns)) for key, patterns in change.where.items())


def _new(value: Fraction, change: Change) -> Fraction:
    assert isinstance(change.by, Decimal)  # noqa: S101 - the reader saw to it
    by = Fraction(change.by)
    return value * by if change.do == "scale" else by
