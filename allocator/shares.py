"""What an engine returns: fair shares with their proof, and whole packs to ship."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats, Indices, Table, Units
from allocator.proof import FlowRow, Step

__all__ = ["FairShares", "Shipments"]


@dataclass(frozen=True, kw_only=True)
class FairShares:
    """The fractional answer, one entry for each pair of the problem.

    `fair_units`: units of the item needed. `rung`, `fill`: as in pairs.csv. `step`: position in
    `steps` of the freeze that stopped the pair; -1 where its ladder is complete, -2 where no
    source is open to it. `closed`: as in `Proof`.
    """

    fair_units: Floats
    rung: NDArray[np.int8]
    fill: Floats
    step: Indices
    steps: tuple[Step, ...]
    flow: tuple[FlowRow, ...]
    exact: bool = True
    closed: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Shipments(Table):
    """Whole packs: `packs` packs of item `by` go from `source` to `site` for its need of `item`.

    `by` equals `item` except for a substitute. Sorted by (source, site, item, by).
    """

    source: Indices
    site: Indices
    item: Indices
    by: Indices
    packs: Units
