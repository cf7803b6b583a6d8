"""A plan: what is sent from where to whom, why, and the numbers that prove it fair.

Plain columns again, in positions of the case's sites and items, sorted by their keys. Every engine
returns one `Plan`; the doors write it, the checker reads it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Indices, Table, Texts, Units
from allocator.proof import Proof
from allocator.sentence import Sentence

__all__ = ["Lines", "Lots", "NothingToSend", "Overridden", "Plan", "PlanPairs", "Reason", "Stops", "Substituted"]


@dataclass(frozen=True, kw_only=True)
class PlanPairs(Table):
    """One row for each site and item with a need above zero, sorted by site, item.

    `tier`: position in `Policy.tier_names`. `fair_units`: the fractional fair share. `units`: what
    is delivered in whole packs, in units of the item needed (a substitute's units divided by its
    `units_per_unit`, so not always whole). `rung`: the first rung not completed by `fair_units`,
    from 1; 0 = all completed. `fill`: how far into it, 1 where rung is 0. `reason`: position in
    `Plan.reasons`. `counted`: somebody counted this item there.
    """

    site: Indices
    item: Indices
    tier: NDArray[np.int8]
    daily_units: Floats
    on_hand: Units
    in_transit: Units
    fair_units: Floats
    units: Floats
    rung: NDArray[np.int8]
    fill: Floats
    reason: Indices
    counted: Bools


@dataclass(frozen=True, kw_only=True)
class Lines(Table):
    """Whole packs to load: sorted by depot, site, item; `item` is what is physically sent."""

    depot: Indices
    site: Indices
    item: Indices
    packs: Units
    units: Units
    kg: Floats


@dataclass(frozen=True, kw_only=True)
class Substituted(Table):
    """Which part of `Lines` is sent instead of something else: `by` is sent for a need of `item`."""

    depot: Indices
    site: Indices
    item: Indices
    by: Indices
    packs: Units
    units: Units


@dataclass(frozen=True, kw_only=True)
class Stops(Table):
    """One visit of a depot's vehicles to a site, with what it weighs and how much room it takes."""

    depot: Indices
    site: Indices
    kg: Floats
    m3: Floats


@dataclass(frozen=True, kw_only=True)
class Lots(Table):
    """Which lot each line is picked from, first expiring first (lot "" where it has no number)."""

    depot: Indices
    site: Indices
    item: Indices
    lot: Texts
    units: Units


@dataclass(frozen=True, kw_only=True)
class Overridden(Table):
    """Units of an item that a site gets because a person decided it, sorted by site, item."""

    site: Indices
    item: Indices
    units: Units


def _nothing_overridden() -> Overridden:
    none = np.empty(0, dtype=np.int32)
    return Overridden(site=none, item=none, units=none.astype(np.int64))


@dataclass(frozen=True)
class Reason:
    """Why pairs got what they got: a code for machines, a sentence for people."""

    code: str
    sentence: Sentence


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The whole answer. `summary` holds plain JSON values only."""

    pairs: PlanPairs
    lines: Lines
    substituted: Substituted
    stops: Stops
    lots: Lots
    reasons: tuple[Reason, ...]
    proof: Proof
    summary: Mapping[str, Any]
    overridden: Overridden = field(default_factory=_nothing_overridden)
    timings: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Sentence, ...] = ()


class NothingToSend(Exception):
    """The case is sound, but not one unit can be sent to a pair that needs it."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence
