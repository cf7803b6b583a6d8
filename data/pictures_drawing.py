"""Pictures drawn by the server as SVG: plain shapes and texts, no script, no style sheet, nothing fetched.

Every picture has a title and a description for those who hear it, every colour has a pattern or a sign beside it for
those who do not see colours, and every text stands out from its ground by 4.5 to 1 at least. The same drawing goes
into a PDF and onto a page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

__all__ = ["FONT", "GREY", "INK", "PAPER", "Drawing", "below_each_other", "contrast", "fitted", "text_width", "ticks"]

INK, GREY, PAPER, LINE = "#102A43", "#52606D", "#FFFFFF", "#9AA5B1"
FONT = "Noto Sans CJK SC, Noto Sans SC, sans-serif"
_MARGIN, _TITLE = 24.0, 36.0
_WIDE, _NARROW = 1.0, 0.56
"""Of the letters' size: how wide a Chinese and a Latin letter are, about."""


def text_width(text: str, size: float) -> float:
    """Return how wide a text is, about.

    >>> text_width("mask", 10), text_width("口罩", 10)
    (22.400000000000002, 20.0)
    """
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return (wide * _WIDE + (len(text) - wide) * _NARROW) * size


def fitted(text: str, width: float, size: float) -> str:
    """Return a text that fits a width, its end cut off with … where it does not.

    >>> fitted("disinfectant", 40, 10), fitted("mask", 40, 10)
    ('disinf…', 'mask')
    """
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


def contrast(one: str, other: str) -> float:
    """Return how far two colours stand apart, 1 to 21, by WCAG 2.2.

    >>> round(contrast("#000000", "#FFFFFF"))
    21
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]  # noqa: PLR2004 - sRGB
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ticks(most: float, *, about: int = 4) -> list[float]:
    """Return round values from 0 up to what covers `most`.

    >>> ticks(870), ticks(0)
    ([0.0, 250.0, 500.0, 750.0, 1000.0], [0.0, 1.0])
    """
    if most <= 0:
        return [0.0, 1.0]
    base = 10.0 ** _digits(most / about)
    step = next(base * factor for factor in (1, 2, 2.5, 5, 10) if base * factor * about >= most)
    return [step * n for n in range(int(-(-most // step)) + 1)]


def _digits(value: float) -> int:
    digits = 0
    while value >= 10:  # noqa: PLR2004 - decimal places
        value, digits = value / 10, digits + 1
    while value < 1:
        value, digits = value * 10, digits - 1
    return digits


def below_each_other(pictures: Sequence[Drawing], *, title: str, about: str, name: str, lang: str) -> Drawing:
    """Return pictures below each other under one title, with a margin around them."""
    drawn = Drawing(
        width=max((each.width for each in pictures), default=0.0) + 2 * _MARGIN,
        height=sum(each.height + _MARGIN for each in pictures) + _MARGIN + _TITLE,
        title=title,
        about=about,
        name=name,
        lang=lang,
    )
    drawn.text(_MARGIN, _MARGIN + 6, title, size=16, bold=True)
    drawn.text(_MARGIN, _MARGIN + 24, about, size=10, fill=GREY)
    y = _MARGIN + _TITLE
    for each in pictures:
        drawn.put(each, _MARGIN, y)
        y += each.height + _MARGIN
    return drawn


@dataclass
class Drawing:
    """A picture being drawn. `name`: begins its ids, so that several fit on one page."""

    width: float
    height: float
    title: str
    about: str
    name: str
    lang: str = "en"
    _parts: list[str] = field(default_factory=list)
    _patterns: dict[str, str] = field(default_factory=dict)

    def rect(self, x: float, y: float, width: float, height: float, fill: str, *, stroke: str = "none") -> None:
        """Draw a box."""
        box = f'x="{x:.1f}" y="{y:.1f}" width="{max(0, width):.1f}" height="{max(0, height):.1f}"'
        self._parts.append(f'<rect {box} fill="{fill}" stroke="{stroke}"/>')

    def line(self, points: Sequence[tuple[float, float]], stroke: str, *, width: float = 1, dashes: str = "") -> None:
        """Draw a line through points; `dashes` as in SVG, "" for none."""
        if len(points) > 1:
            where = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
            self._parts.append(
                f'<polyline points="{where}" fill="none" stroke="{stroke}" stroke-width="{width:g}"{dashed}/>'
            )

    def shape(self, points: Sequence[tuple[float, float]], fill: str, *, stroke: str = "none") -> None:
        """Draw a filled shape."""
        where = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<polygon points="{where}" fill="{fill}" stroke="{stroke}"/>')

    def circle(self, x: float, y: float, radius: float, fill: str, *, stroke: str = "none") -> None:
        """Draw a disc."""
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}" stroke="{stroke}"/>')

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 10,
        fill: str = INK,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """Write a text on a base line; `anchor`: "start", "middle" or "end"."""
        weight = ' font-weight="bold"' if bold else ""
        at = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{fill}" text-anchor="{anchor}"'
        self._parts.append(f"<text {at}{weight}>{escape(text)}</text>")

    def pattern(self, kind: str, ground: str, ink: str) -> str:
        """Return a fill: "stripes", "cross", "dots" or "dashes" in `ink` on a ground."""
        key = f"{self.name}-{kind}-{ground[1:]}-{ink[1:]}"
        marks = {
            "stripes": '<path d="M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4" stroke="{ink}" stroke-width="1.4"/>',
            "cross": '<path d="M0,0 l8,8 M8,0 l-8,8" stroke="{ink}" stroke-width="0.8"/>',
            "dots": '<circle cx="2" cy="2" r="0.9" fill="{ink}"/><circle cx="6" cy="6" r="0.9" fill="{ink}"/>',
            "dashes": '<path d="M0,4 h5" stroke="{ink}" stroke-width="1"/>',
        }[kind].replace("{ink}", ink)
        self._patterns[key] = (
            f'<pattern id="{key}" width="8" height="8" patternUnits="userSpaceOnUse">'
            f'<rect width="8" height="8" fill="{ground}"/>{marks}</pattern>'
        )
        return f"url(#{key})"

    def put(self, other: Drawing, x: float, y: float) -> None:
        """Put another picture into this one, with its title and what it says to those who hear it."""
        self._patterns |= other._patterns
        self._parts.append(
            f'<g transform="translate({x:.1f} {y:.1f})" role="img"><title>{escape(other.title)}</title>'
            f"<desc>{escape(other.about)}</desc>{''.join(other._parts)}</g>"
        )

    def svg(self) -> str:
        """Return the picture."""
        patterns = "".join(self._patterns[key] for key in sorted(self._patterns))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'width="{self.width:g}" height="{self.height:g}" role="img" lang="{self.lang}" '
            f'aria-labelledby="{self.name}-title {self.name}-about" font-family="{FONT}">'
            f'<title id="{self.name}-title">{escape(self.title)}</title>'
            f'<desc id="{self.name}-about">{escape(self.about)}</desc>'
            f"<defs>{patterns}</defs>"
            f'<rect width="{self.width:g}" height="{self.height:g}" fill="{PAPER}"/>'
            f"{''.join(self._parts)}</svg>"
        )
