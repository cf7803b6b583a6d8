r"""What is printed moves, colours and turns nothing on the terminal, whatever a file or a ledger holds.

Control characters, marks that turn the direction of writing and halves of characters are shown as JSON would write
them (`\u001b`), so that what programs read stays the same. Line ends and tabs lay out what is ours; those within a
value are shown so too (`one_line`), or a name could write a line of its own.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any, TextIO

from allocator.sentence import Named, Sentence

__all__ = ["LOUD", "one_line", "own_stream", "quiet", "quiet_streams"]

LOUD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What is never printed as it is."""

_BREAKS = re.compile("[\t\n]")


def quiet(text: str) -> str:
    r"""Return a text in which nothing moves, colours or turns.

    >>> quiet("a\x1b[31mb\u202ec\nd")
    'a\\u001b[31mb\\u202ec\nd'
    """
    return text if text.isascii() and text.isprintable() else LOUD.sub(_escaped, text)


def one_line(value: Any) -> Any:
    r"""Return a value of a sentence, and the texts within it, without line ends of its own.

    >>> one_line("a\nb"), one_line(["c\td"])
    ('a\\u000ab', ['c\\u0009d'])
    """
    if isinstance(value, str | PurePath):
        text = str(value)
        return text if text.isprintable() else _BREAKS.sub(_escaped, text)
    if isinstance(value, Sentence):
        return Sentence(value.message, {name: one_line(each) for name, each in value.values.items()})
    if isinstance(value, Named):
        return replace(value, code=one_line(value.code), name=one_line(value.name), name_zh=one_line(value.name_zh))
    return [one_line(each) for each in value] if isinstance(value, list | tuple) else value


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


class _Quiet:
    """A stream whose texts are made quiet; all else is as it was."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        self.stream.write(quiet(text))
        return len(text)

    def writelines(self, lines: Sequence[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def own_stream(stream: Any) -> Any:
    """Return the stream itself of one that was made quiet: progress is drawn with control characters of our own."""
    return getattr(stream, "stream", stream)


@contextlib.contextmanager
def quiet_streams() -> Iterator[None]:
    """Make what is printed quiet, while the block runs; of what is read, marks stand for what is no text."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Quiet(own_stream(kept[0])), _Quiet(own_stream(kept[1]))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = kept
