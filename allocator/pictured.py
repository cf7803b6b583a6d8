"""Results as they are drawn, before anything is: what a picture shows, and what a workbook's chart takes from a table.

Labels are in the reader's language already, as a picture holds them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from allocator.sentence import Sentence
from allocator.tables import TableOut

__all__ = [
    "BarPanel",
    "ChartOut",
    "DrawnOut",
    "Moved",
    "MovedPicture",
    "Picture",
    "SideBySide",
    "SpreadBar",
    "SpreadPicture",
    "SwingBar",
    "TornadoPicture",
]


@dataclass(frozen=True, kw_only=True)
class BarPanel:
    """One measure of every row. `values`: nan where nobody said; `holds`: "days", "share" or "amount".

    `of_all`: shares are drawn against 100 %, not against the largest of them.
    """

    title: Sentence
    values: Sequence[float]
    holds: str = "amount"
    of_all: bool = False


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What somebody loses (0 and below) and gains (0 and above), as shares."""

    label: str
    lost: float
    gained: float


@dataclass(frozen=True, kw_only=True)
class SwingBar:
    """One quantity: the mean outcome in the fifth of draws in which it is least, and most."""

    label: str
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class SpreadBar:
    """One decision: the outcome's mean, and what nineteen draws in twenty exceed, half of them, and one in twenty."""

    label: str
    mean: float
    p05: float
    p50: float
    p95: float


@dataclass(frozen=True, kw_only=True)
class ChartOut:
    """Bars of some rows of a table, by the names of its columns: `labels` stand beside them, `series` are drawn.

    `stacked`: two series go to both sides of zero in one bar, as what is lost and what is gained; else all stand
    beside each other. `holds`: what the numbers are, where a column holds several things; else as its column says.
    """

    title: Sentence
    table: str
    labels: str
    series: tuple[str, ...]
    rows: range
    stacked: bool = False
    holds: str = ""


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """A row for each label, a column of bars for each panel."""

    name: str
    title: Sentence
    labels: Sequence[str]
    panels: Sequence[BarPanel]


@dataclass(frozen=True, kw_only=True)
class MovedPicture:
    """Who loses to the left, who gains to the right, one group beside the other."""

    name: str
    title: Sentence
    parts: Sequence[tuple[Sentence, Sequence[Moved]]]


@dataclass(frozen=True, kw_only=True)
class TornadoPicture:
    """What moves an outcome most, from its mean to both ends. `holds`: as of `BarPanel`."""

    name: str
    title: Sentence
    mean: float
    bars: Sequence[SwingBar]
    holds: str


@dataclass(frozen=True, kw_only=True)
class SpreadPicture:
    """How an outcome spreads under each decision. `holds`: as of `BarPanel`."""

    name: str
    title: Sentence
    bars: Sequence[SpreadBar]
    holds: str


Picture = SideBySide | MovedPicture | TornadoPicture | SpreadPicture
"""A picture that can be drawn."""


@dataclass(frozen=True, kw_only=True)
class DrawnOut:
    """Results as they are saved and shown. `printed`: tables of what has no room for all; `facts`: their origin.

    `day`: dates the files themselves, so that the same results are the same bytes.
    """

    title: Sentence
    day: dt.date
    tables: Sequence[TableOut]
    printed: Sequence[TableOut]
    charts: Sequence[ChartOut]
    pictures: Sequence[Picture]
    facts: Sequence[tuple[Sentence, Sentence | str | int]] = ()
