"""`allocator policy`, as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import root
from models.catalogue import save_items
from models.database import writing
from models.ledger import open_ledger
from models.policies import DEFAULT_POLICY
from models.versions import Stamp

OTHER = DEFAULT_POLICY.replace("stale_days = 3", "stale_days = 5").replace("cover_days = 5", "cover_days = 7.5")


@pytest.fixture
def allocator(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", "sqlite:///ledger.sqlite")

    def run(*words: str) -> Result:
        return CliRunner().invoke(root, ["--lang", "en", *words], prog_name="allocator")

    assert run("init").exit_code == 0
    return run


def test_a_new_ledger_has_the_default_policy_and_what_is_shown_can_be_set_again(allocator):
    shown = allocator("policy", "show")
    Path("policy.toml").write_text(shown.stdout, encoding="utf-8")

    again = allocator("policy", "set", "policy.toml")

    assert shown.stdout == DEFAULT_POLICY
    assert "Policy 1, put in force by local" in shown.stderr
    assert again.stdout == "That is what the policy in force says (number 1); nothing changed.\n"


def test_comments_alone_change_nothing_but_a_rule_does_and_every_version_stays(allocator):
    Path("policy.toml").write_text("# only a remark\n" + DEFAULT_POLICY, encoding="utf-8")
    Path("other.toml").write_text(OTHER, encoding="utf-8")

    assert "nothing changed" in allocator("policy", "set", "policy.toml").stdout
    assert allocator("policy", "diff", "other.toml").stdout == "stale_days: 3 → 5\nladder 3: cover_days: 5 → 7.5\n"
    assert allocator("policy", "set", "other.toml").stdout == "Policy 2 is in force.\n"
    assert allocator("policy", "diff").stdout == "stale_days: 3 → 5\nladder 3: cover_days: 5 → 7.5\n"
    assert allocator("policy", "diff", "2", "1").stdout == "stale_days: 5 → 3\nladder 3: cover_days: 7.5 → 5\n"
    assert allocator("policy", "show", "1").stdout == DEFAULT_POLICY
    assert allocator("policy", "show").stdout == OTHER
    listed = json.loads(allocator("policy", "show", "--all", "--json").stdout)
    assert [each["number"] for each in listed["policies"]] == [1, 2]


REASON = "wear_hours_max 8, C: county order 12: a mask for a whole shift"
NEEDS = """
posture = "contingency"
need_sources = ["activity", "report"]
[standards."诊所"]
MASK = 30
[[ladder]]
tiers = ["frontline"]
cover_days = 1
[[tier_rules]]
fact = "确诊病例"
at_least = 10
tier = "frontline"
[[coefficients]]
item = "MASK"
driver = "staff"
kind = "checkpoint"
value = 0.5
wear_hours_max = 8
reason = "county order 12: a mask for a whole shift"
"""


def test_what_a_policy_says_about_needs_is_kept_and_compared_rule_by_rule(allocator):
    Path("policy.toml").write_text(NEEDS, encoding="utf-8")
    allocator("policy", "set", "policy.toml")
    changed = NEEDS.replace("= 10", "= 5").replace("value = 0.5", "value = 0").replace("MASK = 30", "MASK = 20")
    Path("other.toml").write_text(changed, encoding="utf-8")

    assert allocator("policy", "show").stdout == NEEDS
    assert allocator("policy", "diff", "other.toml").stdout.splitlines() == [
        "standards.clinic.MASK: 30 → 20",
        "tier_rules 1: confirmed_cases ≥ 10 → frontline → confirmed_cases ≥ 5 → frontline",
        f"coefficients MASK staff checkpoint standard: 0.5, {REASON} → 0, {REASON}",
    ]


def test_everything_wrong_with_the_rules_on_needs_is_listed_with_its_row(allocator):
    spoilt = NEEDS.replace("contingency", "panic").replace("确诊病例", "rumour").replace("= 30", '= "many"')
    spoilt = spoilt.replace('tier = "frontline"', 'tier = "first"').replace('reason = "county', 'reasn = "county')
    Path("policy.toml").write_text(spoilt, encoding="utf-8")

    refused = allocator("policy", "set", "policy.toml")

    assert refused.exit_code == 2
    for said in (
        'row 2: posture is "panic", and should be one of: standard, contingency, crisis.',
        'row 5: standards.诊所.MASK is "many", and should be a number from 0 upwards.',
        'row 10: tier_rules 1: fact is "rumour", and should be one of: confirmed_cases,',
        'row 12: tier_rules 1: tier is "first", and should be one of: frontline.',
        'row 19: The policy has no rule "coefficients 1: reasn". If "reason" is meant',
        "row 13: The policy does not say coefficients 1: reason.",
    ):
        assert said in refused.stderr


def test_a_policys_own_date_is_not_kept_and_that_is_said(allocator):
    Path("policy.toml").write_text("date = 2020-02-10\n" + OTHER, encoding="utf-8")

    done = allocator("policy", "set", "policy.toml")

    assert done.exit_code == 0
    assert "policy.toml, row 1: The date in the policy is not kept: its day is that of each allocation." in done.stderr


def test_how_long_stock_must_last_for_a_kind_of_site_is_kept_and_compared(allocator):
    Path("policy.toml").write_text(DEFAULT_POLICY + '\n[shelf_days]\n"学校" = 60\n', encoding="utf-8")
    Path("other.toml").write_text(DEFAULT_POLICY + "\n[shelf_days]\nschool = 90\nclinic = 0\n", encoding="utf-8")
    Path("spoilt.toml").write_text(DEFAULT_POLICY + "\n[shelf_days]\nschol = 60\n", encoding="utf-8")

    assert allocator("policy", "set", "policy.toml").exit_code == 0
    assert allocator("policy", "diff").stdout == "shelf_days.school: - → 60\n"
    assert allocator("policy", "diff", "other.toml").stdout == "shelf_days.school: 60 → 90\nshelf_days.clinic: - → 0\n"
    refused = allocator("policy", "set", "spoilt.toml")
    assert refused.exit_code == 2
    assert 'shelf_days names a kind of site "schol"' in refused.stderr


def test_a_reserve_may_only_name_items_the_ledger_knows(allocator):
    ledger = open_ledger("sqlite:///ledger.sqlite")
    with writing(ledger.engine) as connection:
        save_items(connection, {"code": ["MASK"], "unit": ["piece"]}, Stamp("local", 1))
    ledger.engine.dispose()
    Path("policy.toml").write_text("[reserve]\nMASKS = 0.2\n[[ladder]]\ntiers = ['a']\ncover_days = 1\n")

    refused = allocator("policy", "set", "policy.toml")

    assert refused.exit_code == 2
    assert 'The reserve names an item "MASKS", which is not in items. If "MASK" is meant' in refused.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("stale_days = ", "The policy is not TOML"),
        ("stale = 3\nreserve_share = 2\n", 'The policy has no rule "stale".'),
        ("stale = 3\nreserve_share = 2\n", "reserve_share is 2, and should be a share from 0 to 1."),
        ("stale_days = 3\n", "The policy does not say ladder."),
        ("", "The file is empty"),
    ],
)
def test_a_policy_that_is_not_sound_is_refused_with_everything_wrong(allocator, text, says):
    Path("policy.toml").write_text(text, encoding="utf-8")

    refused = allocator("policy", "set", "policy.toml")

    assert refused.exit_code == 2
    assert says in refused.stderr
    assert allocator("policy", "show").stdout == DEFAULT_POLICY


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["show", "9"], 1, "There is no policy 9."),
        (["diff", "1", "9"], 1, "There is no policy 9."),
        (["diff", "1"], 2, "Give nothing, one file, or the numbers of two policies."),
        (["set", "none.toml"], 2, "The file cannot be opened: it is not there."),
    ],
)
def test_what_is_not_there_is_said(allocator, words, status, says):
    refused = allocator("policy", *words)

    assert refused.exit_code == status
    assert says in refused.stderr


def test_of_very_many_rules_that_there_are_not_the_first_are_named(allocator):
    """Each is compared with all that are known: sixty thousand took half a minute, and as many lines."""
    Path("many.toml").write_text("".join(f"k{n} = {n}\n" for n in range(60_000)), encoding="utf-8")
    refused = allocator("policy", "diff", "many.toml")

    assert refused.exit_code == 2
    assert 'The policy has no rule "k19".' in refused.stderr
    assert 'The policy has no rule "k20".' not in refused.stderr
    assert "59980" in refused.stderr.replace(",", "")
