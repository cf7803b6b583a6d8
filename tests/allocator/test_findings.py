"""Each rule speaks where something is wrong, and is silent where the same looks alike and is honest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from told import Told

from allocator.finding_limits import LIMITS
from allocator.findings import RULES

POSTS = {f"P{number}": "checkpoint" for number in range(1, 13)}
PIECES = {"MASK": 1, "GLOVES": 1, "GEL": 12}


def county(**more: object) -> Told:
    return Told({"D1": "warehouse", **POSTS}, PIECES, **more)  # type: ignore[arg-type]


def counted(differences: dict[int, int]) -> Told:
    """Every post counts 100 masks nineteen times and is off by one or two; P3 as is told, count by count."""
    told, draw = county(), np.random.default_rng(1)
    for site in POSTS:
        for at in range(19):
            off = int(draw.integers(-2, 3))
            off = differences.get(at, off) if site == "P3" else off
            told.count(site, 9 * at, {"MASK": (100 + off, 100)})
    return told


def test_a_count_far_off_is_found():
    (one,) = counted({7: -40}).found("count_variance")

    assert (one.subject, one.documents) == ("P3", (19 * 2 + 8,))
    assert "off by 40% of what there was" in str(one.sentence)


def test_a_count_that_the_next_one_takes_back_was_a_miscount():
    assert counted({7: -40, 8: 38}).found("count_variance") == []


def test_stock_that_always_falls_short_is_found_with_who_keeps_it():
    (one,) = counted(dict.fromkeys(range(19), -3)).found("shrinkage")

    assert (one.persons, one.sites) == (("keeper-P3",), ("P3",))


def test_stock_that_errs_to_both_sides_is_nobodys_theft():
    assert counted({at: 3 if at % 2 else -3 for at in range(19)}).found("shrinkage") == []


def written_off(times_at_p3: int) -> Told:
    """Counts err to both sides everywhere; every post writes five masks off twice, P3 so many times."""
    told = counted({})
    for site in POSTS:
        for at in range(times_at_p3 if site == "P3" else 2):
            told.post("writeoff", site, 10 + 9 * at, {"MASK": 5}, source=f"SITE:{site}", target="LOST")
    return told


def test_stock_that_is_written_off_far_more_often_than_elsewhere_is_found_with_who_keeps_it():
    (one,) = written_off(18).found("shrinkage")

    assert (one.persons, one.sites) == (("keeper-P3",), ("P3",))
    assert "18 lines of write-offs and corrections" in str(one.sentence)


def test_stock_that_is_written_off_a_little_more_often_breaks():
    assert written_off(5).found("shrinkage") == []


def weekly_use(times: float, *, at: range = range(84, 140), everywhere: bool = False) -> Told:
    """Every post uses about 20 masks a day; P3, or all of them, so many times that on some days."""
    told, draw = county(), np.random.default_rng(2)
    for site in POSTS:
        told.come(site, 0, {"MASK": 100_000})
        for day in range(180):
            more = times if day in at and (everywhere or site == "P3") else 1
            told.use(site, day, {"MASK": int(draw.poisson(20 * more))})
    return told


def test_use_far_above_quiet_weeks_and_peers_is_found():
    (one,) = weekly_use(3).found("use_far")

    assert (one.subject, one.items) == ("P3", ("MASK",))
    assert one.first_day.isoformat() == "2020-05-25"


def test_use_that_rises_everywhere_is_no_wrong_of_one():
    assert weekly_use(3, everywhere=True).found("use_far") == []


def quantities(at_p3: list[int]) -> Told:
    told, draw = county(), np.random.default_rng(3)
    for site in POSTS:
        for day in range(60):
            units = at_p3[day % len(at_p3)] if site == "P3" else int(draw.integers(20, 90))
            told.use(site, day, {"GEL": units})
    return told


def test_numbers_that_are_nearly_all_round_are_found():
    (one,) = quantities([30, 50, 40, 70, 31]).found("round_numbers")

    assert (one.subject, "48 of 60" in str(one.sentence)) == ("P3", True)


def test_whole_packs_are_round_because_packs_are():
    assert quantities([60, 120, 60, 180, 31]).found("round_numbers") == []


def use_of(p3: list[tuple[int, int]], other: str = "") -> Told:
    """Posts use masks and gloves; P3 as told, day by day; `other` says the same as P3 on those days."""
    told, draw = county(), np.random.default_rng(4)
    for site in POSTS:
        for day in range(80):
            masks, gloves = (int(each) for each in draw.integers(20, 60, 2))
            if site in ("P3", other) and day < len(p3):
                masks, gloves = p3[day]
            told.use(site, day, {"MASK": masks, "GLOVES": gloves})
    return told


def test_the_same_report_day_after_day_is_found():
    (one,) = use_of([(31, 42)] * 8).found("copied_reports")

    assert (one.subject, "up to 8 in a row" in str(one.sentence)) == ("P3", True)


def test_another_sites_numbers_on_the_same_days_are_found():
    said = [(20 + day, 59 - day) for day in range(12)]
    (one,) = use_of(said, other="P7").found("copied_reports")

    assert one.sites == ("P3", "P7")


def test_a_place_of_few_units_may_repeat_itself():
    draw = np.random.default_rng(5)
    assert use_of([(int(draw.integers(1, 3)), 1) for _ in range(80)]).found("copied_reports") == []


def typed(days: int) -> Told:
    """Every post types its days on the same evening; P3 types so many at once."""
    told = county()
    for site in POSTS:
        for day in range(60):
            late = days - 1 - day % days if site == "P3" else 0
            told.use(site, day, {"MASK": 20 + day}, late=late, minute=18 * 60 + day % days)
    return told


def test_days_that_are_typed_long_after_in_one_go_are_found():
    (one,) = typed(20).found("typed_afterwards")

    assert (one.subject, "20 days" in str(one.sentence), "3 such sittings" in str(one.sentence)) == ("P3", True, True)


def test_a_week_on_paper_is_caught_up_honestly():
    assert typed(7).found("typed_afterwards") == []


def needs(rise: float, *, use_rises: bool = False) -> Told:
    """Plans every fourteen days; P3 says more for the four days around three of them."""
    told = county()
    told.plan_days = list(range(14, 180, 14))
    for site in POSTS:
        for day in range(0, 170, 14):
            told.need(site, "MASK", day, 20 + day % 3)
        for day in range(180):
            more = rise if use_rises and site == "P3" and (day % 14 in (12, 13, 0, 1)) else 1
            told.use(site, day, {"MASK": int(20 * more)})
    for plan in (28, 56, 84):
        told.need("P3", "MASK", plan - 2, 20 * rise)
        told.need("P3", "MASK", plan + 2, 20)
    told.levels.sort(key=lambda row: row["day"])
    return told


def test_needs_that_rise_for_plans_are_found():
    (one,) = needs(2.5).found("needs_jump")

    assert (one.subject, len(one.evidence)) == ("P3", 3)


@pytest.mark.parametrize("told", [needs(1.2), needs(2.5, use_rises=True)])
def test_needs_that_wobble_or_are_used_are_honest(told):
    assert told.found("needs_jump") == []


def thermometers(counts_of_p3: int) -> Told:
    told = Told(POSTS, {"THERMO": 1, "MASK": 1}, durable=["THERMO"])
    for site in POSTS:
        told.come(site, 0, {"THERMO": 4, "MASK": 5_000})
        for at in range(1, 7):
            found = {"MASK": (4_000, 4_000)}
            if site != "P3" or at <= counts_of_p3:
                found["THERMO"] = (4, 4)
            told.count(site, 25 * at, found)
    return told


def test_thermometers_that_nobody_ever_touched_are_found():
    (one,) = thermometers(0).found("never_used")

    assert (one.subject, one.items) == ("P3", ("THERMO",))


def test_thermometers_that_were_counted_once_are_there():
    assert thermometers(1).found("never_used") == []


def expiry(neighbour_has: int) -> Told:
    """P3 lets 500 masks expire on day 90; P4 near by uses 10 a day from day 0 and has so many."""
    told = county()
    told.near = [("P3", "P4"), ("P4", "P3")]
    told.come("P3", 0, {"MASK": 500}, lot="OLD", expires=90)
    told.come("P4", 0, {"MASK": neighbour_has}, lot="NEW")
    for day in range(min(180, neighbour_has // 10)):
        told.use("P4", day, {"MASK": 10}, lot="NEW")
    return told


def test_stock_that_expires_beside_an_empty_shelf_is_found():
    (one,) = expiry(700).found("expired_beside_short")

    assert (one.sites, one.items) == (("P3", "P4"), ("MASK",))
    assert "500 units of MASK expired at P3" in str(one.sentence)


def test_a_shelf_long_empty_stood_without_on_every_day_of_the_window_and_no_more():
    (one,) = expiry(300).found("expired_beside_short")

    assert "stood without any on 30 of the 30 days before" in str(one.sentence)


def test_stock_that_expires_where_nobody_needs_it_is_bad_luck():
    assert expiry(1_800).found("expired_beside_short") == []


def receipts(papers: str) -> Told:
    told = county()
    for day in range(40):
        told.come("D1", day, {"MASK": 100}, papers="reference certificate" if day else "certificate")
    for day in (50, 60):
        told.come("D1", day, {"MASK": 900}, partner="X", papers=papers)
    return told


def test_receipts_without_any_paper_are_found():
    (one,) = receipts("").found("receipt_without_source")

    assert (one.subject, one.documents) == ("D1<X", (41, 42))


def test_receipts_that_lack_one_paper_twice_are_mislaid_papers():
    assert receipts("certificate").found("receipt_without_source") == []


def donation(expires_of_bought: int) -> Told:
    """A donor gives 1,000 masks that keep until day 400; then 3,000 are bought and all of those go out."""
    told = county()
    for day in range(10):
        told.come("D1", day, {"GLOVES": 500}, lot=f"G{day}", expires=300 + day)
        told.send("D1", "P1", day + 5, {"GLOVES": 500}, lot=f"G{day}", expires=300 + day)
    told.come("D1", 10, {"MASK": 1_000}, partner="N1", source_kind="DONOR", lot="GIVEN", expires=400)
    for at in range(10):
        told.come("D1", 20 + at, {"MASK": 300}, lot=f"B{at}", expires=expires_of_bought)
        told.send("D1", "P2", 30 + at, {"MASK": 300}, lot=f"B{at}", expires=expires_of_bought)
    return told


def test_a_donation_that_lies_while_later_lots_go_out_is_found():
    (one,) = donation(600).found("donation_not_distributed")

    assert (one.subject, one.items) == ("D1<N1", ("MASK",))


def test_a_donation_that_keeps_longest_waits_its_turn():
    assert donation(200).found("donation_not_distributed") == []


def transfers(parts: list[int], item: str = "MASK") -> Told:
    """From 500 on a second person approves; D1 sends P3 so much on each of three days."""
    told, draw = county(), np.random.default_rng(6)
    for day in range(160):
        units = int(draw.integers(50, 900))
        second = {"approver": "chief"} if units >= 500 else {}
        told.send("D1", f"P{1 + day % 12}", day, {"MASK": units}, **second)
    for day in (161, 165, 170):
        for at, units in enumerate(parts):
            told.send("D1", "P3", day, {(item if at % 2 else "MASK"): units})
    return told


def test_a_shipment_in_parts_below_the_size_of_approval_is_found():
    (one,) = transfers([480, 490]).found("split_transfers")

    assert (one.subject, len(one.documents)) == ("D1>P3", 6)


@pytest.mark.parametrize("told", [transfers([480]), transfers([480, 490], item="GLOVES"), transfers([100, 90])])
def test_one_shipment_of_each_item_or_small_ones_are_no_parts(told):
    assert told.found("split_transfers") == []


def approvals(pair: tuple[str, str], *, seconds: int = 5_000) -> Told:
    """Four planners and four leaders, whoever is there; twelve plans by one pair."""
    told, draw = county(), np.random.default_rng(7)
    for day in range(60):
        told.approve(f"planner-{day % 4}", f"leader-{draw.integers(4)}", day, int(draw.integers(3_000, 9_000)))
    for day in range(60, 72):
        other = f"leader-{draw.integers(4)}" if pair[1] == "anybody" else pair[1]
        told.approve(pair[0], other, day, seconds)
    return told


@pytest.mark.parametrize(("pair", "seconds"), [(("planner-9", "leader-2"), 5_000), (("planner-1", "leader-2"), 20)])
def test_a_pair_that_keeps_to_itself_or_never_reads_is_found(pair, seconds):
    (one,) = approvals(pair, seconds=seconds).found("approval_pair")

    assert one.persons == (pair[1], pair[0])


def test_a_drafter_whom_anybody_approves_is_no_half_of_a_pair():
    assert approvals(("planner-9", "anybody")).found("approval_pair") == []


def nights(of_p3: list[int]) -> Told:
    told = county()
    for site in POSTS:
        for day in range(100):
            told.use(site, day, {"MASK": 10}, minute=120 if site == "P3" and day in of_p3 else 600)
    return told


def test_postings_at_night_by_who_works_by_day_are_found():
    (one,) = nights([20, 40, 60, 80]).found("night_postings")

    assert (one.persons, len(one.documents)) == (("keeper-P3",), 4)


def test_who_keeps_a_post_by_night_too_is_asked_for_the_other_by_day():
    told = nights([])
    for day in range(100):
        told.use("P1", day, {"MASK": 10}, minute=120, actor="keeper-P3")
    for day in (20, 40, 60, 80):
        told.post("writeoff", "P3", day, {"MASK": 9}, source="SITE:P3", target="DAMAGED", minute=120, actor="keeper-P3")
    (one,) = told.found("night_postings")

    assert (one.persons, one.sites, len(one.documents)) == (("keeper-P3",), ("P3",), 4)


def test_who_posts_every_night_works_at_night():
    assert nights(list(range(0, 100, 2))).found("night_postings") == []


def months(broken: int, by: int) -> Told:
    told = county()
    for site in POSTS:
        for item in PIECES:
            for month in range(1, 8):
                off = by if site == "P3" and item == "MASK" and month <= broken else 0
                told.report(site, item, month, opening=500, closing=500 - off)
    return told


def test_months_that_do_not_join_are_found():
    (one,) = months(2, 80).found("broken_opening")

    assert (one.subject, "2 of 18 months" in str(one.sentence)) == ("P3", True)


def test_months_that_join_but_for_a_slip_are_sound():
    assert months(2, 5).found("broken_opening") == []


def papers(missing: set[int]) -> Told:
    told = county()
    for at, site in enumerate(("D1", "P1", "P2")):
        for number in range(100, 200):
            if not (site == "D1" and number in missing) and number != 150 + at:
                told.use(site, number - 100, {"MASK": 5}, paper=f"{site}-00{number}")
    return told


def test_numbers_in_a_row_that_are_missing_are_found():
    (one,) = papers({120, 121, 122, 123}).found("number_gaps")

    assert (one.subject, "120–123" in str(one.sentence)) == ("D1", True)


def test_single_numbers_are_spoilt_forms():
    assert papers({110, 130, 170}).found("number_gaps") == []


def paid(by_x: str) -> Told:
    """Amounts from 10 to 100,000 that follow the law; those to X do, or are made up with many a seven."""
    told, draw = county(), np.random.default_rng(8)
    for at in range(600):
        amount = 10 ** draw.uniform(1, 5)
        if at % 4 == 0 and by_x == "made up":
            amount = float(draw.choice([6.1, 7.2, 7.9, 8.3, 5.5])) * 10 ** int(draw.integers(1, 5))
        partner = "X" if at % 4 == 0 else f"S{at % 4}"
        told.come("D1", at % 180, {"MASK": 1}, partner=partner, amount_micro=int(amount * 1_000_000))
    return told


def test_amounts_that_do_not_begin_as_amounts_do_are_found():
    (one,) = paid("made up").found("benford")

    assert one.subject == "X"


def test_amounts_that_follow_the_law_are_not():
    assert paid("honest").found("benford") == []


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_finding_is_the_same_whatever_the_order_of_documents_and_keeps_its_number_with_more_evidence(seed):
    """Its id is of its rule, its subject and its first day; evidence after that adds to it."""
    draw = np.random.default_rng(seed)
    last = int(draw.integers(10, 60))
    short, long = (
        use_of([(31, 42)] * 10 + [(int(a), int(b)) for a, b in draw.integers(20, 60, (last, 2))][:extra])
        for extra in (0, last)
    )
    (before,), (after,) = short.found("copied_reports"), long.found("copied_reports")

    assert (before.id, before.first_day) == (after.id, after.first_day)


def test_every_rule_names_limits_that_there_are_and_honest_causes():
    used = {limit for rule in RULES.values() for limit in rule.limits}

    assert used == set(LIMITS)
    assert all(rule.innocent for rule in RULES.values())
