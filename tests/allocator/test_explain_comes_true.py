"""What a reason says that a little more would do is what comes of planning with that much more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from random_cases import random_case

from allocator import fast
from allocator.allocate import allocate
from allocator.case import Case, Floats, Stock
from allocator.explain_words import level
from allocator.need import needs_of, without_roads
from allocator.plan import NothingToSend, Plan
from allocator.sentence import Named, Sentence
from data.samples import make_sample


def parts_of(sentence: Any) -> Iterator[Sentence]:
    if isinstance(sentence, Sentence):
        yield sentence
        for value in sentence.values.values():
            yield from parts_of(value)


def with_units(case: Case, site: int, item: int, units: int) -> Case:
    row = {
        "site": np.array([site], dtype=np.int32),
        "item": np.array([item], dtype=np.int32),
        "units": np.array([units]),
        "lot": np.array(["NEW"], dtype=object),
        "expires": np.array(["NaT"], dtype="datetime64[D]"),
        "status": np.zeros(1, dtype=np.int8),
        "earmark": np.array([""], dtype=object),
    }
    stock = Stock(**{name: np.concatenate([getattr(case.stock, name), new]) for name, new in row.items()})
    tables = ("items", "sites", "needs", "in_transit", "lanes", "depots", "substitutes", "policy")
    return Case.canonical(stock=stock, **{name: getattr(case, name) for name in tables})


def with_more(case: Case, more: Sentence, item: int, only_depot: str | None) -> Case | None:
    """Return the case a person would make of the words "50 more at Depot"; None where they leave a choice."""
    said, depots = more.values, case.depots
    where = said.get("depot", only_depot)
    if where is None or isinstance(where, Sentence) or "road" in more.message:
        return None  # one of several depots, what is kept for somebody, or one road of several
    code = where.code if isinstance(where, Named) else where
    if code not in case.site_index:
        return None
    if "units" in said:
        sent = item if "item" not in said else case.item_index[said["item"].code]
        return with_units(case, case.site_index[code], sent, int(said["units"]))
    row = depots.depot == case.site_index[code]
    grown = {"vehicles": depots.vehicles + 1} if "lorry" in more.message else {}
    if "m3" in said:
        grown = {"max_m3": depots.max_m3 + said["m3"]}
    elif not grown and depots.vehicles[row][0] < 0:
        grown = {"max_kg": depots.max_kg + said["kg"]}
    if not grown:
        return None  # lorries and kg are both limited: it is not said which to raise
    return replace(
        case,
        depots=replace(depots, **{name: np.where(row, new, getattr(depots, name)) for name, new in grown.items()}),
    )


def comes_true(lifts: Sentence, covers: Floats, *, durable: bool) -> bool:
    said = lifts.values["level"]
    came = covers.max() if "some" in lifts.message else covers.min()
    return str(level(float(came), durable=durable)) == str(said)


def reasons_by_offer(plan: Plan) -> dict[str, list[int]]:
    """Return the reasons that say the same of the same sites, whatever they remark on single ones."""
    found: dict[str, list[int]] = {}
    for at, reason in enumerate(plan.reasons):
        for part in parts_of(reason.sentence):
            if isinstance(part.values.get("more"), Sentence) and "lifts" in part.values["more"].values:
                found.setdefault(str(part), []).append(at)
    return found


def kept(case: Case, plan: Plan, limit: int) -> tuple[int, list[str]]:
    """Return how many offers of a plan were tried by planning anew, and those that did not come true."""
    problem = needs_of(case)
    tried, broken = 0, []
    closed = [(case.site_index[depot], case.site_index[site]) for depot, site, _ in plan.proof.closed]
    for whole, reasons in reasons_by_offer(plan).items():
        offer = next(part for part in parts_of(plan.reasons[reasons[0]].sentence) if "lifts" in part.values)
        rows = np.flatnonzero(np.isin(plan.pairs.reason, reasons) & (plan.pairs.fair_units > 0))
        item = int(plan.pairs.item[rows[0]])
        sources = problem.sources
        reached = np.unique(problem.routes.source[problem.routes.site == plan.pairs.site[rows[0]]])
        # What is kept for somebody is another source than the rest of its depot, and its label no depot's code.
        labels = {str(sources.label[source]) for source in reached if problem.packs[source, item] > 0}
        changed = with_more(case, offer.values["more"], item, min(labels) if len(labels) == 1 else None)
        if changed is None or tried == limit or "if nothing else" in offer.values["lifts"].message:
            continue
        shares, _ = fast.solve(without_roads(needs_of(changed), closed))
        pairs = needs_of(changed).pairs
        covers = ((pairs.held + shares.fair_units) / pairs.daily_units)[rows]
        tried += 1
        if not comes_true(offer.values["lifts"], covers, durable=bool(case.items.durable[item])):
            broken.append(f"{whole} -- came {covers.min()} to {covers.max()}")
    return tried, broken


@pytest.mark.parametrize("name", ["county", "truck-limits", "substitutes", "one-starving-depot"])
def test_offers_of_a_sample_come_true(name):
    case = make_sample(name, sites=40, items=4)

    tried, broken = kept(case, allocate(case), limit=6)

    assert broken == []
    assert tried > 0


def test_offers_of_small_random_cases_come_true():
    tried = 0
    for seed in range(60):
        case = random_case(seed)
        try:
            plan = allocate(case)
        except NothingToSend:
            continue
        count, broken = kept(case, plan, limit=2)
        assert broken == [], seed
        tried += count

    assert tried > 25


def test_where_there_is_no_time_to_try_the_condition_is_said(monkeypatch):
    monkeypatch.setattr("allocator.what_if._TRIES_MOST", 0)

    reasons = allocate(make_sample("county", sites=40, items=4)).reasons
    offers = [sentence for sentence in map(str, (reason.sentence for reason in reasons)) if "would lift" in sentence]

    assert offers != []
    assert all("if nothing else ran short" in sentence for sentence in offers)
