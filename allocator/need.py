"""Need and supply: who lacks what, and which stock may go to whom.

From a case to the numbers every engine starts from: pairs (a site and an item with a need above
zero), sources (a depot, an earmarked part of a depot's stock, or a site that may give), whole
packs per source and item, and the lanes that count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Case, Floats, Indices, Table, Texts, Units, micro

__all__ = ["Pairs", "Problem", "Routes", "Sources", "needs_of"]


@dataclass(frozen=True, kw_only=True)
class Pairs(Table):
    """Sites and items with a need, sorted by (site, item).

    `held` = usable on hand + in transit in time. `cap`: most units the pair may receive, -1 none.
    `tier`: position in `Policy.tier_names`.
    """

    site: Indices
    item: Indices
    tier: NDArray[np.int8]
    daily_units: Floats
    daily_micro: Units
    on_hand: Units
    in_transit: Units
    cap: Units
    counted: Bools

    @property
    def held(self) -> Units:
        """Units that count as held: on hand and in transit."""
        return self.on_hand + self.in_transit


@dataclass(frozen=True, kw_only=True)
class Sources(Table):
    """Where packs can come from: a depot's free stock, one earmark's stock, or a giving site.

    `depot` is a position in sites; `label` is the source's name in the proof.
    """

    depot: Indices
    earmark: Texts
    label: Texts
    giving: Bools


@dataclass(frozen=True, kw_only=True)
class Routes(Table):
    """Open ways from a source to a site, sorted by (site, source). `lane`: row in `case.lanes`."""

    site: Indices
    source: Indices
    lane: Indices


@dataclass(frozen=True, kw_only=True)
class Problem:
    """The numbers of one allocation. `packs[source, item]`: whole packs that may leave."""

    case: Case
    pairs: Pairs
    sources: Sources
    packs: Units
    routes: Routes


def needs_of(case: Case) -> Problem:
    raise NotImplementedError
