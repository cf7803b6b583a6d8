"""`python -m benchmarks.hostile_files`: files that attack, each given to every command that reads such a file.

The files are made from their seeds, and differ; what is counted as inputs is commands, each with one of them.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.hostile_books import BOOKS
from benchmarks.hostile_tally import Tally, told_though_ended
from benchmarks.hostile_texts import TEXTS_OF, changed_file
from benchmarks.hostile_typing import Typed, begin_typing
from benchmarks.hostile_watch import watched
from benchmarks.hostile_world import World, world

__all__ = ["files_given", "made_file"]

FILES = 690
"""Seeds: some of them make the same file, and 600 different ones are due."""

_TABLES = (
    ("import", "{file}"), ("import", "{file}", "--as", "receipts", "--dry-run"), ("receive", "D1", "--from", "{file}"), ("import", "{file}", "--as", "{kind}"),
)  # fmt: skip
_DOORS: dict[str, tuple[tuple[str, ...], ...]] = {
    "xlsx": (*_TABLES, ("plan", "{file}", "--out", "new"), ("statements", "{file}")),
    "csv": (*_TABLES, ("count", "D1", "--from", "{file}"), ("count", "D1", "--scan", "{file}"), ("statements", "{file}"), ("import", "kept/receipts.csv", "--words", "{file}")),
    "json": (*_TABLES, ("scenario", "stress", "{file}", "--out", "new")),
    "toml": (("policy", "set", "{file}", "--reason", "x"), ("policy", "diff", "{file}"), ("import", "{file}"), ("scenario", "run", "{file}", "--case", "kept/case"),
             ("scenario", "stress", "{file}", "--case", "kept/case", "--draws", "2", "--processes", "1", "--out", "new")),
    "txt": (("statements", "{file}"), ("statements", "kept/statement.txt", "--lexicon", "{file}"), ("import", "{file}")),
    "backup": (("restore", "{file}", "--db", "sqlite:///new.sqlite"), ("audit", "check", "--db", "sqlite:///{file}"), ("restore", "{file}", "--db", "sqlite:///new2.sqlite", "--secret-file", "kept/secret")),
    "head": (("audit", "check", "--head", "{file}"), ("audit", "check", "--note", "{file}"), ("witness", "{file}", "--state", "kept/bank"), ("restore", "kept/backup", "--db", "sqlite:///new3.sqlite", "--head", "{file}")),
    "answer": (("audit", "witnesses", "take", "bank", "{file}"), ("witness", "{file}", "--state", "kept/bank")),
}  # fmt: skip
_KEPT = {"template.xlsx": "xlsx", "receipts.xlsx": "xlsx", "case.xlsx": "xlsx", "policy.toml": "toml", "scenario.toml": "toml", "stress.toml": "toml",
         "backup": "backup", "head": "head", "answer": "answer", "request": "answer", "receipts.csv": "csv", "statement.txt": "txt", "lexicon.csv": "csv"}  # fmt: skip
_KINDS = ("counts", "sites", "items", "needs", "orders", "history", "policy", "gtins")
_NAMES = ("receipts-{n}", "入库-{n}", "a b-{n}", "x\x1b[31m{n}", "x\u202e{n}", "counts{n}", "-{n}")


def made_file(seed: int, kept: Path) -> tuple[str, str, bytes]:
    """Return a hostile file: its name, its form by which doors are chosen, its bytes."""
    rng = random.Random(seed)
    name = rng.choice(_NAMES[:3] if rng.random() < 0.8 else _NAMES).format(n=seed)
    way = seed % 3
    if way == 0:
        sort = list(BOOKS)[seed // 3 % len(BOOKS)]
        form = "xls" if sort == "ole" and rng.random() < 0.7 else "xlsx"
        return f"{name}.{form}", "xlsx", BOOKS[sort](rng)
    if way == 1:
        form = list(TEXTS_OF)[seed // 3 % len(TEXTS_OF)]
        return f"{name}.{form}", form, TEXTS_OF[form](rng)
    own, form = list(_KEPT.items())[seed // 3 % len(_KEPT)]
    return f"{name}-{own}", form, changed_file(kept / own, rng)


def files_given(made: World, seeds: range, digests: set[bytes]) -> Iterator[tuple[str, Typed]]:
    """Write one file after the other, and give every command that reads it. `digests`: of the files, which are counted."""
    for seed in seeds:
        name, form, content = made_file(seed, made.kept)
        digests.add(hashlib.sha256(content).digest())
        path = made.here / name
        path.write_bytes(content)
        rng = random.Random(seed)
        for door in _DOORS[form]:
            for left in made.here.glob("new*"):
                if left.is_file():
                    left.unlink()
            shown = f"./{name}" if name.startswith("-") else name
            words = [each.format(file=shown, kind=rng.choice(_KINDS)) for each in door]
            yield f"{seed} {len(content)} bytes", (("--lang", rng.choice(("en", "zh")), *words, "--actor", "lin"), "")
        path.unlink(missing_ok=True)
    yield from _odd_places(made)


def _odd_places(made: World) -> Iterator[tuple[str, Typed]]:
    """Folders with links that lead out or round, pipes that nobody writes to, devices, what may not be read."""
    folder = made.here / "folder"
    folder.mkdir(exist_ok=True)
    (folder / "receipts.csv").symlink_to("/etc/passwd")
    (folder / "sites.csv").symlink_to("sites.csv")
    (folder / "policy.toml").symlink_to("/dev/zero")
    os.mkfifo(folder / "items.csv")
    (folder / "again").symlink_to(folder)
    places = (
        "folder",
        "folder/receipts.csv",
        "folder/sites.csv",
        "folder/items.csv",
        "folder/policy.toml",
        "folder/again",
        "/dev/zero",
        "/dev/full",
        "/proc/self/mem",
        "/",
        ".",
        "",
    )
    for place in places:
        for door in {door for doors in _DOORS.values() for door in doors}:
            words = [each.format(file=place, kind="counts") for each in door]
            yield f"place {place}", (("--lang", "en", *words, "--actor", "lin"), "")


def main(arguments: list[str]) -> int:
    """Give the files to their doors; 1 where anything went wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile_files", description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seconds", type=float, default=3_600, help="how long at the most")
    asked = parser.parse_args(arguments)
    tally, digests, until = Tally("files"), set[bytes](), time.monotonic() + asked.seconds
    with told_though_ended(tally), world() as made, watched(begin_typing, str(made.folder)) as work:
        for name, piece in files_given(made, range(asked.first, asked.first + asked.files), digests):
            tally.door = f"{len(digests)} different files"
            tally.add(f"{name} {ascii(piece)}"[:400], work(piece))
            if time.monotonic() > until:
                break
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
