"""A few who share a depot of their own are dealt with as exactly beside a nation as they are alone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from case_tables import DAY, TIERS
from engines import fast

from allocator.case import Case, Depots, InTransit, Items, Lanes, Needs, Sites, Stock, Substitutes
from allocator.need import needs_of
from allocator.policy import Policy, Rung

NATION, VILLAGE = 200_000, 3


def texts(values):
    return np.array(list(values), dtype=object)


def village_beside(nation: int, *, heavy: bool, tied: bool = False, nations_stock: int = 700_000_011) -> Case:
    """A village of uses 0.1, 0.2 and 0.7 with 1 mask at A0, and a nation of uses of 10,000 and more at Z0.

    `heavy`: both depots send by weight too, which ties all that travels from one together.
    `tied`: Z0 reaches the village too, but the nation stands lower and takes all that Z0 has.
    """
    n = 2 + VILLAGE + nation
    codes = ["A0", *(f"B{k}" for k in range(VILLAGE)), *(f"N{k:06d}" for k in range(nation)), "Z0"]
    needy = np.arange(1, n - 1, dtype=np.int32)
    uses = np.concatenate([[0.1, 0.2, 0.7], 10_000 + np.arange(nation) % 977 / 8])
    blank, whole = np.full(n, np.nan), np.full(2, -1, dtype=np.int64)
    depots, nothing = np.array([0, n - 1], dtype=np.int32), np.full(2, np.nan)
    count = len(needy)
    near = np.where(np.arange(count) < VILLAGE, 0, n - 1).astype(np.int32)
    twice = needy[: VILLAGE * tied]
    roads, starts = np.append(needy, twice), np.append(near, np.full_like(twice, n - 1))
    return Case.canonical(
        items=Items(
            code=texts(["mask"]), name=texts([""]), name_zh=texts([""]), unit=texts(["piece"]),
            pack_units=np.array([1]), pack_kg=np.array([0.003]), pack_m3=np.array([np.nan]), durable=np.array([False]),
        ),
        sites=Sites(
            code=texts(codes), name=texts([""] * n), name_zh=texts([""] * n),
            kind=texts(["warehouse", *["clinic"] * count, "warehouse"]), area=texts([""] * n),
            lat=blank, lon=blank, tier=texts([""] * n),
        ),
        needs=Needs(
            site=needy, item=np.zeros(count, dtype=np.int32), daily_units=uses,
            reported_on=np.full(count, np.datetime64("NaT"), dtype="datetime64[D]"), max_units=np.full(count, -1),
        ),
        stock=Stock(
            site=depots, item=np.zeros(2, dtype=np.int32), units=np.array([1, nations_stock]), lot=texts(["", ""]),
            expires=np.full(2, np.datetime64("NaT"), dtype="datetime64[D]"), status=np.zeros(2, dtype=np.int8),
            earmark=texts(["", ""]),
        ),
        in_transit=InTransit(
            site=needy[:0], item=needy[:0], units=np.empty(0, dtype=np.int64),
            arrives=np.empty(0, dtype="datetime64[D]"),
        ),
        lanes=Lanes(
            depot=starts, site=roads, open=np.ones(len(roads), dtype=bool), km=np.ones(len(roads)),
            hours=np.ones(len(roads)), max_kg=np.full(len(roads), np.nan),
        ),
        depots=Depots(
            depot=depots, max_kg=np.array([0.0021, 1_500_000.0]) if heavy else nothing, max_m3=nothing,
            max_stops=whole, vehicles=whole, vehicle_kg=nothing, shift_hours=nothing, stop_minutes=nothing,
        ),
        substitutes=Substitutes(item=needy[:0], by=needy[:0], units_per_unit=np.empty(0)),
        policy=Policy(
            date=DAY, tiers=TIERS,
            ladder=(Rung(tiers=("frontline",), cover_days=Fraction(5), holding_share=Fraction(1)),),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(("heavy", "units"), [(False, 1.0), (True, 0.7)])
@pytest.mark.parametrize(("nation", "tied"), [(0, False), (NATION, False), (NATION, True)])
def test_a_tiny_catchment_beside_a_nation_keeps_its_exactness(nation, tied, heavy, units):
    """One mask, or 2.1 g of 3 g masks, over 0.1, 0.2 and 0.7 a day: tenths of it, to eleven digits."""
    shares, _ = fast(needs_of(village_beside(nation, heavy=heavy)))

    np.testing.assert_allclose(shares.fair_units[:VILLAGE], np.array([0.1, 0.2, 0.7]) * units, rtol=1e-11)
    np.testing.assert_allclose(shares.fill[:VILLAGE], units / 5, rtol=1e-11)
    assert shares.exact


@pytest.mark.parametrize("heavy", [False, True])
def test_the_nation_beside_it_is_exact_too(heavy):
    shares, _ = fast(needs_of(village_beside(NATION, heavy=heavy)))
    masks = 500_000_000 if heavy else 700_000_011

    assert shares.fair_units[VILLAGE:].sum() == pytest.approx(masks, rel=1e-11)
    assert np.ptp(shares.fill[VILLAGE:]) < 1e-12
