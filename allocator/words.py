"""Words that policies and tables commonly use, in both languages; any other is shown as it was written."""

from __future__ import annotations

from allocator.sentence import Named

__all__ = ["UNIT_WORDS", "tier_named", "unit_named"]

_TIERS = {"frontline": "一线", "community": "社区", "recovery": "复工复学"}
# Two Chinese words may mean one English unit; the first is the one shown.
UNIT_WORDS = {
    "piece": ("个", "只", "件"),
    "pair": ("双", "副"),
    "set": ("套",),
    "box": ("盒", "箱"),
    "bottle": ("瓶",),
    "barrel": ("桶",),
    "bag": ("袋", "包"),
    "roll": ("卷",),
    "sheet": ("张",),
    "unit": ("台",),
    "kg": ("公斤", "千克"),
    "jin": ("斤",),
    "litre": ("升",),
}
_UNITS_ENGLISH = {zh: unit for unit, words in UNIT_WORDS.items() for zh in words}


def tier_named(tier: str) -> Named:
    """Return a tier of the policy by its name in each language.

    >>> tier_named("frontline").worded("zh"), tier_named("hamlets").worded("zh")
    ('一线', 'hamlets')
    """
    return Named(tier, tier if tier in _TIERS else "", _TIERS.get(tier, ""))


def unit_named(unit: str) -> Named:
    """Return a base unit by its name in each language, whichever of them a table uses.

    >>> [unit_named(unit).worded(lang) for unit, lang in (("piece", "zh"), ("只", "zh"), ("只", "en"), ("vial", "zh"))]
    ['个', '只', 'piece', 'vial']
    """
    if unit in UNIT_WORDS:
        return Named(unit, unit, UNIT_WORDS[unit][0])
    english = _UNITS_ENGLISH.get(unit, "")
    return Named(unit, english, unit if english else "")
