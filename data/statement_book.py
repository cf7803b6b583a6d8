"""A workbook of needs that is begun from statements: what a person must complete, beside what was said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from allocator.sentence import say
from data.statement_rows import SaidRow
from data.template_writing import Begun
from data.workbook_looks import both

__all__ = ["CONFIDENCE_WORDS", "begun_needs", "plain"]

_WORST_FIRST = ("low", "medium", "high")
CONFIDENCE_WORDS = {"high": say("high"), "medium": say("medium"), "low": say("low")}
"""How sure a row is, in words."""


def begun_needs(rows: Iterable[SaidRow], *, day: dt.date, for_days: int | None = None) -> Begun:
    """Return a row of needs for each site and item of each statement.

    What is used a day is filled in where it was said, for sure; or, with `for_days`, where a sure number
    was asked for so many days. All else a person fills in: a guess must never become a need.
    """
    groups: dict[tuple[int, str, str], list[SaidRow]] = {}
    for row in rows:
        if row.said.meaning != "enough":
            groups.setdefault((row.statement.row, row.site, row.item or row.said.item), []).append(row)
    begun, beside = [], []
    for said in groups.values():
        first = said[0]
        on = first.said.on or first.statement.on or day
        daily = _daily_units(said, for_days)
        begun.append({"site": first.site or None, "item": first.item or None, "daily_units": daily, "reported_on": on})
        beside.append(_beside(said))
    return Begun(begun, beside)


def _daily_units(said: Sequence[SaidRow], for_days: int | None) -> float | None:
    for meaning, days in (("daily", 1), ("need", for_days)):
        sure = [row for row in said if row.said.meaning == meaning and row.confidence == "high" and row.low == row.high]
        if days and len(sure) == 1 and sure[0].low:
            return round(float(sure[0].low / days), 6)
    return None


def _beside(said: Sequence[SaidRow]) -> dict[str, str]:
    told: dict[str, Any] = {f"said_{meaning}": _numbers(said, meaning) for meaning in ("need", "have", "daily", "got")}
    told["said_lasts"] = " / ".join(f"{row.said.days:g}" for row in said if row.said.days is not None)
    worst = min(said, key=lambda row: _WORST_FIRST.index(row.confidence))
    told["confidence"] = both(CONFIDENCE_WORDS[worst.confidence])
    told["to_ask"] = "; ".join(dict.fromkeys(both(ask) for row in said for ask in row.asks))
    told["words"] = said[0].statement.text
    told["from_row"] = str(said[0].statement.row)
    return told


def _numbers(said: Sequence[SaidRow], meaning: str) -> str:
    """Return the numbers of one meaning as they were written, with their units."""
    return " / ".join(
        f"{each.said.low:,}" + (f"–{each.said.high:,}" if each.said.high != each.said.low else "") + each.said.unit
        for each in said
        if each.said.meaning == meaning and each.said.low is not None
    )


def plain(amount: Fraction | None) -> int | float | None:
    """Return an amount as a plain number: whole where it is.

    >>> plain(Fraction(500)), plain(Fraction(5, 2)), plain(None)
    (500, 2.5, None)
    """
    if amount is None:
        return None
    return amount.numerator if amount.denominator == 1 else round(float(amount), 6)
