"""kill -9 of commands at work, a few of each; `make faults` kills more of them, and servers of pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.command_kills import CARELESS, CASES, commands_killed, ground
from benchmarks.typed import load


@pytest.fixture(scope="module")
def county(tmp_path_factory) -> Path:
    load()
    return ground(tmp_path_factory.mktemp("county"))


@pytest.mark.parametrize("name", ["import", "dispatch", "backup"])
def test_a_command_that_is_killed_leaves_nothing_half_and_works_when_typed_again(county, tmp_path, name):
    (case,) = (each for each in CASES if each.name == name)
    found = commands_killed(tmp_path, case, county, 2)

    assert (found.kills, found.faults, found.left) == (2, [], set())


def test_control_a_command_that_posts_a_file_row_by_row_is_caught(county, tmp_path):
    """A kill may come before the first row or after the last; of some thirty one comes between."""

    def faults(seed: int) -> list[str]:
        folder = tmp_path / str(seed)
        folder.mkdir()
        return commands_killed(folder, CARELESS, county, 3, seed=seed).faults

    assert any(": half: " in fault for seed in range(1, 11) for fault in faults(seed))
