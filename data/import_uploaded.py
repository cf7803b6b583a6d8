"""A file that came through a page or the API: tried or taken in as `import` does, and marked where it is wrong."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from allocator.sentence import Sentence, say
from data.import_files import plain_readers
from data.import_preview import TableRead, tables_read
from data.import_returned import write_marked
from data.import_said import taken_said, wrong_said
from data.import_taking import Asked, File, Taker, read_files, take_all, try_all
from models.import_rights import RIGHT_OF_KIND
from models.imports import Taken
from models.rights import RIGHTS

__all__ = ["UploadRead", "Uploaded", "plain_name", "take_uploaded"]

_LETTERS_MAX = 120


@dataclass(frozen=True, kw_only=True)
class Uploaded:
    """A file as it was sent. `kind`: what it is said to hold; `day`: of rows without one; None: nobody said."""

    name: str
    content: bytes
    kind: str | None = None
    day: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class UploadRead:
    """What became of a file, or would. `tables`: how it was read; `notices`: what to know of it; `wrong`: all faults.

    `marked`: a workbook in which they are marked, None where there are none or it is no table. `taken`: None where
    something is wrong.
    """

    tables: tuple[TableRead, ...]
    notices: tuple[Sentence, ...]
    wrong: tuple[Sentence, ...]
    marked: bytes | None
    taken: Taken | None

    @property
    def said(self) -> list[Sentence]:
        """What was done, or would be, kind by kind."""
        if self.taken is None:
            return []
        if self.taken.is_nothing_new:
            return [say("Nothing new; everything in it is there already.")]
        return [*taken_said(self.taken), *self.taken.said]


def plain_name(name: str) -> str:
    r"""Return a file's name without folders, as files may be called everywhere.

    >>> plain_name("C:\\reports\\counts 1.xlsx"), plain_name("../盘点.csv"), plain_name("..")
    ('counts 1.xlsx', '盘点.csv', 'upload')
    """
    last = re.split(r"[\\/]", name)[-1]
    plain = "".join(letter for letter in last if letter.isprintable()).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:_LETTERS_MAX]}{dot}{ending[:8]}" if stem else plain[:_LETTERS_MAX] or "upload"


def take_uploaded(
    taker: Taker, sent: Uploaded, word: Callable[[Sentence], str], *, may: Callable[[str], bool], only_try: bool
) -> UploadRead:
    """Take a file in, whole or not at all; with `only_try` say what would become of it. `may`: rights of who asks."""
    asked = Asked(kind=sent.kind, day=sent.day, readers=plain_readers(), every=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / plain_name(sent.name)
        path.write_bytes(sent.content)
        (file,) = read_files(taker, [path], asked)
        file.name = path.name
        beyond = _beyond(file, may)
        if not beyond:
            (try_all if only_try else take_all)(taker, [file], asked)
        marked = path.with_name("marked.xlsx")
        is_marked = not beyond and write_marked(file, marked, word)
        return UploadRead(
            tables=() if beyond or file.mended is None else tuple(tables_read(file.mended, file.problems)),
            notices=tuple(each.sentence for each in file.problems.notices if each.warns),
            wrong=tuple(beyond or wrong_said(file)),
            marked=marked.read_bytes() if is_marked else None,
            taken=None if beyond else file.taken,
        )


def _beyond(file: File, may: Callable[[str], bool]) -> list[Sentence]:
    """Return which kinds of table in a file whoever asks may not bring: nor does a token that is not for them."""
    if file.upload is None:
        return []
    kinds = [*file.upload.tables, *(["policy"] if file.upload.policy else [])]
    rights = {RIGHT_OF_KIND.get(kind, "post-stock") for kind in kinds}
    return [
        say("{file} takes the right to {act}. Have somebody take it in who has it.", file=file.said_name,
            act=RIGHTS[right].says)
        for right in sorted(rights) if not may(right)
    ]  # fmt: skip
