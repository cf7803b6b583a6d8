"""How much the texts of a workbook come to once every cell has its own, as whoever reads it makes them.

A workbook keeps each text once, and cells name it by number: one text of a million letters that sixty thousand cells
name makes a file of 300 kB, and sixty gigabytes of whoever reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate

__all__ = ["bytes_named", "text_lengths"]

_TEXT_ENDS = b"</si>"
_NAMING_CELL = re.compile(rb"<c r=[^>]*\st\s*=\s*[\"']s[\"'][^>]*>")
_NAMED = re.compile(rb"(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?\s*<v>\s*(\d{1,9})\s*</v>")


def text_lengths(pieces: Iterable[bytes]) -> Iterator[int]:
    """Give the bytes of each shared text, with its marks, from the part that holds them, piece by piece.

    >>> list(text_lengths([b"<sst><si><t>mask</t></si><si><t>go", b"wn</t></si></sst>"]))
    [20, 15]
    """
    begun = 0
    for piece in pieces:
        *ended, rest = piece.split(_TEXT_ENDS)
        for text in ended:
            yield begun + len(text)
            begun = 0
        begun += len(rest)


def bytes_named(pieces: Iterable[bytes], lengths: list[int]) -> int:
    """Return what the texts come to that the cells of a sheet name; a cell that cannot be read names the longest.

    >>> bytes_named([b'<c r="A1" t="s"><v>0</v></c><c r="A2" t="s"><v>1</v></c>'], [20, 15])
    35
    >>> bytes_named([b"<c r='A1' t='s'><!-- --><v>1</v></c>", b'<c r="A2"><v>9</v></c>'], [20, 15])
    20
    """
    longest = max(lengths, default=0)
    *_, come_to = accumulate((_named(piece, lengths, longest) for piece in pieces), initial=0)
    return come_to


def _named(piece: bytes, lengths: list[int], longest: int) -> int:
    come_to = 0
    for cell in _NAMING_CELL.finditer(piece):
        named = _NAMED.match(piece, cell.end())
        number = int(named[1]) if named else len(lengths)
        come_to += lengths[number] if number < len(lengths) else longest
    return come_to
