"""Fields change single rules of a policy's text; all the rest of it, remarks too, stays as it was written."""

from __future__ import annotations

import pytest

from data.policy_editing import RungTyped, edited_policy
from data.policy_kept import differences, kept_policy
from models.entry import Refusal
from models.policies import DEFAULT_POLICY

RUNGS = (
    RungTyped(tiers="frontline", cover_days="1", holding_share="0.5"),
    RungTyped(tiers="frontline, community", cover_days="2", holding_share="1"),
    RungTyped(tiers="frontline, community, recovery", cover_days="5", holding_share="1"),
)


def test_a_form_that_nobody_changed_changes_no_letter():
    rules = {"reserve_share": "0.10", "max_hours": "24", "stale_days": "3", "uncounted": "zero", "memory_days": ""}

    assert edited_policy(DEFAULT_POLICY, rules, (*RUNGS, RungTyped(), RungTyped())) == DEFAULT_POLICY


@pytest.mark.parametrize(
    ("rules", "changes"),
    [
        ({"reserve_share": "0.2"}, [("reserve_share", "0.1", "0.2")]),
        ({"uncounted": "leave_out"}, [("uncounted", "zero", "leave_out")]),
        ({"memory_days": "2"}, [("memory_days", "0", "2")]),
        ({"stale_days": "4", "reserve_share": ""}, [("reserve_share", "0.1", "0"), ("stale_days", "3", "4")]),
    ],
    ids=str,
)
def test_one_rule_is_changed_added_or_left_unsaid(rules, changes):
    made = edited_policy(DEFAULT_POLICY, rules, RUNGS)

    assert differences(kept_policy(DEFAULT_POLICY), kept_policy(made)) == changes
    assert "[[tier_rules]]" in made
    assert "# Where cases are, communities come first too" in made
    lost = set(DEFAULT_POLICY.splitlines()) - set(made.splitlines())
    assert {line.split(" = ")[0] for line in lost} <= set(rules)


@pytest.mark.parametrize(
    ("ladder", "changes"),
    [
        ((RUNGS[0], RUNGS[1], RungTyped(tiers="recovery", cover_days="7.5", holding_share="1")),
         [("ladder 3: tiers", "frontline, community, recovery", "recovery"), ("ladder 3: cover_days", "5", "7.5")]),
        (RUNGS[:2], [("ladder 3: tiers", "frontline, community, recovery", ""), ("ladder 3: cover_days", "5", ""),
                     ("ladder 3: holding_share", "1", "")]),
    ],
    ids=["changed", "taken away"],
)  # fmt: skip
def test_rungs_are_changed_and_taken_away_and_what_stood_after_them_stays(ladder, changes):
    made = edited_policy(DEFAULT_POLICY, {}, ladder)

    assert differences(kept_policy(DEFAULT_POLICY), kept_policy(made)) == changes
    assert made.endswith(DEFAULT_POLICY[DEFAULT_POLICY.index("# Where cases are") :])


def test_what_is_no_value_is_written_as_it_was_typed_for_reading_to_refuse():
    assert 'stale_days = "three"\n' in edited_policy(DEFAULT_POLICY, {"stale_days": "three"}, RUNGS)
    assert 'stale_days = "3]\\" #"\n' in edited_policy(DEFAULT_POLICY, {"stale_days": '3]" #'}, RUNGS)


@pytest.mark.parametrize(
    "text",
    [
        'ladder = [{tiers = ["frontline"], cover_days = 1}]\n',
        'note = """\nstale_days = 3\n"""\nstale_days = 4\n',
    ],
)
def test_a_text_whose_lines_cannot_be_changed_one_by_one_is_refused(text):
    with pytest.raises(Refusal, match="written in a way that fields cannot change"):
        edited_policy(text, {"stale_days": "9"}, RUNGS)
