"""The way of a lot as a picture: source, depots, what is in transit, sites, what became of it; widths by units.

Every bar is a place, as high as what came to it; every band is what went on. The part of a bar from which nothing
goes on is still there, and is dotted. What nobody can account for is crossed and marked with a sign, so that it is
seen without colours too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from allocator.sentence import Sentence, say
from data.pictures_drawing import GREY, INK, Drawing, fitted, text_width

__all__ = ["FlowBar", "FlowPanel", "flow_picture"]

_BAR, _COLUMN, _LABEL, _TOP = 12.0, 190.0, 150.0, 74.0
_SLOT, _GAP, _PANEL_GAP, _FOOT = 15.0, 6.0, 26.0, 34.0
_HEIGHT_MOST, _HEIGHT_LEAST, _THIN = 300.0, 40.0, 1.0
_STEPS = 12

FILLS = {
    "source": "#52606D",
    "depot": "#0B4F8A",
    "way": "#7A5C00",
    "site": "#1F6F43",
    "aside": "#6B3FA0",
    "end": "#334E68",
    "open": "#8B1A1A",
}
"""What sort of place a bar is, and its colour."""

TINTS = {"source": "#D3DCE6", "depot": "#C9DDF0", "way": "#F0E2B6", "site": "#CBE6D6", "aside": "#DFD3EF"}
_WORDS = {
    "source": say("source"),
    "depot": say("depot"),
    "way": say("in transit"),
    "site": say("site"),
    "aside": say("quarantine"),
    "end": say("what became of it"),
}


@dataclass(frozen=True, kw_only=True)
class FlowBar:
    """One place. `sort`: one of `FILLS` but "open"; `rest`: units that are there still; `open`: unaccounted for."""

    key: str
    label: str
    sort: str
    column: int
    rest: int = 0
    open: bool = False


@dataclass(frozen=True, kw_only=True)
class FlowPanel:
    """One lot. `bands`: units by the keys of the bars between which they went; `title` and `under`: texts."""

    title: str
    under: Sequence[str]
    bars: Sequence[FlowBar]
    bands: Mapping[tuple[str, str], int]


@dataclass
class _Placed:
    """A bar where it stands. `out`, `into`: how far down its sides are taken."""

    bar: FlowBar
    units: int
    height: float
    x: float = 0
    y: float = 0
    out: float = 0
    into: float = 0
    before: list[str] = field(default_factory=list)


def flow_picture(
    panels: Sequence[FlowPanel], *, title: str, below: Sequence[str], word: Callable[[Sentence], str], lang: str
) -> str:
    """Return the picture as SVG, a panel for each lot, one below the other. `below`: sentences under all of it."""
    most = max(_HEIGHT_LEAST, _HEIGHT_MOST / max(1, len(panels)))
    placed = [_placed(panel, most) for panel in panels]
    heights = [_TOP + max((p.y + max(p.height, _SLOT) for p in own.values()), default=0) for own in placed]
    columns = max((bar.column for panel in panels for bar in panel.bars), default=0)
    lines = [part for sentence in below for part in _wrapped(sentence, columns * _COLUMN + _LABEL, 9)]
    drawn = Drawing(
        width=columns * _COLUMN + _BAR + _LABEL + 20,
        height=30 + sum(heights) + _PANEL_GAP * len(panels) + _FOOT + 13 * len(lines),
        title=title,
        about=" ".join(_told(panel, word) for panel in panels),
        name="flow",
        lang=lang,
    )
    drawn.text(8, 18, title, size=13, bold=True)
    top = 30.0
    for panel, own, height in zip(panels, placed, heights, strict=True):
        _draw_panel(drawn, panel, own, top, word)
        top += height + _PANEL_GAP
    _legend(drawn, top + 4, word)
    for n, line in enumerate(lines):
        drawn.text(8, top + 30 + 13 * n, line, size=9, fill=GREY)
    return drawn.svg()


def _placed(panel: FlowPanel, height_most: float) -> dict[str, _Placed]:
    """Return where the bars of a panel stand, from its top; a column's units are as high as `height_most`."""
    went: dict[str, int] = defaultdict(int)
    came: dict[str, int] = defaultdict(int)
    for (start, end), units in panel.bands.items():
        went[start] += units
        came[end] += units
    sizes = {bar.key: max(came[bar.key], went[bar.key] + bar.rest) for bar in panel.bars}
    columns: dict[int, list[FlowBar]] = defaultdict(list)
    for bar in panel.bars:
        columns[bar.column].append(bar)
    most = max((sum(sizes[bar.key] for bar in own) for own in columns.values()), default=1) or 1
    scale = height_most / most
    placed = {key: _Placed(bar, sizes[key], max(_THIN, sizes[key] * scale)) for key, bar in _by_key(panel).items()}
    for start, end in panel.bands:
        placed[end].before.append(start)
    for column in sorted(columns):
        _stand(columns[column], column, placed, panel.bands)
    return placed


def _by_key(panel: FlowPanel) -> dict[str, FlowBar]:
    return {bar.key: bar for bar in panel.bars}


def _stand(
    bars: Sequence[FlowBar], column: int, placed: dict[str, _Placed], bands: Mapping[tuple[str, str], int]
) -> None:
    """Put the bars of a column below each other, each about as high as what it comes from; those without by size."""

    def about(bar: FlowBar) -> tuple[float, float, str]:
        own = placed[bar.key]
        weights = [(bands[before, bar.key], placed[before].y + placed[before].height / 2) for before in own.before]
        total = sum(units for units, _ in weights)
        return (sum(units * y for units, y in weights) / total if total else 0, -own.units, bar.key)

    y = 0.0
    for bar in sorted(bars, key=about):
        own = placed[bar.key]
        own.x, own.y = 8 + column * _COLUMN, y
        y += max(own.height, _SLOT) + _GAP


def _draw_panel(
    drawn: Drawing, panel: FlowPanel, placed: dict[str, _Placed], top: float, word: Callable[[Sentence], str]
) -> None:
    drawn.text(8, top + 12, panel.title, size=11, bold=True)
    for n, line in enumerate(panel.under[:2]):
        drawn.text(8, top + 27 + 13 * n, fitted(line, drawn.width - 16, 9), size=9, fill=GREY)
    _heads(drawn, panel, top + _TOP - 10, word)
    dots = drawn.pattern("dots", "#FFFFFF", INK)
    cross = drawn.pattern("cross", "#F4C7C3", FILLS["open"])
    order = sorted(panel.bands, key=lambda ends: (placed[ends[0]].y, placed[ends[1]].y))
    for start, end in order:
        _band(drawn, placed[start], placed[end], panel.bands[start, end], top + _TOP, cross)
    for own in placed.values():
        y, height = top + _TOP + own.y, own.height
        drawn.rect(own.x, y, _BAR, height, cross if own.bar.open else FILLS[own.bar.sort], stroke=_edge(own.bar))
        if own.bar.rest and own.bar.sort != "end":
            rest = max(_THIN, height * own.bar.rest / max(1, own.units))
            drawn.rect(own.x, y + height - rest, _BAR, rest, cross if own.bar.open else dots, stroke=_edge(own.bar))
        _label(drawn, own, y + min(height, _SLOT) / 2 + 4)


def _edge(bar: FlowBar) -> str:
    return FILLS["open"] if bar.open else FILLS[bar.sort]


def _heads(drawn: Drawing, panel: FlowPanel, y: float, word: Callable[[Sentence], str]) -> None:
    """Write over each column which sorts of places stand in it."""
    sorts: dict[int, list[str]] = defaultdict(list)
    for bar in panel.bars:
        if bar.sort not in sorts[bar.column]:
            sorts[bar.column].append(bar.sort)
    for column, own in sorts.items():
        text = " / ".join(word(_WORDS[sort]) for sort in own)
        drawn.text(8 + column * _COLUMN, y, fitted(text, _COLUMN - 12, 9), size=9, fill=GREY)


def _label(drawn: Drawing, own: _Placed, y: float) -> None:
    amount = f"{own.units:,}"
    if own.bar.rest and own.bar.rest != own.units:
        amount += f" ({own.bar.rest:,})"
    room = _LABEL - text_width(amount, 9) - 10
    sign = "⚠ " if own.bar.open else ""
    name = fitted(f"{sign}{own.bar.label}", room, 9)
    x = own.x + _BAR + 4
    drawn.text(x, y, name, size=9, fill=FILLS["open"] if own.bar.open else INK, bold=own.bar.open)
    drawn.text(x + text_width(name, 9) + 6, y, amount, size=9, fill=GREY)


def _band(drawn: Drawing, start: _Placed, end: _Placed, units: int, top: float, cross: str) -> None:
    """Draw what went from one bar to another, as wide at each end as its share of the bar."""
    wide = max(_THIN, start.height * units / max(1, start.units))
    narrow = max(_THIN, end.height * units / max(1, end.units))
    x0, x1 = start.x + _BAR, end.x
    y0, y1 = top + start.y + start.out, top + end.y + end.into
    start.out += wide
    end.into += narrow
    steps = [n / _STEPS for n in range(_STEPS + 1)]
    upper = [(x0 + (x1 - x0) * t, y0 + (y1 - y0) * _smooth(t)) for t in steps]
    lower = [(x0 + (x1 - x0) * t, y0 + wide + (y1 + narrow - y0 - wide) * _smooth(t)) for t in steps]
    lost = end.bar.open or (start.bar.sort == "source" and start.bar.open)
    drawn.shape([*upper, *reversed(lower)], cross if lost else TINTS.get(start.bar.sort, "#E4EAF0"))


def _smooth(t: float) -> float:
    return t * t * (3 - 2 * t)


def _legend(drawn: Drawing, y: float, word: Callable[[Sentence], str]) -> None:
    x = 8.0
    dots = drawn.pattern("dots", "#FFFFFF", INK)
    cross = drawn.pattern("cross", "#F4C7C3", FILLS["open"])
    parts = (
        (dots, INK, say("still there (in brackets where some went on)")),
        (cross, FILLS["open"], say("⚠ unaccounted for")),
    )
    for fill, stroke, text in parts:
        drawn.rect(x, y - 8, 16, 10, fill, stroke=stroke)
        drawn.text(x + 20, y + 1, word(text), size=9)
        x += 20 + text_width(word(text), 9) + 18


def _told(panel: FlowPanel, word: Callable[[Sentence], str]) -> str:
    labels = {bar.key: bar.label for bar in panel.bars}
    bands = [
        word(say("{start} to {end}: {units:,}.", start=labels[start], end=labels[end], units=units))
        for (start, end), units in panel.bands.items()
    ]
    rests = [
        word(say("{place}, unaccounted for: {units:,}.", place=bar.label, units=bar.rest))
        if bar.open
        else word(say("Still at {place}: {units:,}.", place=bar.label, units=bar.rest))
        for bar in panel.bars
        if bar.rest and bar.sort != "end"
    ]
    return " ".join([f"{panel.title}.", *panel.under, *bands, *rests])


def _wrapped(text: str, width: float, size: float) -> list[str]:
    """Return a text in lines no wider than a width; Chinese breaks anywhere, other words at spaces."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and text_width(line + piece, size) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()] if line else lines


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for letter in text:
        if pieces and letter.isascii() and pieces[-1][-1] != " " and pieces[-1][-1].isascii():
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces
