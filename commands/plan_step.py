"""What the commands that carry a plan through its life share: who and when, and how they end."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from allocator.sentence import Sentence, say
from commands.on_ledger import Desk
from commands.paper import moment_from
from commands.plan_view import table

if TYPE_CHECKING:
    from data.kept_plan import Kept
    from models.plan_reserving import Load
    from models.plan_steps import When

__all__ = ["refusing_by_name", "show_moved", "show_step", "when_of"]

_SHOWN = 20


def when_of(desk: Desk, date: dt.date | None, at: dt.time | dt.datetime | None) -> When:
    """Return who does it and when it happened, from `--date` and `--at`."""
    from models.plan_steps import When

    return When(actor=desk.actor, occurred_at=moment_from(desk, date, at), recorded_at=desk.now)


@contextlib.contextmanager
def refusing_by_name(desk: Desk) -> Iterator[None]:
    """Say what the ledger refuses with the names of items and sites beside their codes."""
    from models.database import reading
    from models.entry import Refusal
    from models.names_beside import with_names

    try:
        yield
    except Refusal as refusal:
        with reading(desk.ledger.engine) as connection:
            desk.session.refuse(*with_names(connection, refusal.sentences))


def show_moved(desk: Desk, kept: Kept, loads: list[Load]) -> list[dict[str, Any]]:
    """Show what moved at the depots since the plan's snapshot, of what the plan sends; return it."""
    from models.database import reading
    from models.plan_stock import moved_since

    session, word = desk.session, desk.session.word
    with reading(desk.ledger.engine) as connection:
        moved = moved_since(connection, kept.plan.document, {(load.depot, load.item) for load in loads})
    if not moved:
        session.show(word(say("Nothing that this plan sends has moved at its depots since its snapshot.")))
        return []
    session.show(word(say("Moved at the depots since the plan's snapshot:")))
    session.show()
    titles = tuple(word(title) for title in (say("depot"), say("item"), say("units then"), say("now")))
    rows = [(each.depot, each.item, f"{each.then_units:,}", f"{each.now_units:,}") for each in moved]
    for line in table([titles, *rows], left=2):
        session.show(f"  {line}")
    session.show()
    return [vars(each) for each in moved]


def show_step(desk: Desk, plan: str, status: str, *sentences: Sentence, **more: Any) -> None:
    """Show how a plan stands now."""
    from models.database import reading
    from models.names_beside import with_names

    with reading(desk.ledger.engine) as connection:
        shown = with_names(connection, sentences)
    for sentence in shown:
        desk.session.show(desk.session.word(sentence))
    desk.session.show_json("allocator.plan_step/1", {"plan": plan, "status": status, **more})
