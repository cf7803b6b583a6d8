"""The pictures of pages that the README shows are all there, each in both languages, and small."""

from __future__ import annotations

from docs_scripts import ROOT

PICTURES = sorted((ROOT / "docs" / "pages").glob("*.png"))


def test_each_picture_is_there_in_both_languages_and_shown():
    names = {path.name.rpartition(".")[0] for path in PICTURES}
    shown = "".join((ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "README.zh.md"))

    assert {name.rpartition(".")[0] for name in names if name.endswith(".en")} == {
        name.rpartition(".")[0] for name in names if name.endswith(".zh")
    }
    assert [path.name for path in PICTURES if f"docs/pages/{path.name}" not in shown] == []


def test_no_picture_has_more_than_sixty_kilobytes_and_all_of_them_four_hundred():
    sizes = [path.stat().st_size for path in PICTURES]

    assert PICTURES
    assert max(sizes) <= 60_000
    assert sum(sizes) <= 400_000
