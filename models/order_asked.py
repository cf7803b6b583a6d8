"""An order as it is asked for, and the bounds within which it can be kept."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.sentence import Sentence, say
from models.entry import Refusal

__all__ = ["NO_BUDGET", "PRICE_MICRO_MAX", "UNITS_OF_LINE_MAX", "NewLine", "NewOrder", "refuse_beyond_bounds"]

UNITS_OF_LINE_MAX = 10**12
"""Units of one line, as in files."""

PRICE_MICRO_MAX = 10**9 * 10**6
"""Price of one unit, in millionths of a yuan."""

NO_BUDGET = "-"
"""What is written where no budget is to pay an order."""

_NUMBER_LETTERS_MAX = 100


@dataclass(frozen=True, kw_only=True)
class NewLine:
    """One line as it was asked for. `site` "": the main depot; `arrives` "": when the offer's lead days have passed.

    `budget`: the bucket that pays it, "" where nobody said, `NO_BUDGET` where none is to. `before_units`: what of it
    had arrived before the ledger knew of the order.
    """

    item: str
    units: int
    site: str = ""
    arrives: str = ""
    price_micro: int | None = None
    budget: str = ""
    before_units: int = 0


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """An order to be placed. `day`: the ISO day on which it was planned or ordered, "" where nobody said."""

    number: str
    partner: str
    lines: tuple[NewLine, ...]
    day: str
    status: str = "ordered"
    note: str = ""


def refuse_beyond_bounds(new: NewOrder) -> None:
    """Refuse an order that cannot be meant: its number, units and prices, and days before its own.

    Raises:
        Refusal: everything that is wrong with it.

    """
    wrong: list[Sentence] = []
    if len(new.number) > _NUMBER_LETTERS_MAX or not new.number.isprintable():
        wrong.append(
            say(
                "An order's number has at most {most} letters, and none that cannot be seen. Write it anew.",
                most=_NUMBER_LETTERS_MAX,
            )
        )
    for line in new.lines:
        if not 1 <= line.units <= UNITS_OF_LINE_MAX:
            wrong.append(
                say(
                    "{units} units of {item} cannot be ordered. Write a whole number from 1 to {most:,}.",
                    units=line.units,
                    item=line.item,
                    most=UNITS_OF_LINE_MAX,
                )
            )
        if line.price_micro is not None and not 0 <= line.price_micro <= PRICE_MICRO_MAX:
            wrong.append(
                say(
                    "The price of {item} is more than {most:,} yuan. Write the price of one unit.",
                    item=line.item,
                    most=PRICE_MICRO_MAX // 10**6,
                )
            )
        if new.day and line.arrives < new.day:
            wrong.append(
                say(
                    "{item} is expected on {day}, before the day of the order, {ordered_on}. Mend one of them.",
                    item=line.item,
                    day=line.arrives,
                    ordered_on=new.day,
                )
            )
    if wrong:
        raise Refusal(*wrong)
