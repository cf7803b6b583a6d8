"""A shipment's note, lot by lot, in numbers that add up: what left, what arrived, and what it became where it went.

    sent + beyond = arrived + set aside + damaged + lost + sent back + open
    came there in all = there + set aside there + used + gone on + written off + missing − found

Both hold for every lot, as every flow is in exactly one of the sums.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from models.entry import LotKey
from models.locations import STORES, kind_of
from models.trace import Flow, LotTrace

__all__ = ["NoteLine", "note_line"]


@dataclass(frozen=True, kw_only=True)
class NoteLine:
    """One lot of a shipment. `beyond_units` came without having been sent; `open_units` nobody has told of yet.

    `came_units`: what of the lot came to where the shipment went, in all; then what became of that.
    """

    lot: LotKey
    sent_units: int
    beyond_units: int
    arrived_units: int
    aside_units: int
    damaged_units: int
    lost_units: int
    back_units: int
    open_units: int
    came_units: int
    there_units: int
    used_units: int
    gone_on_units: int
    written_off_units: int
    missing_units: int

    @property
    def is_mixed(self) -> bool:
        """Say whether more of the lot came to where the shipment went than came with it."""
        return self.came_units > self.arrived_units + self.aside_units


def note_line(traced: LotTrace, number: str) -> NoteLine:
    """Return one lot of a shipment in numbers. `traced`: from `models.trace_around.around_shipment`."""
    way, beyond = f"IN_TRANSIT:{number}", f"SURPLUS:{number}"
    own = [flow for flow in traced.flows if flow.part == "own"]
    # What a receipt or a dispatch did and its reversal undid is nothing.
    came = _went(own, {way, beyond})
    sites = {place for place, units in came.items() if units > 0 and kind_of(place) in ("SITE", "QUARANTINE")}
    sites |= {f"QUARANTINE:{place}" for place in sites if kind_of(place) == "SITE"}
    on = _went(traced.at_ends, sites)

    def of_kind(went: Mapping[str, int], *kinds: str) -> int:
        return sum(units for place, units in went.items() if kind_of(place) in kinds and units > 0)

    return NoteLine(
        lot=traced.lot,
        sent_units=-sum(units for units in came.values() if units < 0),
        beyond_units=-_left(own, beyond),
        arrived_units=of_kind(came, "SITE"),
        aside_units=of_kind(came, "QUARANTINE"),
        damaged_units=of_kind(came, "DAMAGED", "DESTROYED"),
        lost_units=of_kind(came, "LOST"),
        back_units=of_kind(came, "IN_TRANSIT"),
        open_units=_left(own, way),
        came_units=-sum(units for place, units in on.items() if units < 0 and place != "COUNT_GAIN"),
        there_units=sum(_left(traced.at_ends, place) for place in sites),
        used_units=of_kind(on, "CONSUMED"),
        gone_on_units=of_kind(on, *STORES, "SUPPLIER", "DONOR", "UPPER_LEVEL", "SURPLUS", "OPENING"),
        written_off_units=of_kind(on, "LOST", "DAMAGED", "DESTROYED", "OUTSIDE"),
        missing_units=on.get("COUNT_SHORT", 0) + on.get("COUNT_GAIN", 0),
    )


def _went(flows: Iterable[Flow], places: Collection[str]) -> dict[str, int]:
    """Return what went from some places to each other one, less what came from there."""
    net: dict[str, int] = defaultdict(int)
    for flow in flows:
        if (flow.from_place in places) != (flow.to_place in places):
            if flow.from_place in places:
                net[flow.to_place] += flow.units
            else:
                net[flow.from_place] -= flow.units
    return net


def _left(flows: Iterable[Flow], place: str) -> int:
    return sum(flow.units * ((flow.to_place == place) - (flow.from_place == place)) for flow in flows)
