"""The ladder, class by class: from which cover to which each rung lifts a cell's tier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats, Indices
from allocator.catchment import Network

__all__ = ["Classes", "classes_of", "rung_covers"]


@dataclass(frozen=True, kw_only=True)
class Classes:
    """A class is a cell and a tier. `base`, `top`: [rung − 1, class]; equal where a rung does not apply."""

    cell: Indices
    tier: NDArray[np.int8]
    base: Floats
    top: Floats

    @property
    def rungs(self) -> int:
        """How many rungs the ladder has."""
        return len(self.base)


def classes_of(network: Network) -> tuple[Classes, NDArray[np.int32]]:
    """Return the classes of a network and the class of each pair (-1: no source is open to it)."""
    pairs = network.problem.pairs
    n_tiers = max(1, len(network.problem.case.policy.tier_names))
    key = network.cell_of_pair.astype(np.int64) * n_tiers + pairs.tier
    present_flags = np.zeros(len(network.cells) * n_tiers, dtype=bool)
    open_pairs = network.cell_of_pair >= 0
    present_flags[key[open_pairs]] = True
    present = np.flatnonzero(present_flags)
    number = np.full(len(present_flags) + 1, -1, dtype=np.int32)
    number[present] = np.arange(len(present), dtype=np.int32)
    cell, tier = (present // n_tiers).astype(np.int32), (present % n_tiers).astype(np.int8)
    covers = rung_covers(network)
    durable = network.problem.case.items.durable[network.cells.item[cell]].astype(np.intp)
    base, top = covers[0][:, tier, durable], covers[1][:, tier, durable]
    return Classes(cell=cell, tier=tier, base=base, top=top), number[np.where(open_pairs, key, -1)]


def rung_covers(network: Network) -> tuple[Floats, Floats]:
    """Return base and top covers by [rung − 1, tier, durable]."""
    policy = network.problem.case.policy
    shape = (len(policy.ladder), max(1, len(policy.tier_names)), 2)
    base, top = np.zeros(shape), np.zeros(shape)
    for tier, name in enumerate(policy.tier_names):
        for durable in (0, 1):
            for step in policy.tier_steps(name, durable=bool(durable)):
                base[step.rung - 1, tier, durable] = float(step.base)
                top[step.rung - 1, tier, durable] = float(step.top)
    return base, top
