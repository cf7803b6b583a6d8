"""Reasons of pairs that no freeze stopped: ladder complete, no road, no stock, passed over, capped."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Indices, Units
from allocator.explain_groups import Closed, Kind, Outcomes, SiteGroups
from allocator.explain_words import Names, level, listed, shown
from allocator.need import Problem, usable_rows
from allocator.plan import Reason
from allocator.sentence import Sentence, say
from allocator.shelf_life import days_needed, life_days

__all__ = ["OtherReasons", "passed_over"]


class OtherReasons:
    """Words for every outcome that is not a freeze's."""

    def __init__(
        self,
        problem: Problem,
        outcomes: Outcomes,
        closed: Closed,
        roads: tuple[SiteGroups, Indices, Indices] | None,
    ) -> None:
        self.problem, self.outcomes, self.closed = problem, outcomes, closed
        self.roads = roads
        self.names = Names(problem)
        self._of_life: dict[int, NDArray[np.float64]] = {}

    def reason(self, row: int) -> Reason:
        """Return the reason of one outcome."""
        item, tier = int(self.outcomes.item[row]), int(self.outcomes.tier[row])
        kind, group = Kind(self.outcomes.kind[row]), int(self.outcomes.group[row])
        if kind in (Kind.HELD, Kind.FILLED):
            return self._complete(item, tier, kind)
        if kind == Kind.PASSED_OVER:
            return self._passed_over(int(self.outcomes.closed[row]))
        if kind == Kind.CAP:
            return self._capped(item, nothing=bool(group))
        if kind == Kind.ROAD:
            return Reason(
                "lane_kg",
                say("The road to this site carries no more weight today; it carries a fair share of each item, "
                    "{item} among them.", item=self.names.item(item)),
            )  # fmt: skip
        return self._unreached(group, item)

    def _complete(self, item: int, tier: int, kind: Kind) -> Reason:
        policy, durable = self.problem.case.policy, bool(self.problem.case.items.durable[item])
        steps = policy.tier_steps(policy.tier_names[tier], durable=durable)
        name = self.names.tier(tier)
        if not steps:
            return Reason("no_promise", say("The ladder promises {tier} sites nothing of this kind.", tier=name))
        top = level(float(steps[-1].top), durable=durable)
        if kind == Kind.HELD:
            return Reason(
                "held_enough",
                say("It already holds what the ladder promises {tier} sites ({level}), so nothing is sent.",
                    level=top, tier=name),
            )  # fmt: skip
        return Reason("complete", say("Its share fills it to what the ladder promises {tier} sites ({level}).",
                                      level=top, tier=name))  # fmt: skip

    def _capped(self, item: int, *, nothing: bool) -> Reason:
        name = self.names.item(item)
        if nothing:
            return Reason(
                "cap", say("Its needs row allows no {item} to be sent in this plan (max_units 0).", item=name)
            )
        return Reason(
            "cap", say("It gets all the {item} that its needs row allows in this plan (max_units).", item=name)
        )

    def _passed_over(self, closed: int) -> Reason:
        stops = sorted({depot for depot, why in self.closed.roads[closed] if why == "max_stops"})
        light = sorted({depot for depot, why in self.closed.roads[closed] if why != "max_stops"})
        if not light:
            sentence = say(
                "Passed over today: all stops of {depots} go to sites that stood lower. This site now stands "
                "lower than they do, so it comes earlier tomorrow.",
                depots=self._depots(stops),
            )
        elif not stops:
            sentence = say(
                "Passed over today: its share from {depots} weighs less than the {kg} kg a stop must bring. The "
                "packs go to others; this site stands lower, so it comes earlier tomorrow.",
                depots=self._depots(light),
                kg=shown(float(self.problem.case.policy.min_drop_kg)),
            )
        else:
            sentence = say(
                "Passed over today: all stops of {depots} go to sites that stood lower, and its share from {others} "
                "weighs less than the {kg} kg a stop must bring. It stands lower, so it comes earlier tomorrow.",
                depots=self._depots(stops),
                others=self._depots(light),
                kg=shown(float(self.problem.case.policy.min_drop_kg)),
            )
        return Reason("passed_over", sentence)

    def _depots(self, depots: list[int]) -> Sentence:
        named: Sentence = listed([self.names.site(depot) for depot in depots])
        return named

    def _unreached(self, group: int, item: int) -> Reason:
        depots = self._depots_of(group)
        if not len(depots):
            return Reason("no_road", self._no_road(group))
        name, where = self.names.item(item), self._depots(depots.tolist())
        held, free = self._stock[:, depots, item]
        if not held.any():
            if self._replaceable[item]:
                nothing = say(
                    "There is no usable stock of {item}, nor of anything in its place, at {depots}; no other depot has "
                    "an open road to this site.",
                    item=name,
                    depots=where,
                )
            else:
                nothing = say(
                    "There is no usable stock of {item} at {depots}; no other depot has an open road to this site.",
                    item=name,
                    depots=where,
                )
            return Reason("no_stock", nothing)
        if not free.any():
            return Reason("no_stock", say("All {item} at {depots} is kept for other sites.", item=name, depots=where))
        return self._left(item, depots, int(self._needed[self._site_of(group)]))

    def _left(self, item: int, depots: Indices, days: int) -> Reason:
        """Say why stock that is there and kept for nobody else may not leave for a site that needs so many days."""
        sendable = self._lasting(days)[depots, item]
        name, items, policy = self.names.item(item), self.problem.case.items, self.problem.case.policy
        where, biggest = self._depots(depots.tolist()), int(sendable.max())
        if not sendable.any():
            return Reason("no_stock", self._too_short(item, where, days))
        reserve = policy.reserve_of(items.code[item])
        if reserve > 0 and biggest >= items.pack_units[item]:
            percent = shown(float(reserve * 100))
            return Reason(
                "reserve",
                say("What {depots} may send of {item} beyond the reserve of {percent}% is less than one pack.",
                    depots=where, item=name, percent=percent),
            )  # fmt: skip
        if policy.shelf_days and biggest < self._lasting(0)[depots, item].max():
            return Reason(
                "no_stock",
                say("What lasts {days} days of {item} at {depots}, as this kind of site needs, is less than one pack.",
                    days=days, item=name, depots=where),
            )  # fmt: skip
        return Reason(
            "no_stock", say("What there is of {item} at {depots} is less than one pack.", item=name, depots=where)
        )

    def _too_short(self, item: int, where: Sentence, days: int) -> Sentence:
        name = self.names.item(item)
        if not self.problem.case.policy.shelf_days:
            return say("All {item} at {depots} expires too soon to be sent.", item=name, depots=where)
        return say(
            "Short: no lot of {item} at {depots} lasts the {days} days that this kind of site needs.",
            item=name,
            depots=where,
            days=days,
        )

    def _no_road(self, group: int) -> Sentence:
        if self._has_lane[self._site_of(group)]:
            hours = shown(float(self.problem.case.policy.max_hours))
            return say(
                "Every road from a depot to this site is closed or takes longer than {hours} hours.", hours=hours
            )
        return say("The case lists no road from a depot to this site.")

    def _site_of(self, group: int) -> int:
        if self.roads is None:
            raise ValueError("an outcome without a source needs the roads")
        return int(self.roads[0].site_of_group[group])

    def _depots_of(self, group: int) -> Indices:
        site = self._site_of(group)
        if self.roads is None:
            raise ValueError("an outcome without a source needs the roads")
        _, sites, depots = self.roads
        first, last = np.searchsorted(sites, [site, site + 1])
        return depots[first:last]

    @cached_property
    def _has_lane(self) -> Bools:
        case = self.problem.case
        has = np.zeros(len(case.sites), dtype=bool)
        has[case.lanes.site[case.sites.kind[case.lanes.depot] == "warehouse"]] = True
        return has

    @cached_property
    def _replaceable(self) -> Bools:
        has = np.zeros(len(self.problem.case.items), dtype=bool)
        has[self.problem.case.substitutes.item] = True
        return has

    @cached_property
    def _stock(self) -> NDArray[np.float64]:
        """Return units by [what, site, item]: usable, and of these what is kept for nobody."""
        usable = usable_rows(self.problem.case)
        return np.stack([self._units(rows) for rows in (usable, usable & (self.problem.case.stock.earmark == ""))])

    @cached_property
    def _needed(self) -> Units:
        return days_needed(self.problem.case)

    def _lasting(self, days: int) -> NDArray[np.float64]:
        """Return units by [site, item] that are usable, kept for nobody, and last so many days."""
        if days not in self._of_life:
            case = self.problem.case
            lasts = life_days(case.stock.expires, case.policy.date) >= days
            self._of_life[days] = self._units(usable_rows(case) & (case.stock.earmark == "") & lasts)
        return self._of_life[days]

    def _units(self, rows: Bools) -> NDArray[np.float64]:
        case = self.problem.case
        table = np.zeros((len(case.sites), len(case.items)))
        np.add.at(table, (case.stock.site[rows], case.stock.item[rows]), case.stock.units[rows])
        return table


def passed_over(names: Names, roads: tuple[tuple[int, str], ...]) -> Sentence:
    """Return the remark on roads a site lost while others stay open to it."""
    depots = listed([names.site(depot) for depot in sorted({depot for depot, _ in roads})])
    return say("No stop is made here from {depots} today.", depots=depots)
