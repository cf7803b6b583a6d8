"""Where each variable of the procurement formulation stands among the columns of the linear program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Columns"]

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Columns:
    """Where each variable stands: `buy` per choice; `came`, `stock`, `lost`, `expired` per item and week; `unmet`
    per scenario and item; `tail` per scenario after `threshold`; `above`: how far two goals are missed; `over`: how
    far shares and space are. The last two are 0 in the bound and free in the dive only, which must get rid of them.
    """  # noqa: D205

    choices: int
    items: int
    weeks: int
    scenarios: int
    shares: int
    spaces: int

    @property
    def buy(self) -> Indices:
        """(choices,): units ordered."""
        return np.arange(self.choices)

    def _grid(self, number: int) -> Indices:
        first = self.choices + number * self.items * self.weeks
        return np.arange(first, first + self.items * self.weeks).reshape(self.items, self.weeks)

    @property
    def came(self) -> Indices:
        """(I, W): units ordered here that have arrived by a week, cumulated."""
        return self._grid(0)

    @property
    def stock(self) -> Indices:
        """(I, W): stock at the end of a week along the expected demand."""
        return self._grid(1)

    @property
    def lost(self) -> Indices:
        """(I, W): unmet in a week along the expected demand."""
        return self._grid(2)

    @property
    def expired(self) -> Indices:
        """(I, W): thrown away in a week along the expected demand."""
        return self._grid(3)

    @property
    def unmet(self) -> Indices:
        """(K, I): units unmet over all weeks in a scenario."""
        first = self.choices + 4 * self.items * self.weeks
        return np.arange(first, first + self.scenarios * self.items).reshape(self.scenarios, self.items)

    @property
    def threshold(self) -> int:
        """The weighted shortage that only the worst scenarios are above."""
        return int(self.choices + 4 * self.items * self.weeks + self.scenarios * self.items)

    @property
    def tail(self) -> Indices:
        """(K,): the weighted shortage of a scenario above the threshold."""
        return self.threshold + 1 + np.arange(self.scenarios)

    @property
    def above(self) -> Indices:
        """(2,): critical shortage and shortage above the least there can be."""
        return self.threshold + 1 + self.scenarios + np.arange(2)

    @property
    def over(self) -> Indices:
        """Units over each share, then m³ over the space of each week."""
        return self.threshold + 3 + self.scenarios + np.arange(self.shares + self.spaces)

    def __len__(self) -> int:
        return self.threshold + 3 + self.scenarios + self.shares + self.spaces
