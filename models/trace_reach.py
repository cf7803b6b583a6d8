"""A trace as somebody reads it who may see some sites only: what touched these, and what lies outside is not there.

Whence something came into reach, and where it went on to, is the other end of what is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from models.locations import SIGNS, STORES, kind_of, owner_of
from models.rights import Reach
from models.trace import Flow, LotTrace, net_of
from models.trace_asked import Traced

__all__ = ["traced_within"]

_OF_SITES = ("SITE", "QUARANTINE", "CONSUMED")
# What is reserved for a plan lies in one place for all its depots: what a site gave is that site's.
_ENDS = ("RESERVED", *(kind for kind, sign in SIGNS.items() if sign > 0 and kind not in STORES))


def traced_within(traced: Traced, reach: Reach) -> Traced | None:
    """Return the part of a trace that lies within reach, None where nothing does.

    Of a lot that was asked for as a whole, `own_units` are those that came into reach.
    """
    if reach.everywhere:
        return traced
    steps = tuple(step for step in traced.steps if reach.holds(step.site))
    kept = []
    for each, sources, found in zip(traced.traces, traced.sources, traced.open, strict=True):
        inside = _inside(each.flows, reach)
        part = _part(each, inside)
        if part.flows:
            own_sources = tuple(source for source in sources if source.to_place in inside)
            kept.append((part, own_sources, tuple(one for one in found if one.place in inside)))
    if not kept and not steps:
        return None
    return replace(
        traced,
        steps=steps,
        traces=tuple(part for part, _, _ in kept),
        sources=tuple(sources for _, sources, _ in kept),
        open=tuple(found for _, _, found in kept),
    )


def _inside(flows: Iterable[Flow], reach: Reach) -> set[str]:
    """Return the places of sites within reach, and the shipments to and from them."""
    flows = list(flows)
    ends = {place for flow in flows for place in (flow.from_place, flow.to_place)}
    own = {place for place in ends if kind_of(place) in _OF_SITES and reach.holds(owner_of(place))}
    touching = [flow for flow in flows if flow.from_place in own or flow.to_place in own]
    ways = {place for flow in touching for place in (flow.from_place, flow.to_place)}
    return own | {place for place in ways if kind_of(place) in ("IN_TRANSIT", "SURPLUS")}


def _part(each: LotTrace, inside: set[str]) -> LotTrace:
    flows = _touching(each.flows, inside)
    came = sum(flow.units for flow in flows if flow.to_place in inside and flow.from_place not in inside)
    ended = {
        place: units
        for place, units in net_of(flows).items()
        if units > 0 and place not in inside and kind_of(place) in _ENDS
    }
    return replace(
        each,
        flows=flows,
        held={place: units for place, units in each.held.items() if place in inside} | ended,
        gaps={place: units for place, units in each.gaps.items() if place in inside},
        own_units=came if each.own_units is None else each.own_units,
        mixed=tuple(way for way in each.mixed if way.place in inside),
        at_ends=_touching(each.at_ends, inside),
    )


def _touching(flows: Iterable[Flow], places: set[str]) -> tuple[Flow, ...]:
    return tuple(flow for flow in flows if flow.from_place in places or flow.to_place in places)
