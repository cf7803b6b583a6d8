"""A full disk, spoilt files, wrong clocks, two servers at one file, too little memory: a few of each, with a control.

`make faults` tries some hundred of each; docs/faults-machine.md says what came out.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.broken_files import broken_files
from benchmarks.clocks import clocks
from benchmarks.disk_full import disk_full
from benchmarks.solver_limits import solver_limits
from benchmarks.two_servers import two_servers

ROOT = Path(__file__).parents[2]
NO_DISK = "this process may not mount a file system"


def test_on_a_full_disk_nothing_is_half_done_and_it_works_once_there_is_room(tmp_path):
    found = disk_full(tmp_path, 3, seed=11)
    if found is None:
        pytest.skip(NO_DISK)

    assert found.faults == []
    assert (found.points, found.refused > 0) == (3, True)


def test_control_what_is_told_before_it_is_written_is_found_to_be_lost(tmp_path):
    found = disk_full(tmp_path, acts=("allocate",), levels=(65_536,), careless="told")
    if found is None:
        pytest.skip(NO_DISK)

    assert any("lost" in fault for fault in found.faults)


def test_a_spoilt_file_is_told_with_the_way_back_or_read_as_it_was(tmp_path):
    found = broken_files(tmp_path, 3, seed=5, kinds=("the log gone", "a file of zeros", "another's index"))

    assert found.faults == []
    assert found.cases == 3


def test_control_without_an_audit_wrong_balances_go_unseen(tmp_path):
    found = broken_files(tmp_path, 1, careless=True, kinds=("the log gone",))

    assert any("wrong balances are shown" in fault for fault in found.faults)


def test_whatever_the_clock_says_documents_hold_in_the_order_of_their_numbers(tmp_path):
    found = clocks(tmp_path, 2, seed=2)

    assert found.faults == []


def test_control_documents_that_say_what_the_clock_says_are_out_of_order(tmp_path):
    found = clocks(tmp_path, 2, seed=3, careless=True, acts=1)

    assert any("out of the order" in fault for fault in found.faults)


def test_two_servers_and_commands_at_one_file_lose_nothing_and_say_when_it_is_locked(tmp_path):
    found = two_servers(tmp_path, 0.5)

    assert found.faults == []
    assert (len(found.acknowledged) > 0, found.locked["told"], found.locked["read"]) == (True, 8, 6)


def test_too_little_memory_or_time_is_said_and_leaves_the_ledger_as_it_was(tmp_path):
    found = solver_limits(tmp_path, (32,), of_jobs=(), seconds=(0.05,), names=("allocate",))

    assert found.faults == []
    assert sum(found.outcomes.values()) == 2


CARELESS = """
import sys
from pathlib import Path
from benchmarks.solver_limits import solver_limits
found = solver_limits(Path(sys.argv[1]), (0, 8, 32), of_jobs=(), seconds=(), names=("allocate",), careless=True)
print(found.faults)
"""


def test_control_what_python_says_of_memory_is_no_sentence(tmp_path):
    """In a fresh process: what is forked from one that has worked for long finds memory there that was let go."""
    words = [sys.executable, "-c", CARELESS, str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)

    assert "told badly" in done.stdout
