"""What people say arrived of a shipment, line by line, and what is wrong with it before any stock is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from allocator.sentence import say
from models.entry import Refusal
from models.reasons import OTHER, REASONS, reason_named
from models.requests import Head, Row

__all__ = ["Arrival", "check_arrivals", "said_of_arrivals"]


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What is said of one item, or one lot of it, in base units or packs: `sound` went into stock.

    `held`: arrived, and set aside in quarantine. `over`, `over_held`: came beyond what the note says, into stock or
    quarantine. `refused`: the site does not take it, so it goes back. `stayed`: never left, and lies where the
    shipment came from. `instead_of`: the item that should have come; what is sound or held came in its place, and
    what is refused came in its place too and goes back. `reason`: why it differs, "" where the document says it.
    `lot_no`, `expires`: None where nobody said.
    """

    item: str
    sound: int = 0
    damaged: int = 0
    lost: int = 0
    held: int = 0
    over: int = 0
    over_held: int = 0
    refused: int = 0
    stayed: int = 0
    in_packs: bool = False
    lot_no: str | None = None
    expires: str | None = None
    instead_of: str = ""
    reason: str = ""

    def row(self) -> Row:
        """Return which lot is meant."""
        return Row(item=self.item, quantity=None, lot_no=self.lot_no, expires=self.expires)

    @property
    def noted(self) -> tuple[int, ...]:
        """What is said of units that the note speaks of; none of them where something else came."""
        own = (self.sound, self.held, self.damaged, self.lost, self.stayed, self.refused)
        return (0,) * len(own) if self.instead_of else own

    @property
    def beyond(self) -> tuple[int, int, int]:
        """What came beyond the note: into stock, into quarantine, and back at once."""
        return (self.sound, self.held, self.refused) if self.instead_of else (self.over, self.over_held, 0)

    @property
    def differs(self) -> bool:
        """Whether something else is said than that it arrived, sound or to be looked at."""
        return any((self.damaged, self.lost, self.stayed, self.refused, *self.beyond))

    def only_refused(self) -> Arrival:
        """Return what is said of the units that go back."""
        return replace(self, sound=0, held=0, damaged=0, lost=0, stayed=0, over=0, over_held=0)


def check_arrivals(head: Head, arrivals: Sequence[Arrival], *, shipment: str) -> None:
    """Refuse what could be said of no shipment.

    Raises:
        Refusal: a difference without a reason, a reason that is none, nothing said of an item.

    """
    given = {head.reason, *(each.reason for each in arrivals)} - {""}
    is_due = any(each.differs and not (each.reason or head.reason) for each in arrivals)
    if is_due or any(reason_named("confirm", reason) is None for reason in given):
        raise Refusal(
            say(
                "What differs from the note needs a reason: damaged, lost, beyond it, refused, never sent, or in "
                "place of something else. Give one of: {reasons}.",
                reasons=[known.code for known in REASONS["confirm"]],
            )
        )
    for each in arrivals:
        if each.reason == OTHER and not head.note:
            raise Refusal(say('The reason "other" needs a note. Say with --note what the reason is.'))
        if each.instead_of and any((each.damaged, each.lost, each.over, each.over_held, each.stayed)):
            raise Refusal(
                say(
                    "What came in place of {item} is taken in, set aside or refused, and nothing else is said of it in "
                    "the same line. Say what became of {item} itself in a line of its own.",
                    item=each.instead_of,
                )
            )
        said = (*each.noted, *each.beyond)
        if sum(said) < 1 or min(said) < 0:
            raise Refusal(
                say("Say how many units of {item} arrived with shipment {shipment}.", item=each.item, shipment=shipment)
            )


def said_of_arrivals(arrivals: Sequence[Arrival]) -> list[dict[str, Any]]:
    """Return what a document keeps of its lines beside the units: the reason of each, what it came in place of."""
    return [
        {
            "item": each.item,
            **({} if each.lot_no is None else {"lot": each.lot_no}),
            **({"instead_of": each.instead_of} if each.instead_of else {}),
            **({"reason": each.reason} if each.reason else {}),
        }
        for each in arrivals
        if each.instead_of or each.reason
    ]
