"""Small random cases of every family, the same for the same seed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection
from fractions import Fraction
from typing import Any

import numpy as np

from allocator.case import (
    Case,
    Depots,
    InTransit,
    Items,
    Lanes,
    Needs,
    Sites,
    Stock,
    Substitutes,
)
from allocator.policy import Policy, Rung

DAY = dt.date(2020, 2, 10)
LIVES = (0, 10, 30, 60)
LIFE_LEFT = (0, 9, 10, 29, 45, 60, 200)
FEATURES = (
    "kg",
    "m3",
    "lane_kg",
    "caps",
    "substitutes",
    "in_transit",
    "durables",
    "earmarks",
    "reserve",
    "giving",
    "heavy_tail",
    "equal_sites",
    "big_packs",
    "plenty",
)


def texts(values: Any) -> np.ndarray:
    """Return a column of texts."""
    return np.array(list(values), dtype=object)


def empty_depots() -> Depots:
    """Return a depots table without rows: no depot has a limit."""
    none, whole = np.empty(0), np.empty(0, dtype=np.int64)
    return Depots(
        depot=np.empty(0, dtype=np.int32),
        max_kg=none,
        max_m3=none,
        max_stops=whole,
        vehicles=whole,
        vehicle_kg=none,
        shift_hours=none,
        stop_minutes=none,
    )


def random_policy(rng: np.random.Generator, **changes: Any) -> Policy:
    """Return two tiers and one to three rungs, not always rising."""
    choices = [("frontline",), ("frontline", "community"), ("community",)]
    covers = [Fraction(1, 2), Fraction(1), Fraction(2), Fraction(5), Fraction(7, 3)]
    shares = [Fraction(1, 2), Fraction(1)]
    ladder = tuple(
        Rung(
            tiers=choices[rng.integers(3)] if n else choices[rng.integers(2)],
            cover_days=covers[rng.integers(len(covers))],
            holding_share=shares[rng.integers(2)],
        )
        for n in range(int(rng.integers(1, 4)))
    )
    return Policy(
        date=DAY,
        tiers={"frontline": ("clinic",), "community": ("office",)},
        ladder=ladder,
        **changes,
    )


def random_case(
    seed: int,
    *,
    sites: int = 6,
    items: int = 3,
    depots: int = 3,
    without: Collection[str] = (),
    stop_rules: bool = False,
    shelf_kinds: bool = False,
) -> Case:
    """Return a case of at most so many sites, items and depots, with a random few of `FEATURES`.

    `stop_rules`: also a stop limit, a minimum drop or packs to spare for a stop, which the fair
    shares of all roads know nothing of. `shelf_kinds`: kinds of site need stock of different life, and
    depots hold lots of all sorts.
    """
    rng = np.random.default_rng(seed)
    has = {name for name in FEATURES if rng.random() < 0.3} - set(without)
    n_sites, n_items, n_depots = (int(rng.integers((most + 1) // 2, most + 1)) for most in (sites, items, depots))
    changes: dict[str, Any] = {}
    if "reserve" in has:
        changes["reserve_share"] = Fraction(int(rng.integers(1, 4)), 10)
    if "giving" in has:
        changes["transfer_above_days"] = Fraction(int(rng.integers(1, 8)))
    rules = np.random.default_rng(seed + 1_000_000)
    stops = np.full(n_depots, -1)
    if stop_rules:
        stops = np.where(rules.random(n_depots) < 0.6, rules.integers(0, 4, n_depots), -1)
        changes["min_drop_kg"] = Fraction(int(rules.integers(0, 30)) * int(rules.random() < 0.5))
        changes["stop_tolerance_packs"] = int(rules.integers(1, 3)) * int(rules.random() < 0.3)
    lives = np.random.default_rng(seed + 2_000_000)
    if shelf_kinds:
        changes["shelf_days"] = {kind: int(lives.choice(LIVES)) for kind in ("clinic", "office")}
    parts: dict[str, Any] = {
        "items": _items(rng, has, n_items),
        "sites": _sites(rng, n_sites, n_depots),
        "needs": _needs(rng, has, n_sites, n_items),
        "stock": _stock(rng, has, n_sites, n_items, n_depots),
        "in_transit": _in_transit(rng, has, n_sites, n_items),
        "lanes": _lanes(rng, has, n_sites, n_depots),
        "depots": _depots(rng, has, n_sites, stops),
        "substitutes": _substitutes(rng, has, n_items),
        "policy": random_policy(rng, **changes),
    }
    if shelf_kinds:
        parts["stock"] = in_lots(parts["stock"], n_sites, lives)
    return Case.canonical(**parts)


def in_lots(stock: Stock, n_sites: int, rng: np.random.Generator) -> Stock:
    """Return the same stock, that of depots (the sites after `n_sites`) in up to three lots of different life."""
    row = np.repeat(np.arange(len(stock)), np.where(stock.site >= n_sites, 3, 1))
    at_depot = stock.site[row] >= n_sites
    share = np.where(at_depot, rng.random(len(row)), 1.0)
    whole = np.bincount(row, weights=share)[row]
    units = np.floor(stock.units[row] * share / whole).astype(np.int64)
    last = np.append(row[1:] != row[:-1], True)
    units[last] += stock.units - np.bincount(row, weights=units, minlength=len(stock)).astype(np.int64)
    days = np.array([DAY + dt.timedelta(int(d)) for d in rng.choice(LIFE_LEFT, len(row))], dtype="datetime64[D]")
    days[~at_depot | (rng.random(len(row)) < 0.2)] = np.datetime64("NaT")
    lot = texts(f"L{n}" if here else "" for n, here in enumerate(at_depot))
    return dataclasses.replace(stock.take(row), units=units, lot=lot, expires=days)


def _items(rng: np.random.Generator, has: set[str], count: int) -> Items:
    code = texts(f"I{n}" for n in range(count))
    most = 40 if "big_packs" in has else 5
    return Items(
        code=code,
        name=code,
        name_zh=code,
        unit=texts(["piece"] * count),
        pack_units=rng.integers(1, most + 1, count),
        pack_kg=np.round(rng.uniform(0.1, 3.0, count), 1),
        pack_m3=np.round(rng.uniform(0.01, 0.3, count), 2),
        durable=(rng.random(count) < 0.5) & ("durables" in has),
    )


def _sites(rng: np.random.Generator, n_sites: int, n_depots: int) -> Sites:
    """The first rows are users, the rest depots D0, D1, …."""
    count = n_sites + n_depots
    code = texts([f"S{n}" for n in range(n_sites)] + [f"D{n}" for n in range(n_depots)])
    kind = texts([("clinic", "office")[rng.integers(2)] for _ in range(n_sites)] + ["warehouse"] * n_depots)
    area = texts(f"{rng.integers(1, 3)}{n % 2}" for n in range(count))
    nowhere = np.full(count, np.nan)
    return Sites(
        code=code,
        name=code,
        name_zh=code,
        kind=kind,
        area=area,
        lat=nowhere,
        lon=nowhere,
        tier=texts([""] * count),
    )


def _needs(rng: np.random.Generator, has: set[str], n_sites: int, n_items: int) -> Needs:
    site, item = np.divmod(np.arange(n_sites * n_items, dtype=np.int32), n_items)
    keep = rng.random(len(site)) < 0.85
    site, item = site[keep], item[keep]
    daily = np.round(rng.uniform(0.5, 20, len(site)), 1)
    if "heavy_tail" in has:
        daily = np.round(daily * 10 ** rng.uniform(0, 3, len(site)), 1)
    if "equal_sites" in has:
        daily = np.full(len(site), 10.0)
    caps = np.full(len(site), -1)
    if "caps" in has:
        capped = rng.random(len(site)) < 0.5
        caps[capped] = rng.integers(0, 30, int(capped.sum()))
    return Needs(
        site=site,
        item=item,
        daily_units=daily,
        reported_on=np.full(len(site), np.datetime64("NaT"), dtype="datetime64[D]"),
        max_units=caps.astype(np.int64),
    )


def _stock(rng: np.random.Generator, has: set[str], n_sites: int, n_items: int, n_depots: int) -> Stock:
    site, item = np.divmod(np.arange((n_sites + n_depots) * n_items, dtype=np.int32), n_items)
    at_depot = site >= n_sites
    keep = rng.random(len(site)) < np.where(at_depot, 0.85, 0.4)
    site, item, at_depot = site[keep], item[keep], at_depot[keep]
    most = np.where(at_depot, 150 if "plenty" not in has else 20_000, 60 if "giving" not in has else 300)
    units = rng.integers(0, most + 1)
    earmark = np.array([""] * len(site), dtype=object)
    if "earmarks" in has:
        for row in np.flatnonzero(at_depot & (rng.random(len(site)) < 0.5)):
            earmark[row] = ("S0", "1", "21")[rng.integers(3)]
    return Stock(
        site=site,
        item=item,
        units=units.astype(np.int64),
        lot=texts([""] * len(site)),
        expires=np.full(len(site), np.datetime64("NaT"), dtype="datetime64[D]"),
        status=np.zeros(len(site), dtype=np.int8),
        earmark=earmark,
    )


def _in_transit(rng: np.random.Generator, has: set[str], n_sites: int, n_items: int) -> InTransit:
    count = int(rng.integers(1, 4)) if "in_transit" in has else 0
    return InTransit(
        site=rng.integers(0, n_sites, count).astype(np.int32),
        item=rng.integers(0, n_items, count).astype(np.int32),
        units=rng.integers(0, 40, count).astype(np.int64),
        arrives=np.array([DAY + dt.timedelta(int(d)) for d in rng.integers(0, 3, count)], dtype="datetime64[D]"),
    )


def _lanes(rng: np.random.Generator, has: set[str], n_sites: int, n_depots: int) -> Lanes:
    givers = n_sites if "giving" in has else 0
    froms = list(range(n_sites, n_sites + n_depots)) + [s for s in range(givers) if rng.random() < 0.4]
    roads = [(d, s) for d in froms for s in range(n_sites) if d != s and rng.random() < 0.75]
    depot, site = (np.array(ends, dtype=np.int32) for ends in (zip(*roads, strict=True) if roads else ((), ())))
    limit = np.full(len(depot), np.nan)
    if "lane_kg" in has:
        limited = rng.random(len(depot)) < 0.5
        limit[limited] = np.round(rng.uniform(0, 30, int(limited.sum())), 1)
    return Lanes(
        depot=depot,
        site=site,
        open=rng.random(len(depot)) < 0.9,
        km=np.round(rng.uniform(1, 50, len(depot)), 1),
        hours=np.where(rng.random(len(depot)) < 0.1, 48.0, 1.0),
        max_kg=limit,
    )


def _depots(rng: np.random.Generator, has: set[str], n_sites: int, max_stops: np.ndarray) -> Depots:
    n_depots = len(max_stops)
    if not has & {"kg", "m3"} and bool(np.all(max_stops < 0)):
        return empty_depots()
    unlimited = np.full(n_depots, np.nan)
    kg = np.where(rng.random(n_depots) < 0.8, np.round(rng.uniform(0, 90, n_depots), 1), np.nan)
    m3 = np.where(rng.random(n_depots) < 0.8, np.round(rng.uniform(0, 9, n_depots), 2), np.nan)
    return Depots(
        depot=np.arange(n_sites, n_sites + n_depots, dtype=np.int32),
        max_kg=kg if "kg" in has else unlimited,
        max_m3=m3 if "m3" in has else unlimited,
        max_stops=max_stops,
        vehicles=np.full(n_depots, -1),
        vehicle_kg=unlimited,
        shift_hours=unlimited,
        stop_minutes=unlimited,
    )


def _substitutes(rng: np.random.Generator, has: set[str], n_items: int) -> Substitutes:
    listed = [
        (i, j) for i in range(n_items) for j in range(n_items) if "substitutes" in has and i != j and rng.random() < 0.5
    ]
    item, by = (np.array(side, dtype=np.int32) for side in (zip(*listed, strict=True) if listed else ((), ())))
    ratios = np.array([0.5, 1.0, 1.5, 2.0, 3.0])
    return Substitutes(item=item, by=by, units_per_unit=ratios[rng.integers(0, 5, len(item))])
