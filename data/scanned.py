"""What a barcode scanner types: GTIN, lot, expiry and count of each line, or why the line cannot be read.

A scanner behind a keyboard types a code and presses Enter. GS1 codes carry application identifiers, parted
by the separator FNC1, which scanners type as the sign GS or as a word; or somebody types them in brackets.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from allocator.sentence import Sentence, say

__all__ = ["Scanned", "Unreadable", "gtin_14", "read_scan"]

_GS = "\x1d"
_SEPARATORS = re.compile(r"<GS>|\{GS\}|\[GS\]|<FNC1>|\{FNC1\}|\^\]|␝|\x1d", re.IGNORECASE)
_TIMES = re.compile(r"^\s*(\d{1,6})\s*[*×xX]\s*(?=\S)")
_GTIN_DIGITS = (8, 12, 13, 14)
_SAID_TIMES_MOST = 100_000


@dataclass(frozen=True, kw_only=True)
class Scanned:
    """One line as it was read. `gtin`: fourteen digits; `times`: how many such packs, 1 unless it was typed.

    `units`: base units in one pack where the code itself counts them (30); `contained`: packs of this GTIN
    in the one that was scanned (37). `lot`, `expires`: None where the code does not say.
    """

    gtin: str
    times: int = 1
    units: int | None = None
    contained: int = 1
    lot: str | None = None
    expires: dt.date | None = None


@dataclass(frozen=True)
class Unreadable:
    """Why a line cannot be read, and what to do."""

    sentence: Sentence


def gtin_14(text: str) -> str | Unreadable:
    """Return a GTIN of 8, 12, 13 or 14 digits as fourteen digits, if its check digit is right.

    >>> gtin_14("6901234567892")
    '06901234567892'
    >>> print(gtin_14("6901234567890").sentence)
    The check digit of 6901234567890 is 0, and by its other digits it would be 2. Scan it again.
    """
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) in _GTIN_DIGITS):
        return Unreadable(say('"{found}" is no GTIN of 8, 12, 13 or 14 digits. Scan it again.', found=text))
    # The digits count 3 and 1 in turn, from the right; with the check digit they make a whole ten.
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits[:-1]), start=1))
    due = -total % 10
    if int(digits[-1]) != due:
        return Unreadable(
            say(
                "The check digit of {gtin} is {found}, and by its other digits it would be {due}. Scan it again.",
                gtin=digits,
                found=digits[-1],
                due=due,
            )
        )
    return digits.zfill(14)


def read_scan(line: str) -> Scanned | Unreadable:
    """Return what one line says. `3*` before a code: three packs of it.

    >>> read_scan("(01)06901234567892(17)210630(10)A1")
    Scanned(gtin='06901234567892', times=1, units=None, contained=1, lot='A1', expires=datetime.date(2021, 6, 30))
    >>> read_scan("2*6901234567892").times
    2
    """
    typed = _TIMES.match(line)
    times = int(typed[1]) if typed else 1
    code = _SEPARATORS.sub(_GS, line[typed.end() :] if typed else line).strip()
    if not 1 <= times <= _SAID_TIMES_MOST:
        return Unreadable(say("{found} packs are too many or none. Type the number again.", found=times))
    if code.isascii() and code.isdigit() and len(code) in _GTIN_DIGITS:
        gtin = gtin_14(code)
        return gtin if isinstance(gtin, Unreadable) else Scanned(gtin=gtin, times=times)
    message = _message(code)
    if message is None:
        return Unreadable(say('"{found}" is no code that can be read. Scan it again.', found=line.strip()))
    return _scanned(message, times, line.strip())


def _message(code: str) -> Any:
    """Return the parts of a GS1 code, None where it is none."""
    import biip
    from biip.gs1_messages import GS1Message

    try:
        if code.startswith("("):
            return GS1Message.parse_hri(code)
        return biip.parse(code).gs1_message
    except (biip.ParseError, IndexError, ValueError):
        return None


def _scanned(message: Any, times: int, line: str) -> Scanned | Unreadable:
    said = {each.ai.ai: each for each in message.element_strings}
    trade = said.get("01") or said.get("02")
    if trade is None:
        return Unreadable(say('"{found}" names no GTIN. Scan the code of the box, not another one on it.', found=line))
    gtin = gtin_14(trade.value)
    if isinstance(gtin, Unreadable):
        return gtin
    expires = said.get("17")
    if expires is not None and expires.date is None:
        return Unreadable(say('The date in "{found}" is no day. Scan it again.', found=line))
    counts = [int(said[ai].value) if ai in said else None for ai in ("30", "37")]
    if 0 in counts:
        return Unreadable(say('"{found}" counts none. Scan it again, or count by hand.', found=line))
    return Scanned(
        gtin=gtin,
        times=times,
        units=counts[0],
        contained=counts[1] or 1,
        lot=said["10"].value if "10" in said else None,
        expires=None if expires is None else expires.date,
    )
