"""A case drawn as text tables, its plan by any engine, and what the plan says, in plain dicts.

Columns are those of docs/case-format.md in short words; `-` is a blank cell. What is not drawn has
a default: one item `mask` in packs of 1 unit and 1 kg, sites that are clinics, `Depot*` names and
whatever a lane leaves from warehouses (unless `sites` says otherwise), an open road from every
depot to every site with a need, nothing in transit, no limits, a ladder of one day and then five.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from allocator.allocate import allocate
from allocator.case import Case, Depots, InTransit, Items, Lanes, Needs, Sites, Stock, Substitutes
from allocator.plan import Plan
from allocator.policy import Policy, Rung
from allocator.verify import verify
from allocator.verify_shapes import plan_read_of

DAY = dt.date(2020, 2, 10)
TIERS = {"frontline": ("clinic", "checkpoint"), "community": ("office", "warehouse")}
LADDER = """
    tiers               cover share
    frontline               1   0.5
    frontline+community     5     1
"""
ONE_DAY = """
    tiers               cover share
    frontline+community     1     1
"""
STATUSES = {"usable": 0, "quarantine": 1, "expired": 2, "damaged": 3}
Row = Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """What a plan says, by site, or by "site item" where the case has several items."""

    case: Case
    plan: Plan

    @property
    def sent(self) -> dict[str, float]:
        """Units delivered to each pair, in units of the item needed."""
        return self._by_pair(self.plan.pairs.units)

    @property
    def fair(self) -> dict[str, float]:
        """The fractional fair shares, to nine digits."""
        return self._by_pair(np.round(self.plan.pairs.fair_units, 9))

    @property
    def held(self) -> dict[str, int]:
        """Units that count as on hand or in transit."""
        return self._by_pair(self.plan.pairs.on_hand + self.plan.pairs.in_transit)

    @property
    def places(self) -> dict[str, tuple[int, float]]:
        """Rung and fill, to nine digits."""
        rung, fill = self._by_pair(self.plan.pairs.rung), self._by_pair(np.round(self.plan.pairs.fill, 9))
        return {pair: (rung[pair], fill[pair]) for pair in rung}

    @property
    def lines(self) -> dict[str, int]:
        """Packs by "depot site" (and item, where there are several)."""
        lines = self.plan.lines
        return {
            " ".join([self._site(d), self._site(s), *self._item(i)]): int(n)
            for d, s, i, n in zip(lines.depot, lines.site, lines.item, lines.packs, strict=True)
        }

    @property
    def lots(self) -> dict[str, int]:
        """Units by "depot site lot"."""
        lots = self.plan.lots
        return {
            f"{self._site(d)} {self._site(s)} {lot}": int(n)
            for d, s, lot, n in zip(lots.depot, lots.site, lots.lot, lots.units, strict=True)
        }

    @property
    def closed(self) -> list[str]:
        """Roads the plan gave up: "depot site why"."""
        return [" ".join(road) for road in self.plan.proof.closed]

    def _by_pair(self, column: Any) -> dict[str, Any]:
        pairs = self.plan.pairs
        return {
            " ".join([self._site(s), *self._item(i)]): value
            for s, i, value in zip(pairs.site, pairs.item, column.tolist(), strict=True)
        }

    def _site(self, number: int) -> str:
        return str(self.case.sites.code[number])

    def _item(self, number: int) -> list[str]:
        return [str(self.case.items.code[number])] if len(self.case.items) > 1 else []


def planned(engine: str, **tables: Any) -> Outcome:
    """Return what an engine plans for a case drawn as tables; the checker must accept it."""
    return outcome_of(engine, case_of_tables(**tables))


def outcome_of(engine: str, case: Case) -> Outcome:
    """Return what an engine plans for a case; the checker must accept it."""
    plan = allocate(case, engine, "highs" if engine == "reference" else None)
    refused = verify(case, plan_read_of(plan, case))
    assert refused is None, str(refused)
    return Outcome(case, plan)


def case_of_tables(
    *,
    needs: str,
    stock: str,
    lanes: str = "",
    items: str = "",
    sites: str = "",
    depots: str = "",
    transit: str = "",
    substitutes: str = "",
    ladder: str = LADDER,
    **policy: Any,
) -> Case:
    """Return the case that text tables draw; `policy`: fields of `Policy` beside the ladder."""
    item_rows = rows_of(items) or [{"item": "mask"}]
    need_rows, stock_rows = rows_of(needs), rows_of(stock)
    lane_rows = rows_of(lanes) or [
        {"depot": depot, "site": site}
        for depot in dict.fromkeys(row["site"] for row in stock_rows if row["site"].startswith("Depot"))
        for site in dict.fromkeys(row["site"] for row in need_rows)
        if depot != site
    ]
    site_rows = _all_sites(rows_of(sites), need_rows, stock_rows, lane_rows)
    site = {row["site"]: n for n, row in enumerate(site_rows)}
    item = {row["item"]: n for n, row in enumerate(item_rows)}
    return Case.canonical(
        items=_items(item_rows),
        sites=_sites(site_rows),
        needs=_needs(need_rows, site, item),
        stock=_stock(stock_rows, site, item),
        in_transit=_in_transit(rows_of(transit), site, item),
        lanes=_lanes(lane_rows, site),
        depots=_depots(rows_of(depots), site),
        substitutes=_substitutes(rows_of(substitutes), item),
        policy=Policy(**{"date": DAY, "tiers": TIERS, "ladder": _ladder(rows_of(ladder)), **policy}),
    )


def rows_of(table: str) -> list[dict[str, str]]:
    """Return the rows of a text table, blank cells (`-`) left out."""
    lines = [line.split() for line in table.strip().splitlines()]
    if not lines:
        return []
    rows = (zip(lines[0], line, strict=True) for line in lines[1:])
    return [{name: cell for name, cell in row if cell != "-"} for row in rows]


def _all_sites(said: list[Row], needs: list[Row], stock: list[Row], lanes: list[Row]) -> list[Row]:
    named = {row["site"] for row in said}
    depots = {row["depot"] for row in lanes} - {row["site"] for row in needs}
    codes = [row["site"] for row in (*needs, *stock, *lanes)] + [row["depot"] for row in lanes]
    unsaid = [code for code in dict.fromkeys(codes) if code not in named]
    kinds = {code: "warehouse" if code in depots or code.startswith("Depot") else "clinic" for code in unsaid}
    return [*said, *({"site": code, "kind": kinds[code]} for code in unsaid)]


def _texts(rows: Sequence[Row], name: str, default: str = "") -> np.ndarray[Any, Any]:
    return np.array([row.get(name, default) for row in rows], dtype=object)


def _decimals(rows: Sequence[Row], name: str, default: str = "nan") -> np.ndarray[Any, Any]:
    return np.array([float(row.get(name, default)) for row in rows], dtype=np.float64)


def _whole(rows: Sequence[Row], name: str, default: str = "-1") -> np.ndarray[Any, Any]:
    return np.array([int(row.get(name, default)) for row in rows], dtype=np.int64)


def _dates(rows: Sequence[Row], name: str) -> np.ndarray[Any, Any]:
    return np.array([row.get(name, "NaT") for row in rows], dtype="datetime64[D]")


def _places(rows: Sequence[Row], name: str, numbers: Mapping[str, int]) -> np.ndarray[Any, Any]:
    first = next(iter(numbers))
    return np.array([numbers[row.get(name, first)] for row in rows], dtype=np.int32)


def _items(rows: Sequence[Row]) -> Items:
    code = _texts(rows, "item")
    return Items(
        code=code,
        name=code,
        name_zh=code,
        unit=_texts(rows, "unit", "piece"),
        pack_units=_whole(rows, "pack", "1"),
        pack_kg=_decimals(rows, "kg", "1"),
        pack_m3=_decimals(rows, "m3", "0.01"),
        durable=np.array([row.get("use") == "durable" for row in rows]),
    )


def _sites(rows: Sequence[Row]) -> Sites:
    code = _texts(rows, "site")
    return Sites(
        code=code,
        name=code,
        name_zh=code,
        kind=_texts(rows, "kind", "clinic"),
        area=_texts(rows, "area"),
        lat=_decimals(rows, "lat"),
        lon=_decimals(rows, "lon"),
        tier=_texts(rows, "tier"),
    )


def _needs(rows: Sequence[Row], site: Mapping[str, int], item: Mapping[str, int]) -> Needs:
    return Needs(
        site=_places(rows, "site", site),
        item=_places(rows, "item", item),
        daily_units=_decimals(rows, "daily"),
        reported_on=_dates(rows, "reported"),
        max_units=_whole(rows, "cap"),
    )


def _stock(rows: Sequence[Row], site: Mapping[str, int], item: Mapping[str, int]) -> Stock:
    return Stock(
        site=_places(rows, "site", site),
        item=_places(rows, "item", item),
        units=_whole(rows, "units"),
        lot=_texts(rows, "lot"),
        expires=_dates(rows, "expires"),
        status=np.array([STATUSES[row.get("status", "usable")] for row in rows], dtype=np.int8),
        earmark=_texts(rows, "earmark"),
    )


def _in_transit(rows: Sequence[Row], site: Mapping[str, int], item: Mapping[str, int]) -> InTransit:
    return InTransit(
        site=_places(rows, "site", site),
        item=_places(rows, "item", item),
        units=_whole(rows, "units"),
        arrives=_dates(rows, "arrives"),
    )


def _lanes(rows: Sequence[Row], site: Mapping[str, int]) -> Lanes:
    return Lanes(
        depot=_places(rows, "depot", site),
        site=_places(rows, "site", site),
        open=np.array([row.get("open", "yes") == "yes" for row in rows], dtype=bool),
        km=_decimals(rows, "km"),
        hours=_decimals(rows, "hours"),
        max_kg=_decimals(rows, "kg"),
    )


def _depots(rows: Sequence[Row], site: Mapping[str, int]) -> Depots:
    return Depots(
        depot=_places(rows, "depot", site),
        max_kg=_decimals(rows, "kg"),
        max_m3=_decimals(rows, "m3"),
        max_stops=_whole(rows, "stops"),
        vehicles=_whole(rows, "vehicles"),
        vehicle_kg=_decimals(rows, "vehicle_kg"),
        shift_hours=_decimals(rows, "hours"),
        stop_minutes=_decimals(rows, "minutes"),
    )


def _substitutes(rows: Sequence[Row], item: Mapping[str, int]) -> Substitutes:
    return Substitutes(
        item=_places(rows, "item", item),
        by=_places(rows, "by", item),
        units_per_unit=_decimals(rows, "ratio", "1"),
    )


def _ladder(rows: Sequence[Row]) -> tuple[Rung, ...]:
    return tuple(
        Rung(
            tiers=tuple(row["tiers"].split("+")),
            cover_days=Fraction(row["cover"]),
            holding_share=Fraction(row["share"]),
        )
        for row in rows
    )
