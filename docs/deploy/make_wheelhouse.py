"""Gather every package that the lock names, and the program itself, for machines that reach no registry.

    python docs/deploy/make_wheelhouse.py --machine x86_64 --machine aarch64 --out dist

A folder for each kind of machine: wheels for CPython and a glibc, by the hashes of the lock; the lock as it is there;
`SHA256SUMS`; and `install.sh`, which checks these and installs without a registry. What has no wheel for a machine is
named with what it would take, and then the exit status is 1. `--list` only says what the lock holds for each.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.txt"
MACHINES = ("x86_64", "aarch64")
GLIBCS = (28, 27, 26, 24, 17)
"""Minor versions of glibc 2 that a wheel may ask for: what 2.28 serves. 2.17 is manylinux2014."""

INSTALL = """\
#!/bin/sh
# Installs the supplies allocator beside this file into a folder, without a registry: sh install.sh /opt/allocator
# It takes a glibc of 2.28 or newer (ldd --version), {machine}, and Python {python} with its venv module.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
to=${{1:?"say into which folder, such as /opt/allocator"}}
python=${{PYTHON:-python{python}}}
[ "$(uname -m)" = {machine} ] || {{ echo "These wheels are for {machine}, this machine is $(uname -m)." >&2; exit 1; }}
(cd "$here" && sha256sum --quiet --check SHA256SUMS)
"$python" -m venv "$to"
# No registry, whatever this machine's settings name.
PIP_CONFIG_FILE=/dev/null
export PIP_CONFIG_FILE
install() {{
    "$to/bin/python" -m pip --disable-pip-version-check --isolated --quiet install --no-index --find-links "$here" "$@"
}}
install --only-binary=:all: --require-hashes --requirement "$here/requirements.txt"
install --no-deps "$here"/supplies_allocator-*.whl
"$to/bin/allocator" --version
"""


@dataclass(frozen=True)
class Locked:
    """One package of the lock. `text`: its lines without the marker, hashes and all."""

    requirement: Requirement
    text: str

    def is_for(self, machine: str, python: str) -> bool:
        """Say whether a machine needs it. pip itself would ask the machine that downloads."""
        there = {
            "python_version": python,
            "python_full_version": f"{python}.0",
            "sys_platform": "linux",
            "platform_system": "Linux",
            "os_name": "posix",
            "platform_machine": machine,
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }
        return self.requirement.marker is None or self.requirement.marker.evaluate(there)


def locked(lock: Path = LOCK) -> Iterator[Locked]:
    """Give what a lock with hashes names."""
    for block in re.findall(r"^\S.*(?:\n\s+.*)*", lock.read_text(encoding="utf-8"), re.MULTILINE):
        head, _, hashes = block.partition("\\\n")
        requirement = Requirement(head.strip().rstrip("\\"))
        yield Locked(requirement, f"{requirement.name}{requirement.specifier} \\\n{hashes}")


def needed(machine: str, python: str) -> list[Locked]:
    """Return what the lock holds for a kind of machine."""
    return [each for each in locked() if each.is_for(machine, python)]


def platforms(machine: str) -> list[str]:
    """Return the tags of wheels that run there, the newest glibc first."""
    tags = [f"manylinux_2_{minor}_{machine}" for minor in GLIBCS]
    older = ("manylinux2014", "manylinux2010", "manylinux1") if machine == "x86_64" else ("manylinux2014",)
    return [*tags, *(f"{each}_{machine}" for each in older)]


def download(packages: Sequence[Locked], machine: str, python: str, folder: Path) -> str:
    """Fetch wheels of packages into a folder; return what pip said where it could not, "" where it could."""
    with tempfile.TemporaryDirectory() as scratch:
        lines = Path(scratch) / "requirements.txt"
        lines.write_text("\n".join(each.text for each in packages) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", "--require-hashes", "--requirement", str(lines), "--dest", str(folder)]
        command += ["--python-version", python, "--implementation", "cp", "--abi", f"cp{python.replace('.', '')}"]
        command += ["--abi", "abi3", "--abi", "none"]
        for tag in platforms(machine):
            command += ["--platform", tag]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip()


def gather(machine: str, python: str, folder: Path) -> dict[str, str]:
    """Fetch everything for a kind of machine; return what could not be had, with what pip said of it."""
    packages = needed(machine, python)
    if not download(packages, machine, python, folder):
        return {}
    # One by one, to name all that is lacking and not only the first.
    said = {str(each.requirement.name): download([each], machine, python, folder) for each in packages}
    return {name: why for name, why in said.items() if why}


def build(folder: Path) -> None:
    """Put the program's own wheel into a folder."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def finish(machine: str, python: str, folder: Path) -> None:
    """Write the lock as it is there, the script that installs, and the sums of all."""
    texts = [each.text for each in needed(machine, python)]
    (folder / "requirements.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    (folder / "install.sh").write_text(INSTALL.format(machine=machine, python=python), encoding="utf-8")
    sums = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}"
        for file in sorted(folder.iterdir())
        if file.name != "SHA256SUMS"
    ]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")


def main() -> int:
    """Gather, build, say what is there and what is not."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--machine", action="append", choices=MACHINES)
    parser.add_argument("--python", default="3.11", help="the version there")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--list", action="store_true", help="only say what the lock holds for each machine")
    asked = parser.parse_args()
    lacking = 0
    for machine in asked.machine or MACHINES:
        if asked.list:
            names = (f"{each.requirement.name}{each.requirement.specifier}" for each in needed(machine, asked.python))
            sys.stdout.write(f"{machine}: {' '.join(names)}\n")
            continue
        folder = asked.out / f"wheelhouse-{machine}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        missing = gather(machine, asked.python, folder)
        for name, why in missing.items():
            sys.stderr.write(f"{machine}: no wheel of {name}: {why.splitlines()[-1]}\n")
        lacking += len(missing)
        build(folder)
        finish(machine, asked.python, folder)
        wheels = list(folder.glob("*.whl"))
        size = sum(file.stat().st_size for file in wheels) / 1e6
        sys.stdout.write(f"{folder}: {len(wheels)} wheels, {size:,.0f} MB; lacking: {len(missing)}\n")
    return min(lacking, 1)


if __name__ == "__main__":
    sys.exit(main())
