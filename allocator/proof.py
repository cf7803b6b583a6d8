"""The proof of the fair shares: prices that an auditor checks without a solver.

Shape and conditions are those of docs/proof.md: a routing of the fair amounts (*primal*) and, for
every freeze, a handful of prices under which nobody could have been lifted further without
lowering somebody else (*dual*, by weak duality).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["FlowRow", "Proof", "Step"]


@dataclass(frozen=True)
class FlowRow:
    """Fair units of `item` (in units of the need) that one catchment and tier draw from one source.

    `open_sources`: every source (a depot's code, or `depot@earmark`) that could serve these pairs.
    `site`: set where the catchment is one site, because a lane limit binds there.
    `by`: set where a substitute is sent instead.
    """

    open_sources: tuple[str, ...]
    item: str
    tier: str
    source: str
    units: float
    site: str = ""
    by: str = ""

    def as_json(self) -> list[Any]:
        """Return the row as it stands in proof.json: five fields, a sixth where it is needed."""
        row: list[Any] = [list(self.open_sources), self.item, self.tier, self.source, repr(self.units)]
        more = {key: value for key, value in (("site", self.site), ("by", self.by)) if value}
        return [*row, more] if more else row


@dataclass(frozen=True, kw_only=True)
class Step:
    """One freeze: at `fill` of `rung`, `freezes` pairs cannot rise further, and these prices show it.

    The keys are codes: supply (source, item), kg and m3 (depot), lane_kg (depot, site),
    cap (site, item). Zero prices are left out.
    """

    rung: int
    fill: float
    freezes: int
    supply: Mapping[tuple[str, str], float]
    kg: Mapping[str, float]
    m3: Mapping[str, float]
    lane_kg: Mapping[tuple[str, str], float]
    cap: Mapping[tuple[str, str], float]
    gap: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the step as it stands in proof.json; numbers as decimal strings."""
        step: dict[str, Any] = {"rung": self.rung, "fill": repr(self.fill), "freezes": self.freezes}
        for name in ("supply", "lane_kg", "cap"):
            prices = getattr(self, name)
            if prices:
                step[name] = [[*key, repr(price)] for key, price in sorted(prices.items())]
        for name in ("kg", "m3"):
            prices = getattr(self, name)
            if prices:
                step[name] = [[key, repr(price)] for key, price in sorted(prices.items())]
        step["gap"] = "0" if self.gap == 0 else repr(self.gap)
        return step


@dataclass(frozen=True)
class Proof:
    """Everything in proof.json.

    `closed`: lanes (depot, site, why) the plan itself does not use, because of a stop limit
    ("max_stops") or a minimum drop ("min_drop"); the shares are fair among the lanes left.
    """

    flow: tuple[FlowRow, ...]
    steps: tuple[Step, ...]
    closed: tuple[tuple[str, str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the proof as plain JSON values.

        >>> Proof((), ()).as_json()
        {'flow': [], 'steps': []}
        """
        out: dict[str, Any] = {
            "flow": [row.as_json() for row in self.flow],
            "steps": [step.as_json() for step in self.steps],
        }
        if self.closed:
            out["closed"] = [list(lane) for lane in self.closed]
        return out
