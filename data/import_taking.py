"""Taking files in: each whole or not at all, all of them tried together, or the sound rows of each."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.sentence import Sentence, say

if TYPE_CHECKING:
    from data.import_files import Upload
    from data.import_reading import Hand
    from data.mending import Mended
    from data.problems import Place, ProblemList
    from data.sheet_header import Readers
    from data.sound_rows import HeldBack
    from data.whole_documents import DocumentRows
    from models.imports import Incoming, Taken
    from models.ledger import Ledger
    from models.versions import Stamp

__all__ = ["Asked", "File", "Taker", "read_files", "take_all", "take_sound", "try_all"]

_ROUNDS_MAX = 30
"""How often rows are held back anew because the ledger refused what was left; then the file as a whole is."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked of an import. `kind`: what `--as` said; `day`: of rows without one; `every`: mark every row.

    `sender`: whose files these are, "" where nobody said; `chosen`: codes that names were said to mean.
    """

    kind: str | None
    day: dt.date | None
    readers: Readers
    every: bool = False
    sender: str = ""
    chosen: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Taker:
    """Who takes files in, when (UTC microseconds), and where. `stage`: shows what is being done meanwhile."""

    ledger: Ledger
    actor: str
    now: int
    stage: Callable[[Sentence], contextlib.AbstractContextManager[None]] = field(
        default=lambda _: contextlib.nullcontext()
    )


@dataclass
class File:
    """One file: what it holds, or why it was not taken in. `as_read`: what was wrong with it by itself.

    `refused_at`: what the ledger refused, with its places; `held`: rows held back while the others were taken in;
    `name`: what it is called to people, "" for its path.
    """

    path: Path
    upload: Upload | None
    as_read: ProblemList
    problems: ProblemList
    mended: Mended | None = None
    taken: Taken | None = None
    refused: Sequence[Sentence] = ()
    refused_at: list[tuple[Place, Sentence]] = field(default_factory=list)
    held: HeldBack | None = None
    status: int = 0
    name: str = ""

    @property
    def said_name(self) -> str:
        """What it is called to people."""
        return self.name or str(self.path)


def read_files(taker: Taker, files: Sequence[Path], asked: Asked) -> list[File]:
    """Read files, those first which hold what others refer to."""
    from data.import_files import read_upload
    from data.problems import ProblemList

    read: list[File] = []
    for path in dict.fromkeys(files):
        problems = ProblemList(every=asked.every)
        with taker.stage(say("Reading {file}", file=str(path))):
            upload = read_upload(path, asked.kind, problems, asked.readers)
            read.append(File(path, upload, problems, problems, status=0 if upload else 2))
    return sorted(read, key=lambda file: file.upload.rank if file.upload else 0)


def take_all(taker: Taker, files: Sequence[File], asked: Asked) -> None:
    """Take in one file after the other."""
    _in_passes(files, lambda file: _take(taker, file, asked))


def _in_passes(files: Sequence[File], take: Callable[[File], None]) -> None:
    """Take in one file after the other; what failed is tried again once others brought what it may speak of."""
    left = [file for file in files if file.upload is not None]
    while left:
        for file in left:
            take(file)
        rest = [file for file in left if file.taken is None]
        if len(rest) == len(left):
            return
        left = rest


def _take(taker: Taker, file: File, asked: Asked) -> None:
    """Take in one file, and note what came of it."""
    from models.database import reading
    from models.entry import Refusal
    from models.imports import take_in

    with taker.stage(say("Taking in {file}", file=str(file.path))):
        with reading(taker.ledger.engine) as connection:
            found = _incoming(taker, file, asked, connection)
        try:
            file.taken = take_in(taker.ledger, found, _stamp(taker)) if found else None
        except Refusal as refusal:
            _note(file, refusal)


def _note(file: File, refusal: Any) -> None:
    """Note what the ledger refused of a file, with its places where they are known."""
    file.taken, file.refused, file.status = None, refusal.sentences, 1
    file.refused_at = []
    if file.mended is None:
        return
    for paper, sentence in getattr(refusal, "refused", ()):
        table = file.mended.upload.tables.get(paper.kind)
        if table is not None:
            file.refused_at += [(table.place(row), sentence) for row in paper.rows]


def try_all(taker: Taker, files: Sequence[File], asked: Asked) -> None:
    """Find out what would become of all files together, in one transaction that is taken back.

    One that the ledger refuses spoils the transaction, so the others are tried without it; it comes last once more.
    """
    from models.entry import Refusal
    from models.imports import only_try, take_in_with

    left = list(files)
    last: list[File] = []
    trying = left[:1]

    def work(book: Any, names: Any) -> None:
        def take(file: File) -> None:
            trying[:] = [file]
            found = _incoming(taker, file, asked, book.connection)
            file.taken = take_in_with(taker.ledger, book, names, found, _stamp(taker)) if found else None

        for file in left:
            file.taken = None
        _in_passes(left, take)

    while left:
        try:
            only_try(taker.ledger, work)
        except Refusal as refusal:
            (file,) = trying
            _note(file, refusal)
            left.remove(file)
            if file not in last:
                last.append(file)
                left.append(file)
        else:
            return


def take_sound(taker: Taker, files: Sequence[File], asked: Asked, *, dry_run: bool) -> None:
    """Take in the sound rows of each file, and hold the others back."""
    for file in files:
        if file.upload is not None and None not in file.upload.tables.values():
            with taker.stage(say("Taking in {file}", file=str(file.path))):
                _take_sound(taker, file, asked, dry_run=dry_run)


def _take_sound(taker: Taker, file: File, asked: Asked, *, dry_run: bool) -> None:
    """Hold back the documents at fault until the rest is taken in, or nothing is left, or a fault is of no row."""
    from data.sound_rows import HeldBack
    from models.database import reading
    from models.entry import Refusal

    held = HeldBack()
    whole: Any = file.upload
    held.add(file.as_read.problems, whole)
    if held.whole:
        file.status = 2
        return
    wrong, refused_at = file.as_read.copy(), []
    documents: Mapping[str, DocumentRows] = {}
    for _ in range(_ROUNDS_MAX):
        with reading(taker.ledger.engine) as connection:
            if held:
                documents = documents or _documents(taker, file, asked, connection)
                held.add_documents(documents)
            found = _incoming(taker, file, asked, connection, held)
        before = held.count
        if found is None:
            held.add(file.problems.problems, whole)
            wrong.extend(file.problems)
        else:
            try:
                file.taken = _taken(taker, found, dry_run=dry_run)
            except Refusal as refusal:
                _note(file, refusal)
                refused_at += file.refused_at
                for place, _ in file.refused_at:
                    held.add_place(place, whole)
        if file.taken is not None or held.whole or held.count == before:
            break
    wrong.notices = file.problems.notices
    file.problems, file.refused_at = wrong, refused_at
    if file.taken is not None:
        file.held, file.refused, file.status = held, (), 4 if held else 0


def _taken(taker: Taker, found: Incoming, *, dry_run: bool) -> Taken:
    from models.imports import only_try, take_in, take_in_with

    if not dry_run:
        return take_in(taker.ledger, found, _stamp(taker))
    return only_try(taker.ledger, lambda book, names: take_in_with(taker.ledger, book, names, found, _stamp(taker)))


def _stamp(taker: Taker) -> Stamp:
    from models.versions import Stamp

    return Stamp(taker.actor, taker.now)


def _incoming(taker: Taker, file: File, asked: Asked, connection: Any, held: HeldBack | None = None) -> Incoming | None:
    """Return what a file says by what the ledger knows now, without the rows held back; None after a problem."""
    from data.import_reading import incoming
    from data.mending import mended
    from data.problems import ProblemList
    from data.remembering import heard_of
    from data.sound_rows import without_rows
    from models.import_known import ledger_known
    from models.import_names import NamesKnown

    file.refused, file.status = (), 0
    file.problems = ProblemList(every=asked.every) if held is not None else file.as_read.copy()
    if file.upload is None:
        file.status = 2
        return None
    names, known = NamesKnown(connection, asked.sender), ledger_known(connection)
    upload = file.upload if held is None else without_rows(file.upload, held.rows)
    file.mended = mended(upload, names, file.problems, asked.chosen)
    found = incoming(file.mended.upload, known, _hand(taker, asked), file.problems)
    if found is not None:
        heard = heard_of(upload, asked.sender, asked.readers.told.told, asked.chosen)
        found = replace(found, heard=heard)
    file.status = 0 if found else 2
    return found


def _documents(taker: Taker, file: File, asked: Asked, connection: Any) -> Mapping[str, DocumentRows]:
    """Return of which document each row of a file is, of sound rows and others alike."""
    from data.import_reading import documents_in
    from data.mending import mended
    from data.problems import ProblemList
    from models.import_known import ledger_known
    from models.import_names import NamesKnown

    upload: Any = file.upload
    read = mended(upload, NamesKnown(connection, asked.sender), ProblemList(), asked.chosen).upload
    return documents_in(read, ledger_known(connection), _hand(taker, asked))


def _hand(taker: Taker, asked: Asked) -> Hand:
    from data.import_reading import Hand

    return Hand(actor=taker.actor, now=taker.now, zone=taker.ledger.zone, day=asked.day)
