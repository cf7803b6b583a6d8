"""What each ending of a command says, and what it leaves behind."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import root


def allocator(*words: str) -> Result:
    return CliRunner().invoke(root, ["--lang", "en", *words], prog_name="allocator")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def small_plan():
    """Return nothing; leave `case` and `plan` in the folder."""
    sampled = allocator("sample", "county", "--out", "case", "--sites", "40", "--items", "3")
    planned = allocator("plan", "case", "--out", "plan")
    assert (sampled.exit_code, planned.exit_code) == (0, 0), sampled.output + planned.output


def test_an_unreadable_case_ends_with_2_and_lists_everything_wrong(empty_folder):
    allocator("sample", "ties", "--out", "case", "--sites", "20")
    needs = Path("case/needs.csv")
    first, *rest = needs.read_text(encoding="utf-8").splitlines()
    needs.write_text("\n".join([first, rest[0].replace(",", ",about ", 2), *rest[1:]]), encoding="utf-8")
    Path("case/policy.toml").unlink()
    result = allocator("plan", "case", "--out", "plan")

    assert result.exit_code == 2
    assert "needs.csv, row 2" in result.stderr
    assert "policy" in result.stderr
    assert result.stderr.splitlines()[-1].endswith("Nothing was written.")
    assert not Path("plan").exists()


def test_a_case_with_nothing_to_send_ends_with_3_and_one_sentence():
    allocator("sample", "nothing", "--out", "case", "--sites", "20")
    result = allocator("plan", "case", "--out", "plan", "--quiet")

    assert result.exit_code == 3
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert not Path("plan").exists()


def test_a_plan_that_holds_ends_with_0_and_one_that_was_altered_with_4(small_plan):
    untouched = allocator("verify", "case", "plan")
    lines = Path("plan/lines.csv")
    header, first, *rest = lines.read_text(encoding="utf-8").splitlines(keepends=True)
    lines.write_text("".join([header, *rest]), encoding="utf-8")
    altered = allocator("verify", "case", "plan")

    assert untouched.exit_code == 0, untouched.output
    assert "The plan holds" in untouched.stdout
    assert altered.exit_code == 4
    assert first.split(",")[1] in altered.stdout


def test_why_answers_with_the_pair_and_its_reason(small_plan):
    _, first, *_ = Path("plan/pairs.csv").read_text(encoding="utf-8").splitlines()
    site, item, *_ = first.split(",")
    answer = json.loads(allocator("why", "plan", site, item, "--json").stdout)

    assert answer["schema"] == "allocator.why/1"
    assert (answer["pair"]["site"], answer["pair"]["item"]) == (site, item)
    assert answer["sentence"]


def test_why_refuses_a_pair_that_the_plan_does_not_hold(small_plan):
    result = allocator("why", "plan", "no-such-site", "no-such-item")

    assert result.exit_code == 1
    assert "no-such-site" in result.stderr


def test_json_is_one_document_on_stdout_with_the_summary(small_plan):
    result = allocator("plan", "case", "--out", "plan", "--json")
    answer = json.loads(result.stdout)

    assert answer["schema"] == "allocator.plan/1"
    assert answer["summary"] == json.loads(Path("plan/summary.json").read_text(encoding="utf-8"))
    assert {tier["tier"] for tier in answer["tiers"]} >= {"frontline"}


def test_the_reference_engine_exports_its_model(small_plan):
    result = allocator("plan", "case", "--out", "other", "--engine", "reference", "--export", "model.lp")

    assert result.exit_code == 0, result.output
    assert Path("model.lp").read_text(encoding="utf-8").startswith("\\*")
    assert allocator("verify", "case", "other").exit_code == 0


def test_an_unknown_solver_ends_with_2_and_names_those_there_are(small_plan):
    result = allocator("plan", "case", "--out", "other", "--engine", "reference", "--solver", "oracle")

    assert result.exit_code == 2
    assert "cbc" in result.stderr
    assert not Path("other").exists()


def test_a_plan_never_replaces_the_case_it_was_made_from(small_plan):
    result = allocator("plan", "case", "--out", "case")

    assert result.exit_code == 1
    assert "holds other things" in result.stderr
    assert allocator("verify", "case", "plan").exit_code == 0
