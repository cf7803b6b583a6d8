"""A result folder is written whole or not at all, and never over anything else."""

from pathlib import Path

import pytest

from commands.folders import whole_folder
from commands.session import Refused, Session

FILES = ("lines.csv", "proof.json")


def files_of(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def written(folder: Path, out: Path, text: str) -> None:
    with whole_folder(Session(), out, may_hold=FILES) as begun:
        (begun / "lines.csv").write_text(text)


def test_a_new_folder_is_made_with_its_parents(tmp_path):
    written(tmp_path, tmp_path / "a" / "plan", "D1,S1")

    assert files_of(tmp_path / "a" / "plan") == {"lines.csv": "D1,S1"}
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["plan"]


def test_a_former_result_is_replaced_with_all_its_files(tmp_path):
    out = tmp_path / "plan"
    out.mkdir()
    (out / "proof.json").write_text("former")
    written(tmp_path, out, "new")

    assert files_of(out) == {"lines.csv": "new"}


def test_a_folder_with_other_things_is_refused_and_kept(tmp_path):
    out = tmp_path / "plan"
    out.mkdir()
    (out / "letters.docx").write_text("mine")

    with pytest.raises(Refused, match=r"holds other things \(.*letters\.docx.*\), which would be lost"):
        written(tmp_path, out, "new")
    assert files_of(out) == {"letters.docx": "mine"}


def test_a_file_in_its_place_is_refused_and_kept(tmp_path):
    (tmp_path / "plan").write_text("mine")

    with pytest.raises(Refused, match="is not a folder"):
        written(tmp_path, tmp_path / "plan", "new")
    assert (tmp_path / "plan").read_text() == "mine"


def test_the_current_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(Refused, match="is the folder you are in"):
        written(tmp_path, Path(), "new")


def half_written(out: Path) -> None:
    with whole_folder(Session(), out, may_hold=FILES) as begun:
        (begun / "lines.csv").write_text("half")
        raise OSError(28, "No space left on device")


def test_a_failure_half_way_leaves_what_was_there(tmp_path):
    out = tmp_path / "plan"
    written(tmp_path, out, "former")

    with pytest.raises(Refused, match="the disk is full"):
        half_written(out)
    assert files_of(out) == {"lines.csv": "former"}
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]
