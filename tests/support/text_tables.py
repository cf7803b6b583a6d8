"""A case of one item, masks, written as one small text table, so that a test shows its data.

Columns: site tier daily held pack, and optionally cap, from (depots with a lane, joined by +).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from case_tables import case_of_tables, rows_of

from allocator import reference
from allocator.case import Case
from allocator.need import needs_of
from allocator.policy import Rung

__all__ = ["LADDER", "case_of", "planned", "rows_of"]

LADDER = (
    Rung(tiers=("frontline",), cover_days=Fraction(1), holding_share=Fraction(1, 2)),
    Rung(tiers=("frontline", "community"), cover_days=Fraction(5), holding_share=Fraction(1)),
)
_KINDS = {"frontline": "clinic", "community": "office"}


def planned(table: str, supply: Mapping[str, int] | int, **limits: object) -> dict[str, int]:
    """Return what the reference plan sends to each site, in units of the one item.

    `supply`: units at each depot, or at the one depot.
    """
    case = case_of(table, supply, **limits)
    _, shipments = reference.solve(needs_of(case), "highs")
    sent = {row["site"]: 0 for row in rows_of(table)}
    for site, by, packs in zip(shipments.site, shipments.by, shipments.packs, strict=True):
        sent[case.sites.code[site]] += int(packs) * int(case.items.pack_units[by])
    return sent


def case_of(
    table: str,
    supply: Mapping[str, int] | int,
    *,
    ladder: Sequence[Rung] = LADDER,
    pack_kg: float = 1.0,
    depots: str = "",
    **policy: object,
) -> Case:
    """Return the case that a table describes. `depots`: a table depot kg m3 stops (- none)."""
    rows = rows_of(table)
    stock = {"Depot": supply} if isinstance(supply, int) else dict(supply)
    roads = [(d, row["site"]) for row in rows for d in row.get("from", "+".join(stock)).split("+")]
    held = [(row["site"], row["held"]) for row in rows if "held" in row]
    kinds = [(row["site"], _KINDS[row["tier"]]) for row in rows] + [(depot, "warehouse") for depot in stock]
    case = case_of_tables(
        items=_table("item pack kg", [("mask", rows[0]["pack"], pack_kg)]),
        sites=_table("site kind", kinds),
        needs=_table("site daily cap", [(row["site"], row["daily"], row.get("cap", "-")) for row in rows]),
        stock=_table("site units", [*held, *stock.items()]),
        lanes=_table("depot site km hours", [(*road, 1, 1) for road in roads]),
        depots=depots,
        **policy,
    )
    # People read the item's name in either language, and a site's code where it has no name.
    items = dataclasses.replace(case.items, name_zh=np.array(["口罩"], dtype=object))
    blank = np.array([""] * len(case.sites), dtype=object)
    sites = dataclasses.replace(case.sites, name=blank, name_zh=blank)
    return dataclasses.replace(
        case, items=items, sites=sites, policy=dataclasses.replace(case.policy, ladder=tuple(ladder))
    )


def _table(head: str, rows: Sequence[Sequence[object]]) -> str:
    return "\n".join([head, *(" ".join(map(str, row)) for row in rows)])
