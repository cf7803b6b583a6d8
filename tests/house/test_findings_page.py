"""docs/findings.md says what the rules are, and its example is run; the commands do what the page says."""

from __future__ import annotations

import csv
import doctest
import hashlib
import importlib.util
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ledgers import a_ledger, at
from office import FAR, Office, masks
from openpyxl import load_workbook

from cli import root
from models.database import writing
from models.documents_in import receive
from models.finding_states import STATES
from models.people import LOCAL, Person, add_person
from models.versions import Stamp

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "findings.md"


def test_the_page_is_what_the_rules_say():
    spec = importlib.util.spec_from_file_location("write_findings", ROOT / "docs" / "write_findings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert module.page() == PAGE.read_text(encoding="utf-8"), "run: python docs/write_findings.py"


def test_the_example_is_what_the_code_gives():
    failures, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")

    assert (failures, tried >= 3) == (0, True)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Return a ledger in which thirty receipts came with their papers, and three of S1 at P1 without any."""
    path = tmp_path_factory.mktemp("made") / "ledger.sqlite"
    office = Office(a_ledger(f"sqlite:///{path}"))
    for day in range(33):
        at_p1 = day >= 30
        papers = {} if at_p1 else {"reference": f"GR-{day:05}", "certificate": f"C{day}"}
        row = masks(40, f"L{day}", expires=FAR)
        head = office.head(day=day, actor="keeper" if at_p1 else "clerk")
        office.post(receive(head, site="P1" if at_p1 else "D1", partner="S1", rows=[row], **papers))
    with writing(office.ledger.engine) as connection:
        roles = {"ann": "administrator", "bo": "auditor", "cy": "auditor", "keeper": "auditor", "li": "logistics"}
        for id_, role in roles.items():
            by = LOCAL if id_ == "ann" else "ann"
            add_person(connection, Person(id=id_, roles=((role, ""),)), Stamp(by, at(100)))
    office.ledger.engine.dispose()
    return path


@pytest.fixture
def address(made, tmp_path) -> str:
    shutil.copy(made, tmp_path / "ledger.sqlite")
    return f"sqlite:///{tmp_path / 'ledger.sqlite'}"


def typed(address: str, *words: str, actor: str = "ann", lang: str = "en") -> Result:
    own = ["--lang", lang, "--db", address, *(["--actor", actor] if actor else [])]
    return CliRunner().invoke(root, [*own, *words], prog_name="allocator")


def findings(address: str, *words: str, **more: str) -> Result:
    return typed(address, "audit", "findings", *words, **more)


def the_one(address: str) -> str:
    (one,) = json.loads(findings(address, "list", "--json").stdout)["findings"]
    return one["id"]


def test_the_list_tells_each_finding_in_a_sentence_and_that_something_waits(address):
    result = findings(address, "list", "--rule", "receipt_without_source")

    assert result.exit_code == 4
    assert "P1 took in 120 units from S1 in 3 receipts (of 3) without the papers" in result.stdout
    assert "Findings: 1; waiting for somebody: 1." in result.stdout
    assert findings(address, "list", "--rule", "shrinkage").exit_code == 0
    assert findings(address, "list", "--site", "D1").exit_code == 0
    assert "入库 120 个单位" in findings(address, "list", lang="zh").stdout


def test_an_explanation_tells_evidence_limits_innocent_causes_and_what_to_look_at(address):
    told = findings(address, "explain", the_one(address)).stdout

    assert "40 units from S1: no reference, no certificate" in told
    assert "papers_usual_share = 0.8 share of 1" in told
    assert "The papers came later and were filed, not entered." in told
    assert "allocator audit trace 31" in told
    assert "Nobody has decided on it." in told


def test_it_is_opened_mended_and_closed_by_a_third_person(address, tmp_path):
    one = the_one(address)
    sheet = tmp_path / "sheet.pdf"
    sheet.write_bytes(b"signed")

    assert (
        "bo is to mend it by 2100-03-01"
        in findings(address, "open", one, "--owner", "bo", "--due", "2100-03-01").stdout
    )
    assert findings(address, "list").exit_code == 4
    for who in ("ann", "bo", "keeper"):
        assert findings(address, "close", one, "--evidence", "seen", actor=who).exit_code == 1
    assert findings(address, "close", one, "--file", str(sheet), actor="cy").exit_code == 0
    assert findings(address, "list").exit_code == 0
    told = findings(address, "explain", one).stdout
    assert f"cy closed it: sheet.pdf (SHA-256 {hashlib.sha256(b'signed').hexdigest()})" in told
    assert typed(address, "audit", "check").exit_code == 0


def test_it_is_accepted_with_a_reason_of_the_list_by_nobody_whom_it_names(address):
    one = the_one(address)

    assert "names keeper" in findings(address, "accept", one, "--reason", "emergency", actor="keeper").stderr
    assert "Give one of: papers-seen" in findings(address, "accept", one, "--reason", "fine").stderr
    assert "is accepted: papers were seen" in findings(address, "accept", one, "--reason", "papers-seen").stdout
    assert findings(address, "list").exit_code == 0
    assert json.loads(findings(address, "list", "--state", "accepted", "--json").stdout)["findings"][0]["id"] == one


@pytest.mark.parametrize(
    "words",
    [
        ("accept", "--reason", "papers-seen"),
        ("open", "--owner", "bo", "--due", "2100-03-01"),
        ("close", "--evidence", "x"),
    ],
)
def test_auditors_and_administrators_decide_and_nobody_else(address, words):
    command, *rest = words
    one = the_one(address)

    refused = findings(address, command, one, *rest, actor="li")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "li may not decide on findings: that takes one of the roles administrator, auditor." in refused.stderr
    assert "li 无权对疑点作出决定" in findings(address, command, one, *rest, actor="li", lang="zh").stderr
    assert json.loads(findings(address, "list", "--json").stdout)["findings"][0]["state"] == "new"


def test_as_of_a_day_before_it_was_decided_it_is_as_new_as_it_was(address):
    one = the_one(address)
    findings(address, "accept", one, "--reason", "papers-seen")

    assert findings(address, "list").exit_code == 0
    assert findings(address, "list", "--state", "new", "--as-of", "2020-06-01").exit_code == 4
    assert "Nobody has decided on it." in findings(address, "explain", one, "--as-of", "2020-06-01").stdout


def test_findings_of_every_state_that_there_is_can_be_asked_for(address):
    states = {state: findings(address, "list", "--state", state).exit_code for state in STATES}

    assert states == dict.fromkeys(STATES, 0) | {"new": 4}


def test_a_workbook_holds_findings_and_evidence(address, tmp_path):
    findings(address, "list", "--out", str(tmp_path / "findings.xlsx"))
    book = load_workbook(tmp_path / "findings.xlsx")

    assert [book.worksheets[at].max_row for at in (0, 1)] == [2, 4]


def test_a_table_tells_who_is_to_mend_a_finding_until_when_though_it_is_found_no_more(address, tmp_path):
    one, path = the_one(address), tmp_path / "findings.csv"
    findings(address, "open", one, "--owner", "bo", "--due", "2100-03-01")

    def row(*words: str) -> dict[str, str]:
        findings(address, "list", *words, "--out", str(path))
        with path.open(encoding="utf-8-sig") as file:
            (only,) = csv.DictReader(file)
        return only

    there, gone = row(), row("--set", "receipts_least=99")
    assert (there["documents"], gone["documents"]) == ("3", "")
    assert "not found any more" in gone["sentence"]
    for each in (there, gone):
        assert (each["finding"], each["state"]) == (one, "open")
        assert (each["owner"], each["due"]) == ("bo", "2100-03-01")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("explain", "F-0000000"), "There is no finding F-0000000."),
        (("list", "--rule", "theft"), "There is no rule theft. Give one of: count_variance"),
        (("list", "--set", "x=1"), '"x" is no limit of a rule.'),
        (("list", "--set", "doubt=many"), '"many" is no number. Write it as doubt=3.'),
        (("open", "F-0000000", "--owner", "bo"), "--due"),
    ],
)
def test_what_is_typed_wrongly_is_told(address, words, says):
    result = findings(address, *words)

    assert (result.exit_code, says in result.stderr) == (2, True)
