"""What a policy says about needs: whom to believe first, in which posture, by which coefficients, who is raised."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from allocator.activity import Coefficients
from allocator.need_sources import SOURCES
from allocator.tier_rules import TierRule

__all__ = ["ChangedCoefficient", "NeedRules", "with_changes"]


@dataclass(frozen=True, kw_only=True)
class ChangedCoefficient:
    """A coefficient as somebody decided it for here, and why. `value`: 0 switches it off.

    `kind`: "" for every kind of site; `low`, `high`, `wear_hours_max`: None where nobody said.
    """

    item: str
    driver: str
    value: float
    reason: str
    kind: str = ""
    posture: str = "standard"
    low: float | None = None
    high: float | None = None
    wear_hours_max: float | None = None
    reuse: float = 1.0
    confidence: str = "C"

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Which row of the catalogue it takes the place of."""
        return self.item, self.driver, self.kind, self.posture


@dataclass(frozen=True, kw_only=True)
class NeedRules:
    """The rules on needs of one policy.

    `sources`: of `need_sources.SOURCES`, the first believed first; one that is not named is not used.
    `standards`: units a day (durables: held) of one site, by kind of site and item.
    """

    posture: str = "standard"
    sources: tuple[str, ...] = SOURCES
    standards: Mapping[tuple[str, str], float] = field(default_factory=dict)
    tier_rules: tuple[TierRule, ...] = ()
    coefficients: tuple[ChangedCoefficient, ...] = ()


def with_changes(shipped: Coefficients, changes: Sequence[ChangedCoefficient]) -> Coefficients:
    """Return the catalogue with some rows changed and others added; their source is the reason.

    >>> from allocator.case import Texts
    >>> def one(text): return np.array([text], dtype=np.object_)
    >>> shipped = Coefficients(item=one("MASK"), driver=one("staff"), kind=one(""), posture=one("standard"),
    ...     value=np.ones(1), low=np.ones(1), high=np.ones(1), wear_hours_max=np.array([4.0]), reuse=np.ones(1),
    ...     source=one("a norm"), confidence=one("A"))
    >>> changed = with_changes(shipped, [ChangedCoefficient(item="MASK", driver="staff", value=2, reason="order 3")])
    >>> changed.value.tolist(), changed.source.tolist(), changed.wear_hours_max.tolist()
    ([2.0], ['order 3'], [nan])
    """
    if not changes:
        return shipped
    said = {change.key for change in changes}
    keys = zip(shipped.item, shipped.driver, shipped.kind, shipped.posture, strict=True)
    kept = shipped.take(np.flatnonzero([key not in said for key in keys]))
    rows = [_row(change) for change in changes]
    columns: dict[str, Any] = {}
    for each in dataclasses.fields(Coefficients):
        column = getattr(kept, each.name)
        columns[each.name] = np.concatenate([column, np.array([row[each.name] for row in rows], dtype=column.dtype)])
    return Coefficients(**columns)


def _row(change: ChangedCoefficient) -> dict[str, Any]:
    row = dataclasses.asdict(change)
    source = row.pop("reason")
    for name, otherwise in (("low", change.value), ("high", change.value), ("wear_hours_max", np.nan)):
        row[name] = otherwise if row[name] is None else row[name]
    return {**row, "source": source}
