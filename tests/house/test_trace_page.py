"""docs/trace.md says what the commands do: they are typed in its order, and their answers looked for."""

from __future__ import annotations

from pathlib import Path

from desk import Clerk
from typed_pages import answered_as_shown

PAGE = Path(__file__).parents[2] / "docs" / "trace.md"


def test_the_page_is_what_happens(tmp_path, monkeypatch):
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.chdir(tmp_path)
    clerk = Clerk(tmp_path)
    clerk.begin()

    assert answered_as_shown(PAGE, clerk) == 19
    assert {each.name for each in tmp_path.iterdir()} >= {"flow.svg", "notices.pdf", "donations.html"}
    assert clerk("audit", "check").exit_code == 0
