"""What a little more would do, in words: one more lorry, a round number of units, some more room.

By the step's prices, `extra` more of something priced y lifts the fill by about
extra · y / Σ price · slope. The round amount is chosen by that and then tried; an offer says what
came out. Where there is no time to try, it says what the prices say, and on which condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np

from allocator.case import Bools
from allocator.explain_prices import Blocked
from allocator.explain_words import Names, level, shown
from allocator.need import Problem
from allocator.proof import Step
from allocator.sentence import Sentence, say
from allocator.what_if import Change, WhatIf

__all__ = ["Offers", "Place", "Rungs"]

_RISE_LEAST = 0.05  # days, or share of the holding; a smaller rise is not worth a sentence
_RISE_SHARE = 0.1
_SAME = 1e-6
_ALL_ALIKE = 0.5  # where the least lifted rise by less than this part of the most, only some are lifted


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a freeze leaves a tier: its `cover`, and how far the rung goes (`span` 0: not its rung)."""

    item: int
    durable: bool
    cover: float
    span: float
    top: float


class Rungs:
    """The rungs of each tier, as numbers."""

    def __init__(self, problem: Problem) -> None:
        policy = problem.case.policy
        self.durable = problem.case.items.durable
        self.rungs = {
            (tier, durable): [
                (step.rung, float(step.base), float(step.top)) for step in policy.tier_steps(name, durable=durable)
            ]
            for tier, name in enumerate(policy.tier_names)
            for durable in (False, True)
        }

    def place(self, step: Step, tier: int, item: int) -> Place:
        """Return where a step leaves pairs of a tier and item that have a share."""
        durable = bool(self.durable[item])
        before = 0.0
        for rung, base, top in self.rungs[tier, durable]:
            if rung == step.rung:
                cover = base + step.fill * (top - base)
                return Place(item=item, durable=durable, cover=cover, span=top - base, top=top)
            if rung < step.rung:
                before = top
        return Place(item=item, durable=durable, cover=before, span=0.0, top=before)


@dataclass(frozen=True, kw_only=True)
class Group:
    """Pairs that an offer speaks of: which they are, whether it is one, the site of a full road or -1."""

    pairs: Callable[[], Bools]
    one: bool
    road: int = -1


@dataclass(frozen=True)
class _Offer:
    """So much more, in words, and the cover it lifts to by the prices."""

    change: Change
    more: Sentence
    cover: float


class Offers:
    """Words for what a little more of what ran out would do."""

    def __init__(self, problem: Problem, what_if: WhatIf) -> None:
        self.problem, self.what_if, self.names = problem, what_if, Names(problem)

    def more(self, blocked: Blocked, place: Place, rise: float, group: Group) -> Sentence | None:
        """Return the offer, or None where no round amount would be seen.

        `rise`: of the cover, for each unit of price.
        """
        some: Sentence | None = None
        for offer in self._offers(blocked, place, rise, group):
            said, lifts_all = self._lifts(offer, place, group)
            if said is not None:
                sentence = say("{more} {lifts}", more=offer.more, lifts=said)
                if self.what_if.closed:
                    # A little more could also change who is visited.
                    sentence = say("{offer}, with the stops as they are", offer=sentence)
                if lifts_all:
                    return sentence
                some = some or sentence
        return some

    def _lifts(self, offer: _Offer, place: Place, group: Group) -> tuple[Sentence | None, bool]:
        """Return what an offer does, or None where it is not to be seen; and whether it does it to all."""
        covers = self.what_if.covers_after(offer.change)
        if covers is None:
            return _untried(offer, place, one=group.one), True
        own = covers[group.pairs()]
        least, most = float(own.min()), float(own.max())
        if not _visible(place, least) or least - place.cover < _ALL_ALIKE * (most - place.cover):
            at = level(most, durable=place.durable)
            return say("would lift some of them to about {level}", level=at) if _visible(place, most) else None, False
        at = level(least, durable=place.durable)
        if group.one:
            return say("would lift it to about {level}", level=at), True
        if str(at) == str(level(most, durable=place.durable)):
            return say("would lift them to about {level}", level=at), True
        return say("would lift them all to {level} or more", level=at), True

    def _offers(self, blocked: Blocked, place: Place, rise: float, group: Group) -> Iterator[_Offer]:
        if group.road >= 0 and blocked.lane:
            yield from self._road(blocked, place, rise, group.road)
        elif blocked.supply:
            yield from self._supply(blocked, place, rise)
            yield from self._weight(blocked, place, rise)
        else:
            yield from self._weight(blocked, place, rise)
            yield from self._room(blocked, place, rise)

    def _road(self, blocked: Blocked, place: Place, rise: float, site: int) -> Iterator[_Offer]:
        depot = max(sorted(blocked.lane), key=lambda d: blocked.lane[d])
        lift = _lift(place, rise * blocked.lane[depot], least=self._pack(place.item).kg)
        change = Change(what="lane_kg", depot=depot, site=site, amount=float(lift.amount))
        yield _Offer(change, say("{kg:,} kg more on that road", kg=lift.amount), lift.cover)

    def _supply(self, blocked: Blocked, place: Place, rise: float) -> Iterator[_Offer]:
        own = {key: price for key, price in blocked.supply.items() if key[1] == place.item} or blocked.supply
        source, by = max(sorted(own), key=lambda key: own[key])
        sources = self.problem.sources
        depot, earmark = int(sources.depot[source]), str(sources.earmark[source])
        # Of what comes in, a share stays as reserve; a site that gives has none.
        sent = 1.0 if sources.giving[source] else float(1 - self._reserve(by))
        if sent <= 0:
            return
        lift = _lift(place, rise * own[source, by] * sent, least=self._pack(by).units / sent)
        days = -1 if sources.giving[source] else int(sources.lasts_days[source])
        change = Change(what="units", depot=depot, item=by, earmark=earmark, lasts_days=days, amount=float(lift.amount))
        [where] = self.names.sources([source], [by])
        if by != place.item:
            more = say("{units:,} more of {item} at {depot}", units=lift.amount, item=self.names.item(by), depot=where)
        elif len(blocked.supply) > 1 or blocked.kg or blocked.m3:
            more = say("{units:,} more at {depot}", units=lift.amount, depot=where)
        elif (lasting := self.names.days_of_part([source], [by])) is not None:
            more = say("{units:,} more that last {days} days", units=lift.amount, days=lasting)
        else:
            more = say("{units:,} more", units=lift.amount)
        yield _Offer(change, more, lift.cover)

    def _reserve(self, item: int) -> float:
        return float(self.problem.case.policy.reserve_of(self.problem.case.items.code[item]))

    def _weight(self, blocked: Blocked, place: Place, rise: float) -> Iterator[_Offer]:
        if not blocked.kg:
            return
        depot = max(sorted(blocked.kg), key=lambda d: blocked.kg[d])
        per_kg, name = rise * blocked.kg[depot], self.names.site(depot)
        truck_kg = self._truck_kg(depot)
        cover = place.cover + per_kg * truck_kg
        if truck_kg > 0 and _visible(place, min(cover, place.top)):
            change = Change(what="lorries", depot=depot, amount=1.0)
            more = say("one more lorry at {depot} ({kg:,} kg)", depot=name, kg=shown(truck_kg))
            yield _Offer(change, more, min(cover, place.top))
        lift = _lift(place, per_kg, least=self._pack(place.item).kg)
        change = Change(what="kg", depot=depot, amount=float(lift.amount))
        yield _Offer(change, say("{kg:,} kg more at {depot}", kg=lift.amount, depot=name), lift.cover)

    def _room(self, blocked: Blocked, place: Place, rise: float) -> Iterator[_Offer]:
        if not blocked.m3:
            return
        depot = max(sorted(blocked.m3), key=lambda d: blocked.m3[d])
        lift = _lift(place, rise * blocked.m3[depot], least=self._pack(place.item).m3, whole=False)
        change = Change(what="m3", depot=depot, amount=float(lift.amount))
        yield _Offer(change, say("{m3:,} m³ more at {depot}", m3=lift.amount, depot=self.names.site(depot)), lift.cover)

    def _pack(self, item: int) -> _Pack:
        items = self.problem.case.items
        kg, m3 = np.nan_to_num([items.pack_kg[item], items.pack_m3[item]])
        return _Pack(units=int(items.pack_units[item]), kg=float(kg), m3=float(m3))

    def _truck_kg(self, depot: int) -> float:
        """Return what one more lorry of a depot carries, 0 where lorries do not hold its day back."""
        depots = self.problem.case.depots
        row = np.flatnonzero(depots.depot == depot)
        if not len(row) or depots.vehicles[row[0]] < 0 or np.isnan(depots.vehicle_kg[row[0]]):
            return 0.0
        holds = np.isnan(depots.max_kg[row[0]]) or depots.fleet_kg[row[0]] < depots.max_kg[row[0]]
        return float(depots.vehicle_kg[row[0]]) if holds else 0.0


@dataclass(frozen=True)
class _Pack:
    """One pack: less than that is no offer."""

    units: int
    kg: float
    m3: float


@dataclass(frozen=True)
class _Lift:
    """A round amount, and the cover it lifts to by the prices."""

    amount: float | int
    cover: float


def _untried(offer: _Offer, place: Place, *, one: bool) -> Sentence | None:
    """Return what an offer does by the prices, which know only of what ran out and not of what comes next."""
    if not _visible(place, offer.cover):
        return None
    at = level(offer.cover, durable=place.durable)
    if one:
        return say("would lift it to about {level} if nothing else ran short", level=at)
    return say("would lift them to about {level} if nothing else ran short", level=at)


def _lift(place: Place, per_unit: float, *, least: float, whole: bool = True) -> _Lift:
    """Return a round amount, at least `least`, that should lift visibly and at most to the rung's top."""
    target = max(_RISE_LEAST, _RISE_SHARE * place.cover)
    amount = round_up(max(target / per_unit, least), whole=whole)
    cover = place.cover + amount * per_unit
    if cover > place.top:
        to_top = (place.top - place.cover) / per_unit
        amount, cover = two_digits_up(max(to_top, least), whole=whole), place.top
    return _Lift(amount, cover)


def _visible(place: Place, cover: float) -> bool:
    scale = 100 if place.durable else 1
    return shown(cover * scale) != shown(place.cover * scale)


def round_up(number: float, *, whole: bool) -> float | int:
    """Return the next of …, 1, 2, 5, 10, 20, 50, … that is not smaller; `whole`: at least 1.

    >>> [round_up(n, whole=True) for n in (0.3, 1.5, 30, 501)], round_up(0.03, whole=False)
    ([1, 2, 50, 1000], 0.05)
    """
    if whole and number <= 1:
        return 1
    exponent = floor(log10(number))
    first = next(digit for digit in (1, 2, 5, 10) if digit * 10.0**exponent >= number * (1 - _SAME))
    return _times_ten(first, exponent)


def two_digits_up(number: float, *, whole: bool) -> float | int:
    """Return a number that is not smaller, with two digits that count; `whole`: at least 1.

    >>> [two_digits_up(n, whole=True) for n in (0.2, 12, 1234.5)], two_digits_up(0.1234, whole=False)
    ([1, 12, 1300], 0.13)
    """
    if whole and number <= 1:
        return 1
    exponent = floor(log10(number)) - 1
    exponent = max(0, exponent) if whole else exponent
    return _times_ten(ceil(number / 10.0**exponent - _SAME), exponent)


def _times_ten(digits: int, exponent: int) -> float | int:
    # Decimals by way of text: 5 × 10⁻² is 0.05, not 0.05000000000000001.
    return digits * 10**exponent if exponent >= 0 else float(f"{digits}e{exponent}")
