"""The forecast of a planning case: which series there are, and what the needs say of them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from spoilt_cases import sound_folder

from allocator.forecast_case import forecast_of, horizon_days_of, with_needs
from data.coefficients import read_coefficients
from data.planning_files import read_planning

NAN = float("nan")
DAYS = [dt.date(2020, 1, 11) + dt.timedelta(days=n) for n in range(30)]


def planning_with(folder, **tables: str):
    """Return a case: masks needed at 0042 (20 a day) and Clinic (10), and a tent; with these tables beside it."""
    sound_folder(folder)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_planning(folder).planning


def history_of(site, units):
    return "site,item,date,units\n" + "".join(f"{site},mask,{day},{units}\n" for day in DAYS)


def test_every_need_of_something_used_up_has_a_forecast_and_no_durable_has(tmp_path):
    found = forecast_of(planning_with(tmp_path / "case"), horizon_days=7)

    assert list(zip(found.sites, found.items, found.method, strict=True)) == [
        ("0042", "mask", "activity"),
        ("Clinic", "mask", "activity"),
    ]
    assert found.daily_units == pytest.approx([20, 10])


def test_a_need_that_overstates_is_made_what_was_used(tmp_path):
    planning = planning_with(tmp_path / "case", history=history_of("0042", 5))

    history, activity = with_needs(planning.case, planning.history)

    # 14 days of the need against 30 of use, once for the kind of site and once for the site itself.
    of_kind = (14 * 20 + 30 * 5) / (14 * 20 + 30 * 20)
    of_site = (14 * 20 * of_kind + 30 * 5) / (14 * 20 * of_kind + 30 * 20 * of_kind)
    assert activity == pytest.approx([20 * of_kind * of_site, 10])
    assert history.units[0].tolist() == [5.0] * 30
    assert np.isnan(history.units[1]).all()


def test_history_of_what_nobody_needs_is_forecast_too(tmp_path):
    planning = planning_with(tmp_path / "case", history=history_of("D1", 8))

    found = forecast_of(planning, horizon_days=7)

    assert list(zip(found.sites, found.method, strict=True)) == [
        ("0042", "activity"),
        ("Clinic", "activity"),
        ("D1", "median"),
    ]
    assert found.daily_units[2] == pytest.approx(8)


def test_activity_speaks_where_nobody_told_a_need(tmp_path):
    planning = planning_with(
        tmp_path / "case",
        items="item,unit,pack_units,use,pack_kg\nmask,piece,10,consumable,1.5\nMASK,piece,10,consumable,1\n"
        "tent,piece,1,durable,30\n",
        drivers="site,driver,value,from\nClinic,staff,10,\n",
    )

    without = forecast_of(planning, horizon_days=7)
    found = forecast_of(planning, horizon_days=7, coefficients=read_coefficients())

    pairs = set(zip(found.sites, found.items, strict=True)) - set(zip(without.sites, without.items, strict=True))
    assert pairs == {("Clinic", "MASK")}
    assert found.daily_units[found.items.index("MASK")] > 0


@pytest.mark.parametrize(
    ("offers", "history", "days"),
    [
        ("", "", 28),
        ("A,mask,1,5\nB,mask,1,9\n", "", 12),  # the faster of two
        ("A,mask,1,5\nA,tent,9,30\n", "", 37),
        ("A,mask,1,5\n", "Clinic,mask,2019-11-01,9\nClinic,mask,2020-01-01,9\n", 90),  # three months at the least
    ],
)
def test_how_far_it_looks_ahead(tmp_path, offers, history, days):
    tables = {"history": "site,item,date,units\n" + history} if history else {}
    if offers:
        tables |= {
            "suppliers": "supplier,name\nA,Works\nB,Mill\n",
            "offers": "supplier,item,price,lead_days\n" + offers,
        }

    assert horizon_days_of(planning_with(tmp_path / "case", **tables)) == days
