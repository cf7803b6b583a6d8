"""How many base units of an item something written in another unit is: boxes, jin, bottles, tens of thousands.

Every relation is an equation `1 unit = amount of another`, kept exactly. Which hold of an item is said
(1 箱 = 2000 只, 1 升 = 0.789 千克); that a kilogram has a thousand grams holds of all. Nothing is assumed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

__all__ = [
    "MEASURED",
    "POWERS",
    "Equation",
    "Written",
    "base_unit",
    "equations_in",
    "is_unit",
    "ratios",
    "written_quantity",
    "written_unit",
]

POWERS = {"百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
"""Words that stand behind a number and multiply it."""

_SAME = {
    "piece": "只 个 枚 支 把 台 顶 张 块 根 架 部 piece pieces pc pcs pcs. ea each unit units",
    "pair": "双 对 pair pairs",
    "set": "套 set sets",
    "bottle": "瓶 bottle bottles",
    "barrel": "桶 barrel barrels drum drums",
    "carton": "箱 carton cartons ctn ctns",
    "box": "盒 box boxes",
    "bag": "袋 bag bags",
    "packet": "包 packet packets",
    "pack": "件 pack packs",
    "roll": "卷 roll rolls",
    "g": "克 g gram grams",
    "kg": "千克 公斤 kg kgs kilogram kilograms",
    "jin": "斤 市斤 jin",
    "t": "吨 t tonne tonnes",
    "ml": "毫升 ml millilitre millilitres milliliter milliliters",
    "l": "升 公升 l litre litres liter liters",
}
_CANONICAL = {word: unit for unit, words in _SAME.items() for word in words.split()}
MEASURED = ("g", "kg", "jin", "t", "ml", "l")
"""Units of mass and volume: what is weighed or poured is seldom a whole number of others."""


@dataclass(frozen=True)
class Equation:
    """`1 unit = amount of`. Units are as `base_unit` gives them."""

    unit: str
    amount: Fraction
    of: str


ALWAYS = (
    Equation("kg", Fraction(1000), "g"),
    Equation("jin", Fraction(500), "g"),
    Equation("t", Fraction(1_000_000), "g"),
    Equation("l", Fraction(1000), "ml"),
    Equation("pair", Fraction(2), "piece"),
)
"""Equations that hold of every item."""


@dataclass(frozen=True)
class Written:
    """One part of a quantity as it was written. `unit`: as written, "" where none was; `power`: 10,000 for 万."""

    number: Fraction
    unit: str
    power: int = 1


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def base_unit(word: str) -> str:
    """Return the one name of a unit that is written in several ways; a word nobody knows is its own unit.

    >>> base_unit("个"), base_unit("Boxes"), base_unit("公斤"), base_unit("担")
    ('piece', 'box', 'kg', '担')
    """
    return _CANONICAL.get(_narrow(word), _narrow(word))


def is_unit(word: str) -> bool:
    """Say whether a word is known to be a unit.

    >>> is_unit("箱"), is_unit("必填")
    (True, False)
    """
    return _narrow(word) in _CANONICAL


def written_unit(text: str) -> tuple[int, str]:
    """Return the power and the unit of a text such as 万只: 10,000 and 只.

    >>> written_unit("万只"), written_unit("盒"), written_unit("万")
    ((10000, '只'), (1, '盒'), (10000, ''))
    """
    plain = _narrow(text)
    if plain[:1] in POWERS:
        return POWERS[plain[0]], plain[1:].strip()
    return 1, plain


_NUMBER = r"(?:\d+\.?\d*|\.\d+)"
_UNIT = r"[^\W\d_]+\.?"
_PART = re.compile(rf"\s*(?P<number>{_NUMBER})\s*(?P<powers>(?:[百千万亿]\s*)?)(?P<unit>(?:{_UNIT})?)\s*")
_SPLIT_POWERS = re.compile(rf"^(?:(?P<w>{_NUMBER})万)(?P<q>\d)千(?P<unit>(?:{_UNIT})?)$")
_EXPONENT = re.compile(r"^(?:\d+\.?\d*|\.\d+)e[+-]?\d{1,2}$", re.ASCII)


def written_quantity(text: str) -> tuple[Written, ...] | None:
    """Return the parts of a quantity, each with the unit written behind it; None where it is no plain quantity.

    About so many, ranges and what is below zero are none.

    >>> written_quantity("2箱30只")
    (Written(number=Fraction(2, 1), unit='箱', power=1), Written(number=Fraction(30, 1), unit='只', power=1))
    >>> written_quantity("１.5万"), written_quantity("约40"), written_quantity("500-1000")
    ((Written(number=Fraction(3, 2), unit='', power=10000),), None, None)
    """
    plain = _narrow(text).removeprefix("+")
    if _EXPONENT.match(plain):
        return (Written(Fraction(plain), ""),)
    if split := _SPLIT_POWERS.match(plain):
        unit = split["unit"]
        return (Written(Fraction(split["w"]), unit, 10_000), Written(Fraction(split["q"]), unit, 1_000))
    parts: list[Written] = []
    at = 0
    while at < len(plain):
        part = _PART.match(plain, at)
        if part is None or part.end() == at:
            return None
        power = POWERS.get(part["powers"].strip(), 1)
        parts.append(Written(Fraction(part["number"]), part["unit"], power))
        at = part.end()
    # "3万5" may be 30,005 or 35,000, and "30 20" may be anything: each of several parts has its unit.
    return tuple(parts) if len(parts) == 1 or (parts and all(part.unit for part in parts)) else None


def _known_units() -> str:
    words = sorted(_CANONICAL, key=len, reverse=True)
    return "|".join(rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() else word for word in words)


_KNOWN = _known_units()
_FORMS = (
    re.compile(rf"(?:(?<!\d)1|一|每)?\s*(?P<unit>{_KNOWN})\s*=\s*(?P<amount>{_NUMBER})\s*(?P<of>{_KNOWN})"),
    re.compile(rf"(?P<amount>{_NUMBER})\s*(?P<of>{_KNOWN})\s*/\s*(?P<unit>{_KNOWN})"),
    re.compile(rf"每\s*(?P<unit>{_KNOWN})\s*(?P<amount>{_NUMBER})\s*(?P<of>{_KNOWN})"),
    re.compile(rf"^(?P<unit>{_KNOWN})\s*\(\s*(?P<amount>{_NUMBER})\s*(?P<of>{_KNOWN})\s*\)$"),
)


def equations_in(text: str) -> list[Equation]:
    """Return what a name or specification says of units.

    >>> [f"1 {each.unit} = {each.amount} {each.of}" for each in equations_in("口罩 50只/盒，1箱=40盒")]
    ['1 carton = 40 box', '1 box = 50 piece']
    """
    plain = _narrow(text)
    found = [
        Equation(base_unit(match["unit"]), Fraction(match["amount"]), base_unit(match["of"]))
        for form in _FORMS
        for match in form.finditer(plain)
    ]
    return list(dict.fromkeys(each for each in found if each.amount > 0))


def ratios(unit: str, of: str, equations: Iterable[Equation]) -> set[Fraction]:
    """Return how many of one unit are in another, by every way the equations lead there: none, one, or several.

    Several ways that agree are one ratio; two ratios contradict each other.

    >>> density = Equation("l", Fraction("0.789"), "kg")
    >>> [round(float(ratio), 4) for ratio in ratios("jin", "l", [density])]
    [0.6337]
    >>> ratios("box", "piece", [])
    set()
    """
    steps: dict[str, list[tuple[str, Fraction]]] = {}
    for each in dict.fromkeys((*ALWAYS, *equations)):
        steps.setdefault(each.unit, []).append((each.of, each.amount))
        steps.setdefault(each.of, []).append((each.unit, 1 / each.amount))
    return set(_ways(unit, of, steps, frozenset((unit,)), Fraction(1)))


def _ways(
    unit: str, of: str, steps: dict[str, list[tuple[str, Fraction]]], seen: frozenset[str], ratio: Fraction
) -> Iterator[Fraction]:
    if unit == of:
        yield ratio
        return
    for next_unit, amount in steps.get(unit, ()):
        if next_unit not in seen:
            yield from _ways(next_unit, of, steps, seen | {next_unit}, ratio * amount)
