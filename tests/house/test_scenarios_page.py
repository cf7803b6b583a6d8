"""docs/scenarios.md: its commands run and print what it shows, its files are read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from typed_pages import blocks

from cli import root
from scenarios.reading import scenario_of
from scenarios.stress_reading import stress_of

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")


def steps() -> list[tuple[str, list[str]]]:
    """Return each command of the page with the lines it shows below it."""
    found: list[tuple[str, list[str]]] = []
    for block in blocks(PAGE):
        for line in block:
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def test_every_command_runs_and_prints_what_the_page_shows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(steps()) == 11
    for command, shown in steps():
        program, *words = shlex.split(command)
        done = CliRunner().invoke(root, ["--lang", "en", *words], prog_name=program)

        assert done.exit_code == 0, f"{command}\n{done.output}"
        if shown[-1:] == ["…"]:
            assert done.stdout.splitlines()[: len(shown) - 1] == shown[:-1], command
        elif shown:
            assert done.stdout.splitlines() == shown, command


@pytest.mark.parametrize(("number", "read"), [(0, scenario_of), (1, stress_of)])
def test_the_files_on_the_page_can_be_read(number, read):
    text = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[number]

    assert read(text, name="mine")
