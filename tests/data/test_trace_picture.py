"""The picture of a lot's way: as wide as its units, for those who see colours and those who do not."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from allocator.sentence import Named, say
from data.pictures_drawing import contrast
from data.pictures_flow import FILLS
from data.texts import translator
from data.trace_sheet import panel_of, trace_svg
from models.entry import LotKey
from models.trace import Flow, LotTrace, upstream_first
from models.trace_accounted import Unaccounted
from models.trace_asked import Traced

SVG = "{http://www.w3.org/2000/svg}"
KEY = LotKey("MASK", "L7", "2021-03-01")
SITES = {"D1": Named("D1", "store <1>", "仓库")}
ITEMS = {"MASK": Named("MASK", "mask", "口罩")}


def flow(from_place: str, to_place: str, units: int) -> Flow:
    return Flow(from_place, to_place, units, 1, 0, 0)


def a_trace(*flows: Flow, open_units: int = 0) -> Traced:
    held: dict[str, int] = {}
    for each in flows:
        held[each.from_place] = held.get(each.from_place, 0) - each.units
        held[each.to_place] = held.get(each.to_place, 0) + each.units
    traced = LotTrace(KEY, upstream_first(flows), {place: units for place, units in held.items() if units > 0})
    found = (Unaccounted(why="left_open", place="IN_TRANSIT:T0", units=open_units),) if open_units else ()
    return Traced(kind="lot", name="L7", steps=(), traces=(traced,), sources=((),), open=(found,))


def to_sites(count: int) -> Traced:
    flows = [flow("SUPPLIER:S1", "D1", 10 * count + 5)]
    for n in range(count):
        flows += [flow("D1", f"IN_TRANSIT:T{n}", 10), flow(f"IN_TRANSIT:T{n}", f"P{n}", 10 - 3 * (n == 0))]
        flows.append(flow(f"P{n}", f"CONSUMED:P{n}", 4))
    return a_trace(*flows, open_units=3)


def drawn(traced: Traced, lang: str = "en") -> str:
    return trace_svg(
        traced, title=say("Trace of {what}", what="L7"), under=[], depots={"D1"}, sites=SITES, items=ITEMS, lang=lang
    )


def panel(traced: Traced):
    return panel_of(
        traced.traces[0], traced.open[0], depots={"D1"}, sites=SITES, items=ITEMS, word=translator("en"), lang="en"
    )


def test_columns_run_from_the_source_over_depot_and_way_to_the_sites_and_what_became_of_it():
    bars = {bar.key: (bar.column, bar.sort) for bar in panel(to_sites(2)).bars}

    assert bars == {
        "SUPPLIER:S1": (0, "source"),
        "D1": (1, "depot"),
        "IN_TRANSIT:T0": (2, "way"),
        "IN_TRANSIT:T1": (2, "way"),
        "P0": (3, "site"),
        "P1": (3, "site"),
        "CONSUMED together": (4, "end"),
    }


@pytest.mark.parametrize("count", [1, 2, 60])
def test_what_comes_to_every_bar_goes_on_or_is_still_there(count):
    found = panel(to_sites(count))
    came, went = {}, {}
    for (start, end), units in found.bands.items():
        went[start] = went.get(start, 0) + units
        came[end] = came.get(end, 0) + units

    assert all(
        came.get(bar.key, 0) == went.get(bar.key, 0) + bar.rest
        for bar in found.bars
        if bar.sort not in ("source", "end")
    )


def test_many_sites_are_told_together_but_what_is_unaccounted_for_stands_alone():
    labels = [bar.label for bar in panel(to_sites(60)).bars]

    assert "47 other sites" in labels
    assert "59 other shipments" in labels
    assert [bar.key for bar in panel(to_sites(60)).bars if bar.open] == ["IN_TRANSIT:T0"]
    assert drawn(to_sites(60)).count("⚠") == 2  # the shipment and the legend


def test_what_goes_back_is_an_end_of_its_own():
    flows = (flow("SUPPLIER:S1", "D1", 9), flow("D1", "IN_TRANSIT:T1", 9), flow("IN_TRANSIT:T1", "IN_TRANSIT:T2", 9))
    found = panel(a_trace(*flows, flow("IN_TRANSIT:T2", "D1", 9)))

    assert ("IN_TRANSIT:T2", "back D1") in found.bands
    assert {bar.label for bar in found.bars if bar.key == "back D1"} == {"back to store <1> (D1)"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_picture_is_told_in_words_and_runs_nothing(lang):
    svg = drawn(to_sites(2), lang)
    root = ET.fromstring(svg)  # noqa: S314 - our own drawing

    assert root.findtext(f"{SVG}title")
    assert ("store <1>" if lang == "en" else "仓库") in (root.findtext(f"{SVG}desc") or "")
    assert not re.search(r"<script|<style|on\w+=|href|https?://(?!www\.w3\.org/2000/svg)", svg)
    assert bool(re.search(r"[一-鿿]", svg)) == (lang == "zh")


def test_every_text_stands_out_from_every_band_it_may_lie_on():
    from data.pictures_flow import TINTS

    texts = {text.attrib["fill"] for text in ET.fromstring(drawn(to_sites(2))).iter(f"{SVG}text")}  # noqa: S314

    assert FILLS["open"] in texts
    assert all(contrast(text, ground) >= 4.5 for text in texts for ground in (*TINTS.values(), "#FFFFFF"))


def test_what_led_to_a_shipment_is_drawn_no_wider_than_it():
    traced = a_trace(flow("SUPPLIER:S1", "D1", 900), flow("D1", "IN_TRANSIT:T1", 40)).traces[0]
    parts = {"SUPPLIER:S1": "up", "D1": "own"}
    own = replace(
        traced,
        flows=tuple(replace(each, part=parts[each.from_place]) for each in traced.flows),
        held={"IN_TRANSIT:T1": 40},
        own_units=40,
    )
    found = panel_of(own, (), depots={"D1"}, sites=SITES, items=ITEMS, word=translator("en"), lang="en")

    assert found.bands == {("SUPPLIER:S1", "D1"): 40, ("D1", "IN_TRANSIT:T1"): 40}
    assert {bar.key: bar.rest for bar in found.bars} == {"SUPPLIER:S1": 0, "D1": 0, "IN_TRANSIT:T1": 40}
