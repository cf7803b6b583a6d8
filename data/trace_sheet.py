"""A trace as a picture of the flow, and the same picture on paper with where it comes from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from allocator.sentence import Named, Sentence, say
from data.pictures_flow import FlowBar, FlowPanel, flow_picture
from data.texts import translator
from data.typesetting import pdf_of
from models.locations import SIGNS, STORES, kind_of, owner_of
from models.trace import Flow, LotTrace
from models.trace_accounted import Unaccounted
from models.trace_asked import Traced
from models.trace_stages import Stage, stage_word, stages_of

__all__ = ["panel_of", "trace_pdf", "trace_svg"]

_TEMPLATE = Path(__file__).with_name("trace_sheet.typ")
_OF_A_KIND = 14
_ENDS_ALL = 30
_PANELS = 12

Names = Mapping[str, Named]
Facts = Sequence[tuple[str, str]]


def trace_svg(
    traced: Traced, *, title: Sentence, under: Sequence[Sentence], depots: Collection[str], sites: Names, items: Names,
    lang: str,
) -> str:  # fmt: skip
    """Return what was traced as a picture. `depots`: codes of sites that are; `sites`, `items`: names by code."""
    lang = "zh" if lang.startswith("zh") else "en"
    word = translator(lang)
    shown = list(zip(traced.traces, traced.open, strict=True))[:_PANELS]
    panels = [
        panel_of(each, found, depots=depots, sites=sites, items=items, word=word, lang=lang) for each, found in shown
    ]
    below = [word(sentence) for sentence in under]
    if len(traced.traces) > len(shown):
        more = len(traced.traces) - len(shown)
        below.append(word(say("{more} more lots are not drawn; the tables have them.", more=more)))
    if any(flow.part == "up" for each in traced.traces for flow in each.flows):
        below.append(word(say("What led here is drawn no wider than what was asked for.")))
    if any(each.mixed for each in traced.traces):
        below.append(
            word(
                say(
                    "Units of one lot are not told apart: where more of a lot came to a place than is asked for, what "
                    "went on from there holds for all of it."
                )
            )
        )
    return flow_picture(panels, title=word(title), below=below, word=word, lang=lang)


def trace_pdf(
    traced: Traced, *, title: Sentence, under: Sequence[Sentence], facts: Facts, depots: Collection[str], sites: Names,
    items: Names, lang: str,
) -> bytes:  # fmt: skip
    """Return the same picture on paper. `facts`: where it comes from."""
    lang = "zh" if lang.startswith("zh") else "en"
    svg = trace_svg(traced, title=title, under=under, depots=depots, sites=sites, items=items, lang=lang)
    given = {"lang": lang, "title": translator(lang)(title), "svg": svg, "facts": [list(fact) for fact in facts]}
    return pdf_of(_TEMPLATE, given)


def panel_of(
    traced: LotTrace, found: Sequence[Unaccounted], *, depots: Collection[str], sites: Names, items: Names,
    word: Callable[[Sentence], str], lang: str,
) -> FlowPanel:  # fmt: skip
    """Return one lot as bars and bands; what went back is drawn as an end of its own, so that nothing runs backward."""
    flows = _forward(_no_wider(traced))
    open_places = {each.place for each in found if each.why in ("left_open", "beyond", "altered")}
    places = {place for flow in flows for place in (flow.from_place, flow.to_place)}
    stages = stages_of(flows, most=_OF_A_KIND if len(places) > _ENDS_ALL else _ENDS_ALL, kept=open_places)
    columns = _columns(flows, stages, depots)
    bands: dict[tuple[str, str], int] = defaultdict(int)
    back: dict[str, Stage] = {}
    for flow in flows:
        start, end = stages[flow.from_place], stages[flow.to_place]
        key = _key(end)
        if columns[end] <= columns[start]:
            key = f"back {key}"
            back[key] = end
        bands[_key(start), key] += flow.units
    rests: dict[Stage, int] = defaultdict(int)
    for place, units in traced.held.items():
        if kind_of(place) in STORES and place in stages:
            rests[stages[place]] += units

    def label(stage: Stage) -> str:
        return _named(stage, sites, word, lang)

    bars = [
        FlowBar(
            key=_key(stage),
            label=label(stage),
            sort=_sort(stage, depots),
            column=column,
            rest=rests.get(stage, 0),
            open=stage.kind in ("COUNT_SHORT", "COUNT_GAIN", "SURPLUS") or stage.place in open_places,
        )
        for stage, column in columns.items()
    ]
    last = max(columns.values(), default=0)
    bars += [
        FlowBar(key=key, label=word(say("back to {place}", place=label(stage))), sort="end", column=last)
        for key, stage in back.items()
    ]
    return FlowPanel(
        title=_title(traced, items, word, lang), under=[_under(found, word)] if found else [], bars=bars, bands=bands
    )


def _no_wider(traced: LotTrace) -> list[Flow]:
    """Return flows with those that lead to what was asked for no wider than it: nobody knows which units these were."""
    if traced.own_units is None:
        return list(traced.flows)
    most = traced.own_units
    return [replace(flow, units=min(flow.units, most)) if flow.part == "up" else flow for flow in traced.flows]


def _forward(flows: Iterable[Flow]) -> list[Flow]:
    """Return flows with all use as one place, and those between the same two places set off against each other."""
    net: dict[tuple[str, str], int] = defaultdict(int)
    for flow in flows:
        start, end = (_one_end(place) for place in (flow.from_place, flow.to_place))
        if (end, start) in net:
            net[end, start] -= flow.units
        else:
            net[start, end] += flow.units
    turned = (((start, end), units) if units > 0 else ((end, start), -units) for (start, end), units in net.items())
    return [Flow(start, end, units, 0, 0, 0) for (start, end), units in turned if units]


def _one_end(place: str) -> str:
    return "CONSUMED" if kind_of(place) == "CONSUMED" else place


def _key(stage: Stage) -> str:
    return stage.place or f"{stage.kind} together"


def _sort(stage: Stage, depots: Collection[str]) -> str:
    if stage.kind == "SITE":
        return "depot" if stage.place in depots else "site"
    if stage.kind in ("IN_TRANSIT", "RESERVED"):
        return "way"
    if stage.kind == "QUARANTINE":
        return "aside"
    return "source" if SIGNS[stage.kind] < 0 else "end"


def _columns(flows: Sequence[Flow], stages: Mapping[str, Stage], depots: Collection[str]) -> dict[Stage, int]:
    """Return the column of each stage: sources, then depots by level, ways between, sites, quarantine, ends.

    Columns in which nothing stands are left out.
    """
    level = _levels(flows, depots)
    deepest = max(level.values(), default=0)
    ranks: dict[Stage, float] = {}
    for place, stage in stages.items():
        rank = _rank(place, stage, level, deepest, flows)
        ranks[stage] = min(ranks.get(stage, rank), rank)
    order = {rank: n for n, rank in enumerate(sorted(set(ranks.values())))}
    return {stage: order[rank] for stage, rank in sorted(ranks.items())}


def _levels(flows: Sequence[Flow], depots: Collection[str]) -> dict[str, int]:
    """Return how many depots lie between a source and each depot."""
    into: dict[str, set[str]] = defaultdict(set)
    for flow in flows:
        into[flow.to_place].add(flow.from_place)
    level = {place: 0 for place in into if place in depots and any(SIGNS[kind_of(each)] < 0 for each in into[place])}
    todo = sorted(level)
    sends: dict[str, set[str]] = defaultdict(set)
    for flow in flows:
        if kind_of(flow.to_place) in ("IN_TRANSIT", "SITE"):
            sends[flow.from_place].add(flow.to_place)
    for place in todo:  # grows while it is gone through
        near = {after for way in sends[place] for after in ({way} | sends[way])}
        for after in sorted(near):
            if after in depots and after not in level:
                level[after] = level[place] + 1
                todo.append(after)
    return level


def _rank(place: str, stage: Stage, level: Mapping[str, int], deepest: int, flows: Sequence[Flow]) -> float:
    sites_at, ends_at = 3.0 + 2 * deepest, 1_000.0
    if stage.kind == "SITE":
        return 1.0 + 2 * level[place] if place in level else sites_at
    if stage.kind == "IN_TRANSIT":
        if not stage.place:
            return 2.0 + 2 * deepest
        senders = [flow.from_place for flow in flows if flow.to_place == place]
        return max((2.0 + 2 * level.get(each, deepest + 1) for each in senders), default=2.0)
    if stage.kind == "QUARANTINE":
        return ends_at - 1
    return 0.0 if SIGNS[stage.kind] < 0 else ends_at


def _named(stage: Stage, sites: Names, word: Callable[[Sentence], str], lang: str) -> str:
    owner = owner_of(stage.place)
    if stage.kind == "SITE" and owner in sites:
        return f"{sites[owner].worded(lang)} ({owner})"
    if stage.kind == "CONSUMED":
        return word(say("used"))
    said = stage_word(stage)
    values = {key: _of(value, sites, lang) if key == "owner" else value for key, value in said.values.items()}
    return word(Sentence(said.message, values))


def _of(code: str, sites: Names, lang: str) -> str:
    return f"{sites[code].worded(lang)} ({code})" if code in sites else code


def _title(traced: LotTrace, items: Names, word: Callable[[Sentence], str], lang: str) -> str:
    code, lot = traced.lot.item, traced.lot.lot_no or "-"
    named = f"{items[code].worded(lang)} ({code})" if code in items else code
    units = traced.came_units if traced.own_units is None else traced.own_units
    return word(say("{item}, lot {lot}: {units:,} units", item=named, lot=lot, units=units))


def _under(found: Sequence[Unaccounted], word: Callable[[Sentence], str]) -> str:
    units = sum(each.units for each in found)
    return word(say("Unaccounted for: {units:,} units, marked in the picture.", units=units))
