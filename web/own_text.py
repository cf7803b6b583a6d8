"""A text of one's own, typed into a page or sent as a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from fastapi import UploadFile

from allocator.sentence import Sentence, say

__all__ = ["OwnText", "own_text"]


@dataclass(frozen=True)
class OwnText:
    """Its name, that of its file without an ending, and what it says; "" where none was given."""

    name: str
    text: str


def own_text(name: str, text: str, file: UploadFile | None, *, most: int) -> tuple[OwnText, tuple[Sentence, ...]]:
    """Return what was given – a file goes before what was typed – and what is wrong with it. `most`: bytes."""
    typed = OwnText(name.strip() or "mine", text.replace("\r\n", "\n") if text.strip() else "")
    if file is None or not file.filename:
        return typed, ()
    stem = PurePath(file.filename.replace("\\", "/")).stem
    content = file.file.read(most + 1)
    if len(content) > most:
        return typed, (say("{file} has more than {most:,} bytes. Send a smaller one.", file=file.filename, most=most),)
    try:
        return OwnText(name.strip() or stem, content.decode("utf-8-sig").replace("\r\n", "\n")), ()
    except UnicodeDecodeError:
        return typed, (say("{file} is not UTF-8. Save it again as UTF-8.", file=file.filename),)
