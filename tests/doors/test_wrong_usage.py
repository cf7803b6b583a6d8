"""What is typed wrong is answered in the reader's language, with what to type instead."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import root


def allocator(*words: str) -> Result:
    return CliRunner().invoke(root, [*words], prog_name="allocator")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Every command runs in an empty folder; the language it sets in the environment ends with it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANGUAGE", os.environ.get("LANGUAGE", ""))
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "english", "chinese"),
    [
        ("plna", "There is no command plna. Is plan meant?", "没有命令 plna。是不是指 plan？"),
        ("plan case --otu plan", "No such option '--otu'.", "没有选项 '--otu'。"),
        (
            "plan case --out plan --engine slow",
            "'slow' is not one of 'fast', 'reference'.",
            "'slow' 不是可选值：'fast'",
        ),
        ("plan case other --out plan", "Got unexpected extra argument (other)", "多余的参数（other）"),
        ("plan case --out", "Option '--out' requires an argument.", "选项 '--out' 需要一个值。"),
        ("sample county --out case --sites many", "'many' is not a valid integer.", "'many' 不是有效的数字"),
        ("verify case", "Missing argument 'DIR'.", "缺少参数 'DIR'"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_so_in_both_languages(typed, english, chinese):
    for lang, said in (("en", english), ("zh", chinese)):
        result = allocator("--lang", lang, *typed.split())

        assert result.exit_code == 2
        assert said in result.stderr
        assert result.stdout == ""
    assert not list(Path().iterdir())


def test_a_plans_folder_given_as_a_case_is_named_as_such():
    assert allocator("sample", "ties", "--out", "case", "--sites", "10").exit_code == 0
    assert allocator("plan", "case", "--out", "plan").exit_code == 0

    swapped = allocator("verify", "plan", "case", "--lang", "en")
    again = allocator("plan", "plan", "--out", "other", "--lang", "zh")

    assert (swapped.exit_code, again.exit_code) == (2, 2)
    assert "plan: This folder holds a plan (pairs.csv, lines.csv, proof.json), not a case." in swapped.stderr
    assert "这个文件夹里是分配方案" in again.stderr
    assert not Path("other").exists()


def test_a_table_under_another_name_is_pointed_at():
    """Downloaded twice, a file is called "needs (1).csv", and its table is missing."""
    assert allocator("sample", "ties", "--out", "case", "--sites", "10").exit_code == 0
    Path("case/needs.csv").rename("case/needs (1).csv")

    result = allocator("plan", "case", "--out", "plan", "--lang", "en")

    assert result.exit_code == 2
    assert 'No table is called "needs (1).csv", so it is not read; the nearest is needs.csv.' in result.stderr
    assert "The table needs (需求) is missing." in result.stderr
    assert result.stderr.splitlines()[-1] == "case cannot be read; problems found: 1. Nothing was written."


def test_a_place_below_a_file_is_said_to_be_that():
    assert allocator("sample", "ties", "--out", "case", "--sites", "10").exit_code == 0

    for lang, said in (("en", "a part of its path is no folder"), ("zh", "路径中有一部分不是文件夹")):
        result = allocator("plan", "case", "--out", "case/sites.csv/plan", "--lang", lang)

        assert result.exit_code == 1
        assert said in result.stderr


@contextlib.contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may do everything, so root becomes nobody for a while; anybody else stays who they are."""
    root_runs = os.geteuid() == 0
    if root_runs:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root_runs:
            os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="this system has no such rights")
def test_what_one_may_not_read_or_write_is_said_to_be_that(monkeypatch):
    """Here pytest's own folder will not do: it is closed to others as a whole."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        monkeypatch.chdir(folder)
        assert allocator("sample", "ties", "--out", "case", "--sites", "10").exit_code == 0
        assert allocator("plan", "case", "--out", "plan").exit_code == 0
        assert allocator("verify", "case", "plan").exit_code == 0
        shutil.copytree("case", "closed")
        Path("closed").chmod(0)
        Path("plan/pairs.csv").chmod(0)
        Path("locked").mkdir()
        Path("locked").chmod(0o500)
        with as_somebody_else():
            case = allocator("plan", "closed", "--out", "other", "--lang", "en")
            plan = allocator("verify", "case", "plan", "--lang", "en")
            out = allocator("plan", "case", "--out", "locked/plan", "--lang", "en")
        Path("closed").chmod(0o700)
        monkeypatch.undo()

    assert (case.exit_code, plan.exit_code, out.exit_code) == (2, 2, 1)
    assert "closed: The file cannot be opened: you are not allowed to." in case.stderr
    assert "plan cannot be read: you are not allowed to." in plan.stderr
    assert "locked/plan cannot be written: you are not allowed to. Name another place." in out.stderr


@pytest.mark.parametrize(
    "typed",
    [
        ("--db", "sqlite:///typed.sqlite", "init"),
        ("init", "--db", "sqlite:///typed.sqlite"),
        ("--db", "sqlite:///other.sqlite", "init", "--db", "sqlite:///typed.sqlite"),
    ],
)
def test_what_is_typed_wins_over_the_environment_before_and_after_the_commands_name(typed, monkeypatch):
    """The environment's ledger, or actor, must never be written to where another was named."""
    monkeypatch.setenv("ALLOCATOR_DB", "sqlite:///environment.sqlite")
    result = allocator(*typed)

    assert result.exit_code == 0, result.output
    assert Path("typed.sqlite").exists()
    assert not Path("environment.sqlite").exists()


def test_the_environment_counts_where_nothing_is_typed(monkeypatch):
    monkeypatch.setenv("ALLOCATOR_DB", "sqlite:///environment.sqlite")

    assert allocator("init").exit_code == 0
    assert Path("environment.sqlite").exists()
