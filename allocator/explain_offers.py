"""What a little more would do: one more lorry, a round number of units, some more room.

By the step's prices, `extra` more of something priced y lifts the fill by about
extra · y / Σ price · slope; by weak duality it is never more, so an offer says "about".
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np

from allocator.explain_prices import Blocked
from allocator.explain_words import Names, level, listed, shown
from allocator.need import Problem
from allocator.proof import Step
from allocator.sentence import Sentence, say

__all__ = ["Offers", "Place", "Rungs"]

_RISE_LEAST = 0.05  # days, or share of the holding; a smaller rise is not worth a sentence
_RISE_SHARE = 0.1
_SAME = 1e-6


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


@dataclass(frozen=True)
class _Lift:
    """A round amount, and the cover it lifts to in words."""

    amount: float | int
    at: Sentence


@dataclass(frozen=True)
class _Pack:
    """One pack: less than that is no offer."""

    units: int
    kg: float
    m3: float


class Offers:
    """Words for what a little more of what ran out would do."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.names = problem, Names(problem)

    def more(self, blocked: Blocked, place: Place, rise: float, *, one: bool, on_road: bool) -> Sentence | None:
        """Return the offer, or None where no round amount would be seen.

        `rise`: of the cover, for each unit of price. `one`: a single site; `on_road`: whose own
        road is full.
        """
        if on_road and blocked.lane:
            lift = _lift(place, rise * max(blocked.lane.values()), least=self._pack(place.item).kg)
            if lift is None:
                return None
            return say("{kg:,} kg more on that road would lift it to about {level}", kg=lift.amount, level=lift.at)
        if blocked.supply:
            return self._supply(blocked, place, rise, one=one)
        if blocked.kg:
            return self._weight(blocked, place, rise, one=one)
        return self._room(blocked, place, rise, one=one) if blocked.m3 else None

    def _supply(self, blocked: Blocked, place: Place, rise: float, *, one: bool) -> Sentence | None:
        own = {key: price for key, price in blocked.supply.items() if key[1] == place.item} or blocked.supply
        source, by = max(sorted(own), key=lambda key: own[key])
        lift = _lift(place, rise * own[source, by], least=self._pack(by).units)
        if lift is None:
            return None
        anywhere = len(own) == len(blocked.supply) and not (blocked.kg or blocked.m3)
        if anywhere and max(own.values()) - min(own.values()) <= _SAME * max(own.values()):
            return say(
                "{units:,} more would lift {them} to about {level}",
                units=lift.amount,
                them=_them(one=one),
                level=lift.at,
            )
        return say(
            "{units:,} more of {item} at {depot} would lift {them} to about {level}",
            units=lift.amount,
            item=self.names.item(by),
            depot=listed(self.names.sources([source])),
            them=_them(one=one),
            level=lift.at,
        )

    def _weight(self, blocked: Blocked, place: Place, rise: float, *, one: bool) -> Sentence | None:
        depot = max(sorted(blocked.kg), key=lambda d: blocked.kg[d])
        per_kg = rise * blocked.kg[depot]
        truck = self._truck_kg(depot)
        cover = place.cover + per_kg * truck
        if truck > 0 and cover <= place.top and _visible(place, cover):
            return say(
                "one more lorry at {depot} ({kg:,} kg) would lift {them} to about {level}",
                depot=self.names.site(depot),
                kg=shown(truck),
                them=_them(one=one),
                level=level(cover, durable=place.durable),
            )
        lift = _lift(place, per_kg, least=self._pack(place.item).kg)
        if lift is None:
            return None
        return say(
            "{kg:,} kg more at {depot} would lift {them} to about {level}",
            kg=lift.amount,
            depot=self.names.site(depot),
            them=_them(one=one),
            level=lift.at,
        )

    def _room(self, blocked: Blocked, place: Place, rise: float, *, one: bool) -> Sentence | None:
        depot = max(sorted(blocked.m3), key=lambda d: blocked.m3[d])
        lift = _lift(place, rise * blocked.m3[depot], least=self._pack(place.item).m3, whole=False)
        if lift is None:
            return None
        return say(
            "{m3:,} m³ more at {depot} would lift {them} to about {level}",
            m3=lift.amount,
            depot=self.names.site(depot),
            them=_them(one=one),
            level=lift.at,
        )

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
        fleet_kg = depots.vehicles[row[0]] * depots.vehicle_kg[row[0]]
        holds = np.isnan(depots.max_kg[row[0]]) or fleet_kg < depots.max_kg[row[0]]
        return float(depots.vehicle_kg[row[0]]) if holds else 0.0


def _lift(place: Place, per_unit: float, *, least: float, whole: bool = True) -> _Lift | None:
    """Return a round amount, at least `least`, that lifts visibly and at most to the rung's top."""
    target = max(_RISE_LEAST, _RISE_SHARE * place.cover)
    amount = round_up(max(target / per_unit, least), whole=whole)
    cover = place.cover + amount * per_unit
    if cover > place.top:
        to_top = (place.top - place.cover) / per_unit
        amount, cover = two_digits_up(max(to_top, least), whole=whole), place.top
    return _Lift(amount, level(cover, durable=place.durable)) if _visible(place, cover) else None


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


def _them(*, one: bool) -> Sentence:
    return say("it") if one else say("them")
