"""Read one cell's text: plain numbers, dates, and what people write instead of them.

Only texts that a fast conversion refuses come here, each distinct one once.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from typing import Any

from data import problem_kinds as kinds
from data.problems import Kind

__all__ = ["CODE_DATED", "CODE_DATED_LIKELY", "CODE_MANGLED", "NUMBER", "date_in", "number_in"]

NUMBER = r"^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
CODE_MANGLED = r"^\d(\.\d+)?[eE]\+\d{2,}$"
CODE_DATED = r"^\d{4}-\d\d-\d\d$"
CODE_DATED_LIKELY = (
    r"^(?:\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}月\d{1,2}日"
    r"|(?i:\d{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d{2}))$"
)
"""How spreadsheets show a code such as 3-1 or MAR1 that they took for a day; also somebody's code perhaps."""

_NUMBER = re.compile(NUMBER, re.ASCII)
_GROUPED = re.compile(r"^-?\d{1,3}(,\d{3})+(\.\d+)?$", re.ASCII)
_TENS_OF_THOUSANDS = re.compile(r"^(\d+(?:\.\d+)?)\s*(万|千|百)$", re.ASCII)
_FACTORS = {"万": 10_000, "千": 1_000, "百": 100}
_DATE = re.compile(
    r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?(?:[ T]00?:00(?::00(?:\.0+)?)?)?$", re.ASCII
)
_SERIAL = re.compile(r"^(\d{5})(?:\.\d+)?$", re.ASCII)
_DIGITS = re.compile(r"^(\d{4})(\d{2})(\d{2})$", re.ASCII)
_EXCEL_DAY_ZERO = dt.date(1899, 12, 30)

Fault = tuple[Kind, dict[str, Any]]


def number_in(text: str) -> float | Fault:
    """Return the number a text plainly says, in ordinary or full-width digits, or what is wrong with it.

    >>> number_in("１２０")
    120.0
    >>> kind, values = number_in("3万")
    >>> kind.code, values["number"]
    ('number-likely', '30000')
    """
    plain = unicodedata.normalize("NFKC", text).strip().removeprefix("+")
    if _NUMBER.match(plain):
        number = float(plain)
        return number if math.isfinite(number) else (kinds.NOT_FINITE, {})
    if plain.casefold().lstrip("-") in ("nan", "inf", "infinity", "∞"):
        return kinds.NOT_FINITE, {}
    if _GROUPED.match(plain):
        return kinds.NUMBER_LIKELY, {"number": plain.replace(",", "")}
    if match := _TENS_OF_THOUSANDS.match(plain):
        return kinds.NUMBER_LIKELY, {"number": f"{float(match[1]) * _FACTORS[match[2]]:.0f}"}
    return kinds.NOT_A_NUMBER, {}


def date_in(text: str) -> dt.date | Fault:
    """Return the day a text says, year first, or what is wrong with it.

    >>> date_in("2020/2/10"), date_in("2020年2月10日")
    (datetime.date(2020, 2, 10), datetime.date(2020, 2, 10))
    >>> kind, values = date_in("43871")
    >>> kind.code, values["date"]
    ('date-serial', '2020-02-10')
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if match := _DATE.match(plain):
        return _day(match[1], match[2], match[3]) or (kinds.NOT_A_DATE, {})
    if match := _SERIAL.match(plain):
        day = _EXCEL_DAY_ZERO + dt.timedelta(days=int(match[1]))
        return kinds.DATE_SERIAL, {"date": day.isoformat()}
    if match := _DIGITS.match(plain):
        likely = _day(match[1], match[2], match[3])
        if likely:
            return kinds.DATE_LIKELY, {"date": likely.isoformat()}
    return kinds.NOT_A_DATE, {}


def _day(year: str, month: str, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
