"""Need from activity: coefficients times what is counted at a site."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.activity import Activity, ActivityNeeds, Coefficients, activity_needs
from allocator.case import Items, Sites
from data.coefficients import read_coefficients

ITEMS = ("MASK", "SUIT", "THERMO")


def objects(*values: str) -> np.ndarray:
    return np.array(values, dtype=np.object_)


def items() -> Items:
    nothing = np.full(len(ITEMS), np.nan)
    return Items(
        code=objects(*ITEMS), name=objects(*ITEMS), name_zh=objects(*ITEMS), unit=objects(*["piece"] * len(ITEMS)),
        pack_units=np.ones(len(ITEMS), dtype=np.int64), pack_kg=nothing, pack_m3=nothing,
        durable=np.array([False, False, True]),
    )  # fmt: skip


def sites(*kinds: str) -> Sites:
    codes = objects(*(f"S{n}" for n in range(len(kinds))))
    blank, nowhere = objects(*[""] * len(kinds)), np.full(len(kinds), np.nan)
    return Sites(
        code=codes, name=codes, name_zh=codes, kind=objects(*kinds), area=blank, lat=nowhere, lon=nowhere, tier=blank
    )


def coefficients(*rows: tuple) -> Coefficients:
    """Return coefficients of (item, driver, kind, posture, value, wear hours or None, reuse)."""
    item, driver, kind, posture, value, wear, reuse = zip(*rows, strict=True)
    values = np.array(value, dtype=np.float64)
    return Coefficients(
        item=objects(*item), driver=objects(*driver), kind=objects(*kind), posture=objects(*posture),
        value=values, low=values / 2, high=values * 3, wear_hours_max=np.array([w or np.nan for w in wear]),
        reuse=np.array(reuse, dtype=np.float64), source=objects(*["test"] * len(rows)),
        confidence=objects(*["A", *["C"] * (len(rows) - 1)]),
    )  # fmt: skip


def counted(*rows: tuple[int, str, float]) -> Activity:
    site, driver, value = zip(*rows, strict=True)
    return Activity(site=np.array(site, dtype=np.int32), driver=objects(*driver), value=np.array(value, dtype=float))


def units(needs: ActivityNeeds) -> dict[tuple[int, str], float]:
    rows = zip(needs.site.tolist(), needs.item.tolist(), needs.daily_units.tolist(), strict=True)
    return {(site, ITEMS[item]): units for site, item, units in rows}


def test_a_checkpoint_of_seven_in_three_shifts_of_eight_hours_changes_masks_after_four():
    needs, _ = activity_needs(
        sites("checkpoint"),
        items(),
        counted((0, "staff", 7), (0, "shifts", 3), (0, "hours", 8)),
        coefficients(("MASK", "staff", "", "standard", 1, 4, 1)),
    )

    assert units(needs) == {(0, "MASK"): 7 * 3 * 2}


def test_drivers_add_up_and_contacts_are_divided_by_reuse():
    needs, parts = activity_needs(
        sites("clinic", "clinic"),
        items(),
        counted((0, "staff", 2), (0, "persons", 50), (1, "persons", 10)),
        coefficients(("MASK", "staff", "", "standard", 1, None, 1), ("MASK", "persons", "", "standard", 1, None, 5)),
    )

    assert units(needs) == {(0, "MASK"): 2 + 10, (1, "MASK"): 2}
    assert parts.daily_units.tolist() == [2, 10, 2]
    assert needs.low.tolist() == [6, 1]
    assert needs.high.tolist() == [36, 6]
    assert needs.confidence.tolist() == [2, 2]


def test_a_durable_is_held_by_those_on_duty_at_once_and_whole():
    needs, _ = activity_needs(
        sites("checkpoint"),
        items(),
        counted((0, "staff", 7), (0, "shifts", 3)),
        coefficients(("THERMO", "staff", "", "standard", 0.2, None, 1)),
    )

    assert units(needs) == {(0, "THERMO"): 2}


def test_the_row_of_the_sites_own_kind_wins_and_a_posture_falls_back_to_standard():
    rows = (
        ("MASK", "staff", "", "standard", 1, None, 1),
        ("MASK", "staff", "clinic", "standard", 3, None, 1),
        ("MASK", "staff", "clinic", "crisis", 2, None, 1),
        ("SUIT", "staff", "", "standard", 0.5, None, 1),
    )
    activity = counted((0, "staff", 10), (1, "staff", 10))

    usual, _ = activity_needs(sites("clinic", "office"), items(), activity, coefficients(*rows))
    crisis, _ = activity_needs(sites("clinic", "office"), items(), activity, coefficients(*rows), posture="crisis")

    assert units(usual) == {(0, "MASK"): 30, (0, "SUIT"): 5, (1, "MASK"): 10, (1, "SUIT"): 5}
    assert units(crisis) == {(0, "MASK"): 20, (0, "SUIT"): 5, (1, "MASK"): 10, (1, "SUIT"): 5}


def test_what_nobody_counted_is_no_need():
    needs, parts = activity_needs(
        sites("clinic", "clinic"),
        items(),
        counted((1, "staff", 0)),
        coefficients(("MASK", "staff", "", "standard", 1, None, 1)),
    )

    assert len(needs) == len(parts) == 0


def test_an_unknown_posture_is_an_error():
    with pytest.raises(ValueError, match="no posture"):
        activity_needs(
            sites("clinic"), items(), counted((0, "staff", 1)),
            coefficients(("MASK", "staff", "", "standard", 1, None, 1)), posture="panic",
        )  # fmt: skip


def test_the_shipped_catalogue_disinfects_a_hundred_square_metres_with_one_half_litre_bottle():
    shipped = read_coefficients()
    row = int(np.flatnonzero(shipped.driver == "area_m2")[0])

    assert shipped.value[row] * 100 == pytest.approx(1.0)
    assert all(shipped.source)
    assert np.all((shipped.low <= shipped.value) & (shipped.value <= shipped.high))
