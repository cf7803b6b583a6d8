"""What is said when an account holds too little, in the words of what it is: a store, a partner, what was used."""

from __future__ import annotations

from allocator.sentence import Sentence, say
from models.locations import kind_of, owner_of
from models.words import lot_word, place_word

__all__ = ["short_sentence"]

_PARTNERS = ("SUPPLIER", "DONOR", "UPPER_LEVEL")


def short_sentence(*, place: str, item: str, lot: str, held_units: int, asked_units: int) -> Sentence:
    """Return why so many units cannot leave a location, and what to do."""
    kind = kind_of(place)
    values = {"held": held_units, "item": item, "lot": lot_word(lot), "asked": asked_units}
    if kind in _PARTNERS and not held_units:
        return say(
            "None of {item} ({lot}) came from {partner}, so none can go back there. Return it to who sent it.",
            partner=place_word(place),
            item=item,
            lot=lot_word(lot),
        )
    if kind in _PARTNERS:
        return say(
            "Only {held} units of {item} ({lot}) came from {partner}, so {asked} cannot go back. "
            "Return {held} or fewer.",
            partner=place_word(place),
            **values,
        )
    if kind == "CONSUMED":
        return say(
            "Only {held} units of {item} ({lot}) are booked as used at {site}, so {asked} cannot come back. "
            "Give back {held} or fewer.",
            site=owner_of(place),
            **values,
        )
    if kind == "SURPLUS":
        return say(
            "Only {held} units of {item} ({lot}) that came beyond shipment {shipment} are not explained, so {asked} "
            "cannot be explained or taken back. Where an explanation was wrong, reverse it first: "
            "allocator audit trace {shipment}",
            shipment=owner_of(place),
            **values,
        )
    if kind == "IN_TRANSIT":
        return say(
            "Shipment {shipment} carries {held} units of {item} ({lot}), so {asked} cannot leave it. "
            "Take {held} or fewer.",
            shipment=owner_of(place),
            **values,
        )
    return say(
        "{site} holds {held} units of {item} ({lot}), so {asked} cannot leave it. "
        "Take {held} or fewer, or post the missing receipt first.",
        site=place_word(place),
        **values,
    )
