"""Cases for hypothesis: every feature at once, small enough that a failure shrinks to something to read."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from allocator.case import Case, Depots, InTransit, Items, Lanes, Needs, Sites, Stock, Substitutes
from allocator.policy import Policy, Rung

DAY = dt.date(2020, 2, 10)
KINDS = ("clinic", "office", "school", "warehouse")
TIERS = {"frontline": ("clinic",), "community": ("office", "warehouse"), "recovery": ("school",)}
COVERS = [Fraction(c) for c in ("1/2", "1", "2", "7/3", "5")]
SHARES = [Fraction(1, 2), Fraction(1)]
DATES = ["NaT", "2020-02-09", "2020-02-10", "2020-02-12", "2020-06-01"]
UNITS = st.sampled_from([12, 30, 5, 1, 0, 99, 250, 5000])
LOTS = st.sampled_from(["", "L1", "L2"])
MARKS = st.sampled_from(["", "", "", "S0", "1", "12"])
LIVES = st.sampled_from([0, 2, 3, 60, 120])
DAILY = [10.0, 10.0, 33.3, 2.5, 7.0, 1.0, 0.3, 0.1, 1000.0, 0.0]
_nan = float("nan")


@st.composite
def cases(draw: Any, *, stop_rules: bool = False, most_sites: int = 5, items: int = 2, limits: bool = True) -> Case:
    """Draw a case of a few sites and depots.

    `stop_rules`: also stop limits, a minimum drop and packs to spare. `limits`: also weights,
    volumes, lane limits, caps, substitutes and giving sites. Half of the cases say how long stock must
    last for some kinds of site.
    """
    n_items = draw(st.integers(1, items))
    n_sites = draw(st.integers(1, most_sites))
    n_depots = draw(st.integers(1, 3))
    n = n_sites + n_depots
    # One limit hides another, so that half of the cases go without each kind.
    caps, weighed = (limits and draw(st.booleans()) for _ in range(2))
    shelf = draw(st.booleans())
    return Case.canonical(
        items=_items(draw, n_items),
        sites=_sites(draw, n_sites, n_depots),
        needs=_needs(draw, n_sites, n_depots, n_items, caps=caps),
        stock=_stock(draw, n, n_items, dated=n_depots if shelf else 0),
        in_transit=_in_transit(draw, n, n_items),
        lanes=_lanes(draw, n_sites, n_depots, weighed=weighed),
        depots=_depots(draw, n_sites, n_depots, stop_rules=stop_rules, weighed=weighed),
        substitutes=_substitutes(draw, n_items if limits else 1),
        policy=_policy(draw, stop_rules=stop_rules, giving=limits, shelf=shelf),
    )


def _policy(draw: Any, *, stop_rules: bool, giving: bool, shelf: bool) -> Policy:
    names = st.lists(st.sampled_from(list(TIERS)), min_size=1, max_size=3, unique=True).map(tuple)
    rungs = st.builds(Rung, tiers=names, cover_days=st.sampled_from(COVERS), holding_share=st.sampled_from(SHARES))
    return Policy(
        date=DAY,
        tiers=TIERS,
        ladder=tuple(_frontline_first(draw(st.lists(rungs, min_size=1, max_size=3)))),
        reserve_share=draw(st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 10), Fraction(9, 10)])),
        max_hours=Fraction(draw(st.sampled_from([6, 24, 30]))),
        uncounted=draw(st.sampled_from(["zero", "zero", "zero", "leave_out"])),
        min_drop_kg=Fraction(draw(st.sampled_from([0, 0, 3, 20]))) if stop_rules else Fraction(0),
        stop_tolerance_packs=draw(st.integers(0, 2)) if stop_rules else 0,
        transfer_above_days=Fraction(draw(st.sampled_from([0, 0, 3]))) if giving else Fraction(0),
        shelf_days_min=draw(st.integers(0, 3)),
        shelf_days=draw(st.dictionaries(st.sampled_from(KINDS), LIVES, min_size=1)) if shelf else {},
    )


def _frontline_first(rungs: list[Rung]) -> list[Rung]:
    """Return the rungs; the first names the frontline too, where the first site stands."""
    first = rungs[0].tiers
    return [replace(rungs[0], tiers=first if "frontline" in first else (*first, "frontline")), *rungs[1:]]


def _texts(values: Any) -> np.ndarray[Any, Any]:
    return np.array(list(values), dtype=object)


def _several(draw: Any, values: Any, count: int) -> list[Any]:
    return [draw(values) for _ in range(count)]


def _items(draw: Any, count: int) -> Items:
    code = _texts(f"I{n}" for n in range(count))
    return Items(
        code=code,
        name=code,
        name_zh=code,
        unit=_texts(["piece"] * count),
        pack_units=np.array(_several(draw, st.sampled_from([1, 1, 2, 5, 5, 12, 40]), count), dtype=np.int64),
        pack_kg=np.array(_several(draw, st.sampled_from([1.0, 0.3, 0.1, 2.5]), count)),
        pack_m3=np.array(_several(draw, st.sampled_from([0.07, 0.01, 0.5]), count)),
        durable=np.array(_several(draw, st.sampled_from([False, False, True]), count)),
    )


def _sites(draw: Any, n_sites: int, n_depots: int) -> Sites:
    n = n_sites + n_depots
    code = _texts([f"S{n}" for n in range(n_sites)] + [f"D{n}" for n in range(n_depots)])
    return Sites(
        code=code,
        name=code,
        name_zh=code,
        kind=_texts(_several(draw, st.sampled_from(KINDS[:3]), n_sites) + ["warehouse"] * n_depots),
        area=_texts(_several(draw, st.sampled_from(["11", "12", "2"]), n)),
        lat=np.full(n, np.nan),
        lon=np.full(n, np.nan),
        tier=_texts(["frontline", *_several(draw, st.sampled_from(["", "", "frontline", "recovery"]), n - 1)]),
    )


def _needs(draw: Any, n_sites: int, n_depots: int, n_items: int, *, caps: bool) -> Needs:
    """Every site may need every item, the first needs one; now and then a depot does too."""
    some = [(s, i) for s in range(n_sites) for i in range(n_items) if draw(st.integers(0, 5))]
    some += [(s, 0) for s in range(n_sites, n_sites + n_depots) if not draw(st.integers(0, 4))]
    some = sorted({(0, 0), *some})
    daily = [draw(st.sampled_from([33.3, 10.0, 2.5])), *_several(draw, st.sampled_from(DAILY), len(some) - 1)]
    cap = st.sampled_from([-1, -1, -1, -1, -1, -1, 17, 3, 0]) if caps else st.just(-1)
    return Needs(
        site=np.array([s for s, _ in some], dtype=np.int32),
        item=np.array([i for _, i in some], dtype=np.int32),
        daily_units=np.array(daily, dtype=np.float64),
        reported_on=np.full(len(some), np.datetime64("NaT"), dtype="datetime64[D]"),
        max_units=np.array(_several(draw, cap, len(some)), dtype=np.int64),
    )


def _all_but_units(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row[:2] + row[3:]


def _stock(draw: Any, n: int, n_items: int, *, dated: int) -> Stock:
    """Some stock anywhere; at the last `dated` sites, the depots, some more that lasts for some and not for others."""
    row = st.tuples(
        st.integers(0, n - 1),
        st.integers(0, n_items - 1),
        UNITS,
        LOTS,
        st.sampled_from(DATES),
        st.sampled_from([0, 0, 0, 1, 3]),
        MARKS,
    )
    rows = draw(st.lists(row, min_size=0, max_size=10, unique_by=_all_but_units))
    if dated:
        depot, usable = st.integers(n - dated, n - 1), st.just(0)
        at_depot = st.tuples(depot, st.integers(0, n_items - 1), UNITS, LOTS, st.sampled_from(DATES[2:]), usable, MARKS)
        more = draw(st.lists(at_depot, min_size=2, max_size=6, unique_by=_all_but_units))
        taken = {_all_but_units(row) for row in rows}
        rows += [row for row in more if _all_but_units(row) not in taken]
    # A depot with plain stock, so that most cases have something to share.
    rows.append((n - 1, 0, draw(st.sampled_from([64, 20, 45, 300])), "", "NaT", 0, ""))
    columns = list(zip(*rows, strict=True))
    return Stock(
        site=np.array(columns[0], dtype=np.int32),
        item=np.array(columns[1], dtype=np.int32),
        units=np.array(columns[2], dtype=np.int64),
        lot=_texts(columns[3]),
        expires=np.array(columns[4], dtype="datetime64[D]"),
        status=np.array(columns[5], dtype=np.int8),
        earmark=_texts(columns[6]),
    )


def _in_transit(draw: Any, n: int, n_items: int) -> InTransit:
    row = st.tuples(st.integers(0, n - 1), st.integers(0, n_items - 1), st.integers(1, 40), st.sampled_from(DATES[:4]))
    rows = draw(st.lists(row, max_size=3))
    return InTransit(
        site=np.array([r[0] for r in rows], dtype=np.int32),
        item=np.array([r[1] for r in rows], dtype=np.int32),
        units=np.array([r[2] for r in rows], dtype=np.int64),
        arrives=np.array([r[3] for r in rows], dtype="datetime64[D]"),
    )


def _lanes(draw: Any, n_sites: int, n_depots: int, *, weighed: bool) -> Lanes:
    """Most roads from depots, some between depots and some from ordinary sites; one from a stocked depot is open."""
    n = n_sites + n_depots
    ends = [
        (d, s) for d in range(n_sites, n) for s in range(n) if d != s and draw(st.integers(0, 3 if s < n_sites else 1))
    ]
    ends += [(d, s) for d in range(n_sites) for s in range(n_sites) if d != s and not draw(st.integers(0, 3))]
    sure = (n - 1, 0)
    ends = [sure, *(road for road in ends if road != sure)]
    limit = st.sampled_from([_nan, _nan, _nan, 0.3, 4.0, 20.0]) if weighed else st.just(_nan)
    often, hours = st.sampled_from([True, True, True, False]), st.sampled_from([_nan, 1.0, 6.0, 24.0, 48.0])
    return Lanes(
        depot=np.array([d for d, _ in ends], dtype=np.int32),
        site=np.array([s for _, s in ends], dtype=np.int32),
        open=np.array([True, *_several(draw, often, len(ends) - 1)], dtype=bool),
        km=np.array(_several(draw, st.sampled_from([_nan, 1.0, 7.5, 30.0]), len(ends)), dtype=np.float64),
        hours=np.array([1.0, *_several(draw, hours, len(ends) - 1)], dtype=np.float64),
        max_kg=np.array(_several(draw, limit, len(ends)), dtype=np.float64),
    )


def _depots(draw: Any, n_sites: int, n_depots: int, *, stop_rules: bool, weighed: bool) -> Depots:
    rows = [d for d in range(n_sites, n_sites + n_depots) if draw(st.integers(0, 2))]
    count = len(rows)
    kg = st.sampled_from([_nan, 5.0, 5.3, 33.3, 0.0]) if weighed else st.just(_nan)
    m3 = st.sampled_from([_nan, 3.0, 0.49]) if weighed else st.just(_nan)
    stops = st.sampled_from([-1, 1, 1, 2, 0]) if stop_rules else st.just(-1)
    vehicles = _several(draw, st.sampled_from([-1, -1, 1, 2]) if weighed else st.just(-1), count)
    return Depots(
        depot=np.array(rows, dtype=np.int32),
        max_kg=np.array(_several(draw, kg, count), dtype=np.float64),
        max_m3=np.array(_several(draw, m3, count), dtype=np.float64),
        max_stops=np.array(_several(draw, stops, count), dtype=np.int64),
        vehicles=np.array(vehicles, dtype=np.int64),
        vehicle_kg=np.array([_nan if v < 0 else 9.5 for v in vehicles], dtype=np.float64),
        shift_hours=np.full(count, np.nan),
        stop_minutes=np.full(count, np.nan),
    )


def _substitutes(draw: Any, n_items: int) -> Substitutes:
    rows = [(i, j) for i in range(n_items) for j in range(n_items) if i != j and not draw(st.integers(0, 2))]
    ratios = _several(draw, st.sampled_from([0.5, 1.0, 1.5, 3.0]), len(rows))
    return Substitutes(
        item=np.array([i for i, _ in rows], dtype=np.int32),
        by=np.array([j for _, j in rows], dtype=np.int32),
        units_per_unit=np.array(ratios, dtype=np.float64),
    )
