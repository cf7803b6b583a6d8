"""The checker on plans with overrides: what people decided stands, the rest is proven against what that leaves."""

from __future__ import annotations

import dataclasses
import os
from functools import cache

import corruptions
import numpy as np
import pytest
from case_tables import case_of_tables
from random_cases import random_case

from allocator.allocate import allocate, allocate_with
from allocator.case import Case
from allocator.need import needs_of
from allocator.overrides import Override
from allocator.plan import NothingToSend
from allocator.verify import PlanRead, plan_read_of, verify

CASES = int(os.environ.get("ALLOCATOR_CASES", "20"))


def overrides_of(case: Case, seed: int, *, unneeded: bool) -> list[Override]:
    """Return up to three overrides, some to nothing, some of more than there is; `unneeded`: one of any item."""
    rng, pairs = np.random.default_rng(seed), needs_of(case).pairs
    chosen = {(int(pairs.site[row]), int(pairs.item[row])) for row in rng.integers(len(pairs), size=2)}
    if unneeded:
        chosen.add((int(rng.integers(len(case.sites))), int(rng.integers(len(case.items)))))
    pack = case.items.pack_units
    return [
        Override(case.sites.code[site], case.items.code[item], int(rng.integers(0, 5)) * int(pack[item]))
        for site, item in sorted(chosen)
    ]


@cache
def overridden(seed: int, *, unneeded: bool) -> tuple[Case, PlanRead | None, PlanRead | None]:
    """Return a drawn case, its plan as proposed, and with overrides."""
    case = random_case(seed)
    try:
        proposed = allocate(case)
    except NothingToSend:
        return case, None, None
    final, _ = allocate_with(case, overrides_of(case, seed, unneeded=unneeded), proposed=proposed)
    return case, plan_read_of(proposed, case), plan_read_of(final, case)


def test_every_plan_with_overrides_holds():
    """Drawn cases with earmarks, substitutes, caps, limits of lorries, lanes and stops."""
    stood = 0
    for seed in range(CASES):
        case, proposed, final = overridden(seed, unneeded=True)
        if final is not None:
            stood += len(final.overridden)
            assert verify(case, final, proposed=proposed) is None, f"seed {seed}: {verify(case, final)}"
    assert stood > CASES


# A price more is no fault where overrides left nothing of what it is a price of.
@pytest.mark.parametrize("name", sorted(set(corruptions.ALL) - {"price_added"}))
def test_every_corruption_of_a_plan_with_overrides_is_refused(name):
    tried = 0
    for seed in range(CASES):
        case, proposed, final = overridden(seed, unneeded=False)
        if final is None or not len(final.overridden):
            continue
        corrupted = corruptions.ALL[name](final, case, np.random.default_rng(seed))
        if corrupted is not None:
            tried += 1
            assert verify(case, corrupted, proposed=proposed) is not None, f"seed {seed}: {name} was accepted"
    assert tried > 0


def three_posts(**tables: str) -> Case:
    """Return three equal posts of ten masks a day that nobody has stock for; the depot holds six packs of ten."""
    return case_of_tables(
        **{
            "items": "item pack kg\nmask 10 1",
            "needs": "site item daily\nGate mask 10\nPost mask 10\nWard mask 10",
            "stock": "site item units\nDepot mask 60",
            **tables,
        }
    )


def read(case: Case, *overrides: Override) -> PlanRead:
    final, conflicts = allocate_with(case, overrides, proposed=allocate(case))
    assert conflicts == ()
    return plan_read_of(final, case)


def told(plan: PlanRead, **columns: list[int]) -> PlanRead:
    """Return a plan whose overrides.csv says something else."""
    arrays = {name: np.array(column, dtype=np.int64) for name, column in columns.items()}
    return dataclasses.replace(plan, overridden=dataclasses.replace(plan.overridden, **arrays))


def test_the_plan_of_the_rest_is_held_to_the_rule():
    """Forty for the gate is a person's word; that the ward then gets both other packs is not."""
    case = three_posts()
    plan = read(case, Override("Gate", "mask", 40))
    gate, post, ward = (case.site_index[site] for site in ("Gate", "Post", "Ward"))
    assert verify(case, plan) is None
    assert dict(zip(plan.lines.site.tolist(), plan.lines.units.tolist(), strict=True)) == {gate: 40, post: 10, ward: 10}

    unfair = dataclasses.replace(
        plan,
        lines=plan.lines.take(np.array([0, 2])),
        stops=plan.stops.take(np.array([0, 2])),
        pairs=dataclasses.replace(plan.pairs, units=np.array([40.0, 0, 20]), cover_after=np.array([4.0, 0, 2])),
    )
    for column, values in (("packs", [4, 2]), ("units", [40, 20]), ("kg", [4.0, 2.0])):
        unfair = dataclasses.replace(unfair, lines=dataclasses.replace(unfair.lines, **{column: np.array(values)}))
    unfair = dataclasses.replace(unfair, stops=dataclasses.replace(unfair.stops, kg=np.array([4.0, 2.0])))
    assert "Ward" in str(verify(case, unfair))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"units": [30]}, "site Gate, item mask: a person decided 30 units, lines.csv brings 40.0."),
        ({"units": [45]}, "site Gate, item mask: 45 units are no whole packs of 10."),
        ({"units": [-10]}, "site Gate, item mask: -10 units are no whole packs of 10."),
        ({"site": [], "item": [], "units": []}, "proof.json, step 1: says it freezes 2 pairs; its prices freeze 3."),
    ],
)
def test_what_people_decided_stands_to_the_unit(columns, said):
    case = three_posts()
    plan = read(case, Override("Gate", "mask", 40))

    assert said in str(verify(case, told(plan, **columns)))


def test_an_override_that_nobody_gave_is_no_excuse():
    """Post got ten by the rule; said to be decided, it would leave the ward all that is left: twenty."""
    case = three_posts()
    plan = read(case, Override("Gate", "mask", 30))
    sites = [case.site_index[site] for site in ("Gate", "Post")]
    excused = told(plan, site=sites, item=[0, 0], units=[30, 20])

    assert verify(case, plan) is None
    assert verify(case, excused) is not None


def test_limits_bind_overrides_and_rest_together():
    """Lorries of six packs carry four of an override and two more; a limit of five is passed by both together."""
    plan = read(three_posts(depots="depot kg\nDepot 6"), Override("Gate", "mask", 40))
    assert verify(three_posts(depots="depot kg\nDepot 6"), plan) is None

    assert "Depot sends 6.0 kg in all; its limit is 5.0." in str(verify(three_posts(depots="depot kg\nDepot 5"), plan))


def test_who_was_decided_on_keeps_the_share_that_the_rule_gave():
    case = three_posts()
    proposed = plan_read_of(allocate(case), case)
    plan = read(case, Override("Gate", "mask", 40))
    gate = int(np.flatnonzero(plan.pairs.site == case.site_index["Gate"])[0])
    grabbed = corruptions.changed(plan.pairs, "fair_units", gate, 40.0)

    assert verify(case, plan, proposed=proposed) is None
    said = verify(case, dataclasses.replace(plan, pairs=grabbed), proposed=proposed)
    assert str(said) == "pairs.csv, site Gate, item mask: fair_units is 40.0, but was 20.0 before the override."
