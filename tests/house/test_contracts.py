"""The house rules that no linter knows."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("allocator", "commands", "data")


def sources() -> list[Path]:
    return [ROOT / "cli.py", *(path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py")))]


def imports_of(path: Path) -> set[str]:
    """Return every module a file imports, wherever in it the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_the_checker_imports_nothing_of_the_engines():
    """Case, policy, plan and proof hold values only; whatever computes a plan is out of its reach."""
    allowed = re.compile(r"allocator(\.(case|plan|policy|proof|sentence|verify\w*)(\.\w+)?)?$")
    checker = sorted((ROOT / "allocator").glob("verify*.py"))

    strangers = {
        f"{path.name}: {name}"
        for path in checker
        for name in imports_of(path)
        if name.partition(".")[0] in (*PACKAGES, "highspy", "ortools", "pulp", "scipy") and not allowed.match(name)
    }
    assert checker
    assert strangers == set()


def test_the_root_command_imports_only_its_commands():
    assert {name.partition(".")[0] for name in imports_of(ROOT / "cli.py")} <= {
        "__future__",
        "sys",
        "allocator",
        "commands",
    }


def test_no_module_is_a_drawer_for_anything():
    drawers = {"utils", "helpers", "common", "types", "exceptions"}

    assert [path for path in sources() if path.stem in drawers] == []


def test_modules_and_functions_stay_readable():
    long_modules = [path.name for path in sources() if len(path.read_text(encoding="utf-8").splitlines()) > 400]
    long_functions = [
        f"{path.name}: {node.name}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 70
    ]

    assert (long_modules, long_functions) == ([], [])


def test_tests_hold_no_init_files_that_would_shadow_a_folder():
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_git_tracks_the_doors_for_files():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    ignored = subprocess.run(
        ["git", "check-ignore", "data/texts.py", "data/locale/zh_CN/LC_MESSAGES/allocator.mo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ignored.stdout == ""


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locked_requirements_carry_hashes_and_no_address(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    pinned = re.findall(r"^[A-Za-z0-9._-]+==\S+", text, flags=re.MULTILINE)

    assert len(pinned) > 20
    assert text.count("--hash=sha256:") >= len(pinned)
    assert "://" not in text
    assert "index" not in text


def test_the_version_is_said_once_in_each_place():
    import tomllib

    import allocator

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == allocator.__version__


def test_help_loads_no_numbers():
    """`allocator --help` must answer at once, so it may load neither numpy nor what builds on it."""
    script = "import sys, cli; cli.root(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    heavy = {
        name for name in ("numpy", "pandas", "pyarrow", "ortools", "pulp", "highspy") if f"'{name}'" in result.stdout
    }
    assert heavy == set()
