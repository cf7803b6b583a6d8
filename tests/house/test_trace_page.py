"""docs/trace.md says what the commands do: they are typed in its order, and their answers looked for."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from desk import Clerk

PAGE = Path(__file__).parents[2] / "docs" / "trace.md"


def test_the_page_is_what_happens(tmp_path, monkeypatch):
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.chdir(tmp_path)
    clerk = Clerk(tmp_path)
    clerk.begin()
    typed = 0
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        output = ""
        for line in block.splitlines():
            if line.startswith("$ allocator "):
                done = clerk(*shlex.split(line.removeprefix("$ allocator ")))
                assert done.exit_code == 0, f"{line}\n{done.output}"
                output = done.output.replace("MASK mask", "MASK")
                typed += 1
            else:
                assert line in output.splitlines(), f"{line!r} is not in:\n{output}"

    assert typed == 19
    assert {each.name for each in tmp_path.iterdir()} >= {"flow.svg", "notices.pdf", "donations.html"}
    assert clerk("audit", "check").exit_code == 0
