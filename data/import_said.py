"""What came of a file that was taken in, or was not: in sentences, and as JSON holds it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from allocator.sentence import Named, Sentence, say

if TYPE_CHECKING:
    from data.import_taking import File
    from models.imports import Taken

__all__ = ["file_json", "taken_said", "wrong_said"]


def taken_said(taken: Taken) -> Iterator[Sentence]:
    """Give what was done with a file, kind by kind."""
    for kind, saved in taken.saved.items():
        if saved.new or saved.changed:
            yield say("{kind}: {new} new, {changed} changed, {same} as they were.", kind=_named(kind), **saved.counts)
    if taken.policy is not None:
        yield say("policy {number} is in force.", number=taken.policy)
    for kind in [*taken.posted, *(kind for kind in taken.again if kind not in taken.posted)]:
        values: dict[str, Any] = {"kind": _named(kind), "again": taken.again.get(kind, 0)}
        if kind in taken.posted:
            values |= {"documents": taken.posted[kind], "lines": taken.lines[kind]}
            yield say("{kind}: {documents} documents with {lines} lines posted; {again} were there already.", **values)
        else:
            yield say("{kind}: {again} documents were there already.", **values)


def _named(kind: str) -> Named:
    from data.import_columns import IMPORT_TABLES

    return Named(kind, kind, IMPORT_TABLES[kind].zh)


def wrong_said(file: File) -> list[Sentence]:
    """Return everything that is wrong with a file, and what that means for it; nothing where nothing is."""
    from data.import_returned import sound_but_held
    from data.sound_rows import summarised

    problems = file.problems
    said = summarised(problems.problems) if problems.every else [each.sentence for each in problems.problems]
    refused = {str(each): each for _, each in file.refused_at}.values()
    sentences = [*said, *refused] if file.held else said or file.refused
    if not sentences:
        return []
    name, rows = file.said_name, file.held.count if file.held else 0
    sound = len(sound_but_held(file))
    if sound:
        last = say("{file}: rows held back: {rows} (sound, but in a document with a bad row: {sound}); "
                   "all others were taken in.", file=name, rows=rows, sound=sound)  # fmt: skip
    elif file.held:
        last = say("{file}: rows held back: {rows}; all others were taken in.", file=name, rows=rows)
    else:
        last = say("{file} was not taken in; nothing of it was written.", file=name)
    return [*sentences, last]


def file_json(file: File, *, dry_run: bool) -> dict[str, Any]:
    """Return what came of a file as JSON holds it. `dry_run`: with how it was read."""
    from data.import_preview import preview_json

    taken, upload = file.taken, file.upload
    if taken is None or upload is None:
        return {"file": file.said_name}
    return {
        "file": file.said_name,
        "sha256": upload.digest,
        "nothing_new": taken.is_nothing_new,
        **({"read": preview_json(file.mended)} if dry_run and file.mended else {}),
        "rows": {kind: saved.counts for kind, saved in taken.saved.items()},
        "policy": taken.policy,
        "documents": {
            kind: {
                "posted": taken.posted.get(kind, 0),
                "lines": taken.lines.get(kind, 0),
                "again": taken.again.get(kind, 0),
            }
            for kind in {**taken.posted, **taken.again}
        },
    }
