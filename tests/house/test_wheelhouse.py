"""What `make wheelhouse` gathers for machines without a registry, and when its script installs nothing."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

import pytest
from docs_scripts import ROOT, loaded

wheelhouse = loaded(ROOT / "docs" / "deploy" / "make_wheelhouse.py")


def names(machine: str, python: str = "3.11") -> set[str]:
    return {each.requirement.name for each in wheelhouse.needed(machine, python)}


def test_every_package_of_the_lock_is_needed_somewhere_and_each_machine_gets_its_own():
    """The lock of one machine is not the other's: pysqlite3 has no wheel for aarch64, numpy one for each Python."""
    everything = {each.requirement.name for each in wheelhouse.locked()}

    assert names("x86_64") == everything
    assert names("x86_64") - names("aarch64") == {"pysqlite3"}
    numpy = [each for each in wheelhouse.needed("aarch64", "3.11") if each.requirement.name == "numpy"]
    assert len(numpy) == 1
    assert all("--hash=sha256:" in each.text and ";" not in each.text for each in wheelhouse.locked())


def test_wheels_of_an_older_glibc_are_taken_and_of_a_newer_one_are_not():
    tags = wheelhouse.platforms("aarch64")

    assert {"manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"} <= set(tags)
    assert not any(f"_2_{minor}_" in tag for tag in tags for minor in range(29, 60))


@pytest.fixture
def house(tmp_path) -> Path:
    """A wheelhouse for this machine that lacks every wheel."""
    folder = tmp_path / "wheelhouse"
    folder.mkdir()
    (folder / "supplies_allocator-0.1.0-py3-none-any.whl").write_bytes(b"a wheel")
    wheelhouse.finish(platform.machine(), "3.11", folder)
    return folder


def installed(house: Path) -> subprocess.CompletedProcess[str]:
    words = ["sh", str(house / "install.sh"), str(house.parent / "there")]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not here")
def test_a_wheel_that_is_not_the_one_that_was_gathered_is_not_installed(house):
    (house / "supplies_allocator-0.1.0-py3-none-any.whl").write_bytes(b"another")
    done = installed(house)

    assert done.returncode != 0
    assert "supplies_allocator-0.1.0-py3-none-any.whl: FAILED" in done.stdout + done.stderr
    assert not (house.parent / "there").exists()


def test_wheels_for_another_machine_are_not_installed(house):
    script = house / "install.sh"
    script.write_text(script.read_text().replace(platform.machine(), "riscv64"), encoding="utf-8")
    done = installed(house)

    assert done.returncode == 1
    assert f"These wheels are for riscv64, this machine is {platform.machine()}." in done.stderr
    assert not (house.parent / "there").exists()
