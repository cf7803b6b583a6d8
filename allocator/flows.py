"""Whole packs through a small network: cells draw from sources, exactly, by maximum flow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import max_flow, min_cost_flow

from allocator.case import Bools, Floats, Units

__all__ = ["Draw", "PackNetwork"]

_COST_STEPS = 10**6  # distances are compared to a millionth of the longest


@dataclass(frozen=True)
class Draw:
    """Result of a flow: is every cell served; if not, the cells and sources that are too tight."""

    served: bool
    tight_cells: Bools
    tight_sources: Bools


@dataclass(frozen=True, kw_only=True)
class PackNetwork:
    """Links from cells to sources of one item. `quota`: packs each source may give."""

    link_cell: NDArray[np.intp]
    link_source: NDArray[np.intp]
    link_km: Floats
    quota: Units
    cells: int

    def part(self, cells: Bools, sources: Bools) -> NDArray[np.intp]:
        """Return the links between these cells and these sources."""
        return np.flatnonzero(cells[self.link_cell] & sources[self.link_source])

    def draw(self, need: Units, cells: Bools, sources: Bools) -> Draw:
        """Try to serve `need` packs of these cells from these sources."""
        root, sink = self.cells + len(self.quota), self.cells + len(self.quota) + 1
        links, inside, givers, tail, head = self._arcs(cells, sources)
        wanted = need[inside]
        if not len(links):
            lacking = cells & (need > 0)
            return Draw(not bool(lacking.any()), lacking, np.zeros_like(sources))
        # Links hold more than everything, so that a cut never runs through one.
        unlimited = np.full(len(links), int(wanted.sum()) + 1)
        capacity = np.concatenate([wanted, unlimited, self.quota[givers]])
        solver = max_flow.SimpleMaxFlow()
        solver.add_arcs_with_capacity(tail, head, capacity.astype(np.int64))
        if solver.solve(root, sink) != solver.OPTIMAL:
            raise ArithmeticError("the flow of whole packs has no optimum")
        cut = np.zeros(sink + 1, dtype=bool)
        cut[solver.get_source_side_min_cut()] = True
        served = solver.optimal_flow() == int(wanted.sum())
        return Draw(served, cut[: self.cells] & cells, cut[self.cells : root] & sources)

    def _arcs(self, cells: Bools, sources: Bools) -> tuple[NDArray[Any], ...]:
        """Return links, cells and sources of a part, and its arcs' tails and heads. It is drawn from often."""
        key = cells.tobytes() + sources.tobytes()
        if key not in self._known:
            root, sink = self.cells + len(self.quota), self.cells + len(self.quota) + 1
            links = self.part(cells, sources)
            inside, givers = np.flatnonzero(cells), np.flatnonzero(sources)
            tail = np.concatenate([np.full(len(inside), root), self.link_cell[links], self.cells + givers])
            head = np.concatenate([inside, self.cells + self.link_source[links], np.full(len(givers), sink)])
            # Only the last part is kept: regions are settled one after the other.
            self._known.clear()
            self._known[key] = links, inside, givers, tail.astype(np.int32), head.astype(np.int32)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[bytes, tuple[NDArray[Any], ...]]:
        return {}

    def fill_ties(self, sure: Units, more: Units, cells: Bools, sources: Bools) -> Units:
        """Return packs per cell: `sure` for everyone and as many as possible of `more`."""
        flow = np.zeros(self.cells, dtype=np.int64)
        if not len(self.part(cells, sources)):
            return flow
        solver = self._tie_flow(sure, more, cells, sources)
        inside = np.flatnonzero(cells)
        arcs = np.arange(2 * len(inside), dtype=np.int32)
        sent = solver.flows(arcs)
        flow[inside] = sent[: len(inside)] + sent[len(inside) :]
        if bool(np.any(flow[inside] < sure[inside])):
            raise ArithmeticError("a promised pack was lost among ties")
        return flow

    def _tie_flow(self, sure: Units, more: Units, cells: Bools, sources: Bools) -> min_cost_flow.SimpleMinCostFlow:
        links = self.part(cells, sources)
        inside, givers = np.flatnonzero(cells), np.flatnonzero(sources)
        root, sink = self.cells + len(self.quota), self.cells + len(self.quota) + 1
        tail = [np.full(2 * len(inside), root), self.link_cell[links], self.cells + givers]
        head = [inside, inside, self.cells + self.link_source[links], np.full(len(givers), sink)]
        wanted = sure + more
        capacity = [sure[inside], more[inside], wanted[self.link_cell[links]], self.quota[givers]]
        cost = [np.zeros(len(inside)), np.ones(len(inside)), np.zeros(len(links) + len(givers))]
        solver = min_cost_flow.SimpleMinCostFlow()
        solver.add_arcs_with_capacity_and_unit_cost(
            np.concatenate(tail).astype(np.int32),
            np.concatenate(head).astype(np.int32),
            np.concatenate(capacity).astype(np.int64),
            np.concatenate(cost).astype(np.int64),
        )
        total = int(wanted[inside].sum())
        solver.set_nodes_supplies(np.array([root, sink], dtype=np.int32), np.array([total, -total], dtype=np.int64))
        if solver.solve_max_flow_with_min_cost() != solver.OPTIMAL:
            raise ArithmeticError("the flow of tied packs has no optimum")
        return solver

    def nearest(self, packs: Units) -> Units:
        """Return packs per link that serve every cell with least distance travelled."""
        givers = np.arange(len(self.quota))
        sink = self.cells + len(self.quota)
        longest = max(float(self.link_km.max(initial=0.0)), 1e-9)
        solver = min_cost_flow.SimpleMinCostFlow()
        solver.add_arcs_with_capacity_and_unit_cost(
            np.concatenate([self.link_cell, self.cells + givers]).astype(np.int32),
            np.concatenate([self.cells + self.link_source, np.full(len(givers), sink)]).astype(np.int32),
            np.concatenate([packs[self.link_cell], self.quota]).astype(np.int64),
            np.concatenate([np.rint(self.link_km / longest * _COST_STEPS), np.zeros(len(givers))]).astype(np.int64),
        )
        nodes = np.append(np.arange(self.cells), sink).astype(np.int32)
        solver.set_nodes_supplies(nodes, np.append(packs, -int(packs.sum())).astype(np.int64))
        if solver.solve() != solver.OPTIMAL:
            raise ArithmeticError("whole packs that were dealt cannot be routed")
        return np.asarray(solver.flows(np.arange(len(self.link_cell), dtype=np.int32)), dtype=np.int64)
