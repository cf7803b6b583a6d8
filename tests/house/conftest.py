"""The program as others install it: its wheel in a fresh environment, beside somebody else's `models` and `data`."""

from __future__ import annotations

import os
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from installed import DECOY, DECOYS, ROOT, run


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    pytest.importorskip("hatchling", reason="hatchling builds the wheel")
    out = tmp_path_factory.mktemp("wheel")
    made = run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", out, cwd=ROOT)
    assert made.returncode == 0, made.stderr
    return next(out.glob("*.whl"))


@pytest.fixture(scope="session")
def machine(wheel, tmp_path_factory) -> Path:
    """Return a fresh environment that holds the wheel beside two decoys; what the wheel needs is lent to it."""
    home = tmp_path_factory.mktemp("machine") / "env"
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    for name in DECOYS:
        (site / name).mkdir()
        (site / name / "__init__.py").write_text(DECOY)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", home, "install", "--no-deps"]
    installed = run(*pip, "--no-index", "--quiet", wheel, cwd=home)
    assert installed.returncode == 0, installed.stderr
    # Appended after its own packages, so that only what is missing comes from here.
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home
