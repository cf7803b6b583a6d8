"""`allocator witness` and `allocator audit witnesses`: by folder, by hand, over the network, and what is refused."""

from __future__ import annotations

import json
import shutil

import pytest
from desk import Clerk
from witnessed import a_state, answering

from data.head_keeping import folder_of


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    clerk = Clerk(tmp_path)
    clerk.begin()
    (tmp_path / "stick").mkdir()
    return clerk


def _keys(clerk) -> str:
    return json.loads(clerk("audit", "witnesses", "list", "--json").stdout)["keys"][0]


def _witness_key(clerk, state: str = "bank") -> str:
    return json.loads(clerk("witness", "--state", state, "--name", state, "--json").stdout)["key"]


def test_a_ledger_without_witnesses_says_so(clerk):
    assert "No witness is named. Name two at least" in clerk("audit", "witnesses", "list").stdout
    assert "No witness holds this ledger's heads" in clerk("audit", "check").stdout


def test_by_hand_a_request_goes_there_and_a_line_comes_back(clerk):
    assert clerk("audit", "witnesses", "add", "bank", "--key", _witness_key(clerk)).exit_code == 0
    asked = clerk("audit", "witnesses", "send", "bank", "--out", "request.txt")
    unknown = clerk("witness", "request.txt", "--state", "bank")
    trusted = clerk("witness", "request.txt", "--state", "bank", "--trust", _keys(clerk), "--out", "answer.txt")
    taken = clerk("audit", "witnesses", "take", "bank", "answer.txt")

    assert asked.exit_code == 0, asked.output
    assert unknown.exit_code == 4
    assert "does not trust key" in unknown.stderr
    assert trusted.exit_code == 0, trusted.output
    assert "signed the head over 13 leaves; it is kept" in taken.stdout
    assert "bank  by hand  signed the head over 13 leaves" in clerk("audit", "witnesses", "list").stdout


def test_an_answer_of_somebody_else_is_not_taken(clerk):
    clerk("audit", "witnesses", "add", "bank", "--key", _witness_key(clerk))
    clerk("audit", "witnesses", "send", "bank", "--out", "request.txt")
    _witness_key(clerk, "thief")
    clerk("witness", "request.txt", "--state", "thief", "--trust", _keys(clerk), "--out", "answer.txt")
    taken = clerk("audit", "witnesses", "take", "bank", "answer.txt")

    assert taken.exit_code == 1
    assert taken.stderr.startswith("This is no signature of witness bank")


def test_two_witnesses_hold_a_head_and_the_audit_says_how_old_it_is(clerk, tmp_path):
    bureau = a_state(tmp_path, "bureau", 1, trusts=False)
    with answering(bureau, seconds=1_581_336_000) as url:
        clerk("audit", "witnesses", "add", "stick", "--folder", "stick")
        added = clerk("audit", "witnesses", "add", "bureau", "--url", url, "--key", bureau.key.text)
        assert "It has not signed yet: it does not trust this ledger's key yet" in added.stdout
        bureau.trust(_keys(clerk))
        sent = clerk("audit", "witnesses", "send")
        assert "bureau signed the head over 14 leaves." in sent.stdout
        clerk("receive", "D1", "MASK", "50", "--partner", "S1")

    checked = clerk("audit", "check")
    assert checked.exit_code == 0, checked.output
    assert "Heads that two witnesses or more hold: 2; the newest, over 15 of 15 leaves" in checked.stdout
    assert "(0 hours ago)" in checked.stdout
    answer = json.loads(clerk("audit", "check", "--json").stdout)
    assert (answer["witnessed"]["heads_of_two"], answer["alarms"], answer["unseen"]) == (2, [], [])
    assert answer["outside_heads"] == 3  # what the folder keeps is compared without being asked for


def test_a_ledger_that_was_put_back_raises_the_alarm_in_every_command(clerk, tmp_path):
    clerk("audit", "witnesses", "add", "stick", "--folder", "stick")
    clerk("receive", "D1", "MASK", "50", "--partner", "S1")
    for name in ("ledger.sqlite", "ledger.sqlite-wal"):
        if (tmp_path / name).exists():
            shutil.copy(tmp_path / name, tmp_path / f"{name}.old")
    clerk("issue", "D1", "MASK", "10")
    clerk("issue", "D1", "MASK", "10")
    for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"):
        (tmp_path / name).unlink(missing_ok=True)
        if (tmp_path / f"{name}.old").exists():
            (tmp_path / f"{name}.old").rename(tmp_path / name)
    issued = clerk("issue", "D1", "MASK", "10")

    words = "Witness stick holds a head over 16 leaves, and this ledger had only 15 when it was asked"
    assert issued.exit_code == 0
    assert f"Alarm: {words}" in issued.stderr
    assert words in clerk("stock").stderr
    checked = clerk("audit", "check")
    assert checked.exit_code == 4
    assert "16 leaves" in checked.stdout


def test_a_spoilt_head_in_a_folder_is_named(clerk, tmp_path):
    clerk("audit", "witnesses", "add", "stick", "--folder", "stick")
    (head,) = folder_of(tmp_path / "stick", "ledger").glob("*.head")
    head.write_bytes(head.read_bytes().replace(b"signed-at 1", b"signed-at 2"))
    checked = clerk("audit", "check")

    assert checked.exit_code == 4
    assert str(head) in checked.stdout


def test_a_folder_that_cannot_be_read_is_said_and_is_no_fault(clerk, tmp_path):
    clerk("audit", "witnesses", "add", "stick", "--folder", "stick")
    shutil.move(tmp_path / "stick", tmp_path / "elsewhere")
    checked = clerk("audit", "check")

    assert checked.exit_code == 0, checked.output
    assert "The heads that witness stick keeps could not be read: it is not there." in checked.stdout


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("add", "a"), 2, "Say where the witness is"),
        (("add", "a b", "--folder", "stick"), 2, "cannot be a witness's name"),
        (("add", "a", "--folder", "none"), 2, "There is no folder none"),
        (("add", "a", "--folder", "stick", "--key", "k"), 2, "A folder has no key"),
        (("add", "a", "--url", "http://x"), 2, "Without its key"),
        (("add", "a", "--url", "ftp://x", "--key", "k"), 2, "ftp://x is no address"),
        (("add", "a", "--key", "k"), 1, "k is no witness's key"),
        (("drop", "a"), 1, "There is no witness a"),
        (("send", "a"), 2, "belong together"),
        (("send", "a", "--out", "f"), 1, "There is no witness a"),
        (("take", "a", "none"), 2, "none cannot be read"),
    ],
)
def test_what_is_refused(clerk, words, status, says):
    result = clerk("audit", "witnesses", *words)

    assert result.exit_code == status, result.output
    assert says in result.stderr


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("none.txt",), 2, "none.txt cannot be read"),
        (("items.csv",), 2, "items.csv is no request to sign a head"),
        (("--trust", "x"), 1, "x is no ledger's key"),
        (("--serve", "x"), 2, '"x" is no place to answer at'),
        (("items.csv", "--serve", "127.0.0.1:1"), 2, "Give either FILE"),
    ],
)
def test_what_a_witness_refuses(clerk, words, status, says):
    result = clerk("witness", "--state", "w", *words)

    assert result.exit_code == status, result.output
    assert says in result.stderr


def test_a_code_from_paper_that_is_none_is_refused(clerk):
    result = clerk("audit", "check", "--note", "http://127.0.0.1:8000/notes/D1-1")

    assert result.exit_code == 2
    assert "is no code of a sheet of this program" in result.stderr


def test_a_code_from_paper_is_compared_with_its_document_and_its_head(clerk):
    clerk("receive", "D1", "MASK", "50", "--partner", "S1")
    from models.database import reading
    from models.ledger import open_ledger
    from models.paper_proof import proofs_of

    ledger = open_ledger(clerk.url)
    with reading(ledger.engine) as connection:
        text = proofs_of(connection, [1])[1].text()
    ledger.engine.dispose()
    clerk("issue", "D1", "MASK", "10")
    right = clerk("audit", "check", "--note", text)
    digest = text.split()[4]
    wrong = clerk("audit", "check", "--note", text.replace(digest, digest[:-1] + ("0" if digest[-1] != "0" else "1")))
    root = text.split()[-1]
    other = clerk("audit", "check", "--note", text.replace(root, "A" + root[1:] if root[0] != "A" else "B" + root[1:]))
    missing = clerk("audit", "check", "--note", text.replace("document 1 ", "document 77 "))

    assert right.exit_code == 0, right.output
    assert wrong.stdout.startswith("Does not hold: Document 1 is not what it was when the paper was printed.")
    assert "when the head in the code on paper was signed" in other.stdout
    assert "document 77, which is not there" in missing.stdout
