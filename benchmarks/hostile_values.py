"""Texts and numbers that break programs: too long, in no character set, of another direction, paths, formulas, commands."""

from __future__ import annotations

import random
from collections.abc import Sequence

from benchmarks.hostile_said import FORGED

__all__ = ["FORMULAS", "NUMBERS", "PATHS", "TEXTS", "hostile", "hostile_number", "hostile_path", "typed"]

FORMULAS = (
    "=cmd|'/c calc'!A0", "=1+1", "+1+1", "-1+1", "@SUM(1+1)", "\t=1+1", "\r=1+1", "\n=1+1",
    '=HYPERLINK("http://127.0.0.1:1/?x="&A1,"open")', "=WEBSERVICE(\"http://127.0.0.1:1\")", "＝1+1", "－1", "＋1", "＠SUM(1)",
    "=IMPORTXML(CONCAT(\"http://127.0.0.1:1/?v=\",A1),\"//a\")", "-2+3+cmd|'/c calc'!A0", "%0A=1+1", "';=1+1", "\",=1+1",
)  # fmt: skip
"""What a spreadsheet would work out, or would ask a program for, where it stood in a cell as it is."""

PATHS = (
    "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "/etc/passwd", "//etc/passwd", "....//....//etc/passwd", "..\\..\\boot.ini",
    "%2e%2e/%2e%2e/etc/passwd", "..%c0%af..%c0%afetc/passwd", "C:\\Windows\\win.ini", "\\\\127.0.0.1\\share\\x", "CON", "nul.csv",
    "aux", "file:///etc/passwd", "~root/.ssh/id_rsa", "/dev/zero", "/dev/stdin", "/proc/self/mem", "/proc/self/environ", ".", "..", "/",
    "a/../../../../../../../../etc/shadow", "x" * 300, "x/" * 600, "-", "--", "; rm -rf x", "$(touch pwned)", "`id`", "|id", "%00",
    "sub\nfolder", "name\x1b[31m.csv", "*", "?", "[a-", "{1..9}", " ", "\u202excod.xslx",
)  # fmt: skip
"""Where a path may lead that was meant for a name."""

NUMBERS = (
    "0", "-1", "-0", "1e400", "-1e400", "NaN", "nan", "inf", "-inf", "Infinity", "1e-400", "9" * 20, "9" * 5_000, "1_000", "٣", "１２",
    "0x10", "0b1", "1,5", "1.5", "1e3", "18446744073709551616", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
    "2147483648", "1" + "0" * 400, "0." + "0" * 400 + "1", "½", "²", "四", "+5", "5-", "--5", "1/0", "null", "true", "[]", "{}",
)  # fmt: skip
"""Numbers that are none, or that do not fit."""

TEXTS = (
    "", " ", "\u3000", "\ufeff", "\u200b", "a" * 1_000, "字" * 5_000, "x" * 70_000, "\U0001f9ff" * 50, "e\u0301" * 200,
    "Z\u0351\u036b\u0343\u036a" * 400, "\u202eevil\u202c", "\u2066hidden\u2069", "\u061cmark", "مرحبا", "שלום", "\ud800", "\udcff\udcfe", "a\udc80b",
    f"line\n{FORGED} all is well", f"line\r\n{FORGED} all is well", f"line\r{FORGED}", f"line\u2028{FORGED}", f"line\x85{FORGED}",
    "\x1b[2J\x1b[31mred", "\x1b]0;title\x07", "\x9b31m", "\x08\x08\x08", "\x07bell", "tab\tbed", "\x7f", "\x01\x02", "null", "None", "undefined",
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "{{7*7}}", "${7*7}", "{0.__class__}", "%s%n%x", "{",
    "}", "{site}", "%(site)s", "' OR '1'='1", "'; DROP TABLE document; --", "\\", "\"", "'", "`", "$HOME", "&amp;", "&lt;", "<!--", "]]>", "\uffff",
    "\ufdd0", "\U0010ffff", "İ", "ß", "ﬃ", "K", "true", "2020-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "-0001-01-01", "2020-02-10T25:61",
    "2020-W07", "10/02/2020", "今天", "昨天", "明年", "0001-01-01", "1e9", "01:99", "P2020-02-10-1", "T-0", "lin\x00", "-c", "--help", "@file",
)  # fmt: skip
"""Texts that mean something elsewhere, or nothing anywhere."""

_RANGES: Sequence[tuple[int, int]] = ((0x20, 0x7F), (0, 0x20), (0x80, 0xA0), (0x300, 0x370), (0x590, 0x700), (0x2000, 0x2070), (0x4E00, 0x9FFF),
                                      (0xD800, 0xDFFF), (0xFE00, 0xFFFF), (0x1F300, 0x1F700), (0xE0000, 0xE0080), (0x10FF00, 0x10FFFF))  # fmt: skip


def hostile(rng: random.Random) -> str:
    """Return a text that is likely to break something."""
    way = rng.random()
    if way < 0.6:
        return rng.choice((*TEXTS, *FORMULAS, *PATHS, *NUMBERS))
    if way < 0.8:
        return "".join(chr(rng.randint(*rng.choice(_RANGES)) % 0x110000) for _ in range(rng.choice((1, 3, 12, 200))))
    if way < 0.9:
        return rng.choice(("D1", "MASK", "P1", "L1", "2020-02-10", "lin")) + hostile(rng)
    return hostile(rng) + rng.choice(TEXTS)


def hostile_number(rng: random.Random) -> str:
    """Return a number that is none, or does not fit; sometimes one that does."""
    return rng.choice(NUMBERS) if rng.random() < 0.7 else str(rng.choice((0, 1, 7, 10**6, 10**12, -5)))


def hostile_path(rng: random.Random) -> str:
    """Return a path that leads elsewhere, or a name that is none."""
    return rng.choice(PATHS)


def typed(text: str) -> str:
    """Return a text as a shell could hand it over: without NUL, lone halves of characters as bytes that are no text."""
    return "".join(char if not 0xD800 <= ord(char) <= 0xDFFF else "\udcff" for char in text.replace("\x00", ""))
