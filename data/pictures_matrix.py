"""The stock-status matrix: items or sites down, weeks across, each cell by colour, pattern and sign."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from allocator.sentence import Named, Sentence, say
from allocator.shortfall_tables import STATUSES
from allocator.shortfall_words import STATUS_LETTERS, STATUS_WORDS
from data.pictures_drawing import GREY, INK, PAPER, Drawing, fitted, text_width

__all__ = ["STATUS_FILLS", "StatusFill", "status_matrix"]

_ROW, _CELL, _LABEL, _HEAD, _SIZE = 20, 40, 210, 46, 10
_LABEL_MIN = 70
_CELL_FILL = 0.9
_WEEK = 7

StatusFill = tuple[str, str, str]
"""Ground, pattern ("" for none) and colour of the sign."""

STATUS_FILLS: dict[str, StatusFill] = {
    "stocked_out": ("#8B1A1A", "", "#FFFFFF"),
    "under": ("#FBD38D", "stripes", "#102A43"),
    "to_plan": ("#D9F2E3", "", "#102A43"),
    "over": ("#C6DDF7", "dots", "#102A43"),
    "no_data": ("#FFFFFF", "dashes", "#102A43"),
}
_PATTERN_INK = {"under": "#F2B04E", "over": "#6FA3DC", "no_data": "#9AA5B1"}


def status_matrix(
    labels: Sequence[Named],
    weekly: NDArray[np.int8],
    *,
    first_day: dt.date,
    word: Callable[[Sentence], str],
    lang: str,
    name: str = "matrix",
) -> str:
    """Return the matrix as SVG. `weekly` (rows, W): positions in `STATUSES` at the end of each week."""
    rows, weeks = weekly.shape
    texts = [label.worded(lang) for label in labels]
    legend = [
        (code, letter, word(text)) for code, letter, text in zip(STATUSES, STATUS_LETTERS, STATUS_WORDS, strict=True)
    ]
    longest = max((text_width(text, _SIZE) for text in texts), default=0) + 12
    label_width = min(_LABEL, max(_LABEL_MIN, longest))
    legend_width = sum(_legend_step(text) for _, _, text in legend)
    width = max(label_width + weeks * _CELL + 6, legend_width + 6)
    drawn = Drawing(
        width=width,
        height=_HEAD + rows * _ROW + 34,
        title=word(say("Stock status by week")),
        about=_about(texts, weekly, word),
        name=name,
        lang=lang,
    )
    drawn.text(0, 14, word(say("Stock status by week")), size=12, bold=True)
    for week in range(weeks):
        day = first_day + dt.timedelta(days=_WEEK * week)
        drawn.text(label_width + (week + 0.5) * _CELL, _HEAD - 8, f"{day:%m-%d}", size=9, fill=GREY, anchor="middle")
    for row, text in enumerate(texts):
        base = _HEAD + row * _ROW
        drawn.text(label_width - 8, base + 14, fitted(text, label_width - 8, _SIZE), size=_SIZE, anchor="end")
        for week in range(weeks):
            _cell(drawn, label_width + week * _CELL, base, _CELL, STATUSES[weekly[row, week]])
    x = 0.0
    for code, _, text in legend:
        _cell(drawn, x, _HEAD + rows * _ROW + 10, 22, code)
        drawn.text(x + 27, _HEAD + rows * _ROW + 24, text, size=9)
        x += _legend_step(text)
    return drawn.svg()


def _legend_step(text: str) -> float:
    return 27 + text_width(text, 9) + 14


def _cell(drawn: Drawing, x: float, y: float, width: float, status: str) -> None:
    ground, pattern, sign = STATUS_FILLS[status]
    fill = drawn.pattern(pattern, ground, _PATTERN_INK[status]) if pattern else ground
    drawn.rect(x, y, width - 2, _ROW - 2, fill, stroke=INK if status == "stocked_out" else "#9AA5B1")
    letter = STATUS_LETTERS[STATUSES.index(status)]
    if pattern:
        # The sign stands on plain ground, so that the pattern takes nothing from it.
        drawn.rect(x + (width - 2) / 2 - 6, y + 2, 12, _ROW - 6, PAPER if status == "no_data" else ground)
    drawn.text(x + (width - 2) / 2, y + 13.5, letter, size=11, fill=sign, anchor="middle", bold=True)


def _about(texts: Sequence[str], weekly: NDArray[np.int8], word: Callable[[Sentence], str]) -> str:
    """Say of every row when it first runs out, for those who cannot see the picture."""
    out = [
        word(say("{name}: out from week {week}", name=text, week=int(np.argmax(row == 0)) + 1))
        for text, row in zip(texts, weekly, strict=True)
        if (row == 0).any()
    ]
    if not out:
        return word(say("Nothing runs out in these weeks."))
    return word(say("{rows}.", rows="; ".join(out)))
