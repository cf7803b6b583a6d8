"""Which need counts, what is odd among peers, what recorded use teaches, what raises a tier."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.calibration import Use, calibrated
from allocator.need_sources import SOURCES, chosen_needs, odd_needs, oddness_sentence
from allocator.sentence import Named
from allocator.tier_rules import Fact, TierRule, raised_tiers

TODAY = np.datetime64("2020-02-10")


def table(*rows: tuple[int, float, str]) -> tuple:
    """Return needs of item 0: (site, units a day, day of the report)."""
    site, units, since = zip(*rows, strict=True)
    return (
        np.array(site, dtype=np.int32),
        np.zeros(len(rows), dtype=np.int32),
        np.array(units, dtype=np.float64),
        np.array(since, dtype="datetime64[D]"),
    )


def test_a_fresh_report_wins_an_old_one_gives_way_to_activity_but_not_to_a_standard():
    needs = chosen_needs(
        {
            "report": table((0, 10, "2020-02-09"), (1, 11, "2020-01-01"), (2, 12, "2020-01-01")),
            "activity": table((0, 20, "2020-02-10"), (1, 21, "2020-02-10")),
            "standard": table((0, 30, "NaT"), (2, 32, "NaT"), (3, 33, "NaT")),
        },
        today=TODAY,
        stale_days=3,
    )

    assert needs.daily_units.tolist() == [10, 21, 12, 33]
    assert [SOURCES[n] for n in needs.source] == ["report", "activity", "report", "standard"]
    assert needs.stale.tolist() == [False, False, True, False]


def test_no_source_at_all_is_no_need():
    assert len(chosen_needs({}, today=TODAY, stale_days=3)) == 0


def peers(*needed: float) -> list:
    return odd_needs(
        site=np.arange(len(needed), dtype=np.int32),
        item=np.zeros(len(needed), dtype=np.int32),
        daily_units=np.array(needed),
        size=np.ones(len(needed)),
        peers=np.zeros(len(needed), dtype=np.int64),
    )


def test_ten_times_the_peers_is_perhaps_a_zero_too_many():
    odd = peers(19, 20, 21, 20, 22, 200)

    assert [each.site for each in odd] == [5]
    assert str(oddness_sentence(Named("MASK", "mask"), odd[0].times)) == (
        "The need of mask is 9.8 times that of its peers: perhaps a zero too many. Ask the site."
    )


def test_peers_that_differ_widely_anyway_flag_nobody_and_few_peers_say_nothing():
    assert peers(1, 5, 20, 90, 400) == []
    assert peers(20, 20, 20, 200) == []


def test_a_site_twice_as_large_may_need_twice_as_much():
    big = odd_needs(
        site=np.arange(6, dtype=np.int32), item=np.zeros(6, dtype=np.int32),
        daily_units=np.array([10.0, 10, 10, 10, 10, 100]), size=np.array([1.0, 1, 1, 1, 1, 10]),
        peers=np.zeros(6, dtype=np.int64),
    )  # fmt: skip

    assert big == []


def test_a_site_that_needs_much_of_everything_is_large_and_one_that_needs_much_of_one_thing_is_odd():
    """Six sites, five items: the last needs forty times as much of all, the first ten times as much of the last."""
    needed = np.full((6, 5), 20.0)
    needed[5] *= 40
    needed[0, 4] *= 10
    site, item = (column.astype(np.int32) for column in np.divmod(np.arange(30), 5))
    odd = odd_needs(
        site=site, item=item, daily_units=needed.ravel(), size=np.full(30, np.nan), peers=np.zeros(6, dtype=np.int64)
    )

    assert [(each.site, each.item, round(each.times)) for each in odd] == [(0, 4, 10)]


def learned(norm: list[float], used: list[float], days: float, kinds: list[str]) -> list[float]:
    size = len(norm)
    site, item = np.arange(size, dtype=np.int32), np.zeros(size, dtype=np.int32)
    use = Use(site=site, item=item, units=np.array(used), days=np.full(size, float(days)), days_out=np.zeros(size))
    found = calibrated(
        site=site, item=item, daily_units=np.array(norm), kind_of_site=np.array(kinds, dtype=np.object_), use=use
    )
    return found.multiplier.round(4).tolist()


def test_with_two_weeks_of_use_the_norm_is_half_believed():
    """κ = 14 × 100; m of the kind = (1,400 + 200) ÷ (1,400 + 1,400); then the site's own part once more."""
    of_kind = 1_600 / 2_800
    of_site = (1_400 * of_kind + 200) / (1_400 * of_kind + 1_400 * of_kind)

    assert learned([100], [200], 14, ["clinic"]) == [round(of_kind * of_site, 4)]


def test_without_records_the_norm_stands_and_peers_of_its_kind_teach_a_silent_site():
    assert learned([100, 100], [0, 0], 0, ["clinic", "clinic"]) == [1, 1]
    silent = calibrated(
        site=np.array([0, 1], dtype=np.int32), item=np.zeros(2, dtype=np.int32), daily_units=np.array([100.0, 100.0]),
        kind_of_site=np.array(["clinic", "clinic"], dtype=np.object_),
        use=Use(site=np.array([0], dtype=np.int32), item=np.zeros(1, dtype=np.int32), units=np.array([280.0]),
                days=np.array([28.0]), days_out=np.zeros(1)),
    )  # fmt: skip

    assert silent.multiplier[1] == pytest.approx((2_800 + 280) / (2_800 + 2_800))
    assert silent.multiplier[0] < silent.multiplier[1]


@given(st.floats(1, 1e5), st.floats(0.05, 5), st.integers(1, 400))
def test_with_much_history_what_was_recorded_wins(norm, ratio, days):
    (multiplier,) = learned([norm], [norm * ratio * days], days, ["clinic"])

    assert min(1, ratio) - 1e-3 <= multiplier <= max(1, ratio) + 1e-3


def fact(place: str, what: str, value: float, day: int, **more: str) -> Fact:
    return Fact(place=place, fact=what, value=value, since=dt.date(2020, 2, day), **more)


def test_a_rule_raises_and_never_lowers_and_the_area_of_a_case_covers_what_lies_in_it():
    rules = [TierRule("confirmed_cases", 10, "frontline"), TierRule("cluster", 1, "community")]
    facts = [
        fact("421127103", "confirmed_cases", 12, 9, covers="421127103", reason="bulletin 14"),
        fact("421127", "cluster", 1, 8),
        fact("S4", "confirmed_cases", 9, 9),
    ]
    sites = [
        ("S1", "community", "421127103004", "community"),
        ("S2", "school", "421127200001", "recovery"),
        ("S3", "clinic", "421127103004", "frontline"),
        ("S4", "community", "421128001001", "community"),
    ]
    raised = raised_tiers(sites, facts=facts, rules=rules, tiers=["frontline", "community", "recovery"])

    assert [(each.site, each.tier) for each in raised] == [("S1", "frontline"), ("S2", "community")]
    assert str(raised[0].sentence) == (
        "Raised to frontline: confirmed cases 12 in 421127103 since 2020-02-09; the rule says 10 or more. "
        "It is known by: bulletin 14."
    )


def test_a_rule_of_a_tier_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="front"):
        raised_tiers([], facts=[], rules=[TierRule("cluster", 1, "front")], tiers=["frontline"])
