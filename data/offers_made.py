"""Offers of donations as donors typed them: quantities that cannot be meant are flagged, places made one spelling.

Nothing is corrected: a flagged quantity is none, for a person to ask about, and a place that is no known one
stays as it was written, with what may have been meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allocator.measures import written_quantity
from allocator.sentence import Sentence, say
from data.place_names import Places

__all__ = ["LIKELY_MAX", "OfferMade", "asked_units", "read_offer"]

LIKELY_MAX = 10_000_000
"""Units above which an offer is taken for a typing error: a city's need for a week is far below it."""

_PLACEHOLDER_SHARE = 0.5


@dataclass(frozen=True, kw_only=True)
class OfferMade:
    """One offer. `units`: None where the quantity is flagged; `place`: None where it is no known one."""

    item: str
    units: int | None
    written: str
    place: str | None
    place_written: str
    flags: tuple[Sentence, ...] = ()


def read_offer(item: str, quantity: str, place: str, places: Places) -> OfferMade:
    """Return an offer as it may be used, with what is doubtful of it.

    >>> states = Places({"FL": ("Florida",)})
    >>> read_offer("n95", "40", "Fl", states).place
    'FL'
    >>> [str(flag) for flag in read_offer("n95", "-18", "Florida", states).flags]
    ['"-18" is no number of units above zero. Ask the donor.']
    """
    flags: list[Sentence] = []
    units = _units(quantity, flags)
    read = places.read(place)
    if read.code is None and place.strip():
        if read.candidates:
            may_be = list(read.candidates)
            flags.append(say('"{found}" is no known place; it may be: {candidates}.', found=place, candidates=may_be))
        else:
            flags.append(say('"{found}" is no known place.', found=place))
    return OfferMade(item=item, units=units, written=quantity, place=read.code, place_written=place, flags=tuple(flags))


def _units(quantity: str, flags: list[Sentence]) -> int | None:
    parts = written_quantity(quantity)
    number = sum(part.number * part.power for part in parts) if parts and not any(p.unit for p in parts) else None
    if number is None or number <= 0 or number.denominator != 1:
        flags.append(say('"{found}" is no number of units above zero. Ask the donor.', found=quantity))
        return None
    if number > LIKELY_MAX:
        most = f"{LIKELY_MAX:,}"
        flags.append(
            say('"{found}" is more than {most}, likely a typing error. Ask the donor.', found=quantity, most=most)
        )
        return None
    return int(number)


def asked_units(quantities: Sequence[str]) -> list[int | None]:
    """Return what a published list of needs asks for; None where nothing was said, or a placeholder stands.

    Forms that must not be left empty are filled in with 1. Where that is what most lines of a list say, it says
    nothing; where few do, one is one.

    >>> asked_units(["1", "1", "1", "500", ""]), asked_units(["1", "20", "30"])
    ([None, None, None, 500, None], [1, 20, 30])
    """
    read = [int(text) if text.strip().isdecimal() else None for text in quantities]
    given = [units for units in read if units is not None]
    is_filler = bool(given) and given.count(1) > _PLACEHOLDER_SHARE * len(given)
    return [None if units == 1 and is_filler else units for units in read]
