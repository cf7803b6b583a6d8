"""The way of a lot with like places told together: "and 215 other sites" where there are more than anybody reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from allocator.sentence import Sentence, say
from models.locations import kind_of, owner_of
from models.trace_reserved import Flow
from models.words import place_word

__all__ = ["Band", "Stage", "folded", "stage_word", "stages_of"]


@dataclass(frozen=True, order=True)
class Stage:
    """A place, or `count` places of a kind together; `beside`: how many of the kind are told on their own."""

    kind: str
    place: str = ""
    count: int = 1
    beside: int = 0


@dataclass(frozen=True, kw_only=True)
class Band:
    """Units that went from one stage to another, as `Flow` has them."""

    start: Stage
    end: Stage
    units: int
    documents: int
    first_at: int
    last_at: int
    depth: int
    part: str


_WORDS: Mapping[str, tuple[Sentence, Sentence]] = {
    "SITE": (say("{count:,} sites"), say("{count:,} other sites")),
    "QUARANTINE": (say("quarantine at {count:,} sites"), say("quarantine at {count:,} other sites")),
    "RESERVED": (say("reserved for {count:,} plans"), say("reserved for {count:,} other plans")),
    "IN_TRANSIT": (say("{count:,} shipments"), say("{count:,} other shipments")),
    "SUPPLIER": (say("{count:,} suppliers"), say("{count:,} other suppliers")),
    "DONOR": (say("{count:,} donors"), say("{count:,} other donors")),
    "UPPER_LEVEL": (say("{count:,} upper levels"), say("{count:,} other upper levels")),
    "SURPLUS": (say("beyond {count:,} shipments"), say("beyond {count:,} other shipments")),
    "CONSUMED": (say("use at {count:,} sites"), say("use at {count:,} other sites")),
}


def stage_word(stage: Stage) -> Sentence:
    """Return a stage in words.

    >>> str(stage_word(Stage("SITE", "P1"))), str(stage_word(Stage("SITE", count=215, beside=9)))
    ('P1', '215 other sites')
    """
    if stage.place or stage.kind not in _WORDS:
        return place_word(stage.place or stage.kind)
    alone, others = _WORDS[stage.kind]
    return Sentence((others if stage.beside else alone).message, {"count": stage.count})


def folded(flows: Collection[Flow], *, most: int, kept: Iterable[str] = ()) -> list[Band]:
    """Return flows with no more than `most` places of a kind told on their own, those with the most units first.

    `kept`: places that are told on their own first of all, and of many shipments none but these. The order of the
    flows stays. Where places are told together, each band counts those that it has to do with.
    """
    stages = stages_of(flows, most=most, kept=kept)
    same: dict[tuple[str, Stage, Stage], list[Flow]] = defaultdict(list)
    for flow in flows:
        same[flow.part, stages[flow.from_place], stages[flow.to_place]].append(flow)
    return [
        Band(
            start=_counted(start, {flow.from_place for flow in own}),
            end=_counted(end, {flow.to_place for flow in own}),
            units=sum(flow.units for flow in own),
            documents=sum(flow.documents for flow in own),
            first_at=min(flow.first_at for flow in own),
            last_at=max(flow.last_at for flow in own),
            depth=min(flow.depth for flow in own),
            part=part,
        )
        for (part, start, end), own in same.items()
    ]


def _counted(stage: Stage, places: Collection[str]) -> Stage:
    if len(places) == 1:
        return Stage(stage.kind, next(iter(places)))
    return replace(stage, count=len(places))


def stages_of(flows: Iterable[Flow], *, most: int, kept: Iterable[str] = ()) -> dict[str, Stage]:
    """Return the stage of each place. Where a site is told together with others, so is what was used there."""
    weight: dict[str, int] = defaultdict(int)
    for flow in flows:
        weight[flow.from_place] += flow.units
        weight[flow.to_place] += flow.units
    first = set(kept)
    kinds: dict[str, list[str]] = defaultdict(list)
    for place in sorted(weight, key=lambda each: (each not in first, -weight[each], each)):
        kinds[kind_of(place)].append(place)
    named: set[str] = set()
    for kind, places in kinds.items():
        own = places
        if len(places) > most + 1:
            own = [place for place in places if kind != "IN_TRANSIT" or place in first][:most]
        if kind != "CONSUMED" or not kinds["SITE"]:
            named |= set(own)
    named |= {place for place in kinds["CONSUMED"] if owner_of(place) in named}
    stages: dict[str, Stage] = {}
    for kind, places in kinds.items():
        beside = sum(place in named for place in places)
        others = Stage(kind, "", len(places) - beside, beside)
        stages |= {place: Stage(kind, place) if place in named else others for place in places}
    return stages
