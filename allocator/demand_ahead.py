"""What is supposed of demand on the coming days: what it is then to what it would have been."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.case import Floats, Indices

__all__ = ["DemandAhead"]


@dataclass(frozen=True, kw_only=True)
class DemandAhead:
    """Multiples of demand, of N sites and items on D days from the day that is planned on.

    `site`, `item` (N,): positions in the case. `times` (N, D). Needs and history say what would have been.
    """

    site: Indices
    item: Indices
    times: Floats

    def of(self, site: Indices, item: Indices, *, days: int, after: int = 0) -> Floats:
        """Return the multiples of these sites and items on `days` days (rows, days), 1 where nothing is supposed.

        `after`: the first of them is so many days after the day that is planned on; what was before it is as it was,
        and behind the last day that is told all stays as it is then.

        >>> ahead = DemandAhead(site=np.array([2, 0]), item=np.array([1, 0]), times=np.array([[1.0, 3], [2, 2]]))
        >>> ahead.of(np.array([0, 1, 2]), np.array([0, 1, 1]), days=4, after=-1).tolist()
        [[1.0, 2.0, 2.0, 2.0], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 3.0, 3.0]]
        """
        found = np.ones((len(site), days))
        if not self.times.size or not len(site):
            return found
        size = 1 + int(max(self.item.max(), item.max()))
        keys = self.site.astype(np.int64) * size + self.item
        asked = site.astype(np.int64) * size + item
        order = np.argsort(keys, kind="stable")
        place = np.minimum(np.searchsorted(keys[order], asked), len(keys) - 1)
        there = (keys[order][place] == asked) & (site >= 0) & (item >= 0)
        day = after + np.arange(days)
        told = self.times[:, np.clip(day, 0, self.times.shape[1] - 1)]
        found[there] = np.where(day >= 0, told, 1.0)[order[place[there]]]
        return found
