"""The wheel takes no top-level name but `allocator`, and works beside others' `models` and `data`."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DECOY = 'raise ImportError("somebody else\'s package")\n'


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    # Nothing of this process may help: neither the clone on the path nor the language of this machine.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COV_"))}
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=environment | {"LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    pytest.importorskip("hatchling", reason="hatchling builds the wheel")
    out = tmp_path_factory.mktemp("wheel")
    made = run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", out, cwd=ROOT)
    assert made.returncode == 0, made.stderr
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def machine(wheel, tmp_path_factory) -> Path:
    """Return a fresh environment that holds the wheel beside two decoys; what the wheel needs is lent to it."""
    home = tmp_path_factory.mktemp("machine") / "env"
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    for name in ("models", "data"):
        (site / name).mkdir()
        (site / name / "__init__.py").write_text(DECOY)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", home, "install", "--no-deps"]
    installed = run(*pip, "--no-index", "--quiet", wheel, cwd=home)
    assert installed.returncode == 0, installed.stderr
    # Appended after its own packages, so that only what is missing comes from here.
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home


def test_a_wheel_holds_one_package_and_its_private_folders(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.partition("/")[0] for name in names} - {f"{wheel.name.split('-py3')[0]}.dist-info"} == {"allocator"}
    for needed in (
        "allocator/_app/cli.py",
        "allocator/_app/commands/plan.py",
        "allocator/_app/models/migrations/baseline_sqlite.sql",
        "allocator/_app/models/migrations/versions/baseline.py",
        "allocator/_app/data/locale/zh_CN/LC_MESSAGES/allocator.mo",
    ):
        assert needed in names
    assert [name for name in names if "__pycache__" in name] == []


def test_an_installed_wheel_samples_and_plans_beside_others_models_and_data(machine, tmp_path):
    allocator = machine / ("Scripts" if os.name == "nt" else "bin") / "allocator"
    sampled = run(allocator, "sample", "county", "--out", "county", cwd=tmp_path)
    planned = run(allocator, "plan", "county", "--out", "plan", cwd=tmp_path)

    assert (sampled.returncode, planned.returncode) == (0, 0), sampled.stderr + planned.stderr
    assert (tmp_path / "plan" / "proof.json").stat().st_size > 0
    site = Path(sysconfig.get_path("purelib", vars={"base": str(machine), "platbase": str(machine)}))
    assert [(site / name / "__init__.py").read_text() for name in ("models", "data")] == [DECOY, DECOY]


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


@pytest.fixture
def scheduler(machine, tmp_path):
    """Yield the address of a Dask scheduler of the fresh environment, started in a folder of its own."""
    pytest.importorskip("distributed", reason="distributed (the extra cluster) is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    python = machine / "bin" / "python"
    words = ("-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    (tmp_path / "scheduler").mkdir()
    with begun(python, *words, cwd=tmp_path / "scheduler", said="Scheduler at:"):
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
