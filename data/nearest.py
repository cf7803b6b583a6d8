"""What somebody may have meant: the known name nearest to one that is not there."""

from __future__ import annotations

import difflib
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence

__all__ = ["nearest", "nearest_code", "padded_code"]

# Comparing with every one of a million codes would take minutes; neighbours in order will do.
_COMPARED_MAX = 2_000
_NEIGHBOURS = 200
_ALIKE = 0.6


def nearest(name: str, known: Sequence[str], *, alike: float = _ALIKE) -> str | None:
    """Return the known name most like `name`, or None where none is like it.

    >>> nearest("daily_unit", ["daily_units", "max_units"])
    'daily_units'
    """
    folded = {_folded(one): one for one in known}
    close = difflib.get_close_matches(_folded(name), list(folded), n=1, cutoff=alike)
    return folded[close[0]] if close else None


def nearest_code(code: str, sorted_codes: Sequence[str]) -> str | None:
    """Return the known code most like `code`, quickly also among a million of them.

    >>> nearest_code("D01", ["D1", "D2", "S1"])
    'D1'
    """
    if len(sorted_codes) <= _COMPARED_MAX:
        return nearest(code, sorted_codes, alike=0.5)
    middle = bisect_left(sorted_codes, _normal(code))
    return nearest(code, sorted_codes[max(0, middle - _NEIGHBOURS) : middle + _NEIGHBOURS], alike=0.5)


def padded_code(code: str, sorted_codes: Sequence[str]) -> str | None:
    """Return the known code that is `code` with zeros in front, as spreadsheets drop them.

    >>> padded_code("421127", ["0421127", "0421128"])
    '0421127'
    """
    if not code.isdigit():
        return None
    for width in range(len(code) + 1, len(code) + 8):
        padded = code.zfill(width)
        at = bisect_left(sorted_codes, padded)
        if at < len(sorted_codes) and sorted_codes[at] == padded:
            return padded
    return None


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _folded(text: str) -> str:
    return _normal(text).casefold().replace(" ", "_").replace("-", "_")
