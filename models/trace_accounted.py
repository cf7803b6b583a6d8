"""What became of the units of a lot, by sort, and what of them is unaccounted for: how many, where and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from models.cuts import NOW, Cut
from models.locations import SIGNS, kind_of, owner_of
from models.reversal import was_reversed
from models.tables import document
from models.trace import LotTrace, net_of

__all__ = ["SORTS", "UNACCOUNTED", "Unaccounted", "ends_of", "partly_confirmed", "unaccounted"]

SORTS: Mapping[str, tuple[str, ...]] = {
    "used": ("CONSUMED",),
    "there": ("SITE",),
    "reserved": ("RESERVED",),
    "under_way": ("IN_TRANSIT",),
    "set_aside": ("QUARANTINE",),
    "lost": ("LOST",),
    "damaged": ("DAMAGED",),
    "destroyed": ("DESTROYED",),
    "missing": ("COUNT_SHORT",),
    "outside": ("OUTSIDE",),
}
"""What may have become of units, by the kinds of places they are in; together they are all that came."""

_SORT_OF = {kind: sort for sort, kinds in SORTS.items() for kind in kinds}

UNACCOUNTED = ("missing", "found", "left_open", "beyond", "altered")
"""Why units are unaccounted for: missing or found on counting, left open of a shipment that was confirmed in part,
come beyond a shipment, or a line of the ledger that does not fit its balance."""

_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Unaccounted:
    """`units` that nobody has explained. `why`: one of `UNACCOUNTED`; `place`: where, as a code of a location."""

    why: str
    place: str
    units: int


def ends_of(traced: LotTrace) -> dict[str, int]:
    """Return the units of a traced lot by what became of them, in the order of `SORTS`, without empty ones.

    Units of a whole lot add up to `traced.came_units`.
    """
    sums = dict.fromkeys(SORTS, 0)
    for place, units in traced.held.items():
        sums[_SORT_OF[kind_of(place)]] += units
    return {sort: units for sort, units in sums.items() if units}


def unaccounted(connection: sa.Connection, traces: Sequence[LotTrace], cut: Cut = NOW) -> list[list[Unaccounted]]:
    """Return what is unaccounted for of each of some lots under a cut, the most first."""
    open_ones = {place for each in traces for place in each.held if kind_of(place) == "IN_TRANSIT"}
    partly = partly_confirmed(connection, sorted(owner_of(place) for place in open_ones), cut)
    return [_of_one(each, partly) for each in traces]


def partly_confirmed(connection: sa.Connection, numbers: Sequence[str], cut: Cut = NOW) -> set[str]:
    """Return which of some shipments have a receipt that stands under a cut."""
    found: set[str] = set()
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        query = sa.select(document.c.shipment).where(document.c.shipment.in_(some), document.c.type == "confirm")
        standing = query.where(~was_reversed(known=cut.document), *cut.of_documents())
        found |= {number for number in connection.execute(standing).scalars() if number}
    return found


def _of_one(traced: LotTrace, partly: set[str]) -> list[Unaccounted]:
    counted: dict[str, int] = defaultdict(int)
    for flow in traced.flows:
        if flow.to_place == "COUNT_SHORT":
            counted[flow.from_place] += flow.units
        if flow.from_place == "COUNT_GAIN":
            counted[flow.to_place] -= flow.units
        # The reversal of a count, or what a later count absorbed, goes the other way.
        if flow.from_place == "COUNT_SHORT":
            counted[flow.to_place] -= flow.units
        if flow.to_place == "COUNT_GAIN":
            counted[flow.from_place] += flow.units
    _settle(counted, traced.held.get("COUNT_SHORT", 0))
    found = [
        Unaccounted(why="missing" if units > 0 else "found", place=place, units=abs(units))
        for place, units in counted.items()
        if units and SIGNS[kind_of(place)] > 0 and place != "COUNT_SHORT"
    ]
    for place, units in traced.held.items():
        if kind_of(place) == "IN_TRANSIT" and owner_of(place) in partly:
            found.append(Unaccounted(why="left_open", place=place, units=units))
    for place, units in net_of(traced.flows).items():
        if kind_of(place) == "SURPLUS" and units < 0:
            found.append(Unaccounted(why="beyond", place=place, units=-units))
    found += [Unaccounted(why="altered", place=place, units=abs(units)) for place, units in traced.gaps.items()]
    return sorted(found, key=lambda each: (-each.units, each.why, each.place))


def _settle(counted: dict[str, int], missing_units: int) -> None:
    """Take off, from where the most are missing first, what was found since to have gone along with a shipment."""
    found_units = sum(units for units in counted.values() if units > 0) - missing_units
    for place in sorted(counted, key=lambda each: (-counted[each], each)):
        taken = min(max(found_units, 0), max(counted[place], 0))
        counted[place] -= taken
        found_units -= taken
