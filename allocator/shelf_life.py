"""Shelf life: how many days of it a site needs, and which sites stock may go to.

What a depot holds of an item is not one number for every site: stock with d days left may go to every
kind of site that needs at most d. The days that sites need cut its stock into classes, each a source
of its own; a class reaches the sites that need no more than it lasts. With S_k the units that last at
least t_k days, A what the reserve leaves, and t_1 < t_2 < …:

    P_k = ⌊min(S_k, A) ÷ pack⌋        most packs for all sites together that need t_k days or more
    packs of class k = P_k - P_k+1

Packs can be sent to sites from these classes exactly where no P_k is passed (the sets are nested, so
Hall's condition is one inequality for each), and a pack may be filled up from what lasts longer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case, Units, micro
from allocator.policy import Policy

__all__ = ["FOR_ANY_SITE", "days_needed", "days_of_kinds", "life_classes", "life_days", "packs_by_class"]

FOR_ANY_SITE = np.iinfo(np.int64).max
"""Days that what a site gives counts as lasting, and stock without a date: it may go to every site."""


def days_of_kinds(policy: Policy, kind: NDArray[np.object_]) -> Units:
    """Return for each site, by its kind, the days that what a depot sends it must have left."""
    if not policy.shelf_days:
        return np.full(len(kind), policy.shelf_days_min, dtype=np.int64)
    return np.fromiter(map(policy.shelf_days_of, kind.tolist()), dtype=np.int64, count=len(kind))


def days_needed(case: Case) -> Units:
    """Return for each site of a case the days that what a depot sends it must have left."""
    return days_of_kinds(case.policy, case.sites.kind)


def life_classes(case: Case) -> Units:
    """Return the days that cut stock into classes: those that sites with a need ask for, rising; at least one."""
    if not case.policy.shelf_days:
        return np.array([case.policy.shelf_days_min], dtype=np.int64)
    needing = np.unique(case.needs.site[micro(case.needs.daily_units) > 0])
    asked = np.unique(days_needed(case)[needing])
    return asked if len(asked) else np.array([case.policy.shelf_days_min], dtype=np.int64)


def life_days(expires: NDArray[np.datetime64], date: dt.date) -> Units:
    """Return the days that stock has left on a day; the last day counts, what has no date lasts for ever.

    >>> life_days(np.array(["2020-02-15", "NaT"], dtype="datetime64[D]"), dt.date(2020, 2, 10))[0]
    np.int64(5)
    """
    left = (expires - np.datetime64(date, "D")).astype(np.int64)
    return np.where(np.isnat(expires), FOR_ANY_SITE, left)


def packs_by_class(class_units: Sequence[int], *, most_units: Fraction, pack_units: int) -> list[int]:
    """Return the whole packs of each class of a source's stock of one item, from the shortest life up.

    `class_units`: units by class; `most_units`: what the reserve lets leave.

    >>> packs_by_class([7, 5], most_units=Fraction(100), pack_units=5)
    [1, 1]
    >>> packs_by_class([8, 7], most_units=Fraction(9), pack_units=5)
    [0, 1]
    """
    packs: list[int] = []
    units, above = 0, 0
    for more in reversed(class_units):
        units += more
        most = int(min(Fraction(units), most_units) // pack_units)
        packs.append(most - above)
        above = most
    return packs[::-1]
