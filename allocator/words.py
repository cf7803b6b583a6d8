"""Words that policies and tables commonly use, in both languages; any other is shown as it was written."""

from __future__ import annotations

from allocator.sentence import Named, Sentence, say

__all__ = ["UNIT_WORDS", "amount_of", "days_counted", "items_counted", "needs_counted", "tier_named", "unit_named"]

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
_SAME_FOR_MANY = ("kg", "jin")
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


def amount_of(units: int, unit: str) -> Sentence:
    """Return so many of a base unit, as one says it.

    >>> [str(amount_of(units, unit)) for units, unit in ((1, "piece"), (1200, "box"), (2, "瓶"), (3, "vial"))]
    ['1 piece', '1,200 boxes', '2 bottles', '3 vial']
    """
    named = unit_named(unit)
    english = named.worded("en")
    if units != 1 and english in UNIT_WORDS and english not in _SAME_FOR_MANY:
        english += "es" if english.endswith("x") else "s"
    return say("{count:,} {unit}", count=units, unit=Named(unit, english, named.worded("zh")))


def days_counted(days: int) -> Sentence:
    """Return so many days, as one says it.

    >>> str(days_counted(1)), str(days_counted(2))
    ('1 day', '2 days')
    """
    return say("1 day") if days == 1 else say("{days:,} days", days=days)


def items_counted(items: int) -> Sentence:
    """Return so many items, as one says it.

    >>> str(items_counted(1)), str(items_counted(2))
    ('1 item', '2 items')
    """
    return say("1 item") if items == 1 else say("{items:,} items", items=items)


def needs_counted(needs: int) -> Sentence:
    """Return so many needs, as one says it.

    >>> str(needs_counted(1)), str(needs_counted(1200))
    ('1 need', '1,200 needs')
    """
    return say("1 need") if needs == 1 else say("{needs:,} needs", needs=needs)
