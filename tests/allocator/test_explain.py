"""Why each site got what it got: one sentence, shared by all whom the same thing stopped."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from random_cases import random_case
from text_tables import case_of

from allocator import fast, reference
from allocator.allocate import allocate
from allocator.case import Case, Floats
from allocator.explain import reasons_of
from allocator.need import Problem, needs_of
from allocator.policy import Rung
from allocator.sentence import Named
from allocator.shares import Shipments
from data.samples import make_sample
from data.texts import translator

ONE_DAY = (Rung(tiers=("frontline",), cover_days=Fraction(1), holding_share=Fraction(1)),)
BOTH_ONE_DAY = (Rung(tiers=("frontline", "community"), cover_days=Fraction(1), holding_share=Fraction(1)),)


def delivered(problem: Problem, shipments: Shipments) -> Floats:
    """Return whole units by pair; these cases have no substitutes."""
    units = np.zeros(len(problem.pairs))
    for site, by, packs in zip(shipments.site, shipments.by, shipments.packs, strict=True):
        pair = np.flatnonzero((problem.pairs.site == site) & (problem.pairs.item == by))
        units[pair] += packs * problem.case.items.pack_units[by]
    return units


def explained(case: Case, lang: str = "en") -> dict[str, tuple[str, str]]:
    """Return the code and the sentence of each site's one pair."""
    problem = needs_of(case)
    shares, shipments = reference.solve(problem, "highs")
    reasons, position = reasons_of(problem, shares, delivered(problem, shipments))
    word = translator(lang)
    return {
        case.sites.code[site]: (reasons[at].code, word(reasons[at].sentence))
        for site, at in zip(problem.pairs.site, position, strict=True)
    }


def why(table: str, supply: Any, lang: str = "en", **limits: Any) -> dict[str, tuple[str, str]]:
    return explained(case_of(table, supply, **limits), lang)


def test_a_shortage_says_what_ran_out_who_shares_it_and_what_more_would_do():
    """80 masks for uses of 40 and 60 give 0.8 days; 10 more would give 0.9."""
    table = """
        site   tier      daily held pack
        Clinic frontline    40    0    1
        Gate   frontline    60    0    1
    """
    both = (
        "All stock of mask at East and West is sent; the 2 frontline sites that only they reach now each hold "
        "0.8 days; 10 more at East would lift them to about 0.9 days."
    )
    in_chinese = (
        "East、West的口罩已全部发出；只能由它们供应的 2 个一线点位现各有 0.8 天的用量；"
        "East再增加 10，可升至约 0.9 天的用量。"
    )

    assert why(table, {"East": 30, "West": 50}, ladder=ONE_DAY) == {
        "Clinic": ("supply", both),
        "Gate": ("supply", both),
    }
    assert why(table, {"East": 30, "West": 50}, "zh", ladder=ONE_DAY)["Gate"] == ("supply", in_chinese)


def test_what_the_sentence_promises_comes_true():
    """Ten more masks, as the sentence above offers, lift the two sites from 0.8 to 0.9 days."""
    table = """
        site   tier      daily held pack
        Clinic frontline    40    0    1
        Gate   frontline    60    0    1
    """

    shares, _ = fast.solve(needs_of(case_of(table, {"East": 40, "West": 50}, ladder=ONE_DAY)))

    assert shares.fill == pytest.approx([0.9, 0.9])


def test_one_site_at_one_depot_is_spoken_of_in_the_singular():
    sentence = why(
        """
        site   tier      daily held pack
        Clinic frontline    10    0    1
        """,
        5,
        ladder=ONE_DAY,
    )["Clinic"][1]

    assert sentence == (
        "All stock of mask at Depot is sent; the one frontline site that only it reaches now holds 0.5 days; "
        "1 more would lift it to about 0.6 days."
    )


def test_many_depots_are_named_up_to_three_and_then_counted():
    depots = {f"D{n}": 10 for n in range(6)}

    sentence = why("site tier daily held pack\n Clinic frontline 100 0 1", depots, ladder=ONE_DAY)["Clinic"][1]

    assert sentence.startswith("All stock of mask at D0, D1, D2 and 3 more is sent;")


def test_tiers_that_share_a_shortage_are_named_to_one_another():
    found = why(
        """
        site   tier      daily held pack
        Clinic frontline    10    0    1
        Office community    10    0    1
        """,
        10,
        ladder=BOTH_ONE_DAY,
    )

    assert "now holds 0.5 days, sharing with one community site;" in found["Clinic"][1]
    assert "now holds 0.5 days, sharing with one frontline site;" in found["Office"][1]


def test_who_comes_later_and_who_holds_enough_are_told_so():
    found = why(
        """
        site   tier      daily held pack
        Clinic frontline    10    0    1
        Ward   frontline    10    9    1
        Office community    10    0    1
        """,
        5,
        reserve_share=Fraction(1, 10),
    )

    cause = "All stock of mask at Depot is sent, but for the reserve of 10%; "
    assert found["Ward"][1] == (
        cause
        + "the one frontline site that only it reaches already holds at least the 0.4 days that others are lifted to."
    )
    assert found["Office"][1] == (
        cause + "nothing is left for the one community site that only it reaches; "
        "anything more would first go to the frontline sites."
    )


def test_a_complete_ladder_and_one_complete_before_are_told_apart():
    found = why(
        """
        site   tier      daily held pack
        Clinic frontline    10    0    1
        Ward   frontline    10   60    1
        """,
        100,
    )

    assert found == {
        "Clinic": ("complete", "Its share fills it to what the ladder promises frontline sites (5 days)."),
        "Ward": (
            "held_enough",
            "It already holds what the ladder promises frontline sites (5 days), so nothing is sent.",
        ),
    }


def test_a_full_truck_is_told_in_kilograms():
    """5 packs of 1 kg may leave, for uses of 10."""
    found = why(
        """
        site   tier      daily held pack
        Clinic frontline    10    0    1
        """,
        100,
        depots="depot kg m3 stops\n Depot 5 - -",
        ladder=ONE_DAY,
    )

    assert found["Clinic"] == (
        "truck_kg",
        (
            "Depot can load no more weight today; the one frontline site that only it reaches now holds 0.5 days' "
            "supply of mask; 1 kg more at Depot would lift it to about 0.6 days."
        ),
    )


def test_one_more_lorry_is_offered_where_lorries_hold_the_day_back():
    case = case_of(
        "site tier daily held pack\n Clinic frontline 10 0 1",
        100,
        depots="depot kg m3 stops\n Depot - - -",
        ladder=ONE_DAY,
    )
    lorries = replace(case.depots, vehicles=np.array([2]), vehicle_kg=np.array([3.0]))

    sentence = explained(replace(case, depots=lorries))["Clinic"][1]

    assert sentence.endswith("one more lorry at Depot (3 kg) would lift it to about 0.9 days.")


def test_room_and_roads_can_run_out_too():
    room = why(
        "site tier daily held pack\n Clinic frontline 10 0 1",
        100,
        depots="depot kg m3 stops\n Depot - 0.05 -",
        ladder=ONE_DAY,
    )
    case = case_of("site tier daily held pack\n Clinic frontline 10 0 1", 100, ladder=ONE_DAY)
    road = explained(replace(case, lanes=replace(case.lanes, max_kg=np.array([5.0]))))

    assert room["Clinic"] == (
        "truck_m3",
        (
            "Depot can load no more volume today; the one frontline site that only it reaches now holds 0.5 days' "
            "supply of mask; 0.01 m³ more at Depot would lift it to about 0.6 days."
        ),
    )
    assert road["Clinic"] == (
        "lane_kg",
        (
            "Clinic gets all the weight its road from Depot carries; it now holds 0.5 days' supply of mask; "
            "1 kg more on that road would lift it to about 0.6 days."
        ),
    )


def test_a_cap_of_the_needs_table_is_named():
    found = why(
        """
        site   tier      daily held pack cap
        Clinic frontline    10    0    1   5
        Ward   frontline    10    0    1   0
        """,
        100,
    )

    assert found == {
        "Clinic": ("cap", "It gets all the mask that its needs row allows in this plan (max_units)."),
        "Ward": ("cap", "Its needs row allows no mask to be sent in this plan (max_units 0)."),
    }


def test_closed_slow_and_missing_roads_are_not_a_shortage():
    case = case_of(
        """
        site   tier      daily held pack
        Clinic frontline    10    0    1
        Gate   frontline    10    0    1
        Post   frontline    10    0    1
        """,
        100,
    )
    at = case.site_index
    closed = case.lanes.site != at["Gate"]
    lanes = replace(case.lanes, open=closed).take(np.flatnonzero(case.lanes.site != at["Post"]))

    found = explained(replace(case, lanes=lanes))

    assert found["Gate"] == (
        "no_road",
        "Every road from a depot to this site is closed or takes longer than 24 hours.",
    )
    assert found["Post"] == ("no_road", "The case lists no road from a depot to this site.")


@pytest.mark.parametrize(
    ("units", "reserve", "code", "sentence"),
    [
        (0, 0, "no_stock", "There is no usable stock of mask at Far; no other depot has an open road to this site."),
        (9, 0, "no_stock", "What there is of mask at Far is less than one pack."),
        (12, 20, "reserve", "What Far may send of mask beyond the reserve of 20% is less than one pack."),
    ],
)
def test_a_depot_without_a_whole_pack_says_why(units, reserve, code, sentence):
    found = why(
        """
        site   tier      daily held pack from
        Clinic frontline    10    0   10 Near
        Post   frontline    10    0   10 Far
        """,
        {"Near": 100, "Far": units},
        reserve_share=Fraction(reserve, 100),
    )

    assert found["Post"] == (code, sentence)


def test_whole_packs_that_change_much_are_mentioned():
    """50 masks in packs of 50 for uses of 30 and 20: Gate's one pack is 2.5 days, Clinic gets none."""
    found = why(
        """
        site   tier      daily held pack
        Clinic frontline    30    0   50
        Gate   frontline    20    0   50
        """,
        50,
        ladder=BOTH_ONE_DAY,
    )
    codes = {site: code for site, (code, _) in found.items()}
    remarks = {site: sentence.rsplit(". ", 1)[-1] for site, (_, sentence) in found.items()}

    assert sorted(codes.values()) == ["complete", "whole_pack"]
    assert set(remarks.values()) == {
        "Counted in whole packs of 50, this site stands above that.",
        (
            "This site's share is less than one pack of 50; "
            "any site that could give one up for it would then stand no higher."
        ),
    }


def test_what_nobody_has_counted_is_said_to_be_assumed_as_nothing():
    found = why("site tier daily held pack\n Clinic frontline 10 - 1", 5, ladder=ONE_DAY)

    assert found["Clinic"][1].endswith("Nobody has counted this item here, so 0 on hand is assumed.")


def test_a_site_the_stops_do_not_reach_is_told_that_its_turn_comes():
    found = why(
        """
        site   tier      daily held pack
        Clinic frontline    10    0    1
        Gate   frontline    10    5    1
        """,
        100,
        depots="depot kg m3 stops\n Depot - - 1",
    )

    assert found["Gate"] == (
        "passed_over",
        (
            "Passed over today: all stops of Depot go to sites that stood lower. This site now stands lower than they "
            "do, so it comes earlier tomorrow."
        ),
    )


def test_a_durable_item_is_spoken_of_as_a_share_of_what_is_required():
    case = case_of("site tier daily held pack\n Ward frontline 40 0 1", 10, ladder=ONE_DAY)

    sentence = explained(replace(case, items=replace(case.items, durable=np.array([True]))))["Ward"][1]

    assert "now holds 25% of what is required; 2 more would lift it to about 30% of what is required." in sentence


def test_depots_of_one_name_are_told_apart_by_their_codes():
    assert str(Named("D1", "County depot", with_code=True)) == "County depot (D1)"
    case = case_of("site tier daily held pack\n Ward frontline 40 0 1", {"D1": 5, "D2": 5}, ladder=ONE_DAY)
    names = case.sites.name.copy()
    names[:] = "County depot"

    sentence = explained(replace(case, sites=replace(case.sites, name=names)))["Ward"][1]

    assert sentence.startswith("All stock of mask at County depot (D1) and County depot (D2) is sent;")


@pytest.mark.parametrize("seed", range(30))
def test_every_pair_has_one_reason_that_reads_in_both_languages(seed):
    problem = needs_of(random_case(seed, sites=8))
    if not len(problem.pairs):
        return
    shares, shipments = fast.solve(problem)

    reasons, position = reasons_of(problem, shares, delivered(problem, shipments))

    assert len(position) == len(problem.pairs)
    assert sorted(np.unique(position).tolist()) == list(range(len(reasons)))
    for lang in ("en", "zh"):
        sentences = [translator(lang)(reason.sentence) for reason in reasons]
        assert all(sentence[-1] in ".。" and "{" not in sentence for sentence in sentences)
        assert len(set(zip(sentences, (reason.code for reason in reasons), strict=True))) == len(reasons)


def test_many_pairs_share_few_sentences():
    plan = allocate(make_sample("nation", sites=3_000, items=5, depots=6))

    assert len(plan.pairs) > 14_000
    assert len(plan.reasons) < 500
