"""The words of reasons: names, amounts and lists, as sentences that any language can put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from allocator.need import Problem
from allocator.sentence import Named, Sentence, say
from allocator.words import tier_named

__all__ = ["Names", "joined", "level", "listed", "shown"]

_SHOWN_MOST = 3


class Names:
    """Names of the items, depots, sources and tiers of a problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.case = problem.case

    def item(self, item: int) -> Named:
        """Return the name of an item."""
        items = self.case.items
        return Named(items.code[item], items.name[item], items.name_zh[item])

    def tier(self, tier: int) -> Named:
        """Return the name of a tier."""
        return tier_named(self.case.policy.tier_names[tier])

    def site(self, site: int) -> Named:
        """Return the name of a site or depot, with its code where another depot has the same name."""
        sites = self.case.sites
        name, name_zh = sites.name[site], sites.name_zh[site]
        doubled = name in self._doubled or name_zh in self._doubled
        return Named(sites.code[site], name, name_zh, with_code=doubled)

    @cached_property
    def _doubled(self) -> set[str]:
        sites = self.case.sites
        depots = np.unique(np.concatenate([self.problem.sources.depot, self.case.depots.depot]))
        counts = [Counter(column[depots]) for column in (sites.name, sites.name_zh)]
        return {name for count in counts for name, times in count.items() if name and times > 1}

    def sources(self, sources: Iterable[int], items: Iterable[int] = ()) -> list[Any]:
        """Return the names of sources, each depot once; an earmarked part where it stands alone.

        What lasts so many days is named where the depot has some of these items that does not.
        """
        table = self.problem.sources
        parts: dict[int, list[int]] = {}
        for source in sorted(sources):
            parts.setdefault(int(table.depot[source]), []).append(source)
        names: list[Any] = []
        for depot, here in sorted(parts.items()):
            name: Any = self.site(depot)
            free = [source for source in here if table.earmark[source] == ""]
            if not free:
                earmarks = dict.fromkeys(str(table.earmark[source]) for source in here)
                kept_for = listed([self._earmark(earmark) for earmark in earmarks])
                name = say("{depot} (what is kept for {earmark})", depot=name, earmark=kept_for)
            days = self.days_of_part(free or here, list(items))
            if days is not None:
                name = say("{depot} (what lasts {days} days or more)", depot=name, days=days)
            names.append(name)
        return names

    def days_of_part(self, sources: list[int], items: list[int]) -> int | None:
        """Return how long what lies in these sources of a depot lasts, None where it has no more of the items."""
        table = self.problem.sources
        days = int(table.lasts_days[sources].min())
        beside = (table.depot == table.depot[sources[0]]) & np.isin(table.earmark, table.earmark[sources])
        beside &= table.lasts_days < days
        return days if bool(np.any(self.problem.packs[beside][:, items] > 0)) else None

    def _earmark(self, earmark: str) -> Named:
        site = self.case.site_index.get(earmark)
        return Named(earmark) if site is None else self.site(site)


def listed(names: Sequence[Any]) -> Any:
    """Return a list of at least one name as one value: up to four, then how many more.

    >>> str(listed(["A", "B"])), str(listed(["A", "B", "C", "D", "E"]))
    ('A and B', 'A, B, C and 2 more')
    """
    if len(names) == 1:
        return names[0]
    if len(names) == 2:  # noqa: PLR2004
        return say("{first} and {second}", first=names[0], second=names[1])
    first, second, third = names[:_SHOWN_MOST]
    if len(names) == _SHOWN_MOST:
        return say("{first}, {second} and {third}", first=first, second=second, third=third)
    more = len(names) - _SHOWN_MOST
    if more == 1:
        # "and 1 more" is no shorter than its name.
        return say("{first}, {second}, {third} and {fourth}", first=first, second=second, third=third, fourth=names[-1])
    return say("{first}, {second}, {third} and {count} more", first=first, second=second, third=third, count=more)


def joined(clauses: Sequence[Sentence]) -> Sentence:
    """Return clauses as one: the first, and the second, and so on."""
    whole = clauses[0]
    for clause in clauses[1:]:
        whole = say("{clause}, and {next}", clause=whole, next=clause)
    return whole


def shown(number: float) -> float | int:
    """Return a number as people read it: one decimal from 1 upwards, two digits below.

    >>> shown(12.34), shown(0.8537), shown(2.0), shown(0.000004)
    (12.3, 0.85, 2, 0)
    """
    if number < 0.001:  # noqa: PLR2004
        return 0
    rounded = round(number, 1) if number >= 1 else float(f"{number:.2g}")
    return int(rounded) if rounded == int(rounded) else rounded


def level(cover: float, *, durable: bool, item: Named | None = None) -> Sentence:
    """Return a cover in words: days of use, or for durables the share of the required holding.

    >>> str(level(0.8, durable=False)), str(level(0.5, durable=True, item=Named("G", "goggles")))
    ('0.8 days', '50% of the goggles required')
    """
    amount = shown(cover * 100) if durable else shown(cover)
    if amount == 0 and cover > 0:
        return say("hardly anything") if item is None else say("hardly any {item}", item=item)
    if durable:
        if item is not None:
            return say("{percent}% of the {item} required", percent=amount, item=item)
        return say("{percent}% of what is required", percent=amount)
    if item is not None:
        if amount == 1:
            return say("1 day's supply of {item}", item=item)
        return say("{days} days' supply of {item}", days=amount, item=item)
    return say("1 day") if amount == 1 else say("{days} days", days=amount)
