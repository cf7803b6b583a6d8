"""What the READMEs show is what their commands print."""

import re
import shutil
from pathlib import Path

import pytest
from docs_scripts import ROOT, loaded
from lived import PRINTED, a_county_s_day

SCRIPT = loaded(ROOT / "docs" / "write_readme.py")


@pytest.fixture
def day(tmp_path, tmp_path_factory) -> Path:
    """Return a folder in which `allocator demo` was typed."""
    return Path(shutil.copytree(a_county_s_day(tmp_path_factory), tmp_path / "day"))


def test_the_commands_of_the_readme_print_what_it_shows(day):
    page = (ROOT / "README.md").read_text(encoding="utf-8")

    def run(command: str, folder: Path) -> str:
        return (
            (day / PRINTED).read_text(encoding="utf-8") if command == "make demo" else SCRIPT.printed(command, folder)
        )

    assert "$ make demo\n" in page
    assert SCRIPT.executed(page, day, run=run) == page, "run: make docs"


def test_the_chinese_commands_do_too_and_the_demo_may_be_run_again_where_it_was_run(day):
    page = (ROOT / "README.zh.md").read_text(encoding="utf-8")

    assert "$ allocator demo --lang zh\n" in page
    assert SCRIPT.executed(page, day) == page, "run: make docs"
    files = ["case", "ledger.sqlite", "ledger.sqlite.key", "notes.pdf", "plan"]
    assert sorted(path.name for path in (day / "demo").iterdir()) == files


PAGES = [
    *(path.name for path in sorted(ROOT.glob("*.md"))),
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").rglob("*.md"))),
]


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name):
    page = ROOT / name
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []
