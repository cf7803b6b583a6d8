"""An export passes its own checker, run alone; each way of altering it is named."""

from __future__ import annotations

import ast
import datetime as dt
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from ledgers import MASKS, Book, at
from tampering import KEY, NOW, sealed_ledger
from witnessed import a_state, named

from data.audit_export import export, recorded_days, standalone_checker
from models.checkpoint import Checkpoint, Signer, signed
from models.database import reading
from models.entry import Line, Refusal
from models.merkle import root_of
from models.sealing import seal
from models.tree import newest_head
from models.witnesses import Witness, keep_cosignature, submission_from

UTC = ZoneInfo("UTC")
YEAR = (dt.date(2020, 1, 1), dt.date(2020, 12, 31))


def exported(ledger, out: Path, first: dt.date, last: dt.date) -> Path:
    with reading(ledger.engine) as connection:
        export(connection, out, first=first, last=last, zone=UTC, key=KEY)
    return out


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """Return an export of everything; beside it lie its checker and a head that was kept."""
    folder = tmp_path_factory.mktemp("export")
    made = sealed_ledger()
    (folder / "head.txt").write_text(made.kept.note, encoding="utf-8")
    (folder / "check.py").write_text(standalone_checker(), encoding="utf-8")
    return exported(made.ledger, folder / "whole.zip", *YEAR)


def check(file: Path, *words: str, at_folder: Path | None = None) -> tuple[int, str]:
    """Run the checker as an auditor would: alone, with nothing of ours on the path."""
    folder = at_folder or file.parent
    command = [sys.executable, "-I", str(folder / "check.py"), str(file), *words]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=folder, check=False)
    return done.returncode, done.stdout + done.stderr


def altered(file: Path, to: Path, **parts: bytes) -> Path:
    """Return a copy of an export in which some parts are others."""
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(to, "w") as copy:
        for name in source.namelist():
            copy.writestr(name, parts.get(name.replace(".", "_"), source.read(name)))
    return to


def part(file: Path, name: str) -> bytes:
    with zipfile.ZipFile(file) as archive:
        return archive.read(name)


def test_an_export_passes_and_says_what_was_checked_and_what_could_not_be(whole):
    status, text = check(whole, "--head", "head.txt", "--key", KEY.public.text)

    assert status == 0, text
    assert text.splitlines() == [
        "Checked:",
        "  test, recorded from 2020-01-01 to 2020-12-31:",
        "  The keys you gave are those that sign.",
        "  2 heads are prefixes of one tree of 14 leaves; 2 signatures hold.",
        "  1 heads you kept are prefixes of it.",
        "  13 documents and 1 changes of master data: as they were sealed, in order, none missing.",
        (
            "  14 lines: no place falls below zero, nobody approved their own document, "
            "1 reversals take back what they reverse."
        ),
        "  All 9 parts are as they were exported.",
        "Could not check:",
        "  Whether anybody elsewhere holds these heads: no witness signed.",
        "  Whether what was recorded is what happened; counts, expiry and recalls against earlier documents.",
    ]


def test_it_speaks_chinese(whole):
    status, text = check(whole, "--lang", "zh")

    assert status == 0
    assert "没有人批准自己的单据" in text
    assert "请给出您保存的树头" in text


def test_the_checker_in_the_export_is_the_one_in_the_repository(whole):
    assert part(whole, "check.py").decode() == standalone_checker()


def test_the_checker_is_one_file_that_imports_only_what_comes_with_python():
    imported: set[str] = set()
    named: list[str] = []
    tree = ast.parse(standalone_checker())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).partition(".")[0])
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            named.append(node.name)
        elif isinstance(node, ast.Assign):
            named += [each.id for each in node.targets if isinstance(each, ast.Name)]

    assert imported <= sys.stdlib_module_names
    # Several modules become one, so a name used in two of them would mean another thing in the first.
    assert len(named) == len(set(named))


def test_the_same_ledger_gives_the_same_bytes(tmp_path):
    files = [exported(sealed_ledger().ledger, tmp_path / f"{n}.zip", *YEAR).read_bytes() for n in (1, 2)]

    assert files[0] == files[1]


@pytest.fixture(scope="module")
def two_months(tmp_path_factory) -> Path:
    """Return a folder with an export of March; stock comes from February, and what March reverses too."""
    folder = tmp_path_factory.mktemp("march")
    book = Book()
    book.change(100, day=0, recorded_at=at(5))
    used = book.change(-5, day=1, recorded_at=at(6))
    book.change(-40, day=21, recorded_at=at(25))
    back = Line("CONSUMED:D1", "D1", MASKS, 5)
    book.post("reverse", back, reverses=used.id, day=1, recorded_at=at(26))
    book.change(-1, day=59, recorded_at=at(60))
    seal(book.ledger, key=KEY, at=NOW)
    (folder / "check.py").write_text(standalone_checker(), encoding="utf-8")
    exported(book.ledger, folder / "march.zip", dt.date(2020, 3, 1), dt.date(2020, 3, 31))
    return folder / "march.zip"


def test_an_export_of_some_days_holds_these_days_and_what_was_there_before(two_months):
    status, text = check(two_months)
    opening = [json.loads(line) for line in part(two_months, "opening.jsonl").splitlines()]

    assert status == 0, text
    assert "2 documents and 0 changes" in text
    assert {row["place"]: row["units"] for row in opening} == {"D1": 95, "SUPPLIER:S1": -100, "CONSUMED:D1": 5}
    assert "The 3 opening balances: they come from documents before these." in text
    assert "1 reversals of documents before these." in text


def test_days_without_anything_are_refused(tmp_path):
    with pytest.raises(Refusal, match="Nothing sealed was recorded from 2021-01-01 to 2021-01-31"):
        exported(sealed_ledger().ledger, tmp_path / "none.zip", dt.date(2021, 1, 1), dt.date(2021, 1, 31))


def test_what_is_not_sealed_yet_is_left_out(tmp_path, whole):
    made = sealed_ledger()
    Book(made.ledger).change(5, day=0, key="late")
    file = exported(made.ledger, tmp_path / "late.zip", *YEAR)

    assert part(file, "records.jsonl") == part(whole, "records.jsonl")


def test_the_days_of_a_ledger_are_those_of_recording():
    book = Book()
    with reading(book.ledger.engine) as connection:
        assert recorded_days(connection, UTC) is None
    book.change(5, day=0)
    with reading(book.ledger.engine) as connection:
        assert recorded_days(connection, UTC) == (dt.date(2020, 5, 20), dt.date(2020, 5, 20))


# --- Altered exports -------------------------------------------------------------------------------


def records(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in part(file, "records.jsonl").splitlines()]


def written(rows: list[dict[str, object]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def retold(row: dict[str, object], old: str, new: str) -> dict[str, object]:
    """Return a record whose text says something else, with the hash of it."""
    body = str(row["body"]).replace(old, new)
    assert body != row["body"]
    return {**row, "body": body, "hash": hashlib.sha256(body.encode()).hexdigest()}


def test_an_altered_document_is_named(whole, tmp_path):
    rows = records(whole)
    rows[2]["body"] = str(rows[2]["body"]).replace('"units":30', '"units":31')
    status, text = check(altered(whole, tmp_path / "x.zip", records_jsonl=written(rows)), at_folder=whole.parent)

    assert (status, text) == (4, "Does not hold: Document 2 is not what its hash was taken of.\n")


def test_an_altered_document_with_its_hash_is_named(whole, tmp_path):
    rows = records(whole)
    rows[2] = retold(rows[2], '"units":30', '"units":31')
    status, text = check(altered(whole, tmp_path / "x.zip", records_jsonl=written(rows)), at_folder=whole.parent)

    assert (status, text) == (4, "Does not hold: Document 2 is not what was sealed.\n")


def test_a_document_that_is_left_out_or_out_of_place_is_named(whole, tmp_path):
    rows = records(whole)
    cases = {
        "The record of leaf 5 is missing.": rows[:5] + rows[6:],
        "The record of leaf 13 is missing.": rows[:-1],
        "Document 5 is not what was sealed.": [*rows[:4], {**rows[5], "leaf": 4}, {**rows[4], "leaf": 5}, *rows[6:]],
        "The record of leaf 14 is missing.": [*rows, {**rows[-1], "leaf": 14}],
    }
    for sentence, changed in cases.items():
        status, text = check(altered(whole, tmp_path / "x.zip", records_jsonl=written(changed)), at_folder=whole.parent)
        assert (status, text) == (4, f"Does not hold: {sentence}\n")


def forged(file: Path, to: Path, rows: list[dict[str, object]], key: Signer) -> Path:
    """Return an export rewritten as a whole by somebody who has a key: hashes, leaves, heads."""
    leaves = []
    for row in rows:
        about = {name: value for name, value in row.items() if name not in ("leaf", "body")}
        text = json.dumps(about, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        leaves.append(hashlib.sha256(b"\0" + text.encode()).digest())
    heads = b""
    for size in (4, len(rows)):
        note = signed(Checkpoint("test", size, root_of(leaves[:size]), 0), key)
        heads += (json.dumps({"size": size, "signed_at": 0, "checkpoint": note}) + "\n").encode()
    parts = {"records_jsonl": written(rows), "leaves_bin": b"".join(leaves), "heads_jsonl": heads}
    return signed_anew(altered(file, to, **parts), key)


def signed_anew(file: Path, key: Signer) -> Path:
    """Sign the list of an export's parts as they are now."""
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name != "parts.txt"]
        digests = "".join(f"{hashlib.sha256(archive.read(name)).hexdigest()}  {name}\n" for name in names)
    text = f"test/export\n{digests}"
    content = f"{text}\n{key.sign(text)}".encode()
    return altered(file, file.with_name("signed.zip"), parts_txt=content)


def test_whoever_has_the_key_can_rewrite_everything_but_a_head_that_was_kept(whole, tmp_path):
    rows = records(whole)
    rows[2] = retold(rows[2], '"reason":""', '"reason":"found"')
    file = forged(whole, tmp_path / "x.zip", rows, KEY)

    assert check(file, at_folder=whole.parent)[0] == 0
    assert check(file, "--head", "head.txt", at_folder=whole.parent) == (
        4,
        "Does not hold: What the ledger held under the head you kept (4 leaves) was altered since.\n",
    )


def test_whoever_has_no_key_cannot(whole, tmp_path):
    file = forged(whole, tmp_path / "x.zip", records(whole), Signer("test"))

    assert check(file, at_folder=whole.parent) == (
        4,
        "Does not hold: The head over 4 leaves is not signed by a known key.\n",
    )


@pytest.mark.parametrize(
    ("place", "old", "new", "sentence"),
    [
        (8, '"approver":"B"', '"approver":"A"', "Document 8 was approved by its own author."),
        (2, '"units":30', '"units":101', "After document 2 D1 stands at -1 units of I1."),
        (7, '"units":5}', '"units":4}', "Document 7 does not take back what document 3 did."),
        (7, '"reverses":3', '"reverses":6', "Document 7 does not take back what document 6 did."),
    ],
)
def test_what_documents_must_not_say_is_named_even_where_every_seal_holds(whole, tmp_path, place, old, new, sentence):
    rows = records(whole)
    rows[place] = retold(rows[place], old, new)

    assert check(forged(whole, tmp_path / "x.zip", rows, KEY), at_folder=whole.parent) == (
        4,
        f"Does not hold: {sentence}\n",
    )


def test_leaves_heads_and_keys_are_looked_at(whole, tmp_path):
    leaves, heads, keys = (part(whole, name) for name in ("leaves.bin", "heads.jsonl", "keys.txt"))
    other = Signer("test").public.text
    cases = [
        ({"leaves_bin": leaves[:-32]}, [], 4, "Leaves are missing."),
        ({"leaves_bin": leaves[32:] + leaves[:32]}, [], 4, "The head over 4 leaves is not that of the leaves."),
        ({"heads_jsonl": b""}, [], 4, "There is no signed head."),
        ({"heads_jsonl": heads.splitlines(keepends=True)[0]}, [], 4, "The newest head does not cover every leaf."),
        ({"keys_txt": keys.replace(b"+", b"-")}, [], 4, "is no Ed25519 key."),
        ({}, ["--key", other], 4, f"The key {other} is not one of this export's."),
        ({"about_json": b'{"format": "other/1"}'}, [], 2, "another format"),
        ({"about_json": b"[]"}, [], 2, "The export cannot be read"),
        ({"records_jsonl": b"{}\n"}, [], 2, "The export cannot be read: records.jsonl:1: KeyError"),
        ({"records_jsonl": b'{"leaf": 0'}, [], 2, "a line without end"),
    ]
    for parts, words, status, sentence in cases:
        found = check(altered(whole, tmp_path / "x.zip", **parts), *words, at_folder=whole.parent)
        assert found[0] == status, (sentence, found)
        assert sentence in found[1]


def test_what_is_no_export_is_refused(whole, tmp_path):
    (tmp_path / "text.zip").write_text("no zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("../about.json", "{}")
    for name, sentence in (
        ("text.zip", "cannot be opened"),
        ("other.zip", "does not hold the parts"),
        ("none", "cannot be opened"),
    ):
        status, text = check(tmp_path / name, at_folder=whole.parent)
        assert status == 2
        assert sentence in text


def test_a_part_that_would_fill_the_memory_is_refused(whole, tmp_path):
    big = io.BytesIO()
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(big, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            copy.writestr(name, b" " * 11_000_000 if name == "about.json" else source.read(name))
    (tmp_path / "big.zip").write_bytes(big.getvalue())
    status, text = check(tmp_path / "big.zip", at_folder=whole.parent)

    assert status == 2
    assert "is too large" in text


@pytest.mark.parametrize(
    "name", ["README.txt", "check.py", "about.json", "opening.jsonl", "cosignatures.jsonl", "parts.txt"]
)
def test_a_part_that_no_leaf_seals_is_sealed_by_the_list_of_parts(whole, tmp_path, name):
    content = part(whole, name) + b"\n"
    found = check(altered(whole, tmp_path / "x.zip", **{name.replace(".", "_"): content}), at_folder=whole.parent)

    assert found[0] in (2, 4)
    assert name.partition(".")[0] in found[1] or found[0] == 2 or "list of parts" in found[1]


def test_witnesses_are_verified_and_those_one_knows_are_looked_for(tmp_path):
    made = sealed_ledger()
    bank, other = a_state(tmp_path, "bank", 1), a_state(tmp_path, "other", 2)
    named(made.ledger, Witness(name="bank", kind="hand", vkey=bank.key.text))
    seal(made.ledger, key=KEY, at=NOW)
    with reading(made.ledger.engine) as connection:
        head = newest_head(connection)
        assert head is not None
        asked = submission_from(connection, head, 0).text()
    known_here = Witness(name="bank", kind="hand", vkey=bank.key.text)
    keep_cosignature(made.ledger, known_here, head.size, bank.submit(asked, seconds=5).lines)
    file = exported(made.ledger, tmp_path / "whole.zip", *YEAR)
    (tmp_path / "check.py").write_text(standalone_checker(), encoding="utf-8")

    plain = check(file)
    known = check(file, "--witness", bank.key.text)
    unknown = check(file, "--witness", other.key.text)
    spoilt = check(
        altered(
            file, tmp_path / "x.zip", cosignatures_jsonl=part(file, "cosignatures.jsonl").replace(b" bank ", b" bamk ")
        )
    )

    assert plain[0] == 0, plain
    assert "Witness bank signed heads, the newest over 15 leaves." in plain[1]
    assert "Whether the witnesses are who you think" in plain[1]
    assert (known[0], "The witnesses you named are among them." in known[1]) == (0, True)
    assert (unknown[0], "has signed no head of this export" in unknown[1]) == (4, True)
    assert spoilt[0] == 4
    assert "The signature of witness bank over the head of 15 leaves does not hold" in spoilt[1]
