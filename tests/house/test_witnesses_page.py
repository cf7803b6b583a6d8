"""docs/witnesses.md says what the commands do: they are typed in its order, and its answers looked for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from desk import Clerk
from typed_pages import blocks, typed_of

PAGE = Path(__file__).parents[2] / "docs" / "witnesses.md"
FILES = ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm")


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.chdir(tmp_path)
    clerk = Clerk(tmp_path)
    clerk.begin()
    clerk("receive", "P1", "MASK", "90", "--partner", "S1")
    (tmp_path / "stick").mkdir()
    return clerk


def _put_back(clerk: Clerk) -> None:
    """Put the ledger back as it was before two issues that a witness has signed."""
    kept = {name: (clerk.folder / name).read_bytes() for name in FILES if (clerk.folder / name).exists()}
    for units in ("2", "3"):
        assert clerk("issue", "P1", "MASK", units).exit_code == 0
    for name in FILES:
        (clerk.folder / name).unlink(missing_ok=True)
        if name in kept and not name.endswith("-shm"):
            (clerk.folder / name).write_bytes(kept[name])


def _keys(clerk: Clerk) -> dict[str, str]:
    own = json.loads(clerk("audit", "witnesses", "list", "--json").stdout)["keys"][-1]
    bank = json.loads(clerk("witness", "--state", "bank", "--json").stdout)["key"] if Path("bank").exists() else ""
    return {"KEY-OF-THE-LEDGER": own, "KEY-OF-THE-BANK": bank}


def test_the_page_is_what_happens(clerk):
    typed = 0
    for block in blocks(PAGE.read_text(encoding="utf-8")):
        output = ""
        for line in block:
            words = typed_of(line)
            if line == "$ put the ledger back as it was":
                _put_back(clerk)
            elif words is not None:
                keys = _keys(clerk)
                output = clerk(*(keys.get(word, word) for word in words)).output
                typed += 1
            else:
                assert line in output, (line, output)
    assert typed == 10
    shutil.rmtree("bank")
