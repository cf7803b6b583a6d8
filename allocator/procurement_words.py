"""What binds a procurement plan, and what more would do, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from allocator.procurement_case import ProcurementCase
from allocator.procurement_levels import Levels, Relief
from allocator.procurement_lp import Formulation
from allocator.sentence import Named, Sentence, say

__all__ = ["named_item", "named_supplier", "sentences_of"]

_ITEMS_SAID = 3
_CAPACITIES_SAID = 8
_PRICE_MIN = 1e-9
_UNITS_MIN = 0.5


def named_item(case: ProcurementCase, number: int) -> Named:
    """Return an item as the reader knows it."""
    item = case.items[number]
    return Named(item.item, item.name, item.name_zh)


def named_supplier(case: ProcurementCase, code: str) -> Named:
    """Return a supplier as the reader knows it."""
    supplier = next(each for each in case.suppliers if each.supplier == code)
    return Named(supplier.supplier, supplier.name, supplier.name_zh)


def sentences_of(form: Formulation, levels: Levels) -> tuple[Sentence, ...]:
    """Return what stands in the way: offers that are not open or too slow, then money, suppliers, shares and space."""
    said = [*_of_offers(form), *_of_money(form.case, levels), *_of_capacity(form, levels), *_of_shares(form, levels)]
    said += _of_space(form.case, levels)
    if not said and levels.shortage > _UNITS_MIN:
        said = [
            say(
                "No budget and no supplier stands in the way: what stays unmet falls before an order placed today can "
                "arrive. Lead times count as whole weeks."
            )
        ]
    return tuple(said)


def _of_offers(form: Formulation) -> Iterator[Sentence]:
    """Say of which items nothing can be ordered that would still serve within the weeks, and why."""
    case, weeks = form.case, form.case.weeks
    needed = case.expected_units.sum(axis=1) > case.arriving_units.sum(axis=1)
    open_offers = [each for each in case.offers if len(case.weeks_of(each.from_day, each.to_day))]
    offered = {case.item_index[each.item] for each in open_offers}
    served = set(form.choices.item.tolist())
    ever = {case.item_index[each.item] for each in case.offers}  # what nobody ever offers was said before
    lacking = [n for n in sorted(ever - served) if needed[n]]
    closed = [named_item(case, n) for n in lacking if n not in offered]
    slow = [named_item(case, n) for n in lacking if n in offered]
    if closed:
        yield say("No offer is open within the weeks planned ({weeks}) for: {items}.", weeks=weeks, items=closed)
    if slow:
        yield say(
            "Nothing ordered now would come within the weeks planned ({weeks}), lead times counted as whole weeks, "
            "for: {items}.",
            weeks=weeks,
            items=slow,
        )


def _of_money(case: ProcurementCase, levels: Levels) -> Iterator[Sentence]:
    for relief in levels.reliefs:
        saved = [
            say("{units:,} of {item}", units=round(float(relief.saved_units[n])), item=named_item(case, n))
            for n in _most(case, relief)
        ]
        if saved:
            yield say(
                "{yuan:,} yuan more in budget {bucket} would leave fewer units short: {saved}.",
                yuan=relief.more_yuan,
                bucket=case.budgets[relief.budget].bucket,
                saved=saved,
            )


def _most(case: ProcurementCase, relief: Relief) -> list[int]:
    weight = np.array([each.weight for each in case.items])
    order = np.argsort(-relief.saved_units * weight, kind="stable")[:_ITEMS_SAID].tolist()
    return [n for n in order if relief.saved_units[n] >= _UNITS_MIN]


def _of_capacity(form: Formulation, levels: Levels) -> Iterator[Sentence]:
    choices, price = form.choices, levels.capacity_price
    binding = np.flatnonzero(price < -_PRICE_MIN)
    pairs: dict[tuple[int, int], list[int]] = {}
    for choice in binding.tolist():
        pairs.setdefault((int(choices.supplier[choice]), int(choices.item[choice])), []).append(choice)
    worth = {pair: float((price[mine] * choices.most_units[mine]).sum()) for pair, mine in pairs.items()}
    for pair in sorted(pairs, key=lambda each: (worth[each], each))[:_CAPACITIES_SAID]:
        supplier, item = pair
        yield say(
            "{supplier} can make no more of {item} in {weeks}: each unit more would count.",
            supplier=named_supplier(form.case, form.case.suppliers[supplier].supplier),
            item=named_item(form.case, item),
            weeks=_runs(np.unique(choices.week[pairs[pair]])),
        )


def _of_shares(form: Formulation, levels: Levels) -> Iterator[Sentence]:
    price = levels.share_price
    share = round(float(form.case.terms.supplier_share_max) * 100)
    order = np.argsort(price, kind="stable")[:_ITEMS_SAID].tolist()
    for row in (n for n in order if price[n] < -_PRICE_MIN):
        item, supplier = form.share_pairs[row]
        yield say(
            "{supplier} may bring no more than {share} % of {item}: without that limit fewer would be short.",
            supplier=named_supplier(form.case, form.case.suppliers[supplier].supplier),
            share=share,
            item=named_item(form.case, item),
        )


def _of_space(case: ProcurementCase, levels: Levels) -> Iterator[Sentence]:
    full = np.flatnonzero(levels.space_price < -_PRICE_MIN)
    if len(full):
        space = float(case.terms.space_m3 or 0)
        yield say("The shelves ({space:,.0f} m³) are full in {weeks}.", space=space, weeks=_runs(full))


def _runs(weeks: NDArray[np.intp]) -> list[Sentence]:
    """Return weeks, counted from 1, as runs.

    >>> [str(run) for run in _runs(np.array([0, 2, 3, 4]))]
    ['week 1', 'weeks 3–5']
    """
    parts = np.split(weeks, np.flatnonzero(np.diff(weeks) > 1) + 1)
    return [
        say("week {week}", week=int(part[0]) + 1)
        if len(part) == 1
        else say("weeks {first}–{last}", first=int(part[0]) + 1, last=int(part[-1]) + 1)
        for part in parts
    ]
