"""The wheel takes no top-level name but `allocator`, and works beside others' `models` and `data`."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
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
