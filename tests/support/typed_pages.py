"""Pages with commands in them: a block of a page is typed, command by command, and what it shows is looked for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

from click.testing import Result

__all__ = ["answered_as_shown", "blocks", "tables_of", "typed_of"]

_PROMPT = "$ allocator "


def blocks(text: str) -> list[list[str]]:
    """Return the lines of every block of a page that shows a terminal."""
    return [block.splitlines() for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL)]


def typed_of(line: str) -> list[str] | None:
    """Return the words of a line that is typed, None where it is an answer."""
    return shlex.split(line.removeprefix(_PROMPT)) if line.startswith(_PROMPT) else None


def tables_of(text: str) -> Iterator[tuple[str, str]]:
    """Return the CSV files that a page shows below their names."""
    yield from re.findall(r"`(\w+\.csv)`:\n\n```csv\n(.*?)```", text, re.DOTALL)


def answered_as_shown(page: Path, type_: Callable[..., Result]) -> int:
    """Type every command of a page; return how many, all of which end with 0 and answer with every line shown."""
    typed = 0
    for block in blocks(page.read_text(encoding="utf-8")):
        answer: list[str] = []
        for line in block:
            words = typed_of(line)
            if words is None:
                assert line in answer, f"{line!r} is not in:\n" + "\n".join(answer)
                continue
            done = type_(*words)
            assert done.exit_code == 0, f"{line}\n{done.output}"
            # Pages show the item by its name or code alone, as they are the same word.
            answer = done.output.replace("MASK mask", "MASK").splitlines()
            typed += 1
    return typed
