"""`allocator audit check`: what it says of a ledger that holds and of one that was altered."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile

import pytest
from click.testing import CliRunner, Result
from ledgers import Book
from tampering import KEY, Sealed, sealed_ledger, tamper

from cli import root
from models.checkpoint import Checkpoint, Signer, signed
from models.tree import newest_head


def allocator(*words: str, lang: str = "en") -> Result:
    return CliRunner().invoke(root, ["--lang", lang, *words], prog_name="allocator")


@pytest.fixture
def made(tmp_path, monkeypatch) -> Sealed:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    made = sealed_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    (tmp_path / "head.txt").write_text(made.kept.note, encoding="utf-8")
    key = tmp_path / "ledger.sqlite.key"
    key.write_text(KEY.secret_text(), encoding="utf-8")
    key.chmod(0o600)
    return made


def test_a_ledger_that_holds_ends_with_0_and_says_what_was_checked(made):
    result = allocator("audit", "check", "--head", "head.txt")

    assert result.exit_code == 0, result.output
    first, *rest = result.stdout.splitlines()
    assert first == (
        "The ledger holds. Documents: 13; lines: 14; changes of master data: 1; balances: 10; counts: 1; "
        "leaves: 14; signed heads: 2."
    )
    assert "  Every document's text has the hash that was recorded with it." in rest
    assert "  The heads kept outside are prefixes of this ledger." in rest
    assert "  shipment T1 still holds 1 unit." in rest
    assert f"  {KEY.public.text}" in rest


def test_without_a_head_from_outside_it_says_what_would_not_show(made):
    assert "No head from outside was compared" in allocator("audit", "check").stdout


def test_an_altered_ledger_ends_with_4_and_names_the_first_thing(made):
    tamper(made.ledger, "UPDATE document SET approver = 'C' WHERE id = 8")
    result = allocator("audit", "check")
    answer = json.loads(allocator("audit", "check", "--json").stdout)

    assert result.exit_code == 4
    assert result.stdout == 'Does not hold: Document 8: its row says "C" for approver, its text says "B".\n'
    assert (answer["schema"], answer["holds"], answer["check"]) == ("allocator.audit/1", False, "rows")
    assert answer["held"] == []


def test_it_says_so_in_chinese(made):
    assert "账本无误" in allocator("audit", "check", lang="zh").stdout


def test_the_audit_leaves_the_ledger_as_it_is(made):
    with made.ledger.engine.connect() as connection:
        before = newest_head(connection)
    tamper(made.ledger, "INSERT INTO pending_seal (kind, ref) VALUES ('document', 1)")
    allocator("audit", "check")

    with made.ledger.engine.connect() as connection:
        assert newest_head(connection) == before


def test_a_head_that_cannot_be_read_ends_with_2(made):
    result = allocator("audit", "check", "--head", "no-such-file")

    assert result.exit_code == 2
    assert result.stderr == "no-such-file cannot be read: it is not there.\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("county\n", "it has no signature"),
        ("", "it has no signature"),
        ("county\n1\n\nby hand\n", "a signature line cannot be read"),
        (f"county\n\n{KEY.sign('county')}", "it is no checkpoint"),
    ],
)
def test_a_file_that_is_no_head_is_no_alarm(made, tmp_path, text, why):
    (tmp_path / "other.txt").write_text(text, encoding="utf-8")
    result = allocator("audit", "check", "--head", "other.txt")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"other.txt is no signed head: {why}. Give the head as it was kept.\n"


def test_a_head_of_another_ledger_is_an_alarm(made, tmp_path):
    head = signed(Checkpoint("county", 4, bytes(32)), Signer("county"))
    (tmp_path / "other.txt").write_text(head, encoding="utf-8")
    result = allocator("audit", "check", "--head", "other.txt")

    assert result.exit_code == 4
    assert "other.txt is no head of this ledger: it is signed by none of the keys." in result.stdout


def test_a_scanned_text_of_two_parts_that_is_no_head_is_no_alarm(made):
    typed = ["--lang", "en", "audit", "check", "--note", "-"]
    result = CliRunner().invoke(root, typed, input="dear all,\n\nthe masks have come\n", prog_name="allocator")

    assert result.exit_code == 2
    assert '"dear all,\\u000a\\u000athe masks have come" is no code of a sheet of this program.' in result.stderr


def test_without_a_ledger_it_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'none.sqlite'}")
    result = allocator("audit", "check")

    assert result.exit_code == 1
    assert "There is no ledger" in result.stderr


# --- Export ----------------------------------------------------------------------------------------


def test_an_export_is_written_and_its_checker_accepts_it(made, tmp_path):
    result = allocator("audit", "export", "--out", "out/whole.zip")
    with zipfile.ZipFile("out/whole.zip") as archive:
        archive.extract("check.py", tmp_path)
    command = [sys.executable, "-I", "check.py", "out/whole.zip", "--head", "head.txt"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)

    assert result.exit_code == 0, result.output
    assert result.stdout == (
        "out/whole.zip holds what was recorded from 2020-05-20 to 2020-05-20. Documents: 13; changes of master data: "
        "1; leaves of the whole tree: 14. Check it with the check.py in it.\n"
    )
    assert checked.returncode == 0, checked.stdout


def test_what_is_pending_is_sealed_before_it_is_exported(made, tmp_path):
    (tmp_path / "ledger.sqlite.key").write_text(KEY.secret_text())
    (tmp_path / "ledger.sqlite.key").chmod(0o600)
    Book(made.ledger).change(5, day=0, key="late")
    answer = json.loads(allocator("audit", "export", "--out", "whole.zip", "--json").stdout)

    assert (answer["schema"], answer["documents"], answer["leaves"]) == ("allocator.audit-export/1", 14, 15)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--out", "export.txt"), "export.txt is none of these: .zip. Name the file so."),
        (("--from", "2020-03-01", "--to", "2020-02-01", "--out", "x.zip"), "2020-03-01 is after 2020-02-01."),
    ],
)
def test_an_export_that_cannot_be_meant_is_refused_before_any_work(made, tmp_path, words, says):
    refused = allocator("audit", "export", *words)

    assert (refused.exit_code, says in refused.stderr) == (2, True)
    assert not (tmp_path / words[-1]).exists()


def test_days_in_which_nothing_was_recorded_are_refused_and_nothing_is_written(made, tmp_path):
    result = allocator("audit", "export", "--from", "2021-01-01", "--to", "2021-01-31", "--out", "x.zip")

    assert result.exit_code == 1
    assert result.stderr == "Nothing sealed was recorded from 2021-01-01 to 2021-01-31. Ask for other days.\n"
    assert not (tmp_path / "x.zip").exists()
