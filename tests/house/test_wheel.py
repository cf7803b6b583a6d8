"""The wheel takes no top-level name but `allocator`, and works beside others' `models` and `data`."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from installed import run


def test_a_wheel_holds_one_package_and_its_private_folders(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.partition("/")[0] for name in names} - {f"{wheel.name.split('-py3')[0]}.dist-info"} == {"allocator"}
    for needed in (
        "allocator/_app/cli.py",
        "allocator/_app/commands/plan.py",
        "allocator/_app/models/migrations/baseline_sqlite.sql",
        "allocator/_app/models/migrations/versions/baseline.py",
        "allocator/_app/models/migrations/versions/ledger_move.py",
        "allocator/_app/data/locale/zh_CN/LC_MESSAGES/allocator.mo",
    ):
        assert needed in names
    assert [name for name in names if "__pycache__" in name] == []


@contextlib.contextmanager
def begun(*words: str | Path, cwd: Path, said: str) -> Iterator[None]:
    """Run a process beside the test from when it says something until the test is done with it."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COV_"))}
    log = cwd / f"{time.monotonic_ns()}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [str(word) for word in words], cwd=cwd, env=environment | {"LC_ALL": "C.UTF-8"}, stdout=out, stderr=out
        )
    try:
        until = time.monotonic() + 90
        while said not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def scheduler(machine, tmp_path_factory):
    """Yield the address of a Dask scheduler of the fresh environment, started in a folder of its own."""
    pytest.importorskip("distributed", reason="distributed (the extra cluster) is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    python = machine / "bin" / "python"
    words = ("-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    with begun(python, *words, cwd=tmp_path_factory.mktemp("scheduler"), said="Scheduler at:"):
        yield f"tcp://127.0.0.1:{port}"


@pytest.mark.skipif(os.name == "nt", reason="processes are ended by SIGINT")
def test_workers_of_an_installed_wheel_give_the_bytes_that_one_process_gives(machine, scheduler, tmp_path):
    """The scheduler, the workers and the stress are processes of their own, each in another folder."""
    allocator = machine / "bin" / "allocator"
    (tmp_path / "worker").mkdir()
    stress = (allocator, "scenario", "stress", "county", "--case", "county", "--draws", "4")
    sampled = run(allocator, "sample", "county", "--sites", "30", "--out", "county", cwd=tmp_path)
    alone = run(*stress, "--processes", "1", "--out", "alone", cwd=tmp_path)
    working = (allocator, "scenario", "worker", scheduler, "--processes", "2")
    with begun(*working, cwd=tmp_path / "worker", said=f"2 processes work for {scheduler}."):
        spread = run(*stress, "--on", "dask", "--scheduler", scheduler, "--out", "spread", cwd=tmp_path)

    assert (sampled.returncode, alone.returncode, spread.returncode) == (0, 0, 0), alone.stderr + spread.stderr
    one, other = (
        {each.relative_to(folder): each.read_bytes() for each in folder.rglob("*") if each.is_file()}
        for folder in (tmp_path / "alone", tmp_path / "spread")
    )
    assert one == other


@pytest.mark.skipif(os.name == "nt", reason="processes are ended by SIGINT")
def test_workers_without_the_program_are_refused_with_the_command_that_starts_others(machine, scheduler, tmp_path):
    (tmp_path / "worker").mkdir()
    bare = ("-m", "distributed.cli.dask_worker", scheduler, "--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard")
    run(machine / "bin" / "allocator", "sample", "county", "--sites", "30", "--out", "county", cwd=tmp_path)
    with begun(machine / "bin" / "python", *bare, cwd=tmp_path / "worker", said="Registered to:"):
        words = ("scenario", "stress", "county", "--case", "county", "--on", "dask", "--scheduler", scheduler)
        refused = run(machine / "bin" / "allocator", *words, "--out", "out", cwd=tmp_path)

    assert refused.returncode == 1
    assert "These workers do not have this program: tcp://127.0.0.1:" in refused.stderr
    assert f"allocator scenario worker {scheduler}, on a machine with" in refused.stderr
    assert "Traceback" not in refused.stderr
