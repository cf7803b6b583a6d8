"""`report decisions`: who decided what, who paid for it, who approved it, and what changed in the policy."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from case_ledger import ledger_of
from click.testing import CliRunner, Result

from cli import root
from data.samples import make_sample

PLAN = "P2020-02-10-1"
ALL = ("report", "decisions", "--from", "2000-01-01", "--to", "2099-01-01")


def typed(*words: str, actor: str = "", lang: str = "en") -> Result:
    own = ["--actor", actor] if actor else []
    return CliRunner().invoke(root, ["--lang", lang, *own, *words], prog_name="allocator")


def done(*words: str, actor: str = "") -> str:
    told = typed(*words, actor=actor)
    assert told.exit_code == 0, told.output
    return told.stdout


@pytest.fixture
def overridden(tmp_path, monkeypatch) -> dict[str, str]:
    """Return the line that wu lowered in lin's plan, which lin reviewed and hao approved; then the policy changed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    monkeypatch.setenv("ALLOCATOR_DB", url)
    ledger_of(make_sample("county", sites=40, items=4), url)
    for who, role in (("lin", "administrator"), ("wu", "logistics"), ("hao", "logistics")):
        done("user", "add", who, "--role", role, actor="" if who == "lin" else "lin")
    done("user", "role", "lin", "logistics", actor="lin")
    done("user", "role", "hao", "approver", actor="lin")
    done("allocate", "--date", "2020-02-10", "--no-workbook", actor="lin")
    done("show", PLAN, "--out", "shown")
    lines = [line.split(",") for line in Path("shown", "lines.csv").read_text(encoding="utf-8").splitlines()]
    rows = [dict(zip(lines[0], line, strict=False)) for line in lines[1:]]
    most = max(rows, key=lambda row: int(row["packs"]))
    units = str(int(most["units"]) - int(most["units"]) // int(most["packs"]))
    done("override", PLAN, most["site"], most["item"], units, "--reason", "holds-more", actor="wu")
    done("review", PLAN, actor="lin")
    done("approve", PLAN, "--date", "2020-02-10", actor="hao")
    Path("policy.toml").write_text(done("policy", "show"), encoding="utf-8")
    text = re.sub(r"confirm_days = \d+", "confirm_days = 9", Path("policy.toml").read_text(encoding="utf-8"))
    if "confirm_days" not in text:
        text = "confirm_days = 9\n" + text
    Path("policy.toml").write_text(text, encoding="utf-8")
    done("policy", "set", "policy.toml", actor="lin")
    return {**most, "decided": units}


def test_who_decided_who_paid_who_approved_and_what_changed(overridden):
    told = json.loads(done(*ALL, "--json"))

    (override,) = told["overrides"]
    assert (override["site"], override["item"], override["units"]) == (
        overridden["site"],
        overridden["item"],
        int(overridden["decided"]),
    )
    assert override["proposed_units"] > override["units"]
    assert (override["actor"], override["cancelled"]) == ("wu", False)
    payers = told["payers"][PLAN]
    assert overridden["site"] in {each["site"] for each in payers}
    steps = [(each["what"], each["step"], each["made_by"], each["actor"], each["by_another"]) for each in told["steps"]]
    assert ("plan", "overridden", "lin", "wu", True) in steps
    assert ("plan", "reviewed", "lin", "lin", False) in steps
    assert ("plan", "approved", "lin", "hao", True) in steps
    assert any("confirm_days" in each["rule"] and each["after"] == "9" for each in told["policy"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_is_read_and_saved_in_both_languages(overridden, lang):
    told = typed(*ALL, "--out", "decisions.xlsx", lang=lang)

    assert told.exit_code == 0, told.output
    assert PLAN in told.stdout
    assert overridden["site"] in told.stdout
    assert ("人工调整" if lang == "zh" else "Overrides") in told.stdout
    assert Path("decisions.xlsx").exists()


def test_days_on_which_nothing_was_decided_say_so(overridden):
    told = typed("report", "decisions", "--from", "2001-01-01", "--to", "2001-01-02")

    assert told.stdout.splitlines()[2] == "Overrides: none."
    assert typed("report", "decisions", "--from", "2001-01-02", "--to", "2001-01-01").exit_code == 2
