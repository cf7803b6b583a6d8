"""What the checker reads: a plan as plain columns, and how it says what does not hold.

Nothing here trusts the engine: a plan comes from a folder (`data.plan_reading`) or from memory
(`plan_read_of`), and both give the same columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Never

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Case, Floats, Indices, Table, Texts, Units
from allocator.sentence import Sentence

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = [
    "DoesNotHold",
    "PlanRead",
    "ReadFlow",
    "ReadLines",
    "ReadLots",
    "ReadOverridden",
    "ReadPairs",
    "ReadProof",
    "ReadStep",
    "ReadStops",
    "ReadSubstituted",
    "plan_read_of",
    "refuse",
]


class DoesNotHold(Exception):
    """The first thing in a plan that does not hold, with its place."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def refuse(sentence: Sentence) -> Never:
    """Stop checking here: `sentence` says what does not hold, where, and what was expected."""
    raise DoesNotHold(sentence)


@dataclass(frozen=True, kw_only=True)
class ReadPairs(Table):
    """pairs.csv. `tier`: position in `Policy.tier_names`; `reason_known`: reasons.csv has the key."""

    site: Indices
    item: Indices
    tier: NDArray[np.int8]
    daily_units: Floats
    on_hand: Units
    in_transit: Units
    fair_units: Floats
    units: Floats
    cover_before: Floats
    cover_after: Floats
    rung: NDArray[np.int8]
    fill: Floats
    reason_known: Bools


@dataclass(frozen=True, kw_only=True)
class ReadLines(Table):
    """lines.csv: whole packs of `item`, as physically sent."""

    depot: Indices
    site: Indices
    item: Indices
    packs: Units
    units: Units
    kg: Floats


@dataclass(frozen=True, kw_only=True)
class ReadSubstituted(Table):
    """substitutes.csv: which packs of `lines` are `by`, sent for a need of `item`."""

    depot: Indices
    site: Indices
    item: Indices
    by: Indices
    packs: Units
    units: Units


@dataclass(frozen=True, kw_only=True)
class ReadStops(Table):
    """stops.csv: one visit of a depot to a site."""

    depot: Indices
    site: Indices
    kg: Floats
    m3: Floats


@dataclass(frozen=True, kw_only=True)
class ReadLots(Table):
    """lots.csv: which lot the units of a line are picked from."""

    depot: Indices
    site: Indices
    item: Indices
    lot: Texts
    units: Units


@dataclass(frozen=True, kw_only=True)
class ReadOverridden(Table):
    """overrides.csv: so many units of an item a site gets, because a person decided it."""

    site: Indices
    item: Indices
    units: Units


def _nothing_overridden() -> ReadOverridden:
    none = np.empty(0, dtype=np.int32)
    return ReadOverridden(site=none, item=none, units=none.astype(np.int64))


@dataclass(frozen=True, kw_only=True)
class ReadStep:
    """One step of proof.json. Prices are (code, code, price) or (code, price), as doubles.

    A price is read as the double nearest to its decimal string, and then taken exactly: weak
    duality holds for any prices, so the double is as good a proof as the string.
    """

    rung: int
    fill: float
    freezes: int
    supply: tuple[tuple[str, str, float], ...]
    kg: tuple[tuple[str, float], ...]
    m3: tuple[tuple[str, float], ...]
    lane_kg: tuple[tuple[str, str, float], ...]
    cap: tuple[tuple[str, str, float], ...]
    gap: float


@dataclass(frozen=True, kw_only=True)
class ReadFlow:
    """One flow row of proof.json: units of `item` that a catchment and tier draw from `source`."""

    open_sources: tuple[str, ...]
    item: str
    tier: str
    source: str
    units: float
    site: str = ""
    by: str = ""


@dataclass(frozen=True)
class ReadProof:
    """proof.json."""

    flow: tuple[ReadFlow, ...]
    steps: tuple[ReadStep, ...]
    closed: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlanRead:
    """A plan as it was read. `fault`: the first thing that could not be read at all, if any.

    `lots` is None where the plan has no lots.csv.
    """

    pairs: ReadPairs
    lines: ReadLines
    substituted: ReadSubstituted
    stops: ReadStops
    lots: ReadLots | None
    proof: ReadProof
    overridden: ReadOverridden = field(default_factory=_nothing_overridden)
    summary: Mapping[str, Any] = field(default_factory=dict)
    fault: Sentence | None = None


def plan_read_of(plan: Plan, case: Case) -> PlanRead:
    """Return a plan in memory as the checker would read it from its folder.

    `case` says which stock has lots: where none has, there is no lots.csv to read.
    """
    p = plan.pairs
    held = (p.on_hand + p.in_transit).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        before, after = held / p.daily_units, (held + p.units) / p.daily_units
    pairs = ReadPairs(
        **_columns(p, "site item tier daily_units on_hand in_transit fair_units units rung fill"),
        cover_before=before,
        cover_after=after,
        reason_known=(p.reason >= 0) & (p.reason < len(plan.reasons)),
    )
    has_lots = bool(np.any(case.stock.lot != "")) if len(case.stock) else False
    return PlanRead(
        pairs=pairs,
        lines=ReadLines(**_columns(plan.lines, "depot site item packs units kg")),
        substituted=ReadSubstituted(**_columns(plan.substituted, "depot site item by packs units")),
        stops=ReadStops(**_columns(plan.stops, "depot site kg m3")),
        lots=ReadLots(**_columns(plan.lots, "depot site item lot units")) if has_lots else None,
        proof=_proof_of(plan),
        overridden=ReadOverridden(**_columns(plan.overridden, "site item units")),
        summary=plan.summary,
    )


def _columns(table: object, names: str) -> dict[str, Any]:
    return {name: getattr(table, name) for name in names.split()}


def _proof_of(plan: Plan) -> ReadProof:
    steps = tuple(
        ReadStep(
            rung=step.rung,
            fill=float(step.fill),
            freezes=step.freezes,
            supply=tuple((*key, float(price)) for key, price in step.supply.items()),
            kg=tuple((key, float(price)) for key, price in step.kg.items()),
            m3=tuple((key, float(price)) for key, price in step.m3.items()),
            lane_kg=tuple((*key, float(price)) for key, price in step.lane_kg.items()),
            cap=tuple((*key, float(price)) for key, price in step.cap.items()),
            gap=float(step.gap),
        )
        for step in plan.proof.steps
    )
    flow = tuple(
        ReadFlow(
            open_sources=tuple(row.open_sources),
            item=row.item,
            tier=row.tier,
            source=row.source,
            units=float(row.units),
            site=row.site,
            by=row.by,
        )
        for row in plan.proof.flow
    )
    return ReadProof(flow, steps, tuple(plan.proof.closed))
