"""Pictures: for those who see colours, for those who do not, and for those who hear."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from allocator.pictured import BarPanel, Moved, SpreadBar, SwingBar
from allocator.sentence import Named, say
from allocator.shortfall_tables import STATUSES
from allocator.shortfall_words import STATUS_LETTERS
from data.pictures_bars import bars_side_by_side, gains_and_losses
from data.pictures_budget import BudgetBar, budget_bars
from data.pictures_calendar import CalendarRow, order_calendar
from data.pictures_drawing import below_each_other, contrast
from data.pictures_fan import Fan, fan_chart
from data.pictures_matrix import STATUS_FILLS, status_matrix
from data.pictures_tornado import spread_picture, tornado_picture
from data.texts import translator

TODAY = dt.date(2020, 2, 10)
MASK = Named("MASK", "mask <20%> & more", "口罩")
SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own drawing


def matrix(lang: str) -> str:
    weekly = np.array([[2, 1, 0, 0], [3, 4, 2, 2]], dtype=np.int8)
    labels = [MASK, Named("GOWN", "gown", "隔离衣")]
    return status_matrix(labels, weekly, first_day=TODAY, word=translator(lang), lang=lang)


def fan(lang: str) -> str:
    given = Fan(
        item=MASK,
        unit=Named("piece", "piece", "个"),
        used=np.array([10.0, np.nan, 12, 30]),
        used_from=TODAY - dt.timedelta(days=4),
        period_days=1,
        today=TODAY,
        demand=np.tile([8.0, 12, 15, 18, 22], (20, 1)),
        stock=np.maximum(0, 150 - 12.0 * np.arange(20)),
        stock_low=np.maximum(0, 150 - 18.0 * np.arange(20)),
        out=TODAY + dt.timedelta(days=12),
    )
    return fan_chart(given, word=translator(lang), lang=lang)


def calendar(lang: str) -> str:
    rows = [
        CalendarRow(
            item=MASK, order_by=TODAY - dt.timedelta(days=3), arrives=[TODAY + dt.timedelta(days=9)], out=TODAY
        ),
        CalendarRow(item=Named("GOWN"), order_by=None, arrives=[], out=None),
    ]
    return order_calendar(rows, today=TODAY, days=30, word=translator(lang), lang=lang)


def bars(lang: str) -> str:
    given = [BudgetBar(bucket="county", amount=900, needed=300), BudgetBar(bucket="masks", amount=50, needed=80)]
    return budget_bars(given, word=translator(lang), lang=lang)


def measures(lang: str) -> str:
    panels = [
        BarPanel(title=say("mean"), values=[0.4, 0.8], holds="share", of_all=True),
        BarPanel(title=say("median"), values=[float("nan"), 12_000.0]),
    ]
    labels = [MASK.worded(lang), "B"]
    drawn = bars_side_by_side(say("Cost"), labels, panels, word=translator(lang), lang=lang, name="measures")
    return drawn.svg()


def movers(lang: str) -> str:
    parts = [(say("item"), [Moved(label=MASK.worded(lang), lost=-0.25, gained=0.1)]), (say("area"), [])]
    return gains_and_losses(say("Cost"), parts, word=translator(lang), lang=lang, name="movers").svg()


def swings(lang: str) -> str:
    given = [SwingBar(label=MASK.worded(lang), low=0.2, high=0.7), SwingBar(label="B", low=0.5, high=0.6)]
    word = translator(lang)
    return tornado_picture(say("Tornado"), 0.4, given, holds="share", word=word, lang=lang, name="swings").svg()


def spreads(lang: str) -> str:
    given = [SpreadBar(label=MASK.worded(lang), mean=3.0, p05=1.0, p50=2.0, p95=9.0)]
    return spread_picture(say("Spread"), given, holds="days", word=translator(lang), lang=lang, name="spreads").svg()


PICTURES = [matrix, fan, calendar, bars, measures, movers, swings, spreads]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("drawn", PICTURES)
def test_every_picture_is_told_in_words_and_runs_nothing(drawn, lang):
    svg = drawn(lang)
    root = parsed(svg)

    title, about = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert about is not None
    assert about.text
    assert set(root.attrib["aria-labelledby"].split()) == {title.attrib["id"], about.attrib["id"]}
    assert root.attrib["role"] == "img"
    assert root.attrib["lang"] == lang
    assert not re.search(r"<script|<style|on\w+=|href|https?://(?!www\.w3\.org/2000/svg)", svg)


@pytest.mark.parametrize("drawn", PICTURES)
def test_the_words_are_the_readers(drawn):
    chinese = re.compile(r"[一-鿿]")

    assert not chinese.search(drawn("en"))
    assert chinese.search(drawn("zh"))


def test_what_a_picture_says_to_those_who_hear_it():
    def about(svg: str) -> str:
        return str(parsed(svg).findtext(f"{SVG}desc"))

    assert about(matrix("en")) == "mask <20%> & more: out from week 3."
    assert about(fan("en")) == "12 units a day in the middle, on single days 8 to 22. All stock runs out on 2020-02-22."
    assert about(calendar("en")) == "mask <20%> & more: order today. GOWN: nothing to order."
    assert about(bars("en")) == "county: 300 of 900 yuan. masks: 30 yuan lack of 80."
    assert about(measures("en")) == "mask <20%> & more: mean 40.0%, median –. B: mean 80.0%, median 12k."
    assert about(movers("en")) == "mask <20%> & more: −25.0%, +10.0% of the promise."
    assert about(swings("en")).startswith("mask <20%> & more: 20.0% at its least, 70.0% at its most.")
    assert about(spreads("en")) == "mask <20%> & more: median 2.00, 1.00 to 9.00 in nine draws of ten."


def test_every_state_has_a_sign_of_its_own_beside_its_colour():
    assert len(set(STATUS_LETTERS)) == len(STATUSES) == len(STATUS_FILLS)
    shown = matrix("en")
    for letter in STATUS_LETTERS:
        assert f">{letter}</text>" in shown


@pytest.mark.parametrize("status", STATUSES)
def test_signs_stand_out_from_their_ground(status):
    ground, _, sign = STATUS_FILLS[status]

    assert contrast(ground, sign) >= 4.5


@pytest.mark.parametrize("drawn", PICTURES)
def test_every_text_stands_out_from_the_paper(drawn):
    """Texts on coloured cells are checked with their cells above; all others stand on white."""
    colours = {
        text.attrib["fill"] for text in parsed(drawn("en")).iter(f"{SVG}text") if text.attrib["fill"] != "#FFFFFF"
    }

    assert colours
    assert all(contrast(colour, "#FFFFFF") >= 4.5 for colour in colours)


def boxes(svg: str, fill: str) -> list[tuple[float, float]]:
    """Return left edge and width of the boxes of a fill, legends left out."""
    found = [each for each in parsed(svg).iter(f"{SVG}rect") if each.attrib["fill"] == fill]
    return [
        (float(each.attrib["x"]), float(each.attrib["width"])) for each in found if float(each.attrib["height"]) > 10
    ]


def test_bars_are_as_long_as_their_numbers_and_what_nobody_said_has_none():
    assert [width for _, width in boxes(measures("en"), "#0B4F8A")] == pytest.approx([0.4 * 104, 0.8 * 104], abs=0.1)
    assert len(boxes(measures("en"), "url(#measures-dots-C6DDF7-0B4F8A)")) == 1


def test_what_is_lost_ends_where_what_is_gained_begins():
    (lost,), (gained,) = boxes(movers("en"), "url(#movers-stripes-F4C7C3-8B1A1A)"), boxes(movers("en"), "#0B4F8A")

    assert lost[0] + lost[1] == pytest.approx(gained[0], abs=0.1)
    assert lost[1] == pytest.approx(2.5 * gained[1], rel=0.01)


def test_a_tornado_stands_on_the_mean_of_all_draws():
    (low, *_), (high, *_) = boxes(swings("en"), "url(#swings-stripes-FBE3B5-8A5A00)"), boxes(swings("en"), "#0B4F8A")

    assert low[0] + low[1] == pytest.approx(high[0], abs=0.1)
    assert low[1] * 3 == pytest.approx(high[1] * 2, rel=0.01)  # 20 points down, 30 up


def test_pictures_below_each_other_keep_their_words_and_patterns():
    word = translator("en")
    each = [
        gains_and_losses(say("Cost"), [], word=word, lang="en", name="none"),
        tornado_picture(say("Tornado"), 0.4, [SwingBar(label="B", low=0.2, high=0.7)], holds="share",
                        word=word, lang="en", name="swings"),
    ]  # fmt: skip
    root = parsed(below_each_other(each, title="Both", about="of one day", name="both", lang="en").svg())

    assert [group.findtext(f"{SVG}desc") for group in root.iter(f"{SVG}g")] == [
        "Nobody gains or loses.",
        "B: 20.0% at its least, 70.0% at its most.",
    ]
    assert [group.attrib["role"] for group in root.iter(f"{SVG}g")] == ["img", "img"]
    assert "swings-stripes-FBE3B5-8A5A00" in {pattern.attrib["id"] for pattern in root.iter(f"{SVG}pattern")}
    assert float(root.attrib["height"]) > sum(picture.height for picture in each)


def test_a_gap_in_the_history_is_a_gap_in_the_line():
    """One line before the gap, one after it: nothing is drawn where nothing was reported."""
    lines = [
        line.attrib["points"].split()
        for line in parsed(fan("en")).iter(f"{SVG}polyline")
        if line.attrib["stroke-width"] == "1.4" and line.attrib["stroke"] == "#102A43"
    ]

    assert [len(points) for points in lines] == [2, 4]


def test_patterns_of_several_pictures_on_one_page_do_not_clash():
    ids = [re.findall(r'id="([^"]+)"', drawn("en")) for drawn in PICTURES]
    everything = [name for each in ids for name in each]

    assert len(everything) == len(set(everything))
