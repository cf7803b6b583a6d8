"""docs/cli.md says what `--help` says; every command has an example; groups and exit statuses hold."""

import pytest
from click.testing import CliRunner
from docs_scripts import ROOT, loaded

from cli import root


@pytest.mark.parametrize("words", [(), ("plans",), ("audit",), ("audit", "check")])
def test_help_comes_in_the_language_asked_for_whatever_was_asked_before(words):
    """In one process, as pages and tests ask."""
    helps = [CliRunner().invoke(root, ["--lang", lang, *words, "--help"]).output for lang in ("en", "zh", "en")]

    assert ["Show this message and exit." in each for each in helps] == [True, False, True]


def test_the_page_of_the_command_line_is_what_help_says():
    page = loaded(ROOT / "docs" / "write_cli.py").page()

    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == page, "run: make docs"


def test_the_page_of_rights_is_what_the_table_the_commands_and_the_pages_say():
    page = loaded(ROOT / "docs" / "write_rights.py").page()

    assert (ROOT / "docs" / "rights.md").read_text(encoding="utf-8") == page, "run: make docs"


def test_third_party_notices_name_every_locked_distribution():
    page = loaded(ROOT / "docs" / "write_third_party.py").page()

    def rows(text: str) -> list[list[str]]:
        return [line.split(" | ")[:2] for line in text.splitlines() if line.startswith("| ")]

    assert rows((ROOT / "docs" / "third-party.md").read_text(encoding="utf-8")) == rows(page), "run: make docs"


@pytest.mark.parametrize("name", list(loaded(ROOT / "docs" / "write_cli.py").names()))
def test_the_help_of_every_command_has_an_example(name):
    help_text = CliRunner().invoke(root, ["--lang", "en", *name.split(), "--help"], prog_name="allocator").output

    assert f"\nExample:\n  allocator {name}" in help_text


def test_help_shows_three_groups():
    help_text = CliRunner().invoke(root, ["--lang", "en", "--help"], prog_name="allocator").output

    titles = [line for line in help_text.splitlines() if line in {"Daily:", "Planning:", "Oversight:"}]
    assert titles == ["Daily:", "Planning:", "Oversight:"]


def test_the_help_of_sample_names_every_sample():
    from data.samples import SAMPLES

    help_text = CliRunner().invoke(root, ["--lang", "en", "sample", "--help"], prog_name="allocator").output

    assert [
        line.split()[0] for line in help_text.splitlines() if line.startswith("  ") and line.split()[0] in SAMPLES
    ] == list(SAMPLES)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--help"], 0),
        (["plan"], 2),
        (["no-such-command"], 2),
        (["plan", "no-such-case", "--out", "x", "--engine", "no-such-engine"], 2),
        (["plan", "no-such-case", "--out", "x", "--export", "model.lp"], 2),
        (["sample", "no-such-sample", "--out", "x"], 2),
    ],
)
def test_wrong_usage_ends_with_its_status_and_no_traceback(words, status, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(root, words, prog_name="allocator")

    assert result.exit_code == status
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_shell_completion_names_the_commands(monkeypatch):
    monkeypatch.setenv("_ALLOCATOR_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "allocator ")
    monkeypatch.setenv("COMP_CWORD", "1")
    result = CliRunner().invoke(root, [], prog_name="allocator", complete_var="_ALLOCATOR_COMPLETE")

    assert [line.partition(",")[2] for line in result.output.splitlines()] == list(root.entries)
