"""A case written as a small text table, so that a test shows its data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from allocator import reference
from allocator.case import Case, Depots, InTransit, Items, Lanes, Needs, Sites, Stock, Substitutes
from allocator.need import needs_of
from allocator.policy import Policy, Rung

LADDER = (
    Rung(tiers=("frontline",), cover_days=Fraction(1), holding_share=Fraction(1, 2)),
    Rung(tiers=("frontline", "community"), cover_days=Fraction(5), holding_share=Fraction(1)),
)
TIERS = {"frontline": ("clinic",), "community": ("office",)}


def rows_of(table: str) -> list[dict[str, str]]:
    """Return the rows of a text table: words under the words of its first line."""
    lines = [line.split() for line in table.strip().splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def planned(table: str, supply: Mapping[str, int] | int, **limits: object) -> dict[str, int]:
    """Return what the reference plan sends to each site, in units of the one item.

    Columns: site tier daily held pack, and optionally cap, from (depots with a lane, joined by +).
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
    """Return the case of one item that a table describes. `depots`: a table depot kg m3 stops (- none)."""
    rows = rows_of(table)
    stock = {"Depot": supply} if isinstance(supply, int) else dict(supply)
    codes = [row["site"] for row in rows] + list(stock)
    number = {code: n for n, code in enumerate(codes)}
    roads = [(d, row["site"]) for row in rows for d in row.get("from", "+".join(stock)).split("+")]
    held = [(number[row["site"]], int(row["held"])) for row in rows if row["held"] != "-"]
    held += [(number[depot], units) for depot, units in stock.items()]
    return Case.canonical(
        items=_one_item(int(rows[0]["pack"]), pack_kg),
        sites=_sites(codes, ["clinic" if r["tier"] == "frontline" else "office" for r in rows], len(stock)),
        needs=Needs(
            site=_whole(range(len(rows)), np.int32),
            item=np.zeros(len(rows), dtype=np.int32),
            daily_units=np.array([float(row["daily"]) for row in rows]),
            reported_on=_no_dates(len(rows)),
            max_units=_whole([int(row.get("cap", "-1")) for row in rows]),
        ),
        stock=Stock(
            site=_whole([site for site, _ in held], np.int32),
            item=np.zeros(len(held), dtype=np.int32),
            units=_whole([units for _, units in held]),
            lot=_texts([""] * len(held)),
            expires=_no_dates(len(held)),
            status=np.zeros(len(held), dtype=np.int8),
            earmark=_texts([""] * len(held)),
        ),
        in_transit=InTransit(
            site=_whole([], np.int32), item=_whole([], np.int32), units=_whole([]), arrives=_no_dates(0)
        ),
        lanes=Lanes(
            depot=_whole([number[d] for d, _ in roads], np.int32),
            site=_whole([number[s] for _, s in roads], np.int32),
            open=np.ones(len(roads), dtype=bool),
            km=np.ones(len(roads)),
            hours=np.ones(len(roads)),
            max_kg=np.full(len(roads), np.nan),
        ),
        depots=_depots(rows_of(depots) if depots else [], number),
        substitutes=Substitutes(item=_whole([], np.int32), by=_whole([], np.int32), units_per_unit=np.empty(0)),
        policy=Policy(date=dt.date(2020, 2, 10), tiers=TIERS, ladder=tuple(ladder), **policy),
    )


def _texts(values: Sequence[str]) -> np.ndarray:
    return np.array(list(values), dtype=object)


def _whole(values: object, kind: type = np.int64) -> np.ndarray:
    return np.array(list(values), dtype=kind)


def _no_dates(count: int) -> np.ndarray:
    return np.full(count, np.datetime64("NaT"), dtype="datetime64[D]")


def _one_item(pack_units: int, pack_kg: float) -> Items:
    mask = _texts(["mask"])
    return Items(
        code=mask,
        name=mask,
        name_zh=_texts(["口罩"]),
        unit=_texts(["piece"]),
        pack_units=_whole([pack_units]),
        pack_kg=np.array([pack_kg]),
        pack_m3=np.array([0.01]),
        durable=np.array([False]),
    )


def _sites(codes: Sequence[str], kinds: Sequence[str], depots: int) -> Sites:
    blank = _texts([""] * len(codes))
    nowhere = np.full(len(codes), np.nan)
    return Sites(
        code=_texts(codes),
        name=blank,
        name_zh=blank,
        kind=_texts([*kinds, *["warehouse"] * depots]),
        area=blank,
        lat=nowhere,
        lon=nowhere,
        tier=blank,
    )


def _depots(rows: Sequence[Mapping[str, str]], number: Mapping[str, int]) -> Depots:
    def said(name: str) -> np.ndarray:
        return np.array([np.nan if row.get(name, "-") == "-" else float(row[name]) for row in rows])

    count = len(rows)
    return Depots(
        depot=_whole([number[row["depot"]] for row in rows], np.int32),
        max_kg=said("kg"),
        max_m3=said("m3"),
        max_stops=_whole([-1 if row.get("stops", "-") == "-" else int(row["stops"]) for row in rows]),
        vehicles=_whole([-1] * count),
        vehicle_kg=np.full(count, np.nan),
        shift_hours=np.full(count, np.nan),
        stop_minutes=np.full(count, np.nan),
    )
