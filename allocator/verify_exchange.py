"""An exchange of one pack: who gives, who takes, and whether it improves."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from allocator.sentence import Sentence, say
from allocator.verify_facts import Facts
from allocator.verify_positions import Position, exact_position
from allocator.verify_roads import ItemRoads
from allocator.verify_shapes import refuse

__all__ = ["Giver", "Taker", "giver_of", "improves", "refuse_exchange", "refuse_unused", "taker_of"]


@dataclass(frozen=True)
class Giver:
    """A pair that could free a pack: where it would stand without it, and where it stands."""

    pair: int
    without: Position
    now: Position

    @property
    def rank(self) -> tuple[Position, Position]:
        """Higher is readier to give: stands highest without it, then lowest with it."""
        rung, share = self.now
        return self.without, (-rung, -share)


@dataclass(frozen=True)
class Taker:
    """A pair that could take a pack: where it stands, and where it would stand with it."""

    pair: int
    now: Position
    with_it: Position

    @property
    def rank(self) -> tuple[Position, Position]:
        """Lower is needier: stands lowest now, then is lifted highest."""
        rung, share = self.with_it
        return self.now, (-rung, -share)


def giver_of(facts: Facts, here: ItemRoads, entry: int) -> Giver:
    """Return an entry as one that gives a pack, exactly."""
    pair, held = int(here.pair[entry]), Fraction(here.held[entry])
    ladder, daily = facts.ladders[facts.ladder[pair]], int(facts.daily_micro[pair])
    return Giver(
        pair,
        exact_position(ladder, daily, held - Fraction(here.gain[entry])),
        exact_position(ladder, daily, held),
    )


def taker_of(facts: Facts, here: ItemRoads, entry: int, held: Fraction) -> Taker:
    """Return an entry that stands at `held` units as one that takes a pack, exactly."""
    pair = int(here.pair[entry])
    ladder, daily = facts.ladders[facts.ladder[pair]], int(facts.daily_micro[pair])
    return Taker(
        pair,
        exact_position(ladder, daily, held),
        exact_position(ladder, daily, held + Fraction(here.gain[entry])),
    )


def improves(giver: Giver, taker: Taker) -> bool:
    """Tell whether a pack passing from one pair to another improves the plan."""
    if giver.pair == taker.pair:
        return False
    return giver.without > taker.now or (giver.without == taker.now and taker.with_it > giver.now)


def _names(facts: Facts, pair: int, prefix: str) -> dict[str, Any]:
    return {prefix: facts.case.sites.code[facts.site[pair]], f"{prefix}_need": facts.case.items.code[facts.item[pair]]}


def refuse_exchange(facts: Facts, given: int, taken: int, giver: Giver, taker: Taker) -> None:
    """Refuse a plan for an exchange that improves it."""
    message: Sentence = say(
        "lines.csv: {giver} (for {giver_need}) could give up a pack of {given} for one of {taken} to {taker} "
        "(for {taker_need}), and stand no lower than it does now; the packs are not fair.",
        **_names(facts, giver.pair, "giver"),
        **_names(facts, taker.pair, "taker"),
        given=facts.case.items.code[given],
        taken=facts.case.items.code[taken],
    )
    refuse(message)


def refuse_unused(facts: Facts, item: int, taker: Taker) -> None:
    """Refuse a plan for a pack left over that somebody could have had."""
    refuse(
        say(
            "lines.csv: a pack of {item} is left over that {taker} (for {taker_need}) lacks and could be sent.",
            **_names(facts, taker.pair, "taker"),
            item=facts.case.items.code[item],
        )
    )
