"""docs/from-the-sites.md shows what its commands say: they are typed here in its order, with its files."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from cli import root

PAGE = Path(__file__).parents[2] / "docs" / "from-the-sites.md"
_PART = re.compile(r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)


def test_the_page_shows_what_its_commands_say(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    typed = 0
    for part in _PART.finditer(PAGE.read_text(encoding="utf-8")):
        if part["file"]:
            Path(part["file"]).write_text(part["text"], encoding="utf-8")
        elif part["kind"] == "console":
            for command in re.split(r"^\$ allocator ", part["text"], flags=re.MULTILINE)[1:]:
                line, _, due = command.partition("\n")
                told = CliRunner().invoke(root, ["--lang", "en", *shlex.split(line)], prog_name="allocator")
                typed += 1
                if due.strip():
                    said = told.stdout if told.exit_code == 0 else told.stderr
                    assert said.strip() == due.strip(), line

    assert typed == 9
