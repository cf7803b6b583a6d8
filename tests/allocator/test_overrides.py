"""Overrides: what a person decided stands, the rest is shared by the rule, who pays is shown, misfits are listed."""

from __future__ import annotations

import numpy as np
import pytest
from case_strategy import cases
from case_tables import case_of_tables
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pack_checks import Rules, sends_of

from allocator import fast
from allocator.allocate import _together, allocate, allocate_with
from allocator.case import Case
from allocator.need import needs_of
from allocator.overrides import Override, changes_between, fixed_by
from allocator.plan import Plan


def three_posts(supply: int, **tables: str) -> Case:
    """Return three equal posts of ten masks a day that nobody has stock for; masks come in tens."""
    return case_of_tables(
        **{
            "items": "item pack kg\nmask 10 1",
            "needs": "site item daily\nGate mask 10\nPost mask 10\nWard mask 10",
            "stock": f"site item units\nDepot mask {supply}",
            **tables,
        }
    )


def given_units(case: Case, plan: Plan) -> dict[str, float]:
    return {str(case.sites.code[site]): float(u) for site, u in zip(plan.pairs.site, plan.pairs.units, strict=True)}


def with_override(case: Case, *overrides: Override) -> tuple[Plan, Plan, tuple]:
    proposed = allocate(case)
    final, conflicts = allocate_with(case, overrides, proposed=proposed)
    return proposed, final, conflicts


def test_what_one_gets_more_the_others_get_less_and_they_are_named():
    case = three_posts(60)
    proposed, final, conflicts = with_override(case, Override("Gate", "mask", 40))

    assert given_units(case, proposed) == {"Gate": 20, "Post": 20, "Ward": 20}
    assert given_units(case, final) == {"Gate": 40, "Post": 10, "Ward": 10}
    assert conflicts == ()
    payers = [(case.sites.code[c.site], c.units_before, c.units_after, c.cover_before, c.cover_after)
              for c in changes_between(proposed, final)]  # fmt: skip
    assert payers == [("Post", 20, 10, 2, 1), ("Ward", 20, 10, 2, 1), ("Gate", 20, 40, 2, 4)]


def test_what_one_gives_up_goes_to_the_others():
    case = three_posts(60)
    _, final, _ = with_override(case, Override("Gate", "mask", 0))

    assert given_units(case, final) == {"Gate": 0, "Post": 30, "Ward": 30}
    assert final.lines.units.sum() == 60


def test_an_override_stands_whatever_stock_there_is_on_the_next_run():
    for supply in (60, 50, 40, 300):
        case = three_posts(supply)
        _, final, conflicts = with_override(case, Override("Gate", "mask", 30))

        assert given_units(case, final)["Gate"] == 30
        assert conflicts == ()


def test_an_overridden_pair_says_that_a_person_decided_and_the_proof_is_of_the_others():
    case = three_posts(60)
    _, final, _ = with_override(case, Override("Gate", "mask", 40))
    gate = int(np.flatnonzero(final.pairs.site == case.site_index["Gate"])[0])

    assert final.reasons[final.pairs.reason[gate]].code == "override"
    assert sum(float(row.units) for row in final.proof.flow) == pytest.approx(20)
    assert final.summary["overrides"] == 1


@pytest.mark.parametrize(
    ("override", "tables", "said"),
    [
        (Override("Gate", "mask", 15), {}, "15 units of mask are no whole packs of 10. Write a multiple of 10."),
        (Override("Nowhere", "mask", 10), {}, "There is no site Nowhere in this plan."),
        (Override("Gate", "suit", 10), {}, "There is no item suit in this plan."),
        (
            Override("Gate", "mask", 70),
            {},
            (
                "Depots that reach Gate (Gate) can still send 60 units of mask, reserve, shelf life and other "
                "overrides kept. Override to that or less."
            ),
        ),
        (
            Override("Gate", "mask", 30),
            {"needs": "site item daily cap\nGate mask 10 20\nPost mask 10 -"},
            "Gate (Gate) may receive at most 20 units of mask in one plan.",
        ),
        (
            Override("Gate", "mask", 40),
            {"depots": "depot kg\nDepot 3"},
            (
                "Depot (Depot) cannot carry 4 packs of mask more to Gate (Gate) within its weight, volume, stops or "
                "lane limits. Override to fewer."
            ),
        ),
    ],
)
def test_an_override_that_does_not_fit_is_listed_with_the_reason_and_the_rest_is_planned(override, tables, said):
    case = three_posts(60, **tables)
    proposed, final, conflicts = with_override(case, override)

    assert [str(conflict.sentence) for conflict in conflicts] == [said]
    assert given_units(case, final) == given_units(case, proposed)


def test_what_leaves_one_depot_as_earmarked_and_as_free_stock_rides_on_one_lorry():
    case = three_posts(
        0, stock="site item units earmark\nDepot mask 20 -\nDepot mask 20 Gate", depots="depot kg\nDepot 3"
    )
    _, final, conflicts = with_override(case, Override("Gate", "mask", 40))

    assert [str(conflict.sentence).split(" within")[0] for conflict in conflicts] == [
        "Depot (Depot) cannot carry 2 packs of mask more to Gate (Gate)"
    ]
    assert final.lines.units.sum() == 30


def test_two_overrides_share_one_lorry_and_the_second_is_told_what_is_left_of_it():
    """The lorry takes three packs of 1 kg: two to Gate, so that Post cannot have two."""
    case = three_posts(60, depots="depot kg\nDepot 3")
    _, final, conflicts = with_override(case, Override("Gate", "mask", 20), Override("Post", "mask", 20))

    assert [str(each.sentence).split(" within")[0] for each in conflicts] == [
        "Depot (Depot) cannot carry 2 packs of mask more to Post (Post)"
    ]
    assert final.lines.units.sum() == 30


def test_two_overrides_share_what_there_is_and_the_second_is_told():
    case = three_posts(60)
    _, final, conflicts = with_override(case, Override("Gate", "mask", 40), Override("Post", "mask", 30))

    assert [conflict.override.site for conflict in conflicts] == ["Post"]
    assert given_units(case, final) == {"Gate": 40, "Post": 10, "Ward": 10}


@pytest.mark.parametrize("site", ["Gate", "Ward"])
def test_what_an_override_may_still_have_is_what_all_others_leave_whichever_comes_first(site):
    """The one of Post takes 30 of the 60, before or after this one; what is then said to be left is there."""
    case, other = three_posts(60), Override("Post", "mask", 30)
    _, _, conflicts = with_override(case, Override(site, "mask", 70), other)
    _, final, none_left = with_override(case, Override(site, "mask", 30), other)

    assert [str(each.sentence).split(", ")[0] for each in conflicts] == [
        f"Depots that reach {site} ({site}) can still send 30 units of mask"
    ]
    assert none_left == ()
    assert given_units(case, final) == {"Gate": 0, "Ward": 0, "Post": 30} | {site: 30}


def test_what_nobody_needs_can_be_sent_too():
    case = three_posts(60, sites="site kind\nGate clinic\nPost clinic\nWard clinic\nDesk office\nDepot warehouse",
                       lanes="depot site\nDepot Gate\nDepot Post\nDepot Ward\nDepot Desk")  # fmt: skip
    _, final, conflicts = with_override(case, Override("Desk", "mask", 10))

    assert conflicts == ()
    desk = final.lines.site == case.site_index["Desk"]
    assert final.lines.units[desk].tolist() == [10]


@given(cases(items=2), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 6)), min_size=1, max_size=3))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_overridden_every_limit_is_kept(case, choices):
    """Added up by a second, naive reader of the case."""
    problem = needs_of(case)
    assume(len(problem.pairs))
    rows = {row % len(problem.pairs): packs for row, packs in choices}
    overrides = [
        Override(
            case.sites.code[problem.pairs.site[row]],
            case.items.code[problem.pairs.item[row]],
            packs * int(case.items.pack_units[problem.pairs.item[row]]),
        )
        for row, packs in rows.items()
    ]
    fixed = fixed_by(problem, overrides)
    assume(len(fixed.rest.pairs) and len(fixed.rest.routes))
    together = _together(fast.solve(fixed.rest)[1], fixed.shipments)

    faults = [fault for fault in Rules(problem).faults(sends_of(together)) if "over-filled" not in fault]
    assert faults == []
    kept = {(o.site, o.item): o.units for o in overrides if o not in [c.override for c in fixed.conflicts]}
    for (site, item), units in kept.items():
        sent = (together.site == case.site_index[site]) & (together.item == case.item_index[item])
        assert (together.packs * case.items.pack_units[together.by])[sent].sum() == units
