"""What is true of everything a program says to a person: no fault shown, nothing that moves or colours their terminal.

A value of a file or a request may hold a line's end, an escape sequence or a mark that turns the direction of
writing; shown as it is, it forges a line or hides one. Hostile values carry `FORGED` after a line's end, so that a
line that begins with it is one that somebody else wrote.
"""

from __future__ import annotations

import re

__all__ = ["FORGED", "fault_in_text"]

FORGED = "FORGED-LINE"
"""Stands behind a line's end in hostile values."""

# Line ends and tabs lay out what is ours. The rest moves the cursor, colours, rings, or turns what stands there.
_LOUD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_FAULT = re.compile(
    r"Traceback \(most recent call last\)|^\s+File \"[^\"]+\.py\", line \d+|object at 0x[0-9a-f]{6}", re.MULTILINE
)


def fault_in_text(text: str) -> str:
    r"""Return what is wrong with a text that was shown, "" where nothing is.

    >>> fault_in_text("stock.xlsx: no such sheet.\n"), fault_in_text("\x1b[31mred")
    ('', "shows '\\x1b' as it is: '\\x1b[31mred'")
    """
    found = _FAULT.search(text)
    if found is not None:
        return f"shows a fault: {text[max(0, found.start() - 200) : found.start() + 900]!r}"
    found = _LOUD.search(text)
    if found is not None:
        return f"shows {found[0]!r} as it is: {text[max(0, found.start() - 60) : found.start() + 60]!r}"
    if text.startswith(FORGED) or f"\n{FORGED}" in text:
        at = text.find(FORGED)
        return f"shows a forged line: {text[max(0, at - 100) : at + 60]!r}"
    return ""
