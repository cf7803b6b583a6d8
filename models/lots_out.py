"""Which lots leave: first expiring first, nothing expired or on hold, nothing kept for others.

Pure: what lies on the shelf is read, and locked, by `models/stockroom.py`, so that of two takes of
the same units one succeeds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from allocator.sentence import Sentence, say
from models.entry import LotKey
from models.requests import NO_LOT
from models.stockroom import OnShelf
from models.tables import NO_EXPIRY

__all__ = ["Choice", "PassedOver", "Terms", "choose", "earmark_covers", "lasts", "why_not"]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """For whom stock is taken: a site, in an area, on a day; `life_days_min`: days a lot must have left."""

    day: dt.date
    site: str
    area: str = ""
    life_days_min: int = 0


@dataclass(frozen=True)
class PassedOver:
    """A lot that lies there and is not taken. `why`: expired, recalled, quarantined, too_short or earmarked."""

    key: LotKey
    units: int
    why: str

    @property
    def sentence(self) -> Sentence:
        """The reason in words."""
        lot, item = self.key.lot_no or NO_LOT, self.key.item
        values = {"lot": lot, "item": item, "units": self.units}
        if self.why == "expired":
            return say(
                "Lot {lot} of {item} ({units} units) is passed over: it expired on {day}.",
                day=self.key.expires,
                **values,
            )
        if self.why == "recalled":
            return say("Lot {lot} of {item} ({units} units) is passed over: it was recalled.", **values)
        if self.why == "quarantined":
            return say("Lot {lot} of {item} ({units} units) is passed over: it is in quarantine.", **values)
        if self.why == "too_short":
            return say(
                "Lot {lot} of {item} ({units} units) is passed over: it expires on {day}, too soon for what was asked.",
                day=self.key.expires,
                **values,
            )
        return say(
            "Lot {lot} of {item} ({units} units) is passed over: it is kept for {earmark}.",
            earmark=self.key.earmark,
            **values,
        )


@dataclass(frozen=True)
class Choice:
    """Lots with units, in the order in which they leave; `short_units` could not be found."""

    picks: tuple[tuple[LotKey, int], ...]
    short_units: int
    passed: tuple[PassedOver, ...]


def earmark_covers(earmark: str, site: str, area: str) -> bool:
    """Say whether units kept for a site or area may go to a site; what is kept for nobody may go anywhere.

    >>> earmark_covers("4211", "P3", "421102"), earmark_covers("P1", "P3", "421102")
    (True, False)
    """
    return earmark in ("", site) or area.startswith(earmark)


def why_not(each: OnShelf, terms: Terms) -> str:
    """Return why a lot may not leave for a site, "" where it may.

    A lot may be used on the day it expires. `life_days_min` counts from the day to that last day.
    """
    key, day = each.key, terms.day.isoformat()
    if key.expires < day:
        return "expired"
    if each.recalled:
        return "recalled"
    if not earmark_covers(key.earmark, terms.site, terms.area):
        return "earmarked"
    return "" if lasts(key, terms.day, terms.life_days_min) else "too_short"


def lasts(key: LotKey, day: dt.date, life_days_min: int) -> bool:
    """Say whether a lot has so many days left on a day; what has no date lasts for ever.

    >>> lasts(LotKey("I1", "A", "2020-03-01"), dt.date(2020, 2, 10), 20)
    True
    """
    if not life_days_min or key.expires == NO_EXPIRY:
        return True
    return (dt.date.fromisoformat(key.expires) - day).days >= life_days_min


def choose(shelf: Iterable[OnShelf], units: int, terms: Terms, *, quarantined: Sequence[OnShelf] = ()) -> Choice:
    """Return which lots make up `units`, and which are passed over and why.

    `shelf`: in the order in which lots should leave (expiry first, then what is kept for the site).

    >>> def lot(no, expires, units): return OnShelf(LotKey("I1", no, expires), units)
    >>> shelf = [lot("A", "2020-03-01", 30), lot("B", "2020-04-01", 6), lot("C", NO_EXPIRY, 2)]
    >>> found = choose(shelf, 50, Terms(day=dt.date(2020, 2, 10), site="P1"))
    >>> [(key.lot_no, units) for key, units in found.picks], found.short_units
    ([('A', 30), ('B', 6), ('C', 2)], 12)
    """
    picks: list[tuple[LotKey, int]] = []
    passed: list[PassedOver] = []
    left = units
    for each in shelf:
        why = why_not(each, terms)
        if why:
            passed.append(PassedOver(each.key, each.units, why))
        elif left:
            taken = min(left, each.units)
            picks.append((each.key, taken))
            left -= taken
    passed += [PassedOver(each.key, each.units, "quarantined") for each in quarantined]
    return Choice(tuple(picks), left, tuple(passed))
