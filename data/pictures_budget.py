"""Budget use: how far the money of each bucket goes for what must be bought."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from allocator.sentence import Sentence, say
from data.pictures_axes import amount_text
from data.pictures_drawing import GREY, Drawing, fitted, text_width

__all__ = ["BudgetBar", "budget_bars"]

_LABEL, _RIGHT, _ROW, _HEAD, _INNER = 150.0, 130.0, 26.0, 30.0, 360.0
_USED, _LEFT, _OVER = "#0B4F8A", "#E4EAF0", "#8B1A1A"


@dataclass(frozen=True, kw_only=True)
class BudgetBar:
    """A bucket of money and what is needed of it, in yuan."""

    bucket: str
    amount: float
    needed: float


def budget_bars(bars: Sequence[BudgetBar], *, word: Callable[[Sentence], str], lang: str, name: str = "budget") -> str:
    """Return the bars as SVG: used, left (dotted) and lacking (striped), with the numbers beside them."""
    most = max([1.0, *(max(bar.amount, bar.needed) for bar in bars)])
    title = word(say("Budget use, yuan"))
    drawn = Drawing(
        width=_LABEL + _INNER + _RIGHT,
        height=_HEAD + len(bars) * _ROW + 30,
        title=title,
        about=" ".join(word(_told(bar)) for bar in bars),
        name=name,
        lang=lang,
    )
    drawn.text(0, 14, title, size=12, bold=True)
    left = drawn.pattern("dots", _LEFT, "#9AA5B1")
    lacking = drawn.pattern("stripes", "#F4C7C3", _OVER)
    for n, bar in enumerate(bars):
        y = _HEAD + n * _ROW
        used, scale = min(bar.amount, bar.needed), _INNER / most
        drawn.text(_LABEL - 8, y + 15, fitted(bar.bucket, _LABEL - 10, 10), anchor="end")
        drawn.rect(_LABEL, y + 2, bar.amount * scale, _ROW - 8, left, stroke="#9AA5B1")
        drawn.rect(_LABEL, y + 2, used * scale, _ROW - 8, _USED)
        if bar.needed > bar.amount:
            drawn.rect(_LABEL + used * scale, y + 2, (bar.needed - bar.amount) * scale, _ROW - 8, lacking, stroke=_OVER)
        end = _LABEL + max(bar.amount, bar.needed) * scale + 6
        drawn.text(
            end, y + 15, f"{amount_text(round(bar.needed))} / {amount_text(round(bar.amount))}", size=9, fill=GREY
        )
    x, y = float(_LABEL), drawn.height - 8
    for fill, text in ((_USED, say("used")), (left, say("left")), (lacking, say("lacking"))):
        drawn.rect(x, y - 9, 16, 10, fill)
        drawn.text(x + 20, y, word(text), size=9)
        x += 20 + text_width(word(text), 9) + 14
    return drawn.svg()


def _told(bar: BudgetBar) -> Sentence:
    if bar.needed > bar.amount:
        return say(
            "{bucket}: {lacking:,.0f} yuan lack of {needed:,.0f}.",
            bucket=bar.bucket,
            lacking=bar.needed - bar.amount,
            needed=bar.needed,
        )
    return say(
        "{bucket}: {needed:,.0f} of {amount:,.0f} yuan.", bucket=bar.bucket, needed=bar.needed, amount=bar.amount
    )
