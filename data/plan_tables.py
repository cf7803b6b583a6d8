"""The CSV files of a plan: each table of a `Plan` as rows of codes and plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from allocator.case import Case
from allocator.plan import Plan
from data.csv_text import plain_numbers, quoted, rounded_12, taken, write_csv
from data.plan_columns import PLAN_TABLES
from data.texts import translator

__all__ = ["PlanTables", "reason_key"]

_KG_PLACES = 6


def reason_key(position: int) -> str:
    """Return the key of a reason from its position in `Plan.reasons`.

    >>> reason_key(0)
    'R1'
    """
    return f"R{position + 1}"


class PlanTables:
    """Writes a plan's CSV files into a folder.

    >>> sorted(PlanTables.NAMES)
    ['lines', 'lots', 'overrides', 'pairs', 'reasons', 'stops', 'substitutes']
    """

    NAMES = tuple(PLAN_TABLES)

    def __init__(self, plan: Plan, case: Case) -> None:
        self.plan = plan
        self.case = case

    def has(self, name: str) -> bool:
        """Return whether this plan writes the table: lots, substitutes and overrides only where there are any."""
        if name == "lots":
            return bool((self.case.stock.lot != "").any())
        few = {"substitutes": self.plan.substituted, "overrides": self.plan.overridden}
        return name not in few or len(few[name]) > 0

    def write(self, name: str, folder: Path) -> None:
        """Write one of the tables to its file in a folder."""
        rows, columns = getattr(self, f"_{name}")()
        write_csv(folder / f"{name}.csv", [column.name for column in PLAN_TABLES[name]], rows, columns)

    @cached_property
    def _sites(self) -> Any:
        return quoted(self.case.sites.code)

    @cached_property
    def _items(self) -> Any:
        return quoted(self.case.items.code)

    def _lines(self) -> tuple[int, Callable[[slice], Sequence[Any]]]:
        lines = self.plan.lines
        return len(lines), lambda rows: (
            taken(self._sites, lines.depot[rows]),
            taken(self._sites, lines.site[rows]),
            taken(self._items, lines.item[rows]),
            plain_numbers(lines.packs[rows]),
            plain_numbers(lines.units[rows]),
            _weights(lines.kg[rows]),
        )

    def _pairs(self) -> tuple[int, Callable[[slice], Sequence[Any]]]:
        pairs = self.plan.pairs
        tiers = quoted(self.case.policy.tier_names)
        reasons = quoted([reason_key(n) for n in range(len(self.plan.reasons))])

        def columns(rows: slice) -> Sequence[Any]:
            part = pairs.take(np.arange(rows.start, rows.stop))
            held = part.on_hand + part.in_transit
            return (
                taken(self._sites, part.site),
                taken(self._items, part.item),
                taken(tiers, part.tier),
                plain_numbers(part.daily_units),
                plain_numbers(part.on_hand),
                plain_numbers(part.in_transit),
                plain_numbers(rounded_12(part.fair_units)),
                plain_numbers(rounded_12(part.units)),
                plain_numbers(rounded_12(held / part.daily_units)),
                plain_numbers(rounded_12((held + part.units) / part.daily_units)),
                plain_numbers(part.rung),
                plain_numbers(rounded_12(part.fill)),
                taken(reasons, part.reason),
            )

        return len(pairs), columns

    def _reasons(self) -> tuple[int, Callable[[slice], Sequence[Any]]]:
        english, chinese = translator("en"), translator("zh")
        reasons = self.plan.reasons
        return len(reasons), lambda rows: (
            quoted([reason_key(n) for n in range(rows.start, rows.stop)]),
            quoted([reason.code for reason in reasons[rows]]),
            quoted([english(reason.sentence) for reason in reasons[rows]]),
            quoted([chinese(reason.sentence) for reason in reasons[rows]]),
        )

    def _stops(self) -> tuple[int, Callable[[slice], Sequence[Any]]]:
        stops = self.plan.stops
        return len(stops), lambda rows: (
            taken(self._sites, stops.depot[rows]),
            taken(self._sites, stops.site[rows]),
            _weights(stops.kg[rows]),
            _weights(stops.m3[rows]),
        )

    def _lots(self) -> tuple[int, Callable[[slice], Sequence[Any]]]:
        lots = self.plan.lots
        return len(lots), lambda rows: (
            taken(self._sites, lots.depot[rows]),
            taken(self._sites, lots.site[rows]),
            taken(self._items, lots.item[rows]),
            quoted(lots.lot[rows]),
            plain_numbers(lots.units[rows]),
        )

    def _substitutes(self) -> tuple[int, Callable[[slice], Sequence[Any]]]:
        sent = self.plan.substituted
        return len(sent), lambda rows: (
            taken(self._sites, sent.depot[rows]),
            taken(self._sites, sent.site[rows]),
            taken(self._items, sent.item[rows]),
            taken(self._items, sent.by[rows]),
            plain_numbers(sent.packs[rows]),
            plain_numbers(sent.units[rows]),
        )

    def _overrides(self) -> tuple[int, Callable[[slice], Sequence[Any]]]:
        decided = self.plan.overridden
        return len(decided), lambda rows: (
            taken(self._sites, decided.site[rows]),
            taken(self._items, decided.item[rows]),
            plain_numbers(decided.units[rows]),
        )


def _weights(values: Any) -> Any:
    # A pack's weight has six decimals, so a sum of packs has no more; the rest is binary noise.
    return plain_numbers(rounded_12(np.round(values, _KG_PLACES)))
